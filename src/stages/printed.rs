//! Numbers, years and words, read by hand from the start of a folded text.
//!
//! Dates, periods and figures are in every pack, and patterns for all the ways of printing them take as
//! long to make ready as a short paper takes to convert.

/// Days are printed with these behind them.
pub(crate) const ORDINALS: [&str; 4] = ["st", "nd", "rd", "th"];

/// Whether a character is part of a word: nothing that is looked for begins or ends beside it.
pub(crate) fn in_word(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit() || c == '_'
}

/// Whether a text begins behind a word.
pub(crate) fn ends(rest: &str) -> bool {
    !rest.starts_with(in_word)
}

/// How many digits a text begins with.
pub(crate) fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// A number of so many digits at most, and what follows it, which is no digit.
pub(crate) fn number(text: &str, most: usize) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at(digits(text));
    if digits.len() > most { None } else { Some((digits.parse().ok()?, rest)) }
}

/// A number of just so many digits.
pub(crate) fn figures(text: &str, count: usize) -> Option<(u32, &str)> {
    if digits(text) == count { number(text, count) } else { None }
}

/// A year of the last century or this one.
pub(crate) fn year(text: &str) -> Option<(u32, &str)> {
    figures(text, 4).filter(|(year, _)| (1900..2100).contains(year))
}

/// A word of small letters, and what follows it.
pub(crate) fn word(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_lowercase).count())
}

/// A text without the first of some words, where it begins with one.
pub(crate) fn without<'t>(text: &'t str, words: &[&str]) -> &'t str {
    words.iter().find_map(|w| text.strip_prefix(w)).unwrap_or(text)
}

/// The places from `from` on where words of ASCII begin, with the text from there on.
pub(crate) fn words(folded: &str, from: usize) -> impl Iterator<Item = (usize, &str)> {
    let bytes = folded.as_bytes();
    let starts =
        (from..bytes.len()).filter(|at| bytes[*at].is_ascii_lowercase() || bytes[*at].is_ascii_digit());
    let begins = |at: &usize| match at.checked_sub(1).map(|before| bytes[before]) {
        None => true,
        Some(b) if b.is_ascii() => !in_word(char::from(b)),
        Some(_) => !folded[..*at].ends_with(in_word),
    };
    starts.filter(begins).map(|at| (at, &folded[at..]))
}
