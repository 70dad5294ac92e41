//! `normalise`: tables in their context become tidy figures.

mod checks;
mod columns;
mod grid;
mod observe;
mod period;
mod profile;
pub mod value;

use crate::error::Error;
use crate::model::{BlockKind, Classification, Flow, Normalised, Record, Table, TableFacts, plain};
use crate::stages::Stage;
use crate::vocabulary::{Vocabulary, fold};
use columns::Context;
use grid::Grid;
use profile::Looks;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The stage.
#[derive(Debug, Clone, Copy)]
pub struct Normalising;

/// What can be set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The words that tell what cells mean.
    #[serde(with = "crate::vocabulary::shared")]
    pub vocabulary: Arc<Vocabulary>,
}

impl Default for Options {
    fn default() -> Self {
        Options { vocabulary: Vocabulary::shared() }
    }
}

impl Stage for Normalising {
    type In<'a> = (&'a Flow, &'a Record);
    type Out = Normalised;
    type Options = Options;
    const NAME: &'static str = "normalise";
    const VERSION: u32 = 3;

    fn run((flow, record): (&Flow, &Record), options: &Options) -> Result<Normalised, Error> {
        let titles = titles(flow);
        let one = |table: &Table| {
            let mut out = Normalised::default();
            let title = titles.get(table.id.as_str()).map(String::as_str);
            read(table, title, record, &options.vocabulary, &mut out);
            out
        };
        let all: Vec<Normalised> = flow.tables.par_iter().with_max_len(1).map(one).collect();
        let mut out = Normalised::default();
        out.observations.reserve(all.iter().map(|one| one.observations.len()).sum());
        for mut one in all {
            out.observations.append(&mut one.observations);
            out.issues.append(&mut one.issues);
            out.fields.extend(one.fields);
            // `append` would build the whole map again for each.
            out.tables.extend(one.tables);
        }
        Ok(out)
    }
}

/// Reads one table.
fn read(table: &Table, title: Option<&str>, record: &Record, words: &Vocabulary, out: &mut Normalised) {
    let front = on_front_sheet(table, record);
    let fields = if front { BTreeMap::new() } else { crate::stages::sections::table_fields(table, words) };
    let grid = Grid::of(table, &words.figures);
    let looks = looks(table, grid.as_ref(), title, fields.len());
    let profile = if front { None } else { profile::find(&looks, &words.tables, &words.figures) };
    let mut known = TableFacts {
        profile: profile.map(|p| p.id.clone()),
        title: title.map(Into::into),
        columns: Vec::new(),
    };
    if let Some(grid) = &grid {
        let section = table.origin.first().and_then(|o| record.sections.iter().find(|s| s.has(o.page)));
        let context = Context {
            title,
            section: section.and_then(|s| s.title.as_deref()),
            notes: &table.notes,
            profile,
            words: &words.figures,
        };
        let heads = || grid.titles..grid.headers;
        known.columns = (0..grid.cols()).map(|c| columns::facts(grid, c, heads(), &context)).collect();
        let listed = title.is_some_and(|t| words.sections.contents.is(&fold(t)));
        let none = profile.is_some_and(|p| p.figures == Some(false)) || fields.len() >= REPORT_FIELDS;
        if !front && !none && !listed && grid.has_figures() {
            let (figures, issues) = rayon::join(
                || observe::observe(grid, &known.columns, &context),
                || checks::check(grid, &known.columns, &words.figures),
            );
            out.issues.extend(issues);
            out.observations.extend(figures);
        }
    }
    if fields.len() >= REPORT_FIELDS {
        out.fields.insert(table.id.clone(), fields);
    }
    if known != TableFacts::default() {
        out.tables.insert(table.id.clone(), known);
    }
}

/// Labels of report headers that make a table one.
const REPORT_FIELDS: usize = 3;
/// Rows whose names are looked at to tell a family.
const NAMED_ROWS: usize = 60;

/// What a table's family is known by.
fn looks(table: &Table, grid: Option<&Grid>, title: Option<&str>, fields: usize) -> Looks {
    let first_rows = |end: u32| {
        let mut heads = vec![String::new(); table.cols as usize];
        for c in table.cells.iter().filter(|c| c.row < end) {
            for head in heads.iter_mut().skip(c.col as usize).take(c.col_span as usize) {
                head.push_str(&fold(&c.plain()));
                head.push(' ');
            }
        }
        heads
    };
    let (heads, labels) = match grid {
        Some(g) => {
            let heads = |c| fold(&g.path(c, g.titles..g.headers.max(1)).join(" "));
            let rows = g.headers..g.rows().min(g.headers + NAMED_ROWS);
            let named = rows.map(|r| {
                let names = (0..g.cols()).filter(|c| g.columns.get(*c) != Some(&grid::Role::RowNumber));
                let mut texts = names.map(|c| g.text(r, c)).filter(|t| !t.is_empty());
                fold(texts.next().unwrap_or_default())
            });
            ((0..g.cols()).map(heads).collect(), named.collect())
        }
        None => (first_rows(table.header_rows.max(1)), Vec::new()),
    };
    let banner = grid.map(|g| (0..g.titles).map(|r| g.text(r, 0)).collect::<Vec<_>>().join(" "));
    let corner = heads.first().cloned().unwrap_or_default();
    let title = format!("{} {} {corner}", fold(title.unwrap_or_default()), fold(&banner.unwrap_or_default()));
    Looks { heads, labels, title, fields }
}

/// The agenda's own table lists pages, not figures.
fn on_front_sheet(table: &Table, record: &Record) -> bool {
    let Some(page) = table.origin.first().map(|o| o.page).or_else(|| table.cells.first().map(|c| c.page))
    else {
        return false;
    };
    record.sections.iter().any(|s| {
        s.has(page) && matches!(s.classification, Classification::Cover | Classification::Supplement)
    })
}

/// What stands over each table: its own title, else the caption or heading before it on its page.
fn titles(flow: &Flow) -> BTreeMap<&str, String> {
    let own: BTreeMap<&str, &str> =
        flow.tables.iter().filter_map(|t| Some((t.id.as_str(), t.title.as_deref()?))).collect();
    let mut above: Option<(u32, String)> = None;
    let mut out = BTreeMap::new();
    for block in &flow.blocks {
        match &block.kind {
            BlockKind::Heading { text, .. } | BlockKind::Caption { text } => {
                above = Some((block.page().0, plain(text)));
            }
            BlockKind::Table { table } => {
                let heading = above.as_ref().filter(|a| a.0 == block.page().0).map(|a| a.1.as_str());
                if let Some(title) = own.get(table.as_str()).copied().or(heading) {
                    out.insert(table.as_str(), title.to_owned());
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests;
