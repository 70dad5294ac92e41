//! A run: documents in parallel, each to one of four ends.

use super::admission::Admission;
use super::journal::{Event, Journal};
use super::output::{Output, Stamp};
use super::panics;
use super::pipeline::Pipeline;
use super::plan::{Plan, StageName};
use super::road::{Road, source_hash};
use super::store::Store;
use crate::error::{Class, Error};
use crate::limits;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// How a document ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Converted, nothing lost.
    Done,
    /// Converted, with a recorded loss: see its issues.
    Partial,
    /// Not converted: see its code.
    Failed,
    /// Already converted from the same input with the same options.
    Skipped,
}

/// A document to convert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The PDF.
    pub source: PathBuf,
    /// Name of its folder.
    pub stem: String,
    /// Its size.
    pub bytes: u64,
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The PDF.
    pub source: PathBuf,
    /// Name of its folder.
    pub stem: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Code of the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The error in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
    /// A failure known from an earlier run: not tried again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
    /// Size of the PDF.
    pub bytes: u64,
    /// Its pages.
    pub pages: usize,
    /// Seconds that it took.
    pub seconds: f64,
    /// Milliseconds of each stage that ran.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub stages: BTreeMap<&'static str, f64>,
    /// How many issues of each code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub issues: BTreeMap<String, u32>,
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// How many documents there were.
    pub documents: usize,
    /// How many are done.
    pub done: usize,
    /// How many are partial.
    pub partial: usize,
    /// How many failed.
    pub failed: usize,
    /// How many were fresh.
    pub skipped: usize,
    /// Documents that were not begun or not finished, because the run was interrupted.
    pub left: usize,
    /// Pages of those that were converted.
    pub pages: usize,
    /// Seconds that it took.
    pub seconds: f64,
    /// How many documents failed with each code.
    pub codes: BTreeMap<String, usize>,
    /// Whether the user stopped it.
    pub interrupted: bool,
}

/// Someone who is told what happens.
pub trait Watcher: Sync {
    /// Something happened. Called from several threads.
    fn event(&self, event: &Event<'_>);
}

/// Runs documents.
pub struct Engine<'a> {
    /// What is done with each.
    pub plan: Plan,
    /// Documents at once.
    pub jobs: usize,
    /// Bytes of PDF in work at once.
    pub admit: u64,
    /// Where to.
    pub output: Output,
    /// Convert what is fresh, too.
    pub force: bool,
    /// Set when the user wants to stop.
    pub stop: &'a AtomicBool,
}

