//! What was read, as runs and rules of the page.

use super::need::Need;
use super::read::Reading;
use super::styles::{self, Sizes, Weight, breadth};
use crate::model::{Fill, Font, Page, PageOcr, Rect, Ruling, TextRun, Turn, Visibility};
use crate::tesseract::{TextLine, Word};

/// Puts a reading on its page.
pub(super) fn on(
    page: &mut Page,
    need: Need,
    reading: &Reading,
    (sizes, normal): (&Sizes, Weight),
    version: &str,
) {
    if need != Need::Picture {
        for run in &mut page.runs {
            if run.visibility == Visibility::Shown {
                run.visibility = Visibility::Replaced;
            }
        }
    }
    let upright = Upright::of(page, reading);
    let font = page.fonts.len() as u16;
    page.fonts.push(Font { name: "OCR".into(), ..Font::default() });
    page.fonts.push(Font { name: "OCR-Bold".into(), bold: true, ..Font::default() });
    let bold = styles::bold(reading, normal);
    let mut bold = bold.as_slice();
    for line in &reading.lines {
        let (own, rest) = bold.split_at(line.words.len().min(bold.len()));
        bold = rest;
        if is_noise(line) {
            *page.dropped.entry("ocr_noise".into()).or_default() += line.chars() as u32;
            continue;
        }
        let size = sizes.size(line, own.iter().all(|b| *b), reading.resolution);
        // A word ends before the next begins, whatever their slanted or hanging letters do.
        let space = 0.2 * line.em();
        for (i, word) in line.words.iter().enumerate() {
            let font = font + u16::from(own.get(i) == Some(&true));
            let end = line.words.get(i + 1).map_or(f32::MAX, |next| next.bbox[0] - space);
            let run = run(line, word, end, i > 0, &upright);
            page.runs.push(TextRun { size, font, ..run });
        }
    }
    page.graphics.rulings.extend(reading.rules.iter().map(|r| upright.rule(*r)));
    page.graphics.fills.extend(
        reading
            .shades
            .iter()
            .map(|(bbox, grey)| Fill { bbox: upright.shown(*bbox), colour: u32::from(*grey) * 0x01_01_01 }),
    );
    page.ocr = Some(PageOcr {
        engine: format!("tesseract {version}"),
        confidence: reading.confidence().map(|c| (c * 1000.0).round() / 1000.0),
        words: reading.lines.iter().map(|l| l.words.len() as u32).sum(),
        ink: (reading.ink * 1e4).round() / 1e4,
        resolution: reading.resolution.round(),
        turned: u16::from(reading.quarters) * 90,
        skew: (reading.slope.atan().to_degrees() * 100.0).round() / 100.0,
    });
}

/// Lines read with less confidence are specks, pictures and scrawls.
const NOISE: f32 = 0.35;

/// Whether a line is no text at all, by the confidence of its words.
fn is_noise(line: &TextLine) -> bool {
    // The longer a word, the less sure: a web address is no speck.
    if line.words.iter().any(|w| w.text.chars().filter(|c| c.is_alphanumeric()).count() > 6) {
        return false;
    }
    let sum: f32 = line.words.iter().map(|w| w.confidence * w.text.chars().count() as f32).sum();
    sum < NOISE * line.chars() as f32
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
fn run(line: &TextLine, word: &Word, end: f32, follows: bool, upright: &Upright) -> TextRun {
    let [left, _, right, _] = word.bbox;
    let right = if end > left { right.min(end) } else { right };
    // One for all words: a bullet a hair under its line would follow it.
    let baseline = line.baseline_at(f32::midpoint(line.bbox[0], line.bbox[2]));
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
        confidence: Some(word.confidence),
        ..TextRun::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(quarters: u8) -> Reading {
        let word = |text: &str, left: f32, right: f32| Word {
            text: text.into(),
            bbox: [left, 80.0, right, 110.0],
            confidence: 0.9,
        };
        let line = TextLine {
            bbox: [100.0, 80.0, 300.0, 110.0],
            height: 30.0,
            descenders: 6.0,
            words: vec![word("and", 100.0, 150.0), word("Jam", 149.0, 200.0)],
            ..TextLine::default()
        };
        Reading {
            size: if quarters % 2 == 1 { [2000.0, 1000.0] } else { [1000.0, 2000.0] },
            quarters,
            resolution: 72.0,
            lines: vec![line],
            rules: vec![(true, 120.0, 100.0, 300.0, 2.0)],
            ..Reading::default()
        }
    }

    fn placed(quarters: u8) -> Page {
        let mut page = Page { size: [1000.0, 2000.0], ..Page::default() };
        let reading = reading(quarters);
        let sizes = Sizes::of([&reading].into_iter());
        on(&mut page, Need::Picture, &reading, (&sizes, Weight::default()), "5.3.0");
        page
    }

    #[test]
    fn words_stand_where_they_were_read() {
        let page = placed(0);
        let [and, jam] = &page.runs[..] else { panic!("two words") };
        assert_eq!((and.origin, and.angle, and.confidence), ([100.0, 110.0], 0.0, Some(0.9)));
        assert_eq!((and.text.as_str(), jam.text.as_str()), ("and", " Jam"));
        let end = and.offsets[2] + and.advances[2];
        assert!(end < 48.0, "a word ends before the next: {end}");
        assert_eq!((jam.offsets.len(), jam.advances.len()), (4, 4));
    }

    #[test]
    fn a_sheet_on_its_side_has_its_words_on_their_side() {
        // Turned clockwise to be upright: on the page as shown its lines run upwards from the bottom left.
        let page = placed(1);
        assert_eq!((page.runs[0].origin, page.runs[0].angle), ([110.0, 1900.0], 270.0));
        let rule = page.graphics.rulings[0];
        assert_eq!((rule.horizontal, rule.at, rule.start.min(rule.end)), (false, 120.0, 1700.0));
        assert_eq!((placed(2).runs[0].origin, placed(2).runs[0].angle), ([900.0, 1890.0], 180.0));
        assert_eq!((placed(3).runs[0].origin, placed(3).runs[0].angle), ([890.0, 100.0], 90.0));
    }

    #[test]
    fn specks_are_dropped_and_counted() {
        let mut reading = reading(0);
        for word in &mut reading.lines[0].words {
            word.confidence = 0.1;
        }
        let mut page = Page { size: [1000.0, 2000.0], ..Page::default() };
        on(&mut page, Need::Picture, &reading, (&Sizes::default(), Weight::default()), "5.3.0");
        assert!(page.runs.is_empty());
        assert_eq!(page.dropped["ocr_noise"], 6);
    }
}
