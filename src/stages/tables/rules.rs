//! Rules of a page made ready for table finding: pieces merged, edges of coloured cells added,
//! lines under and through text left out.

use super::sheet::Sheet;
use crate::model::{Fill, LineFate, Rect, Turn};

/// A straight edge: a merged rule, or the side of a coloured cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    /// y of a horizontal edge, x of a vertical one.
    pub(super) at: f32,
    /// Where it begins on the other axis.
    pub(super) start: f32,
    /// Where it ends.
    pub(super) end: f32,
    /// Drawn as a rule, not only the side of a fill.
    pub(super) drawn: bool,
}

impl Edge {
    /// Its length.
    pub(super) fn len(self) -> f32 {
        self.end - self.start
    }

    /// Whether both begin and end nearer to each other than this, on the other axis.
    pub(super) fn same_ends(self, other: Edge, slack: f32) -> bool {
        (self.start - other.start).abs() < slack && (self.end - other.end).abs() < slack
    }
}

/// All edges of a page.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// Horizontal, by height.
    pub(super) across: Vec<Edge>,
    /// Vertical, by x.
    pub(super) down: Vec<Edge>,
    /// Coloured boxes, stacked slices merged; white ones left out.
    pub(super) fills: Vec<Fill>,
    /// Boxes that start on one line and end anywhere: the bars of charts.
    pub(super) bars: Vec<Rect>,
}

/// Rules closer than this lie on one line.
const SAME_LINE: f32 = 1.6;
/// Gaps in a rule that are bridged.
const BRIDGED: f32 = 3.0;

/// Reads the edges of a page.
pub(super) fn read(sheet: &Sheet<'_>) -> Rules {
    let g = &sheet.page.graphics;
    let [width, height] = sheet.page.size;
    let (mut across, mut down) = (Vec::new(), Vec::new());
    for r in &g.rulings {
        let edge = Edge { at: r.at, start: r.start.min(r.end), end: r.start.max(r.end), drawn: true };
        let (side, along) = if r.horizontal { (height, width) } else { (width, height) };
        let seen = edge.at.is_finite() && edge.at > -5.0 && edge.at < side + 5.0;
        if seen && edge.len() > 0.2 && edge.len().is_finite() && r.width < 12.0 && edge.start < along {
            if r.horizontal { across.push(edge) } else { down.push(edge) }
        }
    }
    let mut fills = merge_fills(&g.fills, width, height);
    let bars = drop_bars(&mut fills);
    for f in &fills {
        let b = f.bbox;
        for at in [b.top, b.bottom] {
            across.push(Edge { at, start: b.left, end: b.right, drawn: false });
        }
        for at in [b.left, b.right] {
            down.push(Edge { at, start: b.top, end: b.bottom, drawn: false });
        }
    }
    let down = merge(down);
    let mut across = merge(across);
    // Where there are too many lines for tables, there is no need to look at each.
    if across.len().saturating_mul(down.len()) <= super::lattice::PAIRS {
        drop_text_lines(sheet, &mut across, &down);
    }
    Rules { across, down, fills, bars }
}

/// Joins collinear pieces that touch or nearly touch.
fn merge(mut edges: Vec<Edge>) -> Vec<Edge> {
    edges.sort_by(|a, b| a.at.total_cmp(&b.at).then(a.start.total_cmp(&b.start)));
    let mut out: Vec<Edge> = Vec::with_capacity(edges.len());
    let mut i = 0;
    while i < edges.len() {
        let mut j = i + 1;
        while j < edges.len()
            && edges[j].at - edges[j - 1].at <= SAME_LINE
            && edges[j].at - edges[i].at <= 2.0 * SAME_LINE
        {
            j += 1;
        }
        let line = &mut edges[i..j];
        line.sort_by(|a, b| a.start.total_cmp(&b.start));
        let first = out.len();
        let mut weight = 0.0;
        for e in line.iter() {
            match out.get_mut(first..).and_then(<[Edge]>::last_mut) {
                Some(last) if e.start - last.end <= BRIDGED => {
                    if e.drawn == last.drawn || e.drawn {
                        let w = e.len().max(0.01);
                        if e.drawn && !last.drawn {
                            last.at = e.at;
                            weight = w;
                        } else {
                            last.at = (last.at * weight + e.at * w) / (weight + w);
                            weight += w;
                        }
                    }
                    last.end = last.end.max(e.end);
                    last.drawn |= e.drawn;
                }
                _ => {
                    out.push(*e);
                    weight = e.len().max(0.01);
                }
            }
        }
        i = j;
    }
    // Dashes that did not add up to anything are specks.
    out.retain(|e| e.len() >= 4.0);
    out.sort_by(|a, b| a.at.total_cmp(&b.at).then(a.start.total_cmp(&b.start)));
    out
}

