//! Text boxes: drawn containers whose lines are read together before what stands beside them.
//!
//! Slides, call-outs and side boxes do not line up in columns; the frame around a text says what belongs
//! together where white space does not.

use crate::model::{PageLines, Rect};

/// Most drawings of a page that are looked at: maps have thousands.
const MOST: usize = 400;
/// Lines reach a little over the frame that they stand in.
const SLACK: f32 = 2.0;

/// For each line, the box that it is read in: an index that lines of one box share.
///
/// Only boxes with something beside them count; any other is read in its place anyway.
pub(super) fn of_lines(page: &PageLines, lines: &[Rect], others: &[Rect]) -> Vec<Option<usize>> {
    let containers = containers(page);
    let mut out: Vec<Option<usize>> = lines
        .iter()
        .map(|line| {
            let around = containers.iter().enumerate().filter(|(_, c)| c.contains(*line, SLACK));
            around.min_by(|a, b| a.1.area().total_cmp(&b.1.area())).map(|(i, _)| i)
        })
        .collect();
    for (i, container) in containers.iter().enumerate() {
        let inside = || lines.iter().zip(&out).filter(|(_, o)| **o == Some(i)).map(|(l, _)| *l);
        let Some(bounds) = Rect::around(inside()) else { continue };
        let outside = lines.iter().zip(&out).filter(|(_, o)| **o != Some(i)).map(|(l, _)| l).chain(others);
        let (mut beside, mut mixed) = (false, false);
        for other in outside {
            let (x, y) = (other.overlap_x(bounds), other.overlap_y(bounds));
            beside |= y > 2.0 && x <= 0.0 && !container.contains(*other, SLACK);
            mixed |= y > 2.0 && x > 2.0 && !other.contains(bounds, SLACK);
        }
        if inside().count() < 2 || !beside || mixed {
            for o in out.iter_mut().filter(|o| **o == Some(i)) {
                *o = None;
            }
        }
    }
    out
}

/// Frames, fills, pictures and closed shapes that may hold a text.
fn containers(page: &PageLines) -> Vec<Rect> {
    let g = &page.graphics;
    let [w, h] = page.size;
    let roomy =
        |r: &Rect| r.width() > 40.0 && r.height() > 20.0 && r.area() < 0.55 * w * h && r.width() < 0.95 * w;
    let drawn = g.shapes.iter().map(|s| s.bbox).chain(g.fills.iter().map(|f| f.bbox));
    let mut out: Vec<Rect> = drawn.chain(g.images.iter().map(|i| i.bbox)).filter(roomy).take(MOST).collect();
    out.extend(frames(page).into_iter().filter(roomy));
    out
}

/// Boxes of four rules that are no grid: sides of equal length, with a rule along the top and bottom.
fn frames(page: &PageLines) -> Vec<Rect> {
    let rulings = &page.graphics.rulings;
    let near = |a: f32, b: f32| (a - b).abs() < 3.0;
    let sides: Vec<_> =
        rulings.iter().filter(|r| !r.horizontal && r.end - r.start > 20.0).take(MOST).collect();
    let mut out = Vec::new();
    for (i, left) in sides.iter().enumerate() {
        let partners =
            sides.iter().skip(i + 1).filter(|r| near(r.start, left.start) && near(r.end, left.end));
        for right in partners {
            let (a, b) = (left.at.min(right.at), left.at.max(right.at));
            let closed = |y: f32| {
                rulings.iter().any(|r| r.horizontal && near(r.at, y) && r.start < a + 3.0 && r.end > b - 3.0)
            };
            if b - a > 40.0 && closed(left.start) && closed(left.end) {
                out.push(Rect::new(a, left.start, b, left.end));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Graphics, Shape};

    fn line(left: f32, top: f32, right: f32) -> Rect {
        Rect::new(left, top, right, top + 10.0)
    }

    fn page(boxes: &[Rect]) -> PageLines {
        let shapes = boxes.iter().map(|b| Shape { bbox: *b, ..Shape::default() }).collect();
        PageLines {
            size: [600.0, 800.0],
            graphics: Graphics { shapes, ..Graphics::default() },
            ..PageLines::default()
        }
    }

    #[test]
    fn lines_of_a_call_out_are_read_together() {
        let page = page(&[Rect::new(300.0, 95.0, 500.0, 140.0)]);
        let lines = [line(50.0, 107.0, 280.0), line(310.0, 100.0, 490.0), line(310.0, 114.0, 480.0)];
        assert_eq!(of_lines(&page, &lines, &[]), [None, Some(0), Some(0)]);
    }

    #[test]
    fn a_fill_behind_a_paragraph_changes_nothing() {
        let page = page(&[Rect::new(40.0, 95.0, 500.0, 140.0)]);
        let lines = [line(50.0, 70.0, 480.0), line(50.0, 100.0, 490.0), line(50.0, 114.0, 480.0)];
        assert_eq!(of_lines(&page, &lines, &[]), [None, None, None]);
    }
}
