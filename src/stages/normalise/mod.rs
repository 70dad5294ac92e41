//! `normalise`: tables in their context become tidy figures.

mod grid;
mod period;
pub mod value;

use crate::error::Error;
use crate::model::{BlockKind, Classification, Flow, Normalised, Observation, Period, Record, Table, plain};
use crate::stages::Stage;
use crate::vocabulary::{FigureWords, Vocabulary, fold};
use grid::{Grid, Role};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use value::Reading;

/// The stage.
#[derive(Debug, Clone, Copy)]
pub struct Normalising;

/// What can be set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The words that tell what cells mean.
    pub vocabulary: Vocabulary,
}

impl Stage for Normalising {
    type In<'a> = (&'a Flow, &'a Record);
    type Out = Normalised;
    type Options = Options;
    const NAME: &'static str = "normalise";
    const VERSION: u32 = 2;

    fn run((flow, record): (&Flow, &Record), options: &Options) -> Result<Normalised, Error> {
        let words = &options.vocabulary;
        let titles = titles(flow);
        let mut out = Normalised::default();
        for table in &flow.tables {
            if on_front_sheet(table, record) {
                continue;
            }
            let fields = crate::stages::sections::table_fields(table, words);
            if fields.len() >= 3 {
                out.fields.insert(table.id.clone(), fields);
                continue;
            }
            if let Some(grid) = Grid::of(table, &words.figures)
                && !excluded(&grid, words)
                && !titles.get(table.id.as_str()).is_some_and(|t| words.sections.contents.is(&fold(t)))
            {
                observe(&grid, titles.get(table.id.as_str()).map(String::as_str), &words.figures, &mut out);
            }
        }
        Ok(out)
    }
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

/// Whether a profile says that tables with these headers hold no figures to follow.
fn excluded(grid: &Grid, words: &Vocabulary) -> bool {
    let heads: Vec<String> =
        (0..grid.cols()).map(|c| fold(&grid.path(c, grid.titles..grid.headers.max(1)).join(" "))).collect();
    words.tables.iter().any(|p| {
        !p.figures && p.headers.iter().all(|h| heads.iter().any(|head| crate::vocabulary::holds(head, h)))
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

/// What is known of one column of figures.
struct Column {
    path: Vec<String>,
    period: Option<Period>,
    measure: Option<String>,
    unit: Option<String>,
}

fn column(
    grid: &Grid,
    col: usize,
    heads: std::ops::Range<usize>,
    title: Option<&str>,
    words: &FigureWords,
) -> Column {
    let path = grid.path(col, heads);
    let titled = title.and_then(period::period);
    let period = path
        .iter()
        .rev()
        .find_map(|h| period::period(h))
        .or_else(|| path.iter().find_map(|h| period::relative(h, titled.as_ref())))
        .or_else(|| titled.filter(|_| !path.iter().any(|h| period::is_relative(h))));
    let folded: Vec<String> = path.iter().map(|h| fold(h)).collect();
    let measure = folded.iter().rev().find_map(|h| {
        let found = words.measures.iter().filter_map(|(m, w)| Some((w.within(h)?, m)));
        found.min_by_key(|((start, end), _)| (*start, std::cmp::Reverse(*end))).map(|(_, m)| m.clone())
    });
    let of = |h: &str| {
        let found = words.header_units.iter().filter_map(|(u, w)| Some((w.within(h)?, u)));
        // "£000" before "£": the longest sign at the first place.
        found.min_by_key(|((start, end), _)| (*start, std::cmp::Reverse(*end))).map(|(_, u)| u.clone())
    };
    let unit = folded.iter().rev().find_map(|h| of(h)).or_else(|| {
        let title = fold(title?);
        let bracket = title.rfind('(').and_then(|i| title.get(i + 1..));
        bracket.and_then(|b| of(b.trim_end_matches(')')))
    });
    Column { path, period, measure, unit }
}

/// What the corner cell says the table is about, unless it names the kind of rows.
fn area(corner: &[String], words: &FigureWords) -> Option<String> {
    corner
        .iter()
        .find(|text| {
            let folded = fold(text);
            let head = folded.rsplit(|c: char| !c.is_alphanumeric()).find(|w| !w.is_empty());
            let first = folded.split(|c: char| !c.is_alphanumeric()).find(|w| !w.is_empty());
            let named = head.is_some_and(|w| words.stubs.is(w)) || first.is_some_and(|w| words.stubs.is(w));
            let letters = text.chars().filter(|c| c.is_alphabetic()).count();
            !named
                && !words.row_numbers.is(&folded)
                && letters >= 3
                && text.chars().count() <= 60
                && text.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase)
                && !text.contains(['£', '%', '?', ':'])
        })
        .cloned()
}

/// Observations of one table.
fn observe(grid: &Grid, title: Option<&str>, words: &FigureWords, out: &mut Normalised) {
    let figures: Vec<usize> =
        (0..grid.cols()).filter(|c| grid.columns.get(*c) == Some(&Role::Figures)).collect();
    let labels = labels(grid);
    let heads = grid.titles..grid.headers;
    let mut columns: Vec<Column> =
        figures.iter().map(|c| column(grid, *c, heads.clone(), title, words)).collect();
    let mut about = labels.first().and_then(|c| area(&grid.path(*c, heads.clone()), words));
    let mut group: Option<String> = None;
    for row in grid.headers..grid.rows() {
        let label = label(grid, row, &labels);
        if repeats_header(grid, row, &figures) {
            // A second table that follows in the same grid: its own corner, its own headers.
            columns = figures.iter().map(|c| column(grid, *c, row..row + 1, title, words)).collect();
            if !label.is_empty() {
                about = area(&[label], words);
            }
            group = None;
            continue;
        }
        let empty =
            figures.iter().all(|c| *grid.reading(row, *c) == Reading::Blank || spans(grid, row, *c, &labels));
        if empty {
            if !label.is_empty() {
                group = Some(label);
            }
            continue;
        }
        if fold(&label).starts_with("grand total") {
            group = None;
        }
        let indicator = match &group {
            Some(g) if !label.is_empty() && fold(g) != fold(&label) => format!("{g} / {label}"),
            Some(g) if label.is_empty() => g.clone(),
            _ => label,
        };
        let note = notes(grid, row);
        let about_row = AboutRow { indicator: &indicator, area: about.as_deref(), note: note.as_deref() };
        for (c, about_column) in figures.iter().zip(&columns) {
            if let Some(o) = observation(grid, [row, *c], about_column, &about_row, words) {
                out.observations.push(o);
            }
        }
    }
}

/// As few label columns as make the rows distinct.
fn labels(grid: &Grid) -> Vec<usize> {
    let all: Vec<usize> = (0..grid.cols()).filter(|c| grid.columns.get(*c) == Some(&Role::Label)).collect();
    for n in 1..=all.len() {
        let some = &all[..n];
        let mut seen: Vec<String> =
            (grid.headers..grid.rows()).map(|r| label(grid, r, some)).filter(|l| !l.is_empty()).collect();
        let total = seen.len();
        seen.sort_unstable();
        seen.dedup();
        if total > 0 && seen.len() * 10 >= total * 8 {
            return some.to_vec();
        }
    }
    all
}

fn label(grid: &Grid, row: usize, labels: &[usize]) -> String {
    let mut out = String::new();
    let mut last = usize::MAX;
    for &c in labels {
        let owner = grid.owner(row, c);
        let text = grid.text(row, c).trim();
        if std::mem::replace(&mut last, owner) != owner && !text.is_empty() {
            if !out.is_empty() {
                out.push_str(" / ");
            }
            out.push_str(text);
        }
    }
    out
}

/// Whether a position belongs to a cell that reaches over from the labels: a heading inside the table.
fn spans(grid: &Grid, row: usize, col: usize, labels: &[usize]) -> bool {
    labels.iter().any(|l| grid.owner(row, *l) == grid.owner(row, col))
}

/// A row whose figure columns say what the header says, or that holds only words and years there.
fn repeats_header(grid: &Grid, row: usize, figures: &[usize]) -> bool {
    let same = figures
        .iter()
        .all(|c| grid.headers > 0 && fold(grid.text(row, *c)) == fold(grid.text(grid.headers - 1, *c)));
    if same && figures.iter().any(|c| !grid.text(row, *c).is_empty()) {
        return true;
    }
    let filled: Vec<usize> =
        figures.iter().copied().filter(|c| *grid.reading(row, *c) != Reading::Blank).collect();
    filled.len() >= 2
        && filled.iter().all(|c| match grid.reading(row, *c) {
            Reading::Word | Reading::Date => true,
            Reading::Figure(_) => grid::is_year(grid.text(row, *c)),
            _ => false,
        })
}

/// The row's words beside its figures.
fn notes(grid: &Grid, row: usize) -> Option<String> {
    let words: Vec<&str> = (0..grid.cols())
        .filter(|c| grid.columns.get(*c) == Some(&Role::Words))
        .filter(|c| grid.begins(row, *c).is_some())
        .map(|c| grid.text(row, c).trim())
        .filter(|t| !t.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// What is known of one row.
struct AboutRow<'r> {
    indicator: &'r str,
    area: Option<&'r str>,
    note: Option<&'r str>,
}

fn observation(
    grid: &Grid,
    [row, col]: [usize; 2],
    column: &Column,
    about: &AboutRow,
    words: &FigureWords,
) -> Option<Observation> {
    let cell = grid.begins(row, col)?;
    let raw = cell.plain().trim().to_owned();
    let mut o = Observation {
        table: grid.table.id.clone(),
        page: cell.page.0,
        cell: [cell.row, cell.col],
        indicator: about.indicator.to_owned(),
        area: about.area.map(Into::into),
        column: column.path.clone(),
        period: column.period.clone(),
        measure: column.measure.clone(),
        note: about.note.map(Into::into),
        raw,
        ..Observation::default()
    };
    match grid.reading(row, col) {
        Reading::Blank | Reading::Date => return None,
        Reading::Figure(f) => {
            o.value = Some(f.value);
            o.direction = f.direction.map(Into::into);
            o.of = f.of;
            o.unit = f.unit.clone().or_else(|| unit(about.indicator, column, f.value, words));
            if let Some(n) = &f.note {
                o.note = Some(o.note.map_or_else(|| n.clone(), |w| format!("{n}; {w}")));
            }
        }
        Reading::Missing(why) => {
            let why = footnote(grid.table, &o.raw).unwrap_or_else(|| (*why).to_owned());
            o.note = Some(o.note.map_or_else(|| why.clone(), |w| format!("{why}; {w}")));
        }
        Reading::Word => {
            let why = "the cell could not be read as a figure";
            o.note = Some(o.note.map_or_else(|| why.to_owned(), |w| format!("{why}; {w}")));
        }
    }
    Some(o)
}

/// The unit that a bare figure takes from its column or row; a whole number without any is a count.
fn unit(indicator: &str, column: &Column, value: f64, words: &FigureWords) -> Option<String> {
    if column.measure.as_deref() == Some("rank") {
        return Some("rank".into());
    }
    if let Some(u) = &column.unit {
        return Some(u.clone());
    }
    if indicator.trim_start().starts_with('%') {
        return Some("%".into());
    }
    // "Household waste, tonnes", "Stays (days)".
    let folded = fold(indicator);
    let behind = folded.rsplit([',', '(']).next().map(|t| t.trim_matches([' ', ')']));
    if let Some(u) = behind.filter(|u| *u != folded && words.units.is(u)) {
        return Some(u.to_owned());
    }
    let counted = !matches!(column.measure.as_deref(), Some("rate" | "percentage" | "change" | "average"));
    (counted && value.fract() == 0.0).then(|| "count".into())
}

/// The note under a table that a cell's mark leads to.
fn footnote(table: &Table, raw: &str) -> Option<String> {
    let mark = ['*', '†', '‡'].into_iter().find(|m| raw.ends_with(*m))?;
    table.notes.iter().find(|n| n.contains(mark)).map(|n| n.trim().to_owned())
}

#[cfg(test)]
mod tests;
