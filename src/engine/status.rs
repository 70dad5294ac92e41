//! What stands in an output folder: fresh, stale and why, failed, without a source.
//!
//! Nothing is converted and nothing written. What is stale here is what the next `convert` with the same
//! plan would do again.

use super::journal;
use super::output::{Compare, Output, Stamp, key_of};
use super::paths;
use super::plan::{Plan, StageName};
use super::recipe::Recipes;
use super::report::{Outcome, Report};
use super::source;
use crate::digest::sha256;
use crate::error::Error;
use rayon::prelude::*;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// How a pack stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Converted, nothing lost, nothing changed since.
    Fresh,
    /// The same, with a recorded loss.
    Partial,
    /// It has the content of another pack, which was converted in its place.
    Duplicate,
    /// Something has changed.
    Stale,
    /// It could not be converted.
    Failed,
    /// Its writing was cut short.
    Unfinished,
    /// Its source is gone.
    Orphaned,
}

impl State {
    /// From what is well to what is not.
    pub const ALL: [State; 7] = [
        State::Fresh,
        State::Partial,
        State::Duplicate,
        State::Stale,
        State::Failed,
        State::Unfinished,
        State::Orphaned,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            State::Fresh => "fresh",
            State::Partial => "partial",
            State::Duplicate => "duplicate",
            State::Stale => "stale",
            State::Failed => "failed",
            State::Unfinished => "unfinished",
            State::Orphaned => "orphaned",
        }
    }

    /// Whether there is nothing to do.
    pub fn is_well(self) -> bool {
        matches!(self, State::Fresh | State::Partial | State::Duplicate)
    }
}

/// Why a pack is stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Reason {
    /// The source has changed.
    Input {
        /// What of it.
        detail: &'static str,
    },
    /// An option of a stage has changed.
    Option {
        /// The stage.
        stage: StageName,
        /// The option.
        option: String,
        /// What it was.
        before: String,
        /// What it is.
        now: String,
    },
    /// A stage has another version.
    Version {
        /// The stage.
        stage: StageName,
        /// What it was; `None` where the stage is new.
        before: Option<u32>,
        /// What it is.
        now: u32,
    },
    /// The program was built again, for debugging.
    Build,
    /// What it was made by is not written down.
    Unrecorded,
    /// A file that was written is not there.
    Missing {
        /// Its path below the pack's folder.
        file: String,
    },
    /// A file was changed after it was written.
    Edited {
        /// Its path below the pack's folder.
        file: String,
    },
    /// A stage's output that is to be kept is not there.
    Artefact {
        /// The stage.
        stage: StageName,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Input { detail } => write!(f, "input changed: {detail}"),
            Reason::Option { stage, option, before, now } => {
                let dot = if option.is_empty() { "" } else { "." };
                write!(f, "option changed: {}{dot}{option} was {before}, is {now}", stage.name())
            }
            Reason::Version { stage, before: Some(before), now } => {
                write!(f, "version changed: {} was {before}, is {now}", stage.name())
            }
            Reason::Version { stage, before: None, now } => {
                write!(f, "version changed: {} is new, at {now}", stage.name())
            }
            Reason::Build => write!(f, "version changed: another build for debugging"),
            Reason::Unrecorded => write!(f, "version changed: what it was made by is not recorded"),
            Reason::Missing { file } => write!(f, "output missing: {file}"),
            Reason::Edited { file } => write!(f, "output edited: {file}"),
            Reason::Artefact { stage } => write!(f, "kept output missing: {}", stage.name()),
        }
    }
}

/// How one pack stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackStatus {
    /// Name of its folder.
    pub pack: String,
    /// How it stands.
    pub state: State,
    /// The PDF, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The pack with the same content that was converted in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// Why it is stale.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Its pages.
    pub pages: usize,
    /// How many issues of each code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub issues: BTreeMap<String, u32>,
    /// Code of the error, where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The error in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Cow<'static, str>>,
}

/// How all packs of an output folder stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// How many there are of each state.
    pub counts: BTreeMap<&'static str, usize>,
    /// The packs, by name.
    pub packs: Vec<PackStatus>,
}

