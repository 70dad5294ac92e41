//! A second look at what was read with doubt: lines with doubtful words, small raised marks, and letters
//! that no line took.
//!
//! Each is cut out, enlarged to the size at which the reader is best, and all are read together as lines
//! of their own. What is read with more confidence takes the place of what was there.

use crate::picture::{Blob, Grey};
use crate::tesseract::{TextLine, Word};

/// Words read with less confidence are looked at again.
const DOUBTFUL: f32 = 0.6;
/// The same for figures: no word beside them tells what they should be.
const DOUBTFUL_FIGURE: f32 = 0.75;
/// The font size, in pixels, at which lines are read best.
const EM: f32 = 44.0;
/// What the reader is told of the pieces' resolution: type of 11 points comes to that size.
pub(super) const RESOLUTION: f32 = 300.0;
/// White around a piece, as a share of the font size.
const AROUND: f32 = 0.25;
/// What is read anew must be this much surer.
const SURER: f32 = 0.02;
/// What was not read at all must be read as surely as this.
const SURE: f32 = 0.8;
/// More pieces of a page than this are no text.
const PIECES: usize = 60;

/// A piece to be looked at again.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    what: What,
    bbox: [f32; 4],
    em: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// A line, by its index.
    Line(usize),
    /// The raised end of a word, by line and word.
    Raised(usize, usize),
    /// What stands before the raised end.
    Base,
    /// Ink beside a line that no word covers.
    Unread(usize),
}

/// What is worth a second look.
pub(super) fn pieces(lines: &[TextLine], blobs: &[Blob]) -> Vec<Piece> {
    let mut out = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        if line.words.iter().any(is_doubtful) {
            out.push(Piece { what: What::Line(i), bbox: around(line), em: line.em() });
        }
    }
    out.extend(raised(lines, blobs));
    out.extend(unread(lines, blobs));
    if out.len() > PIECES { Vec::new() } else { out }
}

/// The pieces as pictures.
pub(super) fn pictures(pieces: &[Piece], picture: &Grey) -> Vec<Grey> {
    let cut = |p: &Piece| {
        let [left, top, right, bottom] = p.bbox;
        if matches!(p.what, What::Line(_) | What::Unread(_)) {
            return picture.piece(p.outer(), p.scale());
        }
        // The letters beside it are not to be seen.
        let around = p.around();
        let alone = picture.piece(p.bbox, 1.0);
        alone.piece([-around, -around, right - left + around, bottom - top + around], p.scale())
    };
    pieces.iter().map(cut).collect()
}

impl Piece {
    /// White around it, in pixels of the page.
    fn around(&self) -> f32 {
        (AROUND * self.em).max(3.0)
    }

    /// What of the page is cut out.
    fn outer(&self) -> [f32; 4] {
        let ([left, top, right, bottom], around) = (self.bbox, self.around());
        [left - around, top - 0.6 * around, right + around, bottom + 0.6 * around]
    }

    /// How much it is enlarged.
    fn scale(&self) -> f32 {
        (EM / self.em).clamp(0.5, 4.0)
    }
}

/// Puts what was read anew where it is better.
pub(super) fn better(lines: &mut Vec<TextLine>, pieces: &[Piece], readings: Vec<Vec<TextLine>>) {
    let mut base: Option<String> = None;
    let mut added = Vec::new();
    for (piece, reading) in pieces.iter().zip(readings) {
        let words = placed(piece, reading);
        match piece.what {
            What::Line(i) => {
                if let Some(line) = lines.get_mut(i) {
                    replace(&mut line.words, words);
                }
            }
            What::Base => base = Some(words.iter().map(|w| w.text.as_str()).collect()),
            What::Raised(i, k) => {
                let word = lines.get_mut(i).and_then(|l| l.words.get_mut(k));
                if let (Some(word), Some(base), [end]) = (word, base.take(), &words[..]) {
                    set_ordinal(word, &base, end);
                }
            }
            What::Unread(i) => added.push((i, words)),
        }
    }
    for (i, words) in added {
        let alphanumeric = words.iter().any(|w| w.text.contains(char::is_alphanumeric));
        if alphanumeric
            && words.iter().all(|w| w.confidence >= SURE)
            && let Some(line) = lines.get(i)
        {
            let bbox = words.iter().map(|w| w.bbox).reduce(join).unwrap_or_default();
            let own =
                TextLine { bbox: [bbox[0], line.bbox[1], bbox[2], line.bbox[3]], words, ..line.clone() };
            lines.push(own);
        }
    }
}

fn is_doubtful(word: &Word) -> bool {
    let figure = word.text.contains(|c: char| c.is_ascii_digit());
    let least = if figure { DOUBTFUL_FIGURE } else { DOUBTFUL };
    word.confidence < least && word.text.contains(char::is_alphanumeric)
}

fn around(line: &TextLine) -> [f32; 4] {
    line.words.iter().map(|w| w.bbox).fold(line.bbox, join)
}

