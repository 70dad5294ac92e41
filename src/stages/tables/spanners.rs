//! Header texts that stand over several columns without a box around them.

use super::draft::{Draft, DraftCell};

/// Most header rows that may hold such texts.
const MOST: usize = 4;
/// Points by which one stretch must be better centred than another.
const CENTRED: f32 = 3.0;

/// Gives header cells the columns that they stand over: empty beside, filled below, and centred.
pub(super) fn spread(draft: &mut Draft) {
    let figures = |r: usize| draft.cells.iter().any(|c| c.row == r && c.value && !c.year);
    let head = (0..draft.rows.min(MOST + 1)).take_while(|r| !figures(*r)).count();
    // Over a label and its text nothing stands but the next text.
    if draft.cols() < 3 || !(2..=MOST).contains(&head) || head >= draft.rows {
        return;
    }
    for r in 0..head - 1 {
        let mut anchors: Vec<DraftCell> = draft.filled(r).filter(|c| c.row_span == 1).cloned().collect();
        anchors.sort_by_key(|c| c.col);
        // Names of single columns stand in the first of them: a label over labels is no spanner.
        for (i, a) in anchors.iter().enumerate() {
            let mid = |c: &DraftCell| c.ink.mid_x();
            let low = i.checked_sub(1).map_or(f32::MIN, |k| f32::midpoint(mid(&anchors[k]), mid(a)));
            let high = anchors.get(i + 1).map_or(f32::MAX, |n| f32::midpoint(mid(a), mid(n)));
            if let Some((from, to)) = best(draft, r, a, low, high, anchors.len()) {
                widen(draft, r, a.col, from, to);
            }
        }
    }
}

/// The widest stretch of columns that a header text is centred over.
fn best(
    draft: &Draft,
    r: usize,
    a: &DraftCell,
    low: f32,
    high: f32,
    anchors: usize,
) -> Option<(usize, usize)> {
    let below = |c: usize| {
        draft.cells.iter().find(|k| k.row == r + 1 && k.col == c && k.col_span == 1 && !k.is_empty())
    };
    let blank = |c: usize| {
        a.col <= c && a.right() > c
            || !draft
                .cells
                .iter()
                .any(|k| k.row <= r && k.bottom() > r && k.col <= c && k.right() > c && !k.is_empty())
    };
    let inside = |c: usize| below(c).is_some_and(|k| k.ink.mid_x() > low && k.ink.mid_x() < high && blank(c));
    let from = a.col;
    let to = a.right() - 1;
    let mut found: Option<(f32, usize, usize)> = None;
    let (least, most) = {
        let mut l = from;
        while l > 0 && inside(l - 1) {
            l -= 1;
        }
        let mut m = to;
        while m + 1 < draft.cols() && inside(m + 1) {
            m += 1;
        }
        (l, m)
    };
    for f in least..=from {
        for t in to..=most {
            if t == f || !(f..=t).all(inside) {
                continue;
            }
            let (Some(x), Some(y)) = (below(f), below(t)) else { continue };
            let (left, right) = (x.ink.left, y.ink.right);
            // Over the names below, or over the columns as far as their lines reach.
            let lines = f32::midpoint(draft.xs[f], draft.xs[t + 1]);
            let off = (f32::midpoint(left, right) - a.ink.mid_x()).abs().min((lines - a.ink.mid_x()).abs());
            // The best centred, and the wider of two that are as good.
            let better = found
                .is_none_or(|(best, p, q)| off < best - CENTRED || off < best + CENTRED && t - f > q - p);
            // A text alone in its row must be wide itself to say that it stands over several.
            let told = anchors >= 2 || a.ink.width() > 0.3 * (right - left);
            if better && told && off <= (0.1 * (right - left)).max(5.0) {
                found = Some((off, f, t));
            }
        }
    }
    found.map(|(_, f, t)| (f, t)).filter(|(f, t)| *f != a.col || t + 1 != a.right())
}

/// Lets a cell take the empty ones beside it.
fn widen(draft: &mut Draft, r: usize, col: usize, from: usize, to: usize) {
    draft
        .cells
        .retain(|c| !(c.row <= r && c.bottom() > r && c.is_empty() && c.right() > from && c.col <= to));
    if let Some(c) = draft.cells.iter_mut().find(|c| c.row == r && c.col == col) {
        c.col = from;
        c.col_span = to + 1 - from;
        c.bbox.left = c.bbox.left.min(draft.xs[from]);
        c.bbox.right = c.bbox.right.max(draft.xs[to + 1]);
    }
}
