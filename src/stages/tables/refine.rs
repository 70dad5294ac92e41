//! Drawn grids that leave part of the work to alignment: a box and a header rule around rows without
//! rules, row rules without columns, labels that stand beside the grid.

use super::columns::{self, Column};
use super::lattice::{Lattice, Region};
use super::levels;
use super::names;
use super::rules::Edge;
use super::sheet::{Piece, Row, Sheet};
use super::textrows::{self, Laid};
use crate::model::Rect;
use std::collections::BTreeMap;

/// A region's visual rows and all its words.
pub(super) struct Filled {
    /// Where it lies.
    pub(super) region: Region,
    /// Its rows.
    pub(super) rows: Vec<Row>,
    /// Its words, turned ones too.
    pub(super) marks: Vec<u32>,
}

/// Splits the cells of a lattice whose text stands in columns or rows of its own; `None` where every
/// cell is one.
pub(super) fn split(
    sheet: &Sheet<'_>,
    lattice: &Lattice,
    placed: &[Vec<u32>],
    bars: &[Edge],
) -> Option<(Lattice, Vec<Vec<u32>>)> {
    let filled: Vec<Filled> = lattice
        .regions
        .iter()
        .zip(placed)
        .map(|(r, p)| Filled { region: *r, rows: sheet.rows_of(p.iter().copied()), marks: p.clone() })
        .collect();
    let (mut filled, cut) = levels::cut(sheet, filled, &lattice.ys);
    let cols = lattice.xs.len() - 1;
    // Text columns inside each drawn column.
    let mut fine: Vec<Column> = Vec::new();
    let mut xs: Vec<f32> = vec![lattice.xs[0]];
    let mut more = false;
    // Drawn columns whose text columns no line crosses.
    let mut clear: Vec<bool> = Vec::with_capacity(cols);
    for c in 0..cols {
        let (inside, strict) = sub_columns(&filled, c, lattice);
        clear.push(strict);
        more |= inside.len() > 1;
        for pair in inside.windows(2) {
            xs.push(f32::midpoint(pair[0].right, pair[1].left));
        }
        xs.push(lattice.xs[c + 1]);
        if inside.len() > 1 {
            fine.extend(inside);
        } else {
            fine.push(Column { left: lattice.xs[c], right: lattice.xs[c + 1] });
        }
    }
    // Widen text columns to the lines between them, so that every piece falls into one.
    let wide: Vec<Column> = xs.windows(2).map(|w| Column { left: w[0], right: w[1] }).collect();
    let alone = names::alone(filled.iter().flat_map(|f| &f.rows), &wide);
    for f in filled.iter_mut().filter(|f| (more || f.region.top == 0) && !names_itself(f, lattice)) {
        names::part(sheet, &mut f.rows, &wide, &alone);
    }
    let at = |x: f32| xs.iter().position(|v| (*v - x).abs() < 0.01).unwrap_or(0);
    let map: Vec<usize> = lattice.xs.iter().map(|x| at(*x)).collect();
    let figures: Vec<Rect> = filled
        .iter()
        .flat_map(|f| &f.rows)
        .flat_map(|r| &r.pieces)
        .filter(|p| p.value)
        .map(|p| p.bbox)
        .collect();
    let torn: Vec<bool> = filled
        .iter()
        .map(|f| {
            let own = f.region.right - f.region.left == 1 && clear[f.region.left];
            let over = map[f.region.left]..map[f.region.right];
            own || tabular(f, &wide, over.clone())
                || f.region.top == 0 && names::spread(&f.rows, &wide, &alone)
                || names::figures(&f.rows, &figures, &wide, over)
        })
        .collect();
    let mut lists: Vec<bool> = (0..lattice.ys.len() - 1).map(|r| rows_of_values(&filled, r)).collect();
    if are_records(&filled, &lists) {
        lists.fill(false);
    }
    if !more && !cut && !torn.iter().any(|t| *t) && !lists.contains(&true) {
        return None;
    }
    // Rows inside each drawn row.
    let mut ys: Vec<f32> = vec![lattice.ys[0]];
    let mut row_map: Vec<usize> = vec![0];
    for (r, list) in lists.iter().enumerate() {
        let open = more || band(&filled, r).any(|i| torn[i]);
        let least = if clear.contains(&true) { 2 } else { 1 };
        let rows = || band_rows(sheet, &filled, r, (&wide, &alone));
        if *list || open && several_rows(&filled, r, &wide, least) {
            ys.extend(sub_rows(&rows(), &wide, bars));
        } else if open {
            ys.extend(name_rows(&rows(), &wide));
        }
        ys.push(lattice.ys[r + 1]);
        row_map.push(ys.len() - 1);
    }
    let mut regions = Vec::new();
    let mut words: Vec<Vec<u32>> = Vec::new();
    for (f, torn) in filled.iter().zip(&torn) {
        let drawn = f.region;
        let whole = Region {
            top: row_map[drawn.top],
            bottom: row_map[drawn.bottom],
            left: map[drawn.left],
            right: map[drawn.right],
        };
        let one_row = whole.bottom - whole.top == 1;
        let tear = *torn && whole.right - whole.left > 1;
        // A cell over several drawn rows keeps its text together.
        if !tear && (one_row || drawn.bottom - drawn.top > 1) {
            regions.push(whole);
            words.push(f.marks.clone());
            continue;
        }
        let mut open: Vec<(Region, Vec<u32>)> = Vec::new();
        for row in &f.rows {
            let mid = row.baseline - 0.3 * row.size;
            let level = (ys.partition_point(|v| *v <= mid).max(1) - 1).clamp(whole.top, whole.bottom - 1);
            for p in &row.pieces {
                let (a, b) = if tear {
                    columns::span(&wide[whole.left..whole.right], p.bbox.left, p.bbox.right)
                        .map_or((whole.left, whole.right - 1), |(a, b)| (a + whole.left, b + whole.left))
                } else {
                    (whole.left, whole.right - 1)
                };
                let mut here = Region { top: level, bottom: level + 1, left: a, right: b + 1 };
                let mut marks = p.marks.clone();
                // Pieces that fall into one cell, or overlap, are one.
                while let Some(k) = open
                    .iter()
                    .position(|(o, _)| o.top == level && o.left < here.right && here.left < o.right)
                {
                    let (other, more) = open.swap_remove(k);
                    here.left = here.left.min(other.left);
                    here.right = here.right.max(other.right);
                    marks.extend(more);
                }
                open.push((here, marks));
            }
        }
        // Turned words stay with the first cell.
        let upright: usize = open.iter().map(|o| o.1.len()).sum();
        if upright < f.marks.len() {
            let rest: Vec<u32> =
                f.marks.iter().filter(|m| !sheet.marks[**m as usize].upright).copied().collect();
            match open.first_mut() {
                Some(o) => o.1.extend(rest),
                None => open.push((whole, rest)),
            }
        }
        open.sort_by_key(|(o, _)| (o.top, o.left));
        for (o, m) in open {
            regions.push(o);
            words.push(m);
        }
    }
    let mut out = Lattice { xs, ys, regions, vertical: lattice.vertical, drawn: lattice.drawn };
    fill_holes(&mut out, &mut words);
    Some((out, words))
}

