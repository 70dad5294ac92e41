//! `convert`: packs to files.

use super::exit::Exit;
use super::settings::ConvertSettings;
use super::{interrupt, progress};
use agendapack::Error;
use agendapack::engine::Engine;

pub(crate) fn execute(settings: &ConvertSettings) -> Result<Exit, Error> {
    let mut engine = Engine::new(&settings.pipeline, &settings.out, interrupt::watched())?;
    engine.force = settings.force;
    let watcher = progress::watcher(settings.telling, settings.quiet);
    let summary = engine.run(&settings.sources, watcher.as_ref())?;
    Ok(Exit::from(&summary))
}
