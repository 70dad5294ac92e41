//! A page as the table finders see it: its body words on visual rows, cut into pieces at wide gaps.

use crate::model::{LineFate, PageLines, Rect, Turn, Word};
use std::ops::Range;

/// A body word with the line that it stands on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// Index into the page's words.
    pub(super) index: u32,
    /// Its box.
    pub(super) bbox: Rect,
    /// Index of its line.
    pub(super) line: u32,
    /// Baseline of its line.
    pub(super) baseline: f32,
    /// Font size.
    pub(super) size: f32,
    /// Reads from left to right.
    pub(super) upright: bool,
}

/// Words of one visual row without a wide gap between them.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // Each is a thing seen on its own.
pub(super) struct Piece {
    /// Box around the words.
    pub(super) bbox: Rect,
    /// Indexes into the sheet's marks, left to right.
    pub(super) marks: Vec<u32>,
    /// A figure, a percentage, a dash: what stands in a column of values.
    pub(super) value: bool,
    /// A year or a span of years.
    pub(super) year: bool,
    /// A unit alone: "£000s", "%".
    pub(super) unit: bool,
    /// A figure that cannot end or begin here: the cell broke it.
    pub(super) open: bool,
    /// It ends with a colon.
    pub(super) label: bool,
    /// All words are bold.
    pub(super) bold: bool,
    /// Colour of the first word.
    pub(super) colour: u32,
    /// Font size of the first word.
    pub(super) size: f32,
    /// Width of the first word: what would have had to fit on the line above.
    pub(super) first_width: f32,
    /// Begins with a small letter.
    pub(super) lower: bool,
    /// Begins with a bracket and is no figure.
    pub(super) aside: bool,
    /// A bullet, number or letter that marks a list item or paragraph.
    pub(super) marker: bool,
}

/// Pieces on one baseline.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Its baseline.
    pub(super) baseline: f32,
    /// Largest font size.
    pub(super) size: f32,
    /// Box around the pieces.
    pub(super) bbox: Rect,
    /// Left to right.
    pub(super) pieces: Vec<Piece>,
}

/// A page's body words.
pub(super) struct Sheet<'a> {
    /// The page.
    pub(super) page: &'a PageLines,
    /// Its body words.
    pub(super) marks: Vec<Mark>,
}

/// Gaps wider than this many font sizes part two pieces.
pub(super) const PIECE_GAP: f32 = 0.95;

/// Gaps wider than this many font sizes are more than a space.
const SPACE_GAP: f32 = 0.45;

/// Texts of more bytes have more characters than any figure or marker.
const LONG: usize = 4 * 24;

impl<'a> Sheet<'a> {
    /// Gathers the body words of a page.
    pub(super) fn new(page: &'a PageLines) -> Self {
        let mut marks = Vec::with_capacity(page.words.len());
        for (line, l) in page.lines.iter().enumerate().filter(|(_, l)| l.fate == LineFate::Body) {
            for (k, w) in page.words_of(l).iter().enumerate() {
                marks.push(Mark {
                    index: l.first + k as u32,
                    bbox: w.bbox,
                    line: line as u32,
                    baseline: l.baseline,
                    size: if w.size > 0.0 { w.size } else { l.size.max(1.0) },
                    upright: l.turn == Turn::None,
                });
            }
        }
        Sheet { page, marks }
    }

    /// The word of a mark.
    pub(super) fn word(&self, mark: &Mark) -> &Word {
        &self.page.words[mark.index as usize]
    }

    /// Text of marks, parted by spaces.
    pub(super) fn text(&self, marks: &[u32]) -> String {
        let mut out = String::new();
        self.text_into(&mut out, marks);
        out
    }

    /// The same in place of what a text held.
    fn text_into(&self, out: &mut String, marks: &[u32]) {
        out.clear();
        // One growth, not one a word.
        out.reserve(marks.iter().map(|m| 1 + self.word(&self.marks[*m as usize]).text.len()).sum());
        for m in marks.iter().filter_map(|m| self.marks.get(*m as usize)) {
            let w = self.word(m);
            if !out.is_empty() && !w.glued {
                out.push(' ');
            }
            out.push_str(&w.text);
        }
    }

    /// Groups upright marks that `keep` accepts into rows, top to bottom, and cuts these into pieces.
    pub(super) fn rows(&self, keep: impl Fn(&Mark) -> bool) -> Vec<Row> {
        self.rows_of((0..self.marks.len() as u32).filter(|i| keep(&self.marks[*i as usize])))
    }

