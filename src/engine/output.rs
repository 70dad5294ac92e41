//! A pack's folder: its files, and the stamp that says what they were made from.

use super::plan::Hash;
use super::run::Outcome;
use super::store::write_whole;
use crate::error::Error;
use crate::stages::emit::Emitted;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Name of the work folder inside the output folder.
pub const WORK: &str = ".agendapack";

/// What is known of a document since it was last converted. Lies in the work folder, one a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The PDF.
    pub source: PathBuf,
    /// Its SHA-256, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Key of its output: made from the PDF's content and name, the stages and their options.
    pub key: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Its pages.
    pub pages: usize,
    /// How many issues of each code.
    #[serde(default)]
    pub issues: BTreeMap<String, u32>,
    /// Code of the error, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The error in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What was written.
    #[serde(default)]
    pub files: Vec<Written>,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Path below the pack's folder.
    pub path: String,
    /// Hash of its content.
    pub blake3: String,
}

/// Where packs are written.
#[derive(Debug, Clone)]
pub struct Output {
    /// The output folder.
    pub folder: PathBuf,
    /// The work folder.
    pub work: PathBuf,
}

impl Output {
    /// Makes the output folder and its work folder.
    ///
    /// # Errors
    /// They cannot be made.
    pub fn new(folder: &Path) -> Result<Output, Error> {
        let work = folder.join(WORK);
        let done = work.join("done");
        std::fs::create_dir_all(&done).map_err(|source| Error::Write { path: done, source })?;
        Ok(Output { folder: folder.to_owned(), work })
    }

    fn stamp_path(&self, stem: &str) -> PathBuf {
        self.work.join("done").join(format!("{stem}.json"))
    }

    /// The stamp of a pack, if there is one that can be read.
    pub fn stamp(&self, stem: &str) -> Option<Stamp> {
        serde_json::from_slice(&std::fs::read(self.stamp_path(stem)).ok()?).ok()
    }

    /// The stamp, if it was made under this key and what was written stands unchanged.
    pub fn fresh(&self, stem: &str, key: Hash) -> Option<Stamp> {
        let stamp = self.stamp(stem).filter(|s| s.key == key.to_hex().as_str())?;
        let folder = self.folder.join(stem);
        let stands = |w: &Written| {
            std::fs::read(folder.join(&w.path)).is_ok_and(|b| blake3::hash(&b).to_hex().as_str() == w.blake3)
        };
        stamp.files.iter().all(stands).then_some(stamp)
    }

    /// Writes a pack's files, removes those of an earlier conversion that are no longer written.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, stem: &str, emitted: &Emitted) -> Result<Vec<Written>, Error> {
        let folder = self.folder.join(stem);
        let before = self.stamp(stem).map(|s| s.files).unwrap_or_default();
        // Without its stamp a half-written folder counts as nothing.
        let _ = std::fs::remove_file(self.stamp_path(stem));
        let mut written = Vec::with_capacity(emitted.files.len());
        for file in &emitted.files {
            // The stamp holds every file's hash, so that only the large ones need the wait for the disk.
            let sync = !file.path.starts_with("tables/");
            write_whole(&folder.join(&file.path), file.text.as_bytes(), sync)?;
            let blake3 = blake3::hash(file.text.as_bytes()).to_hex().to_string();
            written.push(Written { path: file.path.clone(), blake3 });
        }
        let now: BTreeSet<&str> = written.iter().map(|w| w.path.as_str()).collect();
        for old in before.iter().filter(|w| !now.contains(w.path.as_str())) {
            let _ = std::fs::remove_file(folder.join(&old.path));
        }
        Ok(written)
    }

    /// Stamps a pack: from now on it is fresh.
    ///
    /// # Errors
    /// The stamp cannot be written.
    pub fn set_stamp(&self, stem: &str, stamp: &Stamp) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(stamp).unwrap_or_default();
        write_whole(&self.stamp_path(stem), text.as_bytes(), true)
    }

    /// A folder name for each source: its file name without the ending, made unique in a way that
    /// stays the same from run to run.
    pub fn stems(&self, sources: &[PathBuf]) -> Vec<String> {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut out = Vec::with_capacity(sources.len());
        for source in sources {
            let base = safe_name(&source.file_stem().unwrap_or_default().to_string_lossy());
            let own = |name: &str| self.stamp(name).is_none_or(|s| s.source == *source || !s.source.exists());
            let mut name = base.clone();
            let mut n = 1;
            while taken.contains(&name.to_lowercase()) || !own(&name) {
                n += 1;
                name = format!("{base}-{n}");
            }
            taken.insert(name.to_lowercase());
            out.push(name);
        }
        out
    }
}

