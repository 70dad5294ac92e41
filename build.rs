//! Writes the vocabulary as JSON: every run of the program reads it, in a third of the time.
#![allow(clippy::print_stdout)] // It is how cargo is told.

use std::path::Path;

fn main() {
    let mut words = toml::Table::new();
    for file in ["pipelines/vocabulary.toml", "pipelines/tables.toml"] {
        println!("cargo::rerun-if-changed={file}");
        let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{file}: {e}"));
        words.extend(text.parse::<toml::Table>().unwrap_or_else(|e| panic!("{file}: {e}")));
    }
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it");
    let json = serde_json::to_string(&words).expect("a table of words is JSON");
    std::fs::write(Path::new(&out).join("vocabulary.json"), json).expect("OUT_DIR can be written");
}
