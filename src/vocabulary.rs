//! The words that tell what a page, a line or a cell is: data, read from `pipelines/vocabulary.toml`
//! and, for families of tables, `pipelines/tables.toml`.
//!
//! The default is compiled in. A pipeline's own file is laid over it: its lists are added to the
//! default's, so that another council's wording needs no Rust.

pub(crate) mod shared;
mod tables;
mod words;

pub use tables::TableProfile;
pub(crate) use words::is_plain;
pub use words::{Sought, Words, fold, packed};

use crate::error::Error;
use crate::model::Classification;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// The default vocabulary, as text.
pub const DEFAULT: &str = include_str!("../pipelines/vocabulary.toml");

/// The default families of tables, as text.
pub const DEFAULT_TABLES: &str = include_str!("../pipelines/tables.toml");

/// Both as `build.rs` writes them down.
const PREPARED: &str = include_str!(concat!(env!("OUT_DIR"), "/vocabulary.json"));

static PARSED: LazyLock<Arc<Vocabulary>> =
    LazyLock::new(|| Arc::new(serde_json::from_str(PREPARED).unwrap_or_else(|_| Vocabulary::empty())));

/// Both default files as one.
fn base() -> Result<toml::Table, toml::de::Error> {
    let mut base: toml::Table = toml::from_str(DEFAULT)?;
    base.extend(toml::from_str::<toml::Table>(DEFAULT_TABLES)?);
    Ok(base)
}

/// All words, by who uses them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// What tells the parts of a pack.
    pub sections: SectionWords,
    /// What tells the items of an agenda.
    pub agenda: AgendaWords,
    /// What tells the facts of a meeting.
    pub meeting: MeetingWords,
    /// What tells the parts of minutes.
    pub minutes: MinutesWords,
    /// What tells the lists of reports.
    #[serde(default)]
    pub reports: ReportWords,
    /// Labels of report headers, by standard key.
    pub fields: BTreeMap<String, Words>,
    /// What tells the meaning of cells.
    pub figures: FigureWords,
    /// Families of tables.
    #[serde(default)]
    pub tables: Vec<TableProfile>,
}

/// Cues of the pack's parts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SectionWords {
    /// Phrases at the top of a page, and what they speak for.
    pub cues: Vec<Cue>,
    /// Labels of attachments.
    pub appendix: Words,
    /// Headings of contents pages.
    pub contents: Words,
    /// First words of forewords.
    pub foreword: Words,
    /// First words of a front sheet.
    pub front: Words,
    /// Words found anywhere on a front sheet.
    pub front_anywhere: Words,
    /// Words of a supplement's front sheet.
    pub supplement: Words,
    /// What a blank page says of itself.
    pub blank: Words,
}

/// Phrases that speak for a kind of section.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    /// The kind.
    pub is: Classification,
    /// The line must begin with the phrase.
    #[serde(default)]
    pub begins: bool,
    /// How strongly it speaks for a new part, 0 to 1.
    pub weight: f32,
    /// The phrases.
    pub phrases: Words,
}

/// Words of agendas.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AgendaWords {
    /// Headings over open items.
    pub open: Words,
    /// Headings over exempt items.
    pub exempt: Words,
    /// Words in an item that say that it is exempt.
    pub restricted: Words,
    /// Lines behind the last item.
    pub end: Words,
    /// Lines before the first item.
    pub start: Words,
    /// Words in the place of pages: the papers will follow.
    pub later: Words,
    /// They are in a supplement.
    pub in_supplement: Words,
    /// They are given at the meeting.
    pub at_meeting: Words,
}

/// Labels of meeting facts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MeetingWords {
    /// Labels of the date.
    pub date: Words,
    /// Labels of the time.
    pub time: Words,
    /// Labels of the place.
    pub venue: Words,
    /// Labels of the contact.
    pub contact: Words,
    /// Labels of the day of publication.
    pub published: Words,
    /// Words of the sentence about the quorum.
    pub quorum: Words,
    /// Words of notices to the public.
    pub notices: Words,
    /// Headings and labels of the membership.
    pub members: Words,
    /// Last words of bodies' names.
    pub bodies: Words,
    /// Last words of councils' names.
    pub councils: Words,
    /// Lines that look like a body and are none.
    pub not_bodies: Words,
    /// Words of places where bodies meet.
    pub places: Words,
}

/// Headings and labels of the lists in reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportWords {
    /// Of recommendations.
    pub recommendations: Words,
    /// Of attachments.
    pub appendices: Words,
    /// Of background papers.
    pub background: Words,
}

