//! `convert`: packs to files.

use super::exit::Exit;
use super::progress;
use super::settings::ConvertSettings;
use agendapack::Error;
use agendapack::engine::{Engine, Isolation};
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
    (engine.force, engine.check) = (settings.force, settings.check);
    if settings.pipeline.isolate {
        let program = std::env::current_exe();
        let wrong = |source| Error::Read { path: "the program itself".into(), source };
        engine.isolation = Some(Isolation::new(program.map_err(wrong)?));
    }
    let watcher = progress::watcher(settings.telling, settings.quiet);
    let summary = engine.run(&settings.sources, watcher.as_ref())?;
    Ok(Exit::from(&summary))
}
