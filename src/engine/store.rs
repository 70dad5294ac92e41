//! Stored outputs of stages: one file a stage in a folder a document, named by the PDF's hash.
//!
//! A file holds a line that says what it is (stage, version, key, content hash), then the output as
//! JSON. It is written beside its place, synced and renamed, so that it is whole or not there.

use super::plan::{Hash, StageName};
use crate::error::Error;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// The stored outputs of one document.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    /// Outputs are hashed as ever, but not written.
    dry: bool,
}

/// First line of a stored output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The stage.
    pub stage: StageName,
    /// Key that it was made under.
    pub key: String,
    /// blake3 of the output.
    pub content: String,
    /// The build for debugging that made it; empty for releases.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub build: String,
    /// What read the scanned pages, or why nothing did; `None` where no page was to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
}

impl Header {
    /// Of an output that is made under this key; what it holds is not yet known.
    pub fn new(stage: StageName, key: Hash) -> Header {
        Header {
            stage,
            key: key.to_hex().to_string(),
            content: String::new(),
            build: String::new(),
            reader: None,
        }
    }

    /// The content hash, where it is one.
    pub fn content_hash(&self) -> Option<Hash> {
        Hash::from_hex(&self.content).ok()
    }
}

impl Store {
    /// The store of a document below a work folder.
    pub fn new(work: &Path, sha256: &str) -> Store {
        Store { folder: work.join(sha256), dry: false }
    }

    /// The work folder that it lies in; `None` where nothing is to be written.
    pub fn work(&self) -> Option<&Path> {
        self.folder.parent().filter(|_| !self.dry)
    }

    /// The store that a stored output lies in.
    pub fn around(artefact: &Path) -> Store {
        Store::in_folder(artefact.parent().unwrap_or(Path::new("")))
    }

    /// The store that a folder is.
    pub fn in_folder(folder: &Path) -> Store {
        Store { folder: folder.to_owned(), dry: false }
    }

    /// Without writing anything.
    #[must_use]
    pub fn dry(mut self) -> Store {
        self.dry = true;
        self
    }

    /// The hash of the PDF, after which the store is named.
    pub fn sha256(&self) -> Option<String> {
        self.folder.file_name()?.to_str().map(str::to_owned)
    }

    /// Where a stage's output lies.
    pub fn path(&self, stage: StageName) -> PathBuf {
        self.folder.join(format!("{}.json", stage.name()))
    }

    /// What is stored for a stage, if it was made under this key.
    pub fn header(&self, stage: StageName, key: Hash) -> Option<Header> {
        self.found(stage).filter(|header| header.key == key.to_hex().as_str())
    }

    /// What is stored for a stage, whatever it was made from.
    pub fn found(&self, stage: StageName) -> Option<Header> {
        let mut line = String::new();
        let file = File::open(self.path(stage)).ok()?;
        BufReader::new(file.take(4096)).read_line(&mut line).ok()?;
        let header: Header = serde_json::from_str(&line).ok()?;
        (header.stage == stage).then_some(header)
    }

    /// The stored output of a stage; checked against its hash.
    ///
    /// # Errors
    /// The file cannot be read, was edited, or is not what this version writes.
    pub fn load<T: DeserializeOwned>(&self, stage: StageName) -> Result<T, Error> {
        let text = self.checked(stage)?;
        let body = text.split_once('\n').map_or("", |(_, body)| body);
        serde_json::from_str(body).map_err(|e| self.wrong(stage, e.to_string()))
    }

    /// Whether the stored output of a stage is whole and unchanged.
    ///
    /// # Errors
    /// The file cannot be read, was edited, or is not what this version writes.
    pub fn check(&self, stage: StageName) -> Result<(), Error> {
        self.checked(stage).map(|_| ())
    }

    fn checked(&self, stage: StageName) -> Result<String, Error> {
        let path = self.path(stage);
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path, source })?;
        let (first, body) =
            text.split_once('\n').ok_or_else(|| self.wrong(stage, "it has no first line".into()))?;
        let header: Header = serde_json::from_str(first).map_err(|e| self.wrong(stage, e.to_string()))?;
        if header.stage != stage {
            return Err(self.wrong(stage, format!("it is the output of {}", header.stage.name())));
        }
        if blake3::hash(body.as_bytes()).to_hex().as_str() != header.content {
            return Err(self.wrong(stage, "it was changed after it was written".into()));
        }
        Ok(text)
    }

    fn wrong(&self, stage: StageName, detail: String) -> Error {
        Error::Artefact { stage: stage.name().into(), path: self.path(stage), detail }
    }

    /// Stores a stage's output below its header, whose content hash it sees to; gives that.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save<T: Serialize>(&self, mut header: Header, output: &T) -> Result<Hash, Error> {
        let path = self.path(header.stage);
        let body = serde_json::to_string(output)
            .map_err(|e| Error::Write { path: path.clone(), source: std::io::Error::other(e) })?;
        let content = blake3::hash(body.as_bytes());
        if self.dry {
            return Ok(content);
        }
        header.content = content.to_hex().to_string();
        let first = serde_json::to_string(&header).unwrap_or_default();
        write_whole(&path, format!("{first}\n{body}").as_bytes(), true)?;
        Ok(content)
    }
}

