//! Whether what stands in an output folder is what was written, and agrees with itself.
//!
//! Hashes show what was changed since; the rest shows what should never have been written so: packs are
//! checked against the JSON Schema that users are given, not against the types that wrote them.

use super::lock::WRITING;
use super::output::{Output, Stamp, WORK};
use super::plan::StageName;
use super::report::Outcome;
use super::store::Store;
use crate::error::Error;
use crate::model::{Pack, Table};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A stamp cannot be read.
    StampUnreadable,
    /// The writing of a pack was cut short.
    Unfinished,
    /// A file that a stamp names is not there.
    FileMissing,
    /// A file was changed after it was written.
    FileEdited,
    /// A file that no stamp names.
    FileUnknown,
    /// A half-written file that a dead run left.
    LeftOver,
    /// `pack.json` is no JSON, or does not follow its schema.
    SchemaViolated,
    /// `pack.json` is of another major version.
    SchemaVersion,
    /// The fates of a page's characters do not add up.
    Ledger,
    /// A table's CSV file has other rows or columns than the table.
    TableMismatch,
    /// `observations.csv` has other rows than `pack.json`.
    ObservationsMismatch,
    /// A kept stage output was changed, or cannot be read.
    ArtefactDamaged,
}

impl Fault {
    /// A stable name that callers may branch on.
    pub fn code(self) -> &'static str {
        match self {
            Fault::StampUnreadable => "stamp_unreadable",
            Fault::Unfinished => "pack_unfinished",
            Fault::FileMissing => "file_missing",
            Fault::FileEdited => "file_edited",
            Fault::FileUnknown => "file_unknown",
            Fault::LeftOver => "left_over",
            Fault::SchemaViolated => "schema_violated",
            Fault::SchemaVersion => "schema_version",
            Fault::Ledger => "page_unbalanced",
            Fault::TableMismatch => "table_mismatch",
            Fault::ObservationsMismatch => "observations_mismatch",
            Fault::ArtefactDamaged => "artefact_damaged",
        }
    }
}

impl Serialize for Fault {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file, below the output folder, parted by `/`.
    pub file: String,
    /// What is wrong.
    pub code: Fault,
    /// In words.
    pub detail: String,
}

/// What was verified, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Packs that have a stamp.
    pub packs: usize,
    /// Files that stamps name.
    pub files: usize,
    /// Kept stage outputs.
    pub artefacts: usize,
    /// How many problems of each code.
    pub counts: BTreeMap<&'static str, usize>,
    /// The problems, by file.
    pub problems: Vec<Problem>,
}

impl Verified {
    /// Verifies an output folder.
    ///
    /// # Errors
    /// The work folder cannot be read.
    pub fn of(output: &Output) -> Result<Verified, Error> {
        let stems = output.stamped()?;
        let checker = Checker::new(output)?;
        let mut out = Verified { packs: stems.len(), ..Verified::default() };
        let packs: Vec<(BTreeSet<PathBuf>, Vec<Problem>)> =
            stems.par_iter().map(|stem| checker.pack(stem)).collect();
        let mut named = BTreeSet::new();
        for (files, problems) in packs {
            out.files += files.len();
            named.extend(files);
            out.problems.extend(problems);
        }
        checker.unknown(&output.folder, &named, &mut out.problems);
        let (artefacts, problems) = checker.artefacts();
        out.artefacts = artefacts;
        out.problems.extend(problems);
        out.problems.sort();
        for problem in &out.problems {
            *out.counts.entry(problem.code.code()).or_default() += 1;
        }
        Ok(out)
    }
}

struct Checker<'a> {
    output: &'a Output,
    schema: jsonschema::Validator,
}