/// Whether all that a drawn cell over several columns holds is one text in its middle: their common name.
fn names_itself(f: &Filled, lattice: &Lattice) -> bool {
    let [row] = &f.rows[..] else { return false };
    let [only] = &row.pieces[..] else { return false };
    let (left, right) = (lattice.xs[f.region.left], lattice.xs[f.region.right]);
    f.region.right - f.region.left > 1 && (f32::midpoint(left, right) - only.bbox.mid_x()).abs() < 3.0
}

/// Regions that lie in one drawn row.
fn band(filled: &[Filled], r: usize) -> impl Iterator<Item = usize> {
    filled
        .iter()
        .enumerate()
        .filter(move |(_, f)| f.region.top == r && f.region.bottom == r + 1)
        .map(|(i, _)| i)
}

/// Text columns inside a drawn column: only where its rows hold figures side by side, or short texts
/// in a grid that has no columns at all.
///
/// The second is true where no line crosses the strips between them.
fn sub_columns(filled: &[Filled], c: usize, lattice: &Lattice) -> (Vec<Column>, bool) {
    let whole = (vec![Column { left: lattice.xs[c], right: lattice.xs[c + 1] }], false);
    let rows: Vec<&Row> = filled
        .iter()
        .filter(|f| f.region.left == c && f.region.right == c + 1)
        .flat_map(|f| &f.rows)
        .collect();
    let several: Vec<&&Row> = rows.iter().filter(|r| r.pieces.len() >= 2).collect();
    if several.is_empty() {
        return whole;
    }
    let pieces = several.iter().map(|r| r.pieces.len()).sum::<usize>();
    // Units stand over figures.
    let values = several.iter().flat_map(|r| &r.pieces).filter(|p| p.value || p.unit).count();
    let markers = several.iter().filter(|r| r.pieces[0].marker && !r.pieces[0].value).count();
    let alone = lattice.xs.len() == 2;
    let of_figures = values * 2 >= pieces || values >= 2 && alone && values * 4 >= pieces;
    let short = several.iter().flat_map(|r| &r.pieces).filter(|p| p.marks.len() <= 6).count();
    let texts = alone && several.len() >= 2 && short * 4 >= pieces * 3 && several.len() * 2 >= rows.len();
    let size = rows.iter().map(|r| r.size).fold(0.0, f32::max);
    let ruled = lattice.ys.len() > 3;
    if ruled && markers * 2 <= several.len() && beside_figures(&rows, size) {
        return (columns::find(&rows, 0, 0.45 * size), true);
    }
    if !(of_figures || texts) || markers * 2 > several.len() || several.len() < 2 && values < 3 {
        return whole;
    }
    let allowed = if rows.len() >= 8 { rows.len() / 8 } else { usize::from(rows.len() >= 4) };
    let mut found = columns::find(&rows, allowed, 0.45 * size);
    let strict = columns::find(&rows, 0, 0.45 * size);
    if strict.len() >= found.len() {
        found = strict;
    }
    if found.len() < 2 { whole } else { (found, false) }
}

