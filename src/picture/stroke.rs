//! How thick letters are drawn: bold words stand out from the others of their page.

use super::Bits;

/// The mean width of strokes inside the box `[left, top, right, bottom]`, in pixels: twice the ink over
/// the length of its edges. `None` where there is hardly any ink.
pub fn stroke_width(bits: &Bits, [left, top, right, bottom]: [usize; 4]) -> Option<f32> {
    let (right, bottom) = (right.min(bits.width), bottom.min(bits.height));
    let (mut ink, mut edges) = (0_usize, 0_usize);
    for y in top..bottom {
        let mut before = false;
        for x in left..right {
            let now = bits.ink(x, y);
            ink += usize::from(now);
            edges += usize::from(now != before);
            edges += usize::from(now && (y == 0 || !bits.ink(x, y - 1)));
            edges += usize::from(now && !bits.ink(x, y + 1));
            before = now;
        }
        edges += usize::from(before);
    }
    (ink >= 12).then(|| 2.0 * ink as f32 / edges.max(1) as f32)
}
