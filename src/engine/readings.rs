//! Kept readings of OCR: the dearest work of all, done once a picture.
//!
//! A file a reading, named by its key (the picture's content, the reader, its version and the options), in
//! `ocr/` below the work folder: the same scanned page in two packs is read once.

use super::store::write_whole;
use crate::error::Error;
use crate::stages::ocr::{Reading, Shelf};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The folder of kept readings, as one document uses it.
#[derive(Debug)]
pub struct Readings {
    folder: PathBuf,
    /// Keys of those that it asked for and has.
    used: Mutex<BTreeSet<String>>,
}

impl Readings {
    /// The readings below a work folder.
    pub fn new(work: &Path) -> Readings {
        Readings { folder: work.join("ocr"), used: Mutex::default() }
    }

    /// The keys of the readings that were taken from here or put here.
    pub fn used(&self) -> BTreeSet<String> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn uses(&self, key: blake3::Hash) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_hex().to_string());
    }

    fn path(&self, key: blake3::Hash) -> PathBuf {
        let name = key.to_hex();
        // A folder with a hundred thousand files is slow to look into.
        self.folder.join(&name[..2]).join(format!("{name}.json"))
    }
}

impl Shelf for Readings {
    fn get(&self, key: blake3::Hash) -> Option<Reading> {
        let text = std::fs::read_to_string(self.path(key)).ok()?;
        let (hash, body) = text.split_once('\n')?;
        // One that was edited or cut is made again.
        let whole = blake3::hash(body.as_bytes()).to_hex().as_str() == hash;
        let reading = whole.then(|| serde_json::from_str(body).ok())??;
        self.uses(key);
        Some(reading)
    }

    fn put(&self, key: blake3::Hash, reading: &Reading) -> Result<(), Error> {
        let path = self.path(key);
        let body = serde_json::to_string(reading)
            .map_err(|e| Error::Write { path: path.clone(), source: std::io::Error::other(e) })?;
        let hash = blake3::hash(body.as_bytes()).to_hex();
        self.uses(key);
        // Not synced: its hash tells whether it is whole.
        write_whole(&path, format!("{hash}\n{body}").as_bytes(), false)
    }
}