/// Whether strips that no line crosses part columns of figures from columns of text: rows of a list with
/// rules between them and none down, whose last column is prose.
fn beside_figures(rows: &[&Row], size: f32) -> bool {
    let found = columns::find(rows, 0, 0.45 * size);
    // Names of columns stand over their figures, and nothing under the first of these is none.
    let figures = |c: &&Column| {
        let inside = |p: &&Piece| p.bbox.left >= c.left - 0.5 && p.bbox.right <= c.right + 0.5;
        let mut below = rows.iter().flat_map(|r| r.pieces.iter().filter(inside)).skip_while(|p| !p.value);
        below.next().is_some() && below.next().is_some_and(|p| p.value) && below.all(|p| p.value)
    };
    found.len() >= 3 && found.iter().filter(figures).count() >= 2
}

/// Whether a region's pieces stand in several columns: it was no one cell.
fn tabular(f: &Filled, columns: &[Column], over: std::ops::Range<usize>) -> bool {
    if over.len() < 2 {
        return false;
    }
    let (mut several, mut crossing, mut values, mut pieces) = (0, 0, 0, 0);
    for row in &f.rows {
        let spans: Vec<_> = row
            .pieces
            .iter()
            .filter_map(|p| columns::span(&columns[over.clone()], p.bbox.left, p.bbox.right))
            .collect();
        if spans.len() >= 2 && spans.windows(2).all(|w| w[0].1 < w[1].0) {
            several += 1;
            values += row.pieces.iter().filter(|p| p.value || p.unit).count();
            pieces += row.pieces.len();
            crossing += usize::from(row.pieces[0].marker && !row.pieces[0].value);
        }
    }
    several > 0
        && crossing * 2 <= several
        && (values * 2 >= pieces || several >= 2 && several * 2 >= f.rows.len())
}

/// Whether a drawn row holds several rows of figures: two columns with figures on the same two
/// baselines, or one with three beside labels.
fn rows_of_values(filled: &[Filled], r: usize) -> bool {
    let mut lists: Vec<Vec<f32>> = Vec::new();
    let mut labels: Vec<f32> = Vec::new();
    for i in band(filled, r) {
        let f = &filled[i];
        let all = !f.rows.is_empty() && f.rows.iter().all(|row| row.pieces.iter().all(|p| p.value));
        if all {
            lists.push(f.rows.iter().map(|row| row.baseline).collect());
        } else {
            labels.extend(f.rows.iter().map(|row| row.baseline));
        }
    }
    let same = |a: &[f32], b: f32| a.iter().any(|y| (y - b).abs() < 2.5);
    lists.iter().enumerate().any(|(i, list)| {
        let two = list.len() >= 2
            && lists.iter().enumerate().any(|(k, other)| {
                k != i && other.len() >= 2 && list.iter().filter(|y| same(other, **y)).count() >= 2
            })
            && labels.len() >= list.len()
            && list.iter().any(|y| same(&labels, *y));
        two || list.len() >= 3 && list.iter().all(|y| same(&labels, *y))
    })
}

