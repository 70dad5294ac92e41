//! Charts and drawings: their words are kept with the figure, not poured into the text.

use super::text_line::TextLine;
use crate::model::{Fill, Graphics, PageLines, Rect};

/// Drawn pieces that a drawing has at least.
const PIECES: usize = 7;
/// Bars that a chart has at least.
const BARS: usize = 4;

/// Boxes of drawings and charts, outside tables.
pub(super) fn regions(page: &PageLines, tables: &[Rect]) -> Vec<Rect> {
    let outside = |r: &Rect| !tables.iter().any(|t| t.grown(2.0).contains_point(r.mid_x(), r.mid_y()));
    let mut out = bar_charts(page, &outside);
    out.extend(drawings(page, &outside));
    merged(out)
}

/// Clusters of curves and polygons: pies, line charts, diagrams.
fn drawings(page: &PageLines, outside: &dyn Fn(&Rect) -> bool) -> Vec<Rect> {
    let Graphics { shapes, fills, .. } = &page.graphics;
    let area = page.size[0] * page.size[1];
    let drawn: Vec<Rect> = shapes
        .iter()
        .filter(|s| s.points > 2)
        .map(|s| s.bbox)
        .filter(|b| b.area() < 0.5 * area && b.width().max(b.height()) > 3.0)
        .filter(outside)
        .collect();
    // Wedges of a pie are few, but large and curved.
    let wedges = shapes.iter().filter(|s| s.curved && s.filled && s.bbox.width().min(s.bbox.height()) > 12.0);
    let pieces = if wedges.filter(|s| outside(&s.bbox)).count() >= BARS { BARS } else { PIECES };
    if drawn.len() < pieces {
        return Vec::new();
    }
    // Bars are filled boxes: they count where curves or polygons are near.
    let bars =
        fills.iter().map(|f| f.bbox).filter(|b| b.area() < 0.1 * area && b.width().min(b.height()) > 3.0);
    // Leader lines join labels to a drawing, but make none.
    let leaders = shapes
        .iter()
        .filter(|s| s.points <= 2 && !s.filled)
        .map(|s| s.bbox)
        .filter(|b| b.area() < 0.1 * area);
    let all = drawn.into_iter().map(|b| (b, 1)).chain(bars.filter(outside).map(|b| (b, 1)));
    let all = all.chain(leaders.filter(outside).map(|b| (b, 0)));
    let mut clusters: Vec<(Rect, usize)> = Vec::new();
    for (b, weight) in all.take(4_000) {
        let near = b.grown(9.0);
        let mut joined = (b, weight);
        clusters.retain(|&(c, n)| {
            let touches = c.touches(near);
            if touches {
                joined = (joined.0.union(c), joined.1 + n);
            }
            !touches
        });
        clusters.push(joined);
    }
    let big = |r: &Rect| r.width() > 70.0 && r.height() > 50.0;
    clusters.into_iter().filter(|(r, n)| *n >= pieces && big(r)).map(|(r, _)| r).collect()
}

/// Filled boxes of one colour and thickness that begin on one line and end at different lengths.
fn bar_charts(page: &PageLines, outside: &dyn Fn(&Rect) -> bool) -> Vec<Rect> {
    let area = page.size[0] * page.size[1];
    let bars: Vec<&Fill> = page
        .graphics
        .fills
        .iter()
        .filter(|f| {
            f.bbox.area() < 0.1 * area && f.bbox.width().min(f.bbox.height()) > 2.5 && outside(&f.bbox)
        })
        .filter(|f| f.colour != 0x00FF_FFFF)
        .take(2_000)
        .collect();
    let mut out = Vec::new();
    for lying in [true, false] {
        let base = |r: &Rect| if lying { r.left } else { r.bottom };
        let thick = |r: &Rect| if lying { r.height() } else { r.width() };
        let long = |r: &Rect| if lying { r.width() } else { r.height() };
        let key = |f: &Fill| {
            let (a, b) = (base(&f.bbox), thick(&f.bbox));
            ((a / 2.0).round() as i32, (b * 2.0).round() as i32, f.colour)
        };
        let mut sorted: Vec<&Fill> = bars.clone();
        sorted.sort_by_key(|f| key(f));
        for group in sorted.chunk_by(|a, b| key(a) == key(b)) {
            let mut lengths: Vec<i32> = group.iter().map(|f| long(&f.bbox).round() as i32).collect();
            lengths.sort_unstable();
            lengths.dedup();
            if group.len() >= BARS && lengths.len() >= 3 {
                out.extend(
                    Rect::around(group.iter().map(|f| f.bbox))
                        .filter(|r| r.width() > 40.0 && r.height() > 30.0),
                );
            }
        }
    }
    // The panel that a chart is drawn on holds its axes and legend too.
    let panels = page.graphics.fills.iter().map(|f| f.bbox).filter(|b| b.area() < 0.5 * area);
    let panels: Vec<Rect> = panels.filter(|p| p.width() > 100.0 && p.height() > 80.0).collect();
    for r in &mut out {
        let around =
            panels.iter().filter(|p| p.contains(*r, 3.0)).min_by(|a, b| a.area().total_cmp(&b.area()));
        *r = around
            .map_or(*r, |p| p.intersection(Rect::new(0.0, 0.0, page.size[0], page.size[1])).unwrap_or(*r));
    }
    out
}

