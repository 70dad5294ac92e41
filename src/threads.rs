//! How work is dealt out to threads.

use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Pages, tables or the like that a thread takes at once where they cost much and unlike: left to itself,
/// rayon deals out a half or a quarter of all, and the threads that are done wait for the one with the
/// longest.
pub(crate) const SHARE: usize = 4;

/// How many of `len` go together where each part has a cost of its own: all where one thread is alone,
/// else as many as make four parts a thread.
pub(crate) fn part(len: usize) -> usize {
    match rayon::current_num_threads() {
        0 | 1 => len.max(1),
        threads => len.div_ceil(4 * threads).max(1),
    }
}

/// The results of `work` for `0..len`, in order, where a thread carries from one to the next what neighbours
/// have in common (fonts, say); `init` makes it. Each thread has a part in one piece, takes of it one by one,
/// and goes on with the second half of the longest that is left: rayon parts work before it is begun, and so
/// either too coarsely for the slowest part or too finely for what is carried.
pub(crate) fn map_init<S, T: Send>(
    len: usize,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> T + Sync,
) -> Vec<T> {
    let threads = rayon::current_num_threads().clamp(1, len.max(1));
    let parts = (0..threads).map(|i| i * len / threads..(i + 1) * len / threads).collect();
    let parts: Mutex<Vec<Range<usize>>> = Mutex::new(parts);
    let thread = |own: usize| {
        let mut carried = init();
        let next = || next(&mut parts.lock().unwrap_or_else(PoisonError::into_inner), own);
        std::iter::from_fn(next).map(|i| (i, work(&mut carried, i))).collect()
    };
    let done: Vec<Vec<(usize, T)>> = (0..threads).into_par_iter().with_max_len(1).map(thread).collect();
    let mut all: Vec<(usize, T)> = done.into_iter().flatten().collect();
    all.sort_unstable_by_key(|(i, _)| *i);
    all.into_iter().map(|(_, result)| result).collect()
}

/// What the thread that has this part does next.
fn next(parts: &mut [Range<usize>], own: usize) -> Option<usize> {
    if parts[own].is_empty() {
        let longest = parts.iter_mut().max_by_key(ExactSizeIterator::len)?;
        let half = longest.start + longest.len() / 2;
        parts[own] = half..std::mem::replace(&mut longest.end, half);
    }
    parts[own].next()
}

/// Does what nobody waits for behind the back of the one who asks, where there is another thread to do so.
pub(crate) fn in_background(work: impl FnOnce() + Send + 'static) {
    if rayon::current_num_threads() > 1 { rayon::spawn(work) } else { work() }
}

/// Frees a value: what a long pack holds takes as long to free as a small stage to run.
pub(crate) fn free<T: Send + 'static>(value: T) {
    in_background(move || drop(value));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn one_thread_has_all_and_several_have_four_parts_each() {
        let on = |threads: usize, len: usize| {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| part(len))
        };
        assert_eq!((on(1, 462), on(1, 0)), (462, 1));
        assert_eq!((on(2, 462), on(2, 3), on(2, 0)), (58, 1, 1));
    }

    #[test]
    fn what_threads_carry_is_made_once_a_thread_and_results_are_in_order() {
        for threads in [1, 3, 16] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for len in [0, 1, 2, 100] {
                let made = AtomicUsize::new(0);
                let init = || made.fetch_add(1, Ordering::Relaxed);
                let done = pool.install(|| map_init(len, init, |_, i| i * i));
                assert_eq!(done, (0..len).map(|i| i * i).collect::<Vec<_>>(), "{len} on {threads}");
                assert_eq!(made.into_inner(), threads.min(len.max(1)));
            }
        }
    }

    #[test]
    fn a_thread_without_work_takes_half_of_the_longest_part() {
        let mut parts = vec![0..0, 3..4, 10..15];
        assert_eq!(next(&mut parts, 0), Some(12));
        assert_eq!(parts, [13..15, 3..4, 10..12]);
        assert_eq!((next(&mut parts, 1), next(&mut parts, 1)), (Some(3), Some(11)), "its own first");
        let mut rest: Vec<usize> = std::iter::from_fn(|| next(&mut parts, 1)).collect();
        rest.sort_unstable();
        assert_eq!(rest, [10, 13, 14]);
    }

    #[test]
    fn what_is_freed_is_freed_by_whoever_is_there() {
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let (held, freed) = std::sync::mpsc::channel::<()>();
            pool.install(|| free(held));
            // The channel ends once nobody holds its other end.
            let ended = freed.recv_timeout(std::time::Duration::from_mins(1));
            assert_eq!(ended, Err(std::sync::mpsc::RecvTimeoutError::Disconnected));
        }
    }
}
