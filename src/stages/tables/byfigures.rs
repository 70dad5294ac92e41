//! Rows told by figures on common baselines: labels of several lines stand above, below or around theirs.

use super::columns::Column;
use super::sheet::Piece;
use super::textrows::Laid;

/// Of so many rows of figures at least one stands apart from its label.
const APART: usize = 6;

/// A row of figures has no more lines than this: where there are more, it is the figures that stand apart.
const LINES: usize = 4;

/// Texts side by side further from all figures, in font sizes, are no row of theirs.
const FAR: f32 = 6.0;

/// For each line, whether a row begins with it: a line without figures goes with the nearest that has
/// some, unless the labels themselves say where one ends. `None` where no figures stand apart from labels.
pub(super) fn begins(laid: &[Laid<'_>], columns: &[Column]) -> Option<Vec<bool>> {
    let apart = |l: &Laid<'_>| {
        l.pieces.iter().any(|p| p.2.value) && !l.pieces.iter().any(|(a, _, p)| !p.value && *a == 0)
    };
    let mut valued = vec![false; columns.len()];
    let mut seen: Vec<usize> = Vec::new();
    for (i, l) in laid.iter().enumerate() {
        let mut cols: Vec<usize> =
            l.pieces.iter().filter(|(a, b, p)| a == b && p.value).map(|p| p.0).collect();
        cols.dedup();
        if cols.len() >= 2 {
            seen.push(i);
            for c in cols {
                valued[c] = true;
            }
        }
    }
    let figures = |l: &Laid<'_>| l.pieces.iter().filter(|p| p.2.value).count();
    let all: usize = laid.iter().map(figures).sum();
    let held: usize = seen.iter().map(|i| figures(&laid[*i])).sum();
    // One figure without a label, or a few, are no sign of labels that stand elsewhere.
    let alone = seen.iter().filter(|i| apart(&laid[**i])).count();
    if seen.len() < 2 || held < all || alone * APART < seen.len() || seen.len() * LINES < laid.len() {
        return None;
    }
    let owners: Vec<Option<usize>> = (0..laid.len()).map(|i| nearest(laid, &seen, i)).collect();
    let far = |i: usize| {
        laid[i].pieces.len() > 1
            && owners[i]
                .is_none_or(|k| (laid[k].row.baseline - laid[i].row.baseline).abs() > FAR * laid[i].row.size)
    };
    if (0..laid.len()).any(far) {
        return None;
    }
    let mut out: Vec<bool> = (0..laid.len()).map(|i| i == 0 || owners[i] != owners[i - 1]).collect();
    // Lines of labels alone between two rows of figures.
    let mut above = 0;
    for below in seen.iter().copied().chain([laid.len()]) {
        let first = above + usize::from(seen.contains(&above));
        let to = below.min(laid.len() - 1);
        let lone = |l: &Laid<'_>| l.pieces.len() == 1 && label(l, &valued).is_some();
        if first < below && laid[first..below].iter().all(lone) {
            let ends = |i: usize| ends(&laid[i - 1], &laid[i], &valued, columns);
            let first = first.max(1);
            let cuts: Vec<usize> = (first..=to).filter(|i| ends(*i)).collect();
            if !cuts.is_empty() {
                for (i, starts) in out.iter_mut().enumerate().take(to + 1).skip(first) {
                    *starts = cuts.contains(&i);
                }
            }
        }
        above = below;
    }
    for i in 1..laid.len() {
        let (Some(p), Some(q)) = (prose(&laid[i - 1]), prose(&laid[i])) else {
            // What reaches over columns belongs to no row of figures.
            out[i] |= prose(&laid[i - 1]).is_some() != prose(&laid[i]).is_some();
            continue;
        };
        let wide = Column { left: p.bbox.left, right: p.bbox.right.max(q.bbox.right) };
        out[i] = !goes_on(p, q, Some(&wide));
    }
    Some(out)
}

/// The line with figures that is nearest to a line; on a tie the one above.
fn nearest(laid: &[Laid<'_>], seen: &[usize], i: usize) -> Option<usize> {
    let at = |k: usize| laid[k].row.baseline;
    let far = |k: usize| (at(k) - at(i)).abs() - if k < i { 0.5 } else { 0.0 };
    seen.iter().copied().min_by(|a, b| far(*a).total_cmp(&far(*b)))
}

/// The label of a line: its first piece in a column without figures.
fn label<'l>(laid: &'l Laid<'_>, valued: &[bool]) -> Option<(usize, &'l Piece)> {
    laid.pieces.iter().find(|(a, b, _)| a == b && !valued[*a]).map(|(a, _, p)| (*a, *p))
}

/// A line of text that reaches over several columns.
fn prose<'l>(laid: &'l Laid<'_>) -> Option<&'l Piece> {
    match laid.pieces[..] {
        [(a, b, p)] if a < b && !p.value => Some(p),
        _ => None,
    }
}

/// Whether a label ends between two lines.
fn ends(above: &Laid<'_>, here: &Laid<'_>, valued: &[bool], columns: &[Column]) -> bool {
    let (Some((a, p)), Some((b, q))) = (label(above, valued), label(here, valued)) else { return false };
    a == b && !goes_on(p, q, columns.get(a))
}

/// Whether a label's line goes on with the next: in the same weight, for want of room or with an aside.
fn goes_on(above: &Piece, here: &Piece, column: Option<&Column>) -> bool {
    let right = column.map_or(above.bbox.right, |c| c.right);
    let no_room = above.bbox.right + 0.25 * above.size + here.first_width > right + 0.5;
    above.bold == here.bold && (no_room || here.lower || here.aside)
}
