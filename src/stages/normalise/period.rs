//! The time that a header or title names.

use crate::model::Period;
use crate::stages::MONTHS;
use crate::stages::printed::{ORDINALS, digits, ends, figures, number, without, word, words, year};
use crate::vocabulary::fold;
use std::ops::Range;

/// A period read from the start of a text: when it begins, and what follows.
type Read<'t> = Option<(String, &'t str)>;

/// A month by its first three letters.
fn month(text: &str) -> Option<(usize, &str)> {
    let short = text.get(..3)?;
    Some((MONTHS.iter().position(|m| *m == short)? + 1, &text[3..]))
}

/// A year, or its last two digits.
fn short_year(text: &str) -> Option<(u32, &str)> {
    year(text).or_else(|| figures(text, 2).map(|(y, rest)| (2000 + y, rest)))
}

/// What follows a dash or stroke between two years.
fn span_to(text: &str) -> Option<&str> {
    let rest = without(text, &[" "]).strip_prefix(['-', '/'])?;
    Some(without(rest, &[" "]))
}

/// "Q3 2024-25", "quarter one of 2024".
fn quarter(text: &str) -> Read<'_> {
    const NAMES: [&str; 4] = ["one", "two", "three", "four"];
    let rest = text.strip_prefix("quarter ").or_else(|| text.strip_prefix('q'))?;
    let named = NAMES.iter().position(|n| text.starts_with("quarter ") && rest.starts_with(n));
    let (quarter, rest) = match named {
        Some(i) => (i as u32 + 1, &rest[NAMES[i].len()..]),
        None => (rest.chars().next()?.to_digit(10).filter(|q| (1..=4).contains(q))?, &rest[1..]),
    };
    let rest = without(rest.trim_start_matches([' ', ',', ':']), &["of "]);
    let (year, rest) = year(rest)?;
    let last = span_to(rest).filter(|r| (2..=4).contains(&digits(r))).map(|r| &r[digits(r)..]);
    let last = last.filter(|rest| ends(rest));
    // Quarters of a financial year begin in April.
    let (y, m) = match (last.is_some(), quarter) {
        (true, 4) => (year + 1, 1),
        (true, q) => (year, q * 3 + 1),
        (false, q) => (year, q * 3 - 2),
    };
    Some((format!("{y}-{m:02}"), last.unwrap_or(rest)))
}

/// "2021/22", "2021 - 2022".
fn span(text: &str) -> Read<'_> {
    let (first, rest) = year(text)?;
    let (_, rest) = short_year(span_to(rest)?)?;
    Some((first.to_string(), rest))
}

/// "31st March 2022".
fn day(text: &str) -> Read<'_> {
    let (day, rest) = number(text, 2)?;
    let (month, rest) = month(without(rest, &ORDINALS).strip_prefix(' ')?)?;
    let (year, rest) = year(word(rest).1.strip_prefix(' ')?)?;
    Some((format!("{year}-{month:02}-{day:02}"), rest))
}

/// "March 2022", "Mar-22", "sept '22".
fn month_of_year(text: &str) -> Read<'_> {
    const ENDS: [&str; 12] =
        ["", "uary", "ruary", "ch", "il", "e", "y", "ust", "t", "tember", "ober", "ember"];
    let (month, rest) = month(text)?;
    let (end, rest) = word(rest);
    let rest = rest.strip_prefix([' ', '-']).filter(|_| ENDS.contains(&end))?;
    let (year, rest) = short_year(without(rest, &["'"]))?;
    Some((format!("{year}-{month:02}"), rest))
}

/// A year that is no part of a figure or a reference, and where it stands.
fn lone_year(folded: &str) -> Option<(String, Range<usize>)> {
    let stops = |c: char, more: &str| c.is_ascii_digit() || ",/-".contains(c) || more.contains(c);
    folded.match_indices(['1', '2']).find_map(|(at, _)| {
        let (found, rest) = year(&folded[at..])?;
        let alone = !folded[..at].ends_with(|c| stops(c, ".£")) && !rest.starts_with(|c| stops(c, ""));
        alone.then(|| (found.to_string(), at..at + 4))
    })
}

/// The period that a text names, with the part of it that does.
pub(super) fn period(text: &str) -> Option<Period> {
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let folded = fold(text);
    let ways: [fn(&str) -> Read<'_>; 4] = [quarter, span, day, month_of_year];
    let first = |way: &fn(&str) -> Read<'_>| {
        words(&folded, 0).find_map(|(at, text)| {
            let (start, rest) = way(text).filter(|(_, rest)| ends(rest))?;
            Some((start, at..folded.len() - rest.len()))
        })
    };
    let (start, at) = ways.iter().find_map(first).or_else(|| lone_year(&folded))?;
    // Folding may change lengths; then the folded words stand.
    let printed = if folded.len() == text.len() { text.get(at.clone()) } else { None };
    let label = printed.or_else(|| folded.get(at))?.trim().to_owned();
    Some(Period { start, label })
}

/// The period of a column, where its header says "last year" or "this year" and the title names one.
pub(super) fn relative(header: &str, title: Option<&Period>) -> Option<Period> {
    let folded = fold(header);
    let back = if folded.contains("last year")
        || folded.contains("previous year")
        || folded.contains("prior year")
    {
        1
    } else if folded.contains("this year") || folded.contains("current year") {
        0
    } else {
        return None;
    };
    let year: u32 = title?.start.get(..4)?.parse().ok()?;
    Some(Period { start: (year - back).to_string(), label: header.trim().to_owned() })
}

/// Whether a header speaks of another year than its table's title does.
pub(super) fn is_relative(header: &str) -> bool {
    ["last year", "previous year", "prior year"].iter().any(|w| fold(header).contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods() {
        for (text, start, label) in [
            ("2021", "2021", "2021"),
            ("2021-2022", "2021", "2021-2022"),
            ("Budget 2021/22 £000", "2021", "2021/22"),
            ("Q3 2024-25", "2024-10", "Q3 2024-25"),
            ("Q4 2024/25", "2025-01", "Q4 2024/25"),
            ("as at 31 March 2022", "2022-03-31", "31 March 2022"),
            ("Mar-22", "2022-03", "Mar-22"),
            ("September 2023", "2023-09", "September 2023"),
        ] {
            assert_eq!(period(text), Some(Period { start: start.into(), label: label.into() }), "{text}");
        }
        assert_eq!(period("£2021"), None);
        assert_eq!(period("Marketing 22"), None);
    }

    #[test]
    fn last_year_counts_from_the_title() {
        let title = period("facts as at 2021-2022");
        assert_eq!(relative("Last Year's Figures", title.as_ref()).unwrap().start, "2020");
        assert_eq!(relative("This Year's Figures", title.as_ref()).unwrap().start, "2021");
        assert_eq!(relative("Last Year's Figures", None), None);
    }
}