/// Whether the drawn rows that hold lists of figures are records, each with one line in its first cell: the
/// rows of the table are as drawn, and the lists are what stands in their cells.
fn are_records(filled: &[Filled], lists: &[bool]) -> bool {
    const RECORDS: usize = 3;
    let one_line = |r: usize| {
        let mut stubs = band(filled, r).map(|i| &filled[i]).filter(|f| f.region.left == 0);
        stubs.next().is_some_and(|f| f.rows.len() == 1 && f.region.right == 1) && stubs.next().is_none()
    };
    let listed = || (0..lists.len()).filter(|r| lists[*r]);
    listed().count() >= RECORDS && listed().all(one_line)
}

/// Whether a drawn row holds several rows laid over the finer columns: figures under figures in as many
/// columns as are asked for, or most of the grid's lines.
fn several_rows(filled: &[Filled], r: usize, columns: &[Column], least: usize) -> bool {
    let all: usize = filled.iter().map(|f| f.rows.len()).sum();
    let mut here = 0;
    let mut figures = vec![0; columns.len()];
    for row in band(filled, r).flat_map(|i| &filled[i].rows) {
        here += 1;
        for p in row.pieces.iter().filter(|p| p.value) {
            if let Some((a, b)) = columns::span(columns, p.bbox.left, p.bbox.right) {
                figures[a] += usize::from(a == b);
            }
        }
    }
    figures.iter().filter(|n| **n >= 2).count() >= least || here * 10 >= all * 7
}

/// The visual rows of a drawn row: those of its cells side by side.
fn band_rows(
    sheet: &Sheet<'_>,
    filled: &[Filled],
    r: usize,
    (columns, alone): (&[Column], &[(usize, Rect)]),
) -> Vec<Row> {
    let owners: BTreeMap<u32, usize> =
        band(filled, r).flat_map(|i| filled[i].marks.iter().map(move |m| (*m, i))).collect();
    let mut rows = sheet.rows_of(owners.keys().copied());
    for row in &mut rows {
        // However near to a rule words stand, it parts them.
        let pieces = std::mem::take(&mut row.pieces);
        row.pieces = pieces
            .iter()
            .flat_map(|p| p.marks.chunk_by(|a, b| owners.get(a) == owners.get(b)))
            .filter_map(|marks| sheet.piece(marks))
            .collect();
    }
    names::part(sheet, &mut rows, columns, alone);
    rows
}

/// Lines between the rows of the table in a drawn row.
fn sub_rows(rows: &[Row], columns: &[Column], bars: &[Edge]) -> Vec<f32> {
    let refs: Vec<&Row> = rows.iter().collect();
    let laid: Vec<Laid<'_>> = textrows::lay(&refs, columns);
    let starts = textrows::begins(&laid, &tight(&laid, columns), bars);
    lines_between(rows, |i| starts[i])
}

/// Lines between the rows of names in a drawn row that holds nothing else, or below the name of a group
/// over one row of figures.
fn name_rows(rows: &[Row], columns: &[Column]) -> Vec<f32> {
    let refs: Vec<&Row> = rows.iter().collect();
    let laid = textrows::lay(&refs, columns);
    if rows.iter().flat_map(|r| &r.pieces).any(|p| p.value && !p.year) {
        return lines_between(rows, |i| textrows::group_head(&laid[..i], &laid[i]));
    }
    if rows.iter().flat_map(|r| &r.pieces).any(|p| p.marks.len() > names::WORDS) {
        return Vec::new();
    }
    lines_between(rows, |i| names::begins(&laid[i - 1], &laid[i]))
}

