//! One document to its end: read, converted, written, stamped. What runs here may panic, hang or eat
//! memory; what looks after it is in `run` and `isolate`.

use super::lock::Lock;
use super::output::{Output, Stamp, key_of};
use super::panics;
use super::plan::{Hash, StageName};
use super::report::{Job, Outcome, Report};
use super::road::{Road, content_of};
use super::run::Engine;
use super::source::{self, Facts, Seen, beside, read};
use super::store::Store;
use crate::digest::sha256;
use crate::error::{Class, Error};
use crate::stages::ocr;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// How a try ended, with what decides about another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Ended {
    pub(super) report: Report,
    /// It failed in a way that may pass.
    pub(super) again: bool,
    /// Another run has it in work.
    pub(super) locked: bool,
    /// Nothing else could be written either.
    pub(super) full: bool,
}

impl Ended {
    pub(super) fn new(report: Report) -> Ended {
        Ended { report, again: false, locked: false, full: false }
    }

    pub(super) fn fail(mut self, error: &Error) -> Ended {
        self.report.fail(error);
        (self.again, self.full) = (error.may_pass(), error.ends_the_run());
        self.locked = matches!(error, Error::Locked { .. });
        self
    }
}

/// Writes a pack's files and stamps them; gives the stamp with what they are and what was lost.
pub(super) fn publish(
    output: &Output,
    stem: &str,
    road: &mut Road<'_>,
    stamp: Stamp,
) -> Result<Stamp, Error> {
    let files = output.write(stem, &stamp.source, road.emitted()?)?;
    seal(output, stem, road, Stamp { files, ..stamp })
}

/// Stamps a pack whose files stand there; gives the stamp with what was lost.
pub(super) fn seal(output: &Output, stem: &str, road: &mut Road<'_>, stamp: Stamp) -> Result<Stamp, Error> {
    // Files that were kept are read without what they were made from, which knows what was lost.
    road.published()?;
    let mut issues = BTreeMap::new();
    let mut lost = false;
    for issue in road.issues() {
        lost |= issue.loss;
        *issues.entry(issue.code.clone()).or_default() += 1;
    }
    let outcome = if lost { Outcome::Partial } else { Outcome::Done };
    // Another reader, or one where there was none, will read its scanned pages otherwise.
    let reader = road.reader();
    let readings = road.readings().unwrap_or(stamp.readings);
    let stamp = Stamp { pages: road.pages(), issues, outcome, reader, readings, ..stamp };
    output.set_stamp(stem, &stamp)?;
    Ok(stamp)
}

