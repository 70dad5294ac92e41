//! Affine transforms, in the order in which PDF writes them: `[a b c d e f]`.

#![expect(clippy::many_single_char_names, reason = "a to f are the matrix's names in the specification")]

use crate::model::Rect;

/// An affine transform. `a.then(b)` applies `a` first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Matrix {
    /// Leaves everything where it is.
    pub(super) const IDENTITY: Matrix = Matrix([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// A shift.
    pub(super) const fn shift(x: f64, y: f64) -> Matrix {
        Matrix([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// This transform, then `next`.
    pub(super) fn then(&self, next: &Matrix) -> Matrix {
        let ([a, b, c, d, e, f], n) = (self.0, next.0);
        Matrix([
            n[0] * a + n[2] * b,
            n[1] * a + n[3] * b,
            n[0] * c + n[2] * d,
            n[1] * c + n[3] * d,
            n[0] * e + n[2] * f + n[4],
            n[1] * e + n[3] * f + n[5],
        ])
    }

    /// Where a point goes.
    pub(super) fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// Length of what was a unit along x.
    pub(super) fn x_scale(&self) -> f64 {
        // Most pages turn nothing.
        if self.0[1] == 0.0 { self.0[0].abs() } else { self.0[0].hypot(self.0[1]) }
    }

    /// Area of what was a unit square.
    pub(super) fn area(&self) -> f64 {
        let [a, b, c, d, ..] = self.0;
        (a * d - b * c).abs()
    }

    /// The box around what was the box `[x0 y0 x1 y1]`.
    pub(super) fn bounds(&self, [x0, y0, x1, y1]: [f64; 4]) -> Rect {
        let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)].map(|(x, y)| self.apply(x, y));
        let mut r = Rect::new(f32::MAX, f32::MAX, f32::MIN, f32::MIN);
        for (x, y) in corners {
            let (x, y) = (x as f32, y as f32);
            r = Rect::new(r.left.min(x), r.top.min(y), r.right.max(x), r.bottom.max(y));
        }
        r
    }

    /// Whether every number in it is one that can be drawn with.
    pub(super) fn is_finite(&self) -> bool {
        self.0.iter().all(|v| v.is_finite() && v.abs() < 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transforms_apply_in_order() {
        let double = Matrix([2.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
        assert_eq!(Matrix::shift(1.0, 0.0).then(&double).apply(0.0, 0.0), (2.0, 0.0));
        assert_eq!(double.then(&Matrix::shift(1.0, 0.0)).apply(0.0, 0.0), (1.0, 0.0));
        assert_eq!(double.bounds([0.0, 0.0, 1.0, 2.0]), Rect::new(0.0, 0.0, 2.0, 4.0));
    }
}
