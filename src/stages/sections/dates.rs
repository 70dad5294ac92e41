//! Dates and times as councils print them.

use crate::stages::MONTHS;
use crate::stages::printed::{ORDINALS, ends, figures, number, without, word, words, year};
use crate::vocabulary::fold;

/// The months as they are written out; dates also cut them to three letters, and September to four.
pub(super) const FULL: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Year, month and day as printed, and what is printed behind them.
type Found<'t> = ([u32; 3], &'t str);

/// A way of printing a date: read from the start of a text, which is the start of a word.
type Way = fn(&str) -> Option<Found<'_>>;

/// A month's name, whole or cut, and what follows it.
fn month(text: &str) -> Option<(u32, &str)> {
    let (name, rest) = word(text);
    let cut = |full: &str| {
        name == full || name.len() == 3 && full.starts_with(name) || name == "sept" && full == "september"
    };
    Some((FULL.iter().position(|full| cut(full))? as u32 + 1, rest))
}

/// "9 January 2025", "3rd day of March, 2021".
fn day_first(text: &str) -> Option<Found<'_>> {
    let (day, rest) = number(text, 2)?;
    let apart = rest
        .strip_prefix(' ')
        .and_then(|r| ORDINALS.iter().find_map(|o| r.strip_prefix(o)?.strip_prefix(' ')));
    let rest = apart.or_else(|| without(rest, &ORDINALS).strip_prefix(' '))?;
    let (month, rest) = month(without(rest, &["day of ", "of "]))?;
    let rest = without(without(rest, &["."]), &[","]).strip_prefix(' ')?;
    let (year, rest) = year(rest)?;
    Some(([year, month, day], rest))
}

/// "January 9th, 2025".
fn month_first(text: &str) -> Option<Found<'_>> {
    let (month, rest) = month(text)?;
    let (day, rest) = number(without(rest, &["."]).strip_prefix(' ')?, 2)?;
    let rest = without(without(rest, &ORDINALS), &[","]).strip_prefix(' ')?;
    let (year, rest) = year(rest)?;
    Some(([year, month, day], rest))
}

/// "30/01/2025", "30.1.25".
fn in_figures(text: &str) -> Option<Found<'_>> {
    let (day, rest) = number(text, 2)?;
    let (month, rest) = number(rest.strip_prefix(['/', '.'])?, 2)?;
    let rest = rest.strip_prefix(['/', '.'])?;
    let (year, rest) = year(rest).or_else(|| figures(rest, 2))?;
    Some(([year, month, day], rest))
}

/// "2025-01-30", and with spaces or lines below, as in file names.
fn iso(text: &str) -> Option<Found<'_>> {
    let (year, rest) = year(text)?;
    let (month, rest) = figures(rest.strip_prefix(['-', '_', ' '])?, 2)?;
    let (day, rest) = figures(rest.strip_prefix(['-', '_', ' '])?, 2)?;
    Some(([year, month, day], rest))
}

/// The dates of a folded text that are printed in one way, with the places where they begin.
fn printed(folded: &str, way: Way) -> impl Iterator<Item = (usize, [u32; 3])> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        let (at, found, rest) = words(folded, from).find_map(|(at, text)| {
            let (found, rest) = way(text).filter(|(_, rest)| ends(rest))?;
            Some((at, found, rest))
        })?;
        from = folded.len() - rest.len();
        Some((at, found))
    })
}

