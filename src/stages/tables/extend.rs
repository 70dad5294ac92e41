//! Rows that belong to a drawn grid though they stand outside its crossing rules: a header between
//! two rules above it, a total below the last rule, column names over the first row.

use super::columns::{self, Column};
use super::lattice::{Lattice, Region};
use super::rules::{Edge, Rules};
use super::sheet::{Row, Sheet};

/// Bands further than this from the grid are not its own.
const REACH: f32 = 90.0;

/// A remark over all columns is no higher.
const REMARK: f32 = 200.0;

/// A rule shorter than the grid is its top only when this near.
const PART: f32 = 45.0;

/// Adds the bands between the grid and rules with the same ends above and below it, where words stand
/// side by side in them, or a remark that others above it are like.
pub(super) fn adopt(sheet: &Sheet<'_>, lattice: &mut Lattice, rules: &Rules, free: impl Fn(u32) -> bool) {
    // Only rules that no vertical meets: others are another grid's.
    let lonely = |e: &&Edge| {
        let from = rules.down.partition_point(|v| v.at < e.start - 3.0);
        !rules.down[from..]
            .iter()
            .take_while(|v| v.at <= e.end + 3.0)
            .any(|v| v.start - 3.0 <= e.at && v.end + 3.0 >= e.at)
    };
    let across: Vec<Edge> = rules.across.iter().filter(lonely).copied().collect();
    // Remarks over all columns below rows of cells: the last may stand below the last wall.
    let cols = lattice.xs.len() - 1;
    let over_all = |r: &&Region| cols >= 3 && r.bottom - r.top == 1 && r.right - r.left == cols;
    let remarks: Vec<usize> = lattice.regions.iter().filter(over_all).map(|r| r.top).collect();
    let mut awaited = !remarks.is_empty() && !remarks.contains(&(lattice.ys.len() - 2));
    loop {
        let b = lattice.bbox();
        let same = |e: &&Edge| e.drawn && (e.start - b.left).abs() <= 4.0 && (e.end - b.right).abs() <= 4.0;
        // The rule over the header may leave out the last columns.
        let begins = |e: &&Edge| {
            let whole = (e.end - b.right).abs() <= 4.0;
            let part = e.end < b.right && e.len() > 0.25 * b.width() && b.top - e.at < PART;
            e.drawn && (e.start - b.left).abs() <= 4.0 && (whole || part)
        };
        let above =
            across.iter().filter(begins).filter(|e| e.at < b.top - 6.0).map(|e| e.at).reduce(f32::max);
        let below =
            across.iter().filter(same).filter(|e| e.at > b.bottom + 6.0).map(|e| e.at).reduce(f32::min);
        let tabular = |top: f32, bottom: f32| {
            let rows = sheet.rows(|m| {
                let (x, y) = (m.bbox.mid_x(), m.bbox.mid_y());
                y > top && y < bottom && x > b.left && x < b.right && free(m.index)
            });
            let wide = rows.iter().flat_map(|r| &r.pieces).any(|p| p.bbox.width() > 0.5 * b.width());
            rows.iter().any(|r| r.pieces.len() >= 2) && !wide
                || rows.iter().filter(|r| r.pieces.len() >= 2).count() * 2 >= rows.len().max(1)
        };
        // A rule with another soon below it is the top of the next table.
        let closes = |y: f32| !across.iter().filter(same).any(|e| e.at > y + 3.0 && e.at < y + REACH);
        let filled = |top: f32, bottom: f32| {
            let mut inside = sheet.marks.iter().filter(|m| m.bbox.mid_y() > top && m.bbox.mid_y() < bottom);
            inside.clone().next().is_some()
                && inside.all(|m| free(m.index) && m.bbox.left > b.left && m.bbox.right < b.right)
        };
        if let Some(y) = above.filter(|y| b.top - y < REACH && tabular(*y, b.top)) {
            push_top(lattice, y);
        } else if let Some(y) = below.filter(|y| y - b.bottom < REACH && tabular(b.bottom, *y)) {
            push_bottom(lattice, y);
        } else if let Some(y) =
            below.filter(|y| awaited && closes(*y) && y - b.bottom < REMARK && filled(b.bottom, *y))
        {
            lattice.ys.push(y);
            let rows = lattice.ys.len() - 1;
            lattice.regions.push(Region { top: rows - 1, left: 0, bottom: rows, right: cols });
            awaited = false;
        } else {
            break;
        }
    }
    lattice.regions.sort_by_key(|r| (r.top, r.left));
}

