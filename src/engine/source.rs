//! Where a pack lies: a file, or a file in a zip file, which is written as a path below the zip:
//! `archive/2024.zip/council/pack.pdf`.

use super::archive;
use super::plan::Hash;
use super::road::{content_hash, content_of};
use crate::error::Error;
use crate::limits;
use serde::{Deserialize, Serialize};
use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a file system tells of a file without reading it. While it is the same, so is the content,
/// but for edits that set the clock back or that are quicker than the file system's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, i64, i64, u64)", into = "(u64, i64, i64, u64)")]
pub struct Facts {
    /// Size in bytes.
    pub size: u64,
    /// When the content was last changed, in nanoseconds since 1970.
    pub modified: i64,
    /// When anything of the file was last changed, in nanoseconds since 1970; 0 where nobody knows.
    pub changed: i64,
    /// Number of the file; 0 where nobody knows.
    pub inode: u64,
}

impl From<(u64, i64, i64, u64)> for Facts {
    fn from((size, modified, changed, inode): (u64, i64, i64, u64)) -> Self {
        Facts { size, modified, changed, inode }
    }
}

impl From<Facts> for (u64, i64, i64, u64) {
    fn from(f: Facts) -> Self {
        (f.size, f.modified, f.changed, f.inode)
    }
}

impl Facts {
    /// Of a file that is there.
    pub fn of(path: &Path) -> Option<Facts> {
        std::fs::metadata(path).ok().filter(Metadata::is_file).map(|m| Facts::from_metadata(&m))
    }

    fn from_metadata(m: &Metadata) -> Facts {
        let (changed, inode) = changed_and_inode(m);
        Facts { size: m.len(), modified: m.modified().map(nanoseconds).unwrap_or_default(), changed, inode }
    }

    /// Whether the last change lies so far back that another one would show: clocks of file systems
    /// tick every few milliseconds, some every two seconds.
    pub fn settled(&self) -> bool {
        let now = nanoseconds(SystemTime::now());
        let tick = Duration::from_secs(2).as_nanos() as i64;
        now.saturating_sub(self.modified.max(self.changed)) > tick
    }
}

fn nanoseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map(|d| d.as_nanos() as i64).unwrap_or_default()
}

#[cfg(unix)]
fn changed_and_inode(m: &Metadata) -> (i64, u64) {
    use std::os::unix::fs::MetadataExt;
    (m.ctime().wrapping_mul(1_000_000_000).wrapping_add(m.ctime_nsec()), m.ino())
}

#[cfg(not(unix))]
fn changed_and_inode(_: &Metadata) -> (i64, u64) {
    (0, 0)
}

/// What is known of a pack without reading it: its file, and the record beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The PDF, or the zip file that holds it.
    pub file: Facts,
    /// The meeting's record beside it; `None` where there is none, or where the zip file holds both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Facts>,
}

impl Seen {
    /// What is seen now.
    pub fn of(source: &Path) -> Option<Seen> {
        if let Some((zip, _)) = split(source) {
            return Some(Seen { file: Facts::of(&zip)?, beside: None });
        }
        Some(Seen { file: Facts::of(source)?, beside: Facts::of(&source.with_extension("xml")) })
    }

    /// Whether a later change would show.
    pub fn settled(&self) -> bool {
        self.file.settled() && self.beside.is_none_or(|b| b.settled())
    }
}

/// A zip file and the name of a file in it, where the path means one.
pub(super) fn split(path: &Path) -> Option<(PathBuf, String)> {
    for zip in path.ancestors().skip(1) {
        if is_zip(zip) && zip.is_file() {
            return Some((zip.to_owned(), path.strip_prefix(zip).ok()?.to_str()?.to_owned()));
        }
    }
    None
}

/// Whether a name is that of a zip file.
pub fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip"))
}

/// Whether a name is that of a PDF.
pub fn is_pdf(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf"))
}

/// Whether the pack is still there.
pub fn exists(path: &Path) -> bool {
    match split(path) {
        Some((zip, name)) => archive::size(&zip, &name).is_some(),
        None => path.exists(),
    }
}

/// A pack's size in bytes, as far as that is known without reading it.
pub fn size(path: &Path) -> u64 {
    match split(path) {
        Some((zip, name)) => archive::size(&zip, &name).unwrap_or_default(),
        None => std::fs::metadata(path).map(|m| m.len()).unwrap_or_default(),
    }
}

/// A PDF's bytes, if it is not over the limit.
///
/// # Errors
/// It cannot be read, or is too large.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    if let Some((zip, name)) = split(path) {
        return archive::read(&zip, &name, limits::FILE_BYTES);
    }
    let wrong = |source| Error::Read { path: path.to_owned(), source };
    let metadata = std::fs::metadata(path).map_err(wrong)?;
    check(path, &metadata)?;
    whole(path, metadata.len() as usize).map_err(wrong)
}