    /// Groups upright marks of a list into rows, top to bottom, and cuts these into pieces.
    pub(super) fn rows_of(&self, marks: impl IntoIterator<Item = u32>) -> Vec<Row> {
        let mut order: Vec<u32> = marks.into_iter().filter(|i| self.marks[*i as usize].upright).collect();
        order.sort_by(|a, b| {
            let (a, b) = (&self.marks[*a as usize], &self.marks[*b as usize]);
            a.baseline.total_cmp(&b.baseline).then(a.bbox.left.total_cmp(&b.bbox.left))
        });
        let mut rows: Vec<Row> = Vec::new();
        let mut text = String::new();
        let mut start = 0;
        while start < order.len() {
            let first = &self.marks[order[start] as usize];
            let slack = (first.size * 0.3).clamp(1.0, 4.0);
            let mut end = start + 1;
            while end < order.len() && self.marks[order[end] as usize].baseline - first.baseline <= slack {
                end += 1;
            }
            let members = &mut order[start..end];
            members.sort_by(|a, b| {
                let (a, b) = (&self.marks[*a as usize], &self.marks[*b as usize]);
                a.bbox.left.total_cmp(&b.bbox.left).then(a.index.cmp(&b.index))
            });
            rows.extend(self.row(members, PIECE_GAP, &mut text));
            start = end;
        }
        rows
    }

    /// A row cut at every gap that is wider than a space.
    pub(super) fn fine(&self, row: &Row) -> Row {
        let members: Vec<u32> = row.pieces.iter().flat_map(|p| p.marks.iter().copied()).collect();
        self.row(&members, SPACE_GAP, &mut String::new()).unwrap_or_else(|| row.clone())
    }

    fn row(&self, members: &[u32], wide: f32, text: &mut String) -> Option<Row> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut right = f32::MIN;
        let mut first = 0;
        let stretched = self.stretched(members);
        for (k, m) in members.iter().enumerate() {
            let here = &self.marks[*m as usize];
            let gap = here.bbox.left - right;
            let last = members[first..k].last().map(|p| &self.marks[*p as usize]);
            let apart = match last {
                None => true,
                Some(_) if stretched.iter().any(|s| s.contains(&k)) => false,
                Some(l) => {
                    let size = here.size.max(l.size);
                    gap > size * if l.line == here.line { wide } else { wide.min(0.6) }
                        || gap > 0.2 * size && figures(&self.word(l).text, &self.word(here).text)
                }
            };
            if apart {
                pieces.extend(self.piece_with(&members[first..k], text));
                first = k;
            }
            right = right.max(here.bbox.right);
        }
        pieces.extend(self.piece_with(&members[first..], text));
        let bbox = Rect::around(pieces.iter().map(|p| p.bbox))?;
        let size = members.iter().map(|m| self.marks[*m as usize].size).fold(0.0, f32::max);
        let baseline = self.marks[*members.first()? as usize].baseline;
        Some(Row { baseline, size, bbox, pieces })
    }

    /// Runs of words that follow on their neighbours at one wide distance: the spaces of a justified line,
    /// which part nothing. Words in columns stand so only where all are of one width, or are figures.
    fn stretched(&self, members: &[u32]) -> Vec<Range<usize>> {
        let mark = |k: usize| &self.marks[members[k] as usize];
        let lettered = |k: usize| self.word(mark(k)).text.contains(char::is_alphabetic);
        let gap = |k: usize| mark(k).bbox.left - mark(k - 1).bbox.right;
        let wide = |k: &usize| {
            let size = mark(*k).size;
            gap(*k) > SPACE_GAP * size && gap(*k) < 3.0 * size && (lettered(*k) || lettered(*k - 1))
        };
        let mut out: Vec<Range<usize>> = Vec::new();
        for k in (1..members.len()).filter(wide) {
            match out.last_mut() {
                Some(run) if run.end == k && (gap(k) - gap(run.start)).abs() < 0.04 * mark(k).size => {
                    run.end += 1;
                }
                _ => out.push(k..k + 1),
            }
        }
        let width = |k: usize| mark(k).bbox.width();
        let differ = |run: &Range<usize>| {
            let (least, most) = (run.start - 1..run.end)
                .map(width)
                .fold((f32::MAX, f32::MIN), |(least, most), w| (least.min(w), most.max(w)));
            most - least > 0.5 * mark(run.start).size
        };
        out.retain(|run| run.len() >= 3 && differ(run) && !self.in_columns(&members[run.start - 1..run.end]));
        out
    }

    /// Whether each of some words has one of a row nearby over or under it: columns as wide as their words.
    fn in_columns(&self, words: &[u32]) -> bool {
        let Some(first) = words.first().map(|m| &self.marks[*m as usize]) else { return false };
        let aligned = |a: &Rect, b: &Rect| {
            (a.left - b.left).abs() < 1.0
                || (a.right - b.right).abs() < 1.0
                || (a.mid_x() - b.mid_x()).abs() < 1.0
        };
        // Rows by their baselines, with which of the words they have something in line.
        let mut rows: Vec<(f32, Vec<bool>)> = Vec::new();
        let apart = |m: &&Mark| (m.baseline - first.baseline).abs() / first.size;
        for other in self.marks.iter().filter(|m| (0.5..3.0).contains(&apart(m))) {
            let row = rows.iter().position(|r| (r.0 - other.baseline).abs() < 2.0).unwrap_or_else(|| {
                rows.push((other.baseline, vec![false; words.len()]));
                rows.len() - 1
            });
            for (k, w) in words.iter().enumerate() {
                rows[row].1[k] |= aligned(&other.bbox, &self.marks[*w as usize].bbox);
            }
        }
        rows.iter().any(|r| r.1.iter().all(|met| *met))
    }

    /// A piece of the given marks.
    pub(super) fn piece(&self, marks: &[u32]) -> Option<Piece> {
        self.piece_with(marks, &mut String::new())
    }

    /// The same, with a text to write in.
    fn piece_with(&self, marks: &[u32], text: &mut String) -> Option<Piece> {
        let bbox = Rect::around(marks.iter().map(|m| self.marks[*m as usize].bbox))?;
        let first = &self.marks[*marks.first()? as usize];
        // A long text is no figure and no marker: its ends are all that is asked of it.
        let (head, tail) = (self.word(first), self.word(&self.marks[*marks.last()? as usize]));
        let length: usize = marks.iter().map(|m| self.word(&self.marks[*m as usize]).text.len()).sum();
        let long = length > LONG && !tail.glued && !head.text.is_empty() && !tail.text.is_empty();
        let (start, end) = if long {
            (head.text.as_str(), tail.text.as_str())
        } else {
            self.text_into(text, marks);
            (text.as_str(), text.as_str())
        };
        Some(Piece {
            bbox,
            value: !long && is_value(start),
            year: !long && is_year(start),
            unit: !long && is_unit(start),
            open: unfinished(end) || start.starts_with([',', '/']),
            label: end.ends_with(':'),
            bold: marks.iter().all(|m| self.word(&self.marks[*m as usize]).style.bold),
            colour: self.word(first).colour,
            size: first.size,
            first_width: first.bbox.width(),
            lower: start.chars().next().is_some_and(char::is_lowercase),
            aside: start.starts_with('(') && (long || !is_value(start)),
            marker: !long && is_marker(start) || (marks.len() == 1 && self.word(first).style.symbol),
            marks: marks.to_vec(),
        })
    }
}

