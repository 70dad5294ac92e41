//! How far a page lies askew: the slope at which its rows of ink are sharpest.

use super::Bits;

/// Steps of the coarse search, in thousandths of slope: 60 is three and a half degrees.
const COARSE: [i32; 2] = [60, 4];
/// A page this level is level: straightening it would blur its letters for nothing.
const LEVEL: f32 = 0.002;
/// Squares of the picture that is searched, in an inch.
const SQUARES: f32 = 75.0;

/// The slope of the lines of text and rules (positive: they fall to the right). 0 where nothing tells.
pub fn skew(bits: &Bits, resolution: f32) -> f32 {
    let side = ((resolution / SQUARES).round() as usize).max(1);
    let small = if side > 1 { bits.reduced(side) } else { bits.clone() };
    let (most, step) = (COARSE[0], COARSE[1]);
    let sharp = |slope: f32| sharpness(&small, slope);
    let coarse = (-most / step..=most / step).map(|i| i * step);
    let level = sharp(0.0);
    let (best, score) = coarse
        .map(|s| (s, if s == 0 { level } else { sharp(s as f32 / 1000.0) }))
        // Of equal slopes the flattest.
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.abs().cmp(&a.0.abs())))
        .unwrap_or((0, 0.0));
    if score <= level * 1.02 && best.abs() > step {
        return 0.0;
    }
    // Finer, on more of the picture: rows of the whole are thinner than those of the small one.
    let fine_side = (side / 2).max(1);
    let fine = if fine_side > 1 { bits.reduced(fine_side) } else { bits.clone() };
    let search = |middle: i32, reach: i32, step: i32| {
        let near = (-reach..=reach).map(|i| middle + i * step);
        near.map(|s| (s, sharpness(&fine, s as f32 / 2000.0)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.abs().cmp(&a.0.abs())))
            .map_or(middle, |(s, _)| s)
    };
    let slope = search(search(2 * best, 3, 2), 1, 1) as f32 / 2000.0;
    if slope.abs() < LEVEL { 0.0 } else { slope }
}

/// How much the ink of rows at this slope differs from that of the rows beside them.
fn sharpness(bits: &Bits, slope: f32) -> f64 {
    // Rows are cut into strips that are shifted up or down as the slope says.
    const STRIP: usize = 16;
    let (w, h) = (bits.width, bits.height);
    let reach = (w as f32 * slope.abs()).ceil() as usize + 1;
    let mut rows = vec![0_i64; h + 2 * reach];
    for first in (0..w).step_by(STRIP) {
        let middle = (first + STRIP / 2) as f32 - w as f32 / 2.0;
        let shift = (reach as f32 - middle * slope).round() as usize;
        let (word, bit) = (first / 64, first % 64);
        for y in 0..h {
            let ink = (bits.row(y)[word] >> bit & 0xFFFF).count_ones();
            rows[(y + shift).min(h + 2 * reach - 1)] += i64::from(ink);
        }
    }
    rows.windows(2).map(|w| ((w[1] - w[0]) * (w[1] - w[0])) as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::super::Grey;
    use super::*;

    /// Lines of text as dashes, laid at a slope.
    fn page(slope: f32) -> Grey {
        let mut p = Grey::white(1700, 2200);
        for line in 0..40 {
            for x in (150..1500).filter(|x| x % 24 < 15) {
                let y = 200.0 + 45.0 * line as f32 + slope * (x as f32 - 850.0);
                for dy in 0..18 {
                    p.pixels[(y as usize + dy) * 1700 + x] = 0;
                }
            }
        }
        p
    }

    #[test]
    fn the_slope_of_lines_is_found() {
        for slope in [-0.03, -0.004, 0.0, 0.0105, 0.05] {
            let found = skew(&page(slope).bits(), 200.0);
            assert!((found - slope).abs() < 0.0012, "{slope}: {found}");
        }
    }

    #[test]
    fn an_empty_page_lies_level() {
        assert_eq!(skew(&Grey::white(800, 900).bits(), 200.0), 0.0);
    }
}
