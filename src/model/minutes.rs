//! Facts of minutes: who was there, what was decided, how it was voted on.

use super::{Lettered, Person};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Facts of one set of minutes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Minutes {
    /// The section.
    pub section: String,
    /// ISO date of the meeting.
    pub held_on: Option<String>,
    /// Who took the chair.
    pub chair: Option<String>,
    /// Members present.
    pub present: Vec<Person>,
    /// Officers in attendance.
    pub officers: Vec<Person>,
    /// Others in attendance.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attending: Vec<Person>,
    /// Present by invitation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub invited: Vec<Person>,
    /// Present as observers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub observers: Vec<Person>,
    /// Who sent apologies.
    pub apologies: Vec<Person>,
    /// Members who were not there and sent no apologies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Person>,
    /// Interests that were declared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub declarations: Vec<Declaration>,
    /// The minutes of earlier meetings that were before this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub previous_minutes: Vec<PreviousMinutes>,
    /// What was minuted.
    pub items: Vec<MinuteItem>,
}

/// An interest that somebody declared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Declaration {
    /// Who declared it.
    pub name: String,
    /// Its kind, where printed: "Non-Pecuniary".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The item that it concerns and its nature, as printed.
    pub text: String,
}

/// Minutes of an earlier meeting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PreviousMinutes {
    /// The day of that meeting.
    pub held_on: Option<String>,
    /// Whether these minutes say that they were approved.
    pub approved: bool,
    /// What they say.
    pub text: String,
}

/// One minute.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MinuteItem {
    /// Its number as printed.
    pub order: Option<String>,
    /// Its title.
    pub title: String,
    /// What was decided.
    pub decisions: Vec<Decision>,
    /// Votes that were taken, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
    /// Ids of its blocks.
    pub blocks: Vec<String>,
}

/// One decision.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// The printed verb, in capitals: AGREED, RESOLVED, NOTED …
    pub verb: String,
    /// What was decided.
    pub text: String,
    /// Its lettered or numbered parts, which `text` holds, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Lettered>,
    /// How it was voted on, where the minutes say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vote: Option<Vote>,
}

/// A vote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Vote {
    /// How many voted for it.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub in_favour: Option<u32>,
    /// How many voted against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<u32>,
    /// How many abstained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abstained: Option<u32>,
    /// Nobody was against it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unanimous: bool,
    /// Whether it was carried, where the minutes say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried: Option<bool>,
    /// Who voted for it, in a recorded vote.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names_for: Vec<String>,
    /// Who voted against it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names_against: Vec<String>,
    /// Who abstained.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names_abstained: Vec<String>,
    /// What the minutes say, as printed.
    pub text: String,
}
