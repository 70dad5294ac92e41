//! Line numbers: a column of numbers beside the text, one for every line or every fifth.

use crate::model::{Furniture, Line, LineFate, PageLines, Turn};

/// A page has so many line numbers, or none.
const LEAST: usize = 8;

/// Marks the line numbers of a page.
pub(super) fn mark(page: &mut PageLines) {
    let candidates: Vec<(usize, u32)> = (0..page.lines.len())
        .filter_map(|i| {
            let line = &page.lines[i];
            let upright = line.fate == LineFate::Body && line.turn == Turn::None && line.count == 1;
            Some((i, number(page, line).filter(|_| upright)?))
        })
        .collect();
    if candidates.len() < LEAST {
        return;
    }
    let is_candidate = |i: usize| candidates.iter().any(|c| c.0 == i);
    let text: Vec<&Line> = page
        .lines
        .iter()
        .enumerate()
        .filter(|(i, l)| l.fate == LineFate::Body && l.turn == Turn::None && !is_candidate(*i))
        .map(|(_, l)| l)
        .collect();
    let left = text.iter().map(|l| l.bbox.left).fold(f32::INFINITY, f32::min);
    let right = text.iter().map(|l| l.bbox.right).fold(f32::NEG_INFINITY, f32::max);
    for outside in [&(|l: &Line| l.bbox.right < left - 3.0) as &dyn Fn(&Line) -> bool, &|l: &Line| {
        l.bbox.left > right + 3.0
    }] {
        let mut column: Vec<(usize, u32)> =
            candidates.iter().copied().filter(|c| outside(&page.lines[c.0])).collect();
        column.sort_by(|a, b| page.lines[a.0].baseline.total_cmp(&page.lines[b.0].baseline));
        if counts_lines(page, &column, &text) {
            for (i, _) in column {
                page.lines[i].fate = LineFate::Furniture(Furniture::LineNumber);
            }
            return;
        }
    }
}

fn number(page: &PageLines, line: &Line) -> Option<u32> {
    let text = page.words_of(line).first()?.text.as_str();
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Whether numbers run on by one or five at even distances, most of them beside a line of text.
fn counts_lines(page: &PageLines, column: &[(usize, u32)], text: &[&Line]) -> bool {
    if column.len() < LEAST {
        return false;
    }
    let steps: Vec<(u32, f32)> = column
        .windows(2)
        .map(|w| {
            let fall = page.lines[w[1].0].baseline - page.lines[w[0].0].baseline;
            (w[1].1.wrapping_sub(w[0].1), fall)
        })
        .collect();
    let (by, fall) = steps[steps.len() / 2];
    let even = steps.iter().filter(|s| (s.1 - fall).abs() < 0.15 * fall).count();
    let beside = column.iter().filter(|(i, _)| {
        let line = &page.lines[*i];
        text.iter().any(|t| (t.baseline - line.baseline).abs() < 0.4 * line.size.max(t.size))
    });
    matches!(by, 1 | 5)
        && steps.iter().all(|s| s.0 == by)
        && even * 10 >= steps.len() * 8
        && beside.count() * 10 >= column.len() * 6
        // Numbered rows stand further apart than lines.
        && (by == 5 || fall < 2.6 * page.lines[column[0].0].size)
}
