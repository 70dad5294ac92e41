//! What a source said and gave before: one JSON file a source, and a folder of its PDFs.

use crate::engine::store::write_whole;
use crate::error::Error;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What to ask with, so that the unchanged is not sent again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Validators {
    /// The `ETag` of an answer; of a file, its size and time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The `Last-Modified` of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether there is nothing to ask with.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// A document that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Name of its files and of its folder.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The body that meets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The day of the meeting, or of the publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Where it was.
    pub url: String,
    /// What to ask with the next time.
    #[serde(default)]
    pub validators: Validators,
    /// SHA-256 of the PDF.
    pub sha256: String,
    /// SHA-256 of the meeting's record beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The day that it was last listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<Date>,
}

/// What a source's file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// Documents that were fetched, by their key.
    documents: BTreeMap<String, Known>,
    /// Answers that can be asked for with a condition, by URL.
    answers: BTreeMap<String, Validators>,
}

/// The memory of a source.
#[derive(Debug)]
pub struct Memory {
    /// Where its PDFs lie.
    pub folder: PathBuf,
    /// Documents that were fetched, by their key.
    pub documents: BTreeMap<String, Known>,
    answers: BTreeMap<String, Validators>,
    /// Answers that came new, to be kept.
    bodies: BTreeMap<String, Vec<u8>>,
    /// Answers that were asked for: the others are forgotten.
    asked: BTreeSet<String>,
}

impl Memory {
    /// The memory of the source of this name, below a folder. One that cannot be read is empty: it only
    /// saves work.
    pub fn load(sources: &Path, name: &str) -> Memory {
        let text = std::fs::read(sources.join(format!("{name}.json"))).unwrap_or_default();
        let State { documents, answers } = serde_json::from_slice(&text).unwrap_or_default();
        Memory {
            folder: sources.join(name),
            documents,
            answers,
            bodies: BTreeMap::new(),
            asked: BTreeSet::new(),
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&mut self) -> Result<(), Error> {
        for (url, bytes) in std::mem::take(&mut self.bodies) {
            write_whole(&self.answer_path(&url), &bytes, false)?;
        }
        let gone: Vec<String> = self.answers.keys().filter(|u| !self.asked.contains(*u)).cloned().collect();
        for url in gone {
            let _ = std::fs::remove_file(self.answer_path(&url));
            self.answers.remove(&url);
        }
        let state = State { documents: self.documents.clone(), answers: self.answers.clone() };
        let text = serde_json::to_string_pretty(&state).unwrap_or_default();
        write_whole(&self.folder.with_extension("json"), format!("{text}\n").as_bytes(), true)
    }

    /// Forgets documents that were not listed since a day: their PDFs go. Gives whether there were any.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn forget(&mut self, since: Date) -> Result<bool, Error> {
        let old = |_: &String, known: &mut Known| known.listed.is_some_and(|day| day < since);
        let gone: Vec<Known> = self.documents.extract_if(.., old).map(|(_, known)| known).collect();
        for known in &gone {
            let pdf = self.pdf(&known.name);
            let _ = std::fs::remove_file(pdf.with_extension("xml"));
            let _ = std::fs::remove_file(pdf);
        }
        if gone.is_empty() {
            return Ok(false);
        }
        self.save()?;
        Ok(true)
    }

    /// Where a document's PDF lies.
    pub fn pdf(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.pdf"))
    }

    /// An answer that was kept, with what to ask with.
    pub fn answer(&mut self, url: &str) -> Option<(Validators, Vec<u8>)> {
        self.asked.insert(url.to_owned());
        let validators = self.answers.get(url)?.clone();
        Some((validators, std::fs::read(self.answer_path(url)).ok()?))
    }

    /// Keeps an answer, if it can be asked for with a condition.
    pub fn keep_answer(&mut self, url: &str, validators: &Validators, bytes: &[u8]) {
        self.asked.insert(url.to_owned());
        if !validators.is_empty() {
            self.answers.insert(url.to_owned(), validators.clone());
            self.bodies.insert(url.to_owned(), bytes.to_vec());
        }
    }

    fn answer_path(&self, url: &str) -> PathBuf {
        self.folder.join("answers").join(format!("{}.xml", blake3::hash(url.as_bytes()).to_hex()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_while_they_are_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let tag = Validators { etag: Some("\"1\"".into()), last_modified: None };
        let mut memory = Memory::load(dir.path(), "site");
        memory.keep_answer("https://a/1", &tag, b"one");
        memory.keep_answer("https://a/2", &tag, b"two");
        memory.keep_answer("https://a/3", &Validators::default(), b"three");
        memory.save().unwrap();
        let mut memory = Memory::load(dir.path(), "site");
        assert_eq!(memory.answer("https://a/1"), Some((tag, b"one".to_vec())));
        assert_eq!(memory.answer("https://a/3"), None);
        memory.save().unwrap();
        assert_eq!(Memory::load(dir.path(), "site").answer("https://a/2"), None);
        assert_eq!(std::fs::read_dir(dir.path().join("site/answers")).unwrap().count(), 1);
    }
}
