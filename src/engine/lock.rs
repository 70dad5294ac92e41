//! Several runs on one output: who has which document in work, and what dead runs left behind.
//!
//! Locks are the operating system's, on files: they end with the process that holds them, however
//! that ends. On file systems that know no locks, two runs at once may do work twice.

use super::journal;
use super::output::Output;
use crate::error::Error;
use crate::limits;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Prefix of files that are being written.
pub(super) const WRITING: &str = ".writing-";

/// A document's lock, held while it is in work.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Takes the lock of a name; `None` where another run holds it.
    ///
    /// # Errors
    /// The lock's file cannot be made.
    pub fn take(work: &Path, name: &str) -> Result<Option<Lock>, Error> {
        let path = work.join("locks").join(format!("{name}.lock"));
        loop {
            let Some(file) = lock(&path).map_err(|source| Error::Write { path: path.clone(), source })?
            else {
                return Ok(None);
            };
            // Whoever held it before may have removed the file between our opening and our locking.
            if same(&file, &path) {
                return Ok(Some(Lock { path, _file: file }));
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is held: a hundred thousand documents leave no files behind.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Waits for the lock of a whole work folder: for what takes moments, such as choosing names.
///
/// # Errors
/// The lock's file cannot be made.
pub(super) fn whole(work: &Path) -> std::io::Result<File> {
    let file = open(&work.join("lock"))?;
    match file.lock() {
        Err(e) if e.kind() != std::io::ErrorKind::Unsupported => Err(e),
        _ => Ok(file),
    }
}

/// A run at work. What it leaves behind if it is killed is swept by the next.
#[derive(Debug)]
pub struct Presence {
    /// Its name: when it began, and its process.
    pub id: String,
    path: PathBuf,
    _file: Option<File>,
}

impl Presence {
    /// A run begins: says so, and sweeps up after dead ones where no other is at work.
    ///
    /// # Errors
    /// The work folder cannot be written.
    pub fn enter(output: &Output) -> Result<Presence, Error> {
        let folder = output.work.join("running");
        let wrong = |path: &Path, source| Error::Write { path: path.to_owned(), source };
        std::fs::create_dir_all(&folder).map_err(|e| wrong(&folder, e))?;
        let _whole = whole(&output.work).map_err(|e| wrong(&output.work, e))?;
        let (mut dead, mut alive) = (Vec::new(), false);
        for entry in std::fs::read_dir(&folder).map_err(|e| wrong(&folder, e))?.flatten() {
            match lock(&entry.path()) {
                Ok(Some(_)) => dead.push(entry.path()),
                _ => alive = true,
            }
        }
        if !alive {
            journal::put_aside(&output.work, limits::JOURNAL_BYTES);
        }
        if !alive && !dead.is_empty() {
            sweep(output);
            for path in dead {
                let _ = std::fs::remove_file(path);
            }
        }
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%.3fZ");
        let id = format!("{now}-{}", std::process::id());
        let path = folder.join(&id);
        let file = lock(&path).map_err(|e| wrong(&path, e))?;
        Ok(Presence { id, path, _file: file })
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Nobody else at work, and none that may begin: for what removes things.
#[derive(Debug)]
pub struct Alone {
    _whole: File,
}

impl Alone {
    /// Keeps new runs waiting.
    ///
    /// # Errors
    /// A run is at work, or the work folder cannot be written.
    pub fn on(output: &Output) -> Result<Alone, Error> {
        let wrong = |source| Error::Write { path: output.work.clone(), source };
        let held = whole(&output.work).map_err(wrong)?;
        let runs = std::fs::read_dir(output.work.join("running")).into_iter().flatten().flatten();
        for run in runs.map(|e| e.path()) {
            if lock(&run).map_err(wrong)?.is_none() {
                let name = run.file_name().unwrap_or_default().to_string_lossy().into_owned();
                return Err(Error::OutputBusy { path: output.folder.clone(), detail: format!("run {name}") });
            }
        }
        Ok(Alone { _whole: held })
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).write(true).truncate(false).open(path)
}

/// The file, locked; `None` where another has locked it.
fn lock(path: &Path) -> std::io::Result<Option<File>> {
    let file = match open(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            open(path)?
        }
        file => file?,
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) if e.kind() != std::io::ErrorKind::Unsupported => Err(e),
        _ => Ok(Some(file)),
    }
}

#[cfg(unix)]
fn same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let here = std::fs::metadata(path).map(|m| (m.dev(), m.ino()));
    matches!((file.metadata(), here), (Ok(a), Ok(b)) if (a.dev(), a.ino()) == b)
}

/// Elsewhere a file that is open cannot be removed.
#[cfg(not(unix))]
fn same(_: &File, _: &Path) -> bool {
    true
}

/// Removes what was being written when a run was killed.
fn sweep(output: &Output) {
    sweep_folder(&output.folder, 3);
    sweep_folder(&output.work, 2);
    if let Ok(entries) = std::fs::read_dir(output.work.join("locks")) {
        for entry in entries.flatten() {
            if let Ok(Some(_held)) = lock(&entry.path()) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

/// Removes half-written files from a folder and those in it, so many deep.
pub(super) fn sweep_folder(folder: &Path, depth: u8) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        match entry.file_type() {
            Ok(t) if t.is_dir() && depth > 1 && !name.starts_with('.') => {
                sweep_folder(&entry.path(), depth - 1);
            }
            Ok(t) if t.is_file() && name.starts_with(WRITING) => {
                let _ = std::fs::remove_file(entry.path());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_the_lock_and_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let held = Lock::take(dir.path(), "a").unwrap().unwrap();
        assert!(Lock::take(dir.path(), "a").unwrap().is_none());
        assert!(Lock::take(dir.path(), "b").unwrap().is_some());
        drop(held);
        assert!(Lock::take(dir.path(), "a").unwrap().is_some());
        assert_eq!(std::fs::read_dir(dir.path().join("locks")).unwrap().count(), 0);
    }

    #[test]
    fn many_at_once_hold_it_one_after_the_other() {
        let dir = tempfile::tempdir().unwrap();
        let inside = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    for _ in 0..200 {
                        if let Some(_held) = Lock::take(dir.path(), "a").unwrap() {
                            assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                            std::thread::yield_now();
                            inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        }
                    }
                });
            }
        });
    }

    #[test]
    fn what_a_dead_run_left_is_swept_once_nobody_is_at_work() {
        let dir = tempfile::tempdir().unwrap();
        let output = Output::new(dir.path()).unwrap();
        let left = dir.path().join("pack/tables/.writing-x");
        std::fs::create_dir_all(left.parent().unwrap()).unwrap();
        std::fs::write(&left, "half").unwrap();
        let first = Presence::enter(&output).unwrap();
        assert!(left.exists(), "no run has died: it may be somebody's");
        std::fs::write(output.work.join("running/dead"), "").unwrap();
        drop(Presence::enter(&output).unwrap());
        assert!(left.exists(), "another run is at work");
        drop(first);
        drop(Presence::enter(&output).unwrap());
        assert!(!left.exists());
        assert_eq!(std::fs::read_dir(output.work.join("running")).unwrap().count(), 0);
    }
}
