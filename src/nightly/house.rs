//! Where things lie below the output, and the one rename that publishes a night.
//!
//! ```text
//! current -> nights/2026-11-25      what readers read: a folder of links, changed by one rename
//! nights/2026-11-25/<pack>          -> ../../packs/<pack>/v2
//! nights/2026-11-25/index.json      what stands there, and where it came from
//! packs/<pack>/v1, v2 …             versions, never changed once they are there
//! reports/2026-11-25.json, .md      what each night came to; latest.json, latest.md
//! staging/                          the engine's output, with its journal and stamps
//! .agendapack/sources/              what was fetched, and what to ask with the next time
//! ```

use super::index::{Index, Published, Version};
use super::report::Report;
use crate::engine::output::{WORK, Written};
use crate::engine::store::write_whole;
use crate::error::Error;
use crate::sources::FETCHING;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// The output of the nights.
#[derive(Debug)]
pub(super) struct House {
    out: PathBuf,
}

impl House {
    pub(super) fn new(out: &Path) -> House {
        House { out: out.to_owned() }
    }

    pub(super) fn work(&self) -> PathBuf {
        self.out.join(WORK)
    }

    pub(super) fn sources(&self) -> PathBuf {
        self.work().join("sources")
    }

    pub(super) fn staging(&self) -> PathBuf {
        self.out.join("staging")
    }

    pub(super) fn current(&self) -> PathBuf {
        self.out.join("current")
    }

    fn nights(&self) -> PathBuf {
        self.out.join("nights")
    }

    fn reports(&self) -> PathBuf {
        self.out.join("reports")
    }

    /// Removes downloads that a run left when it was killed. Only for who holds the lock.
    pub(super) fn tidy(&self) {
        for source in entries(&self.sources()) {
            for file in entries(&source) {
                if file.file_name().is_some_and(|n| n.to_string_lossy().starts_with(FETCHING)) {
                    let _ = std::fs::remove_file(file);
                }
            }
        }
    }

    /// A name for a night of this day that none has yet.
    pub(super) fn night(&self, day: Date) -> String {
        let taken = |name: &str| {
            self.nights().join(name).exists() || self.reports().join(format!("{name}.json")).exists()
        };
        let mut name = day.to_string();
        let mut n = 1;
        while taken(&name) {
            n += 1;
            name = format!("{day}-{n}");
        }
        name
    }

    /// Whether a version's folder is there.
    pub(super) fn stands(&self, pack: &Published, version: &Version) -> bool {
        self.out.join(pack.path(version)).is_dir()
    }

    /// Puts a version's files in their place, whole: made beside it, synced, renamed.
    ///
    /// Files are linked where the disk allows it: the engine replaces its files, and never changes one.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn add_version(
        &self,
        pack: &Published,
        version: &Version,
        staged: &Path,
        files: &[Written],
    ) -> Result<(), Error> {
        let place = self.out.join(pack.path(version));
        let wrong = |source| Error::Write { path: place.clone(), source };
        let folder = place.parent().unwrap_or(&self.out);
        std::fs::create_dir_all(folder).map_err(wrong)?;
        let beside = beside(folder).map_err(wrong)?;
        let fill = || -> io::Result<()> {
            for file in files {
                let (from, to) = (staged.join(&file.path), beside.path().join(&file.path));
                std::fs::create_dir_all(to.parent().unwrap_or(beside.path()))?;
                if std::fs::hard_link(&from, &to).is_err() {
                    std::fs::copy(&from, &to)?;
                }
                std::fs::File::open(&to)?.sync_all()?;
            }
            // What lies there was left by a run that ended before it published.
            match std::fs::remove_dir_all(&place) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
                _ => std::fs::rename(beside.path(), &place),
            }
        };
        fill().map_err(wrong)?;
        sync(folder);
        Ok(())
    }

    /// Publishes: makes the night's folder, then lets `current` lead to it.
    ///
    /// # Errors
    /// It cannot be written; `current` is then what it was.
    pub(super) fn publish(&self, index: &Index) -> Result<(), Error> {
        let nights = self.nights();
        let wrong = |source| Error::Write { path: nights.join(&index.night), source };
        std::fs::create_dir_all(&nights).map_err(wrong)?;
        let beside = beside(&nights).map_err(wrong)?;
        write_whole(&beside.path().join("index.json"), index.json().as_bytes(), true)?;
        for pack in &index.packs {
            if let Some(version) = pack.versions.first() {
                let to = Path::new("../..").join(pack.path(version));
                link(&to, &beside.path().join(&pack.name)).map_err(wrong)?;
            }
        }
        sync(beside.path());
        std::fs::rename(beside.path(), nights.join(&index.night)).map_err(wrong)?;
        sync(&nights);
        self.flip(&index.night)
    }

    /// The one rename.
    fn flip(&self, night: &str) -> Result<(), Error> {
        let wrong = |source| Error::Write { path: self.current(), source };
        let next = self.out.join(".current-next");
        match std::fs::remove_file(&next) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(wrong(e)),
            _ => {}
        }
        link(&Path::new("nights").join(night), &next).map_err(wrong)?;
        std::fs::rename(&next, self.current()).map_err(wrong)?;
        sync(&self.out);
        Ok(())
    }

    /// Writes the report of a night.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn report(&self, report: &Report, name: &str) -> Result<(), Error> {
        let place = |ending: &str| self.reports().join(format!("{name}.{ending}"));
        write_whole(&place("json"), report.json().as_bytes(), true)?;
        write_whole(&place("md"), report.markdown().as_bytes(), true)
    }

    /// Removes versions that the index no longer names, and nights but the last two: a reader who began
    /// before the rename can finish. What cannot be removed waits for the next night.
    pub(super) fn sweep(&self, index: &Index, before: &Index) {
        let keeps: BTreeSet<PathBuf> = [index, before]
            .iter()
            .flat_map(|i| i.packs.iter())
            .flat_map(|p| p.versions.iter().map(|v| self.out.join(p.path(v))))
            .collect();
        for pack in &index.packs {
            for entry in entries(&self.out.join("packs").join(&pack.name)) {
                if !keeps.contains(&entry) {
                    let _ = std::fs::remove_dir_all(entry);
                }
            }
        }
        for entry in entries(&self.nights()) {
            let name = entry.file_name().unwrap_or_default();
            if name != index.night.as_str() && name != before.night.as_str() {
                let _ = std::fs::remove_dir_all(entry);
            }
        }
    }
}

