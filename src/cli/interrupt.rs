//! Signals: the first lets the work in hand finish its step, the second ends at once.

use super::exit::Exit;
use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);

/// What is set when the user wants to stop. From now on signals set it.
pub(crate) fn watched() -> &'static AtomicBool {
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            std::process::exit(Exit::Interrupted as i32);
        }
    });
    &STOP
}
