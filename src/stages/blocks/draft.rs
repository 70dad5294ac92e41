//! The flows of one page into drafts: lines that make one paragraph, item or heading.

use super::markers::{Marker, MarkerKind};
use super::text_line::TextLine;
use crate::model::{PageLines, Rect};

/// What a draft holds.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Lines of one paragraph, item or heading; `breaks` are the lines after which a line break means
    /// something.
    Text { lines: Vec<TextLine>, breaks: Vec<usize> },
    /// Part of a grid: its index.
    Table { grid: usize },
    /// A drawing with the words in it.
    Figure { words: Vec<u32> },
    /// An entry of a table of contents.
    Toc { line: TextLine, depth: u8 },
}

/// Lines that belong together, and how they stand.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Index of the page.
    pub page: usize,
    pub content: Content,
    pub bbox: Rect,
    /// Left and right edge of the column that it stands in.
    pub column: (f32, f32),
    /// White above it, in points; large at the top of a column.
    pub above: f32,
    /// White below it.
    pub below: f32,
    /// First of its column.
    pub opens_column: bool,
}

impl Draft {
    /// Its lines, if it is text.
    pub(super) fn lines(&self) -> &[TextLine] {
        match &self.content {
            Content::Text { lines, .. } => lines,
            Content::Toc { line, .. } => std::slice::from_ref(line),
            _ => &[],
        }
    }

    pub(super) fn first(&self) -> Option<&TextLine> {
        self.lines().first()
    }

    pub(super) fn last(&self) -> Option<&TextLine> {
        self.lines().last()
    }

    /// Size of most of it.
    pub(super) fn size(&self) -> f32 {
        self.lines().iter().max_by_key(|l| l.chars).map_or(0.0, |l| l.size)
    }

    /// Characters of it.
    pub(super) fn chars(&self) -> u32 {
        self.lines().iter().map(|l| l.chars).sum()
    }
}

/// Something in a flow: a line, or a box that is no text.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Line(TextLine),
    Table { grid: usize, bbox: Rect },
    Figure { words: Vec<u32>, bbox: Rect },
}

impl Piece {
    pub(super) fn bbox(&self) -> Rect {
        match self {
            Piece::Line(l) => l.bbox,
            Piece::Table { bbox, .. } | Piece::Figure { bbox, .. } => *bbox,
        }
    }
}

/// Cuts a flow (pieces of one column in reading order) into drafts.
pub(super) fn drafts(page_index: usize, page: &PageLines, flow: Vec<Piece>, out: &mut Vec<Draft>) {
    let lefts = flow.iter().filter(|p| matches!(p, Piece::Line(_))).map(|p| p.bbox().left);
    let left = lefts.fold(f32::INFINITY, f32::min);
    // Tables and drawings may stand out of the column; its lines tell its width.
    let text = flow.iter().filter(|p| matches!(p, Piece::Line(_))).map(|p| p.bbox().right);
    let right = text.fold(f32::NEG_INFINITY, f32::max);
    let column = (left, right);
    let habit = Habit { spacing: spacing(&flow), address: is_address(page, &flow, right - left) };
    let mut bottom: Option<f32> = None;
    let start = out.len();
    for piece in flow {
        let bbox = piece.bbox();
        let above = bottom.map_or(999.0, |b| bbox.top - b);
        let opens_column = bottom.is_none();
        bottom = Some(bbox.bottom);
        let content = match piece {
            Piece::Table { grid, .. } => Content::Table { grid },
            Piece::Figure { words, .. } => Content::Figure { words },
            Piece::Line(line) => {
                if out.len() > start
                    && let Some(draft) = out.last_mut()
                    && let Some(how) = continues(page, draft, &line, above, habit)
                {
                    if let Content::Text { lines, breaks } = &mut draft.content {
                        let line = TextLine { marker: None, ..line };
                        if how == Join::Break {
                            breaks.push(lines.len() - 1);
                        }
                        lines.push(line);
                    }
                    draft.bbox = draft.bbox.union(bbox);
                    continue;
                }
                Content::Text { lines: vec![line], breaks: Vec::new() }
            }
        };
        if out.len() > start
            && let Some(last) = out.last_mut()
        {
            last.below = above;
        }
        out.push(Draft { page: page_index, content, bbox, column, above, below: 999.0, opens_column });
    }
}

/// What the lines of a flow have in common.
#[derive(Debug, Clone, Copy)]
struct Habit {
    /// The usual step from line to line, as a share of the size.
    spacing: Option<f32>,
    /// A few short lines that all begin anew: an address or a signature, whose lines stay lines.
    address: bool,
}

fn is_address(page: &PageLines, flow: &[Piece], width: f32) -> bool {
    let begins = |p: &Piece| match p {
        Piece::Line(l) => starts_sentence(page, l) && l.marker.is_none(),
        _ => false,
    };
    (2..=6).contains(&flow.len()) && width < 0.4 * page.size[0] && flow.iter().all(begins)
}

/// How a line goes on a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Join {
    Flow,
    Break,
}

