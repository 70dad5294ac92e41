//! What is still to be done: the largest first, so that no giant is left to the end; what failed in a
//! way that may pass comes again after a pause.

use super::report::Job;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often those who wait look whether they should stop.
const LOOK: Duration = Duration::from_millis(50);

/// A document that waits for its turn.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) job: Job,
    /// How often it was tried.
    pub(super) tries: u32,
    /// Since when another run has had it in work.
    pub(super) locked: Option<Instant>,
}

#[derive(Debug, Default)]
struct Waiting {
    ready: VecDeque<Task>,
    later: Vec<(Instant, Task)>,
    /// Bytes of both.
    bytes: u64,
}

/// The queue, shared by those who take from it.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<Waiting>);

impl Queue {
    pub(super) fn new(mut jobs: Vec<Job>) -> Queue {
        jobs.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.source.cmp(&b.source)));
        let bytes = jobs.iter().map(|j| j.bytes).sum();
        let ready = jobs.into_iter().map(|job| Task { job, tries: 0, locked: None }).collect();
        Queue(Mutex::new(Waiting { ready, later: Vec::new(), bytes }))
    }

    /// The next document, with the bytes that wait behind it. Waits for one whose pause is not over;
    /// gives none once nothing is left or `stop` says so.
    pub(super) fn next(&self, stop: impl Fn() -> bool) -> Option<(Task, u64)> {
        loop {
            if stop() {
                return None;
            }
            let pause = {
                let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let now = Instant::now();
                let due = waiting.later.iter().position(|(time, _)| *time <= now);
                let task = due.map(|i| waiting.later.swap_remove(i).1).or_else(|| waiting.ready.pop_front());
                if let Some(task) = task {
                    waiting.bytes -= task.job.bytes;
                    return Some((task, waiting.bytes));
                }
                let first = waiting.later.iter().map(|(time, _)| *time).min()?;
                first.saturating_duration_since(now)
            };
            std::thread::sleep(pause.min(LOOK));
        }
    }

    /// Puts a document back for a while.
    pub(super) fn later(&self, task: Task, pause: Duration) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.bytes += task.job.bytes;
        waiting.later.push((Instant::now() + pause, task));
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.ready.len() + waiting.later.len()
    }

    /// How many were not taken.
    pub(super) fn left(self) -> usize {
        let waiting = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        waiting.ready.len() + waiting.later.len()
    }
}

/// A stop for [`Queue::next`] that several may set.
pub(super) fn any(flags: &[&AtomicBool]) -> bool {
    flags.iter().any(|f| f.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(sizes: &[u64]) -> Queue {
        let job = |(i, bytes): (usize, &u64)| Job {
            source: format!("{i}.pdf").into(),
            stem: i.to_string(),
            bytes: *bytes,
        };
        Queue::new(sizes.iter().enumerate().map(job).collect())
    }

    #[test]
    fn largest_first_and_what_waits_last() {
        let queue = queue(&[1, 3, 3]);
        let (first, behind) = queue.next(|| false).unwrap();
        assert_eq!((first.job.stem.as_str(), behind), ("1", 4));
        queue.later(first, Duration::from_millis(20));
        let stems: Vec<String> =
            std::iter::from_fn(|| queue.next(|| false).map(|(t, _)| t.job.stem)).collect();
        assert_eq!(stems, ["2", "0", "1"]);
        assert_eq!(queue.left(), 0);
    }

    #[test]
    fn a_stop_leaves_what_waits() {
        let queue = queue(&[1, 2]);
        let (task, _) = queue.next(|| false).unwrap();
        queue.later(task, Duration::from_hours(1));
        assert!(queue.next(|| true).is_none());
        assert_eq!(queue.left(), 2);
    }
}
