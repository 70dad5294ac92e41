//! One night at a time: a lock that the system frees, however the run ends.

use crate::error::Error;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

/// The lock of an output, held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock.
    ///
    /// # Errors
    /// Another run holds it, or it cannot be written.
    pub(super) fn take(out: &Path, work: &Path) -> Result<Lock, Error> {
        let path = work.join("nightly.lock");
        let wrong = |source| Error::Write { path: path.clone(), source };
        std::fs::create_dir_all(work).map_err(wrong)?;
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(wrong)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = (&file).take(200).read_to_string(&mut holder);
                let detail = Some(holder.trim()).filter(|h| !h.is_empty()).unwrap_or("it does not say which");
                return Err(Error::OutputBusy { path: out.to_owned(), detail: detail.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(wrong(source)),
        }
        // For the other run's message; the lock holds without it.
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
        let _ = file.set_len(0).and_then(|()| file.rewind());
        let _ = writeln!(file, "process {}, since {now}", std::process::id());
        Ok(Lock { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let held = Lock::take(dir.path(), dir.path()).unwrap();
        let error = Lock::take(dir.path(), dir.path()).unwrap_err();
        assert_eq!(error.code(), "output_busy");
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        drop(held);
        assert!(Lock::take(dir.path(), dir.path()).is_ok());
    }
}
