//! The CSV files are what `datapackage.json` says they are.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests are tests, too

use agendapack::{Converted, Options, convert};
use serde_json::Value;

fn converted(name: &str) -> Converted {
    convert(std::fs::read(format!("samples/{name}")).unwrap(), name, &Options::default()).unwrap()
}

/// Whether a field's text is of its type: what the table schema of Frictionless asks.
fn fits(kind: &str, text: &str) -> bool {
    match kind {
        "string" => true,
        "integer" => text.parse::<i64>().is_ok(),
        "number" => text.parse::<f64>().is_ok_and(f64::is_finite),
        "date" => regex::Regex::new(r"^\d{4}-\d{2}-\d{2}$").unwrap().is_match(text),
        _ => false,
    }
}

/// Checks one resource; gives the number of its rows.
fn check(c: &Converted, resource: &Value) -> usize {
    let path = resource["path"].as_str().unwrap();
    let text = c.files.get(path).unwrap_or_else(|| panic!("{path} is described and not written"));
    assert_eq!(resource["profile"], "tabular-data-resource");
    assert_eq!(resource["schema"]["missingValues"], serde_json::json!([""]));
    let fields = resource["schema"]["fields"].as_array().unwrap();
    let mut names: Vec<&str> = fields.iter().map(|f| f["name"].as_str().unwrap()).collect();
    let header = resource["dialect"]["header"] != false;
    let mut reader = csv::ReaderBuilder::new().has_headers(header).from_reader(text.as_bytes());
    if header {
        assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), names, "{path}");
    }
    let mut count = 0;
    for row in reader.records() {
        let row = row.unwrap_or_else(|e| panic!("{path}: {e}"));
        assert_eq!(row.len(), fields.len(), "{path}");
        for (field, text) in fields.iter().zip(row.iter()) {
            let (kind, name) = (field["type"].as_str().unwrap(), &field["name"]);
            assert!(text.is_empty() || fits(kind, text), "{path}, {name}: {text:?} is no {kind}");
            let required = field["constraints"]["required"] == true;
            assert!(!(required && text.is_empty()), "{path}: {name} is missing");
        }
        count += 1;
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), fields.len(), "{path}: names of fields are different");
    count
}

#[test]
fn every_csv_file_is_described_and_is_what_is_said() {
    for name in ["scrutiny-panel.pdf", "committee-no-outline.pdf", "minutes.pdf"] {
        let c = converted(name);
        let package: Value = serde_json::from_str(c.files.get("datapackage.json").unwrap()).unwrap();
        let resources = package["resources"].as_array().unwrap();
        let written = c.files.files.iter().filter(|f| f.path.contains(".csv")).count();
        assert_eq!(resources.len(), written, "{name}");
        let mut names: Vec<&str> = resources.iter().map(|r| r["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), resources.len());
        let rows: Vec<usize> = resources.iter().map(|r| check(&c, r)).collect();
        assert_eq!(rows[0], c.pack.observations.len(), "observations come first");
    }
}

#[test]
fn observations_read_alone() {
    let c = converted("scrutiny-panel.pdf");
    let mut reader = csv::Reader::from_reader(c.files.get("observations.csv").unwrap().as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    let wanted = ["body", "date", "document", "page", "table_title", "indicator", "column", "raw"].map(at);
    let mut count = 0;
    for row in reader.records() {
        let row = row.unwrap();
        for (i, name) in wanted.iter().zip(["body", "date", "document", "page"]) {
            assert!(!row[*i].is_empty(), "{name}: {row:?}");
        }
        count += 1;
    }
    assert!(count > 10);
}
