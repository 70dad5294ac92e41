//! Dates and times as councils print them.

use crate::stages::{MONTHS, regex};
use crate::vocabulary::fold;
use regex::{Captures, Regex};
use std::sync::LazyLock;

const MONTH: &str = r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";

static DAY_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(r"\b(\d{{1,2}}) ?(?:st|nd|rd|th)? (?:day of |of )?{MONTH}\.?,? ((?:19|20)\d{{2}})\b"))
});
static MONTH_FIRST: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"\b{MONTH}\.? (\d{{1,2}})(?:st|nd|rd|th)?,? ((?:19|20)\d{{2}})\b")));
static FIGURES: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(\d{1,2})[/.](\d{1,2})[/.]((?:19|20)\d{2}|\d{2})\b"));
static ISO: LazyLock<Regex> = LazyLock::new(|| regex(r"\b((?:19|20)\d{2})[-_ ](\d{2})[-_ ](\d{2})\b"));
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"\b(\d{1,2})[.:](\d{2}) ?(a\.?m|p\.?m)?\b|\b(\d{1,2}) ?(a\.?m|p\.?m)\b|\b(noon|midday)\b")
});

/// Which ways of printing a date a folded text may hold, by what is soon seen: most texts hold none.
struct May {
    month: bool,
    figures: bool,
    iso: bool,
}

impl May {
    fn hold(folded: &str) -> May {
        let bytes = folded.as_bytes();
        let day = bytes.iter().any(u8::is_ascii_digit);
        May {
            month: day && MONTHS.iter().any(|m| folded.contains(m)),
            figures: day && bytes.windows(2).any(|w| w[0].is_ascii_digit() && matches!(w[1], b'/' | b'.')),
            iso: day && bytes.windows(4).any(|w| w.iter().all(u8::is_ascii_digit)),
        }
    }
}

/// The first date in a text, as ISO, and where it ends in the folded text.
pub(super) fn date(text: &str) -> Option<String> {
    let folded = fold(text);
    let may = May::hold(&folded);
    let captures = |may: bool, r: &'static LazyLock<Regex>| may.then(|| r.captures(&folded)).flatten();
    let found = [
        captures(may.month, &DAY_FIRST).and_then(|c| placed(&c, 3, 2, 1)),
        captures(may.month, &MONTH_FIRST).and_then(|c| placed(&c, 3, 1, 2)),
        captures(may.figures, &FIGURES).and_then(|c| placed(&c, 3, 2, 1)),
        captures(may.iso, &ISO).and_then(|c| placed(&c, 1, 2, 3)),
    ];
    found.into_iter().flatten().min().map(|(_, iso)| iso)
}

/// Whether a text begins with a date.
pub(super) fn starts_date(text: &str) -> bool {
    let folded = fold(text);
    let may = May::hold(&folded);
    [(may.month, &DAY_FIRST), (may.figures, &FIGURES), (may.iso, &ISO)]
        .iter()
        .any(|(may, r)| *may && r.find(&folded).is_some_and(|m| m.start() == 0))
}

/// All dates in a text, as ISO, in order.
pub(super) fn all(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut found: Vec<(usize, String)> = DAY_FIRST
        .captures_iter(&folded)
        .filter_map(|c| placed(&c, 3, 2, 1))
        .chain(MONTH_FIRST.captures_iter(&folded).filter_map(|c| placed(&c, 3, 1, 2)))
        .chain(FIGURES.captures_iter(&folded).filter_map(|c| placed(&c, 3, 2, 1)))
        .collect();
    found.sort();
    found.dedup_by(|a, b| a.1 == b.1);
    found.into_iter().map(|f| f.1).collect()
}

fn placed(c: &Captures, year: usize, month: usize, day: usize) -> Option<(usize, String)> {
    let at = c.get(0)?.start();
    let month = c.get(month)?.as_str();
    let month = match MONTHS.iter().position(|m| month.starts_with(m)) {
        Some(i) => i as u32 + 1,
        None => month.parse().ok()?,
    };
    let day: u32 = c.get(day)?.as_str().parse().ok()?;
    let year: u32 = c.get(year)?.as_str().parse().ok()?;
    let year = if year < 100 { 2000 + year } else { year };
    ((1..=12).contains(&month) && (1..=31).contains(&day))
        .then(|| (at, format!("{year:04}-{month:02}-{day:02}")))
}

/// The first time of day in a text, as `HH:MM`.
pub(super) fn time(text: &str) -> Option<String> {
    let folded = fold(text);
    if !folded.bytes().any(|b| b.is_ascii_digit()) && !folded.contains("noon") && !folded.contains("midday") {
        return None;
    }
    TIME.captures_iter(&folded).find_map(|c| {
        if c.get(6).is_some() {
            return Some("12:00".to_owned());
        }
        let half = c.get(3).or(c.get(5)).map(|m| m.as_str().starts_with('p'));
        let hour: u32 = c.get(1).or(c.get(4))?.as_str().parse().ok()?;
        let minute: u32 = c.get(2).map_or(Ok(0), |m| m.as_str().parse()).ok()?;
        let hour = match half {
            Some(true) if hour < 12 => hour + 12,
            Some(false) if hour == 12 => 0,
            _ => hour,
        };
        (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
    })
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
