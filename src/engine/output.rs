//! A pack's folder: its files, and the stamp that says what they were made from.

use super::lock::sweep_folder;
use super::paths;
use super::plan::{Hash, Plan, StageName};
use super::report::Outcome;
use super::road::named;
use super::source::{Facts, Seen};
use super::store::{Store, write_whole};
use crate::error::Error;
use crate::stages::emit::{Emitted, EmittedFile};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Name of the work folder inside the output folder.
pub const WORK: &str = ".agendapack";

/// Bytes of a file that is as quickly made again as waited for.
const SMALL: usize = 64 << 10;

/// What is known of a document since it was last converted. Lies in the work folder, one a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The PDF.
    #[serde(with = "paths")]
    pub source: PathBuf,
    /// Its SHA-256, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Hash of its content and of the record beside it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// What was seen of its file when it was read: while that is the same, so is the content. `None`
    /// where the file had been changed only just before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// Key of its output: made from the PDF's content and name, the stages and their options. Empty
    /// while the files are being written.
    pub key: String,
    /// The recipe that it was made by: a name in `plans/`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub plan: String,
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
    /// The limit of seconds or megabytes that it ran into: it is tried again under a higher one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// The folder of the document with the same content that is converted in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// What read its scanned pages, or why nothing did; where it has some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// Keys of what OCR read of its pages, in `ocr/`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub readings: BTreeSet<String>,
    /// What was written.
    #[serde(default)]
    pub files: Vec<Written>,
}

impl Stamp {
    /// Of a document that failed, or of which nothing is known yet.
    pub fn new(source: &Path) -> Stamp {
        Stamp {
            source: source.to_owned(),
            sha256: None,
            content: String::new(),
            seen: None,
            key: String::new(),
            plan: String::new(),
            outcome: Outcome::Failed,
            pages: 0,
            issues: BTreeMap::new(),
            code: None,
            message: None,
            limit: None,
            duplicate_of: None,
            reader: None,
            readings: BTreeSet::new(),
            files: Vec::new(),
        }
    }

    /// The hash of the content, where it is known.
    pub fn content_hash(&self) -> Option<Hash> {
        Hash::from_hex(&self.content).ok()
    }

    /// Whether its files were being written when the run ended.
    pub fn unfinished(&self) -> bool {
        self.key.is_empty() && self.outcome == Outcome::Failed
    }

    /// Whether the stamp tells of this source as it lies there now, as far as can be told without
    /// reading it.
    pub fn tells_of(&self, source: &Path) -> bool {
        self.source == source && self.seen.is_some() && self.seen == Seen::of(source)
    }
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Path below the pack's folder.
    pub path: String,
    /// Hash of its content.
    pub blake3: String,
    /// What was seen of it when it was written: while that is the same, so is the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Facts>,
}

impl Written {
    /// Whether the file stands as it was written; `None` where it is not there.
    pub fn stands(&self, folder: &Path, compare: Compare) -> Option<bool> {
        let path = folder.join(&self.path);
        if compare == Compare::Facts && self.seen.is_some() && Facts::of(&path) == self.seen {
            return Some(true);
        }
        let bytes = std::fs::read(path).ok()?;
        Some(blake3::hash(&bytes).to_hex().as_str() == self.blake3)
    }
}

