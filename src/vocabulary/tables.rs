//! Families of tables.

use super::Words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A family of tables: how to know it, and what it tells of its figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableProfile {
    /// What the output calls it; several profiles may describe one family.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// Phrases that must all be found among the column headers.
    pub headers: Words,
    /// Phrases of which some must be found among them.
    pub any: Words,
    /// How many of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_any: Option<usize>,
    /// Phrases of which one must be found in the title.
    pub title: Words,
    /// Names of rows.
    pub rows: Words,
    /// How many rows must be named by `rows` or `indicators`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_rows: Option<usize>,
    /// How many rows must be labels of report headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_fields: Option<usize>,
    /// Whether its cells hold figures to follow; yes, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<bool>,
    /// The indicator of all its rows, where these name who or what the figures are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicator: Option<String>,
    /// Names of rows, by the indicator that they are.
    pub indicators: BTreeMap<String, Words>,
    /// Header words, by what the column measures.
    pub measures: BTreeMap<String, Words>,
}
