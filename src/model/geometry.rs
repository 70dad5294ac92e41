//! Places on a page: points, origin at the top left of the page as shown, y down.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A page of the PDF, counted from 1 as a viewer counts.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct PageNo(pub u32);

impl PageNo {
    /// The page's position in a zero-based list of pages.
    pub fn index(self) -> usize {
        self.0.saturating_sub(1) as usize
    }

    /// The page at a zero-based position.
    pub fn from_index(index: usize) -> Self {
        PageNo(index as u32 + 1)
    }
}

impl std::fmt::Display for PageNo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A box in points, written as `[left, top, right, bottom]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "[f32; 4]", into = "[f32; 4]")]
pub struct Rect {
    /// Left edge.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Bottom edge.
    pub bottom: f32,
}

impl From<[f32; 4]> for Rect {
    fn from([left, top, right, bottom]: [f32; 4]) -> Self {
        Rect { left, top, right, bottom }
    }
}

impl From<Rect> for [f32; 4] {
    fn from(r: Rect) -> Self {
        [r.left, r.top, r.right, r.bottom]
    }
}

impl Rect {
    /// A box from its edges.
    pub const fn new(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Rect { left, top, right, bottom }
    }

    /// Width, never negative.
    pub fn width(self) -> f32 {
        (self.right - self.left).max(0.0)
    }

    /// Height, never negative.
    pub fn height(self) -> f32 {
        (self.bottom - self.top).max(0.0)
    }

    /// Area in square points.
    pub fn area(self) -> f32 {
        self.width() * self.height()
    }

    /// Horizontal middle.
    pub fn mid_x(self) -> f32 {
        f32::midpoint(self.left, self.right)
    }

    /// Vertical middle.
    pub fn mid_y(self) -> f32 {
        f32::midpoint(self.top, self.bottom)
    }

    /// The smallest box around both.
    #[must_use]
    pub fn union(self, other: Rect) -> Rect {
        Rect {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// The smallest box around all, or `None` of none.
    pub fn around(boxes: impl IntoIterator<Item = Rect>) -> Option<Rect> {
        boxes.into_iter().reduce(Rect::union)
    }

    /// The common part, or `None` where they do not touch.
    pub fn intersection(self, other: Rect) -> Option<Rect> {
        let r = Rect {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        (r.left <= r.right && r.top <= r.bottom).then_some(r)
    }

    /// Whether they share a point.
    pub fn touches(self, other: Rect) -> bool {
        self.intersection(other).is_some()
    }

    /// Whether the point lies inside or on the edge.
    pub fn contains_point(self, x: f32, y: f32) -> bool {
        x >= self.left && x <= self.right && y >= self.top && y <= self.bottom
    }

    /// Whether `other` lies inside, give or take `slack` points on each side.
    pub fn contains(self, other: Rect, slack: f32) -> bool {
        let r = self.grown(slack);
        other.left >= r.left && other.right <= r.right && other.top >= r.top && other.bottom <= r.bottom
    }

    /// Grown by `by` points on every side (shrunk if negative).
    #[must_use]
    pub fn grown(self, by: f32) -> Rect {
        Rect { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    /// How many points of height both share.
    pub fn overlap_y(self, other: Rect) -> f32 {
        (self.bottom.min(other.bottom) - self.top.max(other.top)).max(0.0)
    }

    /// How many points of width both share.
    pub fn overlap_x(self, other: Rect) -> f32 {
        (self.right.min(other.right) - self.left.max(other.left)).max(0.0)
    }
}

/// Where in the PDF something was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// The page.
    pub page: PageNo,
    /// The box on it.
    pub bbox: Rect,
}

/// A quarter turn, clockwise, of text or of a page.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(into = "u16", from = "u16")]
pub enum Turn {
    /// Upright.
    #[default]
    None,
    /// Reads downwards.
    Right,
    /// Upside down.
    Half,
    /// Reads upwards.
    Left,
}

impl From<u16> for Turn {
    fn from(degrees: u16) -> Self {
        match degrees % 360 {
            45..135 => Turn::Right,
            135..225 => Turn::Half,
            225..315 => Turn::Left,
            _ => Turn::None,
        }
    }
}

impl From<Turn> for u16 {
    fn from(t: Turn) -> u16 {
        match t {
            Turn::None => 0,
            Turn::Right => 90,
            Turn::Half => 180,
            Turn::Left => 270,
        }
    }
}

impl Turn {
    /// The nearest quarter turn to a clockwise angle in degrees.
    pub fn nearest(degrees: f32) -> Self {
        Turn::from(degrees.rem_euclid(360.0).round() as u16)
    }

    /// A box of a page of `size` (width, height), after this turn is undone: text that read in this
    /// direction reads upright in the result.
    pub fn upright(self, r: Rect, size: [f32; 2]) -> Rect {
        let [w, h] = size;
        match self {
            Turn::None => r,
            Turn::Right => Rect::new(r.top, w - r.right, r.bottom, w - r.left),
            Turn::Half => Rect::new(w - r.right, h - r.bottom, w - r.left, h - r.top),
            Turn::Left => Rect::new(h - r.bottom, r.left, h - r.top, r.right),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upright_keeps_reading_direction() {
        // Text that reads upwards along the left margin: its start is at the bottom.
        let size = [100.0, 200.0];
        let start = Rect::new(10.0, 180.0, 20.0, 190.0);
        let end = Rect::new(10.0, 100.0, 20.0, 110.0);
        let (s, e) = (Turn::Left.upright(start, size), Turn::Left.upright(end, size));
        assert!(s.left < e.left && s.top == e.top);
        // And downwards: its start is at the top.
        let (s, e) = (Turn::Right.upright(end, size), Turn::Right.upright(start, size));
        assert!(s.left < e.left && s.top == e.top);
    }

    #[test]
    fn a_rect_is_four_numbers_in_json() {
        let r = Rect::new(1.0, 2.0, 3.5, 4.0);
        let j = serde_json::to_string(&r).unwrap();
        assert_eq!(j, "[1.0,2.0,3.5,4.0]");
        assert_eq!(serde_json::from_str::<Rect>(&j).unwrap(), r);
    }
}
