//! Zip files of packs. Each file in one is read for itself and only in memory: a name in a zip file is
//! never a place on disk.

use super::source::Facts;
use crate::error::Error;
use crate::limits;
use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use zip::ZipArchive;
use zip::result::ZipError;

/// A file in a zip file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name, made harmless and unique in its zip file.
    pub name: String,
    /// Its size, as the zip file says.
    pub bytes: u64,
    index: usize,
}

/// How many lists are kept: sources come zip by zip, and several threads are at different ones.
const KEPT: usize = 16;

/// The files of a zip file, by name. The lists asked for last are kept.
///
/// # Errors
/// The file cannot be read, is no zip file, or is over the limits.
pub fn members(zip: &Path) -> Result<Arc<Vec<Member>>, Error> {
    type Listed = (PathBuf, Option<Facts>, Arc<Vec<Member>>);
    static LISTED: Mutex<VecDeque<Listed>> = Mutex::new(VecDeque::new());
    let facts = Facts::of(zip);
    let known = |(path, before, _): &Listed| path == zip && facts.is_some() && *before == facts;
    let mut listed = LISTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, _, members)) = listed.iter().find(|l| known(l)) {
        return Ok(Arc::clone(members));
    }
    drop(listed);
    let members = Arc::new(list(&open(zip)?)?);
    listed = LISTED.lock().unwrap_or_else(PoisonError::into_inner);
    listed.push_front((zip.to_owned(), facts, Arc::clone(&members)));
    listed.truncate(KEPT);
    Ok(members)
}

fn find<'a>(members: &'a [Member], name: &str) -> Option<&'a Member> {
    members.binary_search_by(|m| m.name.as_str().cmp(name)).ok().map(|i| &members[i])
}

/// The size of a file in a zip file, if it is there.
pub(super) fn size(zip: &Path, name: &str) -> Option<u64> {
    find(&members(zip).ok()?, name).map(|m| m.bytes)
}

/// Reads one file of a zip file of at most so many bytes, and never more of it than the zip file says.
///
/// # Errors
/// It cannot be read, is locked, too large or itself a zip file.
pub(super) fn read(zip: &Path, name: &str, most: u64) -> Result<Vec<u8>, Error> {
    let members = members(zip)?;
    let gone = || Error::Zip { detail: format!("{} holds no {name} any more", zip.display()) };
    let member = find(&members, name).ok_or_else(gone)?;
    if super::source::is_zip(Path::new(name)) {
        return Err(Error::NestedZip);
    }
    if member.bytes > most {
        return Err(Error::Limit { what: "the file's size in bytes", limit: most });
    }
    let mut archive = open(zip)?;
    let file = archive.by_index(member.index).map_err(|e| told(e, zip))?;
    let mut bytes = Vec::new();
    let read = file.take(member.bytes.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|e| told(ZipError::Io(e), zip))?;
    if bytes.len() as u64 > member.bytes {
        return Err(Error::Zip { detail: format!("{name} is larger than the zip file says") });
    }
    Ok(bytes)
}

fn open(zip: &Path) -> Result<ZipArchive<BufReader<File>>, Error> {
    let wrong = |source| Error::Read { path: zip.to_owned(), source };
    let mut file = File::open(zip).map_err(wrong)?;
    within_limits(&mut file).map_err(wrong)??;
    let archive = ZipArchive::new(BufReader::new(file)).map_err(|e| told(e, zip))?;
    if archive.len() > limits::ARCHIVE_ENTRIES {
        return Err(too_many());
    }
    Ok(archive)
}

fn too_many() -> Error {
    Error::Limit { what: "the number of files in the zip file", limit: limits::ARCHIVE_ENTRIES as u64 }
}

/// Looks at how many entries a zip file claims to have, before a list of them is made in memory.
fn within_limits(file: &mut File) -> std::io::Result<Result<(), Error>> {
    // The last record, with the longest comment, and the two of zip64 before it.
    let length = file.metadata()?.len();
    let tail = length.min(22 + 65_535 + 20 + 56);
    file.seek(SeekFrom::Start(length - tail))?;
    let mut bytes = Vec::new();
    file.take(tail).read_to_end(&mut bytes)?;
    file.seek(SeekFrom::Start(0))?;
    let at = |mark: &[u8], from: usize, n: usize| {
        let start = bytes.windows(4).rposition(|w| w == mark)? + from;
        let field = bytes.get(start..start + n)?;
        Some(field.iter().rev().fold(0_u64, |sum, b| sum << 8 | u64::from(*b)))
    };
    let entries = match at(b"PK\x05\x06", 10, 2) {
        Some(0xFFFF) => at(b"PK\x06\x06", 32, 8).unwrap_or(0xFFFF),
        Some(n) => n,
        None => 0,
    };
    Ok(if entries > limits::ARCHIVE_ENTRIES as u64 { Err(too_many()) } else { Ok(()) })
}

