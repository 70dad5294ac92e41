//! The rows of minutes that begin items: those in the style that the minutes use for them.

use super::decisions::decision;
use super::sheets::Row;
use crate::stages::regex;
use crate::vocabulary::{MinutesWords, fold};
use rayon::prelude::*;
use regex::Regex;
use std::sync::LazyLock;

/// A heading of an item.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    /// Its row.
    pub row: usize,
    /// Its number.
    pub order: Option<String>,
    /// Its title.
    pub title: String,
}

/// How the headings of a set of minutes look.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Style {
    /// "19/18 TITLE", "76. Title".
    Numbered,
    /// All capitals.
    Capitals,
    /// Headings of one level.
    Level(u8),
}

/// A row that may be a heading, with its number and title.
struct Candidate<'r> {
    row: usize,
    order: Option<String>,
    title: String,
    from: &'r Row,
}

impl Candidate<'_> {
    fn strong(&self) -> bool {
        self.from.heading.is_some() || self.from.bold || capitals(&self.title)
    }
}

/// "Minute 23/25", "Minute No. 12", "Item 5", "PC/24/101", "24-101", "76", "3a".
static ORDER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\**(?:(?i:minute|min|item|agenda item)(?i: no| number)?[.:]?\s+)?((?:[A-Z]{1,4}[./-]?)?\d{1,4}(?:[./-]\d{1,4}){0,2}[a-zA-Z]?)([.):]*)\s+(\S.*)$",
    )
});

/// Rows that one thread looks at as fast as several.
const ROWS: usize = 64;

/// The rows that begin items.
pub(super) fn heads(rows: &[Row], words: &MinutesWords) -> Vec<Head> {
    let candidates: Vec<Candidate> = rows
        .par_iter()
        .enumerate()
        .with_min_len(ROWS)
        .filter(|(_, r)| !r.table || r.cells.len() == 2)
        .filter_map(|(i, r)| {
            let (order, title) = split_order(r);
            let folded = fold(&title);
            let short =
                title.chars().count() <= 260 && title.chars().filter(|c| c.is_alphabetic()).count() >= 3;
            let decides = decision(r, words).is_some();
            let bare = order.is_none() && words.not_items.is(&folded);
            (short && !decides && !bare).then_some(Candidate { row: i, order, title, from: r })
        })
        .collect();
    let numbered = numbered(&candidates);
    let capital_heads = candidates.iter().filter(|c| capitals(&c.title) && enough_words(&c.title)).count();
    let style = if numbered.len() >= 2 {
        Style::Numbered
    } else if capital_heads >= 2 {
        Style::Capitals
    } else {
        let level = candidates.iter().filter_map(|c| c.from.heading).min();
        level.map_or(Style::Capitals, Style::Level)
    };
    let first_numbered = numbered.first().copied().unwrap_or(usize::MAX);
    let caps_style =
        numbered.iter().filter(|i| candidates.iter().any(|c| c.row == **i && capitals(&c.title))).count() * 2
            > numbered.len();
    candidates
        .iter()
        .filter(|c| match style {
            Style::Numbered => {
                let caps = capitals(&c.title);
                numbered.contains(&c.row)
                    // Headings above the first number may have lost theirs.
                    || c.row < first_numbered && c.strong() && (!caps_style || caps) && c.from.cells.is_empty()
                    || caps_style && c.order.is_none() && caps && enough_words(&c.title) && c.from.heading.is_some()
            }
            Style::Capitals => capitals(&c.title) && enough_words(&c.title) && c.from.cells.is_empty(),
            Style::Level(level) => c.from.heading == Some(level),
        })
        .map(|c| Head { row: c.row, order: c.order.clone(), title: clean(&c.title) })
        .collect()
}

fn clean(title: &str) -> String {
    title.trim_start_matches(['*', ' ', '#']).trim().to_owned()
}

fn capitals(title: &str) -> bool {
    // A bracket may be in small letters: "MINUTES (draft)".
    let plain: String = title.split('(').next().unwrap_or_default().to_owned();
    let small = plain.chars().filter(|c| c.is_lowercase()).count();
    let large = plain.chars().filter(|c| c.is_uppercase()).count();
    large >= 4 && small * 12 <= large
}