impl Checker<'_> {
    fn new(output: &Output) -> Result<Checker<'_>, Error> {
        let bug = |e: &dyn std::fmt::Display| Error::Bug { stage: "schema", detail: e.to_string() };
        let schema = serde_json::from_str(&crate::schema()).map_err(|e| bug(&e))?;
        let schema = jsonschema::validator_for(&schema).map_err(|e| bug(&e))?;
        Ok(Checker { output, schema })
    }

    /// A path as problems name it.
    fn name(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.output.folder).unwrap_or(path);
        path.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    fn problem(&self, path: &Path, code: Fault, detail: impl Into<String>) -> Problem {
        Problem { file: self.name(path), code, detail: detail.into() }
    }

    /// A pack: the files that its stamp names, and what is wrong with them.
    fn pack(&self, stem: &str) -> (BTreeSet<PathBuf>, Vec<Problem>) {
        let folder = self.output.folder.join(stem);
        let Some(stamp) = self.output.stamp(stem) else {
            let detail = "it is not what this version writes: convert the pack again";
            let problem = self.problem(&self.output.stamp_path(stem), Fault::StampUnreadable, detail);
            return (BTreeSet::new(), vec![problem]);
        };
        let named = stamp.files.iter().map(|w| folder.join(&w.path)).collect();
        if stamp.unfinished() {
            let detail = "its writing was cut short: run the same `convert` again";
            return (named, vec![self.problem(&folder, Fault::Unfinished, detail)]);
        }
        // What an earlier conversion wrote stands, but the failure is what is known now.
        if stamp.outcome == Outcome::Failed {
            return (named, Vec::new());
        }
        (named, self.files(&folder, &stamp))
    }

    fn files(&self, folder: &Path, stamp: &Stamp) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut whole = BTreeMap::new();
        for written in &stamp.files {
            let path = folder.join(&written.path);
            match std::fs::read(&path) {
                Err(e) => problems.push(self.problem(&path, Fault::FileMissing, e.to_string())),
                Ok(bytes) if blake3::hash(&bytes).to_hex().as_str() != written.blake3 => {
                    let detail = "its hash is another than when it was written";
                    problems.push(self.problem(&path, Fault::FileEdited, detail));
                }
                Ok(bytes) => {
                    let name = written.path.as_str();
                    let read =
                        name == "pack.json" || name == "observations.csv" || name.starts_with("tables/");
                    if read {
                        whole.insert(name, bytes);
                    }
                }
            }
        }
        // What was edited is told once, not again for everything that no longer fits it.
        if let Some(json) = whole.get("pack.json") {
            self.agreement(folder, json, &whole, &mut problems);
        }
        problems
    }

    /// Whether `pack.json` follows its schema, balances, and agrees with the CSV files.
    fn agreement(
        &self,
        folder: &Path,
        json: &[u8],
        files: &BTreeMap<&str, Vec<u8>>,
        problems: &mut Vec<Problem>,
    ) {
        let path = folder.join("pack.json");
        let value: serde_json::Value = match serde_json::from_slice(json) {
            Ok(value) => value,
            Err(e) => return problems.push(self.problem(&path, Fault::SchemaViolated, e.to_string())),
        };
        let major = |v: &str| v.split('.').next().map(str::to_owned);
        let version = value["version"].as_str().unwrap_or_default();
        if major(version) != major(Pack::VERSION) {
            let detail = format!("it is of version {version:?}, and this program knows {}", Pack::VERSION);
            return problems.push(self.problem(&path, Fault::SchemaVersion, detail));
        }
        let before = problems.len();
        for error in self.schema.iter_errors(&value).take(MOST) {
            let detail = cut(&format!("at {}: {error}", error.instance_path));
            problems.push(self.problem(&path, Fault::SchemaViolated, detail));
        }
        if problems.len() > before {
            return;
        }
        let pack: Pack = match serde_json::from_value(value) {
            Ok(pack) => pack,
            Err(e) => return problems.push(self.problem(&path, Fault::SchemaViolated, e.to_string())),
        };
        for page in pack.pages.iter().filter(|p| !p.ledger.balances()) {
            let detail = format!("page {}: {:?}", page.page, page.ledger);
            problems.push(self.problem(&path, Fault::Ledger, detail));
        }
        for (name, csv) in files {
            let Some(id) = name.strip_prefix("tables/").and_then(|n| n.strip_suffix(".csv")) else {
                continue;
            };
            let wrong = match pack.tables.iter().find(|t| t.id == id) {
                Some(table) => shape(table, csv),
                None => Some("pack.json has no such table".into()),
            };
            problems.extend(wrong.map(|d| self.problem(&folder.join(name), Fault::TableMismatch, d)));
        }
        if let Some(csv) = files.get("observations.csv") {
            let path = folder.join("observations.csv");
            let wrong = observations(&pack, csv);
            problems.extend(wrong.map(|d| self.problem(&path, Fault::ObservationsMismatch, d)));
        }
    }

    /// Files that no stamp names.
    fn unknown(&self, folder: &Path, named: &BTreeSet<PathBuf>, problems: &mut Vec<Problem>) {
        for path in entries(folder) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name == WORK && folder == self.output.folder {
                continue;
            }
            if path.is_dir() && !path.is_symlink() {
                self.unknown(&path, named, problems);
            } else if name.starts_with(WRITING) {
                problems.push(self.problem(&path, Fault::LeftOver, "half-written: `prune` removes it"));
            } else if !named.contains(&path) {
                problems.push(self.problem(&path, Fault::FileUnknown, "no stamp names it"));
            }
        }
    }

    /// Kept stage outputs: how many, and what is wrong with them.
    fn artefacts(&self) -> (usize, Vec<Problem>) {
        let folders = entries(&self.output.work).into_iter().filter(|p| is_store(p));
        let files: Vec<(Store, StageName)> = folders
            .flat_map(|folder| StageName::ALL.map(|stage| (Store::in_folder(&folder), stage)))
            .filter(|(store, stage)| store.path(*stage).is_file())
            .collect();
        let wrong = |(store, stage): &(Store, StageName)| {
            let error = store.check(*stage).err()?;
            Some(self.problem(&store.path(*stage), Fault::ArtefactDamaged, error.to_string()))
        };
        (files.len(), files.par_iter().filter_map(wrong).collect())
    }
}