/// A file that is read in pieces of as many bytes by all threads at once: from the system's memory that
/// costs as much as a small stage.
#[cfg(unix)]
const PIECE: usize = 1 << 20;

/// A file of this many bytes. One that grows meanwhile is another file.
fn whole(path: &Path, len: usize) -> std::io::Result<Vec<u8>> {
    #[cfg(unix)]
    if rayon::current_num_threads() > 1 && len > PIECE {
        use rayon::prelude::*;
        use std::os::unix::fs::FileExt;
        let file = File::open(path)?;
        let mut bytes = vec![0; len];
        let pieces = bytes.par_chunks_mut(PIECE).enumerate();
        pieces.try_for_each(|(i, piece)| file.read_exact_at(piece, (i * PIECE) as u64))?;
        return Ok(bytes);
    }
    std::fs::read(path)
}

fn check(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    // A pipe would be waited for without end.
    if !metadata.is_file() {
        let kind = if metadata.is_dir() {
            std::io::ErrorKind::IsADirectory
        } else {
            std::io::ErrorKind::InvalidInput
        };
        let source = std::io::Error::new(kind, "it is no ordinary file");
        return Err(Error::Read { path: path.to_owned(), source });
    }
    if is_zip(path) {
        archive::members(path)?;
    }
    if metadata.len() > limits::FILE_BYTES {
        return Err(Error::Limit { what: "the file's size in bytes", limit: limits::FILE_BYTES });
    }
    Ok(())
}

/// The meeting's record beside a PDF (`<stem>.xml`), if there is one. One over the limit is read as far
/// as shows that it is.
pub fn beside(path: &Path) -> Option<Arc<Vec<u8>>> {
    use std::io::Read as _;
    let most = limits::MEETING_XML_BYTES as u64 + 1;
    let xml = path.with_extension("xml");
    if let Some((zip, name)) = split(&xml) {
        archive::size(&zip, &name)?;
        return archive::read(&zip, &name, most).ok().map(Arc::new);
    }
    let file = File::open(xml).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).ok()?;
    Some(Arc::new(bytes))
}

/// The hash of a pack's content, record beside it included, without holding a file in memory.
///
/// # Errors
/// It cannot be read, or is too large.
pub fn content(path: &Path) -> Result<Hash, Error> {
    let beside = beside(path);
    let beside = beside.as_deref().map(Vec::as_slice);
    if split(path).is_some() {
        return Ok(content_of(&read(path)?, beside));
    }
    let wrong = |source| Error::Read { path: path.to_owned(), source };
    check(path, &std::fs::metadata(path).map_err(wrong)?)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path).map_err(wrong)?).map_err(wrong)?;
    Ok(content_hash(hasher, beside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_tell_a_file_that_was_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.pdf");
        std::fs::write(&path, "one").unwrap();
        let before = Seen::of(&path).unwrap();
        assert!(!before.settled(), "a file of this moment may change unseen");
        assert_eq!(Seen::of(&path), Some(before));
        // Same size, and the clock set back: the time of the change of anything tells.
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "two").unwrap();
        let file = File::options().append(true).open(&path).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_nanos(before.file.modified as u64)).unwrap();
        assert_ne!(Seen::of(&path), Some(before));
        std::fs::write(dir.path().join("a.xml"), "x").unwrap();
        assert!(Seen::of(&path).unwrap().beside.is_some());
        let text = serde_json::to_string(&before).unwrap();
        assert_eq!(serde_json::from_str::<Seen>(&text).unwrap(), before);
    }

    #[test]
    fn the_hash_of_a_stream_is_that_of_the_bytes() {
        let path = Path::new("samples/minutes.pdf");
        assert_eq!(content(path).unwrap(), content_of(&read(path).unwrap(), None));
    }

    #[test]
    fn a_long_file_read_by_several_threads_is_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("long.pdf");
        let bytes: Vec<u8> = (0..(1_u32 << 20) + 70_001).flat_map(u32::to_le_bytes).collect();
        std::fs::write(&path, &bytes).unwrap();
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert!(pool.install(|| read(&path)).unwrap() == bytes, "{threads} threads");
            assert!(pool.install(|| content_of(&bytes, None)) == content(&path).unwrap());
        }
    }

    #[test]
    fn what_is_no_ordinary_file_is_refused() {
        assert_eq!(read(Path::new("samples")).unwrap_err().code(), "read_failed");
        #[cfg(unix)]
        assert_eq!(read(Path::new("/dev/zero")).unwrap_err().code(), "read_failed");
    }
}
