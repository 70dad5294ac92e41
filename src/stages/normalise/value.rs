//! The text of one cell read as a figure.
//!
//! Nothing is guessed: what is not plainly a figure comes back as what it is (nothing, a word, a date,
//! a range), and the caller keeps the printed text.

use crate::stages::printed::{ORDINALS, digits, figures, number, without, word, year};
use crate::stages::{MONTHS, regex};
use crate::vocabulary::{FigureWords, fold};
use regex::Regex;
use std::sync::LazyLock;

/// What a cell says.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Nothing at all.
    Blank,
    /// A figure.
    Figure(Figure),
    /// That there is no figure ("N/K", "-"), or none that can be told ("<5"): why.
    Missing(&'static str),
    /// A date, month, year with month, or time of day.
    Date,
    /// Words.
    Word,
}

/// A figure as printed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figure {
    /// The figure, negative where brackets, a sign or "down" say so.
    pub value: f64,
    /// Its unit, where the cell prints one.
    pub unit: Option<String>,
    /// "up" or "down".
    pub direction: Option<&'static str>,
    /// The whole in "148/152".
    pub of: Option<f64>,
    /// What is printed behind the figure in brackets.
    pub note: Option<String>,
}

/// Longest text that is tried as a figure, in characters.
const LONGEST: usize = 60;

/// Whether a folded text is a date, a month, a span of years, a quarter or a time of day, and nothing
/// else.
pub(super) fn is_date(text: &str) -> bool {
    let text = behind_weekday(text).unwrap_or(text);
    let whole = |rest: Option<&str>| rest == Some("");
    whole(in_figures(text))
        || whole(iso(text))
        || whole(month_of_year(text))
        || whole(month_first(text))
        || whole(span(text))
        || whole(quarter(text))
        || whole(clock(text))
}

/// "Monday, ", "tues ".
fn behind_weekday(text: &str) -> Option<&str> {
    const DAYS: [&str; 12] =
        ["mon", "tue", "tues", "wed", "wednes", "thu", "thur", "thurs", "fri", "sat", "satur", "sun"];
    let (name, rest) = word(text);
    let day = name.strip_suffix("day").filter(|d| DAYS.contains(d)).or(Some(name));
    day.filter(|d| DAYS.contains(d)).and_then(|_| without(rest, &[","]).strip_prefix(' '))
}

/// "30/01/2025", "30.1.25".
fn in_figures(text: &str) -> Option<&str> {
    let rest = number(text, 2)?.1.strip_prefix(['/', '.'])?;
    let rest = number(rest, 2)?.1.strip_prefix(['/', '.'])?;
    Some(figures(rest, 2).or_else(|| figures(rest, 4))?.1)
}

/// "2025-01-30".
fn iso(text: &str) -> Option<&str> {
    let rest = figures(text, 4)?.1.strip_prefix('-')?;
    Some(figures(figures(rest, 2)?.1.strip_prefix('-')?, 2)?.1)
}

/// A month's name, whole or cut.
fn month(text: &str) -> Option<&str> {
    let (name, rest) = word(text);
    let known = name.get(..3).is_some_and(|short| MONTHS.contains(&short));
    known.then(|| without(rest, &["."]))
}

/// "May", "3rd May", "May 2022", "May-22", "12 May '22".
fn month_of_year(text: &str) -> Option<&str> {
    let day = || without(number(text, 2)?.1, &ORDINALS).strip_prefix([' ', '-']);
    let rest = month(day().unwrap_or(text))?;
    let year = rest.strip_prefix([' ', '\'', '-']).unwrap_or(rest);
    let short = || figures(without(year, &["'"]), 2);
    Some(figures(year, 4).or_else(short).map_or(rest, |(_, rest)| rest))
}

/// "May 3rd, 2022".
fn month_first(text: &str) -> Option<&str> {
    let (_, rest) = number(month(text)?.strip_prefix(' ')?, 2)?;
    let rest = without(without(rest, &ORDINALS), &[","]).strip_prefix(' ')?;
    Some(figures(rest, 4)?.1)
}

/// "2021/22", "2021 - 2022".
fn span(text: &str) -> Option<&str> {
    let rest = without(year(text)?.1, &[" "]).strip_prefix(['/', '-'])?;
    let rest = without(rest, &[" "]);
    Some(figures(rest, 2).or_else(|| year(rest))?.1)
}

/// "Q3", "q3 2024-25".
fn quarter(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('q')?.strip_prefix(['1', '2', '3', '4'])?;
    let Some((_, rest)) = rest.strip_prefix(' ').and_then(year) else { return Some(rest) };
    let last = rest.strip_prefix(['/', '-']).filter(|r| (2..=4).contains(&digits(r)));
    Some(last.map_or(rest, |r| &r[digits(r)..]))
}

