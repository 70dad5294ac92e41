//! Signals: the first lets the work in hand finish its step, the second ends at once.

use super::exit::Exit;
use signal_hook::consts::signal;
use signal_hook::flag;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};

/// What asks a program to stop: Ctrl-C, a service manager, a terminal that is closed.
const SIGNALS: &[i32] = &[
    signal::SIGINT,
    signal::SIGTERM,
    #[cfg(unix)]
    signal::SIGHUP,
];

static STOP: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| {
    let stop = Arc::default();
    for signal in SIGNALS {
        // In this order, and once: the first signal finds nothing set, and ends nothing.
        let ends = flag::register_conditional_shutdown(*signal, Exit::Interrupted as i32, Arc::clone(&stop));
        if ends.is_ok() {
            let _ = flag::register(*signal, Arc::clone(&stop));
        }
    }
    stop
});

/// What is set when the user wants to stop. From now on signals set it.
pub(crate) fn watched() -> &'static AtomicBool {
    &STOP
}
