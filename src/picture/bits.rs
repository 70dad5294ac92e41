//! Pictures in ink and paper, a bit a pixel.

use super::Grey;

/// A picture in ink and paper: 64 pixels a word, the first in the lowest bit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    words: Vec<u64>,
    /// Words a row.
    stride: usize,
}

impl Bits {
    /// What is darker than `threshold` is ink.
    pub fn of(grey: &Grey, threshold: u8) -> Bits {
        let stride = grey.width.div_ceil(64);
        let mut words = vec![0; stride * grey.height];
        for y in 0..grey.height {
            for (word, pixels) in words[y * stride..].iter_mut().zip(grey.row(y).chunks(64)) {
                // Eight at a time: the product gathers eight bytes of 0 or 1 in its highest byte.
                for (i, eight) in pixels.chunks(8).enumerate() {
                    let mut ink = [0; 8];
                    for (ink, p) in ink.iter_mut().zip(eight) {
                        *ink = u8::from(*p < threshold);
                    }
                    let byte = u64::from_le_bytes(ink).wrapping_mul(0x0102_0408_1020_4080) >> 56;
                    *word |= byte << (8 * i);
                }
            }
        }
        Bits { width: grey.width, height: grey.height, words, stride }
    }

    /// A row, 64 pixels a word.
    pub fn row(&self, y: usize) -> &[u64] {
        &self.words[y * self.stride..(y + 1) * self.stride]
    }

    /// Whether there is ink; nothing outside.
    pub fn ink(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.height && self.row(y)[x / 64] >> (x % 64) & 1 == 1
    }

    /// Pixels of ink in a row between `from` and `to`.
    pub fn count(&self, y: usize, from: usize, to: usize) -> usize {
        let to = to.min(self.width);
        if from >= to {
            return 0;
        }
        let row = self.row(y);
        let (a, b) = (from / 64, (to - 1) / 64);
        let head = u64::MAX << (from % 64);
        let tail = u64::MAX >> (63 - (to - 1) % 64);
        if a == b {
            return (row[a] & head & tail).count_ones() as usize;
        }
        let middle: u32 = row[a + 1..b].iter().map(|w| w.count_ones()).sum();
        ((row[a] & head).count_ones() + middle + (row[b] & tail).count_ones()) as usize
    }

    /// Stretches of ink in a row: where each begins and where it ends.
    pub fn runs(&self, y: usize) -> Runs<'_> {
        self.runs_from(y, 0)
    }

    /// Stretches of ink in a row from `x` on.
    pub fn runs_from(&self, y: usize, x: usize) -> Runs<'_> {
        Runs { row: self.row(y), width: self.width, at: x.min(self.width) }
    }

    /// Columns as rows.
    #[must_use]
    pub fn transposed(&self) -> Bits {
        let stride = self.height.div_ceil(64);
        let mut out =
            Bits { width: self.height, height: self.width, words: vec![0; stride * self.width], stride };
        for y in 0..self.height {
            for (i, word) in self.row(y).iter().enumerate() {
                let mut rest = *word;
                while rest != 0 {
                    let x = i * 64 + rest.trailing_zeros() as usize;
                    out.words[x * stride + y / 64] |= 1 << (y % 64);
                    rest &= rest - 1;
                }
            }
        }
        out
    }

    /// A smaller picture: a pixel for every square of `side` that has ink.
    #[must_use]
    pub fn reduced(&self, side: usize) -> Bits {
        let (width, height) = (self.width.div_ceil(side), self.height.div_ceil(side));
        let stride = width.div_ceil(64);
        let mut out = Bits { width, height, words: vec![0; stride * height], stride };
        for y in 0..self.height {
            let into = y / side * stride;
            for (i, word) in self.row(y).iter().enumerate() {
                let mut rest = *word;
                while rest != 0 {
                    let x = (i * 64 + rest.trailing_zeros() as usize) / side;
                    out.words[into + x / 64] |= 1 << (x % 64);
                    // The rest of this square says nothing more.
                    let next = (x + 1) * side - i * 64;
                    rest = if next >= 64 { 0 } else { rest >> next << next };
                }
            }
        }
        out
    }
}

/// Iterates over the stretches of ink of a row.
#[derive(Debug, Clone)]
pub struct Runs<'a> {
    row: &'a [u64],
    width: usize,
    at: usize,
}

impl Runs<'_> {
    /// The first pixel from `at` that is ink, or paper.
    fn next_that_is(&self, at: usize, ink: bool) -> usize {
        let mut i = at / 64;
        let mut mask = u64::MAX << (at % 64);
        while let Some(word) = self.row.get(i) {
            let found = (if ink { *word } else { !*word }) & mask;
            if found != 0 {
                return (i * 64 + found.trailing_zeros() as usize).min(self.width);
            }
            (i, mask) = (i + 1, u64::MAX);
        }
        self.width
    }
}

impl Iterator for Runs<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let start = self.next_that_is(self.at, true);
        if start >= self.width {
            return None;
        }
        self.at = self.next_that_is(start, false);
        Some((start, self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;

    #[test]
    fn runs_and_counts_cross_words() {
        let row = format!("{}{}{}", ".".repeat(60), "#".repeat(70), "..#");
        let bits = drawn(&[&row]).bits();
        assert_eq!(bits.runs(0).collect::<Vec<_>>(), [(60, 130), (132, 133)]);
        assert_eq!((bits.count(0, 0, 500), bits.count(0, 61, 65), bits.count(0, 63, 129)), (71, 4, 66));
        assert!(bits.ink(60, 0) && !bits.ink(59, 0) && !bits.ink(500, 0));
    }

    #[test]
    fn turned_over_twice_is_as_before() {
        let bits = drawn(&["#.#", "..#"]).bits();
        assert_eq!(bits.transposed(), drawn(&["#.", "..", "##"]).bits());
        assert_eq!(bits.transposed().transposed(), bits);
        assert_eq!(drawn(&["....#", ".....", "#...."]).bits().reduced(2), drawn(&["..#", "#.."]).bits());
    }
}
