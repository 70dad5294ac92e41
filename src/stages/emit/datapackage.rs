//! `datapackage.json`: what the CSV files hold, for programs that read Frictionless data packages.
//!
//! The fields of each type stand in the order of the alphabet, in which they are written.

use super::observations;
use super::table::{in_one_line, one_line};
use super::{EmitOptions, FileKind, slug};
use crate::model::{Flow, Normalised, Record, Table};
use crate::threads::SHARE;
use rayon::prelude::*;
use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
struct Package<'a> {
    description: String,
    name: String,
    profile: &'static str,
    resources: Vec<Resource<'a>>,
    sources: [Source<'a>; 1],
    title: Cow<'a, str>,
}

#[derive(Serialize)]
struct Source<'a> {
    path: &'a str,
    title: &'a str,
}

/// One CSV file.
#[derive(Serialize)]
struct Resource<'a> {
    description: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dialect: Option<Dialect>,
    encoding: &'static str,
    /// What the figures are about.
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<&'a str>,
    format: &'static str,
    mediatype: &'static str,
    name: &'a str,
    path: Cow<'a, str>,
    profile: &'static str,
    schema: Schema<'a>,
    title: Cow<'a, str>,
}

#[derive(Serialize)]
struct Dialect {
    #[serde(rename = "commentRows")]
    comment_rows: Vec<u32>,
    header: bool,
}

#[derive(Serialize)]
struct Schema<'a> {
    fields: Vec<Field<'a>>,
    #[serde(rename = "missingValues")]
    missing_values: [&'static str; 1],
}

#[derive(Serialize)]
struct Field<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    constraints: Option<Constraints>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Cow<'a, str>>,
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct Constraints {
    required: bool,
}

impl<'a> Resource<'a> {
    fn new(name: &'a str, path: impl Into<Cow<'a, str>>, fields: Vec<Field<'a>>) -> Resource<'a> {
        Resource {
            description: Cow::default(),
            dialect: None,
            encoding: "utf-8",
            family: None,
            format: "csv",
            mediatype: "text/csv",
            name,
            path: path.into(),
            profile: "tabular-data-resource",
            schema: Schema { fields, missing_values: [""] },
            title: Cow::default(),
        }
    }
}

/// The description of the CSV files that are written; nothing where there are none.
pub(super) fn json(
    flow: &Flow,
    record: &Record,
    normalised: &Normalised,
    options: &EmitOptions,
) -> Option<String> {
    let mut resources = Vec::new();
    if options.write.contains(&FileKind::Observations) {
        resources.push(observed());
    }
    if options.write.contains(&FileKind::Tables) {
        resources.par_extend(flow.tables.par_iter().with_max_len(SHARE).map(|t| table(t, normalised)));
    }
    if resources.is_empty() {
        return None;
    }
    let filename = flow.document.filename.as_str();
    let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
    let title = record.meeting.name.as_deref().or(flow.document.title.as_deref()).unwrap_or(stem);
    let package = Package {
        description: format!("Tables and figures of {filename}"),
        name: slug(stem),
        profile: "tabular-data-package",
        resources,
        sources: [Source { path: filename, title: filename }],
        title: in_one_line(title),
    };
    // Strings, numbers and lists of them, which are written without fail.
    serde_json::to_string_pretty(&package).ok().map(|text| text + "\n")
}

fn observed() -> Resource<'static> {
    let required = |name| matches!(name, "document" | "page" | "table" | "raw");
    let fields = observations::FIELDS.iter().map(|f| Field {
        constraints: required(f.name).then_some(Constraints { required: true }),
        description: Some(f.about.into()),
        name: f.name.into(),
        title: None,
        kind: f.kind,
    });
    let description = "A figure is the value of one cell with what its row and column say of it; raw is the cell as printed.";
    Resource {
        title: "Figures of the tables, one a row".into(),
        description: description.into(),
        ..Resource::new("observations", "observations.csv", fields.collect())
    }
}

/// A table's file holds every row of the grid as printed, header rows included: these are named as
/// comment rows, and the columns are described here.
fn table<'a>(table: &'a Table, normalised: &'a Normalised) -> Resource<'a> {
    let facts = normalised.tables.get(&table.id);
    let title = table.title.as_deref().or(facts.and_then(|f| f.title.as_deref()));
    let pages: Vec<String> = table.origin.iter().map(|o| o.page.to_string()).collect();
    let pages = format!("{} {}", if pages.len() == 1 { "Page" } else { "Pages" }, pages.join(", "));
    let description: Vec<String> =
        [pages].into_iter().chain(table.notes.iter().map(|n| one_line(n))).collect();
    let field = |c: usize| {
        let known = facts.and_then(|f| f.columns.get(c));
        let header = known.map(|k| k.header.as_slice()).filter(|header| !header.is_empty());
        let unit = known.and_then(|k| k.unit.as_ref());
        Field {
            constraints: None,
            description: unit.map(|unit| format!("Unit: {unit}").into()),
            name: format!("column_{}", c + 1).into(),
            title: header.map(|header| one_line(&header.join(" / "))),
            kind: "string",
        }
    };
    let fields = (0..table.cols as usize).map(field).collect();
    Resource {
        title: title.map_or_else(|| format!("Table {}", table.id).into(), in_one_line),
        description: description.join("; ").into(),
        dialect: Some(Dialect { comment_rows: (1..=table.header_rows).collect(), header: false }),
        family: facts.and_then(|f| f.profile.as_deref()),
        ..Resource::new(&table.id, format!("tables/{}.csv", table.id), fields)
    }
}
