//! What the command line means: resolved and checked before any work begins.

use super::args::{ConvertArgs, PackArgs};
use super::inputs;
use agendapack::Error;
use agendapack::engine::output::{Stamp, WORK};
use agendapack::engine::pipeline::Keep;
use agendapack::engine::{Pipeline, run};
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
    pub(crate) pipeline: Pipeline,
    /// Where outputs are stored; `None` where nothing is read or kept.
    pub(crate) work: Option<PathBuf>,
}

impl PackSettings {
    /// `stores`: a work folder is used even where none was named.
    pub(crate) fn new(args: &PackArgs, stores: bool) -> Result<PackSettings, Error> {
        let mut pipeline = Pipeline::load(&args.pipeline)?;
        let (source, beside) = if args.pack.is_dir() {
            converted(&args.pack).map(|(source, work)| (source, Some(work)))?
        } else {
            (args.pack.clone(), None)
        };
        let work = args.work.clone().or(beside).or_else(|| stores.then(|| PathBuf::from(WORK)));
        if work.is_some() {
            pipeline.keep = Keep::ALL;
        }
        let filename = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let beside = run::beside(&source);
        Ok(PackSettings { bytes: Arc::new(run::read(&source)?), filename, beside, pipeline, work })
    }
}

/// The PDF and the work folder of a converted pack's folder.
fn converted(folder: &Path) -> Result<(PathBuf, PathBuf), Error> {
    let none = || Error::Usage {
        detail: format!(
            "{} is no converted pack: give a PDF, or a folder that `convert` wrote",
            folder.display()
        ),
    };
    let folder = folder.canonicalize().map_err(|source| Error::Read { path: folder.to_owned(), source })?;
    let work = folder.parent().ok_or_else(none)?.join(WORK);
    let stem = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = std::fs::read(work.join("done").join(format!("{stem}.json"))).map_err(|_| none())?;
    let stamp: Stamp = serde_json::from_slice(&text).map_err(|_| none())?;
    Ok((stamp.source, work))
}
