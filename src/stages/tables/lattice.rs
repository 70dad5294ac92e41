//! Grids of crossing rules: which edges belong together, where the lines of the grid are, and which
//! positions are one cell because no edge parts them.

use super::rules::{Edge, Rules};
use crate::model::Rect;

/// Rules that miss each other by less still meet.
const MEET: f32 = 3.0;
/// Grid lines closer than this are one (double rules, cell borders beside each other).
const SNAP: f32 = 3.2;
/// More pairs of edges than this are a drawing, not a table.
pub(super) const PAIRS: usize = 6_000_000;
/// A grid of more positions is a drawing: the largest real sheet has a tenth of it.
const POSITIONS: usize = 60_000;

/// A cell of a lattice: rows and columns from, to (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    /// First row.
    pub(super) top: usize,
    /// First column.
    pub(super) left: usize,
    /// Row after the last.
    pub(super) bottom: usize,
    /// Column after the last.
    pub(super) right: usize,
}

/// A grid drawn on a page.
#[derive(Debug, Clone, Default)]
pub(super) struct Lattice {
    /// Column lines, left to right.
    pub(super) xs: Vec<f32>,
    /// Row lines, top to bottom.
    pub(super) ys: Vec<f32>,
    /// Cells, by row, then column.
    pub(super) regions: Vec<Region>,
    /// Some inner vertical line is there.
    pub(super) vertical: bool,
    /// At least one edge is a drawn rule.
    pub(super) drawn: bool,
}

impl Lattice {
    /// Box of the grid.
    pub(super) fn bbox(&self) -> Rect {
        let ends = |v: &[f32]| (v.first().copied().unwrap_or(0.0), v.last().copied().unwrap_or(0.0));
        let ((left, right), (top, bottom)) = (ends(&self.xs), ends(&self.ys));
        Rect::new(left, top, right, bottom)
    }

    /// Box of a region.
    pub(super) fn rect(&self, r: &Region) -> Rect {
        Rect::new(self.xs[r.left], self.ys[r.top], self.xs[r.right], self.ys[r.bottom])
    }
}

/// Finds the grids of a page, or `None` where there are too many lines to be tables.
pub(super) fn find(rules: &Rules) -> Option<Vec<Lattice>> {
    let groups = components(&rules.across, &rules.down)?;
    let mut out: Vec<Lattice> = groups.iter().filter_map(|(h, v)| build(h, v)).collect();
    out.sort_by(|a, b| {
        let (a, b) = (a.bbox(), b.bbox());
        a.top.total_cmp(&b.top).then(a.left.total_cmp(&b.left))
    });
    Some(out)
}

/// Edges that touch, group by group. Rules across that no vertical meets are in none: they are left
/// to the finder of aligned tables.
fn components(across: &[Edge], down: &[Edge]) -> Option<Vec<(Vec<Edge>, Vec<Edge>)>> {
    if across.len().saturating_mul(down.len()) > PAIRS {
        return None;
    }
    let n = across.len();
    let mut sets = Sets::new(n + down.len());
    let mut met = vec![false; n];
    for (i, h) in across.iter().enumerate() {
        let from = down.partition_point(|v| v.at < h.start - MEET);
        for (k, v) in down[from..].iter().enumerate() {
            if v.at > h.end + MEET {
                break;
            }
            if h.at >= v.start - MEET && h.at <= v.end + MEET {
                sets.join(i, n + from + k);
                met[i] = true;
            }
        }
    }
    stack(across, down, &met, &mut sets);
    let joined: std::collections::BTreeSet<usize> =
        (0..n).filter(|i| met[*i]).map(|i| sets.root(i)).collect();
    let mut groups: std::collections::BTreeMap<usize, (Vec<Edge>, Vec<Edge>)> =
        std::collections::BTreeMap::new();
    for (i, e) in across.iter().enumerate() {
        let root = sets.root(i);
        if met[i] || joined.contains(&root) {
            groups.entry(root).or_default().0.push(*e);
        }
    }
    for (i, e) in down.iter().enumerate() {
        groups.entry(sets.root(n + i)).or_default().1.push(*e);
    }
    Some(groups.into_values().filter(|(h, v)| h.len() + v.len() >= 2).collect())
}

