//! The journal: what happened in each run, one JSON object a line, only ever added to.

use super::run::{Report, Summary};
use crate::error::Error;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    /// A run begins.
    RunStarted {
        /// How many documents there are.
        documents: usize,
        /// Their size together.
        bytes: u64,
    },
    /// A document is taken up.
    Started {
        /// The PDF.
        source: &'a Path,
    },
    /// A document is finished, one way or another.
    Finished(&'a Report),
    /// A run ends.
    RunFinished(&'a Summary),
}

impl Event<'_> {
    /// The event with its time, as one line of JSON.
    pub fn line(&self) -> String {
        #[derive(Serialize)]
        struct Timed<'a> {
            time: String,
            #[serde(flatten)]
            event: &'a Event<'a>,
        }
        let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        serde_json::to_string(&Timed { time, event: self }).unwrap_or_default()
    }
}

/// The journal's file.
#[derive(Debug)]
pub struct Journal {
    file: Mutex<File>,
}

impl Journal {
    /// Opens the journal of a work folder, to add to it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open(work: &Path) -> Result<Journal, Error> {
        let path = work.join("journal.jsonl");
        let file = OpenOptions::new().create(true).append(true).open(&path);
        Ok(Journal { file: Mutex::new(file.map_err(|source| Error::Write { path, source })?) })
    }

    /// Adds a line. A journal that cannot be written stops nothing.
    pub fn add(&self, event: &Event<'_>) {
        if let Ok(mut file) = self.file.lock() {
            let _ = file.write_all(format!("{}\n", event.line()).as_bytes());
        }
    }
}
