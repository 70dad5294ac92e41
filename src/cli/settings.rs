//! What the command line means: resolved and checked before any work begins.

use super::args::{ConvertArgs, PackArgs};
use super::inputs;
use agendapack::Error;
use agendapack::digest::sha256;
use agendapack::engine::output::{Output, WORK};
use agendapack::engine::pipeline::Keep;
use agendapack::engine::recipe::Recipes;
use agendapack::engine::store::Store;
use agendapack::engine::{Pipeline, Plan, Road, StageName, source};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How progress is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Bars on a terminal, a line now and then elsewhere.
    People,
    /// JSON Lines on standard output.
    Programs,
    /// Errors only.
    Nobody,
}

impl Telling {
    pub(crate) fn new(json: bool, quiet: bool) -> Telling {
        match (json, quiet) {
            (true, _) => Telling::Programs,
            (_, true) => Telling::Nobody,
            _ => Telling::People,
        }
    }
}

/// A pipeline with the number of jobs that was typed.
pub(crate) fn pipeline(name: &str, jobs: Option<usize>) -> Result<Pipeline, Error> {
    let mut pipeline = Pipeline::load(name)?;
    if let Some(jobs) = jobs {
        pipeline.jobs = jobs;
    }
    if pipeline.jobs > 1024 {
        return Err(Error::Usage { detail: format!("{} jobs are more than any machine has", pipeline.jobs) });
    }
    Ok(pipeline)
}

/// What `convert` is to do.
#[derive(Debug)]
pub(crate) struct ConvertSettings {
    pub(crate) sources: Vec<PathBuf>,
    pub(crate) out: PathBuf,
    pub(crate) pipeline: Pipeline,
    pub(crate) force: bool,
    pub(crate) check: bool,
    pub(crate) telling: Telling,
    pub(crate) quiet: bool,
}

impl ConvertSettings {
    pub(crate) fn new(args: ConvertArgs) -> Result<ConvertSettings, Error> {
        let mut pipeline = pipeline(&args.pipeline, args.jobs)?;
        pipeline.isolate = (pipeline.isolate || args.isolate) && !args.no_isolate;
        let emit = &mut pipeline.stages.emit;
        if let Some(tables) = args.tables {
            emit.tables = tables.into();
        }
        emit.split |= args.split;
        emit.page_marks &= !args.no_page_marks;
        let ocr = &mut pipeline.stages.ocr;
        if let Some(mode) = args.ocr {
            ocr.mode = mode.into();
        }
        if let Some(languages) = &args.ocr_lang {
            ocr.languages = languages.split('+').map(|l| l.trim().to_owned()).collect();
        }
        ocr.check()?;
        let telling = Telling::new(args.json, args.quiet);
        if args.out.is_file() {
            let detail = format!("{} is a file: --out wants a folder", args.out.display());
            return Err(Error::Usage { detail });
        }
        let sources = inputs::expand(&args.inputs, &mut std::io::stdin().lock())?;
        let (force, check, quiet) = (args.force, args.check, args.quiet);
        Ok(ConvertSettings { sources, out: args.out, pipeline, force, check, telling, quiet })
    }
}

/// A pack to look at.
#[derive(Debug)]
pub(crate) struct PackSettings {
    pub(crate) bytes: Arc<Vec<u8>>,
    pub(crate) filename: String,
    /// The meeting's record beside it.
    pub(crate) beside: Option<Arc<Vec<u8>>>,
    pub(crate) plan: Plan,
    /// Where outputs are stored; `None` where nothing is read or kept.
    pub(crate) store: Option<Store>,
}

impl PackSettings {
    /// `stores`: a work folder is used even where none was named.
    pub(crate) fn new(args: &PackArgs, stores: bool) -> Result<PackSettings, Error> {
        let given = args.pipeline.as_deref().map(Pipeline::load).transpose()?.map(|p| Plan::new(&p));
        let mut pack = args.pack.clone();
        let (mut work, mut plan) = (None, None);
        if args.pack.is_dir() {
            let (output, stem) = converted(&args.pack)?;
            let stamp = output.stamp(&stem).ok_or_else(|| not_converted(&args.pack))?;
            plan = Some(Recipes::load(&output, &[stem], given.as_ref()).plan(&stamp).clone());
            (pack, work) = (stamp.source, Some(output.work));
        }
        let mut plan = plan.or(given).unwrap_or_else(|| Plan::new(&Pipeline::default()));
        let work = args.work.clone().or(work).or_else(|| stores.then(|| PathBuf::from(WORK)));
        if work.is_some() {
            plan.keep = Keep::ALL;
        }
        let filename = pack.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = Arc::new(source::read(&pack)?);
        let store = work.map(|work| Store::new(&work, &sha256(&bytes)));
        Ok(PackSettings { bytes, filename, beside: source::beside(&pack), plan, store })
    }

    /// The pack at the start of the road.
    pub(crate) fn road(&self) -> Road<'_> {
        let road = Road::new(&self.plan, Arc::clone(&self.bytes), &self.filename).beside(self.beside.clone());
        match &self.store {
            Some(store) => road.stored(store.clone()),
            None => road,
        }
    }
}

/// The output folder and the name of a converted pack's folder.
pub(crate) fn converted(folder: &Path) -> Result<(Output, String), Error> {
    let folder = folder.canonicalize().map_err(|source| Error::Read { path: folder.to_owned(), source })?;
    let stem = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let output = folder.parent().and_then(|out| Output::existing(out).ok());
    output.filter(|o| o.stamp(&stem).is_some()).map(|o| (o, stem)).ok_or_else(|| not_converted(&folder))
}

fn not_converted(folder: &Path) -> Error {
    let folder = folder.display();
    Error::Usage {
        detail: format!("{folder} is no converted pack: give a PDF, or a folder that `convert` wrote"),
    }
}

/// The store around a kept output, where the path is one's.
pub(crate) fn kept(path: &Path) -> Option<Store> {
    let stage = StageName::ALL
        .into_iter()
        .find(|s| path.file_name() == Some(format!("{}.json", s.name()).as_ref()))?;
    let store = Store::around(path);
    store.found(stage).map(|_| store)
}