/// Writes a file so that it is whole or not there: beside its place, synced, renamed. One that stands
/// there with the same bytes is left: taking its place would cost more than reading it, and its time says
/// when it changed.
///
/// Without `sync`, a crash of the machine may leave it torn: only for files whose hash is checked.
///
/// # Errors
/// The file or its folder cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8], sync: bool) -> Result<(), Error> {
    let wrong = |source| Error::Write { path: path.to_owned(), source };
    if let Some(file) = standing(path, bytes) {
        return if sync { file.sync_all().map_err(wrong) } else { Ok(()) };
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(super::lock::WRITING);
    // Temporary files are for their owner alone; outputs are files like any other.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = match builder.tempfile_in(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            std::fs::create_dir_all(folder).and_then(|()| builder.tempfile_in(folder))
        }
        made => made,
    }
    .map_err(wrong)?;
    file.write_all(bytes).map_err(wrong)?;
    if sync {
        file.as_file().sync_all().map_err(wrong)?;
    }
    file.persist(path).map_err(|e| wrong(e.error))?;
    Ok(())
}

/// The file, if it holds these bytes.
fn standing(path: &Path, bytes: &[u8]) -> Option<File> {
    let facts = std::fs::symlink_metadata(path).ok()?;
    if !facts.is_file() || facts.len() != bytes.len() as u64 {
        return None;
    }
    let mut file = File::open(path).ok()?;
    let mut buffer = [0; 1 << 14];
    let mut rest = bytes;
    loop {
        match file.read(&mut buffer).ok()? {
            0 => return rest.is_empty().then_some(file),
            n => rest = rest.strip_prefix(&buffer[..n])?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_found_by_its_key_alone() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path(), "abc");
        let (key, other) = (blake3::hash(b"key"), blake3::hash(b"other"));
        let content = store.save(Header::new(StageName::Lines, key), &vec![1, 2]).unwrap();
        let header = store.header(StageName::Lines, key).unwrap();
        assert_eq!(header.content_hash(), Some(content));
        assert_eq!(store.header(StageName::Lines, other), None);
        assert_eq!(store.header(StageName::Tables, key), None);
        assert_eq!(store.load::<Vec<u32>>(StageName::Lines).unwrap(), [1, 2]);
    }

    #[test]
    fn a_file_with_the_same_bytes_is_left_and_any_other_takes_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("new/a.csv"), dir.path().join("other"));
        let long = vec![b'x'; (1 << 17) + 3];
        for bytes in [b"".as_slice(), b"1,2\n", &long] {
            write_whole(&path, bytes, true).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
            let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
            File::open(&path).unwrap().set_modified(old).unwrap();
            let changed = || std::fs::metadata(&path).unwrap().modified().unwrap() != old;
            write_whole(&path, bytes, true).unwrap();
            assert!(!changed(), "it was written again");
            // As long, but another: the last byte is looked at, too.
            let edited: Vec<u8> =
                bytes.iter().take(bytes.len().saturating_sub(1)).copied().chain([b'?']).collect();
            std::fs::write(&path, &edited).unwrap();
            write_whole(&path, bytes, false).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
        // A link to the same bytes is no file of ours.
        #[cfg(unix)]
        {
            std::fs::write(&other, &long).unwrap();
            std::fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink(&other, &path).unwrap();
            write_whole(&path, &long, false).unwrap();
            assert!(std::fs::symlink_metadata(&path).unwrap().is_file());
        }
    }

    #[test]
    fn an_edited_artefact_is_not_believed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path(), "abc");
        store.save(Header::new(StageName::Lines, blake3::hash(b"key")), &vec![1, 2]).unwrap();
        let path = store.path(StageName::Lines);
        let text = std::fs::read_to_string(&path).unwrap().replace("[1,2]", "[1,3]");
        std::fs::write(&path, text).unwrap();
        assert_eq!(store.load::<Vec<u32>>(StageName::Lines).unwrap_err().code(), "artefact_unreadable");
        store.save(Header::new(StageName::Lines, blake3::hash(b"key")), &vec![1, 2]).unwrap();
        assert_eq!(store.load::<Vec<u32>>(StageName::Lines).unwrap(), [1, 2], "it is made good");
    }
}