/// A figure that cannot end here: "100,", "39.4/", "189/10,0".
pub(super) fn unfinished(head: &str) -> bool {
    let Some(last) = head.bytes().next_back() else { return false };
    let short = |group: &str| group.len() < 3 && group.bytes().all(|b| b.is_ascii_digit());
    matches!(last, b',' | b'/')
        || last.is_ascii_digit() && head.rsplit_once(',').is_some_and(|(_, group)| short(group))
}

/// Whether two words side by side are figures of two columns set close: both values, one with a
/// decimal mark or the like, and not "12 345" as some write thousands.
fn figures(left: &str, right: &str) -> bool {
    let digits = |t: &str| t.bytes().any(|b| b.is_ascii_digit());
    let marked = |t: &str| t.contains(['.', ',', '%', '(', '£']);
    let thousands = right.len() >= 3
        && right.bytes().take(3).all(|b| b.is_ascii_digit())
        && right.as_bytes().get(3).is_none_or(|b| !b.is_ascii_digit() && *b != b',')
        && left.bytes().rev().take_while(u8::is_ascii_digit).count() <= 3
        && !left.contains(['.', ',', '%']);
    digits(left)
        && digits(right)
        && (marked(left) || marked(right))
        && !thousands
        && !left.ends_with([',', '.', '/'])
        && is_value(left)
        && is_value(right)
}

/// A text without spaces around it; most have none.
fn bare(text: &str) -> &str {
    let graphic = |b: Option<&u8>| b.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if graphic(bytes.first()) && graphic(bytes.last()) { text } else { text.trim() }
}

/// Whether a cell's text is a figure or stands for one: "1,234", "(12.5)", "£3.2m", "148/152", "-", "n/a".
pub(super) fn is_value(text: &str) -> bool {
    let t = bare(text);
    if t.is_empty() || t.len() > 24 && t.chars().nth(24).is_some() {
        return false;
    }
    let digits = t.bytes().filter(u8::is_ascii_digit).count();
    if digits > 0 {
        return is_figure(t, digits);
    }
    if matches!(t, "-" | "–" | "—" | "*" | "✓" | "✔" | "x" | "X" | ".." | "…") {
        return true;
    }
    ["n/a", "n/k", "nil", "tbc", "na"].iter().any(|k| t.eq_ignore_ascii_case(k))
}