impl Status {
    /// Looks at an output folder. Without a plan, each pack is compared with the options that it was made
    /// with, so that only the program, the sources and the files can have changed.
    ///
    /// # Errors
    /// The work folder cannot be read.
    pub fn of(output: &Output, plan: Option<&Plan>, compare: Compare) -> Result<Status, Error> {
        let stems = output.stamped()?;
        let recipes = Recipes::load(output, &stems, plan);
        let failures = failures(&output.work);
        let look = Look { output, recipes: &recipes, failures: &failures, compare };
        let mut packs: Vec<PackStatus> = stems.par_iter().map(|stem| look.pack(stem)).collect();
        packs.extend(look.unstamped(&stems)?);
        packs.sort_by(|a, b| a.pack.cmp(&b.pack));
        let mut counts: BTreeMap<&'static str, usize> = State::ALL.iter().map(|s| (s.name(), 0)).collect();
        for p in &packs {
            *counts.entry(p.state.name()).or_default() += 1;
        }
        Ok(Status { counts, packs })
    }

    /// Whether there is nothing to do.
    pub fn is_well(&self) -> bool {
        self.packs.iter().all(|p| p.state.is_well())
    }
}

/// What is looked at, and how.
struct Look<'a> {
    output: &'a Output,
    recipes: &'a Recipes,
    failures: &'a BTreeMap<String, Report>,
    compare: Compare,
}

impl Look<'_> {
    fn pack(&self, stem: &str) -> PackStatus {
        let Some(stamp) = self.output.stamp(stem) else {
            return PackStatus::new(stem, State::Unfinished).told(self.failures.get(stem));
        };
        let mut status = PackStatus {
            source: Some(paths::text(&stamp.source)),
            duplicate_of: stamp.duplicate_of.clone(),
            pages: stamp.pages,
            issues: stamp.issues.clone(),
            code: stamp.code.clone(),
            message: stamp.message.clone(),
            hint: stamp.code.as_deref().and_then(Error::hint_of).map(Into::into),
            ..PackStatus::new(stem, State::Fresh)
        };
        if !source::exists(&stamp.source) {
            return PackStatus { state: State::Orphaned, ..status };
        }
        if stamp.unfinished() {
            return PackStatus { state: State::Unfinished, ..status }.told(self.failures.get(stem));
        }
        match self.reasons(stem, &stamp) {
            Ok(reasons) => status.reasons = reasons,
            Err(error) => {
                status.state = State::Failed;
                (status.code, status.hint) = (Some(error.code().into()), Some(error.hint().into()));
                status.message = Some(error.to_string());
                return status;
            }
        }
        if !status.reasons.is_empty() {
            return PackStatus { state: State::Stale, ..status }.told(self.failures.get(stem));
        }
        status.state = match stamp.outcome {
            Outcome::Failed => State::Failed,
            Outcome::Partial => State::Partial,
            Outcome::Duplicate => State::Duplicate,
            Outcome::Done | Outcome::Skipped => State::Fresh,
        };
        status
    }

    /// Everything that makes a pack stale.
    fn reasons(&self, stem: &str, stamp: &Stamp) -> Result<Vec<Reason>, Error> {
        let known =
            (self.compare == Compare::Facts && stamp.tells_of(&stamp.source)).then(|| stamp.content_hash());
        let content = known.flatten().map_or_else(|| source::content(&stamp.source), Ok)?;
        let mut out = Vec::new();
        if stamp.content_hash().is_some_and(|c| c != content) {
            out.push(Reason::Input { detail: changed(stamp)? });
        }
        if let Some(first) = &stamp.duplicate_of {
            let first = self.output.stamp(first).and_then(|s| s.content_hash());
            if out.is_empty() && first != Some(content) {
                out.push(Reason::Input { detail: "the pack that it is a copy of is another" });
            }
            return Ok(out);
        }
        let plan = self.recipes.plan(stamp);
        if stamp.key != key_of(plan, content, &stamp.source).to_hex().as_str() {
            match self.recipes.recipe(stamp) {
                Some(recipe) => out.extend(recipe.differences(plan)),
                // The input alone does not tell whether anything else has changed, too.
                None => out.push(Reason::Unrecorded),
            }
        }
        out.extend(files(&self.output.folder.join(stem), stamp, self.compare));
        out.extend(self.output.missing(stamp, plan).map(|stage| Reason::Artefact { stage }));
        Ok(out)
    }

    /// What has no stamp: packs that failed in a way that may pass, and folders that look like a pack's
    /// whose writing was cut short.
    fn unstamped(&self, stems: &[String]) -> Result<Vec<PackStatus>, Error> {
        let folder = &self.output.folder;
        let wrong = |source| Error::Read { path: folder.clone(), source };
        let stamped = |name: &str| stems.binary_search_by(|s| s.as_str().cmp(name)).is_ok();
        let mut out = Vec::new();
        for (stem, report) in self.failures.iter().filter(|(stem, _)| !stamped(stem)) {
            let state = if source::exists(&report.source) { State::Failed } else { State::Orphaned };
            out.push(PackStatus::new(stem, state).told(Some(report)));
        }
        for entry in std::fs::read_dir(folder).map_err(wrong)? {
            let path = entry.map_err(wrong)?.path();
            let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
            let known = name.starts_with('.') || stamped(name) || self.failures.contains_key(name);
            if !known && ["pack.md", "pack.json"].iter().any(|f| path.join(f).is_file()) {
                out.push(PackStatus::new(name, State::Unfinished));
            }
        }
        Ok(out)
    }
}

