//! Whether a page of upright lines stands on its head, by the shapes of its letters.

use super::Blob;

/// Fewer pairs of letters than this say nothing.
const LEAST_PAIRS: usize = 30;
/// One kind of pair must be so much commoner than the other.
const CLEAR: usize = 2;

/// Whether letters stand on their heads; `None` where too few tell.
///
/// Far more letters reach up from the line (capitals, figures, b, d, f, h, k, l, t) than hang below it
/// (g, j, p, q, y). So where letters beside each other differ in height, most stand level at their feet,
/// and on a page upside down at their heads.
pub fn upside_down(blobs: &[Blob], resolution: f32) -> Option<bool> {
    let sizes = [0.02 * resolution, 0.25 * resolution];
    let is_letter = |b: &&Blob| {
        let (w, h) = (b.width() as f32, b.height() as f32);
        (sizes[0]..=sizes[1]).contains(&h) && w < 2.0 * h && w > 0.15 * h
    };
    let mut letters: Vec<&Blob> = blobs.iter().filter(is_letter).collect();
    let mut heights: Vec<usize> = letters.iter().map(|b| b.height()).collect();
    heights.sort_unstable();
    let usual = *heights.get(heights.len() / 2)? as f32;
    letters.retain(|b| (0.6 * usual..=2.2 * usual).contains(&(b.height() as f32)));
    letters.sort_by_key(|b| (b.bbox[0], b.bbox[1]));
    let (mut feet, mut heads) = (0, 0);
    for (i, a) in letters.iter().enumerate() {
        let reach = a.bbox[2] + (0.6 * usual) as usize;
        let near = letters[i + 1..].iter().take_while(|b| b.bbox[0] < reach);
        let beside = near.filter(|b| b.bbox[0] + 2 >= a.bbox[2]).find(|b| overlap(a, b) > 0.6 * usual);
        let Some(b) = beside else { continue };
        let apart = |side: usize| a.bbox[side].abs_diff(b.bbox[side]) as f32 / usual;
        let level = |side: usize| apart(side) < 0.15;
        let differ = |side: usize| (0.22..=0.9).contains(&apart(side));
        feet += usize::from(level(3) && differ(1));
        heads += usize::from(level(1) && differ(3));
    }
    if feet + heads < LEAST_PAIRS {
        return None;
    }
    match () {
        () if feet > CLEAR * heads => Some(false),
        () if heads > CLEAR * feet => Some(true),
        () => None,
    }
}

/// Rows that both blobs stand in.
fn overlap(a: &Blob, b: &Blob) -> f32 {
    a.bbox[3].min(b.bbox[3]) as f32 - a.bbox[1].max(b.bbox[1]) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words in letters like those of "ball", one in ten with a foot below the line.
    fn page(over: bool) -> Vec<Blob> {
        let mut out = Vec::new();
        for line in 0..6 {
            for i in 0..40 {
                let left = 100 + 20 * i + 20 * (i / 5);
                let (top, bottom) = match i % 10 {
                    0 | 3 | 6 => (18, 48),
                    8 => (28, 56),
                    _ => (28, 48),
                };
                let (top, bottom) = if over { (80 - bottom, 80 - top) } else { (top, bottom) };
                let y = 80 * line;
                out.push(Blob { bbox: [left, y + top, left + 14, y + bottom], ink: 100 });
            }
        }
        out
    }

    #[test]
    fn letters_tell_which_way_is_up() {
        assert_eq!(upside_down(&page(false), 200.0), Some(false));
        assert_eq!(upside_down(&page(true), 200.0), Some(true));
    }

    #[test]
    fn capitals_alone_say_nothing() {
        let mut all = page(false);
        for b in &mut all {
            (b.bbox[1], b.bbox[3]) = (b.bbox[1] / 80 * 80 + 18, b.bbox[1] / 80 * 80 + 48);
        }
        assert_eq!(upside_down(&all, 200.0), None);
        assert_eq!(upside_down(&[], 200.0), None);
    }
}
