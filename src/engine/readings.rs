//! Kept readings of OCR: the dearest work of all, done once a picture.
//!
//! A file a reading, named by its key (the picture's content, the reader, its version and the options), in
//! `ocr/` below the work folder: the same scanned page in two packs is read once.

use super::store::write_whole;
use crate::error::Error;
use crate::stages::ocr::{Reading, Shelf};
use std::path::{Path, PathBuf};

/// The folder of kept readings.
#[derive(Debug, Clone)]
pub struct Readings {
    folder: PathBuf,
}

impl Readings {
    /// The readings below a work folder.
    pub fn new(work: &Path) -> Readings {
        Readings { folder: work.join("ocr") }
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
        (blake3::hash(body.as_bytes()).to_hex().as_str() == hash).then(|| serde_json::from_str(body).ok())?
    }

    fn put(&self, key: blake3::Hash, reading: &Reading) -> Result<(), Error> {
        let path = self.path(key);
        let body = serde_json::to_string(reading)
            .map_err(|e| Error::Write { path: path.clone(), source: std::io::Error::other(e) })?;
        let hash = blake3::hash(body.as_bytes()).to_hex();
        // Not synced: its hash tells whether it is whole.
        write_whole(&path, format!("{hash}\n{body}").as_bytes(), false)
    }
}
