//! `status`: what stands in an output folder.

use super::args::StatusArgs;
use super::exit::Exit;
use super::output::print;
use agendapack::Error;
use agendapack::engine::output::{Compare, Output};
use agendapack::engine::status::{PackStatus, State, Status};
use agendapack::engine::{Pipeline, Plan};
use std::fmt::Write as _;

pub(crate) fn execute(args: &StatusArgs) -> Result<Exit, Error> {
    let output = Output::existing(&args.out)?;
    let plan = args.pipeline.as_deref().map(Pipeline::load).transpose()?.map(|p| Plan::new(&p));
    let compare = if args.check { Compare::Content } else { Compare::Facts };
    let status = Status::of(&output, plan.as_ref(), compare)?;
    if args.json {
        print(&format!("{}\n", serde_json::to_string_pretty(&status).unwrap_or_default()))?;
    } else {
        print(&told(&status, args.all))?;
    }
    Ok(if status.is_well() { Exit::Done } else { Exit::Found })
}

/// Counts first, then what needs a look.
fn told(status: &Status, all: bool) -> String {
    let n = status.packs.len();
    let count =
        |s: &State| status.counts.get(s.name()).filter(|n| **n > 0).map(|n| format!("{n} {}", s.name()));
    let counts: Vec<String> = State::ALL.iter().filter_map(count).collect();
    let mut out = format!("{n} pack{}: {}\n", if n == 1 { "" } else { "s" }, counts.join(", "));
    if n == 0 {
        out = "no packs\n".into();
    }
    for pack in status.packs.iter().filter(|p| all || !matches!(p.state, State::Fresh | State::Duplicate)) {
        let _ = write!(out, "{:<10}  {}", pack.state.name(), pack.pack);
        out.push_str(&details(pack));
        out.push('\n');
    }
    out
}

fn details(pack: &PackStatus) -> String {
    let mut lines: Vec<String> = pack.reasons.iter().map(ToString::to_string).collect();
    match (pack.state, &pack.source, &pack.code) {
        (State::Orphaned, Some(source), _) => lines.push(format!("{source} is gone")),
        (State::Partial, ..) => lines.extend(pack.issues.iter().map(|(code, n)| format!("{n} × {code}"))),
        (State::Duplicate, ..) => lines.extend(pack.duplicate_of.iter().map(|of| format!("of {of}"))),
        (State::Failed | State::Stale, _, Some(code)) => {
            lines.push(format!("{} [{code}]", pack.message.as_deref().unwrap_or_default()));
            lines.extend(pack.hint.as_ref().map(|h| format!("hint: {h}")));
        }
        _ => {}
    }
    lines.iter().fold(String::new(), |out, line| out + "\n              " + line)
}
