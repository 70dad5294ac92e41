//! `datapackage.json`: what the CSV files hold, for programs that read Frictionless data packages.

use super::observations;
use super::table::one_line;
use super::{EmitOptions, FileKind, slug};
use crate::model::{Flow, Normalised, Record, Table};
use serde_json::{Value, json};

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
        resources.extend(flow.tables.iter().map(|t| table(t, normalised)));
    }
    if resources.is_empty() {
        return None;
    }
    let stem = flow.document.filename.rsplit_once('.').map_or(flow.document.filename.as_str(), |(s, _)| s);
    let title = record.meeting.name.as_deref().or(flow.document.title.as_deref()).unwrap_or(stem);
    let package = json!({
        "profile": "tabular-data-package",
        "name": slug(stem),
        "title": one_line(title),
        "description": format!("Tables and figures of {}", flow.document.filename),
        "sources": [{ "title": flow.document.filename, "path": flow.document.filename }],
        "resources": resources,
    });
    Some(format!("{package:#}\n"))
}

/// What all resources have.
fn resource(name: &str, path: &str, mut more: Value, fields: &[Value]) -> Value {
    let common = json!({
        "name": name,
        "path": path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": { "fields": fields, "missingValues": [""] },
    });
    if let (Some(out), Value::Object(common)) = (more.as_object_mut(), common) {
        out.extend(common);
    }
    more
}

fn observed() -> Value {
    let fields: Vec<Value> = observations::FIELDS
        .iter()
        .map(|f| {
            let mut field = json!({ "name": f.name, "type": f.kind, "description": f.about });
            if matches!(f.name, "document" | "page" | "table" | "raw") {
                field["constraints"] = json!({ "required": true });
            }
            field
        })
        .collect();
    let more = json!({
        "title": "Figures of the tables, one a row",
        "description": "A figure is the value of one cell with what its row and column say of it; raw is the cell as printed.",
    });
    resource("observations", "observations.csv", more, &fields)
}

/// A table's file holds every row of the grid as printed, header rows included: these are named as
/// comment rows, and the columns are described here.
fn table(table: &Table, normalised: &Normalised) -> Value {
    let facts = normalised.tables.get(&table.id);
    let title = table.title.as_deref().or(facts.and_then(|f| f.title.as_deref()));
    let pages: Vec<String> = table.origin.iter().map(|o| o.page.to_string()).collect();
    let pages = format!("{} {}", if pages.len() == 1 { "Page" } else { "Pages" }, pages.join(", "));
    let description: Vec<String> =
        [pages].into_iter().chain(table.notes.iter().map(|n| one_line(n))).collect();
    let fields: Vec<Value> = (0..table.cols as usize)
        .map(|c| {
            let mut field = json!({ "name": format!("column_{}", c + 1), "type": "string" });
            if let Some(known) = facts.and_then(|f| f.columns.get(c)) {
                if !known.header.is_empty() {
                    field["title"] = one_line(&known.header.join(" / ")).into();
                }
                if let Some(unit) = &known.unit {
                    field["description"] = format!("Unit: {unit}").into();
                }
            }
            field
        })
        .collect();
    let headers: Vec<u32> = (1..=table.header_rows).collect();
    let mut more = json!({
        "title": title.map_or_else(|| format!("Table {}", table.id), one_line),
        "description": description.join("; "),
        "dialect": { "header": false, "commentRows": headers },
    });
    if let Some(profile) = facts.and_then(|f| f.profile.as_deref()) {
        more["family"] = profile.into();
    }
    resource(&table.id, &format!("tables/{}.csv", table.id), more, &fields)
}
