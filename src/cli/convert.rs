//! `convert`: packs to files.

use super::exit::Exit;
use super::interrupt;
use super::progress;
use super::settings::ConvertSettings;
use agendapack::Error;
use agendapack::engine::{Engine, Isolation};

pub(crate) fn execute(settings: &ConvertSettings) -> Result<Exit, Error> {
    let mut engine = Engine::new(&settings.pipeline, &settings.out, interrupt::watched())?;
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