/// What of a source has changed.
fn changed(stamp: &Stamp) -> Result<&'static str, Error> {
    let Some(before) = &stamp.sha256 else { return Ok("the PDF, or the record beside it") };
    let now = sha256(&source::read(&stamp.source)?);
    Ok(if now == *before { "the record beside the PDF" } else { "the PDF has another content" })
}

/// Files that do not stand as they were written. A failure has none.
fn files(folder: &Path, stamp: &Stamp, compare: Compare) -> Vec<Reason> {
    let mut out = Vec::new();
    for written in stamp.files.iter().filter(|_| stamp.outcome != Outcome::Failed) {
        let file = || written.path.clone();
        match written.stands(folder, compare) {
            Some(true) => {}
            Some(false) => out.push(Reason::Edited { file: file() }),
            None => out.push(Reason::Missing { file: file() }),
        }
    }
    out
}

/// The last report of each pack that failed the last time, by the journal.
fn failures(work: &Path) -> BTreeMap<String, Report> {
    let mut out = BTreeMap::new();
    let lines = journal::files(work).into_iter().filter_map(|path| File::open(path).ok());
    for line in lines.flat_map(|file| BufReader::new(file).split(b'\n').map_while(Result::ok)) {
        // Other events tell of no end, and a torn line of nothing.
        let Ok(report) = serde_json::from_slice::<Report>(&line) else { continue };
        let cut = report.code.as_deref() == Some("interrupted");
        if report.outcome == Outcome::Failed && !cut {
            out.insert(report.stem.clone(), report);
        } else if !cut {
            out.remove(&report.stem);
        }
    }
    out
}

impl PackStatus {
    /// With the failure that the journal tells of.
    fn told(mut self, report: Option<&Report>) -> PackStatus {
        if let Some(report) = report {
            self.source.get_or_insert_with(|| paths::text(&report.source));
            self.code.clone_from(&report.code);
            self.message.clone_from(&report.message);
            self.hint.clone_from(&report.hint);
        }
        self
    }

