//! Pictures of pages: what must be done to one before it is read, in small code of our own.
//!
//! A [`Grey`] is a page in shades of grey; a [`Bits`] is the same in ink and paper. Everything here is
//! arithmetic on pixels and knows neither PDF nor OCR.

mod bits;
mod blobs;
mod clean;
mod piece;
mod rulings;
mod shade;
mod skew;
mod stems;
mod turn;
mod upright;

pub use bits::Bits;
pub use blobs::{Blob, blobs};
pub use clean::clear_border;
pub use piece::to_tiff;
pub use rulings::{Rule, erase, rulings};
pub use shade::{Ground, Shade, flatten};
pub use skew::skew;
pub use stems::stem_width;
pub use turn::lines_stand;
pub use upright::upside_down;

/// A picture in shades of grey: 0 is black, 255 white.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grey {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row.
    pub pixels: Vec<u8>,
}

impl Grey {
    /// A white picture.
    pub fn white(width: usize, height: usize) -> Grey {
        Grey { width, height, pixels: vec![255; width * height] }
    }

    /// A row of pixels.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.pixels[y * self.width..(y + 1) * self.width]
    }

    /// A row of pixels, to be changed.
    pub fn row_mut(&mut self, y: usize) -> &mut [u8] {
        &mut self.pixels[y * self.width..(y + 1) * self.width]
    }

    /// Whitens the box `[left, top, right, bottom]`, as far as it lies inside.
    pub fn whiten(&mut self, [left, top, right, bottom]: [usize; 4]) {
        let right = right.min(self.width);
        for y in top..bottom.min(self.height) {
            if left < right {
                self.row_mut(y)[left..right].fill(255);
            }
        }
    }

    /// The picture as a binary PGM file.
    pub fn to_pgm(&self) -> Vec<u8> {
        let mut out = format!("P5\n{} {}\n255\n", self.width, self.height).into_bytes();
        out.extend_from_slice(&self.pixels);
        out
    }

    /// The shade that best parts ink from paper (Otsu's): what is darker is ink.
    pub fn threshold(&self) -> u8 {
        // Four counts, so that the same shade again and again need not wait for itself.
        let mut counts = [[0_u64; 256]; 4];
        for four in self.pixels.chunks(4) {
            for (count, p) in counts.iter_mut().zip(four) {
                count[usize::from(*p)] += 1;
            }
        }
        let count: Vec<u64> = (0..256).map(|i| counts.iter().map(|c| c[i]).sum()).collect();
        let total = self.pixels.len() as f64;
        let sum: f64 = count.iter().enumerate().map(|(shade, n)| shade as f64 * *n as f64).sum();
        let (mut below, mut sum_below) = (0.0, 0.0);
        let (mut best, mut most) = (128, 0.0);
        for (shade, n) in count.iter().enumerate().take(255) {
            below += *n as f64;
            sum_below += shade as f64 * *n as f64;
            let above = total - below;
            if below == 0.0 || above == 0.0 {
                continue;
            }
            let apart = sum_below / below - (sum - sum_below) / above;
            let between = below * above * apart * apart;
            if between > most {
                (best, most) = (shade, between);
            }
        }
        // Between two levels that no pixel has, any shade parts them: the middle is safest.
        let next = (best + 1..256).find(|s| count[*s] > 0).unwrap_or(255);
        usize::midpoint(best + 1, next).clamp(1, 250) as u8
    }

    /// Ink and paper.
    pub fn bits(&self) -> Bits {
        Bits::of(self, self.threshold())
    }

    /// Turned clockwise by quarter turns.
    #[must_use]
    pub fn turned(&self, quarters: u8) -> Grey {
        let (w, h) = (self.width, self.height);
        match quarters % 4 {
            0 => self.clone(),
            2 => Grey { width: w, height: h, pixels: self.pixels.iter().rev().copied().collect() },
            quarter => {
                let mut out = Grey::white(h, w);
                for y in 0..h {
                    let column = if quarter == 1 { h - 1 - y } else { y };
                    for (x, p) in self.row(y).iter().enumerate() {
                        let row = if quarter == 1 { x } else { w - 1 - x };
                        out.pixels[row * h + column] = *p;
                    }
                }
                out
            }
        }
    }

    /// Columns as rows.
    #[must_use]
    pub fn transposed(&self) -> Grey {
        // In squares, so that what is read and what is written stay near.
        const SQUARE: usize = 32;
        let (w, h) = (self.width, self.height);
        let mut out = Grey::white(h, w);
        for top in (0..h).step_by(SQUARE) {
            for left in (0..w).step_by(SQUARE) {
                for y in top..(top + SQUARE).min(h) {
                    for x in left..(left + SQUARE).min(w) {
                        out.pixels[x * h + y] = self.pixels[y * w + x];
                    }
                }
            }
        }
        out
    }

    /// Turned counterclockwise by a small angle (its tangent) about the middle, edges filled with white.
    ///
    /// Done as two shears, each a shift of whole rows or columns with the pixels between blended: right
    /// to a fraction of a pixel for the few degrees that a sheet lies askew.
    #[must_use]
    pub fn straightened(&self, slope: f32) -> Grey {
        let (w, h) = (self.width, self.height);
        let middle = [w as f32 / 2.0, h as f32 / 2.0];
        let mut out = Grey::white(w, h);
        let at = |x: isize, y: isize| -> u32 {
            let inside = x >= 0 && y >= 0 && (x as usize) < w && (y as usize) < h;
            if inside { u32::from(self.pixels[y as usize * w + x as usize]) } else { 255 }
        };
        let norm = 1.0 / (1.0 + slope * slope).sqrt();
        let (cos, sin) = (norm, slope * norm);
        for y in 0..h {
            let dy = y as f32 - middle[1];
            // Places in 65,536ths of a pixel.
            let fixed = |v: f32| (v * 65_536.0) as i64;
            let mut sx = fixed(middle[0] - dy * sin - middle[0] * cos);
            let mut sy = fixed(middle[1] + dy * cos - middle[0] * sin);
            let (step_x, step_y) = (fixed(cos), fixed(sin));
            for x in 0..w {
                let (ix, iy) = ((sx >> 16) as isize, (sy >> 16) as isize);
                // 8 bits of fraction are finer than any pixel is true.
                let (fx, fy) = ((sx >> 8 & 255) as u32, (sy >> 8 & 255) as u32);
                (sx, sy) = (sx + step_x, sy + step_y);
                // The four pixels around: two of this row, two of the next.
                let four = if ix >= 0 && iy >= 0 && (ix as usize) + 1 < w && (iy as usize) + 1 < h {
                    let i = iy as usize * w + ix as usize;
                    let (this, next) = (&self.pixels[i..i + 2], &self.pixels[i + w..i + w + 2]);
                    if this == [255, 255] && next == [255, 255] {
                        continue;
                    }
                    [this[0], this[1], next[0], next[1]].map(u32::from)
                } else {
                    [at(ix, iy), at(ix + 1, iy), at(ix, iy + 1), at(ix + 1, iy + 1)]
                };
                let top = four[0] * (256 - fx) + four[1] * fx;
                let low = four[2] * (256 - fx) + four[3] * fx;
                out.pixels[y * w + x] = ((top * (256 - fy) + low * fy + (1 << 15)) >> 16) as u8;
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters drawn as blocks: `#` is ink.
    pub(crate) fn drawn(rows: &[&str]) -> Grey {
        let mut out = Grey::white(rows[0].len(), rows.len());
        for (y, row) in rows.iter().enumerate() {
            for (x, b) in row.bytes().enumerate() {
                if b == b'#' {
                    out.pixels[y * out.width + x] = 0;
                }
            }
        }
        out
    }

    #[test]
    fn four_quarter_turns_change_nothing() {
        let p = drawn(&["#..", ".#."]);
        assert_eq!(p.turned(1), drawn(&[".#", "#.", ".."]));
        assert_eq!(p.turned(3), drawn(&["..", ".#", "#."]));
        assert_eq!(p.turned(1).turned(1), p.turned(2));
        assert_eq!(p.turned(1).turned(3), p);
        assert_eq!(p.transposed(), drawn(&["#.", ".#", ".."]));
    }

    #[test]
    fn the_threshold_stands_between_ink_and_paper() {
        let mut p = Grey::white(10, 10);
        p.pixels[..20].fill(40);
        p.pixels[20..].fill(200);
        assert!((60..=190).contains(&p.threshold()), "{}", p.threshold());
        assert!((1..=250).contains(&Grey::white(4, 4).threshold()));
    }

    #[test]
    fn a_slanted_rule_is_made_level() {
        let mut p = Grey::white(400, 200);
        let slope = 0.02;
        for x in 20..380 {
            let y = 100.0 + slope * (x as f32 - 200.0);
            for dy in 0..4 {
                p.pixels[(y as usize + dy) * 400 + x] = 0;
            }
        }
        let level = p.straightened(slope);
        let ink = |y: usize| level.row(y).iter().filter(|p| **p < 128).count();
        assert!(ink(102) > 340, "{}", ink(102));
        assert_eq!(ink(95) + ink(110), 0);
    }
}
