//! `nightly`: new publications, fetched, converted and published.

use super::args::NightlyArgs;
use super::exit::Exit;
use super::output::{print, write_line};
use super::settings::{self, Telling};
use super::{interrupt, progress};
use agendapack::Error;
use agendapack::engine::{Event, Watcher};
use agendapack::nightly::{Nightly, Report, Step, Witness};
use serde::Serialize;
use std::io::Write;

/// What a pipeline without sources is told.
const NO_SOURCES: &str = "names no sources. Copy pipelines/nightly.toml, and add what you want, such as

    [nightly]
    out = \"published\"

    [fetch]
    contact = \"name@example.org\"      # whom sites can ask about our requests

    [[source]]
    kind = \"moderngov\"
    site = \"https://democracy.example.gov.uk\"
    committees = \"all\"                # or their numbers: [137, 140]

    [[source]]
    kind = \"folder\"
    path = \"inbox\"
";

pub(crate) fn execute(args: &NightlyArgs) -> Result<Exit, Error> {
    let pipeline = settings::pipeline(&args.pipeline, args.jobs)?;
    if pipeline.sources.is_empty() {
        return Err(Error::Usage { detail: format!("the pipeline {} {NO_SOURCES}", args.pipeline) });
    }
    let out = args.out.clone().or_else(|| pipeline.nightly.out.clone()).ok_or_else(|| Error::Usage {
        detail: "say where to publish: --out DIR, or `out = \"…\"` under [nightly] in the pipeline file"
            .into(),
    })?;
    if out.is_file() {
        return Err(Error::Usage { detail: format!("{} is a file: --out wants a folder", out.display()) });
    }
    let telling = Telling::new(args.json, args.quiet);
    let night = Nightly {
        pipeline: &pipeline,
        out: &out,
        day: args.date.unwrap_or_else(|| jiff::Zoned::now().date()),
        dry_run: args.dry_run,
        stop: interrupt::watched(),
    };
    let teller = Teller { telling, quiet: args.quiet, engine: progress::watcher(telling, args.quiet) };
    let report = night.run(&teller)?;
    if args.dry_run && telling == Telling::People {
        print(&report.markdown())?;
    }
    Ok(exit(&report))
}

/// What failed for good is told before what may pass by itself.
fn exit(report: &Report) -> Exit {
    if report.has("write_failed") {
        Exit::Write
    } else if report.has("bug") {
        Exit::Bug
    } else if !report.failed.is_empty() {
        Exit::SomeFailed
    } else if !report.unreachable.is_empty() {
        Exit::Unreachable
    } else {
        Exit::Done
    }
}

/// Tells how a night goes: the engine's part as `convert` does.
struct Teller {
    telling: Telling,
    quiet: bool,
    engine: Box<dyn Watcher>,
}

impl Watcher for Teller {
    fn event(&self, event: &Event<'_>) {
        self.engine.event(event);
    }
}

impl Witness for Teller {
    fn step(&self, step: &Step<'_>) {
        if self.telling == Telling::Programs {
            write_line(&line(step));
        }
        let say = |text: &str| {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        };
        match step {
            Step::Failed(entry) if !self.quiet || self.telling != Telling::Programs => {
                let (code, message) = (entry.code.as_deref(), entry.message.as_deref());
                let (code, message) = (code.unwrap_or_default(), message.unwrap_or_default());
                say(&format!("error: {}: {}: {message} [{code}]", entry.source, shown(&entry.title)));
                if let Some(hint) = &entry.hint {
                    say(&format!("  hint: {hint}"));
                }
            }
            _ if self.telling != Telling::People => {}
            Step::Listed { source, documents, restricted } => {
                let kept = if *restricted > 0 { format!(", {restricted} restricted") } else { String::new() };
                let s = if *documents == 1 { "" } else { "s" };
                say(&format!("{source}: {documents} document{s} listed{kept}"));
            }
            Step::Fetched { source, pack, .. } => say(&format!("{source}: fetched {pack}")),
            Step::NightFinished(report) => say(&report.summary()),
            Step::Failed(_) => {}
        }
    }
}

/// A step with its time, as a line of JSON.
fn line(step: &Step<'_>) -> String {
    #[derive(Serialize)]
    struct Timed<'a> {
        time: String,
        #[serde(flatten)]
        step: &'a Step<'a>,
    }
    let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    serde_json::to_string(&Timed { time, step }).unwrap_or_default()
}

/// Words of a site on a terminal: no control characters.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use agendapack::nightly::Entry;

    #[test]
    fn exit_codes_follow_the_report() {
        let failed = |code: &str| Entry { code: Some(code.into()), ..Entry::default() };
        let with = |failed, unreachable| exit(&Report { failed, unreachable, ..Report::default() });
        assert_eq!(with(vec![], vec![]), Exit::Done);
        assert_eq!(with(vec![], vec![failed("unreachable")]), Exit::Unreachable);
        assert_eq!(with(vec![failed("not_pdf")], vec![failed("unreachable")]), Exit::SomeFailed);
        assert_eq!(with(vec![failed("not_pdf"), failed("bug")], vec![]), Exit::Bug);
        assert_eq!(with(vec![failed("bug"), failed("write_failed")], vec![]), Exit::Write);
    }
}
