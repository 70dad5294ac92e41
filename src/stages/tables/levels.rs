//! Cells drawn over several rows of a grid whose lines stand row by row: rules that end at the next column
//! leave out the labels, or the figures, of the rows that they part.

use super::lattice::Region;
use super::refine::Filled;
use super::sheet::{Row, Sheet};

/// Cuts such cells at the lines between the drawn rows; whether cells of figures were among them.
pub(super) fn cut(sheet: &Sheet<'_>, filled: Vec<Filled>, ys: &[f32]) -> (Vec<Filled>, bool) {
    let whole = filled.len();
    let filled = cut_where(filled, ys, |f, _| upright(sheet, f) && figures(f, ys));
    let figures = filled.len() > whole;
    // Labels are known by the figures beside them.
    (cut_where(filled, ys, |f, all| upright(sheet, f) && labels_of(f, all)), figures)
}

fn cut_where(filled: Vec<Filled>, ys: &[f32], by_rows: impl Fn(&Filled, &[Filled]) -> bool) -> Vec<Filled> {
    let tall = |f: &Filled| f.region.bottom - f.region.top > 1;
    let cut: Vec<bool> = filled.iter().map(|f| tall(f) && by_rows(f, &filled)).collect();
    if !cut.contains(&true) {
        return filled;
    }
    let mut out = Vec::with_capacity(filled.len());
    for (f, cut) in filled.into_iter().zip(cut) {
        if cut {
            out.extend((f.region.top..f.region.bottom).map(|r| at_level(&f, r, ys)));
        } else {
            out.push(f);
        }
    }
    out
}

fn upright(sheet: &Sheet<'_>, f: &Filled) -> bool {
    f.marks.iter().all(|m| sheet.marks[*m as usize].upright)
}

/// The drawn row in which a line stands.
fn level(row: &Row, region: Region, ys: &[f32]) -> usize {
    let mid = row.baseline - 0.3 * row.size;
    (ys.partition_point(|y| *y <= mid).max(1) - 1).clamp(region.top, region.bottom - 1)
}

/// What of a cell stands in one drawn row.
fn at_level(f: &Filled, r: usize, ys: &[f32]) -> Filled {
    let rows: Vec<Row> = f.rows.iter().filter(|row| level(row, f.region, ys) == r).cloned().collect();
    let marks = rows.iter().flat_map(|row| &row.pieces).flat_map(|p| p.marks.clone()).collect();
    Filled { region: Region { top: r, bottom: r + 1, ..f.region }, rows, marks }
}

/// Whether a cell holds figures alone, in several of the drawn rows.
fn figures(f: &Filled, ys: &[f32]) -> bool {
    let mut levels: Vec<usize> = f.rows.iter().map(|row| level(row, f.region, ys)).collect();
    levels.dedup();
    levels.len() >= 2 && f.rows.iter().flat_map(|row| &row.pieces).all(|p| p.value)
}

/// Whether the lines of a cell stand on the baselines of figures beside it, most of them.
fn labels_of(f: &Filled, filled: &[Filled]) -> bool {
    if f.rows.len() < 3 {
        return false;
    }
    let mut beside: Vec<f32> = filled
        .iter()
        .filter(|o| {
            o.region.top >= f.region.top && o.region.bottom <= f.region.bottom && o.region != f.region
        })
        .flat_map(|o| &o.rows)
        .filter(|row| row.pieces.iter().any(|p| p.value))
        .map(|row| row.baseline)
        .collect();
    beside.sort_by(f32::total_cmp);
    beside.dedup_by(|a, b| (*a - *b).abs() < 1.5);
    let near = |y: f32| {
        let k = beside.partition_point(|b| *b < y - 2.0);
        beside.get(k).is_some_and(|b| (b - y).abs() <= 2.0)
    };
    let met = f.rows.iter().filter(|row| near(row.baseline)).count();
    met >= 3 && met * 2 >= f.rows.len() && met * 10 >= beside.len() * 6
}
