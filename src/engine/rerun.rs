//! Stages again, on what is kept: of one pack or of all packs of an output folder.
//!
//! The stages from `from` to `named` run whatever is kept of them; below that, down to `to`, runs only
//! what that made stale, so that an equal output stops the cascade. What is missing above is made.

use super::admission::Admission;
use super::diff::Diff;
use super::document::{publish, seal};
use super::lock::{Lock, Presence};
use super::output::{Compare, Output, Stamp, key_of};
use super::panics;
use super::pipeline::Keep;
use super::plan::{Hash, Plan, StageName};
use super::recipe::{Recipe, Recipes};
use super::report::Outcome;
use super::road::{Road, content_of};
use super::source::{self, Facts, Seen};
use super::store::Store;
use super::worker;
use crate::digest;
use crate::error::Error;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a stage came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// It ran, and its output is another one.
    Changed,
    /// It ran, and its output is the same.
    Unchanged,
    /// It ran, and nothing of it was kept before.
    Made,
    /// What is kept of it was made from what stands above it: it did not run.
    Kept,
}

/// A stage of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The stage.
    pub stage: StageName,
    /// What it came to.
    pub did: Did,
}

/// What became of a pack.
#[derive(Debug, Default)]
pub struct Rerun {
    /// Name of its folder.
    pub pack: String,
    /// The stages that were asked for.
    pub steps: Vec<Step>,
    /// Stages above them that had to run, because nothing was kept of them, or something else.
    pub missing: Vec<StageName>,
    /// Files that are not as they were, where the cascade went on to the files.
    pub files: Vec<String>,
    /// What changed in them, where that was asked for.
    pub diff: Option<Diff>,
    /// It has the content of this pack: nothing was done.
    pub duplicate_of: Option<String>,
    /// How long each stage took.
    pub ran: Vec<(StageName, Duration)>,
    /// Why it failed.
    pub error: Option<Error>,
}

impl Rerun {
    /// Whether anything came out otherwise than it was kept.
    pub fn changed(&self) -> bool {
        !self.files.is_empty() || self.steps.iter().any(|s| s.did == Did::Changed)
    }

    /// The stage whose equal output stopped the cascade.
    pub fn stopped_at(&self) -> Option<StageName> {
        let kept = self.steps.iter().position(|s| s.did == Did::Kept)?;
        let above = kept.checked_sub(1).map(|i| self.steps[i])?;
        let rest = self.steps[kept..].iter().all(|s| s.did == Did::Kept);
        (rest && above.did == Did::Unchanged).then_some(above.stage)
    }
}

/// Which stages run again, and what becomes of their outputs.
pub struct Cascade<'a> {
    /// Where the packs are.
    pub output: Output,
    /// What they were made by.
    pub recipes: Recipes,
    /// The first stage that runs.
    pub from: StageName,
    /// The last that runs whatever came out above it.
    pub named: StageName,
    /// The last that runs where it is stale.
    pub to: StageName,
    /// Say what changed in the files.
    pub diff: bool,
    /// Write nothing.
    pub dry: bool,
    /// Packs at once.
    pub jobs: usize,
    /// Bytes of PDF in work at once.
    pub admit: u64,
    /// Set when the user wants to stop.
    pub stop: &'a AtomicBool,
}