/// Coloured boxes that may be cells: not white, not the page's ground, not slivers; slices of one
/// colour stacked without a gap (a shaded cell drawn line by line) are one box.
fn merge_fills(fills: &[Fill], width: f32, height: f32) -> Vec<Fill> {
    let mut kept: Vec<Fill> = fills
        .iter()
        .filter(|f| {
            let b = f.bbox;
            f.colour != 0x00FF_FFFF
                && b.width() >= 5.0
                && b.height() >= 2.5
                && b.area() < 0.8 * width * height
                && b.left.is_finite()
                && b.right.is_finite()
        })
        .copied()
        .collect();
    kept.sort_by(|a, b| {
        let (x, y) = (a.bbox, b.bbox);
        a.colour
            .cmp(&b.colour)
            .then(x.left.round().total_cmp(&y.left.round()))
            .then(x.right.round().total_cmp(&y.right.round()))
            .then(x.top.total_cmp(&y.top))
    });
    let mut out: Vec<Fill> = Vec::with_capacity(kept.len());
    for f in kept {
        match out.last_mut() {
            Some(last)
                if last.colour == f.colour
                    && (last.bbox.left - f.bbox.left).abs() <= 1.0
                    && (last.bbox.right - f.bbox.right).abs() <= 1.0
                    && f.bbox.top <= last.bbox.bottom + 0.45
                    && f.bbox.bottom >= last.bbox.top - 0.45 =>
            {
                last.bbox = last.bbox.union(f.bbox);
            }
            _ => out.push(f),
        }
    }
    out.retain(|f| f.bbox.height() >= 5.0);
    out.sort_by(|a, b| a.bbox.top.total_cmp(&b.bbox.top).then(a.bbox.left.total_cmp(&b.bbox.left)));
    out
}

/// Drops the bars of charts: boxes that start on one line and end anywhere.
fn drop_bars(fills: &mut Vec<Fill>) -> Vec<Rect> {
    let mut bars = vec![false; fills.len()];
    let mut mark = |start: &dyn Fn(&Fill) -> f32, end: &dyn Fn(&Fill) -> f32| {
        let mut order: Vec<usize> = (0..fills.len()).collect();
        order.sort_by(|a, b| start(&fills[*a]).total_cmp(&start(&fills[*b])));
        let mut i = 0;
        while i < order.len() {
            let mut j = i + 1;
            while j < order.len() && start(&fills[order[j]]) - start(&fills[order[i]]) <= 1.0 {
                j += 1;
            }
            let mut ends: Vec<f32> = order[i..j].iter().map(|k| end(&fills[*k])).collect();
            ends.sort_by(f32::total_cmp);
            ends.dedup_by(|a, b| (*a - *b).abs() <= 2.0);
            if ends.len() >= 4 && ends.len() * 4 >= j - i {
                for k in &order[i..j] {
                    bars[*k] = true;
                }
            }
            i = j;
        }
    };
    mark(&|f| f.bbox.left, &|f| f.bbox.right);
    mark(&|f| f.bbox.bottom, &|f| f.bbox.top);
    let mut at = 0;
    let mut out = Vec::new();
    fills.retain(|f| {
        at += 1;
        if bars[at - 1] {
            out.push(f.bbox);
        }
        !bars[at - 1]
    });
    out
}