/// Lines above the visual rows with which a row of the table begins.
fn lines_between<R: std::borrow::Borrow<Row>>(rows: &[R], begins: impl Fn(usize) -> bool) -> Vec<f32> {
    let row = |i: usize| rows[i].borrow();
    let mut out: Vec<f32> = (1..rows.len())
        .filter(|i| begins(*i))
        .map(|i| {
            let (above, here) = (row(i - 1), row(i));
            f32::midpoint(above.baseline + 0.2 * above.size, here.baseline - 0.75 * here.size)
        })
        .collect();
    // Never out of order, whatever the sizes.
    out.sort_by(f32::total_cmp);
    out
}

/// Columns as far as their ink reaches.
fn tight(laid: &[Laid<'_>], columns: &[Column]) -> Vec<Column> {
    let mut out: Vec<Column> = columns.iter().map(|c| Column { left: c.right, right: c.left }).collect();
    for (a, b, p) in laid.iter().flat_map(|l| &l.pieces) {
        if a == b {
            out[*a].left = out[*a].left.min(p.bbox.left);
            out[*a].right = out[*a].right.max(p.bbox.right);
        }
    }
    out
}

/// Adds empty regions where splitting left positions without one.
fn fill_holes(lattice: &mut Lattice, words: &mut Vec<Vec<u32>>) {
    let (cols, rows) = (lattice.xs.len() - 1, lattice.ys.len() - 1);
    let mut owned = vec![false; cols * rows];
    for r in &lattice.regions {
        for y in r.top..r.bottom {
            for x in r.left..r.right {
                owned[y * cols + x] = true;
            }
        }
    }
    for (i, _) in owned.iter().enumerate().filter(|(_, o)| !**o) {
        let (y, x) = (i / cols, i % cols);
        lattice.regions.push(Region { top: y, left: x, bottom: y + 1, right: x + 1 });
        words.push(Vec::new());
    }
}

/// Widens a lattice over labels that stand beside it on the baselines of its rows.
pub(super) fn widen(sheet: &Sheet<'_>, lattice: &Lattice, free: impl Fn(u32) -> bool) -> Option<Lattice> {
    let bbox = lattice.bbox();
    let near = |m: &super::sheet::Mark| {
        let y = m.bbox.mid_y();
        y > bbox.top && y < bbox.bottom
    };
    let rows = sheet.rows(|m| near(m) && free(m.index));
    if rows.len() < 4 {
        return None;
    }
    let (mut left, mut right) = ((0usize, f32::MAX, 0usize), (0usize, f32::MIN, 0usize));
    let mut inner = 0;
    for row in &rows {
        let inside = row.pieces.iter().any(|p| p.bbox.mid_x() > bbox.left && p.bbox.mid_x() < bbox.right);
        inner += usize::from(inside);
        let out_left: Vec<&Rect> =
            row.pieces.iter().map(|p| &p.bbox).filter(|b| b.right < bbox.left + 2.0).collect();
        let out_right: Vec<&Rect> =
            row.pieces.iter().map(|p| &p.bbox).filter(|b| b.left > bbox.right - 2.0).collect();
        if let (Some(first), true) = (out_left.first(), inside) {
            left.0 += 1;
            left.1 = left.1.min(first.left);
        } else if !out_left.is_empty() {
            left.2 += 1;
        }
        if let (Some(last), true) = (out_right.last(), inside) {
            right.0 += 1;
            right.1 = right.1.max(last.right);
        } else if !out_right.is_empty() {
            right.2 += 1;
        }
    }
    let enough = |side: (usize, f32, usize)| side.0 >= 3 && side.0 * 10 >= inner * 6 && side.0 >= 3 * side.2;
    let mut out = lattice.clone();
    if enough(right) {
        out.xs.push(right.1 + 1.0);
        let c = out.xs.len() - 2;
        out.regions.extend((0..out.ys.len() - 1).map(|r| Region {
            top: r,
            left: c,
            bottom: r + 1,
            right: c + 1,
        }));
    }
    if enough(left) {
        out.xs.insert(0, left.1 - 1.0);
        for r in &mut out.regions {
            r.left += 1;
            r.right += 1;
        }
        out.regions.extend((0..out.ys.len() - 1).map(|r| Region {
            top: r,
            left: 0,
            bottom: r + 1,
            right: 1,
        }));
    }
    out.regions.sort_by_key(|r| (r.top, r.left));
    (out.xs.len() > lattice.xs.len()).then_some(out)
}
