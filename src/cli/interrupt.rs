//! Ctrl-C and a request to end: the first lets what is in work finish its stage, the second ends at once.

use super::exit::Exit;
use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);

/// Set once the user wants to stop.
pub(crate) fn watched() -> &'static AtomicBool {
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            std::process::exit(Exit::Interrupted as i32);
        }
    });
    &STOP
}
