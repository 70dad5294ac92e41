//! The inside of a worker process: jobs come as JSON Lines on standard input, how they ended goes out
//! on standard output. It ends with its input.

use super::document::Ended;
use super::pipeline::Pipeline;
use super::report::Job;
use super::run::Engine;
use super::{memory, panics, paths};
use crate::error::Error;
use rayon::ThreadPool;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

/// First line: what all jobs have in common.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Setup {
    pub(super) pipeline: Pipeline,
    #[serde(with = "paths")]
    pub(super) folder: PathBuf,
    pub(super) force: bool,
}

/// Every further line: a document, and on how many threads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) job: Job,
    pub(super) threads: usize,
}

/// Works until its input ends.
///
/// # Errors
/// It is not spoken to as [`super::Isolation`] does.
pub fn serve(input: impl BufRead + Send + 'static, output: &mut dyn Write) -> Result<(), Error> {
    static STOP: AtomicBool = AtomicBool::new(false);
    panics::keep_quiet();
    let (lines, orders) = mpsc::channel();
    // The one who reads sees the end of the input while the other works, and stops it.
    std::thread::spawn(move || {
        for line in input.lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                return;
            }
        }
        STOP.store(true, Ordering::Relaxed);
    });
    let Ok(first) = orders.recv() else { return Ok(()) };
    let setup: Setup = parse(&first)?;
    memory::limit_this_process(setup.pipeline.memory_mb);
    let mut engine = Engine::new(&setup.pipeline, &setup.folder, &STOP)?;
    engine.force = setup.force;
    let mut pools = HashMap::new();
    while let Ok(line) = orders.recv() {
        let order: Order = parse(&line)?;
        let threads = order.threads.clamp(1, engine.jobs.max(1));
        let pool = match pools.remove(&threads) {
            Some(pool) => pool,
            None => pool(threads)?,
        };
        let ended = engine.document(&order.job, &pool);
        pools.insert(threads, pool);
        reply(output, &ended)?;
    }
    Ok(())
}

fn reply(output: &mut dyn Write, ended: &Ended) -> Result<(), Error> {
    let line = serde_json::to_string(ended).unwrap_or_default();
    let written = writeln!(output, "{line}").and_then(|()| output.flush());
    written.map_err(|source| Error::Write { path: "standard output".into(), source })
}

fn parse<T: DeserializeOwned>(line: &str) -> Result<T, Error> {
    serde_json::from_str(line)
        .map_err(|e| Error::Usage { detail: format!("a worker is not started by hand: {e}") })
}

/// Bytes of stack of a thread that reads documents.
pub(super) const STACK: usize = 16 << 20;

/// A pool for pages.
pub(super) fn pool(threads: usize) -> Result<ThreadPool, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build();
    pool.map_err(|e| Error::Bug { stage: "engine", detail: e.to_string() })
}

/// A pool of this thread alone, in which what could be shared is done on the spot; `None` where the
/// thread belongs to a pool already.
pub(super) fn alone() -> Option<ThreadPool> {
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().ok()
}
