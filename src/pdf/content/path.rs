//! Paths: what is stroked or filled becomes rulings, filled boxes and shapes.

use super::signs;
use super::state::State;
use crate::limits;
use crate::model::{Fill, Graphics, Rect, Ruling, Shape};

/// Points kept of one subpath; maps and charts have thousands, and only their box matters.
const POINTS: usize = 64;
/// A filled box thinner than this is a rule.
const THIN: f32 = 3.0;
/// How far a straight line may lean and still be level.
const LEVEL: f32 = 0.15;
/// A straight side this long is a rule even where the rest of its path is not straight.
const LONG_SIDE: f32 = 20.0;

/// A path under construction, in page space.
#[derive(Default)]
pub(super) struct Path {
    subs: Vec<Sub>,
    /// A clip operator came: the next painting operator sets the clip.
    pub(super) clips: bool,
}

/// One subpath.
#[derive(Default)]
struct Sub {
    points: Vec<(f32, f32)>,
    bbox: Option<Rect>,
    count: u32,
    curved: bool,
    closed: bool,
}

impl Sub {
    fn add(&mut self, x: f32, y: f32) {
        let point = Rect::new(x, y, x, y);
        self.bbox = Some(self.bbox.map_or(point, |b| b.union(point)));
        self.count += 1;
        if self.points.len() < POINTS {
            self.points.push((x, y));
        }
    }

    /// All points are there.
    fn is_whole(&self) -> bool {
        self.points.len() == self.count as usize
    }

    /// The sides, the closing one included.
    fn sides(&self, close: bool) -> impl Iterator<Item = ((f32, f32), (f32, f32))> + '_ {
        let ends = self.points.last().copied().zip(self.points.first().copied());
        let closing = ends.filter(|(a, b)| (close || self.closed) && a != b && self.is_whole());
        self.points.windows(2).map(|w| (w[0], w[1])).chain(closing)
    }

    /// Whether it is an upright box.
    fn is_box(&self) -> bool {
        if self.curved || !self.is_whole() || !(3..=6).contains(&self.points.len()) {
            return false;
        }
        let mut turns = 0;
        let mut before = None;
        for (a, b) in self.sides(true) {
            let Some(level) = direction(a, b) else {
                if a == b {
                    continue;
                }
                return false;
            };
            turns += usize::from(before != Some(level));
            before = Some(level);
        }
        turns <= 5 && before.is_some()
    }
}

/// Whether a line is level (true), upright (false) or neither.
fn direction(a: (f32, f32), b: (f32, f32)) -> Option<bool> {
    let (dx, dy) = ((a.0 - b.0).abs(), (a.1 - b.1).abs());
    if dy <= LEVEL && dx > dy {
        Some(true)
    } else if dx <= LEVEL && dy > dx {
        Some(false)
    } else if dy < 0.5 && dx > dy * 100.0 {
        Some(true)
    } else if dx < 0.5 && dy > dx * 100.0 {
        Some(false)
    } else {
        None
    }
}

impl Path {
    /// Begins a subpath.
    pub(super) fn move_to(&mut self, state: &State<'_>, x: f64, y: f64) {
        if self.subs.len() < limits::DRAWINGS {
            self.subs.push(Sub::default());
        }
        self.line_to(state, x, y);
    }

    /// A straight side.
    pub(super) fn line_to(&mut self, state: &State<'_>, x: f64, y: f64) {
        let (x, y) = state.ctm.apply(x, y);
        if !(x.abs() < 1e7 && y.abs() < 1e7) {
            return;
        }
        if self.subs.is_empty() {
            self.subs.push(Sub::default());
        }
        if let Some(sub) = self.subs.last_mut() {
            if sub.closed {
                // Going on after `h` begins again where the closed subpath began.
                let start = sub.points.first().copied();
                let mut next = Sub::default();
                if let Some((sx, sy)) = start {
                    next.add(sx, sy);
                }
                next.add(x as f32, y as f32);
                self.subs.push(next);
            } else {
                sub.add(x as f32, y as f32);
            }
        }
    }

    /// A curved side, given by its last points.
    pub(super) fn curve_to(&mut self, state: &State<'_>, points: &[(f64, f64)]) {
        for (x, y) in points {
            self.line_to(state, *x, *y);
        }
        if let Some(sub) = self.subs.last_mut() {
            sub.curved = true;
        }
    }

    /// Closes the subpath.
    pub(super) fn close(&mut self) {
        if let Some(sub) = self.subs.last_mut() {
            sub.closed = true;
        }
    }

    /// A whole box.
    pub(super) fn rect(&mut self, state: &State<'_>, [x, y, w, h]: [f64; 4]) {
        self.move_to(state, x, y);
        self.line_to(state, x + w, y);
        self.line_to(state, x + w, y + h);
        self.line_to(state, x, y + h);
        self.close();
    }