/// Adds free rows that go on with the columns of a grid whose words are placed: figures below it, and
/// names above it where its own first row holds figures.
pub(super) fn reach(
    sheet: &Sheet<'_>,
    lattice: &mut Lattice,
    placed: &mut Vec<Vec<u32>>,
    free: impl Fn(u32) -> bool,
) {
    let b = lattice.bbox();
    let near: Vec<Row> =
        sheet.rows(|m| free(m.index) && m.bbox.bottom > b.top - REACH && m.bbox.top < b.bottom + REACH);
    let fits = |r: &Row| r.bbox.left > b.left - 4.0 && r.bbox.right < b.right + 4.0;
    let columns: Vec<Column> = lattice.xs.windows(2).map(|w| Column { left: w[0], right: w[1] }).collect();
    let valued = value_columns(sheet, lattice, placed);
    if !valued.iter().any(|v| *v) {
        return;
    }
    let mut bottom = b.bottom;
    for row in near.iter().filter(|r| r.bbox.mid_y() > b.bottom) {
        let Some(spans) = spread(row, &columns) else { break };
        let figures = row.pieces.iter().zip(&spans).filter(|(p, s)| p.value && valued[**s]).count();
        let others = row.pieces.iter().filter(|p| !p.value).count();
        if row.bbox.top - bottom > 1.1 * row.size || !fits(row) || figures == 0 || figures < others {
            break;
        }
        push_bottom(lattice, row.bbox.bottom + 1.0);
        add(lattice, placed, lattice.ys.len() - 2, row, &spans);
        bottom = row.bbox.bottom;
    }
    let first_has_figures = lattice
        .regions
        .iter()
        .zip(placed.iter())
        .any(|(r, p)| r.top == 0 && r.bottom == 1 && !p.is_empty() && valued[r.left] && values(sheet, p));
    if !first_has_figures {
        return;
    }
    // Names of columns, over several lines at times: one header row.
    let mut top = b.top;
    let mut block: Vec<(usize, u32)> = Vec::new();
    let mut covered = vec![false; columns.len()];
    for row in near.iter().rev().filter(|r| r.bbox.mid_y() < b.top).take(12) {
        let spans: Option<Vec<usize>> = row
            .pieces
            .iter()
            .map(|p| columns::span(&columns, p.bbox.left, p.bbox.right).filter(|(x, y)| x == y).map(|s| s.0))
            .collect();
        let Some(spans) = spans else { break };
        let far = top - row.bbox.bottom > 0.9 * row.size;
        if far || !fits(row) || row.pieces.iter().any(|p| p.value || p.marks.len() > 6) {
            break;
        }
        for (p, s) in row.pieces.iter().zip(spans) {
            covered[s] = true;
            block.extend(p.marks.iter().map(|m| (s, *m)));
        }
        top = row.bbox.top;
    }
    let over = covered.iter().zip(&valued).filter(|(c, v)| **c && **v).count();
    if over * 2 < valued.iter().filter(|v| **v).count() || over < 2 {
        return;
    }
    push_top(lattice, top - 1.0);
    let base = placed.len();
    placed.resize(base + columns.len(), Vec::new());
    for (s, m) in block {
        placed[base + s].push(m);
    }
}

fn add(lattice: &Lattice, placed: &mut Vec<Vec<u32>>, r: usize, row: &Row, spans: &[usize]) {
    let base = lattice.regions.len() - (lattice.xs.len() - 1);
    placed.resize(lattice.regions.len(), Vec::new());
    for (p, s) in row.pieces.iter().zip(spans) {
        debug_assert_eq!(lattice.regions[base + s].top, r);
        placed[base + s].extend(&p.marks);
    }
}

/// The column of each piece, if each lies in one of its own.
fn spread(row: &Row, columns: &[Column]) -> Option<Vec<usize>> {
    if row.pieces.len() < 2 {
        return None;
    }
    let mut out: Vec<usize> = Vec::new();
    for p in &row.pieces {
        let (a, b) = columns::span(columns, p.bbox.left, p.bbox.right)?;
        if a != b || out.contains(&a) {
            return None;
        }
        out.push(a);
    }
    Some(out)
}

/// Which columns hold mostly figures.
fn value_columns(sheet: &Sheet<'_>, lattice: &Lattice, placed: &[Vec<u32>]) -> Vec<bool> {
    let mut count = vec![(0, 0); lattice.xs.len() - 1];
    for (r, p) in lattice.regions.iter().zip(placed) {
        if r.right - r.left == 1 && !p.is_empty() {
            count[r.left].0 += 1;
            count[r.left].1 += usize::from(values(sheet, p));
        }
    }
    count.into_iter().map(|(all, figures)| figures >= 1 && figures * 2 >= all).collect()
}

fn values(sheet: &Sheet<'_>, marks: &[u32]) -> bool {
    super::sheet::is_value(&sheet.text(marks))
}

fn push_top(lattice: &mut Lattice, y: f32) {
    lattice.ys.insert(0, y);
    for r in &mut lattice.regions {
        r.top += 1;
        r.bottom += 1;
    }
    let cols = lattice.xs.len() - 1;
    lattice.regions.extend((0..cols).map(|c| Region { top: 0, left: c, bottom: 1, right: c + 1 }));
}

fn push_bottom(lattice: &mut Lattice, y: f32) {
    lattice.ys.push(y);
    let (rows, cols) = (lattice.ys.len() - 1, lattice.xs.len() - 1);
    lattice.regions.extend((0..cols).map(|c| Region { top: rows - 1, left: c, bottom: rows, right: c + 1 }));
}
