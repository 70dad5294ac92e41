//! `emit`: the whole pack as files: Markdown, JSON, CSV with a description of it.

mod agenda;
mod datapackage;
mod inline;
mod json;
mod markdown;
mod observations;
mod table;

use crate::error::Error;
use crate::model::{Classification, Flow, Normalised, Record};
use crate::stages::Stage;
use crate::threads::SHARE;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// The stage.
pub struct Emitting;

/// How tables are written in Markdown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableStyle {
    /// Pipe tables: spans become blanks.
    #[default]
    Pipe,
    /// HTML tables: spans are kept.
    Html,
    /// HTML where a table has spans, pipes elsewhere.
    Auto,
}

/// What to write, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmitOptions {
    /// How tables are written in Markdown.
    pub tables: TableStyle,
    /// A comment where a page of the PDF begins.
    pub page_marks: bool,
    /// A Markdown file a section, too.
    pub split: bool,
    /// Which kinds of file are written.
    pub write: Vec<FileKind>,
}

/// Kinds of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// `pack.md`.
    Markdown,
    /// `pack.json`.
    Json,
    /// `tables/<id>.csv`.
    Tables,
    /// `observations.csv`.
    Observations,
}

impl Default for EmitOptions {
    fn default() -> Self {
        let write = vec![FileKind::Markdown, FileKind::Json, FileKind::Tables, FileKind::Observations];
        EmitOptions { tables: TableStyle::Pipe, page_marks: true, split: false, write }
    }
}

/// The files of one pack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emitted {
    /// In a fixed order; paths are relative to the pack's folder.
    pub files: Vec<EmittedFile>,
}

/// One file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmittedFile {
    /// Path below the pack's folder, parted by `/`.
    pub path: String,
    /// Its content.
    pub text: String,
}

impl Emitted {
    /// The content of a file, if it was written.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|f| f.path == path).map(|f| f.text.as_str())
    }
}

impl Stage for Emitting {
    type In<'a> = (&'a Flow, &'a Record, &'a Normalised);
    type Out = Emitted;
    type Options = EmitOptions;
    const NAME: &'static str = "emit";
    const VERSION: u32 = 2;

    fn run((flow, record, normalised): Self::In<'_>, options: &EmitOptions) -> Result<Emitted, Error> {
        let mut files = Vec::new();
        let mut add = |path: String, text: String| files.push(EmittedFile { path, text });
        let wants = |kind| options.write.contains(&kind);
        let ((markdown, json), (observations, (tables, package))) = rayon::join(
            || {
                rayon::join(
                    || {
                        let wanted = wants(FileKind::Markdown) || options.split;
                        wanted.then(|| markdown::parts(flow, record, options))
                    },
                    || wants(FileKind::Json).then(|| json::lines(flow, record, normalised)),
                )
            },
            || {
                rayon::join(
                    || wants(FileKind::Observations).then(|| observations::csv(flow, record, normalised)),
                    || {
                        let tables: &[_] = if wants(FileKind::Tables) { &flow.tables } else { &[] };
                        rayon::join(
                            || tables.par_iter().with_max_len(SHARE).map(table::csv).collect::<Vec<String>>(),
                            || datapackage::json(flow, record, normalised, options),
                        )
                    },
                )
            },
        );
        if let Some(parts) = markdown {
            if wants(FileKind::Markdown) {
                let mut text = front_matter(flow, record, None);
                for part in &parts {
                    text.push('\n');
                    text.push_str(&part.text);
                }
                add("pack.md".into(), text);
            }
            if options.split {
                let names: Vec<String> = parts.iter().enumerate().map(|(i, p)| file_name(i, p)).collect();
                for (part, name) in parts.iter().zip(&names) {
                    let text = format!(
                        "{}\n{}",
                        front_matter(flow, record, Some(part)),
                        relinked(&part.text, &parts, &names)
                    );
                    add(format!("sections/{name}"), text);
                }
            }
        }
        if let Some(text) = json {
            add("pack.json".into(), text);
        }
        for (table, text) in flow.tables.iter().zip(tables) {
            add(format!("tables/{}.csv", table.id), text);
        }
        if let Some(text) = observations {
            add("observations.csv".into(), text);
        }
        if let Some(text) = package {
            add("datapackage.json".into(), text);
        }
        Ok(Emitted { files })
    }
}

/// Name of a section's own file.
fn file_name(at: usize, part: &markdown::Part<'_>) -> String {
    let title = part
        .section
        .map_or_else(String::new, |s| slug(s.title.as_deref().unwrap_or(s.classification.name())));
    format!("{:02}-{title}.md", at + 1)
}

