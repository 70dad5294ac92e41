//! What a night came to: as JSON, and as a page of Markdown.

use crate::error::Error;
use crate::sources::Known;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// What a night came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// What this is: "agendapack/nightly-report".
    pub schema: String,
    /// Version of its layout.
    pub version: String,
    /// Name of the night: its day, with a number from the day's second run on.
    pub night: String,
    /// When it began.
    pub started: String,
    /// Seconds that it took.
    pub seconds: f64,
    /// Whether nothing was fetched, converted or written.
    pub dry_run: bool,
    /// The folder below `nights/` that `current` leads to now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Documents that the sources list.
    pub listed: usize,
    /// Documents that are what they were.
    pub unchanged: usize,
    /// Documents that are listed, but not for the public.
    pub restricted: usize,
    /// Of a dry run: what would be fetched for the first time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub would_fetch: Vec<Entry>,
    /// Of a dry run: what would be asked for again, to see whether it changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub would_check: Vec<Entry>,
    /// Published for the first time.
    pub new: Vec<Entry>,
    /// Published again by the source: a new version.
    pub changed: Vec<Entry>,
    /// The same PDF, with another output: the program, its options or the meeting's record changed.
    pub reconverted: Vec<Entry>,
    /// Listed again after they were withdrawn.
    pub returned: Vec<Entry>,
    /// No longer listed; the output is kept.
    pub withdrawn: Vec<Entry>,
    /// Could not be taken, listed or converted, for a reason that will not pass by itself.
    pub failed: Vec<Entry>,
    /// Could not be reached: asked again the next time.
    pub unreachable: Vec<Entry>,
    /// Taken, with a doubt.
    pub warnings: Vec<Entry>,
}

/// A document, or a part of a source, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The source.
    pub source: String,
    /// Name of the pack: its folder below `current/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// Its title, or what was asked for.
    pub title: String,
    /// The body that meets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The day of the meeting, or of the publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Where its version lies, below the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<usize>,
    /// Whether something of it is missing: see the issues in its `pack.json`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Code of what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What went wrong, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Entry {
    /// A document that is known.
    pub fn of(source: &str, known: &Known) -> Entry {
        Entry {
            source: source.to_owned(),
            pack: Some(known.name.clone()),
            title: known.title.clone(),
            body: known.body.clone(),
            date: known.date,
            url: Some(known.url.clone()),
            ..Entry::default()
        }
    }

    /// With what went wrong.
    #[must_use]
    pub fn because(self, error: &Error) -> Entry {
        Entry {
            code: Some(error.code().to_owned()),
            message: Some(error.to_string()),
            hint: Some(error.hint().to_owned()),
            ..self
        }
    }
}

impl Report {
    /// A report of nothing yet.
    pub fn new(dry_run: bool) -> Report {
        Report {
            schema: "agendapack/nightly-report".into(),
            version: "1.0".into(),
            started: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            dry_run,
            ..Report::default()
        }
    }

    /// Adds what a visit came to.
    pub(super) fn add(&mut self, part: Report) {
        self.listed += part.listed;
        self.restricted += part.restricted;
        self.would_fetch.extend(part.would_fetch);
        self.would_check.extend(part.would_check);
        self.failed.extend(part.failed);
        self.unreachable.extend(part.unreachable);
        self.warnings.extend(part.warnings);
    }

    /// Whether something failed with this code.
    pub fn has(&self, code: &str) -> bool {
        self.failed.iter().chain(&self.unreachable).any(|e| e.code.as_deref() == Some(code))
    }

