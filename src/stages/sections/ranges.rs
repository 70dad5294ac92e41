//! Numbers of items and ranges of pages as front sheets print them.

use super::dates::FULL;
use crate::stages::printed::{ORDINALS, digits, ends, in_word};
use std::ops::Range;

/// Pages as printed: "(Pages 11 - 84)", "Page 5".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pages {
    /// Where it stands, with brackets and spaces around.
    pub at: Range<usize>,
    first: u32,
    last: Option<u32>,
}

impl Pages {
    /// First and last page, where they can be.
    pub(super) fn range(&self) -> Option<[u32; 2]> {
        let last = self.last.unwrap_or(self.first);
        (self.first > 0 && self.first <= last).then_some([self.first, last])
    }

    /// Whether two numbers are printed.
    pub(super) fn is_range(&self) -> bool {
        self.last.is_some()
    }
}

/// What follows a word, whatever its case.
fn behind<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

fn behind_any<'t>(text: &'t str, words: &[&str]) -> Option<&'t str> {
    words.iter().find_map(|w| behind(text, w))
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// A number of up to four digits; of a longer one its first four, for what follows to tell.
fn number(text: &str) -> Option<(u32, &str)> {
    let length = text.bytes().take(4).take_while(u8::is_ascii_digit).count();
    Some((text[..length].parse().ok()?, &text[length..]))
}

fn is_dash(c: char) -> bool {
    c == '-' || ('\u{2010}'..='\u{2015}').contains(&c)
}

/// "11 - 84", "5", "11 to 84": the numbers, and what follows.
fn numbers<'t>(text: &'t str, words: &[&str]) -> Option<(u32, Option<u32>, &'t str)> {
    let (first, rest) = number(text)?;
    let between = rest.trim_start();
    let last = between.strip_prefix(is_dash).or_else(|| behind_any(between, words));
    match last.and_then(|r| number(r.trim_start())) {
        Some((last, rest)) => Some((first, Some(last), rest)),
        None => Some((first, None, rest)),
    }
}

/// "Pages", "page", "pp.", "p": what follows.
fn page_word(text: &str) -> Option<&str> {
    behind_any(text, &["pages", "page"])
        .or_else(|| behind_any(text, &["pp", "p"]).map(|r| r.strip_prefix('.').unwrap_or(r)))
}

/// "(Pages 11 - 84)", "Pages 1-10", "(Page 5)" anywhere in a text.
pub(super) fn pages(text: &str) -> Option<Pages> {
    if !text.contains(is_digit) {
        return None;
    }
    text.match_indices(['p', 'P']).find_map(|(at, _)| {
        if text[..at].ends_with(in_word) {
            return None;
        }
        let rest = page_word(&text[at..])?;
        let rest = behind_any(rest, &[" nos", " no"]).map_or(rest, |r| r.strip_prefix('.').unwrap_or(r));
        let rest = rest.strip_prefix([':', '.']).unwrap_or(rest);
        let (first, last, rest) = numbers(rest.trim_start(), &["to", "and"])?;
        let rest = rest.trim_start();
        let end = text.len() - rest.strip_prefix([')', ']']).unwrap_or(rest).len();
        let before = text[..at].trim_end();
        let start = before.strip_suffix(['(', '[']).unwrap_or(before).len();
        Some(Pages { at: start..end, first, last })
    })
}

/// "11 - 84" or "5" alone, as a right-hand column prints them.
pub(super) fn column(text: &str) -> Option<Pages> {
    let inner = text.strip_prefix(['(', '[']).unwrap_or(text).trim_start();
    let inner = page_word(inner).unwrap_or(inner).trim_start();
    let (first, last, rest) = numbers(inner, &["to"])?;
    let rest = rest.trim_start();
    let rest = rest.strip_suffix([')', ']']).unwrap_or(rest);
    rest.is_empty().then_some(Pages { at: 0..text.len(), first, last })
}

/// The same at the end of a line, which must then be a range: with the space before it.
pub(super) fn trailing(text: &str) -> Option<Pages> {
    let inner = text.strip_suffix([')', ']']).unwrap_or(text);
    let (before, last) = last_number(inner)?;
    let before = before.trim_end().strip_suffix(is_dash)?.trim_end();
    let (before, first) = last_number(before)?;
    let before = before.strip_suffix(['(', '[']).unwrap_or(before);
    let space = before.chars().next_back().filter(|c| c.is_whitespace())?;
    Some(Pages { at: before.len() - space.len_utf8()..text.len(), first, last: Some(last) })
}

/// A number of up to four digits at the end of a text, and what stands before.
fn last_number(text: &str) -> Option<(&str, u32)> {
    let before = text.trim_end_matches(is_digit);
    let digits = &text[before.len()..];
    if digits.len() > 4 { None } else { Some((before, digits.parse().ok()?)) }
}

/// An item's number at the start of a text: "3", "3a", "10.1", "19/30", "A2"; and what follows.
fn item_number(text: &str) -> Option<(&str, &str)> {
    let n = digits(text);
    let end = match text.as_bytes().first()? {
        b'A'..=b'H' => 1 + Some(digits(&text[1..])).filter(|n| (1..=2).contains(n))?,
        _ if (1..=4).contains(&n) => {
            let mut end = n + usize::from(text[n..].starts_with(|c: char| c.is_ascii_alphabetic()));
            for _ in 0..2 {
                let Some(more) = text[end..].strip_prefix(['.', '/']) else { break };
                let n = digits(more);
                if !(1..=4).contains(&n) {
                    break;
                }
                end += 1 + n + usize::from(more[n..].starts_with(|c: char| c.is_ascii_lowercase()));
            }
            end
        }
        _ => return None,
    };
    Some(text.split_at(end))
}

