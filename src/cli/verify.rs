//! `verify`: whether what stands in an output folder is whole.

use super::args::VerifyArgs;
use super::exit::Exit;
use super::output::print;
use agendapack::Error;
use agendapack::engine::output::Output;
use agendapack::engine::verify::Verified;
use std::fmt::Write as _;

pub(crate) fn execute(args: &VerifyArgs) -> Result<Exit, Error> {
    let verified = Verified::of(&Output::existing(&args.out)?)?;
    if args.json {
        print(&format!("{}\n", serde_json::to_string_pretty(&verified).unwrap_or_default()))?;
    } else {
        print(&told(&verified))?;
    }
    Ok(if verified.problems.is_empty() { Exit::Done } else { Exit::Found })
}

/// Counts first, then the problems.
fn told(v: &Verified) -> String {
    let counts: Vec<String> = v.counts.iter().map(|(code, n)| format!("{n} × {code}")).collect();
    let found = if counts.is_empty() { "all well".to_owned() } else { counts.join(", ") };
    let mut out = format!("{} packs, {} files, {} kept outputs: {found}\n", v.packs, v.files, v.artefacts);
    for p in &v.problems {
        let _ = writeln!(out, "{}: {} [{}]", p.file, p.detail, p.code.code());
    }
    out
}