    /// The lists, each with its title.
    pub fn lists(&self) -> [(&'static str, &[Entry]); 10] {
        [
            ("Would be fetched", &self.would_fetch),
            ("Would be checked", &self.would_check),
            ("New", &self.new),
            ("Changed", &self.changed),
            ("Converted again", &self.reconverted),
            ("Returned", &self.returned),
            ("Withdrawn", &self.withdrawn),
            ("Failed", &self.failed),
            ("Could not be reached", &self.unreachable),
            ("Doubts", &self.warnings),
        ]
    }

    /// The night in a line.
    pub fn summary(&self) -> String {
        let mut out = format!("{} listed", self.listed);
        for (title, list) in self.lists() {
            if !list.is_empty() {
                let _ = write!(out, ", {} {}", list.len(), title.to_lowercase());
            }
        }
        if self.unchanged > 0 {
            let _ = write!(out, ", {} unchanged", self.unchanged);
        }
        if self.restricted > 0 {
            let _ = write!(out, ", {} restricted (never asked for)", self.restricted);
        }
        out
    }

    /// The report as JSON.
    pub fn json(&self) -> String {
        format!("{}\n", serde_json::to_string_pretty(self).unwrap_or_default())
    }

    /// The report as a page of Markdown, to be read where it lies: in `reports/`.
    pub fn markdown(&self) -> String {
        let mut out = format!("# Night of {}\n\n{}.\n", self.night, self.summary());
        match &self.published {
            Some(night) => {
                let _ = writeln!(out, "\n`current` leads to `nights/{night}`.");
            }
            None if !self.dry_run => out.push_str("\nNothing is published yet.\n"),
            None => {}
        }
        for (title, list) in self.lists() {
            if list.is_empty() {
                continue;
            }
            let _ = writeln!(out, "\n## {title}\n");
            for entry in list {
                out.push_str(&line(entry));
            }
        }
        out
    }
}

/// An entry as an item of a list.
fn line(entry: &Entry) -> String {
    let mut out = String::from("- ");
    let title = if entry.title.is_empty() { "without a title" } else { &entry.title };
    match &entry.path {
        Some(path) => {
            let _ = write!(out, "[{}](../{path}/pack.md)", plain(title));
        }
        None => out.push_str(&plain(title)),
    }
    let mut facts: Vec<String> = Vec::new();
    facts.extend(entry.body.as_deref().filter(|b| *b != entry.title).map(plain));
    facts.extend(entry.date.map(|d| d.to_string()));
    facts.extend(entry.version.filter(|v| *v > 1).map(|v| format!("version {v}")));
    facts.extend(entry.pages.map(|n| format!("{n} page{}", if n == 1 { "" } else { "s" })));
    facts.extend(entry.partial.then(|| "something is missing: see its issues".to_owned()));
    facts.push(format!("source `{}`", entry.source));
    let _ = writeln!(out, " ({})", facts.join(", "));
    if let (Some(code), Some(message)) = (&entry.code, &entry.message) {
        let _ = writeln!(out, "  `{code}`: {}", plain(message));
    }
    if let Some(hint) = &entry.hint {
        let _ = writeln!(out, "  Hint: {}", plain(hint));
    }
    out
}

/// Words of a site as plain words: nothing of them is markup.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if "\\`*_[]<>|#&!~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_no_markup() {
        let entry = Entry {
            title: "<script>alert(1)</script> [x](http://evil) | \n# big".into(),
            source: "site".into(),
            path: Some("packs/a/v1".into()),
            pages: Some(1),
            ..Entry::default()
        };
        let report = Report { new: vec![entry], night: "2026-01-02".into(), ..Report::new(false) };
        let html = comrak::markdown_to_html(&report.markdown(), &comrak::Options::default());
        assert!(!html.contains("<script") && !html.contains("href=\"http://evil"), "{html}");
        assert!(
            html.contains("href=\"../packs/a/v1/pack.md\"") && html.matches("<h1>").count() == 1,
            "{html}"
        );
    }

    #[test]
    fn what_is_empty_is_not_told() {
        let md =
            Report { night: "2026-01-02".into(), listed: 3, unchanged: 3, ..Report::new(false) }.markdown();
        assert_eq!(md, "# Night of 2026-01-02\n\n3 listed, 3 unchanged.\n\nNothing is published yet.\n");
    }
}