/// Links between sections lead to the sections' files.
fn relinked(text: &str, parts: &[markdown::Part<'_>], names: &[String]) -> String {
    let mut text = text.to_owned();
    if text.contains("](#s") || text.contains("<a href=\"#s") {
        for (section, name) in parts.iter().map(|p| p.section).zip(names) {
            if let Some(s) = section {
                text = text.replace(&format!("](#{})", s.id), &format!("]({name})"));
                text = text.replace(&format!("<a href=\"#{}\"", s.id), &format!("<a href=\"{name}\""));
            }
        }
    }
    text
}

/// YAML that says where the text is from. Strings are written as JSON, which YAML reads.
fn front_matter(flow: &Flow, record: &Record, part: Option<&markdown::Part<'_>>) -> String {
    let meeting = &record.meeting;
    let section = part.and_then(|p| p.section);
    let title = section
        .and_then(|s| s.title.as_deref())
        .or(meeting.name.as_deref())
        .or(flow.document.title.as_deref());
    let fields = [
        ("title", title),
        ("body", meeting.organization.name.as_deref().or(meeting.name.as_deref())),
        ("council", meeting.organization.parent.as_deref()),
        ("date", meeting.start_date.as_deref()),
        ("venue", meeting.location.as_ref().map(|l| l.name.as_str())),
        ("contact", meeting.contact.as_deref()),
        ("published", meeting.published.as_deref()),
        ("quorum", meeting.quorum.as_deref()),
        ("section", section.map(|s| s.id.as_str())),
        ("classification", section.map(|s| s.classification.name())),
        ("agenda", section.and_then(|s| s.agenda.as_deref())),
        ("source", Some(flow.document.filename.as_str())),
        ("sha256", Some(flow.document.sha256.as_str())),
    ];
    let mut out = String::from("---\n");
    for (key, value) in fields {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            let _ = writeln!(out, "{key}: {}", serde_json::Value::from(table::one_line(value)));
        }
    }
    if section.is_none() && !meeting.members.is_empty() {
        let members: Vec<String> = meeting
            .members
            .iter()
            .map(|p| p.role.as_ref().map_or_else(|| p.name.clone(), |r| format!("{} ({r})", p.name)))
            .collect();
        let _ = writeln!(out, "members: {}", serde_json::Value::from(members));
    }
    let _ = match section {
        Some(s) => writeln!(out, "pages: [{}, {}]", s.pages[0], s.pages[1]),
        None => writeln!(out, "pages: {}", flow.pages.len()),
    };
    out.push_str("---\n");
    out
}

/// A file name from a title: small letters, digits and hyphens, at most 60.
fn slug(title: &str) -> String {
    let mut out = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('-') && !out.is_empty() && c != '\'' && c != '’' {
            out.push('-');
        }
        if out.len() >= 60 {
            break;
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() { Classification::Other.name().to_owned() } else { out.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Block, BlockKind, Section, Span};

    #[test]
    fn a_pack_without_sections_is_written_whole() {
        let paragraph = BlockKind::Paragraph { number: None, text: vec![Span::plain("Text.")] };
        let mut flow =
            Flow { blocks: vec![Block { kind: paragraph, ..Block::default() }], ..Flow::default() };
        flow.document.filename = "a \"b\".pdf".into();
        let input = (&flow, &Record::default(), &Normalised::default());
        let out = Emitting::run(input, &EmitOptions::default()).unwrap();
        assert_eq!(out.get("pack.md"), Some("---\nsource: \"a \\\"b\\\".pdf\"\npages: 0\n---\n\nText.\n"));
        assert!(out.get("pack.json").unwrap().contains("\"agendapack/pack\""));
    }

    #[test]
    fn the_agenda_is_linked_and_every_link_resolves() {
        use crate::model::{AgendaItem, Origin, PageNo, Rect};
        let block = |id: &str, page: u32, text: &str| Block {
            id: id.into(),
            kind: BlockKind::Paragraph { number: None, text: vec![Span::plain(text)] },
            origin: vec![Origin { page: PageNo(page), bbox: Rect::default() }],
            ..Block::default()
        };
        let flow = Flow {
            blocks: vec![block("b1", 1, "2. Roads (Pages 1 - 2)"), block("b2", 2, "Of roads.")],
            ..Flow::default()
        };
        let section = |id: &str, page| Section { id: id.into(), pages: [page, page], ..Section::default() };
        let record = Record {
            agenda: vec![AgendaItem {
                order: "2".into(),
                description: "Roads".into(),
                sections: vec!["s2".into()],
                block: Some("b1".into()),
                ..AgendaItem::default()
            }],
            sections: vec![section("s1", 1), section("s2", 2)],
            ..Record::default()
        };
        let options = EmitOptions { split: true, ..EmitOptions::default() };
        let out = Emitting::run((&flow, &record, &Normalised::default()), &options).unwrap();
        let md = out.get("pack.md").unwrap();
        assert!(md.contains("[Roads](#s2) (Pages 1 - 2)"), "{md}");
        assert!(md.contains("<a id=\"s2\"></a>"), "{md}");
        let cover = out.get("sections/01-other.md").unwrap();
        assert!(cover.contains("[Roads](02-other.md)"), "{cover}");
        assert!(out.get("sections/02-other.md").is_some());
    }

    #[test]
    fn split_names_files_by_their_titles() {
        let section = Section {
            id: "s1".into(),
            title: Some("The Mayor’s Annual – Report!".into()),
            ..Section::default()
        };
        let record = Record { sections: vec![section], ..Record::default() };
        let options = EmitOptions { split: true, ..EmitOptions::default() };
        let out = Emitting::run((&Flow::default(), &record, &Normalised::default()), &options).unwrap();
        assert!(out.get("sections/01-the-mayors-annual-report.md").is_some(), "{:?}", out.files);
    }
}
