//! The journal: what happened in each run, one JSON object a line, only ever added to. One that has grown
//! large is put aside as `journal.1.jsonl` when a run begins, and the oldest goes.

use super::paths;
use super::report::{Report, Summary};
use crate::error::Error;
use crate::limits;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
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
    /// A document is taken up. One that is fresh is not: it is finished at once.
    Started {
        /// The PDF.
        #[serde(with = "paths")]
        source: &'a Path,
    },
    /// A document failed in a way that may pass, and is tried again after a pause.
    Retried {
        /// The PDF.
        #[serde(with = "paths")]
        source: &'a Path,
        /// Code of the error.
        code: &'a str,
        /// The error in words.
        message: &'a str,
        /// The pause in milliseconds.
        wait_ms: u64,
    },
    /// A document is finished, one way or another. Every document has one such line a run.
    Finished(&'a Report),
    /// A run ends.
    RunFinished(&'a Summary),
}

impl Event<'_> {
    /// The event with its time, as one line of JSON.
    pub fn line(&self) -> String {
        self.line_of(None)
    }

    fn line_of(&self, run: Option<&str>) -> String {
        #[derive(Serialize)]
        struct Timed<'a> {
            time: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            run: Option<&'a str>,
            #[serde(flatten)]
            event: &'a Event<'a>,
        }
        let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        serde_json::to_string(&Timed { time, run, event: self }).unwrap_or_default()
    }
}

/// The journal's files, the oldest first, those that are not there left out.
pub(super) fn files(work: &Path) -> Vec<PathBuf> {
    let all = (0..=limits::JOURNALS).rev().map(|n| file(work, n));
    all.filter(|path| path.exists()).collect()
}

fn file(work: &Path, n: u32) -> PathBuf {
    work.join(if n == 0 { "journal.jsonl".to_owned() } else { format!("journal.{n}.jsonl") })
}

/// Puts a journal of over `most` bytes aside. Only while no run is at work.
pub(super) fn put_aside(work: &Path, most: u64) {
    if std::fs::metadata(file(work, 0)).is_ok_and(|facts| facts.len() > most) {
        // The oldest is written over. What cannot be renamed goes on growing.
        for n in (0..limits::JOURNALS).rev() {
            let _ = std::fs::rename(file(work, n), file(work, n + 1));
        }
    }
}

/// The journal's file.
#[derive(Debug)]
pub struct Journal {
    run: String,
    file: Mutex<Lines>,
}

#[derive(Debug)]
struct Lines {
    file: File,
    /// The last line may be torn: by a full disk, or by a kill in an earlier run.
    torn: bool,
}

impl Journal {
    /// Opens the journal of a work folder, to add to it. Each line says of which run it tells.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open(work: &Path, run: &str) -> Result<Journal, Error> {
        let path = file(work, 0);
        let file = OpenOptions::new().create(true).read(true).append(true).open(&path);
        let file = file.map_err(|source| Error::Write { path, source })?;
        let torn = ends_torn(&file);
        Ok(Journal { run: run.to_owned(), file: Mutex::new(Lines { file, torn }) })
    }

    /// Adds a line. A journal that cannot be written stops nothing.
    pub fn add(&self, event: &Event<'_>) {
        if let Ok(mut lines) = self.file.lock() {
            let first = if lines.torn { "\n" } else { "" };
            // In one piece, so that lines of two runs do not mix.
            let line = format!("{first}{}\n", event.line_of(Some(&self.run)));
            lines.torn = lines.file.write_all(line.as_bytes()).is_err();
        }
    }
}

/// Whether a file's last byte is anything but the end of a line.
pub(super) fn ends_torn(mut file: &File) -> bool {
    use std::io::{Read, Seek, SeekFrom};
    let mut last = [b'\n'];
    let _ = file.seek(SeekFrom::End(-1)).and_then(|_| file.read(&mut last));
    last != *b"\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_does_not_grow_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        for run in 0..5 {
            put_aside(dir.path(), 10);
            std::fs::write(file(dir.path(), 0), format!("this is run {run}")).unwrap();
        }
        put_aside(dir.path(), 100);
        let kept: Vec<String> =
            files(dir.path()).iter().map(|f| std::fs::read_to_string(f).unwrap()).collect();
        assert_eq!(kept, ["this is run 2", "this is run 3", "this is run 4"]);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), kept.len());
    }

    #[test]
    fn a_line_that_was_torn_tears_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        std::fs::write(&path, "{\"event\":\"star").unwrap();
        for run in ["a", "b"] {
            Journal::open(dir.path(), run).unwrap().add(&Event::RunStarted { documents: 1, bytes: 2 });
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let whole = text.lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
        let runs: Vec<String> = whole.map(|v| v["run"].to_string()).collect();
        assert_eq!((runs, text.lines().count()), (vec!["\"a\"".into(), "\"b\"".into()], 3));
    }
}
