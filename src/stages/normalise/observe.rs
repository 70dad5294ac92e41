//! The figures of one table, each with what its row and column say of it.

use super::columns::{Context, facts, name_of};
use super::grid::{self, Grid, Role};
use super::profile;
use super::value::Reading;
use crate::model::{ColumnFacts, ColumnRole, Observation, Table};
use crate::vocabulary::{FigureWords, fold};

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
pub(super) fn observe(grid: &Grid, columns: &[ColumnFacts], context: &Context) -> Vec<Observation> {
    let words = context.words;
    let figures: Vec<usize> =
        (0..grid.cols()).filter(|c| grid.columns.get(*c) == Some(&Role::Figures)).collect();
    let labels = labels(grid);
    let heads = grid.titles..grid.headers;
    let mut about_columns: Vec<ColumnFacts> =
        figures.iter().filter_map(|c| columns.get(*c).cloned()).collect();
    let mut about = labels.first().and_then(|c| area(&grid.path(*c, heads.clone()), words));
    let mut group: Option<String> = None;
    let mut out = Vec::new();
    for row in grid.headers..grid.rows() {
        let label = label(grid, row, &labels);
        if repeats_header(grid, row, &figures) {
            // A second table that follows in the same grid: its own corner, its own headers.
            about_columns = figures.iter().map(|c| facts(grid, *c, row..row + 1, context)).collect();
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
        let indicator_id = context
            .profile
            .and_then(|p| profile::indicator(&label, about.as_deref(), p, words))
            .map(Into::into);
        let indicator = match &group {
            Some(g) if !label.is_empty() && fold(g) != fold(&label) => format!("{g} / {label}"),
            Some(g) if label.is_empty() => g.clone(),
            _ => label,
        };
        let about_row = Observation {
            table: grid.table.id.clone(),
            profile: context.profile.map(|p| p.id.clone()),
            indicator,
            indicator_id,
            area: about.clone(),
            note: notes(grid, row),
            ..Observation::default()
        };
        for (c, about_column) in figures.iter().zip(&about_columns) {
            let Some(mut o) = observation(grid, [row, *c], about_column, &about_row, words) else { continue };
            o.rating = beside(grid, columns, [row, *c], ColumnRole::Rating)
                .and_then(|text| name_of(&words.ratings, &text).map(Into::into));
            o.travel = beside(grid, columns, [row, *c], ColumnRole::Travel)
                .and_then(|text| name_of(&words.travel, &text).map(Into::into));
            out.push(o);
        }
    }
    out
}

/// The folded text of the next column to the right with a role, or else of the nearest to the left.
fn beside(grid: &Grid, columns: &[ColumnFacts], [row, col]: [usize; 2], role: ColumnRole) -> Option<String> {
    let at = |c: &usize| columns.get(*c).is_some_and(|f| f.role == role);
    let found = (col + 1..columns.len()).find(at).or_else(|| (0..col).rev().find(at))?;
    Some(fold(grid.text(row, found)))
}

/// As few label columns as make the rows distinct.
pub(super) fn labels(grid: &Grid) -> Vec<usize> {
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

pub(super) fn label(grid: &Grid, row: usize, labels: &[usize]) -> String {
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
pub(super) fn repeats_header(grid: &Grid, row: usize, figures: &[usize]) -> bool {
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

/// The observation of one cell; `about` holds what its row says.
fn observation(
    grid: &Grid,
    [row, col]: [usize; 2],
    column: &ColumnFacts,
    about: &Observation,
    words: &FigureWords,
) -> Option<Observation> {
    let cell = grid.begins(row, col)?;
    let mut o = Observation {
        page: cell.page.0,
        cell: [cell.row, cell.col],
        column: column.header.clone(),
        period: column.period.clone(),
        measure: column.measure.clone(),
        raw: cell.plain().trim().to_owned(),
        confidence: cell.confidence,
        ..about.clone()
    };
    let add =
        |note: Option<String>, why: String| Some(note.map_or_else(|| why.clone(), |w| format!("{why}; {w}")));
    match grid.reading(row, col) {
        Reading::Blank | Reading::Date => return None,
        Reading::Figure(f) => {
            o.value = Some(f.value);
            o.direction = f.direction.map(Into::into);
            o.of = f.of;
            o.unit = f.unit.clone().or_else(|| unit(&about.indicator, column, f.value, words));
            if let Some(n) = &f.note {
                o.note = add(o.note, n.clone());
            }
        }
        Reading::Missing(why) => {
            let why = footnote(grid.table, &o.raw).unwrap_or_else(|| (*why).to_owned());
            o.note = add(o.note, why);
        }
        Reading::Word => o.note = add(o.note, "the cell could not be read as a figure".into()),
    }
    Some(o)
}

/// The unit that a bare figure takes from its column or row; a whole number without any is a count.
fn unit(indicator: &str, column: &ColumnFacts, value: f64, words: &FigureWords) -> Option<String> {
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