/// "10.30am", "9 pm".
fn clock(text: &str) -> Option<&str> {
    let (_, rest) = number(text, 2)?;
    let rest = rest.strip_prefix(['.', ':']).and_then(|r| figures(r, 2)).map_or(rest, |(_, rest)| rest);
    let half = without(rest, &[" "]);
    half.strip_prefix("am").or_else(|| half.strip_prefix("pm"))
}

/// First letters of months, and of the days of the week before them.
const FIRST_LETTERS: [char; 10] = ['j', 'f', 'm', 'a', 's', 'o', 'n', 'd', 't', 'w'];

/// The length of a plain number that a text begins with: thousands marked by commas or spaces, or not at
/// all; a point and decimals.
pub(super) fn number_length(text: &str) -> usize {
    let whole = digits(text);
    let groups = |mark: char| {
        let group = |rest: &str| rest.strip_prefix(mark).is_some_and(|r| digits(r) >= 3);
        let mut end = whole;
        while text.get(end..).is_some_and(group) {
            end += 4;
        }
        Some(end).filter(|end| *end > whole && (1..=3).contains(&whole))
    };
    let end = groups(',').or_else(|| groups(' ').filter(|_| !text.starts_with('0'))).unwrap_or(whole);
    match text[end..].strip_prefix('.').map(digits) {
        Some(decimals) if decimals > 0 => end + 1 + decimals,
        _ => end,
    }
}

static RANGE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^£?\d[\d,.]*%?[kmb]? ?(?:-|to|and) ?£?\d[\d,.]*(?:%|[kmb]|bn)?(?: ?[a-z ]+)?$"));

static BOUND: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:[<>≤≥]=?|less than|under|over|more than|fewer than|up to|at least|below|above) ?£?\d[\d,.]*%?$|^\d[\d,.]*%? ?(?:\+|plus|or more|or less|or fewer)$",
    )
});

/// Reads the text of a cell.
pub fn read(raw: &str, words: &FigureWords) -> Reading {
    // Most cells of words are long: they need no folding to be told.
    let seen = |c: &char| !c.is_whitespace() && !matches!(c, '\u{ad}' | '\u{200b}');
    if raw.len() > LONGEST && raw.chars().filter(seen).nth(LONGEST).is_some() {
        return Reading::Word;
    }
    let text = fold(raw);
    let text = text.trim();
    if text.is_empty() {
        return Reading::Blank;
    }
    if text.chars().count() > LONGEST {
        return Reading::Word;
    }
    let marked = text.trim_end_matches(['*', '†', '‡', '^']).trim_end();
    if words.none.iter().any(|w| w == text || w == marked) {
        return Reading::Missing("the cell says that there is no figure");
    }
    if words.zero.iter().any(|w| w == marked) {
        return Reading::Figure(Figure::default());
    }
    if marked.is_empty() {
        return Reading::Missing("the cell holds only a mark");
    }
    let digits = marked.contains(char::is_numeric);
    if (digits || marked.starts_with(FIRST_LETTERS)) && is_date(marked) {
        return Reading::Date;
    }
    if !digits {
        return Reading::Word;
    }
    if let Some(figure) = figure(marked, words) {
        return Reading::Figure(figure);
    }
    if BOUND.is_match(marked) {
        return Reading::Missing("the cell gives a bound, not a figure");
    }
    if RANGE.is_match(marked) {
        return Reading::Missing("the cell gives a range, not a figure");
    }
    Reading::Word
}

/// The sign that a text begins with, and the rest.
fn sign(text: &str) -> (Option<f64>, &str) {
    if let Some(rest) = text.strip_prefix('-') {
        (Some(-1.0), rest.trim_start())
    } else if let Some(rest) = text.strip_prefix('+') {
        (Some(1.0), rest.trim_start())
    } else {
        (None, text)
    }
}

/// A direction that the text begins with, and the rest.
fn direction<'t>(text: &'t str, words: &FigureWords) -> (Option<&'static str>, &'t str) {
    // Signs are read as signs.
    let longest = |list: &crate::vocabulary::Words| {
        list.begins(text).filter(|n| !matches!(text.get(..*n), Some("+" | "-")))
    };
    let (up, down) = (longest(&words.up), longest(&words.down));
    match (up, down) {
        (None, None) => (None, text),
        (u, d) => {
            let (way, n) = if u > d { ("up", u) } else { ("down", d) };
            let rest = text.get(n.unwrap_or(0)..).unwrap_or_default();
            (Some(way), rest.trim_start_matches([':', ' ']))
        }
    }
}