/// Regions that touch are one.
fn merged(mut regions: Vec<Rect>) -> Vec<Rect> {
    let mut out: Vec<Rect> = Vec::new();
    while let Some(mut r) = regions.pop() {
        let before = out.len() + regions.len();
        out.retain(|o| {
            let touches = o.touches(r.grown(4.0));
            if touches {
                r = r.union(*o);
            }
            !touches
        });
        if out.len() + regions.len() < before { regions.push(r) } else { out.push(r) }
    }
    out.sort_by(|a, b| a.top.total_cmp(&b.top).then(a.left.total_cmp(&b.left)));
    out
}

/// Splits the lines of a page into the labels of the drawing in `region` and the rest: what stands in it,
/// and short lines close beside it. Running text is never a label, wherever it stands, nor is the last
/// line of a paragraph, however short.
pub(super) fn labels(lines: Vec<TextLine>, region: Rect) -> (Vec<TextLine>, Vec<TextLine>) {
    let mut is_label: Vec<bool> = lines.iter().map(|line| looks_like_label(line, region)).collect();
    if is_label.iter().any(|l| *l) {
        while let Some(at) = (0..lines.len()).find(|&i| {
            let outside = !region.contains_point(lines[i].bbox.mid_x(), lines[i].bbox.mid_y());
            is_label[i]
                && outside
                && (0..lines.len()).any(|j| !is_label[j] && of_one_paragraph(&lines[i], &lines[j]))
        }) {
            is_label[at] = false;
        }
    }
    let mut keep = is_label.into_iter();
    lines.into_iter().partition(|_| keep.next().unwrap_or(false))
}

fn looks_like_label(line: &TextLine, region: Rect) -> bool {
    let b = line.bbox;
    if line.chars >= 70 || line.marker.is_some() || line.size > 14.5 {
        return false;
    }
    let inside = region.grown(14.0).contains_point(b.mid_x(), b.mid_y());
    let level = b.mid_y() > region.top - 6.0 && b.mid_y() < region.bottom + 6.0;
    let gap = (region.left - b.right).max(b.left - region.right).max(0.0);
    let narrow = b.width() < 0.75 * region.width().max(60.0);
    inside && narrow && line.chars < 60
        || level && (gap < 14.0 && b.width() < 220.0 || gap < 110.0 && line.chars <= 26)
}

/// Whether two lines stand below each other as lines of one paragraph do.
fn of_one_paragraph(a: &TextLine, b: &TextLine) -> bool {
    (a.text_left - b.text_left).abs() < 2.0
        && (a.size - b.size).abs() < 0.3
        && (0.5 * a.size..1.7 * a.size).contains(&(a.baseline - b.baseline).abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fill;

    fn bars(lengths: &[f32]) -> PageLines {
        let fill = |(i, w): (usize, &f32)| Fill {
            bbox: Rect::new(200.0, 100.0 + 20.0 * i as f32, 200.0 + w, 112.0 + 20.0 * i as f32),
            colour: 0x0011_2233,
        };
        let mut page = PageLines { size: [595.0, 842.0], ..PageLines::default() };
        page.graphics.fills = lengths.iter().enumerate().map(fill).collect();
        page
    }

    #[test]
    fn bars_of_different_lengths_are_a_chart_and_equal_ones_are_stripes() {
        assert_eq!(regions(&bars(&[80.0, 60.0, 95.0, 20.0]), &[]).len(), 1);
        assert!(regions(&bars(&[80.0; 6]), &[]).is_empty());
    }

    #[test]
    fn labels_stand_beside_the_chart_and_paragraphs_do_not() {
        let line = |left: f32, right: f32, y: f32, chars| TextLine {
            bbox: Rect::new(left, y, right, y + 10.0),
            chars,
            size: 10.0,
            ..TextLine::default()
        };
        let region = Rect::new(200.0, 100.0, 300.0, 200.0);
        let (labels, rest) = labels(
            vec![
                line(120.0, 190.0, 120.0, 12),
                line(305.0, 330.0, 120.0, 3),
                line(60.0, 500.0, 220.0, 90),
                line(60.0, 180.0, 300.0, 20),
            ],
            region,
        );
        assert_eq!((labels.len(), rest.len()), (2, 2));
    }

    #[test]
    fn the_last_line_of_a_paragraph_beside_a_drawing_is_no_label() {
        let line = |y: f32, chars| TextLine {
            bbox: Rect::new(310.0, y, 310.0 + 5.0 * chars as f32, y + 10.0),
            baseline: y + 8.0,
            text_left: 310.0,
            chars,
            size: 10.0,
            ..TextLine::default()
        };
        let (labels, rest) =
            labels(vec![line(120.0, 80), line(133.0, 12)], Rect::new(200.0, 100.0, 300.0, 200.0));
        assert_eq!((labels.len(), rest.len()), (0, 2));
    }
}
