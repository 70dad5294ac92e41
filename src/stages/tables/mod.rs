//! The `tables` stage: grids from rules, fills and alignment, joined across pages.
//!
//! `sheet` lays a page's words in visual rows; `rules` merges its drawn lines; `lattice` finds drawn
//! grids and `ruled` makes tables of them; `aligned` finds tables in what is left; `join` makes one
//! table of its parts on several pages; `finish` writes the cells.

mod again;
mod aligned;
mod broken;
mod byfigures;
mod columns;
mod draft;
mod extend;
mod finish;
mod header;
mod join;
mod lattice;
mod levels;
mod names;
mod page;
mod plausible;
mod recut;
mod refine;
mod ruled;
mod rules;
mod sheet;
mod spanners;
mod status;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod textrows;
mod zones;

use crate::error::Error;
use crate::model::{Lines, Tables};
use crate::stages::Stage;
use crate::stages::inline::Lexicon;
use crate::threads::SHARE;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The `tables` stage.
#[derive(Debug, Clone, Copy)]
pub struct Tabling;

/// What can be set in the `tables` stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Look for tables without rules.
    pub aligned: bool,
    /// Join tables that go on over a page break.
    pub join: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { aligned: true, join: true }
    }
}

impl Stage for Tabling {
    type In<'a> = &'a Lines;
    type Out = Tables;
    type Options = Options;
    const NAME: &'static str = "tables";
    const VERSION: u32 = 4;

    fn run(lines: &Lines, options: &Options) -> Result<Tables, Error> {
        let found: Vec<page::Found> = lines
            .pages
            .par_iter()
            .enumerate()
            .with_max_len(SHARE)
            .map(|(i, p)| page::find(p, i, options))
            .collect();
        let mut issues = Vec::new();
        let mut drafts = Vec::new();
        for f in found {
            issues.extend(f.issues);
            drafts.extend(f.drafts);
        }
        // Joining goes from page to page: other threads count words meanwhile.
        let joined = || {
            if options.join {
                drafts = join::join(lines, drafts);
                drafts.par_iter_mut().filter(|d| d.parts.len() > 1).for_each(|d| {
                    d.header_rows = d.header_rows.max(header::count(d));
                });
            }
            drafts.retain(|d| !d.tentative);
            broken::settle(lines, &mut drafts);
            drafts
        };
        let (drafts, lexicon) = rayon::join(joined, || Lexicon::of(lines));
        let mut grids = Vec::with_capacity(drafts.len());
        let finished: Vec<_> =
            drafts.into_par_iter().with_max_len(SHARE).map(|d| finish::grid(lines, &lexicon, d)).collect();
        for grid in finished {
            match grid {
                Ok(g) => grids.push(g),
                Err(issue) => issues.push(issue),
            }
        }
        Ok(Tables { grids, issues })
    }
}