/// Violations of the schema that are told of one file.
const MOST: usize = 5;

/// Whether a folder of the work folder has a document's kept outputs: it is named by a SHA-256.
pub(super) fn is_store(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()) && path.is_dir() && !path.is_symlink()
}

/// What is in a folder, in order; nothing where it cannot be read.
pub(super) fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).map(|e| e.flatten().map(|e| e.path()).collect()).unwrap_or_default();
    entries.sort();
    entries
}

/// Enough of a message to see what is meant.
fn cut(text: &str) -> String {
    if text.chars().count() <= 300 {
        text.to_owned()
    } else {
        text.chars().take(300).chain(['…']).collect()
    }
}

fn reader(csv: &[u8], headers: bool) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(headers).flexible(true).from_reader(csv)
}

/// What a table's file has otherwise than the table.
fn shape(table: &Table, csv: &[u8]) -> Option<String> {
    let mut rows = 0;
    for record in reader(csv, false).records() {
        let record = match record {
            Ok(record) => record,
            Err(e) => return Some(e.to_string()),
        };
        rows += 1;
        if record.len() != table.cols as usize {
            return Some(format!("row {rows} has {} cells, the table {} columns", record.len(), table.cols));
        }
    }
    (rows != table.rows).then(|| format!("it has {rows} rows, the table {}", table.rows))
}

/// What the file of observations has otherwise than the pack.
fn observations(pack: &Pack, csv: &[u8]) -> Option<String> {
    let mut reader = reader(csv, true);
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(e) => return Some(e.to_string()),
    };
    let mut names =
        ["table", "page", "row", "col", "value"].iter().map(|n| headers.iter().position(|h| h == *n));
    let at: [Option<usize>; 5] = std::array::from_fn(|_| names.next().flatten());
    let mut rows = 0;
    for (i, record) in reader.records().enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(e) => return Some(e.to_string()),
        };
        rows += 1;
        let Some(o) = pack.observations.get(i) else { continue };
        let value = o.value.map(|v| v.to_string()).unwrap_or_default();
        let wanted = [&o.table, &o.page.to_string(), &o.cell[0].to_string(), &o.cell[1].to_string(), &value];
        let got = at.map(|at| at.and_then(|at| record.get(at)).unwrap_or_default());
        if got != wanted.map(String::as_str) {
            return Some(format!(
                "row {rows} says {got:?}, pack.json {wanted:?} (table, page, row, col, value)"
            ));
        }
    }
    let wanted = pack.observations.len();
    (rows != wanted).then(|| format!("it has {rows} rows, pack.json {wanted} observations"))
}
