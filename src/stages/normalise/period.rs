//! The time that a header or title names.

use crate::model::Period;
use crate::stages::{MONTHS, regex};
use crate::vocabulary::fold;
use regex::Regex;
use std::sync::LazyLock;

static QUARTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:q([1-4])|quarter ([1-4]|one|two|three|four))[ ,:]*(?:of )?((?:19|20)\d{2})(?: ?[-/] ?(\d{2,4}))?\b",
    )
});
static SPAN: LazyLock<Regex> = LazyLock::new(|| regex(r"\b((?:19|20)\d{2}) ?[-/] ?((?:19|20)?\d{2})\b"));
static DAY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(\d{1,2})(?:st|nd|rd|th)? (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* ((?:19|20)\d{2})\b",
    )
});
static MONTH: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?[ -]'?((?:19|20)\d{2}|\d{2})\b",
    )
});
static YEAR: LazyLock<Regex> = LazyLock::new(|| regex(r"(?:^|[^\d,.£/-])((?:19|20)\d{2})(?:$|[^\d,/-])"));

/// The period that a text names, with the part of it that does.
pub(super) fn period(text: &str) -> Option<Period> {
    let folded = fold(text);
    let label = |m: Option<regex::Match>| {
        let m = m?;
        // Folding may change lengths; then the folded words stand.
        let printed = if folded.len() == text.len() { text.get(m.range()) } else { None };
        Some(printed.unwrap_or(m.as_str()).trim().to_owned())
    };
    let month = |name: &str| MONTHS.iter().position(|m| *m == name).map(|i| i + 1);
    if let Some(c) = QUARTER.captures(&folded) {
        let quarter = match c.get(1).or(c.get(2))?.as_str() {
            "1" | "one" => 1,
            "2" | "two" => 2,
            "3" | "three" => 3,
            _ => 4,
        };
        let year: u32 = c.get(3)?.as_str().parse().ok()?;
        // Quarters of a financial year begin in April.
        let (y, m) = match (c.get(4).is_some(), quarter) {
            (true, 4) => (year + 1, 1),
            (true, q) => (year, q * 3 + 1),
            (false, q) => (year, q * 3 - 2),
        };
        return Some(Period { start: format!("{y}-{m:02}"), label: label(c.get(0))? });
    }
    if let Some(c) = SPAN.captures(&folded) {
        return Some(Period { start: c.get(1)?.as_str().to_owned(), label: label(c.get(0))? });
    }
    if let Some(c) = DAY.captures(&folded) {
        let start = format!("{}-{:02}-{:0>2}", &c[3], month(&c[2])?, &c[1]);
        return Some(Period { start, label: label(c.get(0))? });
    }
    if let Some(c) = MONTH.captures(&folded) {
        let year = if c[2].len() == 2 { format!("20{}", &c[2]) } else { c[2].to_owned() };
        return Some(Period { start: format!("{year}-{:02}", month(&c[1])?), label: label(c.get(0))? });
    }
    let c = YEAR.captures(&folded)?;
    Some(Period { start: c.get(1)?.as_str().to_owned(), label: label(c.get(1))? })
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
