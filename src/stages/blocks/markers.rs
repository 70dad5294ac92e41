//! Bullets and numbers that open a line: glyphs, letters of symbol fonts, or drawings.

use super::text_line::TextLine;
use crate::model::{PageLines, Rect};

/// What opens a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    /// As printed; "•" for a drawn bullet.
    pub text: String,
    pub kind: MarkerKind,
    /// Words of the line that it takes: 0 for a drawn bullet.
    pub words: usize,
}

/// What a marker counts: its number, and its form ("(a)" and "a." are different lists).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counter {
    number: u32,
    kind: MarkerKind,
    form: (bool, Option<char>),
    upper: bool,
}

impl Counter {
    /// Whether it comes right after another in one list.
    pub(super) fn follows(self, other: Counter) -> bool {
        self.number == other.number + 1
            && (self.kind, self.form, self.upper) == (other.kind, other.form, other.upper)
    }
}

impl Marker {
    /// What it counts, if it counts.
    pub(super) fn counter(&self) -> Option<Counter> {
        let bare = self.text.trim_matches(|c: char| !c.is_alphanumeric());
        let number = match self.kind {
            MarkerKind::Number => bare.parse().ok()?,
            MarkerKind::Letter if bare.len() == 1 => {
                u32::from(bare.bytes().next()?.to_ascii_lowercase()).checked_sub(u32::from(b'a'))?
            }
            MarkerKind::Roman => roman(bare)?,
            _ => return None,
        };
        let form =
            (self.text.starts_with('('), self.text.chars().next_back().filter(|c| !c.is_alphanumeric()));
        Some(Counter { number, kind: self.kind, form, upper: bare.starts_with(char::is_uppercase) })
    }
}

/// The value of a small roman number.
fn roman(text: &str) -> Option<u32> {
    let digit = |c: char| match c.to_ascii_lowercase() {
        'i' => Some(1),
        'v' => Some(5),
        'x' => Some(10),
        _ => None,
    };
    let digits: Vec<u32> = text.chars().map(digit).collect::<Option<_>>()?;
    let at = |i: usize| digits.get(i).copied().unwrap_or(0);
    // A smaller digit before a larger one is taken away.
    let sign = |i: usize| if at(i) < at(i + 1) { -1 } else { 1 };
    u32::try_from((0..digits.len()).map(|i| sign(i) * i64::from(at(i))).sum::<i64>()).ok()
}

/// Kinds of marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkerKind {
    Bullet,
    /// "1.", "1)", "(1)".
    Number,
    /// "(a)", "b.".
    Letter,
    /// "(iv)".
    Roman,
    /// "3.2", "2.2.1", and "17" before a tab: the number of a paragraph or heading.
    Decimal,
}

/// Reads the marker of a line from its first word.
pub(super) fn read(page: &PageLines, line: &TextLine) -> Option<Marker> {
    let first = line.word(page, 0)?;
    let text = first.text.as_str();
    let next = line.word(page, 1);
    if let Some(next) = next
        && !next.glued
    {
        if is_bullet(text, first.style.symbol, next.bbox.left - first.bbox.right, line.size) {
            let shown =
                if text == "o" || first.style.symbol && !text.starts_with('☐') { "•" } else { text };
            return Some(Marker { text: shown.to_owned(), kind: MarkerKind::Bullet, words: 1 });
        }
        let gap = next.bbox.left - first.bbox.right;
        let tabbed = is_count(text) && gap > 0.55 * line.size && next.text.starts_with(char::is_alphabetic);
        let kind = number(text).or(tabbed.then_some(MarkerKind::Decimal));
        return kind.map(|kind| Marker { text: text.to_owned(), kind, words: 1 });
    }
    // "•Text" without a gap: the bullet is a word of its own only if its style differs.
    let glued = next.is_some_and(|n| n.glued);
    let bullet = glued && text.chars().count() == 1 && text.starts_with(['•', '▪', '●', '◦', '➢', '■', '❖']);
    bullet.then(|| Marker { text: text.to_owned(), kind: MarkerKind::Bullet, words: 1 })
}

/// Whether a whole short line is nothing but a marker, or a number that may be one beside a paragraph.
pub(super) fn is_bare(page: &PageLines, line: &TextLine) -> bool {
    let Some(first) = line.word(page, 0) else { return false };
    let one = line.words.len() == 1;
    let closed =
        line.words.len() == 2 && line.word(page, 1).is_some_and(|w| matches!(w.text.as_str(), "." | ")"));
    let counted = one && is_count(&first.text);
    counted
        || (one || closed)
            && (is_bullet(&first.text, first.style.symbol, line.size, line.size)
                || number(&first.text).is_some())
}