/// Drops horizontal rules that underline or strike out words: as long as the words, just under or
/// through them, and met by no vertical rule.
fn drop_text_lines(sheet: &Sheet<'_>, across: &mut Vec<Edge>, down: &[Edge]) {
    let lines: Vec<(f32, f32, u32)> = {
        let mut v: Vec<_> = sheet
            .page
            .lines
            .iter()
            .enumerate()
            .filter(|(_, l)| l.turn == Turn::None && !matches!(l.fate, LineFate::Hidden(_)))
            .map(|(i, l)| (l.baseline, l.size, i as u32))
            .collect();
        v.sort_by(|a, b| a.0.total_cmp(&b.0));
        v
    };
    across.retain(|e| {
        let touched = touching(down, e.at, 2.5).any(|v| v.at > e.start - 3.0 && v.at < e.end + 3.0);
        if touched {
            return true;
        }
        let from = lines.partition_point(|l| l.0 < e.at - 6.0);
        !lines[from..].iter().take_while(|l| l.0 <= e.at + 14.0).any(|(baseline, size, i)| {
            let below = e.at - baseline;
            let near = below < (size * 0.32).max(2.0) && below > -0.75 * size;
            let words = sheet.page.words_of(&sheet.page.lines[*i as usize]);
            near && covers_words(e, words.iter().map(|w| w.bbox))
        })
    });
}

/// Whether the edge begins where a word begins and ends where one ends, give or take.
fn covers_words(e: &Edge, words: impl Iterator<Item = Rect>) -> bool {
    let covered = words.filter(|w| w.right > e.start + 1.0 && w.left < e.end - 1.0).reduce(Rect::union);
    covered.is_some_and(|w| {
        (w.left - e.start).abs() < 4.0 && (w.right - e.end).abs() < 5.0
            || w.left <= e.start + 1.0 && w.right >= e.end - 1.0
    })
}

/// Vertical edges that reach the height `y`, give or take `slack`.
fn touching(down: &[Edge], y: f32, slack: f32) -> impl Iterator<Item = &Edge> {
    down.iter().filter(move |v| v.start - slack <= y && v.end + slack >= y)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{across, grid, page};
    use super::*;

    fn fill(left: f32, top: f32, right: f32, bottom: f32) -> Fill {
        Fill { bbox: Rect::new(left, top, right, bottom), colour: 0x00C0_0000 }
    }

    #[test]
    fn cells_of_one_colour_in_two_tables_stay_apart() {
        // Left edges that round differently once put the lower cells before the upper one.
        let cells = [fill(440.1, 205.0, 501.0, 231.0), fill(439.4, 346.0, 501.0, 374.0)];
        assert_eq!(merge_fills(&cells, 595.0, 842.0).len(), 2);
    }

    #[test]
    fn a_cell_shaded_line_by_line_is_one() {
        let slices = [fill(40.0, 20.0, 200.0, 32.0), fill(40.0, 32.0, 200.0, 44.0)];
        assert_eq!(merge_fills(&slices, 595.0, 842.0).len(), 1);
    }

    #[test]
    fn bars_of_a_chart_are_no_cells() {
        let mut bars: Vec<Fill> = (0..6)
            .map(|i| fill(50.0, 20.0 * i as f32, 90.0 + 17.0 * i as f32, 20.0 * i as f32 + 10.0))
            .collect();
        assert_eq!(drop_bars(&mut bars).len(), 6);
        let mut rows: Vec<Fill> =
            (0..6).map(|i| fill(50.0, 20.0 * i as f32, 300.0, 20.0 * i as f32 + 10.0)).collect();
        assert!(drop_bars(&mut rows).is_empty());
    }

    #[test]
    fn underlines_are_left_out_and_table_rules_kept() {
        let mut p = page(&[(50.0, &[(40.0, "Underlined heading")]), (90.0, &[(40.0, "Cell")])]);
        across(&mut p, 51.5, 40.0, 130.0);
        grid(&mut p, &[35.0, 200.0], &[80.0, 95.0]);
        let rules = read(&Sheet::new(&p));
        let at: Vec<f32> = rules.across.iter().map(|e| e.at).collect();
        assert_eq!(at, [80.0, 95.0]);
    }

    #[test]
    fn dashes_and_cell_borders_become_whole_rules() {
        let mut p = page(&[(50.0, &[(40.0, "Cell")])]);
        for i in 0..40 {
            across(&mut p, 60.0, 40.0 + 4.0 * i as f32, 42.5 + 4.0 * i as f32);
        }
        let rules = read(&Sheet::new(&p));
        assert_eq!(rules.across.len(), 1);
        assert!(rules.across[0].len() > 150.0);
    }
}