/// Joins groups without side walls that rules of the same ends carry on, one under the other.
fn stack(across: &[Edge], down: &[Edge], met: &[bool], sets: &mut Sets) {
    let n = across.len();
    let mut bars: Vec<usize> = (0..n).filter(|i| across[*i].drawn && across[*i].len() > 150.0).collect();
    bars.sort_by(|a, b| {
        let key = |i: usize| ((across[i].start / 6.0).round(), (across[i].end / 6.0).round());
        let (x, y) = (key(*a), key(*b));
        x.0.total_cmp(&y.0).then(x.1.total_cmp(&y.1)).then(across[*a].at.total_cmp(&across[*b].at))
    });
    let walled = |e: &Edge| {
        down.iter().any(|v| {
            ((v.at - e.start).abs() < 4.0 || (v.at - e.end).abs() < 4.0)
                && v.start - MEET <= e.at
                && v.end + MEET >= e.at
        })
    };
    let mut i = 0;
    while i < bars.len() {
        let first = across[bars[i]];
        let same = |k: &usize| {
            (across[*k].start - first.start).abs() <= 4.0 && (across[*k].end - first.end).abs() <= 4.0
        };
        let mut j = i + 1;
        while j < bars.len() && same(&bars[j]) && across[bars[j]].at - across[bars[j - 1]].at < 120.0 {
            j += 1;
        }
        let chain = &bars[i..j];
        // Only among bars that carry columns, with nothing but bars between the first and the last.
        if chain.len() >= 4
            && chain.iter().filter(|k| met[**k]).count() >= 2
            && !chain.iter().any(|k| walled(&across[*k]))
        {
            let from = chain.iter().position(|k| met[*k]).unwrap_or(0);
            let to = chain.iter().rposition(|k| met[*k]).unwrap_or(0);
            for pair in chain[from..=to].windows(2) {
                if !begins_between(across, met, across[pair[0]], across[pair[1]]) {
                    sets.join(pair[0], pair[1]);
                }
            }
        }
        i = j;
    }
}

/// Whether a shorter rule from the same left end stands apart between two bars: the top of another table,
/// whose title stands over it.
fn begins_between(across: &[Edge], met: &[bool], upper: Edge, lower: Edge) -> bool {
    const TITLE: f32 = 20.0;
    across.iter().zip(met).any(|(e, met)| {
        !met && e.drawn
            && e.at > upper.at + TITLE
            && e.at < lower.at - 6.0
            && (e.start - upper.start).abs() <= 4.0
            && e.end < upper.end - 4.0
            && e.len() > 0.25 * upper.len()
    })
}

/// Lays the grid of one group of edges.
fn build(across: &[Edge], down: &[Edge]) -> Option<Lattice> {
    let mut xs = snap(down);
    let mut ys = snap(across);
    let left = across.iter().map(|e| e.start).fold(f32::MAX, f32::min);
    let right = across.iter().map(|e| e.end).fold(f32::MIN, f32::max);
    let top = down.iter().map(|e| e.start).fold(f32::MAX, f32::min);
    let bottom = down.iter().map(|e| e.end).fold(f32::MIN, f32::max);
    // Sides left open: the rules across reach beyond the last vertical, or the other way round.
    if across.len() >= 2 {
        if xs.first().is_none_or(|x| left < x - 6.0) {
            xs.insert(0, left);
        }
        if xs.last().is_none_or(|x| right > x + 6.0) {
            xs.push(right);
        }
    }
    if !down.is_empty() {
        if ys.first().is_none_or(|y| top < y - 6.0) {
            ys.insert(0, top);
        }
        if ys.last().is_none_or(|y| bottom > y + 6.0) {
            ys.push(bottom);
        }
    }
    let (cols, rows) = (xs.len().checked_sub(1)?, ys.len().checked_sub(1)?);
    if cols == 0 || rows == 0 || cols * rows > POSITIONS {
        return None;
    }
    // For each inner vertical line and row (and each inner horizontal line and column): how much is drawn.
    let walls = cover(&xs, &ys, down);
    let floors = cover(&ys, &xs, across);
    let mut cells = Sets::new(rows * cols);
    for r in 0..rows {
        for c in 0..cols {
            if c + 1 < cols && !walls[(c + 1) * rows + r] {
                cells.join(r * cols + c, r * cols + c + 1);
            }
            if r + 1 < rows && !floors[(r + 1) * cols + c] {
                cells.join(r * cols + c, (r + 1) * cols + c);
            }
        }
    }
    let regions = rectangles(&mut cells, rows, cols);
    let vertical = (1..cols).any(|c| (0..rows).any(|r| walls[c * rows + r]));
    let drawn = across.iter().chain(down).any(|e| e.drawn);
    Some(Lattice { xs, ys, regions, vertical, drawn })
}

/// Positions of grid lines: edges near each other are one line, at the place where most of it lies.
fn snap(edges: &[Edge]) -> Vec<f32> {
    let mut sorted: Vec<(f32, f32)> = edges.iter().map(|e| (e.at, e.len())).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut out: Vec<(f32, f32, f32)> = Vec::new(); // first, weighted sum, weight
    for (at, len) in sorted {
        match out.last_mut() {
            Some((first, sum, weight)) if at - *first <= SNAP => {
                *sum += at * len;
                *weight += len;
            }
            _ => out.push((at, at * len, len)),
        }
    }
    out.into_iter().map(|(_, sum, weight)| sum / weight).collect()
}

