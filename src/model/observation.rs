//! Tidy figures: the output of the `normalise` stage.

use super::Issue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Figures of the pack's tables: the output of the `normalise` stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Normalised {
    /// One a numeric cell, in reading order.
    pub observations: Vec<Observation>,
    /// Fields of report headers, by table id.
    #[serde(default)]
    pub fields: BTreeMap<String, BTreeMap<String, String>>,
    /// What went wrong in this stage.
    #[serde(default)]
    pub issues: Vec<Issue>,
}

/// One numeric cell of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Observation {
    /// Id of the table.
    pub table: String,
    /// Page of the cell.
    pub page: u32,
    /// Row and column of the cell, from 0.
    pub cell: [u32; 2],
    /// The row's label, with its group's where rows are grouped.
    pub indicator: String,
    /// What the table, or its corner cell, is about.
    pub area: Option<String>,
    /// Header path of the column.
    pub column: Vec<String>,
    /// The time that the figure is of.
    pub period: Option<Period>,
    /// What the column measures, where its header says so ("rate", "rank", "change").
    pub measure: Option<String>,
    /// The figure; `None` where the cell says that there is none.
    pub value: Option<f64>,
    /// "count", "%", "GBP", "per 10,000" …
    pub unit: Option<String>,
    /// "up" or "down", where printed.
    pub direction: Option<String>,
    /// The whole in "148/152".
    pub of: Option<f64>,
    /// The cell's text as printed.
    pub raw: String,
    /// The row's words ("Improving"), or a footnote that the cell is marked with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Period {
    /// ISO date, month or year that it starts with.
    pub start: String,
    /// As printed.
    pub label: String,
}
