//! `stage`: one stage again, for a PDF, a converted pack or a whole output folder.

use super::args::StageArgs;
use super::exit::Exit;
use super::interrupt;
use super::output::{print, write_line};
use super::settings::{PackSettings, converted};
use agendapack::Error;
use agendapack::engine::diff::Counts;
use agendapack::engine::output::Output;
use agendapack::engine::recipe::Recipes;
use agendapack::engine::rerun::{Cascade, Did, Rerun};
use agendapack::engine::{Pipeline, Plan, StageName, Summary};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

pub(crate) fn execute(args: &StageArgs) -> Result<Exit, Error> {
    let (from, to) = range(args)?;
    let target = &args.pack.pack;
    if !target.is_dir() {
        return pdf(args, from, to);
    }
    let (output, packs) = match Output::existing(target) {
        Ok(output) => {
            let packs = output.stamped()?;
            (output, packs)
        }
        Err(_) => converted(target).map(|(output, stem)| (output, vec![stem]))?,
    };
    if args.pack.work.is_some() {
        let detail = "--work is for PDFs: the outputs of converted packs are kept beside them";
        return Err(Error::Usage { detail: detail.into() });
    }
    let pipeline = args.pack.pipeline.as_deref().map(Pipeline::load).transpose()?;
    let plan = pipeline.as_ref().map(Plan::new);
    let jobs = args.jobs.or(pipeline.as_ref().map(|p| p.jobs)).filter(|n| *n > 0);
    let cascade = Cascade {
        recipes: Recipes::load(&output, &packs, plan.as_ref()),
        output,
        from,
        named: args.stage,
        to,
        diff: args.diff,
        dry: args.dry_run,
        jobs: jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).min(1024),
        admit: pipeline.unwrap_or_default().admit_mb.saturating_mul(1 << 20),
        stop: interrupt::watched(),
    };
    let told = Mutex::new(Told::new(packs.len()));
    cascade.run(&packs, &|rerun| {
        if let Ok(mut told) = told.lock() {
            told.pack(&rerun);
        }
    })?;
    let interrupted = cascade.stop.load(Ordering::Relaxed);
    Ok(told.into_inner().map_or(Exit::Bug, |told| told.end(args.dry_run, interrupted)))
}

/// The first and the last stage.
fn range(args: &StageArgs) -> Result<(StageName, StageName), Error> {
    let from = args.from.unwrap_or(args.stage);
    let to = args.to.unwrap_or(if args.diff { StageName::Emit } else { args.stage });
    let wrong = |detail: String| Err(Error::Usage { detail });
    if from > args.stage || to < args.stage {
        let (from, to, name) = (from.name(), to.name(), args.stage.name());
        return wrong(format!("{name} does not lie between --from {from} and --to {to}"));
    }
    if args.diff && to != StageName::Emit {
        return wrong("--diff compares files: it needs --to emit, or no --to".into());
    }
    Ok((from, to))
}

/// A PDF that was not converted: there is nothing to compare with.
fn pdf(args: &StageArgs, from: StageName, to: StageName) -> Result<Exit, Error> {
    if args.diff {
        let detail = "--diff compares with what `convert` wrote: give its folder".into();
        return Err(Error::Usage { detail });
    }
    let mut settings = PackSettings::new(&args.pack, true)?;
    if args.dry_run {
        settings.store = settings.store.map(agendapack::engine::store::Store::dry);
    }
    let mut road = settings.road().of_any_build();
    for stage in StageName::ALL.into_iter().filter(|s| (from..=to).contains(s)) {
        if stage <= args.stage || road.kept(stage)?.is_none() {
            road.again(stage)?;
        }
    }
    let mut out = String::new();
    for (stage, time) in &road.ran {
        let _ = writeln!(out, "{:10} {:8.1} ms", stage.name(), time.as_secs_f64() * 1e3);
    }
    if let Some(store) = settings.store.as_ref().filter(|_| !args.dry_run) {
        let _ = writeln!(out, "stored in {}", store.path(args.stage).display());
    }
    print(&out)?;
    Ok(Exit::Done)
}

/// Tells of packs as they come, and counts.
struct Told {
    bar: ProgressBar,
    begun: Instant,
    summary: Summary,
    changed: usize,
    observations: Counts,
}

impl Told {
    fn new(packs: usize) -> Told {
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} packs · {eta} left");
        // Drawn on standard error, and on terminals alone.
        let bar = ProgressBar::with_draw_target(Some(packs as u64), ProgressDrawTarget::stderr());
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        let summary = Summary { documents: packs, ..Summary::default() };
        Told { bar, begun: Instant::now(), summary, changed: 0, observations: Counts::default() }
    }

    fn pack(&mut self, rerun: &Rerun) {
        self.bar.inc(1);
        if let Some(error) = &rerun.error {
            if error.code() != "interrupted" {
                self.summary.failed += 1;
                *self.summary.codes.entry(error.code().into()).or_default() += 1;
                let (pack, code, hint) = (&rerun.pack, error.code(), error.hint());
                self.bar.suspend(|| eprint(&format!("error: {pack}: {error} [{code}]\n  hint: {hint}")));
            }
            return;
        }
        self.summary.done += 1;
        self.changed += usize::from(rerun.changed());
        let mut text = line(rerun);
        if let Some(diff) = &rerun.diff {
            self.observations += diff.counts();
            let diff = diff.text(&rerun.pack);
            if !diff.is_empty() {
                text.push('\n');
                text.push_str(diff.trim_end());
            }
        }
        self.bar.suspend(|| write_line(&text));
    }

    fn end(mut self, dry: bool, interrupted: bool) -> Exit {
        self.bar.finish_and_clear();
        let s = &mut self.summary;
        s.interrupted = interrupted;
        let left = s.documents - s.done - s.failed;
        let mut out = format!(
            "{} pack{}: {} {}, {} unchanged",
            s.documents,
            if s.documents == 1 { "" } else { "s" },
            self.changed,
            if dry { "would change" } else { "changed" },
            s.done - self.changed,
        );
        for (n, what) in [(s.failed, "failed"), (left, "not begun")] {
            if n > 0 {
                let _ = write!(out, ", {n} {what}");
            }
        }
        let Counts { added, removed, changed } = self.observations;
        if added + removed + changed > 0 {
            let _ = write!(out, " · observations: {added} added, {removed} removed, {changed} changed");
        }
        let _ = write!(out, " · {:.1} s", self.begun.elapsed().as_secs_f64());
        eprint(&out);
        Exit::from(&self.summary)
    }
}

/// A pack in a line: `minutes: tables changed, blocks unchanged, stops`.
fn line(rerun: &Rerun) -> String {
    let mut parts = Vec::new();
    if let Some(first) = &rerun.duplicate_of {
        parts.push(format!("a duplicate of {first}, left alone"));
    }
    if !rerun.missing.is_empty() {
        let names: Vec<&str> = rerun.missing.iter().map(|s| s.name()).collect();
        parts.push(format!("{} missing, made", names.join(" ")));
    }
    for step in &rerun.steps {
        let did = match step.did {
            Did::Changed => "changed",
            Did::Unchanged => "unchanged",
            Did::Made => "made",
            Did::Kept => continue,
        };
        parts.push(format!("{} {did}", step.stage.name()));
    }
    if rerun.stopped_at().is_some() {
        parts.push("stops".into());
    }
    match rerun.files.len() {
        0 => {}
        1 => parts.push("1 file differs".into()),
        n => parts.push(format!("{n} files differ")),
    }
    format!("{}: {}", rerun.pack, parts.join(", "))
}

/// Standard error may be closed; that stops nothing.
fn eprint(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
