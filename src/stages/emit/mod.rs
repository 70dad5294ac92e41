//! `emit`: the whole pack as files: Markdown, JSON, CSV with a description of it.

mod datapackage;
mod inline;
mod json;
mod markdown;
mod observations;
mod table;

use crate::error::Error;
use crate::model::{Classification, Flow, Normalised, Pack, Record};
use crate::stages::Stage;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// The stage.
pub struct Emitting;

/// How tables are written in Markdown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableStyle {
    /// Pipe tables: spans become blanks.
    #[default]
    Pipe,
    /// HTML tables: spans are kept.
    Html,
    /// HTML where a table has spans, pipes elsewhere.
    Auto,
}

/// What to write, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmitOptions {
    /// How tables are written in Markdown.
    pub tables: TableStyle,
    /// A comment where a page of the PDF begins.
    pub page_marks: bool,
    /// A Markdown file a section, too.
    pub split: bool,
    /// Which kinds of file are written.
    pub write: Vec<FileKind>,
}

/// Kinds of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// `pack.md`.
    Markdown,
    /// `pack.json`.
    Json,
    /// `tables/<id>.csv`.
    Tables,
    /// `observations.csv`.
    Observations,
}

impl Default for EmitOptions {
    fn default() -> Self {
        let write = vec![FileKind::Markdown, FileKind::Json, FileKind::Tables, FileKind::Observations];
        EmitOptions { tables: TableStyle::Pipe, page_marks: true, split: false, write }
    }
}

/// The files of one pack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emitted {
    /// In a fixed order; paths are relative to the pack's folder.
    pub files: Vec<EmittedFile>,
}

/// One file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmittedFile {
    /// Path below the pack's folder, parted by `/`.
    pub path: String,
    /// Its content.
    pub text: String,
}

impl Emitted {
    /// The content of a file, if it was written.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|f| f.path == path).map(|f| f.text.as_str())
    }
}

impl Stage for Emitting {
    type In<'a> = (&'a Flow, &'a Record, &'a Normalised);
    type Out = Emitted;
    type Options = EmitOptions;
    const NAME: &'static str = "emit";
    const VERSION: u32 = 2;

    fn run((flow, record, normalised): Self::In<'_>, options: &EmitOptions) -> Result<Emitted, Error> {
        let mut files = Vec::new();
        let mut add = |path: String, text: String| files.push(EmittedFile { path, text });
        let wants = |kind| options.write.contains(&kind);
        if wants(FileKind::Markdown) || options.split {
            let parts = markdown::parts(flow, record, options);
            if wants(FileKind::Markdown) {
                let mut text = front_matter(flow, record, None);
                for part in &parts {
                    text.push('\n');
                    text.push_str(&part.text);
                }
                add("pack.md".into(), text);
            }
            if options.split {
                for (i, part) in parts.iter().enumerate() {
                    let name = part.section.map_or_else(String::new, |s| {
                        slug(s.title.as_deref().unwrap_or(s.classification.name()))
                    });
                    let text = format!("{}\n{}", front_matter(flow, record, Some(part)), part.text);
                    add(format!("sections/{:02}-{name}.md", i + 1), text);
                }
            }
        }
        if wants(FileKind::Json) {
            add("pack.json".into(), json::lines(&Pack::new(flow, record, normalised)));
        }
        if wants(FileKind::Tables) {
            for t in &flow.tables {
                add(format!("tables/{}.csv", t.id), table::csv(t));
            }
        }
        if wants(FileKind::Observations) {
            add("observations.csv".into(), observations::csv(flow, record, normalised));
        }
        if let Some(text) = datapackage::json(flow, record, normalised, options) {
            add("datapackage.json".into(), text);
        }
        Ok(Emitted { files })
    }
}

/// YAML that says where the text is from. Strings are written as JSON, which YAML reads.
fn front_matter(flow: &Flow, record: &Record, part: Option<&markdown::Part<'_>>) -> String {
    let meeting = &record.meeting;
    let section = part.and_then(|p| p.section);
    let title = section
        .and_then(|s| s.title.as_deref())
        .or(meeting.name.as_deref())
        .or(flow.document.title.as_deref());
    let fields = [
        ("title", title),
        ("body", meeting.organization.name.as_deref().or(meeting.name.as_deref())),
        ("council", meeting.organization.parent.as_deref()),
        ("date", meeting.start_date.as_deref()),
        ("section", section.map(|s| s.id.as_str())),
        ("classification", section.map(|s| s.classification.name())),
        ("source", Some(flow.document.filename.as_str())),
        ("sha256", Some(flow.document.sha256.as_str())),
    ];
    let mut out = String::from("---\n");
    for (key, value) in fields {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            let _ = writeln!(out, "{key}: {}", serde_json::Value::from(table::one_line(value)));
        }
    }
    let _ = match section {
        Some(s) => writeln!(out, "pages: [{}, {}]", s.pages[0], s.pages[1]),
        None => writeln!(out, "pages: {}", flow.pages.len()),
    };
    out.push_str("---\n");
    out
}

/// A file name from a title: small letters, digits and hyphens, at most 60.
fn slug(title: &str) -> String {
    let mut out = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('-') && !out.is_empty() && c != '\'' && c != '’' {
            out.push('-');
        }
        if out.len() >= 60 {
            break;
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() { Classification::Other.name().to_owned() } else { out.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Block, BlockKind, Section, Span};

    #[test]
    fn a_pack_without_sections_is_written_whole() {
        let paragraph = BlockKind::Paragraph { number: None, text: vec![Span::plain("Text.")] };
        let mut flow =
            Flow { blocks: vec![Block { kind: paragraph, ..Block::default() }], ..Flow::default() };
        flow.document.filename = "a \"b\".pdf".into();
        let input = (&flow, &Record::default(), &Normalised::default());
        let out = Emitting::run(input, &EmitOptions::default()).unwrap();
        assert_eq!(out.get("pack.md"), Some("---\nsource: \"a \\\"b\\\".pdf\"\npages: 0\n---\n\nText.\n"));
        assert!(out.get("pack.json").unwrap().contains("\"agendapack/pack\""));
    }

    #[test]
    fn split_names_files_by_their_titles() {
        let section = Section {
            id: "s1".into(),
            title: Some("The Mayor’s Annual – Report!".into()),
            ..Section::default()
        };
        let record = Record { sections: vec![section], ..Record::default() };
        let options = EmitOptions { split: true, ..EmitOptions::default() };
        let out = Emitting::run((&Flow::default(), &record, &Normalised::default()), &options).unwrap();
        assert!(out.get("sections/01-the-mayors-annual-report.md").is_some(), "{:?}", out.files);
    }
}
