//! The pack as it is published: what `pack.json` holds.

use super::{
    AgendaItem, Block, DocumentInfo, Flow, Issue, Meeting, Minutes, Normalised, Observation, Origin,
    PageRecord, Record, Rect, Section, Table,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `pack.json` holds. Within a major version fields are only added.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pack {
    /// Always `agendapack/pack`.
    pub schema: String,
    /// Major and minor version of this layout.
    pub version: String,
    /// The PDF.
    pub source: Source,
    /// The meeting.
    pub meeting: Meeting,
    /// Its agenda.
    pub agenda: Vec<AgendaItem>,
    /// The parts of the pack, in order.
    pub sections: Vec<Section>,
    /// Facts of each set of minutes.
    pub minutes: Vec<Minutes>,
    /// All blocks: the body in reading order, then furniture and hidden text page by page.
    pub blocks: Vec<Block>,
    /// Tables, which blocks name by id.
    pub tables: Vec<Table>,
    /// Figures of the tables, tidy.
    pub observations: Vec<Observation>,
    /// Facts of each page, with the fate of every character read on it.
    pub pages: Vec<PageRecord>,
    /// What went wrong, stage by stage.
    pub issues: Vec<Issue>,
}

/// The PDF that a pack was read from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// File name without folders.
    pub filename: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Number of pages.
    pub pages: u32,
    /// Program that made the PDF.
    #[serde(default)]
    pub producer: Option<String>,
    /// Where it was fetched from, if it was.
    #[serde(default)]
    pub url: Option<String>,
    /// Title that the PDF gives itself; often wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When the PDF says that it was made, as an ISO 8601 string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Names of attached files, which are not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
}

impl Pack {
    /// Name of the layout.
    pub const SCHEMA: &'static str = "agendapack/pack";
    /// Its version.
    pub const VERSION: &'static str = "1.0";

    /// Gathers what the stages found.
    pub fn new(flow: &Flow, record: &Record, normalised: &Normalised) -> Pack {
        Pack {
            blocks: flow.blocks.iter().map(Pack::block).collect(),
            tables: flow.tables.iter().map(|t| Pack::table(t, normalised)).collect(),
            observations: normalised.observations.clone(),
            pages: flow.pages.iter().map(Pack::page).collect(),
            ..Pack::frame(flow, record, normalised)
        }
    }

    /// All but its long lists, which are written without a copy of the whole.
    pub(crate) fn frame(flow: &Flow, record: &Record, normalised: &Normalised) -> Pack {
        let issues = flow.issues.iter().chain(&record.issues).chain(&normalised.issues);
        Pack {
            schema: Pack::SCHEMA.into(),
            version: Pack::VERSION.into(),
            source: Source::new(&flow.document, flow.pages.len()),
            meeting: record.meeting.clone(),
            agenda: record.agenda.clone(),
            sections: sections(flow, record, normalised),
            minutes: record.minutes.clone(),
            issues: issues.cloned().collect(),
            ..Pack::default()
        }
    }

    /// A block as it is published.
    pub(crate) fn block(block: &Block) -> Block {
        rounded_block(block.clone())
    }

    /// A table as it is published.
    pub(crate) fn table(table: &Table, normalised: &Normalised) -> Table {
        rounded_table(known(table.clone(), normalised))
    }

    /// A page as it is published.
    pub(crate) fn page(page: &PageRecord) -> PageRecord {
        rounded_page(page.clone())
    }
}

impl Source {
    fn new(document: &DocumentInfo, pages: usize) -> Source {
        Source {
            filename: document.filename.clone(),
            sha256: document.sha256.clone(),
            pages: pages as u32,
            producer: document.producer.clone(),
            url: None,
            title: document.title.clone(),
            created: document.created.clone(),
            language: document.language.clone(),
            attachments: document.attachments.clone(),
        }
    }
}

/// Sections with the fields that `normalise` read from their header tables.
fn sections(flow: &Flow, record: &Record, normalised: &Normalised) -> Vec<Section> {
    let mut sections = record.sections.clone();
    for (id, fields) in &normalised.fields {
        let page = flow.tables.iter().find(|t| t.id == *id).and_then(|t| t.origin.first()).map(|o| o.page);
        let section = page.and_then(|p| sections.iter_mut().find(|s| s.has(p)));
        if let Some(section) = section {
            for (key, value) in fields {
                section.fields.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    sections
}

/// A table with what `normalise` knows of it.
fn known(mut table: Table, normalised: &Normalised) -> Table {
    if let Some(facts) = normalised.tables.get(&table.id) {
        table.profile.clone_from(&facts.profile);
        table.columns.clone_from(&facts.columns);
    }
    table
}

/// A tenth of a point is finer than any page is drawn, and keeps the file small.
fn tenth(v: f32) -> f32 {
    (v * 10.0).round() / 10.0
}

fn rounded_rect(r: Rect) -> Rect {
    Rect::new(tenth(r.left), tenth(r.top), tenth(r.right), tenth(r.bottom))
}

fn round_origins(origins: &mut [Origin]) {
    for o in origins {
        o.bbox = rounded_rect(o.bbox);
    }
}

fn rounded_block(mut block: Block) -> Block {
    round_origins(&mut block.origin);
    block
}

fn rounded_table(mut table: Table) -> Table {
    round_origins(&mut table.origin);
    for c in &mut table.cells {
        c.bbox = rounded_rect(c.bbox);
    }
    table
}

fn rounded_page(mut page: PageRecord) -> PageRecord {
    page.size = page.size.map(tenth);
    page.body_size = tenth(page.body_size);
    page.picture_share = (page.picture_share * 100.0).round() / 100.0;
    page
}