fn enough_words(title: &str) -> bool {
    title.split_whitespace().filter(|w| w.chars().any(char::is_alphabetic)).count() >= 2
        || title.chars().filter(|c| c.is_alphabetic()).count() >= 6
}

/// Number and title of a row.
pub(super) fn split_order(row: &Row) -> (Option<String>, String) {
    let text = row.text.trim();
    let Some(c) = ORDER.captures(text) else { return (None, text.to_owned()) };
    let (order, stop, rest) = (&c[1], &c[2], &c[3]);
    // "1)" and "(1)" count a list's items, not the minutes'. A date is no number of an item.
    let letters = order.starts_with(|c: char| c.is_ascii_alphabetic());
    let month = super::dates::date(text).is_some() && !stop.contains('.') && super::dates::starts_date(text);
    if stop.contains(')') || letters && !order.contains(['/', '-']) && order.len() < 5 || month {
        return (None, text.to_owned());
    }
    (Some(order.to_owned()), rest.trim().to_owned())
}

/// The numbers that an order is made of.
fn parts(order: &str) -> Vec<u32> {
    order.split(|c: char| !c.is_ascii_digit()).filter_map(|p| p.parse().ok()).collect()
}

/// Whether a number goes on from another: one part rises by no more than four, the rest stays.
/// "19/18" → "19/19", and "23/25" → "24/25" where the year stands behind.
pub(super) fn follows(last: &str, next: &str) -> bool {
    let (a, b) = (parts(last), parts(next));
    if a.len() != b.len() {
        return false;
    }
    let changed: Vec<(u32, u32)> = a.into_iter().zip(b).filter(|(a, b)| a != b).collect();
    matches!(changed.as_slice(), [(a, b)] if *b > *a && *b <= a + 4)
}

/// Rows whose numbers run through the minutes: the longest rising run of one form that begins early.
fn numbered(candidates: &[Candidate]) -> Vec<usize> {
    let with: Vec<(usize, &str, bool)> = candidates
        .iter()
        .filter_map(|c| {
            let order = c.order.as_deref()?;
            let ends_sentence = c.title.trim_end().ends_with([';', ':', ',']);
            (!ends_sentence && c.title.chars().count() <= 220).then_some((c.row, order, c.strong()))
        })
        .collect();
    let form = |o: &str| o.contains(['/', '-']);
    let want_slash = with.iter().filter(|w| form(w.1)).count() >= 2;
    let strong = with.iter().filter(|w| w.2 && form(w.1) == want_slash).count() >= 2;
    let pool: Vec<&(usize, &str, bool)> =
        with.iter().filter(|w| form(w.1) == want_slash && (w.2 || !strong) && !w.1.contains('.')).collect();
    let mut best: Vec<usize> = Vec::new();
    for (k, first) in pool.iter().enumerate().take(8) {
        let mut run = vec![first.0];
        let mut last = first.1;
        for next in pool.iter().skip(k + 1) {
            if follows(last, next.1) {
                run.push(next.0);
                last = next.1;
            }
        }
        if run.len() > best.len() {
            best = run;
        }
    }
    if best.len() >= 2 { best } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> (Option<String>, String) {
        split_order(&Row { text: text.into(), ..Row::default() })
    }

    #[test]
    fn numbers_of_items_in_all_their_forms() {
        for (text, order) in [
            ("76. Apologies", Some("76")),
            ("19/18 APPOINTMENT", Some("19/18")),
            ("Minute 23/25 Apologies", Some("23/25")),
            ("Minute No. 12: Apologies", Some("12")),
            ("PC/24/101 Planning", Some("PC/24/101")),
            ("24-101 Planning", Some("24-101")),
            ("3a. Roads", Some("3a")),
            ("2501. Any other business", Some("2501")),
            ("1) the roads be mended", None),
            ("9 May 2025", None),
            ("A4 paper", None),
        ] {
            assert_eq!(split(text).0.as_deref(), order, "{text}");
        }
    }

    #[test]
    fn numbers_follow_whether_the_year_stands_before_or_behind() {
        assert!(follows("19/18", "19/19") && follows("23/25", "24/25") && follows("PC/24/101", "PC/24/102"));
        assert!(!follows("19/18", "20/19") && !follows("7", "7") && !follows("7", "70"));
    }
}
