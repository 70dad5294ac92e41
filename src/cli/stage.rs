//! `stage`: one stage again.

use super::args::StageArgs;
use super::exit::Exit;
use super::output::print;
use super::settings::PackSettings;
use agendapack::Error;
use agendapack::engine::store::Store;
use agendapack::engine::{Plan, Road};
use std::fmt::Write as _;
use std::sync::Arc;

pub(crate) fn execute(args: &StageArgs) -> Result<Exit, Error> {
    let settings = PackSettings::new(&args.pack, true)?;
    let plan = Plan::new(&settings.pipeline);
    let store = store(&settings);
    let mut road =
        Road::new(&plan, Arc::clone(&settings.bytes), &settings.filename).beside(settings.beside.clone());
    if let Some(store) = &store {
        road = road.stored(store.clone());
    }
    road.again(args.stage)?;
    let mut out = String::new();
    for (stage, time) in &road.ran {
        let _ = writeln!(out, "{:10} {:8.1} ms", stage.name(), time.as_secs_f64() * 1e3);
    }
    if let Some(store) = &store {
        let _ = writeln!(out, "stored in {}", store.path(args.stage).display());
    }
    print(&out)?;
    Ok(Exit::Done)
}

/// The store of a pack, where there is a work folder.
pub(crate) fn store(settings: &PackSettings) -> Option<Store> {
    let sha256 = agendapack::engine::run::sha256(&settings.bytes);
    settings.work.as_ref().map(|work| Store::new(work, &sha256))
}