impl Cascade<'_> {
    /// Runs the stages of all packs, and tells of each in their order. One that fails stops no other.
    ///
    /// # Errors
    /// The work folder cannot be written, or no threads can be made.
    pub fn run(&self, packs: &[String], tell: &(dyn Fn(Rerun) + Sync)) -> Result<(), Error> {
        panics::keep_quiet();
        let _presence = if self.dry { None } else { Some(Presence::enter(&self.output)?) };
        let pool = worker::pool(self.jobs)?;
        let admission = Admission::new(self.admit);
        let next = AtomicUsize::new(0);
        // What is done before its turn waits here.
        let waiting: Mutex<(usize, BTreeMap<usize, Rerun>)> = Mutex::default();
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(pack) = packs.get(at) else { return };
                if self.stop.load(Ordering::Relaxed) {
                    return;
                }
                let bytes = self.output.stamp(pack).map_or(0, |stamp| source::size(&stamp.source));
                let permit = admission.take(bytes);
                let rerun = self.pack(pack, &pool);
                drop(permit);
                let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.1.insert(at, rerun);
                loop {
                    let turn = waiting.0;
                    let Some(rerun) = waiting.1.remove(&turn) else { break };
                    tell(rerun);
                    waiting.0 += 1;
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.min(packs.len()) {
                scope.spawn(work);
            }
        });
        Ok(())
    }

    fn pack(&self, pack: &str, pool: &rayon::ThreadPool) -> Rerun {
        let mut rerun = Rerun { pack: pack.to_owned(), ..Rerun::default() };
        let at = AtomicUsize::new(self.from as usize);
        let ended = catch_unwind(AssertUnwindSafe(|| pool.install(|| self.again(&mut rerun, &at))));
        rerun.error = match ended {
            Ok(ended) => ended.err(),
            Err(payload) => {
                let stage = StageName::ALL[at.load(Ordering::Relaxed).min(StageName::ALL.len() - 1)].name();
                Some(Error::Bug { stage, detail: panics::told(payload.as_ref()) })
            }
        };
        rerun
    }

    fn again(&self, rerun: &mut Rerun, at: &AtomicUsize) -> Result<(), Error> {
        let pack = rerun.pack.clone();
        let locked = || Error::Locked { name: pack.clone(), seconds: 0 };
        let _lock =
            if self.dry { None } else { Some(Lock::take(&self.output.work, &pack)?.ok_or_else(locked)?) };
        let unstamped = || Error::Usage { detail: format!("{pack} has no stamp: convert it first") };
        let stamp = self.output.stamp(&pack).ok_or_else(unstamped)?;
        if stamp.duplicate_of.is_some() {
            rerun.duplicate_of.clone_from(&stamp.duplicate_of);
            return Ok(());
        }
        let own = self.recipes.plan(&stamp);
        let plan = own.keeping(Keep::ALL);
        let filename = stamp.source.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A PDF that is as it was, or gone, is not read unless a stage needs it.
        let known = stamp.tells_of(&stamp.source) || !source::exists(&stamp.source);
        let known = stamp.content_hash().zip(stamp.sha256.clone()).filter(|_| known);
        let (road, content, sha256, seen) = if let Some((content, sha256)) = known {
            (Road::known(&plan, &stamp.source, content, &filename), content, sha256, stamp.seen)
        } else {
            let seen = Seen::of(&stamp.source);
            let bytes = Arc::new(source::read(&stamp.source)?);
            let beside = source::beside(&stamp.source);
            let content = content_of(&bytes, beside.as_deref().map(Vec::as_slice));
            let sha256 = digest::sha256(&bytes);
            let seen = seen.filter(|s| s.settled() && Seen::of(&stamp.source) == Some(*s));
            (Road::new(&plan, bytes, &filename).beside(beside), content, sha256, seen)
        };
        let mut store = Store::new(&self.output.work, &sha256);
        if self.dry {
            store = store.dry();
        }
        let mut road = road.stored(store.clone()).stopped_by(self.stop).watched_by(at).of_any_build();
        let ended = self.steps(&mut road, &store, &mut rerun.steps);
        rerun.missing = road.ran.iter().map(|(s, _)| *s).filter(|s| *s < self.from).collect();
        rerun.ran.clone_from(&road.ran);
        ended?;
        if self.to != StageName::Emit {
            return Ok(());
        }
        // Where another build's outputs were believed, it is not known what this one would make.
        let made_by = match &road.believed {
            Some(build) => own.of_build(build),
            None => own.clone(),
        };
        let stamp = Stamp {
            sha256: Some(sha256),
            content: content.to_hex().to_string(),
            seen,
            key: key_of(&made_by, content, &stamp.source).to_hex().to_string(),
            plan: made_by.name(),
            code: None,
            message: None,
            limit: None,
            ..stamp
        };
        self.files(rerun, &mut road, stamp, &made_by)
    }

    fn steps(&self, road: &mut Road<'_>, store: &Store, steps: &mut Vec<Step>) -> Result<(), Error> {
        for stage in StageName::ALL.into_iter().filter(|s| (self.from..=self.to).contains(s)) {
            let before: Option<Hash> = store.found(stage).and_then(|h| h.content_hash());
            let did = if stage > self.named && road.kept(stage)?.is_some() {
                Did::Kept
            } else {
                road.again(stage)?;
                match before {
                    None => Did::Made,
                    Some(before) if road.known_hash(stage) == Some(before) => Did::Unchanged,
                    Some(_) => Did::Changed,
                }
            };
            steps.push(Step { stage, did });
        }
        Ok(())
    }

    /// Writes the files where they are others than those that stand there, as `convert` does.
    fn files(&self, rerun: &mut Rerun, road: &mut Road<'_>, stamp: Stamp, plan: &Plan) -> Result<(), Error> {
        let folder = self.output.folder.join(&rerun.pack);
        let kept = rerun.steps.last().is_some_and(|s| s.did == Did::Kept);
        if !kept || !self.output.stands(&rerun.pack, &stamp, Compare::Content) {
            let emitted = road.emitted()?;
            let differs = |path: &str, text: &str| {
                std::fs::read(folder.join(path)).map_or(true, |before| before != text.as_bytes())
            };
            let written = emitted.files.iter().filter(|f| differs(&f.path, &f.text)).map(|f| f.path.clone());
            let gone = stamp.files.iter().filter(|w| emitted.get(&w.path).is_none()).map(|w| w.path.clone());
            rerun.files = written.chain(gone).collect();
            if self.diff {
                rerun.diff = Some(Diff::of(&rerun.pack, &folder, emitted));
            }
        }
        if self.dry {
            return Ok(());
        }
        Recipe::write(plan, &self.output)?;
        if !rerun.files.is_empty() || stamp.outcome == Outcome::Failed {
            return publish(&self.output, &rerun.pack, road, stamp).map(|_| ());
        }
        let mut stamp = stamp;
        for file in &mut stamp.files {
            file.seen = Facts::of(&folder.join(&file.path));
        }
        if kept {
            return self.output.set_stamp(&rerun.pack, &stamp);
        }
        seal(&self.output, &rerun.pack, road, stamp).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::super::status::{State, Status};
    use super::super::{Engine, Event, Pipeline, Watcher};
    use super::*;
    use std::path::Path;

    static NEVER: AtomicBool = AtomicBool::new(false);

    struct Deaf;

    impl Watcher for Deaf {
        fn event(&self, _: &Event<'_>) {}
    }

    fn converted(dir: &Path) -> (Output, Pipeline) {
        let pdf = dir.join("a.pdf");
        std::fs::copy("samples/minutes.pdf", &pdf).unwrap();
        let pipeline = Pipeline { keep: Keep::ALL, ..Pipeline::default() };
        let engine = Engine::new(&pipeline, &dir.join("out"), &NEVER).unwrap();
        engine.run(&[pdf], &Deaf).unwrap();
        (Output::existing(&dir.join("out")).unwrap(), pipeline)
    }

    fn rerun(output: &Output, plan: Option<&Plan>, named: StageName) -> Rerun {
        let packs = output.stamped().unwrap();
        let cascade = Cascade {
            output: output.clone(),
            recipes: Recipes::load(output, &packs, plan),
            from: named,
            named,
            to: StageName::Emit,
            diff: true,
            dry: false,
            jobs: 1,
            admit: 1 << 28,
            stop: &NEVER,
        };
        let told = Mutex::new(Vec::new());
        cascade.run(&packs, &|r| told.lock().unwrap().push(r)).unwrap();
        let rerun = told.into_inner().unwrap().remove(0);
        assert!(rerun.error.is_none(), "{:?}", rerun.error);
        rerun
    }

    fn state(output: &Output, plan: Option<&Plan>) -> State {
        Status::of(output, plan, Compare::Content).unwrap().packs[0].state
    }

    #[test]
    fn the_next_version_of_a_stage_with_an_equal_output_runs_it_alone_and_the_pack_is_fresh() {
        let dir = tempfile::tempdir().unwrap();
        let (output, pipeline) = converted(dir.path());
        let plan = Plan::new(&pipeline).with_next_version(StageName::Tables);
        assert_eq!(state(&output, Some(&plan)), State::Stale);
        let rerun = rerun(&output, Some(&plan), StageName::Tables);
        let ran: Vec<StageName> = rerun.ran.iter().map(|(s, _)| *s).collect();
        assert_eq!(ran, [StageName::Tables]);
        assert_eq!(rerun.stopped_at(), Some(StageName::Tables));
        assert!(!rerun.changed() && rerun.files.is_empty() && rerun.missing.is_empty());
        assert_eq!(state(&output, Some(&plan)), State::Fresh);
    }

    #[test]
    fn a_stage_above_that_has_another_version_is_made_and_named() {
        let dir = tempfile::tempdir().unwrap();
        let (output, pipeline) = converted(dir.path());
        let plan = Plan::new(&pipeline).with_next_version(StageName::Lines);
        let rerun = rerun(&output, Some(&plan), StageName::Sections);
        assert_eq!(rerun.missing, [StageName::Lines], "its output is the same: tables and blocks stand");
        assert_eq!(rerun.stopped_at(), Some(StageName::Sections));
    }

    #[test]
    fn a_pack_whose_writing_was_cut_short_is_whole_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let (output, _) = converted(dir.path());
        let before = output.stamp("a").unwrap();
        let cut = Stamp {
            code: Some("interrupted".into()),
            files: before.files.clone(),
            ..Stamp::new(&before.source)
        };
        output.set_stamp("a", &cut).unwrap();
        assert_eq!(state(&output, None), State::Unfinished);
        rerun(&output, None, StageName::Emit);
        let after = output.stamp("a").unwrap();
        assert_eq!((after.code, after.pages, &after.issues), (None, before.pages, &before.issues));
        assert!(matches!(state(&output, None), State::Fresh | State::Partial));
    }

    #[test]
    fn a_stage_whose_input_is_kept_needs_no_pdf() {
        let dir = tempfile::tempdir().unwrap();
        let (output, _) = converted(dir.path());
        let before = output.stamp("a").unwrap();
        std::fs::remove_file(&before.source).unwrap();
        let again = rerun(&output, None, StageName::Tables);
        assert_eq!(again.stopped_at(), Some(StageName::Tables));
        let files = |s: &Stamp| s.files.iter().map(|f| f.blake3.clone()).collect::<Vec<_>>();
        let after = output.stamp("a").unwrap();
        assert_eq!(
            (files(&after), &after.content, &after.key),
            (files(&before), &before.content, &before.key)
        );
        // What reads the PDF says that it is not there.
        let packs = output.stamped().unwrap();
        let cascade = Cascade {
            recipes: Recipes::load(&output, &packs, None),
            output: output.clone(),
            from: StageName::Extract,
            named: StageName::Extract,
            to: StageName::Extract,
            diff: false,
            dry: false,
            jobs: 1,
            admit: 1 << 28,
            stop: &NEVER,
        };
        let told = Mutex::new(Vec::new());
        cascade.run(&packs, &|r| told.lock().unwrap().push(r.error)).unwrap();
        let errors: Vec<_> = told.into_inner().unwrap().into_iter().flatten().map(|e| e.code()).collect();
        assert_eq!(errors, ["read_failed"]);
    }

    #[test]
    fn what_another_build_kept_is_believed_and_the_pack_stays_its() {
        let dir = tempfile::tempdir().unwrap();
        let (output, pipeline) = converted(dir.path());
        let plan = Plan::new(&pipeline).of_build("the next one");
        let rerun = rerun(&output, Some(&plan), StageName::Tables);
        assert!(rerun.missing.is_empty() && rerun.stopped_at() == Some(StageName::Tables));
        assert_eq!(state(&output, Some(&plan)), State::Stale, "its other stages may have changed, too");
    }
}
