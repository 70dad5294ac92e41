//! Removes what nobody needs any more: what was made of sources that are gone, kept outputs, readings and
//! plans that no stamp points to, names of sources that are gone, half-written files of dead runs. Nothing
//! that a stamp does not name.

use super::lock::{Alone, WRITING};
use super::output::{Compare, Output, Stamp, WORK};
use super::plan::StageName;
use super::source;
use super::verify::{entries, is_store};
use crate::digest;
use crate::error::Error;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was removed, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Packs whose source is gone.
    pub packs: Vec<String>,
    /// Files, below the output folder, in the order in which they are removed.
    pub removed: Vec<String>,
    /// Their bytes.
    pub bytes: u64,
    /// Files in the way that are not ours: no stamp names them, or they were edited.
    pub left: Vec<String>,
    /// How many names of sources that are gone were forgotten: others may have their folders.
    pub names: usize,
}

/// Prunes an output folder; with `dry`, only says what it would remove.
///
/// # Errors
/// A run is at work on the folder; no source at all is there, which looks like a drive that is not
/// mounted, and `all_gone` does not say that it is meant; a file cannot be removed.
pub fn prune(output: &Output, dry: bool, all_gone: bool) -> Result<Pruned, Error> {
    let _alone = Alone::on(output)?;
    let stems = output.stamped()?;
    let mut prune = Prune { output, dry, pruned: Pruned::default() };
    let (mut wanted, mut plans, mut orphans) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let mut readings = BTreeSet::new();
    for stem in &stems {
        // A stamp that cannot be read tells of no file: nothing is removed for it.
        let Some(stamp) = output.stamp(stem) else {
            prune.leave(&output.stamp_path(stem));
            continue;
        };
        if source::exists(&stamp.source) {
            plans.insert(stamp.plan.clone());
            wanted.insert(sha256(&stamp));
            readings.extend(stamp.readings);
        } else {
            orphans.push((stem, stamp));
        }
    }
    if orphans.len() > 1 && orphans.len() == stems.len() && !all_gone {
        let detail = format!(
            "none of the {} sources is there: if they are gone for good and not on a drive that is not mounted, say --all-gone",
            orphans.len()
        );
        return Err(Error::Usage { detail });
    }
    for (stem, stamp) in &orphans {
        prune.pack(stem, stamp)?;
    }
    let wanted: BTreeSet<String> = wanted.into_iter().flatten().collect();
    for folder in entries(&output.work).into_iter().filter(|p| is_store(p)) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !wanted.contains(&name) {
            prune.artefacts(&folder)?;
        }
    }
    for path in entries(&output.work.join("plans")) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_some_and(|e| e == "json") && !plans.contains(&name) {
            prune.remove(&path)?;
        }
    }
    prune.readings(&readings)?;
    prune.half_written(&output.folder)?;
    prune.pruned.names = output.forget_names(&prune.pruned.packs, dry)?;
    Ok(prune.pruned)
}

/// The hash that a pack's kept outputs lie under, counted again where its stamp does not tell.
fn sha256(stamp: &Stamp) -> Option<String> {
    let count = || source::read(&stamp.source).ok().map(|bytes| digest::sha256(&bytes));
    stamp.sha256.clone().or_else(count)
}

struct Prune<'a> {
    output: &'a Output,
    dry: bool,
    pruned: Pruned,
}

