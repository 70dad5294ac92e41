//! What is known of a column: its header path, unit, period, and what it says of its rows.

use super::grid::{Grid, Role};
use super::value::Reading;
use super::{period, profile};
use crate::model::{ColumnFacts, ColumnKind, ColumnRole};
use crate::vocabulary::{FigureWords, Sought, TableProfile, Words, fold};
use std::collections::BTreeMap;
use std::ops::Range;

/// Notes of more words explain; shorter ones may give the unit of all figures.
const UNIT_NOTE: usize = 6;
/// Cells longer than this on average are comments.
const COMMENT: usize = 60;

/// What stands around a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'c> {
    /// Its title, or the heading above it.
    pub title: Option<&'c str>,
    /// The title of its section.
    pub section: Option<&'c str>,
    /// Its notes.
    pub notes: &'c [String],
    /// The family that it belongs to.
    pub profile: Option<&'c TableProfile>,
    /// The words that tell.
    pub words: &'c FigureWords,
}

/// What is known of a column whose header stands in the rows `heads`.
pub(super) fn facts(grid: &Grid, col: usize, heads: Range<usize>, context: &Context) -> ColumnFacts {
    let words = context.words;
    let header = grid.path(col, heads);
    let folded: Vec<String> = header.iter().map(|h| fold(h)).collect();
    let kind = kind(grid, col);
    if grid.columns.get(col) != Some(&Role::Figures) {
        let role = words_role(grid, col, &folded, words);
        return ColumnFacts { header, kind, role, ..ColumnFacts::default() };
    }
    let measure =
        context.profile.and_then(|p| profile::measure(&folded, p)).or_else(|| measure(&folded, words));
    let unit = unit(&folded, context);
    let role = match measure.as_deref() {
        Some("rank") => ColumnRole::Rank,
        Some(m) if m.starts_with("change") || m.starts_with("variance") || m.starts_with("movement") => {
            ColumnRole::Change
        }
        _ => ColumnRole::Value,
    };
    let scale = unit.as_deref().and_then(|u| match u.rsplit(' ').next()? {
        "thousands" => Some(1e3),
        "millions" => Some(1e6),
        "billions" => Some(1e9),
        _ => None,
    });
    let period = when(&header, context);
    ColumnFacts { header, kind, role, measure, unit, scale, period }
}

/// The time that the header names, or the title; "last year" counts from the title, or else from the
/// title of the section.
fn when(header: &[String], context: &Context) -> Option<crate::model::Period> {
    let titled = context.title.and_then(period::period);
    let said = || titled.clone().or_else(|| context.section.and_then(period::period));
    header
        .iter()
        .rev()
        .find_map(|h| period::period(h))
        .or_else(|| header.iter().find_map(|h| period::relative(h, said().as_ref())))
        .or_else(|| titled.filter(|_| !header.iter().any(|h| period::is_relative(h))))
}

fn measure(folded: &[String], words: &FigureWords) -> Option<String> {
    folded.iter().rev().find_map(|h| first_of(&words.measures, h))
}

/// The name of the first phrase in a text; of two at one place, the longer ("£000" before "£").
fn first_of(names: &BTreeMap<String, Words>, folded: &str) -> Option<String> {
    let text = Sought::new(folded);
    let found = names.iter().filter_map(|(name, w)| Some((w.within_sought(&text)?, name)));
    found.min_by_key(|((start, end), _)| (*start, std::cmp::Reverse(*end))).map(|(_, name)| name.clone())
}

fn unit(folded: &[String], context: &Context) -> Option<String> {
    let of = |h: &str| first_of(&context.words.header_units, h);
    let titled = || {
        let title = fold(context.title?);
        let bracket = title.rfind('(').and_then(|i| title.get(i + 1..));
        // "Table 1: Estimates in £ millions"
        let behind = title.rfind(" in £").and_then(|i| title.get(i + 4..));
        bracket.and_then(|b| of(b.trim_end_matches(')'))).or_else(|| behind.and_then(of))
    };
    let noted = || {
        let short = context.notes.iter().filter(|n| n.split_whitespace().count() <= UNIT_NOTE);
        short.map(|n| fold(n)).find_map(|n| of(&n))
    };
    folded.iter().rev().find_map(|h| of(h)).or_else(titled).or_else(noted)
}

fn kind(grid: &Grid, col: usize) -> ColumnKind {
    let (mut dates, mut other) = (0, 0);
    for row in grid.headers..grid.rows() {
        match grid.reading(row, col) {
            Reading::Blank => {}
            Reading::Date => dates += 1,
            _ => other += 1,
        }
    }
    match grid.columns.get(col) {
        Some(Role::Figures | Role::RowNumber) => ColumnKind::Number,
        _ if dates + other == 0 => ColumnKind::Empty,
        _ if dates > other => ColumnKind::Date,
        _ => ColumnKind::Text,
    }
}

/// What a column of words says of its rows.
fn words_role(grid: &Grid, col: usize, heads: &[String], words: &FigureWords) -> ColumnRole {
    match grid.columns.get(col) {
        Some(Role::RowNumber) => return ColumnRole::Number,
        Some(Role::Label) if col == 0 => return ColumnRole::Indicator,
        _ => {}
    }
    let cells: Vec<String> = (grid.headers..grid.rows())
        .filter(|r| grid.begins(*r, col).is_some_and(|c| c.col_span == 1))
        .map(|r| fold(grid.text(r, col)))
        .filter(|t| !t.is_empty())
        .collect();
    let headed = |w: &Words| heads.iter().any(|h| w.is(h) || w.within(h).is_some());
    let says = |named: &BTreeMap<String, Words>| cells.iter().filter(|c| name_of(named, c).is_some()).count();
    let most = |n: usize| n > 0 && n * 10 >= cells.len() * 6;
    let letters = cells.iter().all(|c| c.chars().count() < 3);
    if most(says(&words.ratings)) && (headed(&words.rating_columns) || !letters) {
        ColumnRole::Rating
    } else if headed(&words.travel_columns) || most(says(&words.travel)) {
        ColumnRole::Travel
    } else if grid.columns.get(col) == Some(&Role::Label) {
        ColumnRole::Indicator
    } else if cells.is_empty() || grid.columns.get(col) != Some(&Role::Words) {
        ColumnRole::Other
    } else if headed(&words.comment_columns)
        || cells.iter().map(String::len).sum::<usize>() > COMMENT * cells.len()
    {
        ColumnRole::Comment
    } else {
        ColumnRole::Note
    }
}

/// What a cell's words are called, where they say nothing else.
pub(super) fn name_of<'n>(names: &'n BTreeMap<String, Words>, folded: &str) -> Option<&'n str> {
    names.iter().find(|(_, w)| w.is(folded)).map(|(name, _)| name.as_str())
}
