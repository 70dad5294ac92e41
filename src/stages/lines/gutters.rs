//! Narrow gutters: lines of two columns that a gap too small to end a line has run together.
//!
//! Where many lines of a page begin at one left edge, a word that begins there too, after more than a
//! space, begins a line of that column.

use crate::model::{Line, LineFate, PageLines, Rect, Turn};

/// So many lines make an edge.
const LINES: usize = 6;
/// A wider gap than this, as a share of the size, is no space between words.
const SPACE: f32 = 0.42;
/// What stands left of a column is more than a marker.
const MARKER: f32 = 45.0;

/// Parts the lines of a page at the left edges of its columns.
pub(super) fn part(page: &mut PageLines) {
    let edges = edges(page);
    if edges.is_empty() {
        return;
    }
    let mut out: Vec<Line> = Vec::with_capacity(page.lines.len());
    for line in std::mem::take(&mut page.lines) {
        let mut line = line;
        while let Some(at) = cut(page, &line, &edges) {
            let mut rest = line.clone();
            rest.first += at;
            rest.count -= at;
            line.count = at;
            line.bbox = bounds(page, &line).unwrap_or(line.bbox);
            rest.bbox = bounds(page, &rest).unwrap_or(rest.bbox);
            out.push(std::mem::replace(&mut line, rest));
        }
        out.push(line);
    }
    page.lines = out;
}

/// Left edges that many lines share, but for the leftmost.
fn edges(page: &PageLines) -> Vec<f32> {
    let mut lefts: Vec<f32> = page
        .lines
        .iter()
        .filter(|l| l.fate == LineFate::Body && l.turn == Turn::None && l.count > 1)
        .map(|l| l.bbox.left)
        .collect();
    lefts.sort_by(f32::total_cmp);
    let groups = lefts.chunk_by(|a, b| b - a < 0.5).filter(|g| g.len() >= LINES);
    groups.skip(1).filter_map(|g| g.first().copied()).collect()
}

/// The first word of a line, counted from its first, that begins a column of its own.
fn cut(page: &PageLines, line: &Line, edges: &[f32]) -> Option<u32> {
    if line.fate != LineFate::Body || line.turn != Turn::None {
        return None;
    }
    let words = page.words_of(line);
    let at = (1..words.len()).find(|&i| {
        let (before, word) = (&words[i - 1], &words[i]);
        !word.glued
            && word.bbox.left - before.bbox.right > SPACE * line.size
            && before.bbox.right - line.bbox.left > MARKER
            && edges.iter().any(|e| (e - word.bbox.left).abs() < 0.6)
    })?;
    u32::try_from(at).ok()
}

fn bounds(page: &PageLines, line: &Line) -> Option<Rect> {
    Rect::around(page.words_of(line).iter().map(|w| w.bbox))
}