impl Prune<'_> {
    fn name(&self, path: &Path) -> String {
        path.strip_prefix(&self.output.folder).unwrap_or(path).to_string_lossy().into_owned()
    }

    fn leave(&mut self, path: &Path) {
        let name = self.name(path);
        self.pruned.left.push(name);
    }

    fn remove(&mut self, path: &Path) -> Result<(), Error> {
        let Ok(facts) = std::fs::symlink_metadata(path) else { return Ok(()) };
        if !self.dry {
            std::fs::remove_file(path).map_err(|source| Error::Write { path: path.to_owned(), source })?;
        }
        self.pruned.bytes += facts.len();
        let name = self.name(path);
        self.pruned.removed.push(name);
        Ok(())
    }

    /// A pack whose source is gone. Its stamp goes last, so that a prune that is cut short goes on later.
    fn pack(&mut self, stem: &str, stamp: &Stamp) -> Result<(), Error> {
        let folder = self.output.folder.join(stem);
        let mut folders = BTreeSet::from([folder.clone()]);
        let mut ours = BTreeSet::new();
        for written in &stamp.files {
            let path = folder.join(&written.path);
            folders
                .extend(path.ancestors().skip(1).take_while(|p| p.starts_with(&folder)).map(Path::to_owned));
            // A file that was being written is named, and may be whole or of before.
            if written.stands(&folder, Compare::Content) == Some(true) || stamp.unfinished() {
                self.remove(&path)?;
                ours.insert(path);
            }
        }
        self.rest(&folder, &ours);
        if !self.dry {
            self.half_written(&folder)?;
        }
        for folder in folders.iter().rev().filter(|_| !self.dry) {
            // One that is not empty has something that is not ours.
            let _ = std::fs::remove_dir(folder);
        }
        self.remove(&self.output.stamp_path(stem))?;
        self.pruned.packs.push(stem.to_owned());
        Ok(())
    }

    /// Names what stays in a folder.
    fn rest(&mut self, folder: &Path, ours: &BTreeSet<PathBuf>) {
        for path in entries(folder) {
            if path.is_dir() && !path.is_symlink() {
                self.rest(&path, ours);
            } else if !ours.contains(&path) && !is_half_written(&path) {
                self.leave(&path);
            }
        }
    }

    /// Kept outputs that no stamp points to.
    fn artefacts(&mut self, folder: &Path) -> Result<(), Error> {
        let ours =
            |path: &Path| StageName::ALL.iter().any(|s| path == folder.join(format!("{}.json", s.name())));
        for path in entries(folder) {
            if ours(&path) {
                self.remove(&path)?;
            } else if !is_half_written(&path) {
                self.leave(&path);
            }
        }
        if !self.dry {
            self.half_written(folder)?;
            let _ = std::fs::remove_dir(folder);
        }
        Ok(())
    }

    /// What OCR read of pictures that no pack has any more.
    fn readings(&mut self, wanted: &BTreeSet<String>) -> Result<(), Error> {
        for folder in entries(&self.output.work.join("ocr")) {
            for path in entries(&folder).into_iter().filter(|p| !is_half_written(p)) {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                if blake3::Hash::from_hex(&name).is_err() {
                    self.leave(&path);
                } else if !wanted.contains(&name) {
                    self.remove(&path)?;
                }
            }
            if !self.dry {
                let _ = std::fs::remove_dir(folder);
            }
        }
        Ok(())
    }

    /// Half-written files: no run is at work whose they could be.
    fn half_written(&mut self, folder: &Path) -> Result<(), Error> {
        for path in entries(folder) {
            if path.is_dir() && !path.is_symlink() {
                let other =
                    path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.') && n != WORK);
                if !other {
                    self.half_written(&path)?;
                }
            } else if is_half_written(&path) {
                self.remove(&path)?;
            }
        }
        Ok(())
    }
}

fn is_half_written(path: &Path) -> bool {
    path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(WRITING)) && path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_and_names_of_packs_that_are_gone_go_with_them() {
        let dir = tempfile::tempdir().unwrap();
        let output = Output::new(&dir.path().join("out")).unwrap();
        let sources = ["a.pdf", "b.pdf"].map(|n| dir.path().join(n));
        for source in &sources {
            std::fs::write(source, "x").unwrap();
        }
        let key = |n: u8| blake3::hash(&[n]).to_hex().to_string();
        let reading = |n: u8| output.work.join("ocr").join(&key(n)[..2]).join(format!("{}.json", key(n)));
        for n in 0..3 {
            std::fs::create_dir_all(reading(n).parent().unwrap()).unwrap();
            std::fs::write(reading(n), "read").unwrap();
        }
        // The first page is in both packs, the second in the one that goes, the third in none.
        for (stem, readings) in output.stems(&sources).iter().zip([vec![key(0)], vec![key(0), key(1)]]) {
            let source = dir.path().join(format!("{stem}.pdf"));
            let stamp = Stamp { readings: readings.into_iter().collect(), ..Stamp::new(&source) };
            output.set_stamp(stem, &stamp).unwrap();
        }
        std::fs::remove_file(&sources[1]).unwrap();
        let would = prune(&output, true, false).unwrap();
        assert!((0..3).all(|n| reading(n).exists()));
        let did = prune(&output, false, false).unwrap();
        assert_eq!((would.names, would.removed.len(), &would), (1, 3, &did), "two readings and a stamp");
        assert_eq!([0, 1, 2].map(|n| reading(n).exists()), [true, false, false]);
        let names = std::fs::read_to_string(output.work.join("names.jsonl")).unwrap();
        assert!(names.contains("a.pdf") && !names.contains("b.pdf"), "{names}");
        assert_eq!(output.stems(&sources[..1]), ["a"]);
        assert_eq!(prune(&output, false, false).unwrap(), Pruned::default());
    }
}
