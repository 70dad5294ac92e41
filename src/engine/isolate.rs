//! Documents in processes of their own. A thread that is stuck in a parser cannot be stopped, and
//! memory that is gone takes the whole run along: a process can be killed and replaced.

use super::document::Ended;
use super::memory;
use super::report::{Job, Report};
use super::run::Engine;
use super::worker::{Order, Setup};
use crate::error::Error;
use serde::Serialize;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often a worker that is at work is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How long a worker may take to stop when the run is to stop.
const STOPPING: Duration = Duration::from_secs(10);

/// How workers are started, and what they came to.
#[derive(Debug)]
pub struct Isolation {
    /// The program, which is run as `PROGRAM worker`.
    program: PathBuf,
    /// The most memory that one took, in megabytes.
    pub(super) peak_mb: AtomicU64,
    /// How many were replaced.
    pub(super) replaced: AtomicUsize,
}

impl Isolation {
    /// Workers of this program, which runs [`super::worker::serve`] when its first argument is
    /// `worker`.
    pub fn new(program: PathBuf) -> Isolation {
        Isolation { program, peak_mb: AtomicU64::new(0), replaced: AtomicUsize::new(0) }
    }
}

/// The place of one worker: it is started when there is work, and again after its end.
pub(super) struct Place<'a> {
    engine: &'a Engine<'a>,
    isolation: &'a Isolation,
    worker: Option<Worker>,
}

/// A worker process.
struct Worker {
    child: Child,
    /// Gone once it is to stop.
    input: Option<ChildStdin>,
    replies: Receiver<String>,
    /// What it said on standard error.
    last_words: File,
}

impl<'a> Place<'a> {
    pub(super) fn new(engine: &'a Engine<'a>, isolation: &'a Isolation) -> Place<'a> {
        Place { engine, isolation, worker: None }
    }

    /// One document to its end, in the worker.
    pub(super) fn document(&mut self, job: &Job, threads: usize) -> Ended {
        let begun = Instant::now();
        match self.convert(job, threads) {
            Ok(ended) => {
                self.rest();
                ended
            }
            Err(mut error) => {
                self.end();
                if let Err(more) = self.engine.remember_for_worker(job, &error)
                    && more.code() == "write_failed"
                {
                    error = more;
                }
                let report = Report { seconds: begun.elapsed().as_secs_f64(), ..Report::new(job) };
                Ended::new(report).fail(&error)
            }
        }
    }

    fn convert(&mut self, job: &Job, threads: usize) -> Result<Ended, Error> {
        if self.worker.is_none() {
            self.worker = Some(self.start()?);
        }
        let Some(worker) = self.worker.as_mut() else { return Err(Error::Interrupted) };
        // One that died in the meantime is noticed when it does not answer.
        worker.send(&Order { job: job.clone(), threads });
        let begun = Instant::now();
        let mut stopping: Option<Instant> = None;
        loop {
            match worker.replies.recv_timeout(LOOK) {
                Ok(line) => {
                    return serde_json::from_str(&line).map_err(|e| Error::WorkerCrashed {
                        detail: format!("it answered what nobody understands: {e}"),
                    });
                }
                Err(RecvTimeoutError::Disconnected) => return Err(worker.death(self.engine.memory_mb)),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let limit = self.engine.memory_mb;
            if limit > 0 && memory::now_mb(worker.child.id()).is_some_and(|now| now > limit) {
                return Err(Error::OutOfMemory { limit_mb: limit });
            }
            if self.engine.time().is_some_and(|time| begun.elapsed() > time + STOPPING.min(time / 10)) {
                return Err(Error::Timeout { seconds: self.engine.document_s });
            }
            if self.engine.stop.load(Ordering::Relaxed) {
                worker.input = None;
                if stopping.get_or_insert_with(Instant::now).elapsed() > STOPPING {
                    return Err(Error::Interrupted);
                }
            }
        }
    }

    /// Between two documents: what it came to, and whether it has grown too large to be kept.
    fn rest(&mut self) {
        let Some(worker) = &self.worker else { return };
        let (peak, limit) = (memory::peak_mb(worker.child.id()), self.engine.memory_mb);
        self.isolation.peak_mb.fetch_max(peak.unwrap_or_default(), Ordering::Relaxed);
        if limit > 0 && memory::now_mb(worker.child.id()).is_some_and(|now| now > limit / 2) {
            self.worker = None;
        }
    }

    fn end(&mut self) {
        if let Some(worker) = self.worker.take() {
            let peak = memory::peak_mb(worker.child.id()).unwrap_or_default();
            self.isolation.peak_mb.fetch_max(peak, Ordering::Relaxed);
            self.isolation.replaced.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn start(&self) -> Result<Worker, Error> {
        let wrong = |e: std::io::Error| Error::WorkerCrashed { detail: format!("it cannot be started: {e}") };
        let last_words = tempfile::tempfile().map_err(wrong)?;
        let mut command = Command::new(&self.isolation.program);
        command.arg("worker").stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(last_words.try_clone().map_err(wrong)?);
        // A signal to the terminal's foreground is for the engine, which lets its workers finish.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(wrong)?;
        let (lines, replies) = channel();
        if let Some(output) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if lines.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let mut worker = Worker { input: child.stdin.take(), child, replies, last_words };
        worker.send(&Setup {
            pipeline: self.engine.pipeline.clone(),
            folder: self.engine.output.folder.clone(),
            force: self.engine.force,
        });
        Ok(worker)
    }
}

impl Worker {
    fn send<T: Serialize>(&mut self, what: &T) {
        let line = serde_json::to_string(what).unwrap_or_default();
        if let Some(input) = &mut self.input {
            let _ = writeln!(input, "{line}").and_then(|()| input.flush());
        }
    }

    /// Why it died.
    fn death(&mut self, limit_mb: u64) -> Error {
        let status = self.child.wait().ok();
        let mut said = Vec::new();
        let read = self.last_words.seek(SeekFrom::Start(0));
        let _ = read.and_then(|_| (&self.last_words).take(64 << 10).read_to_end(&mut said));
        let said = String::from_utf8_lossy(&said);
        // What the allocator says when the limit of address space is reached.
        if said.contains("memory allocation of") {
            return Error::OutOfMemory { limit_mb };
        }
        let last = said.lines().map(str::trim).rfind(|l| !l.is_empty()).unwrap_or("it said nothing");
        Error::WorkerCrashed { detail: format!("{}; {last}", how(status)) }
    }
}

impl Drop for Worker {
    /// At the end of its input it ends by itself; one that is at work is killed.
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn how(status: Option<ExitStatus>) -> String {
    #[cfg(unix)]
    if let Some(signal) = status.and_then(|s| std::os::unix::process::ExitStatusExt::signal(&s)) {
        return format!("killed by signal {signal}");
    }
    match status.and_then(|s| s.code()) {
        Some(code) => format!("exit code {code}"),
        None => "nobody knows how".into(),
    }
}