/// What stands before an item's number: marks, and a label, which `apart` says must not touch it.
fn label(text: &str, apart: bool) -> &str {
    let text = text.trim_start_matches(['*', '+', '#']).trim_start();
    let Some(rest) = behind_any(text, &["agenda item", "item no", "item"]) else { return text };
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let number = rest.trim_start();
    if apart && number.len() == rest.len() { text } else { number }
}

/// A number alone: "3.", "3a", "10.1", "19/30", "A2".
pub(super) fn alone(text: &str) -> Option<&str> {
    let (number, rest) = item_number(label(text, false))?;
    let rest = rest.trim_start();
    rest.strip_prefix(['.', ')', ':']).unwrap_or(rest).is_empty().then_some(number)
}

/// The same before a title on one line.
pub(super) fn leading(text: &str) -> Option<(&str, &str)> {
    let (number, rest) = item_number(label(text, true))?;
    let title = |rest: &'_ str| -> Option<usize> {
        let title = rest.trim_start();
        (title.len() < rest.len() && !title.is_empty() && !title.contains('\n')).then_some(title.len())
    };
    // A mark ends the number where a space follows it; else it begins the title.
    let marked = rest.trim_start().strip_prefix(['.', ')', ':']).and_then(title);
    let length = marked.or_else(|| title(rest))?;
    Some((number, &text[text.len() - length..]))
}

/// Whether what follows a number makes a date or a time of it: "May 2022", "th", "pm".
pub(super) fn is_date(title: &str) -> bool {
    let ordinal = behind_any(title, &ORDINALS);
    let month = behind_any(ordinal.unwrap_or(title).trim_start(), &FULL).filter(|rest| ends(rest));
    let year = |rest: &str| {
        let rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        rest.is_empty() || rest.starts_with(is_digit)
    };
    let half = behind_any(title, &["am", "pm"]).or(ordinal).is_some_and(ends);
    month.is_some_and(year) || half || behind_any(title, &["a.m", "p.m"]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_pages_in_a_line() {
        for (text, at, pages) in [
            ("Budget (Pages 11 - 84)", 7..22, Some([11, 84])),
            ("Budget Pages 1-10", 6..17, Some([1, 10])),
            ("[Page nos. 5 to 6] ", 0..18, Some([5, 6])),
            ("pp.3 and 4, again", 0..10, Some([3, 4])),
            ("page 9 to 3", 0..11, None),
        ] {
            let found = super::pages(text).unwrap();
            assert_eq!((found.at.clone(), found.range()), (at, pages), "{text}");
        }
        for text in ["pages", "steps 3", "homepage 3", "30 pages"] {
            assert_eq!(super::pages(text), None, "{text}");
        }
    }

    #[test]
    fn pages_in_a_column_and_at_the_end() {
        for text in ["11 - 84", "(11 - 84)", "Pages 11 to 84", "p.11\u{2013}84]"] {
            assert_eq!(column(text).unwrap().range(), Some([11, 84]), "{text}");
        }
        assert_eq!(column("5").unwrap().range(), Some([5, 5]));
        for text in ["11 - 84 -", "12345", "11 and 84", "x 5", ""] {
            assert_eq!(column(text), None, "{text}");
        }
        let found = trailing("Minutes 3 - 12").unwrap();
        assert_eq!((found.at.clone(), found.range()), (7..14, Some([3, 12])));
        assert!(trailing("Minutes (3\u{2013}12)").is_some_and(|p| p.at.start == 7));
        for text in ["Minutes 12", "3 - 12", "Minutes x3 - 12", "Minutes 3 - 12345"] {
            assert_eq!(trailing(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_alone_and_before_titles() {
        for (text, number) in [
            ("3.", "3"),
            ("3a", "3a"),
            ("10.1", "10.1"),
            ("**19/30 :", "19/30"),
            ("Item no. 4", "4"),
            ("A2)", "A2"),
        ] {
            assert_eq!(alone(text), Some(number), "{text}");
        }
        for text in ["", "12345", "3 Title", "A123", "J1", "1.2.3.4", "Item"] {
            assert_eq!(alone(text), None, "{text}");
        }
        for (text, number, title) in [
            ("3. Title", "3", "Title"),
            ("3 .Title", "3", ".Title"),
            ("Agenda Item 4a: Title 2 ", "4a", "Title 2 "),
            ("10.1. A title", "10.1", "A title"),
        ] {
            assert_eq!(leading(text), Some((number, title)), "{text}");
        }
        for text in ["3.", "3.Title", "Item4 Title", "3 Title\nmore", "12345 Title"] {
            assert_eq!(leading(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_may_begin_a_date() {
        for text in ["May 2022", "th May, 2022", "October", "pm in room 1", "a.m.", "th edition"] {
            assert!(is_date(text), "{text}");
        }
        for text in ["Mayor's report", "May we ask", "thoughts", "amendments", "Apologies"] {
            assert!(!is_date(text), "{text}");
        }
    }
}