fn figure(text: &str, words: &FigureWords) -> Option<Figure> {
    let (way, rest) = direction(text, words);
    let (way, rest) = match way {
        None => trailing_direction(rest, words),
        some => (some, rest),
    };
    let mut figure = signed(rest, words)?;
    if way == Some("down") && figure.value > 0.0 {
        figure.value = -figure.value;
    }
    figure.direction = way;
    Some(figure)
}

/// An arrow behind the figure.
fn trailing_direction<'t>(text: &'t str, words: &FigureWords) -> (Option<&'static str>, &'t str) {
    // No arrow is a letter or figure.
    if text.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return (None, text);
    }
    for (list, way) in [(&words.up, "up"), (&words.down, "down")] {
        for w in list.iter().filter(|w| !w.chars().any(|c| c.is_alphanumeric() || c == '+' || c == '-')) {
            if let Some(rest) = text.strip_suffix(w) {
                return (Some(way), rest.trim_end());
            }
        }
    }
    (None, text)
}

/// A figure with its sign or brackets.
fn signed(text: &str, words: &FigureWords) -> Option<Figure> {
    let (before, inner) = sign(text);
    // "(1,234)", "£(1.2)m", "(£1.2m)", "(12.3)%"
    let open = inner.find('(');
    if let Some(open) = open.filter(|o| inner[..*o].chars().all(|c| matches!(c, '£' | '€' | '$' | ' '))) {
        let close = inner.rfind(')')?;
        let unwrapped = format!("{}{}{}", &inner[..open], inner.get(open + 1..close)?, &inner[close + 1..]);
        let (again, bare) = sign(unwrapped.trim());
        if before.is_some() || again == Some(1.0) {
            return None;
        }
        let mut figure = unsigned(bare, words)?;
        figure.value = -figure.value;
        return Some(figure);
    }
    let (currency_sign, inner) = match inner.strip_prefix('£') {
        // "£-3.2m"
        Some(rest) if before.is_none() => match sign(rest.trim_start()) {
            (Some(s), r) => (Some(s), format!("£{r}")),
            (None, _) => (None, inner.to_owned()),
        },
        _ => (None, inner.to_owned()),
    };
    let mut figure = unsigned(&inner, words)?;
    if before.or(currency_sign) == Some(-1.0) {
        figure.value = -figure.value;
    }
    Some(figure)
}

/// A figure without sign: currency, number, scale, unit, whole, note.
fn unsigned(text: &str, words: &FigureWords) -> Option<Figure> {
    let (currency, rest) = match text.chars().next()? {
        '£' => (Some("GBP"), text['£'.len_utf8()..].trim_start()),
        '€' => (Some("EUR"), text['€'.len_utf8()..].trim_start()),
        '$' => (Some("USD"), text[1..].trim_start()),
        '=' => (None, text[1..].trim_start()),
        _ => (None, text),
    };
    let (value, tail) = quantity(rest)?;
    let mut figure = Figure { value, unit: currency.map(Into::into), ..Figure::default() };
    let tail = suffix(&mut figure, tail.trim_start(), words)?;
    if let Some(note) = tail.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        figure.note = Some(note.trim().to_owned()).filter(|n| !n.is_empty());
        return Some(figure);
    }
    tail.is_empty().then_some(figure)
}

/// A number at the start of a text, and what follows.
fn quantity(text: &str) -> Option<(f64, &str)> {
    let (digits, tail) = text.split_at(number_length(text));
    if digits.is_empty() || !digits.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    // "0207 …" and "007" are no quantities; ",12" behind a number is a slip that nobody can read.
    let zero_led = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if zero_led || tail.starts_with(|c: char| c == ',' || c.is_ascii_digit()) || tail.starts_with(" 0") {
        return None;
    }
    let plain: String = digits.chars().filter(|c| !matches!(c, ',' | ' ')).collect();
    let value: f64 = plain.parse().ok()?;
    let tail = match tail.strip_prefix('.') {
        Some(rest) if rest.trim().is_empty() => "",
        Some(_) => return None,
        None => tail,
    };
    value.is_finite().then_some((value, tail))
}

