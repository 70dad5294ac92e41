//! Columns of running text: a page set like a newspaper is looked through column by column, so that
//! lines which happen to stand side by side make no table.

use super::rules::Edge;
use super::sheet::{Piece, Row, Sheet};
use crate::model::Rect;

/// A gutter between columns of text, with the heights it is valid for.
#[derive(Debug, Clone, Copy)]
struct Gutter {
    x: f32,
    top: f32,
    bottom: f32,
}

/// Rules this near to a gutter's ends belong to it; shorter ones beside it cross it by chance.
const NEAR: f32 = 20.0;

/// Lines of running text that make a column.
const LINES: usize = 5;

/// Splits rows at the gutters of a page: one list a column, and the rows outside of them first.
pub(super) fn split(sheet: &Sheet<'_>, rows: Vec<Row>, bars: &[Edge]) -> Vec<Vec<Row>> {
    let mut gutters = gutters(&rows, sheet.page.size[0]);
    gutters.retain(|g| !ruled_across(g, bars));
    if gutters.is_empty() {
        return vec![rows];
    }
    let mut out: Vec<Vec<Row>> = vec![Vec::new(); gutters.len() + 2];
    for row in rows {
        let y = row.bbox.mid_y();
        let cuts: Vec<(usize, f32)> = gutters
            .iter()
            .enumerate()
            .filter(|(_, g)| {
                y >= g.top
                    && y <= g.bottom
                    && !row.pieces.iter().any(|p| p.bbox.left < g.x - 2.0 && p.bbox.right > g.x + 2.0)
            })
            .map(|(i, g)| (i, g.x))
            .collect();
        if cuts.is_empty() {
            out[0].push(row);
            continue;
        }
        let mut parts: Vec<Vec<Piece>> = vec![Vec::new(); cuts.len() + 1];
        for p in row.pieces {
            let k = cuts.iter().filter(|(_, x)| p.bbox.mid_x() > *x).count();
            parts[k].push(p);
        }
        for (k, pieces) in parts.into_iter().enumerate() {
            let Some(bbox) = Rect::around(pieces.iter().map(|p| p.bbox)) else { continue };
            let zone = k.checked_sub(1).map_or(cuts[0].0 + 1, |k| cuts[k].0 + 2);
            out[zone].push(Row { bbox, pieces, baseline: row.baseline, size: row.size });
        }
    }
    out
}

/// Whether three rules of the same ends cross a gutter: they part the rows of a table.
fn ruled_across(gutter: &Gutter, bars: &[Edge]) -> bool {
    let crosses = |b: &&Edge| {
        let inside = b.at > gutter.top - NEAR && b.at < gutter.bottom + NEAR;
        b.drawn && inside && b.start < gutter.x - NEAR && b.end > gutter.x + NEAR
    };
    let across: Vec<&Edge> = bars.iter().filter(crosses).collect();
    across.iter().any(|a| across.iter().filter(|b| a.same_ends(***b, 3.0)).count() >= 3)
}

fn gutters(rows: &[Row], width: f32) -> Vec<Gutter> {
    let prose: Vec<&Piece> = rows
        .iter()
        .flat_map(|r| &r.pieces)
        .filter(|p| p.marks.len() >= 5 && p.bbox.width() >= 90.0 && !p.value)
        .collect();
    let mut lefts: Vec<&Piece> = prose.iter().filter(|p| p.bbox.left > 0.25 * width).copied().collect();
    lefts.sort_by(|a, b| a.bbox.left.total_cmp(&b.bbox.left).then(a.bbox.top.total_cmp(&b.bbox.top)));
    let mut out: Vec<Gutter> = Vec::new();
    let mut i = 0;
    while i < lefts.len() {
        let mut j = i + 1;
        while j < lefts.len() && lefts[j].bbox.left - lefts[i].bbox.left <= 3.0 {
            j += 1;
        }
        if j - i >= LINES {
            let x = lefts[i].bbox.left;
            let Some(range) = Rect::around(lefts[i..j].iter().map(|p| p.bbox)) else { break };
            let beside: Vec<&&Piece> = prose
                .iter()
                .filter(|p| {
                    p.bbox.right < x - 4.0
                        && p.bbox.mid_y() > range.top - 2.0
                        && p.bbox.mid_y() < range.bottom + 2.0
                })
                .collect();
            let crossing = rows
                .iter()
                .flat_map(|r| &r.pieces)
                .filter(|p| {
                    p.bbox.left < x - 6.0
                        && p.bbox.right > x + 2.0
                        && p.bbox.mid_y() > range.top
                        && p.bbox.mid_y() < range.bottom
                })
                .count();
            if beside.len() >= LINES && crossing * 6 <= j - i {
                let right = beside.iter().map(|p| p.bbox.right).fold(f32::MIN, f32::max);
                let all = Rect::around(beside.iter().map(|p| p.bbox)).map_or(range, |b| b.union(range));
                let x = f32::midpoint(right, x);
                if !out.iter().any(|g| (g.x - x).abs() < 40.0) {
                    out.push(Gutter { x, top: all.top - 2.0, bottom: all.bottom + 2.0 });
                }
            }
        }
        i = j;
    }
    out.sort_by(|a, b| a.x.total_cmp(&b.x));
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::page;
    use super::*;

    #[test]
    fn text_in_two_columns_is_read_column_by_column() {
        let line = "five words in this line";
        let rows: Vec<(f32, Vec<(f32, &str)>)> =
            (0..8).map(|i| (50.0 + 12.0 * i as f32, vec![(40.0, line), (300.0, line)])).collect();
        let refs: Vec<(f32, &[(f32, &str)])> = rows.iter().map(|r| (r.0, r.1.as_slice())).collect();
        let p = page(&refs);
        let sheet = Sheet::new(&p);
        let lists = split(&sheet, sheet.rows(|_| true), &[]);
        let counts: Vec<usize> = lists.iter().map(Vec::len).collect();
        assert_eq!(counts, [0, 8, 8]);
    }
}
