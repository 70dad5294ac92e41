//! `convert`: packs to files.

use super::exit::Exit;
use super::progress;
use super::settings::ConvertSettings;
use agendapack::Error;
use agendapack::engine::Engine;
use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);

pub(crate) fn execute(settings: &ConvertSettings) -> Result<Exit, Error> {
    // The first signal lets the documents in work finish their stage, the second ends at once.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            std::process::exit(Exit::Interrupted as i32);
        }
    });
    let mut engine = Engine::new(&settings.pipeline, &settings.out, &STOP)?;
    engine.force = settings.force;
    let watcher = progress::watcher(settings.telling, settings.quiet);
    let summary = engine.run(&settings.sources, watcher.as_ref())?;
    Ok(Exit::from(&summary))
}
