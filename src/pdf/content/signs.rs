//! Small drawings that stand for a word: arrows, ticks, discs.

use crate::model::{Rect, Sign};

/// Smallest and largest side of a sign, in points.
const SIDES: std::ops::RangeInclusive<f32> = 3.5..=45.0;
/// Lines laid across an outline to see its shape.
const LINES: usize = 16;

/// What an outline shows, if it is a sign.
pub(super) fn sign(points: &[(f32, f32)], bbox: Rect, curved: bool, filled: bool) -> Option<Sign> {
    let (w, h) = (bbox.width(), bbox.height());
    if !SIDES.contains(&w) || !SIDES.contains(&h) || !(0.4..=2.5).contains(&(w / h)) {
        return None;
    }
    if let ([a, b, c], false) = (points, curved || filled) {
        // Down a little, then up far: y grows downwards.
        let tick = a.0 < b.0 && b.0 < c.0 && b.1 > a.1 && c.1 < a.1;
        return tick.then_some(Sign::Tick);
    }
    if points.len() < 3 {
        return None;
    }
    let rows = profile(points, bbox, false);
    let columns = profile(points, bbox, true);
    match (pointing(&rows, w), pointing(&columns, h)) {
        (Some(first), None) => return Some(if first { Sign::Up } else { Sign::Down }),
        (None, Some(first)) => return Some(if first { Sign::Left } else { Sign::Right }),
        _ => {}
    }
    let area: f32 = rows.iter().map(|r| r.1).sum::<f32>() / LINES as f32 * h;
    let share = area / (w * h);
    if curved && (0.9..=1.1).contains(&(w / h)) && (0.72..=0.85).contains(&share) {
        return Some(Sign::Disc);
    }
    (filled && is_tick(points, bbox, share)).then_some(Sign::Tick)
}

/// Across each of some lines, the middle of what is inside the outline, from 0, and its width.
fn profile(points: &[(f32, f32)], bbox: Rect, columns: bool) -> Vec<(f32, f32)> {
    let turned = |p: &(f32, f32)| {
        if columns { (p.1 - bbox.top, p.0 - bbox.left) } else { (p.0 - bbox.left, p.1 - bbox.top) }
    };
    let points: Vec<(f32, f32)> = points.iter().map(turned).collect();
    let height = if columns { bbox.width() } else { bbox.height() };
    let mut crossings: Vec<f32> = Vec::new();
    (0..LINES)
        .map(|i| {
            let y = height * (i as f32 + 0.5) / LINES as f32;
            crossings.clear();
            for (a, b) in points.iter().zip(points.iter().cycle().skip(1)) {
                if (a.1 <= y) != (b.1 <= y) {
                    crossings.push(a.0 + (b.0 - a.0) * (y - a.1) / (b.1 - a.1));
                }
            }
            crossings.sort_by(f32::total_cmp);
            let width = crossings.chunks_exact(2).map(|c| c[1] - c[0]).sum();
            let middle = match (crossings.first(), crossings.last()) {
                (Some(a), Some(b)) => f32::midpoint(*a, *b),
                _ => f32::NAN,
            };
            (middle, width)
        })
        .collect()
}

/// Whether the outline is even about its middle and comes to a tip at one end only: the first, or the
/// last. At the other end is a shaft or the flat side of a triangle.
fn pointing(lines: &[(f32, f32)], across: f32) -> Option<bool> {
    if lines.iter().any(|(m, _)| m.is_nan() || (m - across / 2.0).abs() > 0.1 * across) {
        return None;
    }
    let widest = lines.iter().map(|l| l.1).fold(0.0, f32::max);
    if widest < 0.6 * across {
        return None;
    }
    let end = |ends: &[(f32, f32)]| ends.iter().map(|l| l.1).sum::<f32>() / (ends.len() as f32 * widest);
    let (first, last) = (end(&lines[..2]), end(&lines[LINES - 2..]));
    let tip = first.min(last);
    let other = first.max(last);
    (tip < 0.3 && other > tip + 0.1 && other > 0.18).then_some(first < last)
}

/// A filled tick: low left of the middle, high at the right, nothing at the upper left.
fn is_tick(points: &[(f32, f32)], bbox: Rect, share: f32) -> bool {
    let at = |p: &(f32, f32)| ((p.0 - bbox.left) / bbox.width(), (p.1 - bbox.top) / bbox.height());
    let low = points.iter().map(at).max_by(|a, b| a.1.total_cmp(&b.1));
    let left = points.iter().map(at).min_by(|a, b| a.0.total_cmp(&b.0));
    let right = points.iter().map(at).max_by(|a, b| a.0.total_cmp(&b.0));
    share < 0.5
        && low.is_some_and(|p| (0.15..0.55).contains(&p.0))
        && left.is_some_and(|p| (0.35..0.85).contains(&p.1))
        && right.is_some_and(|p| p.1 < 0.3)
        && !points.iter().map(at).any(|p| p.0 < 0.4 && p.1 < 0.3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(points: &[(f32, f32)], curved: bool) -> Option<Sign> {
        let bbox = Rect::around(points.iter().map(|p| Rect::new(p.0, p.1, p.0, p.1))).unwrap();
        sign(points, bbox, curved, true)
    }

    #[test]
    fn arrows_and_triangles_point_to_their_tips() {
        let arrow = [(5.0, 0.0), (10.0, 6.0), (7.0, 6.0), (7.0, 12.0), (3.0, 12.0), (3.0, 6.0), (0.0, 6.0)];
        assert_eq!(of(&arrow, false), Some(Sign::Up));
        assert_eq!(of(&arrow.map(|(x, y)| (x, 12.0 - y)), false), Some(Sign::Down));
        assert_eq!(of(&arrow.map(|(x, y)| (12.0 - y, x)), false), Some(Sign::Right));
        assert_eq!(of(&arrow.map(|(x, y)| (y, x)), false), Some(Sign::Left));
        assert_eq!(of(&[(5.0, 0.0), (10.0, 9.0), (0.0, 9.0)], false), Some(Sign::Up));
    }

    #[test]
    fn discs_and_ticks() {
        let disc: Vec<(f32, f32)> = (0..24)
            .map(|i| (i as f32 * 15.0).to_radians())
            .map(|a| (5.0 + 5.0 * a.cos(), 5.0 + 5.0 * a.sin()))
            .collect();
        assert_eq!(of(&disc, true), Some(Sign::Disc));
        let tick = [(0.0, 5.0), (3.0, 8.0), (9.0, 0.0), (10.0, 1.0), (3.0, 10.0), (0.0, 6.0)];
        assert_eq!(of(&tick, false), Some(Sign::Tick));
        let stroke = [(0.0, 6.0), (3.0, 9.0), (9.0, 0.0)];
        assert_eq!(sign(&stroke, Rect::new(0.0, 0.0, 9.0, 9.0), false, false), Some(Sign::Tick));
    }

    #[test]
    fn boxes_diamonds_and_what_is_too_large_are_no_signs() {
        assert_eq!(of(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)], false), None);
        assert_eq!(of(&[(5.0, 0.0), (10.0, 5.0), (5.0, 10.0), (0.0, 5.0)], false), None);
        assert_eq!(of(&[(50.0, 0.0), (100.0, 90.0), (0.0, 90.0)], false), None);
    }
}