/// Whether a text with so many digits is a figure.
fn is_figure(t: &str, digits: usize) -> bool {
    if !t.starts_with(|c: char| c.is_ascii_digit() || "-–−+(£$€<>~±.#".contains(c)) || is_unit(t) {
        return false;
    }
    let letters = t.chars().filter(|c| c.is_alphabetic()).count();
    // "(95% CI)" and "5 wards" say more than a figure.
    let words = t.split_whitespace().skip(1).any(|w| w.chars().filter(|c| c.is_alphabetic()).count() > 1);
    !words && letters <= digits.max(2)
}

/// Whether text is a unit of money or share alone: "£000s", "(£'000)", "£m", "%".
pub(super) fn is_unit(text: &str) -> bool {
    let t = bare(text).trim_start_matches('(').trim_end_matches(')');
    let Some(scale) = t.strip_prefix(['£', '$', '€']) else { return t == "%" };
    let scale = scale.trim().trim_start_matches(['\'', '’', '‘']);
    let zeros = scale.trim_end_matches(['s', '\'', '’']);
    zeros == "000"
        || ["", "k", "m", "bn", "million", "thousand"].iter().any(|s| scale.eq_ignore_ascii_case(s))
}

/// Whether text is a year or a span of years, perhaps with its unit: "2022", "2021/22", "2021-22 £000s".
pub(super) fn is_year(text: &str) -> bool {
    let t = bare(text);
    // Neither a year nor a unit begins with a letter, and most texts do.
    if t.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return false;
    }
    // Words of a cell come in the order of the page's lines: the unit may be the first.
    let t = match t.split_once(' ') {
        Some((year, rest)) if is_unit(rest) => year,
        Some((first, year)) if is_unit(first) => year,
        _ => t,
    };
    let year = |s: &str| {
        s.len() == 4 && (s.starts_with("19") || s.starts_with("20")) && s.bytes().all(|b| b.is_ascii_digit())
    };
    match t.split_once(['/', '-', '–']) {
        Some((a, b)) => {
            year(a.trim())
                && (year(b.trim()) || b.trim().len() == 2 && b.trim().bytes().all(|c| c.is_ascii_digit()))
        }
        None => year(t),
    }
}

/// Whether text is only a list marker or a paragraph number: "•", "1.", "(a)", "iv)", "2.3.1".
pub(super) fn is_marker(text: &str) -> bool {
    let t = bare(text);
    // A character has four bytes at most.
    let count = if t.len() > 32 { 9 } else { t.chars().take(9).count() };
    if count == 0 || count > 8 {
        return false;
    }
    if count == 1 && t.chars().all(|c| !c.is_alphanumeric() && !"-–—*£$€✓✔%".contains(c)) {
        return true;
    }
    if matches!(t, "-" | "–" | "o" | "*" | "•") {
        return true;
    }
    let core = t.trim_start_matches('(').trim_end_matches([')', '.', ':']);
    if core.is_empty() || core.chars().count() > 6 {
        return false;
    }
    let closed = core.len() < t.len();
    let number =
        core.split('.').all(|p| !p.is_empty() && p.len() <= 3 && p.bytes().all(|b| b.is_ascii_digit()));
    if number {
        return closed || core.contains('.') && core.split('.').all(|p| p.len() <= 2);
    }
    let letter = core.chars().count() == 1 && core.chars().all(char::is_alphabetic);
    let roman = core.chars().all(|c| "ivxIVX".contains(c));
    closed && (letter || roman)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_their_stand_ins_are_values() {
        for t in ["1,234", "(12.5)", "£3.2m", "148/152", "-", "n/a", "32.4%", "+4", "2021/22", "<5", "9th"] {
            assert!(is_value(t), "{t}");
        }
        for t in ["", "Up 3.9%", "Teenage", "Q3 total", "24 October 2022", "(95% CI)", "£000s", "£'000", "%"]
        {
            assert!(!is_value(t), "{t}");
        }
    }

    #[test]
    fn a_year_keeps_its_unit() {
        for t in ["2022", "2021/22", "2021-2022", "2025-26 £000's", "£m 2024/25"] {
            assert!(is_year(t), "{t}");
        }
        for t in ["£000s", "2022 to date", "12-13", "1,998"] {
            assert!(!is_year(t), "{t}");
        }
    }

    #[test]
    fn markers_are_told_from_figures() {
        for t in ["•", "1.", "(a)", "iv)", "2.3.1", "o", "12)"] {
            assert!(is_marker(t), "{t}");
        }
        for t in ["12", "1,234", "4.25%", "Total", "2022", "(1,234)"] {
            assert!(!is_marker(t), "{t}");
        }
    }
}
