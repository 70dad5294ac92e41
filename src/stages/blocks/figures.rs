//! Charts and drawings: their words are kept with the figure, not poured into the text.

use super::text_line::TextLine;
use crate::model::{Graphics, PageLines, Rect};

/// Drawn pieces that a chart has at least.
const PIECES: usize = 7;

/// Boxes of drawings with words in them, outside tables.
pub(super) fn regions(page: &PageLines, tables: &[Rect]) -> Vec<Rect> {
    let Graphics { shapes, fills, .. } = &page.graphics;
    let area = page.size[0] * page.size[1];
    let outside = |r: &Rect| !tables.iter().any(|t| t.grown(2.0).contains_point(r.mid_x(), r.mid_y()));
    let drawn: Vec<Rect> = shapes
        .iter()
        .filter(|s| s.points > 2)
        .map(|s| s.bbox)
        .filter(|b| b.area() < 0.5 * area && b.width().max(b.height()) > 3.0)
        .filter(outside)
        .collect();
    if drawn.len() < PIECES {
        return Vec::new();
    }
    // Bars are filled boxes: they count where curves or polygons are near.
    let bars =
        fills.iter().map(|f| f.bbox).filter(|b| b.area() < 0.1 * area && b.width().min(b.height()) > 3.0);
    let mut clusters: Vec<(Rect, usize)> = Vec::new();
    for b in drawn.iter().copied().chain(bars.filter(outside)).take(4_000) {
        let near = b.grown(9.0);
        let mut joined = (b, 1);
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
    let mut out: Vec<Rect> =
        clusters.into_iter().filter(|(r, n)| *n >= PIECES && big(r)).map(|(r, _)| r).collect();
    out.sort_by(|a, b| a.top.total_cmp(&b.top).then(a.left.total_cmp(&b.left)));
    out
}

/// Whether a line is a label of the drawing in `region`: short, and inside it.
pub(super) fn is_label(line: &TextLine, region: Rect) -> bool {
    let inside = region.grown(14.0).contains_point(line.bbox.mid_x(), line.bbox.mid_y());
    inside && line.chars < 60 && line.bbox.width() < 0.75 * region.width().max(60.0) && line.marker.is_none()
}