    /// Ends the path: gives its box where it is to clip, and is empty again. A clip without a path is
    /// taken for a slip of the producer.
    pub(super) fn finish(&mut self) -> Option<Rect> {
        let clip = self.clips.then(|| Rect::around(self.subs.iter().filter_map(|s| s.bbox))).flatten();
        self.subs.clear();
        self.clips = false;
        clip
    }

    /// Strokes every subpath.
    pub(super) fn stroke(&self, state: &State<'_>, close: bool, out: &mut Graphics) {
        let width = (state.line_width * state.ctm.area().sqrt()) as f32;
        let colour = state.stroke.rgb;
        for sub in &self.subs {
            let Some(bbox) = sub.bbox else { continue };
            let straight = !sub.curved
                && sub.is_whole()
                && sub.sides(close).all(|(a, b)| a == b || direction(a, b).is_some());
            for (a, b) in sub.sides(close) {
                let Some(horizontal) = direction(a, b) else { continue };
                let ruling = level_line(a, b, horizontal, width, colour);
                if straight || (ruling.end - ruling.start > LONG_SIDE && !sub.curved) {
                    push_ruling(out, ruling, state.clip);
                }
            }
            if !straight {
                push_shape(out, sub, bbox.grown(width / 2.0), colour, false, state.clip);
            }
        }
    }

    /// Fills every subpath. Calls `cover` with each box painted, and its colour where that is one.
    pub(super) fn fill(
        &self,
        state: &State<'_>,
        out: &mut Graphics,
        mut cover: impl FnMut(Rect, Option<u32>),
    ) {
        let colour = state.fill.rgb;
        if let Some((outer, inner)) = self.frame() {
            for side in frame_sides(outer, inner, colour) {
                push_ruling(out, side, state.clip);
            }
            return;
        }
        for sub in &self.subs {
            let Some(bbox) = sub.bbox else { continue };
            if !sub.is_box() {
                push_shape(out, sub, bbox, colour, true, state.clip);
                cover(bbox, None);
                continue;
            }
            if bbox.width().min(bbox.height()) < THIN {
                let horizontal = bbox.width() >= bbox.height();
                let (at, start, end) = if horizontal {
                    (bbox.mid_y(), bbox.left, bbox.right)
                } else {
                    (bbox.mid_x(), bbox.top, bbox.bottom)
                };
                let width = bbox.width().min(bbox.height());
                push_ruling(out, Ruling { horizontal, at, start, end, width, colour }, state.clip);
                cover(bbox, None);
            } else if let Some(bbox) = bbox.intersection(state.clip)
                && bbox.area() > 0.0
            {
                if out.fills.len() < limits::DRAWINGS {
                    out.fills.push(Fill { bbox, colour });
                }
                cover(bbox, (!state.fill.pattern).then_some(colour));
            }
        }
    }

    /// Two boxes, one just inside the other: a border painted as what lies between them.
    fn frame(&self) -> Option<(Rect, Rect)> {
        let [a, b] = &self.subs[..] else { return None };
        if !a.is_box() || !b.is_box() {
            return None;
        }
        let (a, b) = (a.bbox?, b.bbox?);
        let (outer, inner) = if a.area() >= b.area() { (a, b) } else { (b, a) };
        let thin = (outer.width() - inner.width()).max(outer.height() - inner.height()) < 4.0 * THIN;
        (outer.contains(inner, 0.0) && thin && inner.width().min(inner.height()) > THIN && outer != inner)
            .then_some((outer, inner))
    }
}

/// Strips of a colour gradient: so many rules side by side without a gap are a filled box.
const STRIPS: usize = 5;

/// Turns rules that lie side by side, as gradients are drawn, into the box that they fill.
pub(super) fn strips_to_fills(out: &mut Graphics) {
    let beside = |a: &Ruling, b: &Ruling| {
        a.horizontal == b.horizontal
            && a.width > 0.0
            && (a.start - b.start).abs() < 0.5
            && (a.end - b.end).abs() < 0.5
            && a.end - a.start > THIN
            && a.at != b.at
            && (a.at - b.at).abs() <= f32::midpoint(a.width, b.width) + 0.3
    };
    let mut kept = Vec::with_capacity(out.rulings.len());
    for group in out.rulings.chunk_by(beside) {
        let (Some(first), Some(last), true) = (group.first(), group.last(), group.len() >= STRIPS) else {
            kept.extend_from_slice(group);
            continue;
        };
        let half = first.width / 2.0;
        let (low, high) = (first.at.min(last.at) - half, first.at.max(last.at) + half);
        let bbox = if first.horizontal {
            Rect::new(first.start, low, first.end, high)
        } else {
            Rect::new(low, first.start, high, first.end)
        };
        out.fills.push(Fill { bbox, colour: group[group.len() / 2].colour });
    }
    out.rulings = kept;
}