impl<'a> Engine<'a> {
    /// An engine for a pipeline that writes below `folder`.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new(pipeline: &Pipeline, folder: &Path, stop: &'a AtomicBool) -> Result<Engine<'a>, Error> {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Engine {
            plan: Plan::new(pipeline),
            jobs: if pipeline.jobs == 0 { cores() } else { pipeline.jobs },
            admit: pipeline.admit_mb.saturating_mul(1 << 20),
            output: Output::new(folder)?,
            force: false,
            stop,
        })
    }

    /// Converts all; one bad file never stops the others.
    ///
    /// # Errors
    /// The journal cannot be written, or no threads can be made. Failures of documents are no errors
    /// here: they are in the summary.
    pub fn run(&self, sources: &[PathBuf], watcher: &dyn Watcher) -> Result<Summary, Error> {
        panics::keep_quiet();
        let begun = Instant::now();
        let journal = Journal::open(&self.output.work)?;
        let tell = |event: Event<'_>| {
            journal.add(&event);
            watcher.event(&event);
        };
        let mut queue = self.queue(sources);
        tell(Event::RunStarted { documents: queue.len(), bytes: queue.iter().map(|j| j.bytes).sum() });
        let summary = Mutex::new(Summary { documents: queue.len(), ..Summary::default() });
        // Workers take documents, the pool computes pages: a worker that waits for room holds up no page.
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.jobs)
            .stack_size(16 << 20)
            .build()
            .map_err(|e| Error::Bug { stage: "engine", detail: e.to_string() })?;
        let admission = Admission::new(self.admit);
        let workers = self.jobs.min(queue.len());
        queue.reverse();
        let queue = Mutex::new(queue);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(job) = self.next(&queue) {
                        let permit = admission.take(job.bytes);
                        tell(Event::Started { source: &job.source });
                        let report = self.document(&job, &pool);
                        drop(permit);
                        if let Ok(mut s) = summary.lock() {
                            s.add(&report);
                        }
                        tell(Event::Finished(&report));
                    }
                });
            }
        });
        let mut summary = summary.into_inner().unwrap_or_default();
        summary.interrupted = self.stop.load(Ordering::Relaxed);
        summary.left += queue.into_inner().map(|q| q.len()).unwrap_or_default();
        summary.seconds = begun.elapsed().as_secs_f64();
        tell(Event::RunFinished(&summary));
        Ok(summary)
    }

    /// The documents, largest first, so that no giant is left to the end.
    fn queue(&self, sources: &[PathBuf]) -> Vec<Job> {
        let stems = self.output.stems(sources);
        let size = |p: &Path| std::fs::metadata(p).map(|m| m.len()).unwrap_or_default();
        let mut jobs: Vec<Job> = sources
            .iter()
            .zip(stems)
            .map(|(source, stem)| Job { source: source.clone(), stem, bytes: size(source) })
            .collect();
        jobs.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.source.cmp(&b.source)));
        jobs
    }

    fn next(&self, queue: &Mutex<Vec<Job>>) -> Option<Job> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        queue.lock().ok()?.pop()
    }

    /// One document to its end, whatever that is.
    fn document(&self, job: &Job, pool: &rayon::ThreadPool) -> Report {
        let begun = Instant::now();
        let mut report = Report::new(job);
        let at = AtomicUsize::new(0);
        let ended = catch_unwind(AssertUnwindSafe(|| self.convert(job, pool, &at, &mut report)));
        let ended = ended.unwrap_or_else(|payload| {
            let stage = StageName::ALL[at.load(Ordering::Relaxed).min(6)].name();
            Err(Error::Bug { stage, detail: panics::told(payload.as_ref()) })
        });
        if let Err(error) = ended {
            report.fail(&error);
        }
        report.seconds = begun.elapsed().as_secs_f64();
        report
    }

    fn convert(
        &self,
        job: &Job,
        pool: &rayon::ThreadPool,
        at: &AtomicUsize,
        report: &mut Report,
    ) -> Result<(), Error> {
        let bytes = Arc::new(read(&job.source)?);
        #[cfg(test)]
        assert!(!job.stem.starts_with("panics"), "on purpose");
        let filename = job.source.file_name().unwrap_or_default().to_string_lossy();
        let beside = beside(&job.source);
        let key = self
            .plan
            .derived(StageName::Emit, source_hash(&bytes, &filename, beside.as_deref().map(Vec::as_slice)));
        if !self.force
            && let Some(stamp) = self.output.fresh(&job.stem, key)
        {
            report.known(stamp);
            return Ok(());
        }
        let sha256 = sha256(&bytes);
        let mut stamp = Stamp {
            source: job.source.clone(),
            sha256: Some(sha256.clone()),
            key: key.to_hex().to_string(),
            outcome: Outcome::Failed,
            pages: 0,
            issues: BTreeMap::new(),
            code: None,
            message: None,
            files: Vec::new(),
        };
        let road = Road::new(&self.plan, Arc::clone(&bytes), &filename).beside(beside);
        let mut road =
            road.stored(Store::new(&self.output.work, &sha256)).stopped_by(self.stop).watched_by(at);
        let ended = pool.install(|| road.emitted().map(|_| ()));
        for (stage, time) in &road.ran {
            report.stages.insert(stage.name(), (time.as_secs_f64() * 1e5).round() / 100.0);
        }
        if let Err(error) = ended {
            // The same file will fail the same way: remembered, not tried again. The rest is.
            if error.class() == Class::Permanent {
                (stamp.code, stamp.message) = (Some(error.code().into()), Some(error.to_string()));
                self.output.set_stamp(&job.stem, &stamp)?;
            }
            return Err(error);
        }
        stamp.files = self.output.write(&job.stem, road.emitted()?)?;
        let mut lost = false;
        for issue in road.issues() {
            lost |= issue.loss;
            *stamp.issues.entry(issue.code.clone()).or_default() += 1;
        }
        stamp.pages = road.pages();
        stamp.outcome = if lost { Outcome::Partial } else { Outcome::Done };
        self.output.set_stamp(&job.stem, &stamp)?;
        (report.outcome, report.pages, report.issues) = (stamp.outcome, stamp.pages, stamp.issues);
        Ok(())
    }
}