/// How the files that stand there are compared with the stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// By what the file system tells of them: quick, and blind to edits that hide from it.
    Facts,
    /// By their content.
    Content,
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

    pub(super) fn stamp_path(&self, stem: &str) -> PathBuf {
        self.work.join("done").join(format!("{stem}.json"))
    }

    /// The stamp of a pack, if there is one that can be read.
    pub fn stamp(&self, stem: &str) -> Option<Stamp> {
        serde_json::from_slice(&std::fs::read(self.stamp_path(stem)).ok()?).ok()
    }

    /// The packs that have a stamp, in order.
    ///
    /// # Errors
    /// The folder of the stamps cannot be read.
    pub fn stamped(&self) -> Result<Vec<String>, Error> {
        let done = self.work.join("done");
        let wrong = |source| Error::Read { path: done.clone(), source };
        let mut stems = Vec::new();
        for entry in std::fs::read_dir(&done).map_err(wrong)? {
            let name = entry.map_err(wrong)?.file_name();
            if let Some(stem) = name.to_str().and_then(|n| n.strip_suffix(".json"))
                && !stem.starts_with('.')
            {
                stems.push(stem.to_owned());
            }
        }
        stems.sort();
        Ok(stems)
    }

    /// An output folder that is there already.
    ///
    /// # Errors
    /// Nothing was ever converted to it.
    pub fn existing(folder: &Path) -> Result<Output, Error> {
        let work = folder.join(WORK);
        if !work.join("done").is_dir() {
            let detail = format!("{} is no folder that `convert` wrote to", folder.display());
            return Err(Error::Usage { detail });
        }
        Ok(Output { folder: folder.to_owned(), work })
    }

    /// The stamp, if it was made under this key and what was written stands unchanged.
    pub fn fresh(&self, stem: &str, key: Hash) -> Option<Stamp> {
        let stamp = self.stamp(stem).filter(|s| s.key == key.to_hex().as_str())?;
        self.stands(stem, &stamp, Compare::Content).then_some(stamp)
    }

    /// The stamp, if the source, the plan and the files are those that it tells of, as far as can be
    /// told without reading them.
    pub fn fresh_by_facts(&self, stem: &str, source: &Path, plan: &Plan) -> Option<Stamp> {
        let stamp = self.stamp(stem).filter(|s| s.tells_of(source))?;
        let key = key_of(plan, stamp.content_hash()?, source);
        (stamp.key == key.to_hex().as_str() && self.stands(stem, &stamp, Compare::Facts)).then_some(stamp)
    }

    /// Whether the files of a stamp stand as they were written. A failure has none.
    pub fn stands(&self, stem: &str, stamp: &Stamp, compare: Compare) -> bool {
        if stamp.outcome == Outcome::Failed {
            return true;
        }
        let folder = self.folder.join(stem);
        stamp.files.iter().all(|w| w.stands(&folder, compare) == Some(true))
    }

    /// Stages whose outputs are to be kept and are not.
    pub fn missing<'a>(&self, stamp: &Stamp, plan: &'a Plan) -> impl Iterator<Item = StageName> + use<'a> {
        // A failure has none to keep.
        let sha256 = stamp.sha256.as_ref().filter(|_| stamp.outcome != Outcome::Failed);
        let store = sha256.map(|sha256| Store::new(&self.work, sha256));
        let missing = move |s: &StageName| {
            plan.keep.keeps(*s) && store.as_ref().is_some_and(|store| !store.path(*s).exists())
        };
        StageName::ALL.into_iter().filter(missing)
    }

    /// Writes a pack's files, removes those of an earlier conversion that are no longer written.
    ///
    /// While that goes on the stamp has no key and names the files of before and of now: a pack whose
    /// writing was cut short counts as nothing, and none of its files is forgotten.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, stem: &str, source: &Path, emitted: &Emitted) -> Result<Vec<Written>, Error> {
        let folder = self.folder.join(stem);
        let before = self.stamp(stem).map(|s| s.files).unwrap_or_default();
        let now: BTreeSet<&str> = emitted.files.iter().map(|f| f.path.as_str()).collect();
        let gone: Vec<&Written> = before.iter().filter(|w| !now.contains(w.path.as_str())).collect();
        let hashed = |f: &EmittedFile| Written {
            path: f.path.clone(),
            blake3: blake3::Hasher::new().update_rayon(f.text.as_bytes()).finalize().to_hex().to_string(),
            seen: None,
        };
        let mut written: Vec<Written> = emitted.files.par_iter().with_max_len(1).map(hashed).collect();
        let files = gone.iter().copied().chain(&written).cloned().collect();
        let begun = Stamp { code: Some("interrupted".into()), files, ..Stamp::new(source) };
        write_whole(&self.stamp_path(stem), &begun.text(), false)?;
        sweep_folder(&folder, 2);
        let files = emitted.files.par_iter().zip(&mut written).with_max_len(1);
        files.try_for_each(|(file, written)| {
            let path = folder.join(&file.path);
            // The stamp holds every file's size and hash, so that only large ones need the wait for the disk.
            write_whole(&path, file.text.as_bytes(), file.text.len() > SMALL)?;
            written.seen = Facts::of(&path);
            Ok(())
        })?;
        for old in gone {
            let _ = std::fs::remove_file(folder.join(&old.path));
        }
        Ok(written)
    }

    /// Stamps a pack: from now on it is fresh.
    ///
    /// # Errors
    /// The stamp cannot be written.
    pub fn set_stamp(&self, stem: &str, stamp: &Stamp) -> Result<(), Error> {
        write_whole(&self.stamp_path(stem), &stamp.text(), true)
    }
}

