//! What was read, as runs and rules of the page.

use super::need::Need;
use super::read::Reading;
use crate::model::{Font, Page, PageOcr, Rect, Ruling, TextRun, Turn, Visibility};
use crate::tesseract::{Tesseract, TextLine, Word};

/// Font size over the height of a line from descenders to ascenders.
const SIZE: f32 = 1.0;

/// Puts a reading on its page.
pub(super) fn on(page: &mut Page, need: Need, reading: Reading, reader: &Tesseract) {
    if need != Need::Picture {
        for run in &mut page.runs {
            if run.visibility == Visibility::Shown {
                run.visibility = Visibility::Replaced;
            }
        }
    }
    let upright = Upright::of(page, &reading);
    let font = page.fonts.len() as u16;
    page.fonts.push(Font { name: "OCR".into(), ..Font::default() });
    page.fonts.push(Font { name: "OCR-Bold".into(), bold: true, ..Font::default() });
    let normal = normal_stroke(&reading);
    let mut strokes = reading.strokes.iter();
    for line in &reading.lines {
        for (i, word) in line.words.iter().enumerate() {
            let stroke = strokes.next().copied().unwrap_or(0.0);
            let bold = normal.is_some_and(|n| stroke > 1.28 * n);
            page.runs.push(run(line, word, i > 0, font + u16::from(bold), &upright));
        }
    }
    page.graphics.rulings.extend(reading.rules.iter().map(|r| upright.rule(*r)));
    page.ocr = Some(PageOcr {
        engine: format!("tesseract {}", reader.version),
        confidence: reading.confidence().map(|c| (c * 1000.0).round() / 1000.0),
        words: reading.lines.iter().map(|l| l.words.len() as u32).sum(),
        resolution: reading.resolution.round(),
        turned: u16::from(reading.quarters) * 90,
        skew: (reading.slope.atan().to_degrees() * 100.0).round() / 100.0,
    });
}

/// The stroke of most of the page's letters, in pixels.
fn normal_stroke(reading: &Reading) -> Option<f32> {
    let words = reading.lines.iter().flat_map(|l| &l.words).zip(&reading.strokes);
    let mut strokes: Vec<(f32, usize)> =
        words.filter(|(_, s)| **s > 0.0).map(|(w, s)| (*s, w.text.chars().count())).collect();
    strokes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: usize = strokes.iter().map(|s| s.1).sum();
    let mut seen = 0;
    strokes
        .iter()
        .find(|(_, n)| {
            seen += n;
            seen * 2 >= total
        })
        .map(|s| s.0)
}

/// From pixels of the upright picture to points of the page as shown.
struct Upright {
    /// Points a pixel.
    scale: f32,
    /// Width and height in points.
    size: [f32; 2],
    /// How text stands on the page as shown.
    turn: Turn,
}

impl Upright {
    fn of(page: &Page, reading: &Reading) -> Upright {
        // A picture turned clockwise to be upright has text that reads upwards, and so on.
        let turn = Turn::from((4 - u16::from(reading.quarters)) % 4 * 90);
        let size = if reading.quarters % 2 == 1 { [page.size[1], page.size[0]] } else { page.size };
        Upright { scale: size[0] / reading.size[0].max(1.0), size, turn }
    }

    /// A box of the picture, on the page as shown.
    fn shown(&self, [left, top, right, bottom]: [f32; 4]) -> Rect {
        let s = self.scale;
        let back = Turn::from((360 - u16::from(self.turn)) % 360);
        back.upright(Rect::new(left * s, top * s, right * s, bottom * s), self.size)
    }

    fn rule(&self, (horizontal, at, start, end, width): (bool, f32, f32, f32, f32)) -> Ruling {
        let line = if horizontal { [start, at, end, at] } else { [at, start, at, end] };
        let b = self.shown(line);
        let horizontal = horizontal != matches!(self.turn, Turn::Left | Turn::Right);
        let (at, start, end) = if horizontal { (b.top, b.left, b.right) } else { (b.left, b.top, b.bottom) };
        Ruling { horizontal, at, start, end, width: width * self.scale, colour: 0 }
    }
}

/// A word as a run; one that follows another has the space before it.
fn run(line: &TextLine, word: &Word, follows: bool, font: u16, upright: &Upright) -> TextRun {
    let [left, _, right, _] = word.bbox;
    let baseline = line.baseline_at(f32::midpoint(left, right));
    let at = upright.shown([left, baseline, left, baseline]);
    let length = (right - left) * upright.scale;
    let shares: Vec<f32> = word.text.chars().map(breadth).collect();
    let unit = length / shares.iter().sum::<f32>().max(0.1);
    let (mut text, mut offsets, mut advances) = (String::new(), Vec::new(), Vec::new());
    if follows {
        text.push(' ');
        offsets.push(0.0);
        advances.push(0.0);
    }
    let mut along = 0.0;
    for (ch, share) in word.text.chars().zip(shares) {
        text.push(ch);
        offsets.push(along);
        advances.push(share * unit);
        along += share * unit;
    }
    TextRun {
        text,
        offsets,
        advances,
        origin: [at.left, at.top],
        angle: f32::from(u16::from(upright.turn)),
        size: line.height * SIZE * upright.scale,
        font,
        confidence: Some(word.confidence),
        ..TextRun::default()
    }
}

/// How broad a character is beside others, as in most text fonts.
fn breadth(ch: char) -> f32 {
    match ch {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '’' | '‘' => 0.25,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | '-' | '/' | '"' | '“' | '”' | '•' => 0.33,
        'm' | 'M' | 'W' | 'w' | '%' | '@' | '—' => 0.85,
        c if c.is_uppercase() => 0.68,
        _ => 0.53,
    }
}
