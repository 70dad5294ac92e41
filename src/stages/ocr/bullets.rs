//! Bullets: discs and squares before lines, which OCR takes for letters or leaves out.

use crate::picture::Blob;
use crate::tesseract::{TextLine, Word};

/// Sides of a bullet, as shares of the font size.
const SIDE: [f32; 2] = [0.15, 0.55];
/// How far before its line a bullet stands, as shares of the font size.
const BEFORE: [f32; 2] = [0.25, 5.0];
/// How broad fonts set one, as a share of the font size.
const BREADTH: f32 = 0.6;
/// Sure by its shape.
const CONFIDENCE: f32 = 0.95;

/// Sets bullets where the picture has them before a line, and drops what was read in their place.
pub(super) fn set(lines: &mut Vec<TextLine>, blobs: &[Blob]) {
    let mut bullets: Vec<(usize, Word)> = Vec::new();
    for blob in blobs.iter().filter(|b| is_round(b)) {
        let bbox = blob.bbox.map(|v| v as f32);
        let Some((at, em)) = line_behind(lines, bbox) else { continue };
        let side = blob.width().max(blob.height()) as f32 / em;
        if !(SIDE[0]..=SIDE[1]).contains(&side) {
            continue;
        }
        let text = if blob.fill() > 0.93 { "▪" } else { "•" };
        bullets.push((at, Word { text: text.into(), bbox, confidence: CONFIDENCE }));
    }
    for (at, bullet) in bullets {
        // What was read of the same ink.
        for line in lines.iter_mut() {
            line.words.retain(|w| !same_ink(w, bullet.bbox));
        }
        if let Some(line) = lines.get_mut(at) {
            // As broad as fonts set it, with the paper on both sides.
            let reach = (0.5 * BREADTH * line.em() - 0.5 * (bullet.bbox[2] - bullet.bbox[0])).max(0.0);
            let [left, top, right, bottom] = bullet.bbox;
            line.words.insert(0, Word { bbox: [left - reach, top, right + reach, bottom], ..bullet });
        }
    }
    lines.retain(|l| !l.words.is_empty());
}

/// A solid disc or square.
fn is_round(blob: &Blob) -> bool {
    let (w, h) = (blob.width(), blob.height());
    w >= 4 && h >= 4 && w.abs_diff(h) <= 1 + w.max(h) / 5 && blob.fill() > 0.66
}

/// The line that has a bullet at its head here, and its font size: nothing but the bullet stands before
/// its first words.
fn line_behind(lines: &[TextLine], bbox: [f32; 4]) -> Option<(usize, f32)> {
    let (middle, right) = (f32::midpoint(bbox[1], bbox[3]), bbox[2]);
    let mut best: Option<(usize, f32, f32)> = None;
    for (i, line) in lines.iter().enumerate() {
        let em = line.em();
        let Some(first) = line.words.iter().find(|w| !same_ink(w, bbox)) else { continue };
        let gap = (first.bbox[0] - right) / em;
        let up = (line.baseline_at(right) - middle) / em;
        // A full stop stands on the baseline, a bullet between it and the height of small letters.
        let beside = (BEFORE[0]..=BEFORE[1]).contains(&gap) && (0.12..=0.58).contains(&up);
        if beside && best.is_none_or(|b| gap < b.2) {
            best = Some((i, em, gap));
        }
    }
    let (at, em, _) = best?;
    // A blob behind other words of its row is a mark inside a line.
    let behind = lines.iter().any(|l| {
        let level = l.words.iter().filter(|w| !same_ink(w, bbox));
        level.into_iter().any(|w| {
            let gap = bbox[0] - w.bbox[2];
            w.bbox[1] < middle && w.bbox[3] > middle && gap > -1.0 && gap < 1.2 * em
        })
    });
    (!behind).then_some((at, em))
}

/// Whether a word is what was read of a bullet: short, and no larger than it.
fn same_ink(word: &Word, [left, top, right, bottom]: [f32; 4]) -> bool {
    let b = word.bbox;
    let (w, h) = (right - left, bottom - top);
    let inside = b[0] > left - 0.6 * w && b[2] < right + 0.6 * w && b[1] < bottom && b[3] > top;
    inside && b[3] - b[1] < 2.5 * h && word.text.chars().count() <= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, left: f32, right: f32) -> Word {
        Word { text: text.into(), bbox: [left, 100.0, right, 130.0], confidence: 0.9 }
    }

    fn line(words: Vec<Word>) -> TextLine {
        TextLine {
            bbox: [words[0].bbox[0], 100.0, 500.0, 130.0],
            baseline: [0.0, -7.0],
            height: 31.0,
            descenders: 7.0,
            ascenders: 7.0,
            words,
        }
    }

    fn disc(left: usize, top: usize, side: usize) -> Blob {
        Blob { bbox: [left, top, left + side, top + side], ink: side * side * 4 / 5 }
    }

    fn texts(lines: &[TextLine]) -> Vec<Vec<&str>> {
        lines.iter().map(|l| l.words.iter().map(|w| w.text.as_str()).collect()).collect()
    }

    #[test]
    fn a_disc_read_as_a_letter_is_a_bullet() {
        let mut mark = word("¢", 60.0, 71.0);
        (mark.bbox[1], mark.bbox[3]) = (110.0, 121.0);
        let mut lines = vec![line(vec![mark.clone()]), line(vec![word("Providing", 100.0, 220.0)])];
        set(&mut lines, &[disc(60, 110, 11)]);
        assert_eq!(texts(&lines), [vec!["•", "Providing"]]);
        let mut lines = vec![line(vec![word("Providing", 100.0, 220.0)])];
        set(&mut lines, &[disc(60, 110, 11)]);
        assert_eq!(texts(&lines), [vec!["•", "Providing"]], "one that was left out");
    }

    #[test]
    fn full_stops_and_dots_in_lines_are_no_bullets() {
        let mut lines = vec![line(vec![word("end", 20.0, 55.0), word("Next", 100.0, 160.0)])];
        set(&mut lines, &[disc(60, 110, 11), disc(60, 119, 5), disc(165, 110, 11)]);
        assert_eq!(texts(&lines), [vec!["end", "Next"]]);
    }
}
