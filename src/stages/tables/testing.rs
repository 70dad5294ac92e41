//! Builders of small pages for tests.

use crate::model::{Line, PageLines, PageNo, Rect, Ruling, Word};

/// Words at 5 points a letter, 10 points high: rows of (baseline, pieces of (left, text)).
pub(super) fn page(rows: &[(f32, &[(f32, &str)])]) -> PageLines {
    let mut page = PageLines { page: PageNo(1), size: [595.0, 842.0], ..PageLines::default() };
    for (baseline, pieces) in rows {
        for (left, text) in *pieces {
            let first = page.words.len() as u32;
            let mut x = *left;
            for word in text.split(' ') {
                let right = x + 5.0 * word.chars().count() as f32;
                let bbox = Rect::new(x, baseline - 8.0, right, baseline + 2.0);
                page.words.push(Word { text: word.into(), bbox, size: 10.0, ..Word::default() });
                x = right + 2.5;
            }
            let count = page.words.len() as u32 - first;
            let bbox = Rect::new(*left, baseline - 8.0, x - 2.5, baseline + 2.0);
            page.lines.push(Line { first, count, bbox, baseline: *baseline, size: 10.0, ..Line::default() });
        }
    }
    page
}

/// Draws a horizontal rule.
pub(super) fn across(page: &mut PageLines, at: f32, start: f32, end: f32) {
    page.graphics.rulings.push(Ruling { horizontal: true, at, start, end, width: 0.5, colour: 0 });
}

/// Draws a vertical rule.
pub(super) fn down(page: &mut PageLines, at: f32, start: f32, end: f32) {
    page.graphics.rulings.push(Ruling { horizontal: false, at, start, end, width: 0.5, colour: 0 });
}

/// Draws a grid of the given lines.
pub(super) fn grid(page: &mut PageLines, xs: &[f32], ys: &[f32]) {
    for y in ys {
        across(page, *y, xs[0], xs[xs.len() - 1]);
    }
    for x in xs {
        down(page, *x, ys[0], ys[ys.len() - 1]);
    }
}
