//! `prune`: removes what nobody needs any more.

use super::args::PruneArgs;
use super::exit::Exit;
use super::output::print;
use agendapack::Error;
use agendapack::engine::output::Output;
use agendapack::engine::prune::{Pruned, prune};
use indicatif::HumanBytes;

pub(crate) fn execute(args: &PruneArgs) -> Result<Exit, Error> {
    let pruned = prune(&Output::existing(&args.out)?, args.dry_run, args.all_gone)?;
    if args.json {
        print(&format!("{}\n", serde_json::to_string_pretty(&pruned).unwrap_or_default()))?;
    } else {
        print(&told(&pruned, args.dry_run))?;
    }
    Ok(Exit::Done)
}

fn told(pruned: &Pruned, dry: bool) -> String {
    let does = if dry { "would remove" } else { "removed" };
    let mut out = String::new();
    for (what, files) in [(does, &pruned.removed), ("left", &pruned.left)] {
        for file in files {
            out.extend([what, " ", file, "\n"]);
        }
    }
    let (files, packs) = (pruned.removed.len(), pruned.packs.len());
    let left = if pruned.left.is_empty() { String::new() } else { format!(", left {}", pruned.left.len()) };
    let names = match pruned.names {
        0 => String::new(),
        1 => ", 1 name".to_owned(),
        n => format!(", {n} names"),
    };
    out + &format!(
        "{does} {files} files of {packs} orphaned packs and of dead runs, {}{names}{left}\n",
        HumanBytes(pruned.bytes)
    )
}