fn told(error: ZipError, zip: &Path) -> Error {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Error::Password,
        // What the file system says, and not what the zip file is.
        ZipError::Io(source) if source.raw_os_error().is_some() => {
            Error::Read { path: zip.to_owned(), source }
        }
        error => Error::Zip { detail: error.to_string() },
    }
}

fn list(archive: &ZipArchive<BufReader<File>>) -> Result<Vec<Member>, Error> {
    let mut out = Vec::with_capacity(archive.len());
    let (mut taken, mut total) = (HashSet::new(), 0_u64);
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index_data(index) else { continue };
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().unwrap_or_else(|_| String::from_utf8_lossy(entry.name_raw()));
        let mut name = harmless(&name);
        while !taken.insert(name.clone()) {
            name = numbered(&name, index);
        }
        total = total.saturating_add(entry.size());
        out.push(Member { name, bytes: entry.size(), index });
    }
    if total > limits::ARCHIVE_BYTES {
        return Err(Error::Limit { what: "what the zip file unpacks to", limit: limits::ARCHIVE_BYTES });
    }
    out.sort_unstable_by(|a: &Member, b| a.name.cmp(&b.name));
    Ok(out)
}

/// A name that stays below its zip file: no root, no way up, no backslashes.
fn harmless(name: &str) -> String {
    let part = |part: &str| -> Option<String> {
        match part {
            "" | "." => None,
            ".." => Some("_".into()),
            _ => Some(part.chars().map(|c| if c.is_control() { '_' } else { c }).collect()),
        }
    };
    let parts: Vec<String> = name.replace('\\', "/").split('/').filter_map(part).collect();
    if parts.is_empty() { "_".into() } else { parts.join("/") }
}

/// Another name for a second file of one name.
fn numbered(name: &str, index: usize) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}~{index}.{ending}"),
        None => format!("{name}~{index}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn zip(path: &Path, files: &[(&str, &[u8])]) {
        let mut writer = ZipWriter::new(File::create(path).unwrap());
        for (name, bytes) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
    }

    fn names(list: &[Member]) -> Vec<&str> {
        list.iter().map(|m| m.name.as_str()).collect()
    }

    #[test]
    fn names_in_a_zip_file_are_never_places_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.zip");
        zip(&path, &[("../../up.pdf", b"1"), ("/root.pdf", b"2"), ("a\\b.pdf", b"3"), ("a/b.pdf", b"4")]);
        let list = members(&path).unwrap();
        assert_eq!(names(&list), ["_/_/up.pdf", "a/b.pdf", "a/b~3.pdf", "root.pdf"]);
        for (member, wanted) in list.iter().zip(["1", "3", "4", "2"]) {
            assert_eq!(read(&path, &member.name, 9).unwrap(), wanted.as_bytes());
        }
    }

    #[test]
    fn zip_files_in_zip_files_and_too_much_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.zip");
        zip(&path, &[("in.zip", b"PK"), ("large.pdf", &[b'x'; 100])]);
        assert_eq!(read(&path, "in.zip", 99).unwrap_err().code(), "nested_zip");
        assert_eq!(read(&path, "large.pdf", 99).unwrap_err().code(), "limit_exceeded");
        assert_eq!(read(&path, "none.pdf", 99).unwrap_err().code(), "zip_unreadable");
        std::fs::write(dir.path().join("b.zip"), "no zip").unwrap();
        assert_eq!(members(&dir.path().join("b.zip")).unwrap_err().code(), "zip_unreadable");
    }

    /// A bomb whose directory says one byte: what is read is what is counted.
    #[test]
    fn a_size_that_lies_is_not_believed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.zip");
        zip(&path, &[("a.pdf", &vec![0; 1 << 20])]);
        let mut bytes = std::fs::read(&path).unwrap();
        let central = bytes.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
        for at in [22, central + 24] {
            bytes[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
        }
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(members(&path).unwrap()[0].bytes, 1);
        assert!(matches!(
            read(&path, "a.pdf", 1000).unwrap_err().code(),
            "limit_exceeded" | "zip_unreadable"
        ));
    }

    #[test]
    fn a_claim_of_a_million_entries_is_not_listed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.zip");
        let mut bytes = b"PK\x06\x06".to_vec();
        bytes.extend([0; 28]);
        bytes.extend(10_000_000_u64.to_le_bytes());
        bytes.extend([0; 16]);
        bytes.extend(b"PK\x05\x06\0\0\0\0\xFF\xFF\xFF\xFF");
        bytes.extend([0; 10]);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(members(&path).unwrap_err().code(), "limit_exceeded");
    }
}
