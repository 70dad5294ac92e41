//! How work is dealt out to threads.

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

/// Frees a value behind the back of the one who held it, where there is another thread to do so: what a
/// long pack holds takes as long to free as a small stage to run.
pub(crate) fn free<T: Send + 'static>(value: T) {
    if rayon::current_num_threads() > 1 {
        rayon::spawn(move || drop(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_has_all_and_several_have_four_parts_each() {
        let on = |threads: usize, len: usize| {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| part(len))
        };
        assert_eq!((on(1, 462), on(1, 0)), (462, 1));
        assert_eq!((on(2, 462), on(2, 3), on(2, 0)), (58, 1, 1));
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
