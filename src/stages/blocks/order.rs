//! Reading order: the boxes of a page into flows of one column each.
//!
//! A form of the recursive X-Y cut (Nagy and Seth, 1984): rows that can be parted by one vertical strip
//! of white are read as columns, the others one below the other.

use crate::model::Rect;

/// Narrowest white strip between columns, in points.
const GUTTER: f32 = 5.5;
/// Cuts inside cuts: pages have a few, damaged ones might have many.
const DEPTH: u8 = 12;

/// A box to be ordered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub bbox: Rect,
    /// A line of text: may be read in rows with what stands beside it.
    pub text: bool,
}

/// Indexes of `items` in reading order, grouped into flows: what follows in one flow stands in one column.
pub(super) fn flows(items: &[Item]) -> Vec<Vec<usize>> {
    let mut out = Vec::new();
    let mut all: Vec<usize> = (0..items.len()).collect();
    all.sort_by(|&a, &b| by_top(items, a, b));
    cut(items, &all, DEPTH, &mut out);
    out
}

fn by_top(items: &[Item], a: usize, b: usize) -> std::cmp::Ordering {
    let (a_box, b_box) = (items[a].bbox, items[b].bbox);
    a_box.top.total_cmp(&b_box.top).then(a_box.left.total_cmp(&b_box.left)).then(a.cmp(&b))
}

/// Items that overlap in height: `members` in order of top.
struct Band {
    members: Vec<usize>,
}

fn cut(items: &[Item], members: &[usize], depth: u8, out: &mut Vec<Vec<usize>>) {
    if members.is_empty() {
        return;
    }
    let bands = bands(items, members);
    if depth == 0 || bands.iter().all(|b| b.members.len() == 1) {
        out.push(members.to_vec());
        return;
    }
    let mut single: Vec<usize> = Vec::new();
    let mut i = 0;
    while i < bands.len() {
        if bands[i].members.len() == 1 {
            single.push(bands[i].members[0]);
            i += 1;
            continue;
        }
        let Some((end, gutter)) = column_group(items, &bands, i) else {
            // Nothing parts these: read them from left to right.
            let mut row = bands[i].members.clone();
            row.sort_by(|&a, &b| items[a].bbox.left.total_cmp(&items[b].bbox.left).then(by_top(items, a, b)));
            single.extend(row);
            i += 1;
            continue;
        };
        // Single boxes above that stand wholly on one side belong to the columns too.
        let mut first = i;
        let wide = group_box(items, &bands[i..end]);
        while first > 0
            && bands[first - 1].members.len() == 1
            && single.last() == Some(&bands[first - 1].members[0])
            && fits_column(items[bands[first - 1].members[0]].bbox, gutter, wide)
        {
            first -= 1;
            single.pop();
        }
        let group: Vec<usize> = bands[first..end].iter().flat_map(|b| b.members.iter().copied()).collect();
        if is_rows(items, &bands[first..end], gutter) {
            for band in &bands[first..end] {
                let mut row = band.members.clone();
                row.sort_by(|&a, &b| {
                    items[a].bbox.left.total_cmp(&items[b].bbox.left).then(by_top(items, a, b))
                });
                single.extend(row);
            }
        } else {
            if !single.is_empty() {
                out.push(std::mem::take(&mut single));
            }
            let middle = f32::midpoint(gutter.0, gutter.1);
            let (left, right): (Vec<usize>, Vec<usize>) =
                group.iter().partition(|&&m| items[m].bbox.mid_x() < middle);
            cut(items, &left, depth - 1, out);
            cut(items, &right, depth - 1, out);
        }
        i = end;
    }
    if !single.is_empty() {
        out.push(single);
    }
}

/// Cuts at every height where nothing stands.
fn bands(items: &[Item], members: &[usize]) -> Vec<Band> {
    let mut out: Vec<Band> = Vec::new();
    let mut bottom = f32::NEG_INFINITY;
    for &m in members {
        let b = items[m].bbox;
        // Boxes of lines reach a little into their neighbours: only a real overlap counts.
        let slack = 0.3 * b.height().min(14.0);
        match out.last_mut() {
            Some(band) if b.top < bottom - slack => band.members.push(m),
            _ => out.push(Band { members: vec![m] }),
        }
        bottom = bottom.max(b.bottom);
        if out.last().is_some_and(|b| b.members.len() == 1) {
            bottom = b.bottom;
        }
    }
    out
}