/// A bare number as paragraphs are counted with.
fn is_count(text: &str) -> bool {
    (1..=3).contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_bullet(text: &str, symbol: bool, gap: f32, size: f32) -> bool {
    let mut chars = text.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else { return false };
    match c {
        '•' | '●' | '○' | '◦' | '▪' | '■' | '□' | '▫' | '➢' | '➤' | '►' | '▶' | '❖' | '✓' | '✔' | '◆'
        | '◾' | '◼' | '⁃' | '∙' | '⦁' | '\u{F0B7}' | '\u{FFFD}' => true,
        '·' | '*' | '+' | '»' | '→' => gap > 0.25 * size,
        '-' | '–' | '—' => gap > 0.15 * size,
        'o' => gap > 0.6 * size,
        _ => symbol && gap > 0.3 * size,
    }
}

/// The kind of a number, or `None` if the word is no marker.
pub(super) fn number(text: &str) -> Option<MarkerKind> {
    let open = text.starts_with('(');
    let bare = text.strip_prefix('(').unwrap_or(text);
    let (bare, closed) =
        match bare.strip_suffix(')').or_else(|| bare.strip_suffix('.')).or_else(|| bare.strip_suffix(':')) {
            Some(b) => (b.strip_suffix('.').unwrap_or(b), true),
            None => (bare, false),
        };
    if open && !closed || bare.is_empty() {
        return None;
    }
    if bare.bytes().all(|b| b.is_ascii_digit()) {
        // "(408)" is an area code, "(2021)" a year.
        let short = bare.len() <= if open { 2 } else { 3 };
        return (closed && short && !text.ends_with(':')).then_some(MarkerKind::Number);
    }
    let parts: Vec<&str> = bare.split('.').collect();
    if parts.len() >= 2 {
        let digits = |p: &&str| !p.is_empty() && p.len() <= 3 && p.bytes().all(|b| b.is_ascii_digit());
        let lettered = |p: &str| p.len() <= 4 && p.bytes().all(|b| b.is_ascii_alphanumeric());
        let all = parts[..parts.len() - 1].iter().all(digits)
            && parts.last().is_some_and(|p| !p.is_empty() && lettered(p));
        let first = parts[0].parse::<u32>().unwrap_or(0);
        return (all && parts.len() <= 5 && (1..100).contains(&first)).then_some(MarkerKind::Decimal);
    }
    if !closed || text.ends_with(':') {
        return None;
    }
    if bare.chars().count() == 1 && bare.chars().all(char::is_alphabetic) {
        let roman = matches!(bare, "i" | "v" | "x");
        return Some(if roman { MarkerKind::Roman } else { MarkerKind::Letter });
    }
    let roman = bare.len() <= 6 && bare.chars().all(|c| "ivx".contains(c) || "IVX".contains(c));
    let pair = open && bare.len() == 2 && bare.chars().all(|c| c.is_ascii_lowercase());
    if roman { Some(MarkerKind::Roman) } else { pair.then_some(MarkerKind::Letter) }
}

/// Bullets drawn as small shapes, fills or pictures left of a line's text.
pub(super) fn drawn_bullets(page: &PageLines, lines: &mut [TextLine]) {
    let small = |r: &Rect| {
        let (w, h) = (r.width(), r.height());
        w > 1.5 && w < 11.0 && h > 1.5 && h < 11.0 && w < 1.7 * h && h < 1.7 * w
    };
    let g = &page.graphics;
    let shapes = g.shapes.iter().map(|s| s.bbox);
    let mut dots: Vec<Rect> = shapes
        .chain(g.fills.iter().map(|f| f.bbox))
        .chain(g.images.iter().map(|i| i.bbox))
        .filter(small)
        .collect();
    if dots.is_empty() || dots.len() > 600 {
        return;
    }
    dots.sort_by(|a, b| a.mid_y().total_cmp(&b.mid_y()));
    for line in lines.iter_mut().filter(|l| l.marker.is_none()) {
        let (top, bottom) = (line.baseline - 0.75 * line.size, line.baseline + 0.1 * line.size);
        let from = dots.partition_point(|d| d.mid_y() < top);
        let found = dots[from..].iter().take_while(|d| d.mid_y() <= bottom).any(|d| {
            let gap = line.bbox.left - d.right;
            gap > 0.5 && gap < 26.0 && d.height() < 0.75 * line.size
        });
        if found {
            line.marker = Some(Marker { text: "•".into(), kind: MarkerKind::Bullet, words: 0 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_run_on_in_their_own_form() {
        let counter = |text: &str| {
            let kind = number(text).unwrap();
            Marker { text: text.into(), kind, words: 1 }.counter().unwrap()
        };
        for (a, b) in [("1.", "2."), ("(a)", "(b)"), ("(iii)", "(iv)"), ("ix.", "x."), ("A)", "B)")] {
            assert!(counter(b).follows(counter(a)), "{a} {b}");
        }
        for (a, b) in [("1.", "(2)"), ("1.", "3."), ("(a)", "(B)"), ("2.", "2.")] {
            assert!(!counter(b).follows(counter(a)), "{a} {b}");
        }
    }

    #[test]
    fn numbers_are_told_from_words() {
        for (text, kind) in [
            ("1.", MarkerKind::Number),
            ("(12)", MarkerKind::Number),
            ("a)", MarkerKind::Letter),
            ("(b)", MarkerKind::Letter),
            ("(iv)", MarkerKind::Roman),
            ("ii.", MarkerKind::Roman),
            ("3.2", MarkerKind::Decimal),
            ("2.2.1.", MarkerKind::Decimal),
            ("(aa)", MarkerKind::Letter),
            ("10.1", MarkerKind::Decimal),
            ("1.1a", MarkerKind::Decimal),
        ] {
            assert_eq!(number(text), Some(kind), "{text}");
        }
        for text in [
            "12", "2022", "(408)", "(see", "a", "I", "(the)", "0.5", "1,234.5", "Mr.", "£1.2", "Note:",
            "100.0%",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