/// For each line of `lines` and each interval of `cross`: whether edges cover most of it.
fn cover(lines: &[f32], cross: &[f32], edges: &[Edge]) -> Vec<bool> {
    let n = cross.len() - 1;
    let mut share = vec![0.0f32; lines.len() * n];
    for e in edges {
        let k = lines.partition_point(|x| *x < e.at - SNAP);
        let near = (k..lines.len().min(k + 4))
            .min_by(|a, b| (lines[*a] - e.at).abs().total_cmp(&(lines[*b] - e.at).abs()));
        let Some(line) = near else { continue };
        let from = cross.partition_point(|y| *y < e.start).saturating_sub(1);
        for i in from..n {
            if cross[i] > e.end {
                break;
            }
            share[line * n + i] += (e.end.min(cross[i + 1]) - e.start.max(cross[i])).max(0.0);
        }
    }
    (0..lines.len() * n).map(|i| share[i] >= 0.55 * (cross[i % n + 1] - cross[i % n])).collect()
}

/// Each set of positions as rectangles: whole where it is one, else runs of each row, stacked where equal.
fn rectangles(cells: &mut Sets, rows: usize, cols: usize) -> Vec<Region> {
    let mut bounds: Vec<Option<(Region, usize)>> = vec![None; rows * cols];
    for r in 0..rows {
        for c in 0..cols {
            let root = cells.root(r * cols + c);
            let here = Region { top: r, left: c, bottom: r + 1, right: c + 1 };
            bounds[root] = Some(match bounds[root] {
                None => (here, 1),
                Some((b, n)) => (
                    Region {
                        top: b.top.min(r),
                        left: b.left.min(c),
                        bottom: b.bottom.max(r + 1),
                        right: b.right.max(c + 1),
                    },
                    n + 1,
                ),
            });
        }
    }
    let mut out = Vec::new();
    for (root, entry) in bounds.iter().enumerate() {
        let Some((b, n)) = *entry else { continue };
        if n == (b.bottom - b.top) * (b.right - b.left) {
            out.push(b);
            continue;
        }
        let mut open: Vec<Region> = Vec::new();
        for r in b.top..b.bottom {
            let mut c = b.left;
            while c < b.right {
                if cells.root(r * cols + c) != root {
                    c += 1;
                    continue;
                }
                let left = c;
                while c < b.right && cells.root(r * cols + c) == root {
                    c += 1;
                }
                match open.iter_mut().find(|o| o.bottom == r && o.left == left && o.right == c) {
                    Some(o) => o.bottom = r + 1,
                    None => open.push(Region { top: r, left, bottom: r + 1, right: c }),
                }
            }
        }
        out.extend(open);
    }
    out.sort_by_key(|r| (r.top, r.left));
    out
}

/// Disjoint sets.
struct Sets {
    parent: Vec<u32>,
}

impl Sets {
    fn new(n: usize) -> Self {
        Sets { parent: (0..n as u32).collect() }
    }

    fn root(&mut self, mut i: usize) -> usize {
        while self.parent[i] as usize != i {
            self.parent[i] = self.parent[self.parent[i] as usize];
            i = self.parent[i] as usize;
        }
        i
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        // The smaller index stays the root, so that results do not depend on the order of joining.
        let (low, high) = (a.min(b), a.max(b));
        self.parent[high] = low as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(at: f32, start: f32, end: f32) -> Edge {
        Edge { at, start, end, drawn: true }
    }

    fn rules(across: &[(f32, f32, f32)], down: &[(f32, f32, f32)]) -> Rules {
        let list = |v: &[(f32, f32, f32)]| v.iter().map(|e| edge(e.0, e.1, e.2)).collect();
        Rules { across: list(across), down: list(down), fills: vec![], bars: vec![] }
    }

    #[test]
    fn a_missing_wall_makes_a_span() {
        let r = rules(
            &[(0.0, 0.0, 100.0), (20.0, 0.0, 100.0), (40.0, 0.0, 100.0)],
            &[(0.0, 0.0, 40.0), (50.0, 20.0, 40.0), (100.0, 0.0, 40.0)],
        );
        let l = find(&r).unwrap();
        assert_eq!(l.len(), 1);
        let spans: Vec<_> = l[0].regions.iter().map(|r| (r.top, r.left, r.bottom, r.right)).collect();
        assert_eq!(spans, [(0, 0, 1, 2), (1, 0, 2, 1), (1, 1, 2, 2)]);
    }

    #[test]
    fn rules_that_do_not_quite_meet_still_do() {
        let r = rules(
            &[(0.0, 2.0, 100.0), (20.0, 1.0, 98.0), (40.0, 0.0, 100.0)],
            &[(0.0, 1.5, 38.0), (50.0, 1.0, 40.0), (100.0, 2.0, 41.0)],
        );
        let l = find(&r).unwrap();
        assert_eq!((l.len(), l[0].regions.len()), (1, 4));
    }

    #[test]
    fn open_sides_are_closed_where_the_rules_end() {
        let r = rules(
            &[(0.0, 0.0, 200.0), (20.0, 0.0, 200.0), (40.0, 0.0, 200.0)],
            &[(50.0, 0.0, 40.0), (100.0, 0.0, 40.0)],
        );
        let l = find(&r).unwrap();
        assert_eq!(l[0].regions.len(), 6);
    }
}