fn join(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

/// The words of a piece, back where they stand on the page.
fn placed(piece: &Piece, reading: Vec<TextLine>) -> Vec<Word> {
    let (scale, [left, top, ..]) = (piece.scale(), piece.outer());
    let back = |b: [f32; 4]| [0, 1, 2, 3].map(|i| b[i] / scale + if i % 2 == 0 { left } else { top });
    let words = reading.into_iter().flat_map(|l| l.words);
    words.map(|w| Word { bbox: back(w.bbox), ..w }).collect()
}

/// Words one by one where there are as many as before, else all or none.
fn replace(old: &mut Vec<Word>, new: Vec<Word>) {
    if old.len() == new.len() {
        for (old, new) in old.iter_mut().zip(new) {
            // What was read well is left as it is: a second look only makes sure of what was not.
            if is_doubtful(old) && new.confidence > old.confidence + SURER {
                *old = new;
            }
        }
    } else if !new.is_empty() && mean(&new) > mean(old) + SURER {
        *old = new;
    }
}

/// Mean confidence by characters.
fn mean(words: &[Word]) -> f32 {
    let chars = |w: &Word| w.text.chars().count() as f32;
    let sum: f32 = words.iter().map(|w| w.confidence * chars(w)).sum();
    sum / words.iter().map(chars).sum::<f32>().max(1.0)
}

/// "22" before a raised "nd" is read as "224" at times.
fn set_ordinal(word: &mut Word, base: &str, end: &Word) {
    let figures = !base.is_empty() && base.bytes().all(|b| b.is_ascii_digit());
    let raised = end.text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if figures && matches!(raised.as_str(), "st" | "nd" | "rd" | "th") {
        let tail: String = word.text.chars().rev().take_while(|c| ".,;:)".contains(*c)).collect();
        word.text = format!("{base}{raised}{}", tail.chars().rev().collect::<String>());
        word.confidence = word.confidence.min(end.confidence);
    }
}

/// Numbers whose last letters stand higher and are smaller, but were not read as "st", "nd", "rd", "th".
fn raised(lines: &[TextLine], blobs: &[Blob]) -> Vec<Piece> {
    let mut out = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let em = line.em();
        for (k, word) in line.words.iter().enumerate() {
            let ordinal = ["st", "nd", "rd", "th"].iter().any(|e| word.text.contains(e));
            if ordinal || !word.text.starts_with(|c: char| c.is_ascii_digit()) || word.text.len() > 8 {
                continue;
            }
            let baseline = line.baseline_at(f32::midpoint(word.bbox[0], word.bbox[2]));
            let mut inside: Vec<[f32; 4]> =
                blobs.iter().map(|b| b.bbox.map(|v| v as f32)).filter(|b| within(*b, word.bbox)).collect();
            inside.sort_by(|a, b| a[0].total_cmp(&b[0]));
            let high =
                |b: &[f32; 4]| baseline - b[3] > 0.16 * em && (0.25 * em..0.6 * em).contains(&(b[3] - b[1]));
            let foot = |b: &[f32; 4]| b[3] - b[1] > 0.6 * em;
            let figures = inside.iter().take_while(|b| foot(b)).count();
            let marks = inside[figures..].iter().take_while(|b| high(b)).count();
            if figures == 0 || figures > 2 || !(1..=2).contains(&marks) {
                continue;
            }
            let bbox = |of: &[[f32; 4]]| of.iter().copied().reduce(join).unwrap_or_default();
            let (base, end) = (bbox(&inside[..figures]), bbox(&inside[figures..figures + marks]));
            out.push(Piece { what: What::Base, bbox: base, em });
            // As large as if it were a line of its own.
            out.push(Piece { what: What::Raised(i, k), bbox: end, em: 0.65 * em });
        }
    }
    out
}

fn within(b: [f32; 4], outer: [f32; 4]) -> bool {
    let (x, y) = (f32::midpoint(b[0], b[2]), f32::midpoint(b[1], b[3]));
    x > outer[0] - 1.0 && x < outer[2] + 1.0 && y > outer[1] - 1.0 && y < outer[3] + 1.0
}