/// Words of minutes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinutesWords {
    /// Words beside the date of the meeting.
    pub held: Words,
    /// Labels of members present.
    pub present: Words,
    /// Labels of officers.
    pub officers: Words,
    /// Labels of others in attendance.
    pub attending: Words,
    /// Labels of those present by invitation.
    pub invited: Words,
    /// Labels of observers.
    pub observers: Words,
    /// Labels of members who were not there.
    pub absent: Words,
    /// Labels of lists of substitutes.
    pub substitutes: Words,
    /// Words between a substitute and the member whose place is taken.
    pub substitute_for: Words,
    /// Words of officers' posts.
    pub posts: Words,
    /// Offices that may stand where a name does, with the name in brackets.
    pub offices: Words,
    /// Labels of apologies.
    pub apologies: Words,
    /// Titles before names.
    pub titles: Words,
    /// Roles that take the chair.
    pub chair: Words,
    /// Words that turn such a role into another.
    pub not_chair: Words,
    /// Words with which decisions begin.
    pub verbs: Words,
    /// Words that may stand before them.
    pub before_verb: Words,
    /// Labels whose text is a decision without a verb of its own.
    pub decision_labels: Words,
    /// Words that say that nobody was against it.
    pub unanimous: Words,
    /// Words that speak of a vote.
    pub vote: Words,
    /// What is voted on.
    pub motion: Words,
    /// Words that say that something was carried.
    pub carried: Words,
    /// Words that say that it was lost.
    pub lost: Words,
    /// First words of the item on declarations of interest.
    pub declarations: Words,
    /// First words of the item on earlier minutes.
    pub previous: Words,
    /// Words that say that minutes were approved.
    pub approved: Words,
    /// Headings that are no items.
    pub not_items: Words,
}

/// Words of cells and headers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FigureWords {
    /// Words for a rise.
    pub up: Words,
    /// Words for a fall.
    pub down: Words,
    /// Cells that say that there is no figure.
    pub none: Words,
    /// Cells that say zero.
    pub zero: Words,
    /// Units behind figures.
    pub units: Words,
    /// Headers of columns that count rows.
    pub row_numbers: Words,
    /// Corner cells that name the kind of rows.
    pub stubs: Words,
    /// Headers of columns of ratings.
    pub rating_columns: Words,
    /// Headers of columns that say which way things go.
    pub travel_columns: Words,
    /// Headers of columns of words about the row.
    pub comment_columns: Words,
    /// Names of rows and columns that add others up.
    pub totals: Words,
    /// Words before a row's name that only say how it is counted.
    pub counts_before: Words,
    /// Words behind it that do.
    pub counts_behind: Words,
    /// Ratings, by what they are called.
    pub ratings: BTreeMap<String, Words>,
    /// Directions of travel, by what they are called.
    pub travel: BTreeMap<String, Words>,
    /// Header words, by what the column measures.
    pub measures: BTreeMap<String, Words>,
    /// Header words, by the unit that they give.
    pub header_units: BTreeMap<String, Words>,
}

impl Default for Vocabulary {
    fn default() -> Self {
        Vocabulary::clone(&PARSED)
    }
}

impl Vocabulary {
    /// The default, which all share.
    pub fn shared() -> Arc<Vocabulary> {
        Arc::clone(&PARSED)
    }

    fn empty() -> Self {
        Vocabulary {
            sections: SectionWords::default(),
            agenda: AgendaWords::default(),
            meeting: MeetingWords::default(),
            minutes: MinutesWords::default(),
            reports: ReportWords::default(),
            fields: BTreeMap::new(),
            figures: FigureWords::default(),
            tables: Vec::new(),
        }
    }

    /// The default with a file of the user's own laid over it.
    ///
    /// Lists are added to the default's; a top-level `replace = ["minutes.verbs"]` names lists that
    /// take the default's place.
    ///
    /// # Errors
    /// [`Error::Usage`] where the text is no TOML, or names what does not exist.
    pub fn with(own: &str) -> Result<Vocabulary, Error> {
        let usage = |e: &dyn std::fmt::Display| Error::Usage { detail: format!("vocabulary: {e}") };
        let mut base = base().map_err(|e| usage(&e))?;
        let mut over: toml::Table = toml::from_str(own).map_err(|e| usage(&e))?;
        let replace = over.remove("replace").map_or(Ok(Vec::new()), toml::Value::try_into);
        lay_over(&mut base, over, "", &replace.map_err(|e| usage(&e))?);
        toml::Value::Table(base).try_into().map_err(|e| usage(&e))
    }
}

/// Merges tables; lists are joined unless their dotted path is to be replaced.
fn lay_over(base: &mut toml::Table, over: toml::Table, path: &str, replace: &[String]) {
    for (key, value) in over {
        let here = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(b)), toml::Value::Table(o)) => lay_over(b, o, &here, replace),
            (Some(toml::Value::Array(b)), toml::Value::Array(o)) if !replace.contains(&here) => b.extend(o),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_parses() {
        let v: Vocabulary = toml::Value::Table(base().unwrap()).try_into().unwrap();
        assert!(!v.tables.is_empty());
        assert!(v.minutes.verbs.is("agreed"));
        assert_eq!(v, Vocabulary::default());
    }

    #[test]
    fn a_file_of_ones_own_adds_or_replaces() {
        let v = Vocabulary::with("[minutes]\nverbs = [\"SETTLED\"]").unwrap();
        assert!(v.minutes.verbs.is("settled") && v.minutes.verbs.is("agreed"));
        let v = Vocabulary::with("replace = [\"minutes.verbs\"]\n[minutes]\nverbs = [\"SETTLED\"]").unwrap();
        assert!(!v.minutes.verbs.is("agreed"));
        assert!(Vocabulary::with("[minute]\nverbs = []").is_err(), "a slip is told");
        assert!(Vocabulary::with("[[").is_err());
    }

    #[test]
    fn it_survives_a_round_trip_as_json() {
        let v = Vocabulary::default();
        let json = serde_json::to_string(&v).unwrap();
        assert_eq!(serde_json::from_str::<Vocabulary>(&json).unwrap(), v);
    }
}