    fn new(pack: &str, state: State) -> PackStatus {
        PackStatus {
            pack: pack.to_owned(),
            state,
            source: None,
            duplicate_of: None,
            reasons: Vec::new(),
            pages: 0,
            issues: BTreeMap::new(),
            code: None,
            message: None,
            hint: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pipeline::{Keep, Pipeline};
    use super::super::store::Store;
    use super::super::{Engine, Event, Watcher};
    use super::*;
    use crate::stages::emit::TableStyle;
    use std::sync::atomic::AtomicBool;

    struct Deaf;

    impl Watcher for Deaf {
        fn event(&self, _: &Event<'_>) {}
    }

    /// A converted pack, its source in a folder of its own.
    struct Place {
        dir: tempfile::TempDir,
        pipeline: Pipeline,
    }

    impl Place {
        fn new() -> Place {
            let dir = tempfile::tempdir().unwrap();
            std::fs::copy("samples/minutes.pdf", dir.path().join("a.pdf")).unwrap();
            let place = Place { dir, pipeline: Pipeline { keep: Keep::ALL, ..Pipeline::default() } };
            place.convert(&Plan::new(&place.pipeline));
            place
        }

        /// How many documents had to be converted.
        fn convert(&self, plan: &Plan) -> usize {
            static NEVER: AtomicBool = AtomicBool::new(false);
            let mut engine = Engine::new(&self.pipeline, &self.dir.path().join("out"), &NEVER).unwrap();
            engine.plan = plan.clone();
            let summary = engine.run(&[self.dir.path().join("a.pdf")], &Deaf).unwrap();
            summary.done + summary.partial
        }

        fn output(&self) -> Output {
            Output::existing(&self.dir.path().join("out")).unwrap()
        }

        fn status(&self, plan: Option<&Plan>) -> (State, Vec<String>) {
            let status = Status::of(&self.output(), plan, Compare::Facts).unwrap();
            assert_eq!(status.packs.len(), 1);
            (status.packs[0].state, status.packs[0].reasons.iter().map(ToString::to_string).collect())
        }

        /// The pack is stale for this reason alone, is converted again, and is fresh then.
        fn is_stale(&self, plan: Option<&Plan>, why: &str) {
            assert_eq!(self.status(plan), (State::Stale, vec![why.to_owned()]));
            let own = Plan::new(&self.pipeline);
            assert_eq!(self.convert(plan.unwrap_or(&own)), 1, "what is stale is converted: {why}");
            assert_eq!(self.status(plan), (State::Fresh, vec![]));
            assert_eq!(self.convert(plan.unwrap_or(&own)), 0, "what is fresh is not: {why}");
        }
    }

    #[test]
    fn another_version_of_any_stage_makes_a_pack_stale() {
        let place = Place::new();
        assert_eq!(place.status(None), (State::Fresh, vec![]));
        for stage in StageName::ALL {
            let plan = Plan::new(&place.pipeline).with_next_version(stage);
            let (before, name) = (plan.identity(stage).version - 1, stage.name());
            place.is_stale(Some(&plan), &format!("version changed: {name} was {before}, is {}", before + 1));
            place.convert(&Plan::new(&place.pipeline));
        }
    }

    #[test]
    fn an_option_makes_a_pack_stale_where_it_is_asked_for() {
        let place = Place::new();
        let mut pipeline = place.pipeline.clone();
        pipeline.stages.emit.tables = TableStyle::Html;
        let plan = Plan::new(&pipeline);
        place.is_stale(Some(&plan), "option changed: emit.tables was \"pipe\", is \"html\"");
        assert_eq!(place.status(None), (State::Fresh, vec![]), "it is compared with what it was made with");
    }

    #[test]
    fn another_input_makes_a_pack_stale() {
        let place = Place::new();
        let pdf = place.dir.path().join("a.pdf");
        std::fs::write(place.dir.path().join("a.xml"), "<meeting><meetingid>7</meetingid></meeting>")
            .unwrap();
        place.is_stale(None, "input changed: the record beside the PDF");
        std::fs::copy("samples/committee-no-outline.pdf", &pdf).unwrap();
        let (state, reasons) = place.status(None);
        assert_eq!(
            (state, reasons[0].as_str()),
            (State::Stale, "input changed: the PDF has another content")
        );
        std::fs::remove_file(&pdf).unwrap();
        assert_eq!(place.status(None), (State::Orphaned, vec![]));
    }

    #[test]
    fn missing_and_edited_files_make_a_pack_stale() {
        let place = Place::new();
        let folder = place.output().folder.join("a");
        std::fs::write(folder.join("pack.md"), "edited").unwrap();
        place.is_stale(None, "output edited: pack.md");
        std::fs::remove_file(folder.join("observations.csv")).unwrap();
        place.is_stale(None, "output missing: observations.csv");
    }

    #[test]
    fn a_kept_output_that_is_missing_makes_a_pack_stale() {
        let place = Place::new();
        let sha256 = place.output().stamp("a").unwrap().sha256.unwrap();
        std::fs::remove_file(Store::new(&place.output().work, &sha256).path(StageName::Tables)).unwrap();
        place.is_stale(None, "kept output missing: tables");
    }

    #[test]
    fn a_stamp_of_before_is_read_and_what_is_not_recorded_is_said() {
        let place = Place::new();
        let mut stamp = place.output().stamp("a").unwrap();
        stamp.plan = String::new();
        place.output().set_stamp("a", &stamp).unwrap();
        let text = std::fs::read_to_string(place.output().work.join("done/a.json")).unwrap();
        assert!(!text.contains("\"plan\""));
        assert_eq!(place.status(None), (State::Fresh, vec![]), "its key says that nothing has changed");
        let plan = Plan::new(&place.pipeline).with_next_version(StageName::Lines);
        place.is_stale(Some(&plan), "version changed: what it was made by is not recorded");
    }

    #[test]
    fn files_that_were_kept_forget_no_loss() {
        let place = Place::new();
        let mut stamp = place.output().stamp("a").unwrap();
        let before = stamp.clone();
        std::fs::remove_file(place.output().folder.join("a/pack.md")).unwrap();
        place.convert(&Plan::new(&place.pipeline));
        stamp = place.output().stamp("a").unwrap();
        assert_eq!((stamp.pages, &stamp.issues), (before.pages, &before.issues));
        assert!(stamp.pages > 0);
    }
}