impl Stamp {
    fn text(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }
}

/// The key of everything that is made of a source whose content is known by its hash.
pub fn key_of(plan: &Plan, content: Hash, source: &Path) -> Hash {
    let filename = source.file_name().unwrap_or_default().to_string_lossy();
    plan.derived(StageName::Emit, named(content, &filename))
}

/// A file name that every file system takes.
pub(super) fn safe_name(stem: &str) -> String {
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

    fn emitted(files: &[(&str, &str)]) -> Emitted {
        let file = |(p, t): &(&str, &str)| EmittedFile { path: (*p).into(), text: (*t).into() };
        Emitted { files: files.iter().map(file).collect() }
    }

    fn stamp(key: Hash, source: &Path, files: Vec<Written>) -> Stamp {
        Stamp { key: key.to_hex().to_string(), outcome: Outcome::Done, files, ..Stamp::new(source) }
    }

    #[test]
    fn a_pack_is_fresh_until_its_key_or_a_file_changes() {
        let dir = tempfile::tempdir().unwrap();
        let out = Output::new(dir.path()).unwrap();
        let (key, other) = (blake3::hash(b"1"), blake3::hash(b"2"));
        let files = out
            .write("a", Path::new("a.pdf"), &emitted(&[("pack.md", "x"), ("tables/t1.csv", "y")]))
            .unwrap();
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
        let files = out
            .write("a", Path::new("a.pdf"), &emitted(&[("pack.md", "x"), ("tables/t1.csv", "y")]))
            .unwrap();
        out.set_stamp("a", &stamp(blake3::hash(b"1"), Path::new("a.pdf"), files)).unwrap();
        std::fs::write(dir.path().join("a/note.txt"), "a reader's own").unwrap();
        out.write("a", Path::new("a.pdf"), &emitted(&[("pack.md", "x")])).unwrap();
        assert!(!dir.path().join("a/tables/t1.csv").exists());
        assert!(dir.path().join("a/note.txt").exists());
    }

    #[test]
    fn a_pack_whose_writing_was_cut_short_counts_as_nothing_and_forgets_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let out = Output::new(dir.path()).unwrap();
        let key = blake3::hash(b"1");
        let files = out.write("a", Path::new("a.pdf"), &emitted(&[("pack.md", "x"), ("tables/t1.csv", "y")]));
        out.set_stamp("a", &stamp(key, Path::new("a.pdf"), files.unwrap())).unwrap();
        // A folder where a file should be: the writing ends there.
        std::fs::create_dir(dir.path().join("a/pack.json")).unwrap();
        out.write("a", Path::new("a.pdf"), &emitted(&[("pack.md", "z"), ("pack.json", "{}")])).unwrap_err();
        assert!(out.fresh("a", key).is_none());
        std::fs::remove_dir(dir.path().join("a/pack.json")).unwrap();
        out.write("a", Path::new("a.pdf"), &emitted(&[("pack.md", "z")])).unwrap();
        assert!(!dir.path().join("a/tables/t1.csv").exists(), "it was written two conversions ago");
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
