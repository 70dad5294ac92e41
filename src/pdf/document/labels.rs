//! Page labels: "iv", "A-3".

use super::View;
use crate::limits;
use crate::pdf::strings::text_string;
use hayro_syntax::object::{Dict, Name, Object, String as PdfString};

/// The label of each page; empty where the document has none.
pub(super) fn read(view: View<'_>, catalogue: &Dict<'_>, pages: usize) -> Vec<String> {
    let Some(tree) = view.sub(catalogue, b"PageLabels") else { return Vec::new() };
    let range = |(first, style)| {
        let Object::Number(first) = first else { return None };
        Some((usize::try_from(first.as_i64()).ok()?, view.dict(style)?))
    };
    let mut ranges: Vec<(usize, Dict<'_>)> = view.tree(tree, b"Nums").into_iter().filter_map(range).collect();
    ranges.sort_by_key(|(first, _)| *first);
    let mut out = vec![String::new(); pages.min(limits::PAGES)];
    for (i, (first, style)) in ranges.iter().enumerate() {
        let end = ranges.get(i + 1).map_or(out.len(), |(next, _)| *next).min(out.len());
        let prefix = style.get::<PdfString<'_>>(b"P").map(|s| text_string(&s)).unwrap_or_default();
        let kind = style.get::<Name<'_>>(b"S");
        let start = style.get::<i64>(b"St").unwrap_or(1).max(1) as usize;
        for (at, label) in out.iter_mut().enumerate().take(end).skip(*first) {
            let counted = number(start.saturating_add(at - first), kind.as_deref().unwrap_or_default());
            *label = format!("{prefix}{counted}");
        }
    }
    out
}

/// A number in one of the styles that labels know.
fn number(n: usize, kind: &[u8]) -> String {
    match kind {
        b"D" => n.to_string(),
        b"r" => roman(n).to_lowercase(),
        b"R" => roman(n),
        b"a" => letters(n),
        b"A" => letters(n).to_uppercase(),
        _ => String::new(),
    }
}

fn roman(mut n: usize) -> String {
    const DIGITS: [(usize, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if n >= 10_000 {
        return n.to_string();
    }
    let mut out = String::new();
    for (value, digit) in DIGITS {
        while n >= value {
            out.push_str(digit);
            n -= value;
        }
    }
    out
}

/// a … z, aa … zz.
fn letters(n: usize) -> String {
    let letter = char::from(b'a' + ((n.max(1) - 1) % 26) as u8);
    std::iter::repeat_n(letter, ((n.max(1) - 1) / 26 + 1).min(100)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_of_numbers() {
        assert_eq!(number(4, b"r"), "iv");
        assert_eq!(number(1994, b"R"), "MCMXCIV");
        assert_eq!(number(27, b"A"), "AA");
        assert_eq!(number(12, b"D"), "12");
        assert_eq!(number(3, b""), "");
        assert_eq!(number(usize::MAX, b"a").len(), 100);
    }
}