/// A file name that every file system takes.
fn safe_name(stem: &str) -> String {
    let mut out: String = stem
        .chars()
        .map(|c| if c.is_control() || "/\\:*?\"<>|\u{fffd}".contains(c) { '_' } else { c })
        .collect();
    while out.len() > 180 {
        out.pop();
    }
    let trimmed = out.trim().trim_end_matches('.');
    match trimmed.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if trimmed.is_empty() => "pack".to_owned(),
        None => trimmed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::emit::EmittedFile;

    fn emitted(files: &[(&str, &str)]) -> Emitted {
        let file = |(p, t): &(&str, &str)| EmittedFile { path: (*p).into(), text: (*t).into() };
        Emitted { files: files.iter().map(file).collect() }
    }

    fn stamp(key: Hash, source: &Path, files: Vec<Written>) -> Stamp {
        Stamp {
            source: source.into(),
            sha256: None,
            key: key.to_hex().to_string(),
            outcome: Outcome::Done,
            pages: 1,
            issues: BTreeMap::new(),
            code: None,
            message: None,
            files,
        }
    }

    #[test]
    fn a_pack_is_fresh_until_its_key_or_a_file_changes() {
        let dir = tempfile::tempdir().unwrap();
        let out = Output::new(dir.path()).unwrap();
        let (key, other) = (blake3::hash(b"1"), blake3::hash(b"2"));
        let files = out.write("a", &emitted(&[("pack.md", "x"), ("tables/t1.csv", "y")])).unwrap();
        assert!(out.fresh("a", key).is_none(), "nothing is fresh before it is stamped");
        out.set_stamp("a", &stamp(key, Path::new("a.pdf"), files)).unwrap();
        assert!(out.fresh("a", key).is_some());
        assert!(out.fresh("a", other).is_none());
        std::fs::write(dir.path().join("a/tables/t1.csv"), "edited").unwrap();
        assert!(out.fresh("a", key).is_none());
    }

    #[test]
    fn files_that_are_no_longer_written_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let out = Output::new(dir.path()).unwrap();
        let files = out.write("a", &emitted(&[("pack.md", "x"), ("tables/t1.csv", "y")])).unwrap();
        out.set_stamp("a", &stamp(blake3::hash(b"1"), Path::new("a.pdf"), files)).unwrap();
        std::fs::write(dir.path().join("a/note.txt"), "a reader's own").unwrap();
        out.write("a", &emitted(&[("pack.md", "x")])).unwrap();
        assert!(!dir.path().join("a/tables/t1.csv").exists());
        assert!(dir.path().join("a/note.txt").exists());
    }

    #[test]
    fn packs_of_one_name_get_folders_of_their_own_and_keep_them() {
        let dir = tempfile::tempdir().unwrap();
        let out = Output::new(dir.path()).unwrap();
        let sources: Vec<PathBuf> = ["x", "y", "z"]
            .iter()
            .map(|d| {
                let path = dir.path().join(d).join(if *d == "z" { "Pack.PDF" } else { "pack.pdf" });
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, "x").unwrap();
                path
            })
            .collect();
        let stems = out.stems(&sources);
        assert_eq!(stems, ["pack", "pack-2", "Pack-3"]);
        for (stem, source) in stems.iter().zip(&sources) {
            out.set_stamp(stem, &stamp(blake3::hash(b"1"), source, vec![])).unwrap();
        }
        assert_eq!(out.stems(&sources[1..2]), ["pack-2"]);
    }

    #[test]
    fn odd_names_become_safe_ones() {
        for (name, wanted) in
            [("a/b\\c", "a_b_c"), ("..", "pack"), (".hidden", "_hidden"), ("", "pack"), ("a. ", "a")]
        {
            assert_eq!(safe_name(name), wanted);
        }
    }
}
