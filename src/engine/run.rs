//! A run: documents in parallel, each to its end.

use super::admission::Admission;
use super::document::Ended;
use super::isolate::{Isolation, Place};
use super::journal::{Event, Journal};
use super::lock::Presence;
use super::output::Output;
use super::pipeline::Pipeline;
use super::plan::Plan;
use super::queue::{Queue, Task, any};
use super::recipe::Recipe;
use super::store::write_whole;
use super::{memory, panics, worker};
use crate::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub use super::report::{Job, Outcome, Report, Summary};
pub use super::source::{beside, read};

/// How often a document is looked at that another run has in work.
const LOCKED: Duration = Duration::from_millis(200);
/// How long another run may have a document in work, where no limit is set.
const LOCKED_MOST: Duration = Duration::from_hours(1);

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
    /// Read and compare what looks fresh, instead of believing what the file system tells.
    pub check: bool,
    /// Converts documents in processes of their own.
    pub isolation: Option<Isolation>,
    /// Set when the user wants to stop.
    pub stop: &'a AtomicBool,
    pub(super) pipeline: Pipeline,
    pub(super) document_s: u64,
    pub(super) memory_mb: u64,
    pub(super) dedupe: bool,
}

impl<'a> Engine<'a> {
    /// An engine for a pipeline that writes below `folder`. It isolates nothing until it is told which
    /// program to run as a worker.
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
            check: false,
            isolation: None,
            stop,
            pipeline: pipeline.clone(),
            document_s: pipeline.document_s,
            memory_mb: pipeline.memory_mb,
            dedupe: pipeline.dedupe,
        })
    }

    /// The time that one document may take.
    pub(super) fn time(&self) -> Option<Duration> {
        (self.document_s > 0).then(|| Duration::from_secs(self.document_s))
    }

    /// Converts all; one bad file never stops the others. Other runs may be at work on the same output.
    ///
    /// # Errors
    /// The output folder cannot be written, or no threads can be made. Failures of documents are no
    /// errors here: they are in the summary.
    pub fn run(&self, sources: &[PathBuf], watcher: &dyn Watcher) -> Result<Summary, Error> {
        panics::keep_quiet();
        let begun = Instant::now();
        let presence = Presence::enter(&self.output)?;
        Recipe::write(&self.plan, &self.output)?;
        let journal = Journal::open(&self.output.work, &presence.id)?;
        // Workers take documents, the pool computes pages: a worker that waits for room holds up no page.
        let pool = worker::pool(self.jobs)?;
        let jobs = pool.install(|| self.jobs(sources));
        let run = Run {
            engine: self,
            journal,
            watcher,
            pool: &pool,
            admission: Admission::new(self.admit),
            summary: Mutex::new(Summary { documents: jobs.len(), ..Summary::default() }),
            full: AtomicBool::new(false),
        };
        run.tell(&Event::RunStarted { documents: jobs.len(), bytes: jobs.iter().map(|j| j.bytes).sum() });
        let queue = Queue::new(pool.install(|| self.survey(jobs, &|ended| run.finish(ended))));
        match self.jobs.min(queue.len()) {
            // Alone, it is a thread of the pool that reads, computes and writes, with one memory for all.
            1 => pool.install(|| run.work(&queue)),
            workers => std::thread::scope(|scope| {
                let at_work = (0..workers).filter(|_| {
                    let thread = std::thread::Builder::new().stack_size(worker::STACK);
                    thread.spawn_scoped(scope, || run.work(&queue)).is_ok()
                });
                // Where the system gives no more threads, those there are do the work.
                if at_work.count() == 0 {
                    run.work(&queue);
                }
            }),
        }
        let mut summary = run.summary.lock().map(|mut s| std::mem::take(&mut *s)).unwrap_or_default();
        summary.interrupted = self.stop.load(Ordering::Relaxed);
        summary.left += queue.left();
        summary.peak_mb = memory::peak_mb(std::process::id());
        if let Some(isolation) = &self.isolation {
            summary.worker_peak_mb = Some(isolation.peak_mb.load(Ordering::Relaxed));
            summary.workers_replaced = isolation.replaced.load(Ordering::Relaxed);
        }
        summary.close(begun.elapsed().as_secs_f64());
        run.tell(&Event::RunFinished(&summary));
        // On a full disk there is no room for it: the one who watches has been told.
        let text = serde_json::to_string_pretty(&summary).unwrap_or_default();
        let _ = write_whole(&self.output.work.join("summary.json"), text.as_bytes(), false);
        Ok(summary)
    }
}

