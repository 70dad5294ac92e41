//! How thick letters are drawn: bold words stand out from the others of their page.

use super::Bits;

/// The mean thickness of strokes inside the box `[left, top, right, bottom]`, in pixels: the ink over the
/// number of its stretches, across and down, that are shorter than `most`. `None` where there are hardly
/// any. `over` is the picture with columns as rows.
///
/// Both directions count: letters with thin cross-strokes are not bold however thick their stems.
pub fn stem_width(bits: &Bits, over: &Bits, bbox: [usize; 4], most: f32) -> Option<f32> {
    let [left, top, right, bottom] = bbox;
    let (ink, across) = strokes(bits, bbox, most);
    let (_, down) = strokes(over, [top, left, bottom, right], most);
    (across >= 8 && down >= 4).then(|| 2.0 * ink as f32 / (across + down) as f32)
}

fn strokes(bits: &Bits, [left, top, right, bottom]: [usize; 4], most: f32) -> (usize, usize) {
    let (mut ink, mut strokes) = (0, 0);
    for y in top..bottom.min(bits.height) {
        for (start, end) in bits.runs_from(y, left) {
            if start >= right {
                break;
            }
            let length = end.min(right) - start;
            ink += length;
            strokes += usize::from((length as f32) < most);
        }
    }
    (ink, strokes)
}

#[cfg(test)]
mod tests {
    use super::super::Grey;
    use super::*;

    #[test]
    fn thicker_letters_have_thicker_stems() {
        let measure = |thick: usize| {
            let mut p = Grey::white(200, 40);
            for y in 5..35 {
                for letter in 0..5 {
                    let left = 10 + 30 * letter;
                    p.pixels[y * 200 + left..y * 200 + left + thick].fill(0);
                }
            }
            for y in 20..20 + thick {
                p.pixels[y * 200 + 10..y * 200 + 24].fill(0);
            }
            let bits = p.bits();
            stem_width(&bits, &bits.transposed(), [0, 0, 200, 40], 20.0).unwrap()
        };
        assert!(measure(5) > 1.4 * measure(3), "{} {}", measure(5), measure(3));
        let none = Grey::white(50, 50).bits();
        assert_eq!(stem_width(&none, &none, [0, 0, 50, 50], 20.0), None);
    }
}
