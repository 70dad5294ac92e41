//! A folder of PDFs, as a source: its files are copied, so that a file that is changed or taken away
//! while a night is at work changes nothing.

use super::memory::{Memory, Validators};
use super::name::joined;
use super::options::FolderOptions;
use super::{Document, FETCHING, Fetched, Listing, Place, Source};
use crate::engine::run::beside;
use crate::error::Error;
use crate::limits;
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::UNIX_EPOCH;

/// Folders inside folders: a loop of mounts must end.
const DEPTH: u8 = 32;

/// A folder of PDFs.
#[derive(Debug)]
pub struct Folder<'a> {
    options: FolderOptions,
    stop: &'a AtomicBool,
}

impl<'a> Folder<'a> {
    /// As configured.
    pub fn new(options: FolderOptions, stop: &'a AtomicBool) -> Folder<'a> {
        Folder { options, stop }
    }

    /// PDFs below a folder, in order; hidden files and links to folders are left out.
    fn walk(&self, folder: &Path, depth: u8, listing: &mut Listing) {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(source) => {
                let error = Error::Read { path: folder.to_owned(), source };
                return listing.miss(folder.display().to_string(), error);
            }
        };
        let mut entries: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
        entries.sort();
        for path in entries {
            let hidden = path.file_name().is_none_or(|n| n.to_string_lossy().starts_with('.'));
            if hidden {
                continue;
            }
            if path.is_dir() {
                if depth < DEPTH && !path.is_symlink() {
                    self.walk(&path, depth + 1, listing);
                }
            } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf")) {
                listing.add(self.document(path));
            }
        }
    }

    fn document(&self, path: PathBuf) -> Document {
        let below = path.strip_prefix(&self.options.path).unwrap_or(&path);
        let mut key = below.to_string_lossy().into_owned();
        if below.to_str().is_none() {
            // Two names that are no UTF-8 can look the same.
            key = format!("{key} {}", &blake3::hash(below.as_os_str().as_encoded_bytes()).to_hex()[..8]);
        }
        let title = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = Some(joined(&[&title])).filter(|n| !n.is_empty()).unwrap_or_else(|| "pack".into());
        let record = beside(&path);
        Document { key, name, title, record, place: Place::File(path), ..Document::default() }
    }
}

impl Source for Folder<'_> {
    fn list(&mut self, _: Date, _: &mut Memory) -> Result<Listing, Error> {
        let path = &self.options.path;
        // A folder that is not there (a mount that failed) is out of reach, not empty.
        std::fs::read_dir(path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let mut listing = Listing::default();
        self.walk(path, 0, &mut listing);
        Ok(listing)
    }

    fn would_list(&self, _: Option<Date>, _: Date) -> bool {
        true
    }

    fn fetch(
        &mut self,
        document: &Document,
        known: Option<&Validators>,
        folder: &Path,
    ) -> Result<Fetched, Error> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        let Place::File(path) = &document.place else { return Ok(Fetched::Same) };
        let wrong = |source| Error::Read { path: path.clone(), source };
        let file = std::fs::File::open(path).map_err(wrong)?;
        let facts = file.metadata().map_err(wrong)?;
        if facts.len() > limits::FILE_BYTES {
            return Err(Error::Limit { what: "the file's size in bytes", limit: limits::FILE_BYTES });
        }
        let changed = facts.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
        let etag = format!("{} bytes, {} ns", facts.len(), changed.unwrap_or_default().as_nanos());
        let validators = Validators { etag: Some(etag), last_modified: None };
        if known == Some(&validators) {
            return Ok(Fetched::Same);
        }
        let failed = |source| Error::Write { path: folder.to_owned(), source };
        let mut copy = tempfile::Builder::new().prefix(FETCHING).tempfile_in(folder).map_err(failed)?;
        std::io::copy(&mut std::io::Read::take(file, limits::FILE_BYTES), &mut copy).map_err(failed)?;
        Ok(Fetched::New { file: copy, validators })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_lists_its_pdfs_and_gives_what_changed() {
        static NEVER: AtomicBool = AtomicBool::new(false);
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("in");
        std::fs::create_dir_all(root.join("deep/.hidden")).unwrap();
        for name in ["b.pdf", "deep/A b.PDF", "notes.txt", "deep/.hidden/c.pdf", ".d.pdf", "….pdf"] {
            std::fs::write(root.join(name), name).unwrap();
        }
        std::fs::write(root.join("b.xml"), "<a/>").unwrap();
        let mut memory = Memory::load(dir.path(), "in");
        let mut folder = Folder::new(FolderOptions { name: None, path: root.clone() }, &NEVER);
        let day = jiff::civil::date(2026, 1, 2);
        let listing = folder.list(day, &mut memory).unwrap();
        let found: Vec<(&str, &str)> =
            listing.documents.iter().map(|d| (d.key.as_str(), d.name.as_str())).collect();
        assert_eq!(found, [("b.pdf", "b"), ("deep/A b.PDF", "a-b"), ("….pdf", "pack")]);
        assert!(listing.documents[0].record.is_some() && listing.documents[1].record.is_none());
        let Fetched::New { validators, .. } = folder.fetch(&listing.documents[0], None, dir.path()).unwrap()
        else {
            panic!("it was never fetched")
        };
        let again = folder.fetch(&listing.documents[0], Some(&validators), dir.path()).unwrap();
        assert!(matches!(again, Fetched::Same));
        std::fs::write(root.join("b.pdf"), "longer than before").unwrap();
        let again = folder.fetch(&listing.documents[0], Some(&validators), dir.path()).unwrap();
        assert!(matches!(again, Fetched::New { .. }));
        let mut gone = Folder::new(FolderOptions { name: None, path: dir.path().join("no") }, &NEVER);
        assert_eq!(gone.list(day, &mut memory).unwrap_err().code(), "read_failed");
    }
}