/// From band `first` on, the bands that one vertical strip of white parts: where they end, and the strip.
fn column_group(items: &[Item], bands: &[Band], first: usize) -> Option<(usize, (f32, f32))> {
    let mut best: Option<(usize, (f32, f32))> = None;
    for mut gutter in gaps(items, &bands[first].members) {
        let mut end = first + 1;
        for band in &bands[first + 1..] {
            match narrowed(items, &band.members, gutter) {
                Some(g) => gutter = g,
                None => break,
            }
            end += 1;
        }
        // Bands at the end that stand on the left alone are what follows the columns.
        while end > first + 1 && bands[end - 1].members.len() == 1 && {
            let b = items[bands[end - 1].members[0]].bbox;
            let near = b.top - group_box(items, &bands[first..end - 1]).bottom;
            near > 14.0 && b.right < gutter.0 + 1.0
        } {
            end -= 1;
        }
        let better = best.is_none_or(|(e, g)| end > e || (end == e && gutter.1 - gutter.0 > g.1 - g.0));
        if better {
            best = Some((end, gutter));
        }
    }
    best
}

/// White strips between the boxes of one band.
fn gaps(items: &[Item], members: &[usize]) -> Vec<(f32, f32)> {
    let mut spans: Vec<(f32, f32)> =
        members.iter().map(|&m| (items[m].bbox.left, items[m].bbox.right)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut out = Vec::new();
    let mut right = f32::INFINITY;
    for (l, r) in spans {
        if l - right >= GUTTER {
            out.push((right, l));
        }
        right = if right == f32::INFINITY { r } else { right.max(r) };
    }
    out
}

/// What of a strip stays white beside these boxes.
fn narrowed(items: &[Item], members: &[usize], (mut from, mut to): (f32, f32)) -> Option<(f32, f32)> {
    for &m in members {
        let b = items[m].bbox;
        if b.right <= from || b.left >= to {
            continue;
        }
        // A box that reaches into the strip pushes its edge; one that crosses it ends the columns.
        if b.mid_x() < f32::midpoint(from, to) { from = b.right } else { to = b.left }
    }
    (to - from >= GUTTER).then_some((from, to))
}

fn group_box(items: &[Item], bands: &[Band]) -> Rect {
    let all = bands.iter().flat_map(|b| &b.members).map(|&m| items[m].bbox);
    Rect::around(all).unwrap_or_default()
}

/// Whether a box stands wholly on one side of the strip, and inside the columns' width.
fn fits_column(b: Rect, gutter: (f32, f32), wide: Rect) -> bool {
    let right = b.left >= gutter.1 - 1.0 && b.right <= wide.right + 2.0;
    let left = b.right <= gutter.0 + 1.0 && b.left >= wide.left - 2.0;
    // A line on the left might be a paragraph of its own above: only the right side is sure.
    right && !left
}

/// Whether the bands are rows (label and value), not columns of prose: most have something on both
/// sides, on one baseline, and neither side is filled with running lines.
fn is_rows(items: &[Item], bands: &[Band], gutter: (f32, f32)) -> bool {
    let middle = f32::midpoint(gutter.0, gutter.1);
    let wide = group_box(items, bands);
    let (mut pairs, mut left_fill, mut right_fill, mut rows) = (0usize, 0.0f32, 0.0f32, 0usize);
    let mut rights: Vec<Rect> = Vec::new();
    for band in bands {
        let left = band.members.iter().filter(|&&m| items[m].bbox.mid_x() < middle);
        let right = band.members.iter().filter(|&&m| items[m].bbox.mid_x() >= middle);
        let (l, r): (Vec<_>, Vec<_>) = (left.collect(), right.collect());
        rows += l.len().max(r.len());
        if l.len() == 1 && r.len() == 1 && items[*l[0]].text && items[*r[0]].text {
            pairs += 1;
            rights.push(items[*r[0]].bbox);
            left_fill += items[*l[0]].bbox.width() / (gutter.0 - wide.left).max(1.0);
            right_fill += items[*r[0]].bbox.width() / (wide.right - gutter.1).max(1.0);
        }
    }
    if pairs == 0 {
        return false;
    }
    let mean = |fill: f32| fill / pairs as f32;
    // A label is short however well it fills its column.
    let narrow = (gutter.0 - wide.left).min(wide.right - gutter.1) < 90.0;
    let prose = pairs >= 3 && !narrow && mean(left_fill) > 0.72 && mean(right_fill) > 0.72;
    if pairs * 2 > rows && pairs >= 3 && !aligned(&rights) {
        return true;
    }
    // Figures beside their labels fill a narrow column.
    let figures = wide.right - gutter.1 < 70.0;
    pairs * 10 >= rows * 7 && !prose && (pairs <= 2 || figures || gutter.0 - wide.left < 0.45 * wide.width())
}

/// Whether boxes stand below one another as the lines of a column do: at one left edge, middle or right
/// edge. What tabs have put beside other text does not.
fn aligned(boxes: &[Rect]) -> bool {
    let most_at = |x: fn(&Rect) -> f32| {
        boxes.iter().map(|a| boxes.iter().filter(|b| (x(a) - x(b)).abs() < 3.0).count()).max().unwrap_or(0)
    };
    let edges: [fn(&Rect) -> f32; 3] = [|b| b.left, |b| b.mid_x(), |b| b.right];
    boxes.len() > 60 || edges.into_iter().any(|x| most_at(x) * 2 > boxes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(left: f32, top: f32, right: f32) -> Item {
        Item { bbox: Rect::new(left, top, right, top + 10.0), text: true }
    }

    fn order(items: &[Item]) -> Vec<usize> {
        flows(items).concat()
    }

    #[test]
    fn columns_are_read_one_after_the_other_under_a_title_across_both() {
        let mut items = vec![line(50.0, 50.0, 500.0)];
        for i in 0..6 {
            items.push(line(50.0, 80.0 + 12.0 * i as f32, 260.0));
            items.push(line(290.0, 80.0 + 12.0 * i as f32, 500.0));
        }
        items.push(line(50.0, 180.0, 500.0));
        assert_eq!(order(&items), [0, 1, 3, 5, 7, 9, 11, 2, 4, 6, 8, 10, 12, 13]);
    }

    #[test]
    fn labels_and_values_are_read_in_rows() {
        let items: Vec<Item> = (0..4)
            .flat_map(|i| {
                [line(50.0, 80.0 + 14.0 * i as f32, 90.0), line(150.0, 80.0 + 14.0 * i as f32, 300.0)]
            })
            .collect();
        assert_eq!(order(&items), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn tabbed_pieces_without_an_edge_of_their_own_are_read_in_rows() {
        let rights = [170.0, 188.0, 179.0, 201.0];
        let items: Vec<Item> = rights
            .iter()
            .enumerate()
            .flat_map(|(i, x)| {
                let top = 80.0 + 24.0 * i as f32;
                [line(50.0, top, x - 12.0), line(*x, top, x + 60.0 + 7.0 * i as f32)]
            })
            .collect();
        assert_eq!(order(&items), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn figures_stay_beside_the_labels_that_they_were_tabbed_from() {
        let items: Vec<Item> = (0..5)
            .flat_map(|i| {
                let top = 80.0 + 20.0 * i as f32;
                [line(75.0, top, 140.0), line(200.0, top, 230.0)]
            })
            .collect();
        assert_eq!(order(&items), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn lines_of_one_column_stay_in_order() {
        let items: Vec<Item> = (0..5).map(|i| line(50.0, 80.0 + 12.0 * i as f32, 500.0)).collect();
        assert_eq!(flows(&items), [vec![0, 1, 2, 3, 4]]);
    }
}
