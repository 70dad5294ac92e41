//! Which folder belongs to which source. A source keeps its folder from run to run, and two runs at
//! once never give one folder to two sources: names are chosen under a lock and written down in
//! `names.jsonl`, which is only added to.

use super::journal::ends_torn;
use super::output::{Output, safe_name};
use super::store::write_whole;
use super::{lock, paths, source};
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use unicode_normalization::UnicodeNormalization;

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Name {
    name: String,
    #[serde(with = "paths")]
    source: PathBuf,
}

/// What is known of names.
#[derive(Default)]
struct Names {
    of_source: HashMap<PathBuf, String>,
    /// By the name as file systems may compare it.
    owners: HashMap<String, PathBuf>,
}

impl Names {
    fn load(file: &File) -> Names {
        let mut names = Names::default();
        for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
            // A line that was torn by a kill tells nothing; its pack's stamp does.
            if let Ok(Name { name, source }) = serde_json::from_slice(&line) {
                names.give(name, source);
            }
        }
        names
    }

    fn give(&mut self, name: String, source: PathBuf) {
        if let Some(before) = self.owners.insert(folded(&name), source.clone())
            && before != source
        {
            self.of_source.remove(&before);
        }
        self.of_source.insert(source, name);
    }
}

/// A name as the least careful file system compares it.
fn folded(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase()
}

impl Output {
    /// A folder name for each source: its file name without the ending, made unique in a way that
    /// stays the same from run to run.
    pub fn stems(&self, sources: &[PathBuf]) -> Vec<String> {
        // Without lock or file, names are still unique in this run.
        let _whole = lock::whole(&self.work);
        let path = self.work.join("names.jsonl");
        let file = OpenOptions::new().create(true).read(true).append(true).open(path).ok();
        let mut names = file.as_ref().map(Names::load).unwrap_or_default();
        let mut out: Vec<Option<String>> = sources.iter().map(|s| names.of_source.get(s).cloned()).collect();
        // Names that are taken in this run, and for each stem the last number that was tried.
        let mut tried: HashMap<String, u32> = HashMap::new();
        let mut added = Vec::new();
        if file.as_ref().is_some_and(ends_torn) {
            added.push(b'\n');
        }
        let asked: std::collections::HashSet<&Path> = sources.iter().map(PathBuf::as_path).collect();
        for (source, stem) in sources.iter().zip(&mut out).filter(|(_, stem)| stem.is_none()) {
            let base = safe_name(&source.file_stem().unwrap_or_default().to_string_lossy());
            let n = tried.entry(folded(&base)).or_default();
            let name = loop {
                *n += 1;
                let name = if *n == 1 { base.clone() } else { format!("{base}-{n}") };
                if self.free(&name, source, &names, &asked) {
                    break name;
                }
            };
            names.give(name.clone(), source.clone());
            let line = Name { name: name.clone(), source: source.clone() };
            let _ = serde_json::to_writer(&mut added, &line);
            added.push(b'\n');
            *stem = Some(name);
        }
        if let Some(mut file) = file {
            let _ = file.write_all(&added);
        }
        out.into_iter().flatten().collect()
    }

    /// Forgets the names of sources that are gone, but for those that a stamp still tells of. `packs` are
    /// those whose stamps go, too. Gives how many there are. For who is alone.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn forget_names(&self, packs: &[String], dry: bool) -> Result<usize, Error> {
        let path = self.work.join("names.jsonl");
        let Ok(file) = File::open(&path) else { return Ok(0) };
        let names = Names::load(&file).of_source;
        let stamped = |name: &String| self.stamp_path(name).exists() && !packs.contains(name);
        let (mut kept, gone): (Vec<_>, Vec<_>) =
            names.iter().partition(|(source, name)| source::exists(source) || stamped(name));
        if gone.is_empty() || dry {
            return Ok(gone.len());
        }
        kept.sort_by_key(|(_, name)| *name);
        let mut text = Vec::new();
        for (source, name) in kept {
            let _ = serde_json::to_writer(&mut text, &Name { name: name.clone(), source: source.clone() });
            text.push(b'\n');
        }
        write_whole(&path, &text, true)?;
        Ok(gone.len())
    }

    /// Whether a source may have a name: nobody has it, or only a source that is gone.
    fn free(
        &self,
        name: &str,
        source: &Path,
        names: &Names,
        asked: &std::collections::HashSet<&Path>,
    ) -> bool {
        let gone = |owner: &Path| owner == source || !(asked.contains(owner) || source::exists(owner));
        match names.owners.get(&folded(name)) {
            Some(owner) => gone(owner),
            None => self.stamp(name).is_none_or(|stamp| gone(&stamp.source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::output::Stamp;
    use super::*;

    fn sources(root: &Path, names: &[&str]) -> Vec<PathBuf> {
        let make = |name: &&str| {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "x").unwrap();
            path
        };
        names.iter().map(make).collect()
    }

    #[test]
    fn packs_of_one_name_get_folders_of_their_own_and_keep_them() {
        let dir = tempfile::tempdir().unwrap();
        let out = Output::new(dir.path()).unwrap();
        let sources = sources(dir.path(), &["x/pack.pdf", "y/pack.pdf", "z/Pack.PDF"]);
        assert_eq!(out.stems(&sources), ["pack", "pack-2", "Pack-3"]);
        assert_eq!(out.stems(&sources[1..2]), ["pack-2"]);
        // A torn line is no name, and tears no other.
        let path = out.work.join("names.jsonl");
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        assert_eq!(out.stems(&sources), ["pack", "pack-2", "Pack-3"]);
        assert_eq!(out.stems(&sources[2..]), ["Pack-3"]);
        // The name of a source that is gone may be had again.
        std::fs::remove_file(&sources[0]).unwrap();
        let more = self::sources(dir.path(), &["a/pack.pdf"]);
        assert_eq!(out.stems(&more), ["pack"]);
    }

    #[test]
    fn stamps_tell_names_where_the_file_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let out = Output::new(dir.path()).unwrap();
        let sources = sources(dir.path(), &["x/pack.pdf", "y/pack.pdf"]);
        for (stem, source) in out.stems(&sources).iter().zip(&sources) {
            out.set_stamp(stem, &Stamp::new(source)).unwrap();
        }
        std::fs::remove_file(out.work.join("names.jsonl")).unwrap();
        assert_eq!(out.stems(&sources[1..]), ["pack-2"]);
    }

    #[test]
    fn thousands_of_one_name_are_named_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let out = Output::new(dir.path()).unwrap();
        let sources: Vec<PathBuf> = (0..20_000).map(|i| format!("/none/{i}/agenda.pdf").into()).collect();
        let begun = std::time::Instant::now();
        let names = out.stems(&sources);
        assert_eq!((names[0].as_str(), names[19_999].as_str()), ("agenda", "agenda-20000"));
        assert_eq!(out.stems(&sources), names);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}