/// Whether a line has small letters: "4.00PM" may go on with a title in capitals.
fn has_small(page: &PageLines, line: &TextLine) -> bool {
    let words = line.text_words().iter().filter_map(|&w| page.words.get(w as usize));
    words.flat_map(|w| w.text.chars()).any(char::is_lowercase)
}

/// Whether a line goes on the paragraph above it in the same column.
fn continues(page: &PageLines, draft: &Draft, line: &TextLine, above: f32, habit: Habit) -> Option<Join> {
    let Content::Text { lines, .. } = &draft.content else { return None };
    let (first, last) = (lines.first()?, lines.last()?);
    let size = last.size;
    if line.marker.as_ref().is_some_and(|m| !marker_in_text(page, draft, m, line)) {
        return None;
    }
    // A label at the head of a paragraph may be set larger than the words that follow on its line.
    let end = last.last_word(page).map_or(size, |w| w.size);
    if (line.size - size).abs() > 0.9 && (line.size - end).abs() > 0.9 {
        return None;
    }
    // Beside, not below: a row of labels, or one line parted by a tab.
    if line.baseline - last.baseline < 0.5 * size {
        let gap = line.bbox.left - last.bbox.right;
        // "Medway:     8,529": a label and its figure, however wide the tab.
        let label = last.last_word(page).is_some_and(|w| w.text.ends_with(':')) && line.chars <= 12;
        let alike = gap < 5.0 * size && line.bold == last.bold;
        let tabbed = line.marker.is_none() && gap > 0.0 && (alike || label && gap < 20.0 * size);
        return (tabbed && (line.baseline - last.baseline).abs() < 0.2 * size).then_some(Join::Flow);
    }
    // The pitch of the paragraph so far, or what single spacing allows.
    let pitch = lines.windows(2).map(|w| w[1].baseline - w[0].baseline).fold(f32::NAN, f32::min);
    let step = line.baseline - last.baseline;
    let widest = if pitch.is_nan() { 1.72 * size } else { (1.22 * pitch).max(1.3 * size) };
    // The second line of a large title may stand further off.
    let title = size > 13.0 && centred(draft, line) && step < 2.1 * size && last.bold == line.bold;
    if (step > widest || above > 0.85 * size) && !(title && lines.len() == 1 && last.colour == line.colour) {
        // Text set wider than that says so by its other lines; then only full lines go on.
        let usual = habit.spacing.is_some_and(|s| step < 1.06 * s * size);
        if !usual || ends_short(page, draft, last, line) || indent_of(lines, line) > 0.9 * size {
            return None;
        }
    }
    // A heading in bold or capitals does not run on into its text.
    let dressed = |l: &TextLine| (l.bold, l.underlined);
    if lines.iter().all(|l| dressed(l) == dressed(last)) && dressed(last) != dressed(line) {
        let title = lines.iter().all(|l| l.caps) && has_small(page, line) && starts_sentence(page, line);
        let run_in = last.bold != line.bold && !title && !ends_short(page, draft, last, line);
        if !run_in {
            return None;
        }
    }
    if last.one_colour
        && last.colour != line.colour
        && lines.len() <= 2
        && ends_short(page, draft, last, line)
    {
        return None;
    }
    let indent = indent_of(lines, line);
    let middles = (last.bbox.mid_x() - line.bbox.mid_x()).abs() < 0.5 * size;
    let centred = middles && (centred(draft, line) || last.bold == line.bold && indent.abs() > 1.5 * size);
    if first.marker.is_some() {
        // The text of an item hangs under its text, or comes back to the margin.
        let hangs = (line.bbox.left - first.text_left).abs() < 1.0 * size;
        let back = line.bbox.left >= first.bbox.left - 3.0 && line.bbox.left < first.text_left + size;
        if !(hangs || back) {
            return None;
        }
        return Some(if ends_short(page, draft, last, line) && ends_sentence(page, last) && !hangs {
            return None;
        } else {
            Join::Flow
        });
    }
    if !centred && indent.abs() > 2.2 * size {
        return None;
    }
    if ends_short(page, draft, last, line) {
        // The next word would have fitted: the line was ended on purpose.
        if centred && last.caps == line.caps && last.bold == line.bold {
            return Some(if starts_sentence(page, line) { Join::Break } else { Join::Flow });
        }
        if ends_sentence(page, last) && starts_sentence(page, line) && above > 0.35 * size {
            return None;
        }
        return Some(
            if clearly_short(draft, last) && (starts_sentence(page, line) || ends_sentence(page, last)) {
                Join::Break
            } else {
                Join::Flow
            },
        );
    }
    // A first line set in from the margin begins a paragraph.
    if indent > 0.9 * size && lines.len() > 1 && ends_sentence(page, last) && !centred {
        return None;
    }
    let ragged_left = (last.bbox.right - line.bbox.right).abs() < 1.5
        && (last.bbox.left - line.bbox.left).abs() > 3.0
        && lines.len() < 8
        && last.bbox.left > 0.5 * page.size[0]
        && draft.column.1 - draft.column.0 < 0.4 * page.size[0]
        && starts_sentence(page, line);
    Some(if habit.address || ragged_left { Join::Break } else { Join::Flow })
}

