//! Pieces of a picture, at another size, and many of them in one file.

use super::Grey;

impl Grey {
    /// A piece of the picture `[left, top, right, bottom]`, `scale` times as large; white outside.
    #[must_use]
    pub fn piece(&self, [left, top, right, bottom]: [f32; 4], scale: f32) -> Grey {
        let side = |from: f32, to: f32| ((to - from) * scale).round().max(1.0) as usize;
        let mut out = Grey::white(side(left, right), side(top, bottom));
        // Where each pixel lies in the picture: the pixel before it, and how far it is to the next.
        let places = |count: usize, from: f32| -> Vec<(isize, u32)> {
            let at = |i: usize| from + (i as f32 + 0.5) / scale - 0.5;
            (0..count).map(|i| (at(i).floor() as isize, ((at(i) - at(i).floor()) * 256.0) as u32)).collect()
        };
        let shade = |x: isize, y: isize| -> u32 {
            let inside = (0..self.width as isize).contains(&x) && (0..self.height as isize).contains(&y);
            if inside { u32::from(self.pixels[y as usize * self.width + x as usize]) } else { 255 }
        };
        let columns = places(out.width, left);
        for (row, (y, down)) in places(out.height, top).into_iter().enumerate() {
            for (pixel, (x, along)) in out.row_mut(row).iter_mut().zip(&columns) {
                let mix = |y| shade(*x, y) * (256 - along) + shade(x + 1, y) * along;
                *pixel = ((mix(y) * (256 - down) + mix(y + 1) * down + (1 << 15)) >> 16) as u8;
            }
        }
        out
    }
}

/// Pictures as one TIFF file, a page each.
pub fn to_tiff(pictures: &[Grey]) -> Vec<u8> {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    // Little-endian; the first directory follows at byte 8.
    let mut out = b"II\x2A\0\x08\0\0\0".to_vec();
    for (i, picture) in pictures.iter().enumerate() {
        let (width, height) = (picture.width as u32, picture.height as u32);
        let entries: [(u16, u16, u32); 9] = [
            (256, LONG, width),
            (257, LONG, height),
            // Bits a sample; no compression; black is 0.
            (258, SHORT, 8),
            (259, SHORT, 1),
            (262, SHORT, 1),
            // Where the pixels begin: behind this directory.
            (273, LONG, out.len() as u32 + 2 + 9 * 12 + 4),
            (277, SHORT, 1),
            (278, LONG, height),
            (279, LONG, width * height),
        ];
        let end = out.len() + 2 + entries.len() * 12 + 4 + picture.pixels.len();
        let next = if i + 1 < pictures.len() { end + end % 2 } else { 0 };
        out.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, value) in entries {
            out.extend(tag.to_le_bytes());
            out.extend(kind.to_le_bytes());
            out.extend(1_u32.to_le_bytes());
            out.extend(value.to_le_bytes());
        }
        out.extend((next as u32).to_le_bytes());
        out.extend_from_slice(&picture.pixels);
        if out.len() % 2 == 1 {
            out.push(0);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use super::*;

    #[test]
    fn a_piece_is_what_stands_there() {
        let p = drawn(&["....", ".##.", ".##.", "...."]);
        assert_eq!(p.piece([1.0, 1.0, 3.0, 3.0], 1.0), drawn(&["##", "##"]));
        let large = p.piece([0.0, 0.0, 4.0, 4.0], 3.0);
        assert_eq!((large.width, large.height), (12, 12));
        assert_eq!((large.row(5)[5], large.row(0)[0]), (0, 255));
        assert_eq!(p.piece([1.0, 1.0, 5.0, 3.0], 1.0), drawn(&["##..", "##.."]), "white outside");
        assert_eq!(Grey::white(0, 0).piece([0.0, 0.0, 2.0, 2.0], 2.0), Grey::white(4, 4));
    }

    #[test]
    fn pages_of_a_tiff_follow_each_other() {
        let file = to_tiff(&[drawn(&["#.#"]), drawn(&["#", "."])]);
        let long = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let next = long(8 + 2 + 9 * 12);
        assert_eq!(next % 2, 0);
        // Width and height of the second page, and its pixels.
        assert_eq!((long(next + 2 + 8), long(next + 2 + 12 + 8)), (1, 2));
        let pixels = long(next + 2 + 5 * 12 + 8);
        assert_eq!(file[pixels..pixels + 2], [0, 255]);
        assert_eq!(long(next + 2 + 9 * 12), 0, "the last");
    }
}