/// Reads scale, per cent, unit, whole and ordinal behind a number; gives what is left.
fn suffix<'t>(figure: &mut Figure, tail: &'t str, words: &FigureWords) -> Option<&'t str> {
    if tail.is_empty() || tail.starts_with('(') {
        return Some(tail);
    }
    if let Some(rest) = tail.strip_prefix('%') {
        let rest = rest.trim_start();
        let points = words.units.begins(&format!("% {rest}"));
        figure.unit = Some(if points.is_some() { "percentage points" } else { "%" }.into());
        return Some(if points.is_some() { "" } else { rest.trim_end_matches('.') });
    }
    if let Some(whole) = whole_of(tail) {
        let (n, rest) = quantity(whole)?;
        let rest = rest.trim_start();
        if n >= 1000.0 && is_power_of_ten(n) {
            figure.unit = Some(per(n));
        } else {
            figure.of = Some(n);
        }
        return Some(rest);
    }
    if let Some(rest) = tail.strip_prefix("per ") {
        let (n, rest) = quantity(rest.trim())?;
        figure.unit = Some(per(n));
        return rest.trim().is_empty().then_some("");
    }
    let word_end = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
    let (word, rest) = tail.split_at(word_end);
    match (word, figure.unit.is_some()) {
        ("st" | "nd" | "rd" | "th", false) => {
            figure.unit = Some("rank".into());
            let rest = rest.trim_start_matches('=').trim_start();
            match whole_of(rest).and_then(quantity) {
                Some((n, left)) => {
                    figure.of = Some(n);
                    return Some(left.trim_start());
                }
                None => return Some(rest),
            }
        }
        ("k" | "thousand", _) => figure.value *= 1e3,
        ("m" | "mn", true) | ("million", _) => figure.value *= 1e6,
        ("bn" | "b", true) | ("billion", _) => figure.value *= 1e9,
        ("p", false) => {
            figure.value /= 100.0;
            figure.unit = Some("GBP".into());
        }
        _ => {
            let unit = words.units.begins(tail)?;
            let rest = tail.get(unit..)?.trim_start_matches('.').trim_start();
            figure.unit = tail.get(..unit).map(|u| match u {
                "pp" | "percentage points" | "points" => "percentage points".into(),
                "per cent" => "%".into(),
                u => u.to_owned(),
            });
            return Some(rest);
        }
    }
    // Scaling by a power of ten leaves dust in the last places.
    figure.value = (figure.value * 1e4).round() / 1e4;
    Some(rest.trim_start())
}

/// What follows "/", "of" or "out of".
fn whole_of(text: &str) -> Option<&str> {
    ["/", "out of ", "of ", "in "].iter().find_map(|w| text.strip_prefix(w)).map(str::trim_start)
}

fn is_power_of_ten(n: f64) -> bool {
    [1e3, 1e4, 1e5, 1e6].contains(&n)
}

