//! What a run has to do: looks at every source once, cheaply, and ends those that need no work. What
//! is fresh is known from what the file system tells; what has the content of another is converted once.

use super::document::Ended;
use super::lock::Lock;
use super::output::Stamp;
use super::plan::Hash;
use super::report::{Job, Outcome, Report};
use super::run::Engine;
use super::source::{self, Seen};
use crate::error::Error;
use crate::stages::emit::Emitted;
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// What the survey found of a source.
#[derive(Default)]
struct Found {
    /// It was ended at once.
    ended: bool,
    /// It was converted before, with the content that it has now.
    converted: bool,
    /// Its content, where another may have the same.
    content: Option<Hash>,
}

impl Engine<'_> {
    /// All sources as jobs.
    pub(super) fn jobs(&self, sources: &[PathBuf]) -> Vec<Job> {
        let stems = self.output.stems(sources);
        let job = |(source, stem): (&PathBuf, String)| Job {
            source: source.clone(),
            stem,
            bytes: source::size(source),
        };
        sources.par_iter().zip(stems).map(job).collect()
    }

    /// Ends what needs no work, by telling of it; gives what does.
    pub(super) fn survey(&self, jobs: Vec<Job>, tell: &(dyn Fn(&Ended) + Sync)) -> Vec<Job> {
        let sizes = if self.dedupe { sizes(&jobs) } else { HashMap::new() };
        let alike = |job: &Job| sizes.get(&job.bytes).is_some_and(|n| *n > 1);
        let found: Vec<Found> = jobs
            .par_iter()
            .map(|job| {
                if self.stop.load(Ordering::Relaxed) {
                    return Found::default();
                }
                if let Some(stamp) = self.fresh_by_facts(job) {
                    let content = if alike(job) { stamp.content_hash() } else { None };
                    let mut report = Report::new(job);
                    report.known(stamp);
                    tell(&Ended::new(report));
                    return Found { ended: true, converted: true, content };
                }
                if alike(job) { self.look_into(job) } else { Found::default() }
            })
            .collect();
        let firsts = firsts(&jobs, &found);
        let stale = |(job, found): (Job, Found)| {
            if found.ended {
                return None;
            }
            let of = found.content.and_then(|c| Some((c, firsts.get(&c)?)));
            let Some((content, first)) = of.filter(|(_, first)| **first != job.stem) else {
                return Some(job);
            };
            tell(&self.duplicate(&job, first, content));
            None
        };
        jobs.into_iter().zip(found).filter_map(stale).collect()
    }

    fn fresh_by_facts(&self, job: &Job) -> Option<Stamp> {
        if self.force || self.check {
            return None;
        }
        let stamp = self.output.fresh_by_facts(&job.stem, &job.source, &self.plan)?;
        Some(stamp).filter(|s| self.stays(s))
    }

    /// The content of a source, from the stamp where that tells of the file as it is. One that cannot
    /// be read has none: its conversion says why.
    fn look_into(&self, job: &Job) -> Found {
        let stamp = self.output.stamp(&job.stem);
        let known = stamp.as_ref().filter(|s| !self.check && s.tells_of(&job.source));
        let known = known.and_then(Stamp::content_hash);
        let content = known.or_else(|| source::content(&job.source).ok());
        let converted = |s: Stamp| !s.key.is_empty() && s.content_hash() == content;
        Found { ended: false, converted: stamp.is_some_and(converted), content }
    }

    /// Ends a document that has the content of another.
    fn duplicate(&self, job: &Job, first: &str, content: Hash) -> Ended {
        let mut report = Report::new(job);
        (report.outcome, report.duplicate_of) = (Outcome::Duplicate, Some(first.to_owned()));
        let end = Ended::new(report);
        match self.stamp_duplicate(job, first, content) {
            Ok(()) => end,
            Err(error) => end.fail(&error),
        }
    }

    fn stamp_duplicate(&self, job: &Job, first: &str, content: Hash) -> Result<(), Error> {
        // Without a key: a run that converts every copy finds it stale.
        let stamp = Stamp {
            content: content.to_hex().to_string(),
            seen: Seen::of(&job.source).filter(Seen::settled),
            outcome: Outcome::Duplicate,
            duplicate_of: Some(first.to_owned()),
            ..Stamp::new(&job.source)
        };
        let before = self.output.stamp(&job.stem);
        if before.as_ref() == Some(&stamp) {
            return Ok(());
        }
        // Another run that has it in work says the same of it.
        let Some(_lock) = Lock::take(&self.output.work, &job.stem)? else { return Ok(()) };
        if before.is_some_and(|b| !b.files.is_empty()) {
            self.output.write(&job.stem, &job.source, &Emitted::default())?;
            let _ = std::fs::remove_dir(self.output.folder.join(&job.stem));
        }
        self.output.set_stamp(&job.stem, &stamp)
    }
}

/// How many jobs there are of each size: only what has the size of another can be its copy.
fn sizes(jobs: &[Job]) -> HashMap<u64, u32> {
    let mut sizes = HashMap::new();
    for job in jobs {
        *sizes.entry(job.bytes).or_default() += 1;
    }
    sizes
}

/// Of each content the folder of the one that stands for all: one that is converted already, else the
/// first by path.
fn firsts(jobs: &[Job], found: &[Found]) -> HashMap<Hash, String> {
    let mut firsts: HashMap<Hash, (bool, &Job)> = HashMap::new();
    for (job, found) in jobs.iter().zip(found) {
        let Some(content) = found.content else { continue };
        let this = (!found.converted, job);
        let first = firsts.entry(content).or_insert(this);
        if (this.0, &job.source) < (first.0, &first.1.source) {
            *first = this;
        }
    }
    firsts.into_iter().map(|(content, (_, job))| (content, job.stem.clone())).collect()
}