/// Threads for a document: all for one that is a large part of what is left, so that no core is idle at
/// the end, else one: the other workers have documents of their own, and threads that took pages of each
/// other's would wait for each other's memory.
fn threads(jobs: usize, bytes: u64, behind: u64) -> usize {
    if bytes.saturating_mul(jobs as u64) >= bytes.saturating_add(behind) { jobs } else { 1 }
}

/// A run at work.
struct Run<'a> {
    engine: &'a Engine<'a>,
    journal: Journal,
    watcher: &'a dyn Watcher,
    pool: &'a rayon::ThreadPool,
    admission: Admission,
    summary: Mutex<Summary>,
    /// Nothing more can be written: what is left waits for the next run.
    full: AtomicBool,
}

impl Run<'_> {
    fn tell(&self, event: &Event<'_>) {
        self.journal.add(event);
        self.watcher.event(event);
    }

    fn count(&self, count: impl FnOnce(&mut Summary)) {
        if let Ok(mut summary) = self.summary.lock() {
            count(&mut summary);
        }
    }

    fn finish(&self, ended: &Ended) {
        self.count(|s| s.add(&ended.report));
        self.tell(&Event::Finished(&ended.report));
    }

    /// Takes documents until none is left.
    fn work(&self, queue: &Queue) {
        let engine = self.engine;
        let mut place = engine.isolation.as_ref().map(|isolation| Place::new(engine, isolation));
        // Workers of their own have threads of their own.
        let alone = if place.is_none() { worker::alone() } else { None };
        while let Some((mut task, behind)) = queue.next(|| any(&[engine.stop, &self.full])) {
            let permit = self.admission.take(task.job.bytes);
            if task.tries == 0 && task.locked.is_none() {
                self.tell(&Event::Started { source: &task.job.source });
            }
            let threads = threads(engine.jobs, task.job.bytes, behind);
            let mut ended = match (&mut place, &alone) {
                (Some(place), _) => place.document(&task.job, threads),
                (None, Some(alone)) if threads == 1 => engine.document(&task.job, alone),
                (None, _) => engine.document(&task.job, self.pool),
            };
            drop(permit);
            if ended.locked {
                if self.wait_for_other(&mut task, &mut ended) {
                    queue.later(task, LOCKED);
                    continue;
                }
            } else {
                task.tries += 1;
                if ended.again && task.tries <= engine.pipeline.retries {
                    self.put_back(task, &ended, queue);
                    continue;
                }
            }
            ended.report.tries = Some(task.tries).filter(|n| *n > 1);
            self.full.fetch_or(ended.full, Ordering::Relaxed);
            self.finish(&ended);
        }
    }

    /// Whether it is worth waiting for another run that has the document in work. What that run makes
    /// is fresh for this one, so that two runs share the work.
    fn wait_for_other(&self, task: &mut Task, ended: &mut Ended) -> bool {
        let waited = task.locked.get_or_insert_with(Instant::now).elapsed();
        let most = self.engine.time().map_or(LOCKED_MOST, |time| time.saturating_mul(2));
        if waited <= most {
            return true;
        }
        let name = task.job.stem.clone();
        ended.report.fail(&Error::Locked { name, seconds: waited.as_secs() });
        false
    }

    fn put_back(&self, task: Task, ended: &Ended, queue: &Queue) {
        let doubled = 1_u64.checked_shl(task.tries - 1).unwrap_or(u64::MAX);
        let wait_ms = self.engine.pipeline.retry_wait_ms.saturating_mul(doubled).min(60_000);
        self.tell(&Event::Retried {
            source: &task.job.source,
            code: ended.report.code.as_deref().unwrap_or_default(),
            message: ended.report.message.as_deref().unwrap_or_default(),
            wait_ms,
        });
        self.count(|s| s.retries += 1);
        queue.later(task, Duration::from_millis(wait_ms));
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
        assert!(journal.contains("on purpose (at src/engine/document.rs:"), "{journal}");
        // A bug may be mended by tomorrow: it is tried again.
        assert_eq!(run(&sources, &out).0.with_code("bug"), 1);
    }

    #[test]
    fn a_failure_that_may_pass_is_tried_again_in_the_same_run() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("a.pdf");
        std::fs::copy("samples/minutes.pdf", &source).unwrap();
        let out = dir.path().join("out");
        let stop = AtomicBool::new(false);
        let engine = Engine::new(&Pipeline::default(), &out, &stop).unwrap();
        // Another run has it in work for a while.
        let held = super::super::lock::Lock::take(&engine.output.work, "a").unwrap().unwrap();
        let summary = std::thread::scope(|s| {
            s.spawn(|| {
                std::thread::sleep(Duration::from_millis(300));
                drop(held);
            });
            engine.run(std::slice::from_ref(&source), &Deaf).unwrap()
        });
        assert_eq!((summary.done, summary.failed), (1, 0));
        let journal = std::fs::read_to_string(engine.output.work.join("journal.jsonl")).unwrap();
        assert_eq!(journal.matches("\"event\":\"finished\"").count(), 1, "{journal}");
    }

    #[test]
    fn a_file_that_can_never_be_read_is_stamped_with_its_hash() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("page.pdf");
        std::fs::write(&source, "<html>").unwrap();
        let out = dir.path().join("out");
        assert_eq!(run(std::slice::from_ref(&source), &out).0.failed, 1);
        let stamp = Output::existing(&out).unwrap().stamp("page").unwrap();
        assert_eq!(stamp.sha256, Some(crate::digest::sha256(b"<html>")));
    }

    #[test]
    fn a_giant_has_all_cores_at_the_end() {
        assert_eq!(threads(8, 100, 0), 8, "the last document");
        assert_eq!(threads(8, 1000, 900), 8, "a giant among dwarfs");
        assert_eq!(threads(8, 10, 900), 1, "one of many: the others keep the cores busy");
    }

    #[test]
    fn copies_are_converted_once_and_point_to_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let sources: Vec<PathBuf> = ["c.pdf", "a.pdf", "b.pdf"].map(|n| dir.path().join(n)).into();
        for source in &sources {
            std::fs::copy("samples/minutes.pdf", source).unwrap();
        }
        let out = dir.path().join("out");
        let stop = AtomicBool::new(false);
        let pipeline = Pipeline { dedupe: true, ..Pipeline::default() };
        let engine = Engine::new(&pipeline, &out, &stop).unwrap();
        let summary = engine.run(&sources, &Deaf).unwrap();
        assert_eq!((summary.done, summary.duplicates), (1, 2));
        let stamp = |name: &str| engine.output.stamp(name).unwrap();
        assert_eq!(stamp("a").outcome, Outcome::Done);
        assert_eq!(stamp("c").duplicate_of.as_deref(), Some("a"));
        assert!(out.join("a/pack.md").exists() && !out.join("b").exists() && !out.join("c").exists());
        // An earlier copy that comes later does not take its place.
        let more = dir.path().join("_.pdf");
        std::fs::copy(&sources[0], &more).unwrap();
        let again = engine.run(&[more, sources[0].clone(), sources[1].clone()], &Deaf).unwrap();
        assert_eq!((again.done, again.skipped, again.duplicates), (0, 1, 2));
        // A record of its own beside it makes it another document.
        std::fs::write(dir.path().join("b.xml"), "<x/>").unwrap();
        assert_eq!(engine.run(&sources, &Deaf).unwrap().done, 1);
        // Without `dedupe` every copy is converted.
        let engine = Engine::new(&Pipeline::default(), &out, &stop).unwrap();
        assert_eq!(engine.run(&sources, &Deaf).unwrap().done, 1);
    }
}