/// Versions that stay: the newest so many, and those replaced not so long ago.
pub(super) fn retain(versions: &mut Vec<Version>, keep: u32, days: u32, day: Date) {
    if keep == 0 {
        return;
    }
    let since = day.saturating_sub(i64::from(days).days());
    let mut at = 0;
    versions.retain(|v| {
        at += 1;
        at <= keep.max(1) || v.replaced.is_some_and(|d| d > since)
    });
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).map(|e| e.flatten().map(|e| e.path()).collect()).unwrap_or_default()
}

/// A folder beside those of this one, readable like any other. It goes away unless it is renamed.
fn beside(folder: &Path) -> io::Result<tempfile::TempDir> {
    let made = tempfile::Builder::new().prefix(".making-").tempdir_in(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(made.path(), std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(made)
}

/// Makes names in a folder outlive a crash of the machine, where the system can.
fn sync(folder: &Path) {
    #[cfg(unix)]
    if let Ok(folder) = std::fs::File::open(folder) {
        let _ = folder.sync_all();
    }
    #[cfg(not(unix))]
    let _ = folder;
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "publishing needs links that a rename can replace"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn version(number: u32, replaced: Option<Date>) -> Version {
        Version {
            number,
            published: date(2026, 1, 1),
            replaced,
            sha256: String::new(),
            record: None,
            plan: String::new(),
            output: String::new(),
        }
    }

    fn pack(versions: Vec<Version>) -> Published {
        Published {
            name: "a".into(),
            source: "s".into(),
            key: "k".into(),
            title: String::new(),
            body: None,
            date: None,
            url: String::new(),
            withdrawn: None,
            versions,
        }
    }

    #[test]
    fn versions_stay_by_number_or_by_days() {
        let all = || {
            let replaced = [None, Some(date(2026, 3, 10)), Some(date(2026, 3, 1)), Some(date(2026, 1, 1))];
            replaced.iter().enumerate().map(|(i, r)| version(4 - i as u32, *r)).collect::<Vec<_>>()
        };
        let kept = |keep, days| {
            let mut versions = all();
            retain(&mut versions, keep, days, date(2026, 3, 12));
            versions.iter().map(|v| v.number).collect::<Vec<_>>()
        };
        assert_eq!(kept(1, 0), [4]);
        assert_eq!(kept(2, 0), [4, 3]);
        assert_eq!(kept(1, 5), [4, 3]);
        assert_eq!(kept(1, 30), [4, 3, 2]);
        assert_eq!(kept(0, 0), [4, 3, 2, 1]);
    }

    #[cfg(unix)]
    #[test]
    fn a_reader_sees_one_night_or_the_other() {
        let dir = tempfile::tempdir().unwrap();
        let house = House::new(dir.path());
        let staged = dir.path().join("staging/a");
        std::fs::create_dir_all(&staged).unwrap();
        let files = [Written { path: "pack.md".into(), blake3: String::new(), seen: None }];
        let mut before = Index::default();
        for n in 1..=3 {
            // As the engine writes: beside its place, then renamed.
            write_whole(&staged.join("pack.md"), format!("version {n}").as_bytes(), true).unwrap();
            let mut index = Index { night: format!("night-{n}"), ..before.clone() };
            index.packs = vec![pack(vec![version(n, None)])];
            house.add_version(&index.packs[0], &index.packs[0].versions[0], &staged, &files).unwrap();
            let reader = house.current().canonicalize();
            house.publish(&index).unwrap();
            let text = std::fs::read_to_string(house.current().join("a/pack.md")).unwrap();
            assert_eq!(text, format!("version {n}"));
            assert_eq!(Index::load(&house.current()).unwrap(), index);
            house.sweep(&index, &before);
            if let Ok(reader) = reader {
                let old = std::fs::read_to_string(reader.join("a/pack.md")).unwrap();
                assert_eq!(old, format!("version {}", n - 1), "who began before the rename can finish");
            }
            before = index;
        }
        assert!(!dir.path().join("packs/a/v1").exists() && !dir.path().join("nights/night-1").exists());
        assert!(std::fs::read_link(house.current()).unwrap().is_relative(), "the output can be moved");
    }
}
