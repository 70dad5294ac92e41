//! The JSON Schema: made from the code, checked in, and true of what is written.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests are tests, too

use agendapack::{Options, convert, schema};

const FILE: &str = "schema/pack.schema.json";

#[test]
fn the_schema_that_is_checked_in_is_current() {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(FILE, schema()).unwrap();
    }
    let stored = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        stored == schema(),
        "{FILE} is stale: run `UPDATE=1 cargo test --test schema` and look at the change"
    );
}

#[test]
fn what_is_written_follows_the_schema() {
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema()).unwrap()).unwrap();
    for name in ["minutes.pdf", "scrutiny-panel.pdf", "committee-no-outline.pdf"] {
        let pdf = std::fs::read(format!("samples/{name}")).unwrap();
        let converted = convert(pdf, name, &Options::default()).unwrap();
        let written = serde_json::from_str(converted.files.get("pack.json").unwrap()).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&written).map(|e| format!("{}: {e}", e.instance_path)).take(5).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}
