//! Names of columns in grids without rules between them: lines at the top of a drawn row that name
//! columns, over several lines and several columns at times.

use super::columns::{self, Column};
use super::sheet::{Piece, Row, Sheet};
use super::textrows::Laid;
use crate::model::Rect;

/// Edges of one column's texts are this near to each other.
const ALIGNED: f32 = 2.0;

/// Cuts pieces that hold the names of several columns with no more than a space between them: each part
/// must be aligned with another text of its column, or it may be one name over all of them.
pub(super) fn part(sheet: &Sheet<'_>, rows: &mut [Row], columns: &[Column]) {
    let over = |p: &Piece| columns::span(columns, p.bbox.left, p.bbox.right);
    if !rows.iter().flat_map(|r| &r.pieces).any(|p| p.marks.len() > 1 && over(p).is_some_and(|s| s.0 < s.1)) {
        return;
    }
    let alone: Vec<(usize, usize, Rect)> = rows
        .iter()
        .enumerate()
        .flat_map(|(i, r)| r.pieces.iter().map(move |p| (i, p)))
        .filter_map(|(i, p)| over(p).filter(|s| s.0 == s.1).map(|s| (i, s.0, p.bbox)))
        .collect();
    for (i, row) in rows.iter_mut().enumerate() {
        let mut pieces = Vec::with_capacity(row.pieces.len());
        for p in row.pieces.drain(..) {
            let parts = match over(&p) {
                Some((a, b)) if a < b && p.marks.len() > 1 && !p.value => dealt(sheet, &p, columns),
                _ => None,
            };
            let held = parts.filter(|parts| {
                parts.iter().all(|(c, part)| {
                    alone.iter().any(|(k, col, b)| *k != i && col == c && aligned(&part.bbox, b))
                })
            });
            match held {
                Some(parts) => pieces.extend(parts.into_iter().map(|(_, p)| p)),
                None => pieces.push(p),
            }
        }
        row.pieces = pieces;
    }
}

/// The words of a piece dealt out to columns, if each lies in one and every part has its own.
fn dealt(sheet: &Sheet<'_>, piece: &Piece, columns: &[Column]) -> Option<Vec<(usize, Piece)>> {
    let mut parts: Vec<(usize, Vec<u32>)> = Vec::new();
    for m in &piece.marks {
        let b = sheet.marks[*m as usize].bbox;
        let (from, to) = columns::span(columns, b.left, b.right)?;
        if from != to {
            return None;
        }
        match parts.last_mut() {
            Some((c, marks)) if *c == from => marks.push(*m),
            Some((c, _)) if *c > from => return None,
            _ => parts.push((from, vec![*m])),
        }
    }
    parts.into_iter().map(|(c, marks)| Some((c, sheet.piece(&marks)?))).collect()
}

/// Whether all that rows hold are figures that stand in line with others of one column each, of several.
pub(super) fn figures(rows: &[Row], all: &[Rect], columns: &[Column], over: std::ops::Range<usize>) -> bool {
    let Some(columns) = columns.get(over).filter(|c| c.len() >= 2 && !rows.is_empty()) else { return false };
    rows.iter().flat_map(|r| &r.pieces).all(|p| {
        let own = |c: &Column| p.bbox.left >= c.left - 0.5 && p.bbox.right <= c.right + 0.5;
        p.value && columns.iter().any(own) && all.iter().filter(|b| aligned(&p.bbox, b)).count() >= 3
    })
}

/// Whether two texts of a column share an edge, or the middle.
fn aligned(a: &Rect, b: &Rect) -> bool {
    (a.right - b.right).abs() < ALIGNED
        || (a.left - b.left).abs() < ALIGNED
        || (a.mid_x() - b.mid_x()).abs() < ALIGNED
}

/// How many lines at the top name columns: those before the first with figures, as far as they stand over
/// columns of figures.
pub(super) fn lines(laid: &[Laid<'_>]) -> usize {
    let figures = |l: &Laid<'_>| l.pieces.iter().any(|p| p.2.value && !p.2.year);
    let first = laid.iter().position(figures).unwrap_or(laid.len());
    let valued: Vec<usize> = laid[first..]
        .iter()
        .flat_map(|l| &l.pieces)
        .filter(|(a, b, p)| a == b && p.value)
        .map(|p| p.0)
        .collect();
    let names = |l: &Laid<'_>| l.pieces.iter().any(|(a, b, _)| valued.iter().any(|c| c >= a && c <= b));
    laid[..first].iter().rposition(names).map_or(0, |i| i + 1)
}

/// Whether a row of names begins with the second of two lines: years and units stand in rows of their own,
/// and so does what stands over several names.
pub(super) fn begins(above: &Laid<'_>, here: &Laid<'_>) -> bool {
    let all =
        |l: &Laid<'_>, what: fn(&Piece) -> bool| l.pieces.len() >= 2 && l.pieces.iter().all(|p| what(p.2));
    if all(above, |p| p.year) || all(here, |p| p.unit) {
        return true;
    }
    // Names of single columns that go on here hold both lines together.
    let same =
        |(a, b, _): &(usize, usize, &Piece)| a == b && here.pieces.iter().any(|q| (q.0, q.1) == (*a, *b));
    let over = |(a, b, _): &(usize, usize, &Piece)| {
        a < b && here.pieces.iter().filter(|q| q.0 == q.1 && q.0 >= *a && q.0 <= *b).count() >= 2
    };
    !above.pieces.iter().any(same) && above.pieces.iter().any(over)
}