/// A PDF's bytes, if it is not over the limit.
///
/// # Errors
/// It cannot be read, or is too large.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let wrong = |source| Error::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(wrong)?.len() > limits::FILE_BYTES {
        return Err(Error::Limit { what: "the file's size in bytes", limit: limits::FILE_BYTES });
    }
    std::fs::read(path).map_err(wrong)
}

/// The meeting's record beside a PDF (`<stem>.xml`), if there is one. One over the limit is read as far
/// as shows that it is.
pub fn beside(path: &Path) -> Option<Arc<Vec<u8>>> {
    use std::io::Read as _;
    let file = std::fs::File::open(path.with_extension("xml")).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(limits::MEETING_XML_BYTES as u64 + 1).read_to_end(&mut bytes).ok()?;
    Some(Arc::new(bytes))
}

/// The SHA-256 of a file, in hex.
pub fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    })
}

impl Report {
    fn new(job: &Job) -> Report {
        Report {
            source: job.source.clone(),
            stem: job.stem.clone(),
            outcome: Outcome::Failed,
            code: None,
            message: None,
            hint: None,
            known: false,
            bytes: job.bytes,
            pages: 0,
            seconds: 0.0,
            stages: BTreeMap::new(),
            issues: BTreeMap::new(),
        }
    }

    fn fail(&mut self, error: &Error) {
        self.outcome = Outcome::Failed;
        self.code = Some(error.code().into());
        self.message = Some(error.to_string());
        self.hint = Some(error.hint());
    }

    /// Nothing to do: a stamp of an earlier run holds.
    fn known(&mut self, stamp: Stamp) {
        self.known = true;
        self.outcome = if stamp.outcome == Outcome::Failed { Outcome::Failed } else { Outcome::Skipped };
        (self.code, self.message, self.pages, self.issues) =
            (stamp.code, stamp.message, stamp.pages, stamp.issues);
    }
}

impl Summary {
    fn add(&mut self, report: &Report) {
        if report.code.as_deref() == Some("interrupted") {
            self.left += 1;
            return;
        }
        match report.outcome {
            Outcome::Done => self.done += 1,
            Outcome::Partial => self.partial += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Skipped => self.skipped += 1,
        }
        if report.outcome != Outcome::Skipped {
            self.pages += report.pages;
        }
        if let Some(code) = &report.code {
            *self.codes.entry(code.clone()).or_default() += 1;
        }
    }

    /// How many documents failed with this code.
    pub fn with_code(&self, code: &str) -> usize {
        self.codes.get(code).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Deaf;

    impl Watcher for Deaf {
        fn event(&self, _: &Event<'_>) {}
    }

    fn run(sources: &[PathBuf], out: &Path) -> (Summary, String) {
        static NEVER: AtomicBool = AtomicBool::new(false);
        let engine = Engine::new(&Pipeline::default(), out, &NEVER).unwrap();
        let summary = engine.run(sources, &Deaf).unwrap();
        (summary, std::fs::read_to_string(engine.output.work.join("journal.jsonl")).unwrap())
    }

    #[test]
    fn a_panic_is_one_documents_failure() {
        let dir = tempfile::tempdir().unwrap();
        let sources = ["panics.pdf", "good.pdf"].map(|n| dir.path().join(n));
        for source in &sources {
            std::fs::copy("samples/minutes.pdf", source).unwrap();
        }
        let out = dir.path().join("out");
        let (summary, journal) = run(&sources, &out);
        assert_eq!((summary.done, summary.failed, summary.with_code("bug")), (1, 1, 1));
        assert!(journal.contains("on purpose (at src/engine/run.rs:"), "{journal}");
        // A bug may be mended by tomorrow: it is tried again.
        assert_eq!(run(&sources, &out).0.with_code("bug"), 1);
    }

    #[test]
    fn largest_first() {
        let dir = tempfile::tempdir().unwrap();
        let sources: Vec<PathBuf> = [("a.pdf", 1), ("b.pdf", 3), ("c.pdf", 3)]
            .iter()
            .map(|(name, size)| {
                let path = dir.path().join(name);
                std::fs::write(&path, "x".repeat(*size)).unwrap();
                path
            })
            .collect();
        let stop = AtomicBool::new(false);
        let engine = Engine::new(&Pipeline::default(), &dir.path().join("out"), &stop).unwrap();
        let stems: Vec<String> = engine.queue(&sources).into_iter().map(|j| j.stem).collect();
        assert_eq!(stems, ["b", "c", "a"]);
    }
}