impl Engine<'_> {
    /// One document to its end, whatever that is.
    pub(super) fn document(&self, job: &Job, pool: &rayon::ThreadPool) -> Ended {
        let begun = Instant::now();
        let mut report = Report::new(job);
        let at = AtomicUsize::new(0);
        let ended = catch_unwind(AssertUnwindSafe(|| pool.install(|| self.convert(job, &at, &mut report))));
        let ended = ended.unwrap_or_else(|payload| {
            let stage = StageName::ALL[at.load(Ordering::Relaxed).min(StageName::ALL.len() - 1)].name();
            Err(Error::Bug { stage, detail: panics::told(payload.as_ref()) })
        });
        report.seconds = begun.elapsed().as_secs_f64();
        let end = Ended::new(report);
        match ended {
            Ok(()) => end,
            Err(error) => end.fail(&error),
        }
    }

    fn convert(&self, job: &Job, at: &AtomicUsize, report: &mut Report) -> Result<(), Error> {
        #[cfg(test)]
        assert!(!job.stem.starts_with("panics"), "on purpose");
        let locked = || Error::Locked { name: job.stem.clone(), seconds: 0 };
        let _lock = Lock::take(&self.output.work, &job.stem)?.ok_or_else(locked)?;
        let seen = Seen::of(&job.source);
        let bytes = Arc::new(read(&job.source)?);
        let beside = beside(&job.source);
        if Seen::of(&job.source) != seen {
            let source = std::io::Error::other("it changed while it was read");
            return Err(Error::Read { path: job.source.clone(), source });
        }
        let seen = seen.filter(Seen::settled);
        let content = || content_of(&bytes, beside.as_deref().map(Vec::as_slice));
        // What is kept lies in a folder named by the SHA-256; else `extract` sees to it beside its work.
        let named = || self.plan.keep.keeps_any().then(|| sha256(&bytes));
        let (content, sha256) = rayon::join(content, named);
        let key = key_of(&self.plan, content, &job.source);
        // Another run may have converted it since this one looked.
        if !self.force
            && let Some(stamp) = self.output.fresh(&job.stem, key).filter(|s| self.stays(s))
        {
            report.known(self.seen_again(job, &stamp, seen)?);
            return Ok(());
        }
        let filename = job.source.file_name().unwrap_or_default().to_string_lossy();
        let road = Road::read(&self.plan, (bytes, beside), &job.source, content, &filename);
        let road = match &sha256 {
            Some(sha256) => road.stored(Store::new(&self.output.work, sha256)),
            None => road.shelved(&self.output.work),
        };
        let mut road = road.stopped_by(self.stop).watched_by(at).within(self.time());
        let ended = road.emitted().map(|_| ());
        for (stage, time) in &road.ran {
            report.stages.insert(*stage, (time.as_secs_f64() * 1e5).round() / 100.0);
        }
        let sha256 = road.sha256();
        if let Err(error) = ended {
            self.remember(job, &error, content, seen, sha256)?;
            return Err(error);
        }
        // Where what OCR gave was kept, it was not asked which readings that was made of.
        let before = self.output.stamp(&job.stem).filter(|s| s.sha256.is_some() && s.sha256 == sha256);
        let stamp = Stamp {
            sha256,
            content: content.to_hex().to_string(),
            seen,
            key: key.to_hex().to_string(),
            plan: self.plan.name(),
            readings: before.map(|s| s.readings).unwrap_or_default(),
            ..Stamp::new(&job.source)
        };
        let stamp = publish(&self.output, &job.stem, &mut road, stamp)?;
        (report.outcome, report.pages, report.issues) = (stamp.outcome, stamp.pages, stamp.issues);
        road.end();
        Ok(())
    }

    /// Whether a stamp that holds leaves nothing to do: all that is to be kept is there, and no limit
    /// stood in the way.
    pub(super) fn stays(&self, stamp: &Stamp) -> bool {
        !self.may_do_better(stamp) && self.output.missing(stamp, &self.plan).next().is_none()
    }

    /// Whether a document that ran into a limit may go further under today's, or one with scanned pages
    /// would be read by another reader.
    fn may_do_better(&self, stamp: &Stamp) -> bool {
        if stamp.reader.as_ref().is_some_and(|r| *r != ocr::reader(&self.plan.options.ocr)) {
            return true;
        }
        let now = match stamp.code.as_deref() {
            Some("timeout") => self.document_s,
            Some("out_of_memory") => self.memory_mb,
            _ => return false,
        };
        now == 0 || stamp.limit.is_some_and(|limit| now > limit)
    }

    /// A stamp that holds, with what was seen this time: the file may have been moved or touched, or
    /// copied with all else.
    fn seen_again(&self, job: &Job, stamp: &Stamp, seen: Option<Seen>) -> Result<Stamp, Error> {
        let mut now = stamp.clone();
        now.source.clone_from(&job.source);
        now.seen = seen;
        for file in &mut now.files {
            file.seen = Facts::of(&self.output.folder.join(&job.stem).join(&file.path));
        }
        if now != *stamp {
            self.output.set_stamp(&job.stem, &now)?;
        }
        Ok(now)
    }

    /// The same file will fail the same way: remembered, not tried again. Other failures are tried
    /// again by the next run. What an earlier conversion wrote stands, and is not forgotten.
    fn remember(
        &self,
        job: &Job,
        error: &Error,
        content: Hash,
        seen: Option<Seen>,
        sha256: Option<String>,
    ) -> Result<(), Error> {
        if error.class() != Class::Permanent {
            return Ok(());
        }
        let stamp = Stamp {
            sha256,
            content: content.to_hex().to_string(),
            seen,
            key: key_of(&self.plan, content, &job.source).to_hex().to_string(),
            plan: self.plan.name(),
            code: Some(error.code().into()),
            message: Some(error.to_string()),
            limit: match error {
                Error::Timeout { seconds } => Some(*seconds),
                Error::OutOfMemory { limit_mb } => Some(*limit_mb),
                _ => None,
            },
            files: self.output.stamp(&job.stem).map(|s| s.files).unwrap_or_default(),
            ..Stamp::new(&job.source)
        };
        self.output.set_stamp(&job.stem, &stamp)
    }

    /// Remembers a failure of a worker, which is no longer there to do so.
    pub(super) fn remember_for_worker(&self, job: &Job, error: &Error) -> Result<(), Error> {
        let Some(_lock) = Lock::take(&self.output.work, &job.stem)? else { return Ok(()) };
        let seen = Seen::of(&job.source).filter(Seen::settled);
        self.remember(job, error, source::content(&job.source)?, seen, None)
    }
}