/// Letters and figures that stand in a row with a line, and in no word: lone figures of a table are left
/// out at times.
fn unread(lines: &[TextLine], blobs: &[Blob]) -> Vec<Piece> {
    let covered = |b: [f32; 4]| {
        lines.iter().filter(|l| l.bbox[1] < b[3] && l.bbox[3] > b[1]).flat_map(|l| &l.words).any(|w| {
            let near = w.bbox[0] - 3.0 < b[2] && w.bbox[2] + 3.0 > b[0];
            near && w.bbox[1] < b[3] && w.bbox[3] > b[1]
        })
    };
    // The line whose figures would be as high, on the same baseline.
    let row = |b: [f32; 4]| {
        lines.iter().position(|l| {
            let (em, baseline) = (l.em(), l.baseline_at(b[0]));
            (baseline - b[3]).abs() < 0.1 * em && (0.6 * em..0.85 * em).contains(&(b[3] - b[1]))
        })
    };
    let mut found: Vec<Piece> = Vec::new();
    for blob in blobs {
        let bbox = blob.bbox.map(|v| v as f32);
        let (w, h) = (bbox[2] - bbox[0], bbox[3] - bbox[1]);
        // A rule or a bar is no letter.
        if w > 1.2 * h || blob.fill() > 0.8 && w > 0.5 * h || blob.height() < 8 {
            continue;
        }
        let Some(line) = row(bbox) else { continue };
        if covered(bbox) {
            continue;
        }
        let em = lines[line].em();
        let beside = |p: &&mut Piece| {
            let gap = (bbox[0] - p.bbox[2]).max(p.bbox[0] - bbox[2]);
            p.what == What::Unread(line) && gap < 0.5 * em
        };
        match found.iter_mut().find(beside) {
            Some(piece) => piece.bbox = join(piece.bbox, bbox),
            None => found.push(Piece { what: What::Unread(line), bbox, em }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, left: f32, right: f32, confidence: f32) -> Word {
        Word { text: text.into(), bbox: [left, 100.0, right, 130.0], confidence }
    }

    /// Figures 22 pixels high on a baseline at 123: an em of 33.
    fn line(words: Vec<Word>) -> TextLine {
        TextLine {
            bbox: [words[0].bbox[0], 100.0, words[words.len() - 1].bbox[2], 130.0],
            baseline: [0.0, -7.0],
            height: 30.0,
            descenders: 7.0,
            ascenders: 7.0,
            words,
        }
    }

    fn blob(left: usize, top: usize, right: usize, bottom: usize) -> Blob {
        Blob { bbox: [left, top, right, bottom], ink: (right - left) * (bottom - top) / 2 }
    }

    fn read(words: Vec<Word>) -> Vec<TextLine> {
        vec![TextLine { words, ..TextLine::default() }]
    }

    #[test]
    fn doubtful_words_are_looked_at_again_and_only_they_change() {
        let mut lines = vec![
            line(vec![word("Minute", 10.0, 90.0, 0.96), word("B0H", 100.0, 150.0, 0.4)]),
            line(vec![word("sure", 10.0, 90.0, 0.96), word("—", 100.0, 110.0, 0.1)]),
        ];
        let pieces = pieces(&lines, &[]);
        assert_eq!(pieces.iter().map(|p| p.what).collect::<Vec<_>>(), [What::Line(0)]);
        let anew = read(vec![word("Minutes", 0.0, 9.0, 0.99), word("BOH", 10.0, 19.0, 0.9)]);
        better(&mut lines, &pieces, vec![anew]);
        let texts: Vec<&str> = lines[0].words.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(texts, ["Minute", "BOH"]);
        let worse = read(vec![word("x", 0.0, 9.0, 0.2)]);
        better(&mut lines, &pieces, vec![worse]);
        assert_eq!(lines[0].words.len(), 2, "nothing surer was read");
    }

    #[test]
    fn a_raised_ending_is_no_figure() {
        let mut lines = vec![line(vec![word("this", 10.0, 50.0, 0.96), word("224", 60.0, 104.0, 0.92)])];
        let ink =
            [blob(60, 100, 74, 123), blob(75, 100, 89, 123), blob(90, 101, 96, 112), blob(97, 99, 104, 112)];
        let pieces = pieces(&lines, &ink);
        assert_eq!(pieces.iter().map(|p| p.what).collect::<Vec<_>>(), [What::Base, What::Raised(0, 1)]);
        let anew = vec![read(vec![word("22", 0.0, 9.0, 0.9)]), read(vec![word("nd", 0.0, 9.0, 0.8)])];
        better(&mut lines, &pieces, anew);
        assert_eq!((lines[0].words[1].text.as_str(), lines[0].words[1].confidence), ("22nd", 0.8));
        for (misread, whole) in [("22™,", "22nd,"), ("22\"", "22nd")] {
            let mut other = word(misread, 60.0, 104.0, 0.9);
            set_ordinal(&mut other, "22", &word("nd", 0.0, 9.0, 0.8));
            assert_eq!(other.text, whole);
        }
        // Plain figures are none.
        let plain = [blob(60, 100, 74, 123), blob(75, 100, 89, 123), blob(90, 100, 104, 123)];
        assert_eq!(raised(&lines, &plain), []);
    }

    #[test]
    fn a_lone_figure_in_a_row_is_read() {
        let mut lines = vec![line(vec![word("Total", 10.0, 90.0, 0.96)])];
        let ink = [
            blob(300, 100, 313, 123),
            blob(12, 100, 25, 123),
            blob(400, 60, 413, 83),
            blob(500, 122, 590, 124),
        ];
        let pieces = pieces(&lines, &ink);
        assert_eq!(pieces.iter().map(|p| p.what).collect::<Vec<_>>(), [What::Unread(0)]);
        better(&mut lines, &pieces, vec![read(vec![word("3", 10.0, 27.0, 0.5)])]);
        assert_eq!(lines.len(), 1, "not sure enough");
        better(&mut lines, &pieces, vec![read(vec![word("3", 10.0, 27.0, 0.95)])]);
        assert_eq!((lines.len(), lines[1].words[0].text.as_str()), (2, "3"));
        let left = lines[1].words[0].bbox[0];
        assert!((295.0..310.0).contains(&left), "{left}");
    }
}