/// Whether what looks like a marker is part of the sentence above it ("2024 / - 39", "see Appendix / A)"):
/// the line above is full, ends in no stop, and stands no further out.
fn marker_in_text(page: &PageLines, draft: &Draft, marker: &Marker, line: &TextLine) -> bool {
    let Some(last) = draft.last() else { return false };
    // "2024-" / "25. The variations": a year broken at its hyphen, whatever the paragraph's own number.
    let broken = last.last_word(page).is_some_and(|w| {
        w.text.strip_suffix(['-', '–', '/']).is_some_and(|t| t.ends_with(|c: char| c.is_ascii_digit()))
    });
    if broken && marker.kind == MarkerKind::Number {
        let near = |edge: f32| (line.bbox.left - edge).abs() < 2.5;
        return near(body_left(draft.lines())) || near(last.bbox.left);
    }
    let (words, edge) = match marker.kind {
        MarkerKind::Bullet => (matches!(marker.text.as_str(), "-" | "–" | "—" | "*" | "+"), last.text_left),
        // A list of sentences without stops looks the same: a marker over it tells.
        _ => (draft.first().is_some_and(|l| l.marker.is_none()), last.bbox.left),
    };
    let joins = last.last_word(page).is_some_and(|w| w.text.ends_with([',', ';']) || w.text == "and");
    words
        && (line.bbox.left - edge).abs() < 2.5
        && (marker.kind == MarkerKind::Bullet || !joins)
        && !ends_sentence(page, last)
        && !ends_short(page, draft, last, line)
}

/// How far a line stands in from the lines above it.
fn indent_of(lines: &[TextLine], line: &TextLine) -> f32 {
    let Some(first) = lines.first() else { return 0.0 };
    line.bbox.left
        - if lines.len() > 1 || first.marker.is_some() { body_left(lines) } else { first.bbox.left }
}

/// The step between baselines that most lines of a flow keep, as a share of their size; `None` where
/// lines are few or differ.
fn spacing(flow: &[Piece]) -> Option<f32> {
    let mut steps: Vec<f32> = flow
        .windows(2)
        .filter_map(|pair| match pair {
            [Piece::Line(a), Piece::Line(b)]
                if (a.bbox.left - b.bbox.left).abs() < 3.0 && (a.size - b.size).abs() < 0.5 =>
            {
                Some((b.baseline - a.baseline) / a.size.max(1.0))
            }
            _ => None,
        })
        .filter(|s| (0.5..2.4).contains(s))
        .collect();
    steps.sort_by(f32::total_cmp);
    let middle = *steps.get(steps.len() / 2)?;
    let alike = steps.iter().filter(|s| (*s - middle).abs() < 0.06).count();
    (steps.len() >= 5 && alike * 10 >= steps.len() * 6).then_some(middle)
}

fn body_left(lines: &[TextLine]) -> f32 {
    lines.iter().skip(1).map(|l| l.bbox.left).fold(lines.first().map_or(0.0, |l| l.text_left), f32::min)
}

fn centred(draft: &Draft, line: &TextLine) -> bool {
    let (left, right) = draft.column;
    let (before, after) = (line.bbox.left - left, right - line.bbox.right);
    (before - after).abs() < 0.08 * (right - left) && before > 12.0
}

/// Whether the first word of `next` would have fitted on `last`.
fn ends_short(page: &PageLines, draft: &Draft, last: &TextLine, next: &TextLine) -> bool {
    // Justified beside a picture: the lines end together, wherever the column would end.
    let width = |l: &TextLine| l.bbox.right - l.bbox.left;
    if (last.bbox.right - next.bbox.right).abs() < 1.0
        && (last.bbox.left - next.bbox.left).abs() < 1.0
        && width(last) > 9.0 * last.size
    {
        return false;
    }
    let word = next.word(page, 0).map_or(0.0, |w| w.bbox.width());
    let right = draft.column.1;
    last.bbox.right + word + 0.35 * last.size < right - 0.12 * last.size - 1.0
}

/// Whether a line ends well before its column does. In a wide column a line may fall a little short
/// because words hold together ("Mr" and the name after it).
fn clearly_short(draft: &Draft, line: &TextLine) -> bool {
    let (left, right) = draft.column;
    right - left < 300.0 || line.bbox.right < right - 0.08 * (right - left)
}

pub(super) fn ends_sentence(page: &PageLines, line: &TextLine) -> bool {
    let Some(word) = line.last_word(page) else { return true };
    let text = word.text.trim_end_matches(['"', '”', '’', '\'', ')']);
    text.ends_with(['.', '!', '?', ':', ';'])
}

fn starts_sentence(page: &PageLines, line: &TextLine) -> bool {
    line.word(page, 0).is_some_and(|w| !w.text.starts_with(|c: char| c.is_lowercase()))
}