/// A date as ISO, where it is one of the calendar.
fn written([year, month, day]: [u32; 3]) -> Option<String> {
    let year = if year < 100 { 2000 + year } else { year };
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// Which ways of printing a date a folded text may hold, by what is soon seen: most texts hold none.
fn ways(folded: &str) -> impl Iterator<Item = Way> {
    let bytes = folded.as_bytes();
    let day = bytes.iter().any(u8::is_ascii_digit);
    let month = day && MONTHS.iter().any(|m| folded.contains(m));
    let figures = day && bytes.windows(2).any(|w| w[0].is_ascii_digit() && matches!(w[1], b'/' | b'.'));
    let iso_like = day && bytes.windows(4).any(|w| w.iter().all(u8::is_ascii_digit));
    let all: [(bool, Way); 4] =
        [(month, day_first), (month, month_first), (figures, in_figures), (iso_like, iso)];
    all.into_iter().filter(|(may, _)| *may).map(|(_, way)| way)
}

/// The first date in a text, as ISO.
pub(super) fn date(text: &str) -> Option<String> {
    let folded = fold(text);
    let first = |way: Way| printed(&folded, way).next().and_then(|(at, found)| Some((at, written(found)?)));
    ways(&folded).filter_map(first).min().map(|(_, iso)| iso)
}

/// Whether a text begins with a date.
pub(super) fn starts_date(text: &str) -> bool {
    let folded = fold(text);
    let begins = |way: Way| way(&folded).is_some_and(|(_, rest)| ends(rest));
    folded.starts_with(|c: char| c.is_ascii_digit()) && [day_first, in_figures, iso].into_iter().any(begins)
}

/// All dates in a text, as ISO, in order.
pub(super) fn all(text: &str) -> Vec<String> {
    let folded = fold(text);
    let ways: [Way; 3] = [day_first, month_first, in_figures];
    let found = ways.into_iter().flat_map(|way| printed(&folded, way));
    let mut found: Vec<(usize, String)> = found.filter_map(|(at, date)| Some((at, written(date)?))).collect();
    found.sort();
    found.dedup_by(|a, b| a.1 == b.1);
    found.into_iter().map(|f| f.1).collect()
}

/// "am" or "p.m." at the start of a text: whether it is the afternoon, and what follows.
fn half(text: &str) -> Option<(bool, &str)> {
    let (letter, rest) = (text.as_bytes().first()?, text.get(1..)?);
    let rest = without(rest, &["."]).strip_prefix('m').filter(|rest| ends(rest))?;
    matches!(letter, b'a' | b'p').then_some((*letter == b'p', rest))
}

/// A time at the start of a text, as hour and minute, and what follows; the hour may be none of a day's.
fn clock(text: &str) -> Option<([u32; 2], &str)> {
    if let Some(rest) = text.strip_prefix("noon").or_else(|| text.strip_prefix("midday")) {
        return ends(rest).then_some(([12, 0], rest));
    }
    let (hour, rest) = number(text, 2)?;
    let minute = rest.strip_prefix([':', '.']).and_then(|r| figures(r, 2));
    let (minute, rest) = minute.unwrap_or((u32::MAX, rest));
    let (afternoon, rest) = match half(without(rest, &[" "])) {
        Some((afternoon, rest)) => (Some(afternoon), rest),
        None => (None, rest),
    };
    let hour = match afternoon {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 => 0,
        _ => hour,
    };
    match minute {
        u32::MAX => afternoon.map(|_| ([hour, 0], rest)),
        // "10.00x" is no time; "10.00 x" is.
        minute => (afternoon.is_some() || ends(rest)).then_some(([hour, minute], rest)),
    }
}

/// The first time of day in a text, as `HH:MM`.
pub(super) fn time(text: &str) -> Option<String> {
    let folded = fold(text);
    let mut from = 0;
    while let Some((at, ([hour, minute], rest))) =
        words(&folded, from).find_map(|(at, text)| Some((at, clock(text)?)))
    {
        if hour < 24 && minute < 60 {
            return Some(format!("{hour:02}:{minute:02}"));
        }
        from = (folded.len() - rest.len()).max(at + 1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_all_the_ways_that_councils_print_them() {
        for (text, iso) in [
            ("Thursday, 30th January, 2025, at 10.00 am", "2025-01-30"),
            ("Monday 24th October, 2022", "2022-10-24"),
            ("held on 9 January 2025.", "2025-01-09"),
            ("the 3rd day of March 2021", "2021-03-03"),
            ("for Cabinet, 30/01/2025 10:00", "2025-01-30"),
            ("pack 2025-02-13", "2025-02-13"),
            ("October 5, 2010", "2010-10-05"),
            ("12 Sept 2019", "2019-09-12"),
        ] {
            assert_eq!(date(text).as_deref(), Some(iso), "{text}");
        }
        assert_eq!(date("2021/22"), None);
        assert_eq!(date("version 1.2"), None);
    }

    #[test]
    fn times() {
        for (text, t) in [
            ("at 10.00 am", "10:00"),
            ("9.30am", "09:30"),
            ("7 pm", "19:00"),
            ("19:00", "19:00"),
            ("12 noon", "12:00"),
            ("10.30 a.m.", "10:30"),
        ] {
            assert_eq!(time(text).as_deref(), Some(t), "{text}");
        }
        assert_eq!(time("in room 3"), None);
    }
}