fn per(n: f64) -> String {
    let digits = format!("{n:.0}");
    let mut out = String::from("per ");
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;
    use proptest::prelude::*;

    static WORDS: LazyLock<FigureWords> = LazyLock::new(|| Vocabulary::default().figures);

    fn value(raw: &str) -> f64 {
        match read(raw, &WORDS) {
            Reading::Figure(f) => f.value,
            other => panic!("{raw}: {other:?}"),
        }
    }

    fn fig(raw: &str) -> Figure {
        match read(raw, &WORDS) {
            Reading::Figure(f) => f,
            other => panic!("{raw}: {other:?}"),
        }
    }

    #[test]
    fn plain_numbers() {
        for (raw, v) in [
            ("0", 0.0),
            ("7", 7.0),
            ("1878", 1878.0),
            ("4,436", 4436.0),
            ("1,234,567.89", 1_234_567.89),
            ("12 345", 12345.0),
            ("0.5", 0.5),
            (".5", 0.5),
            ("-59,765.1", -59765.1),
            ("\u{2212}3", -3.0),
            ("– 12.5", -12.5),
            ("+4", 4.0),
            ("(1,234)", -1234.0),
            ("( 0.3 )", -0.3),
            ("65,000*", 65000.0),
            ("12.", 12.0),
            ("nil", 0.0),
        ] {
            assert_eq!(value(raw), v, "{raw}");
        }
    }

    #[test]
    fn money_and_scales() {
        for (raw, v) in [
            ("£1,158", 1158.0),
            ("£3.2m", 3_200_000.0),
            ("-£3.2m", -3_200_000.0),
            ("£-3.2m", -3_200_000.0),
            ("£(1.2)m", -1_200_000.0),
            ("(£1.2m)", -1_200_000.0),
            ("£1.1bn", 1_100_000_000.0),
            ("£250k", 250_000.0),
            ("£ 12.50", 12.5),
            ("45p", 0.45),
            ("3 million", 3_000_000.0),
        ] {
            assert_eq!(value(raw), v, "{raw}");
        }
        assert_eq!(fig("£3.2m").unit.as_deref(), Some("GBP"));
        assert_eq!(read("3.2m", &WORDS), Reading::Word, "metres or millions: nobody can tell");
    }

    #[test]
    fn directions_percentages_and_points() {
        let f = fig("Down 19.5%");
        assert_eq!((f.value, f.unit.as_deref(), f.direction), (-19.5, Some("%"), Some("down")));
        let f = fig("Up by 5.5%");
        assert_eq!((f.value, f.direction), (5.5, Some("up")));
        assert_eq!(value("Reduced by 3"), -3.0);
        assert_eq!(fig("▼ 4").value, -4.0);
        assert_eq!(fig("4 ▲").direction, Some("up"));
        assert_eq!(fig("Down -4%").value, -4.0, "down said twice is down once");
        assert_eq!(fig("2.1 pp").unit.as_deref(), Some("percentage points"));
        assert_eq!(fig("2.1% points").unit.as_deref(), Some("percentage points"));
        assert_eq!(fig("(12.3)%").value, -12.3);
    }

    #[test]
    fn wholes_rates_and_ranks() {
        let f = fig("148/152");
        assert_eq!((f.value, f.of, f.unit), (148.0, Some(152.0), None));
        assert_eq!(fig("3 of 9").of, Some(9.0));
        for raw in ["39.4/ 100,000.", "39.4/100,000", "39.4 per 100,000"] {
            let f = fig(raw);
            assert_eq!((f.value, f.unit.as_deref(), f.of), (39.4, Some("per 100,000"), None), "{raw}");
        }
        assert_eq!(fig("189/10,000").unit.as_deref(), Some("per 10,000"));
        let f = fig("9th");
        assert_eq!((f.value, f.unit.as_deref()), (9.0, Some("rank")));
        assert_eq!(fig("2nd=").value, 2.0);
        assert_eq!(fig("12 days").unit.as_deref(), Some("days"));
    }

    #[test]
    fn a_second_figure_in_brackets_is_a_note() {
        let f = fig("45 (12%)");
        assert_eq!((f.value, f.note.as_deref()), (45.0, Some("12%")));
    }

    #[test]
    fn cells_without_a_figure() {
        assert_eq!(read("  ", &WORDS), Reading::Blank);
        for raw in ["N/K*", "-", "–", "n/a", "N/A", "*", "..", "TBC"] {
            assert!(matches!(read(raw, &WORDS), Reading::Missing(_)), "{raw}");
        }
        for raw in ["<5", ">95%", "10-20", "0-5", "5 to 9", "65+", "£10-£20", "less than 5"] {
            assert!(matches!(read(raw, &WORDS), Reading::Missing(_)), "{raw}: {:?}", read(raw, &WORDS));
        }
        for raw in [
            "Improving",
            "Highest but Rate down",
            "24/00108",
            "01642 729713",
            "03000 416 950",
            "12 Acacia Row",
            "1.2.3",
            "1,23",
            "A1",
            "S106",
            "0-5 years old children",
            "3 and a half",
            "up",
            "www.example.org",
        ] {
            let r = read(raw, &WORDS);
            assert!(!matches!(r, Reading::Figure(_)), "{raw}: {r:?}");
        }
    }

    #[test]
    fn dates_and_years_spelt_as_spans_are_dates() {
        for raw in [
            "01/02/2024",
            "12 May 2022",
            "Jun-21",
            "March 2022",
            "2021/22",
            "2021-2022",
            "10.30am",
            "Q3 2024-25",
            "Monday 3 June 2024",
            "2024-05-01",
        ] {
            assert_eq!(read(raw, &WORDS), Reading::Date, "{raw}");
        }
        assert_eq!(value("2021"), 2021.0, "a year alone may be a count: the column tells");
    }

    proptest! {
        #[test]
        fn never_panics(raw in "\\PC{0,40}") {
            let _ = read(&raw, &WORDS);
        }

        #[test]
        fn never_panics_on_what_looks_like_figures(raw in "[-+(£%/.,0-9a-z )▲–]{0,24}") {
            if let Reading::Figure(f) = read(&raw, &WORDS) {
                prop_assert!(f.value.is_finite());
            }
        }

        #[test]
        fn what_is_printed_with_thousands_reads_back(n in -9_999_999_999i64..9_999_999_999i64) {
            let digits = n.unsigned_abs().to_string();
            let mut s = String::new();
            for (i, c) in digits.chars().enumerate() {
                if i > 0 && (digits.len() - i).is_multiple_of(3) { s.push(','); }
                s.push(c);
            }
            let printed = if n < 0 { format!("({s})") } else { s };
            prop_assert_eq!(value(&printed), n as f64);
        }
    }
}