fn frame_sides(o: Rect, i: Rect, colour: u32) -> [Ruling; 4] {
    let mid = f32::midpoint;
    let side = |horizontal, at, start, end, width| Ruling { horizontal, at, start, end, width, colour };
    [
        side(true, mid(o.top, i.top), o.left, o.right, i.top - o.top),
        side(true, mid(o.bottom, i.bottom), o.left, o.right, o.bottom - i.bottom),
        side(false, mid(o.left, i.left), o.top, o.bottom, i.left - o.left),
        side(false, mid(o.right, i.right), o.top, o.bottom, o.right - i.right),
    ]
}

fn level_line(a: (f32, f32), b: (f32, f32), horizontal: bool, width: f32, colour: u32) -> Ruling {
    let (at, from, to) =
        if horizontal { (f32::midpoint(a.1, b.1), a.0, b.0) } else { (f32::midpoint(a.0, b.0), a.1, b.1) };
    Ruling { horizontal, at, start: from.min(to), end: from.max(to), width, colour }
}

/// Keeps what of a ruling the clip shows.
fn push_ruling(out: &mut Graphics, mut r: Ruling, clip: Rect) {
    let slack = r.width / 2.0 + 0.5;
    let (low, high, first, last) = if r.horizontal {
        (clip.top, clip.bottom, clip.left, clip.right)
    } else {
        (clip.left, clip.right, clip.top, clip.bottom)
    };
    r.start = r.start.max(first);
    r.end = r.end.min(last);
    if r.at < low - slack || r.at > high + slack || r.start > r.end || out.rulings.len() >= limits::DRAWINGS {
        return;
    }
    out.rulings.push(r);
}

fn push_shape(out: &mut Graphics, sub: &Sub, bbox: Rect, colour: u32, filled: bool, clip: Rect) {
    if out.shapes.len() >= limits::DRAWINGS {
        return;
    }
    if let Some(bbox) = bbox.intersection(clip) {
        let points = sub.count.min(u32::from(u16::MAX)) as u16;
        let sign = if sub.is_whole() {
            signs::sign(&sub.points, sub.bbox.unwrap_or(bbox), sub.curved, filled)
        } else {
            None
        };
        out.shapes.push(Shape { bbox, colour, filled, curved: sub.curved, points, sign });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::matrix::Matrix;

    fn state() -> State<'static> {
        State::new(Matrix::IDENTITY, Rect::new(0.0, 0.0, 600.0, 800.0))
    }

    #[test]
    fn a_stroked_box_is_four_rulings() {
        let (mut path, mut out) = (Path::default(), Graphics::default());
        path.rect(&state(), [10.0, 10.0, 100.0, 50.0]);
        path.stroke(&state(), false, &mut out);
        assert_eq!(out.rulings.len(), 4);
        assert_eq!(out.rulings.iter().filter(|r| r.horizontal).count(), 2);
        assert!(out.shapes.is_empty());
    }

    #[test]
    fn thin_fills_are_rulings_and_thick_ones_boxes() {
        let (mut path, mut out) = (Path::default(), Graphics::default());
        path.rect(&state(), [10.0, 10.0, 100.0, 0.5]);
        path.rect(&state(), [10.0, 20.0, 100.0, 50.0]);
        path.fill(&state(), &mut out, |_, _| {});
        assert_eq!((out.rulings.len(), out.fills.len()), (1, 1));
        assert!((out.rulings[0].at - 10.25).abs() < 1e-4 && out.rulings[0].horizontal);
    }

    #[test]
    fn strips_of_a_gradient_are_one_box() {
        let (mut path, mut out) = (Path::default(), Graphics::default());
        for i in 0..20 {
            path.rect(&state(), [10.0, 10.0 + f64::from(i), 100.0, 1.0]);
        }
        path.rect(&state(), [10.0, 50.0, 100.0, 1.0]);
        path.fill(&state(), &mut out, |_, _| {});
        strips_to_fills(&mut out);
        assert_eq!((out.rulings.len(), out.fills.len()), (1, 1));
        assert_eq!(out.fills[0].bbox, Rect::new(10.0, 10.0, 110.0, 30.0));
    }

    #[test]
    fn a_frame_is_four_rulings_and_no_box() {
        let (mut path, mut out) = (Path::default(), Graphics::default());
        path.rect(&state(), [10.0, 10.0, 100.0, 50.0]);
        path.rect(&state(), [11.0, 11.0, 98.0, 48.0]);
        path.fill(&state(), &mut out, |_, _| {});
        assert_eq!((out.rulings.len(), out.fills.len()), (4, 0));
    }

    #[test]
    fn a_curve_is_a_shape_however_long() {
        let (mut path, mut out) = (Path::default(), Graphics::default());
        path.move_to(&state(), 0.0, 0.0);
        for i in 0..10_000 {
            let x = f64::from(i) / 100.0;
            path.curve_to(&state(), &[(x, 1.0), (x, 2.0), (x, x)]);
        }
        path.fill(&state(), &mut out, |_, _| {});
        assert_eq!((out.shapes.len(), out.fills.len()), (1, 0));
        assert_eq!(out.shapes[0].points, 30_001);
    }
}
