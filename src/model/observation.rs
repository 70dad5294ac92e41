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
    /// What is known of tables and their columns, by table id.
    #[serde(default)]
    pub tables: BTreeMap<String, TableFacts>,
    /// What went wrong in this stage.
    #[serde(default)]
    pub issues: Vec<Issue>,
}

/// What is known of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TableFacts {
    /// The family that it belongs to, by its id in `pipelines/tables.toml`.
    pub profile: Option<String>,
    /// What names it: its title, else the heading above it on its page.
    pub title: Option<String>,
    /// Its columns, from left to right.
    pub columns: Vec<ColumnFacts>,
}

/// What is known of a column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ColumnFacts {
    /// The words of its header from top to bottom.
    pub header: Vec<String>,
    /// What its cells hold.
    pub kind: ColumnKind,
    /// What it says of its rows.
    pub role: ColumnRole,
    /// What it measures, where its header says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// Its unit, where header, title or a note gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What its figures are multiplied by to be in whole units: 1000 for "£000".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// The time that its figures are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
}

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Words.
    #[default]
    Text,
    /// Figures.
    Number,
    /// Dates, months or years.
    Date,
    /// Nothing.
    Empty,
}

/// What a column says of its rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ColumnRole {
    /// What the row is about.
    Indicator,
    /// A figure.
    Value,
    /// A difference between figures.
    Change,
    /// A place among others.
    Rank,
    /// A rating: red, amber, green.
    Rating,
    /// Which way it is going.
    Travel,
    /// Words about the row at length.
    Comment,
    /// A few words about the row.
    Note,
    /// A number or reference of the row.
    Number,
    /// Something else.
    #[default]
    Other,
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
    /// The family of its table, by its id in `pipelines/tables.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The row's label, with its group's where rows are grouped.
    pub indicator: String,
    /// What the family calls this indicator, in every year and at every council.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicator_id: Option<String>,
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
    /// The least confidence of the cell's words, 0 to 1, where OCR read them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// The row's rating: "green".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<String>,
    /// Which way the row is going, where a column says so: "improving", "down".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub travel: Option<String>,
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
