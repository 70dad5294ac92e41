//! The pack as a record of a meeting: the output of the `sections` stage.

use super::{Confidence, Issue, Minutes, PageNo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the pages are: the output of the `sections` stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// The meeting.
    pub meeting: Meeting,
    /// Its agenda.
    pub agenda: Vec<AgendaItem>,
    /// The parts of the pack, in order; they cover every page.
    pub sections: Vec<Section>,
    /// Facts of each set of minutes in it.
    pub minutes: Vec<Minutes>,
    /// What went wrong in this stage.
    #[serde(default)]
    pub issues: Vec<Issue>,
}

/// Facts of the meeting.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Meeting {
    /// The body that meets.
    pub name: Option<String>,
    /// The body and its council.
    pub organization: Organization,
    /// `2022-10-24T10:30`, local time; a date alone where no time is printed.
    pub start_date: Option<String>,
    /// Always `Europe/London` where there is a start.
    pub timezone: Option<String>,
    /// Where it meets.
    pub location: Option<Location>,
    /// Identifiers of the meeting in other systems.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Members of the body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Person>,
    /// How many must be there, as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quorum: Option<String>,
    /// The day on which the agenda was published, as an ISO date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// What the front sheet tells the public: webcasts, filming, access.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
}

/// A body and its parent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Organization {
    /// The body.
    pub name: Option<String>,
    /// The council that it belongs to.
    pub parent: Option<String>,
}

/// A place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// Its name as printed.
    pub name: String,
}

/// An identifier and the scheme that it belongs to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Identifier {
    /// The scheme.
    pub scheme: String,
    /// The identifier.
    pub identifier: String,
}

/// A person and the role printed beside the name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    /// The name as printed.
    pub name: String,
    /// The role, where printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Whose place a substitute takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub substitute_for: Option<String>,
}

/// An item of the agenda.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AgendaItem {
    /// Its number as printed, without the full stop.
    pub order: String,
    /// Its title.
    pub description: String,
    /// First and last page of the PDF.
    pub pages: Option<[u32; 2]>,
    /// First and last page as the front sheet prints them.
    pub printed_pages: Option<[u32; 2]>,
    /// Exempt from publication.
    pub restricted: bool,
    /// The law that it is exempt under, as cited: "paragraph 3 of Part 1 of Schedule 12A".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exempt_under: Option<String>,
    /// Where its papers are.
    pub papers: Papers,
    /// Ids of its sections.
    pub sections: Vec<String>,
    /// Lines under the title.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The block of the front sheet that prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// How sure its pages are, and from what.
    pub confidence: Confidence,
}

/// Where the papers of an item are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Papers {
    /// In the pack, on the item's pages.
    Attached,
    /// They are to follow.
    ToFollow,
    /// In a supplement of their own.
    Supplement,
    /// Given by word of mouth or laid on the table.
    AtMeeting,
    /// None are named.
    #[default]
    None,
}

/// Kinds of section.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Classification {
    /// The front sheet: agenda and membership.
    Cover,
    /// Minutes.
    Minutes,
    /// An officer's report.
    Report,
    /// A partner's or the council's own annual report.
    AnnualReport,
    /// An appendix.
    Appendix,
    /// A record of a decision.
    Decision,
    /// A motion or an amendment.
    Motion,
    /// Questions and answers.
    Questions,
    /// A supplement's own cover.
    Supplement,
    /// Padding.
    Blank,
    /// Anything else.
    #[default]
    Other,
    /// A chapter inside a section.
    Chapter,
    /// A foreword inside a section.
    Foreword,
}

impl Classification {
    /// The name used in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Classification::Cover => "cover",
            Classification::Minutes => "minutes",
            Classification::Report => "report",
            Classification::AnnualReport => "annual_report",
            Classification::Appendix => "appendix",
            Classification::Decision => "decision",
            Classification::Motion => "motion",
            Classification::Questions => "questions",
            Classification::Supplement => "supplement",
            Classification::Blank => "blank",
            Classification::Other => "other",
            Classification::Chapter => "chapter",
            Classification::Foreword => "foreword",
        }
    }
}

/// A part of the pack.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Section {
    /// `s1`, `s2` …
    pub id: String,
    /// Its title as printed, if it has one.
    pub title: Option<String>,
    /// The block that prints the title: Markdown sets it as the section's `#`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_block: Option<String>,
    /// What it is.
    pub classification: Classification,
    /// First and last page of the PDF.
    pub pages: [u32; 2],
    /// The agenda item that it belongs to.
    pub agenda: Option<String>,
    /// The section that it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The header of a report, under standard keys.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// What it recommends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recommendations: Vec<Lettered>,
    /// Attachments that it names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub appendices: Vec<Named>,
    /// Background papers that it names, one a line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub background_papers: Vec<String>,
    /// Its own contents page, checked against the headings found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<ContentsEntry>,
    /// Parts inside it (chapters, forewords, its own appendices): sections whose parent it is. The
    /// list `sections` alone covers every page once; these lie inside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Section>,
    /// How sure, and from what.
    pub confidence: Confidence,
    /// Each piece of evidence about where it begins, the strongest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// One piece of evidence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// How much it speaks for a beginning; below zero against.
    pub weight: f32,
    /// What it is.
    pub says: String,
}

/// A part of a list with the label that it carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lettered {
    /// "(a)", "1." as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its words.
    pub text: String,
}

/// Something named, with its label.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// "Appendix A" as printed.
    pub label: String,
    /// Its title, where printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// An entry of a contents page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContentsEntry {
    /// Its words.
    pub title: String,
    /// The page that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed_page: Option<String>,
    /// The page of the PDF on which a heading with these words stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// That heading's block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
}

impl Section {
    /// Whether the page belongs to it.
    pub fn has(&self, page: PageNo) -> bool {
        (self.pages[0]..=self.pages[1]).contains(&page.0)
    }
}
