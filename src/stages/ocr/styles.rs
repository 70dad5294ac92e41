//! Sizes and weights: what the letters of a document measure, told from what they are set in.
//!
//! A line's height is only known to a tenth, and type has few sizes: what is near the size of most of
//! the text is of that size. Stems are compared with those of most of the page.

use super::Reading;
use crate::tesseract::TextLine;

/// Lines this much smaller or larger than a known size are of that size.
const ALIKE: [f32; 2] = [0.87, 1.10];
/// The same for lines in capitals or bold: titles are often set in another face, whose letters are as
/// much lower or higher at the same size.
const ALIKE_TITLES: [f32; 2] = [0.80, 1.12];
/// Stems this much thicker than those of most of the page are bold.
const BOLD: f32 = 1.2;
/// A word on its own must be bolder than that.
const BOLD_WORD: f32 = 1.32;
/// Capitals of the same weight are this much thicker than small letters.
const CAPITALS: f32 = 1.06;

/// The font sizes of a document, in points, the most usual first.
#[derive(Debug, Default)]
pub(super) struct Sizes(Vec<f32>);

impl Sizes {
    /// Of all that was read.
    pub(super) fn of<'a>(readings: impl Iterator<Item = &'a Reading>) -> Sizes {
        let mut lines: Vec<(f32, usize)> = readings
            .flat_map(|r| r.lines.iter().map(|l| (l.em() * 72.0 / r.resolution.max(1.0), l.chars())))
            .collect();
        let mut sizes = Vec::new();
        while !lines.is_empty() {
            // The half point around which most characters stand.
            let weight = |size: f32| -> usize {
                lines.iter().filter(|(s, _)| (s / size - 1.0).abs() < 0.05).map(|(_, n)| n).sum()
            };
            let halves = lines.iter().map(|(s, _)| (s * 2.0).round().max(2.0) / 2.0);
            let best = halves.map(|s| (weight(s), s)).max_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
            let Some((_, size)) = best else { break };
            sizes.push(size);
            let before = lines.len();
            lines.retain(|(s, _)| !alike(*s, size, ALIKE));
            if lines.len() == before || sizes.len() >= 24 {
                break;
            }
        }
        Sizes(sizes)
    }

    /// The size of a line, in points.
    pub(super) fn size(&self, line: &TextLine, bold: bool, resolution: f32) -> f32 {
        let size = line.em() * 72.0 / resolution.max(1.0);
        let small = line.words.iter().any(|w| w.text.chars().any(char::is_lowercase));
        let reach = if small && !bold { ALIKE } else { ALIKE_TITLES };
        self.0.iter().copied().find(|s| alike(size, *s, reach)).unwrap_or((size * 2.0).round() / 2.0)
    }
}

fn alike(size: f32, known: f32, [least, most]: [f32; 2]) -> bool {
    (least..=most).contains(&(size / known))
}

/// Which words of a page are bold, line by line.
pub(super) fn bold(reading: &Reading) -> Vec<bool> {
    let mut out = Vec::with_capacity(reading.stems.len());
    let normal = normal_stem(reading);
    let mut first = 0;
    for line in &reading.lines {
        let stems = reading.stems.get(first..first + line.words.len()).unwrap_or_default();
        first += line.words.len();
        let ratios: Vec<Option<f32>> =
            stems.iter().map(|s| (*s > 0.0 && normal > 0.0).then(|| s / normal)).collect();
        out.extend(bold_of(line, &ratios));
    }
    out
}

/// Words of a line: short ones and single ones go with their neighbours, whose stems tell more.
fn bold_of(line: &TextLine, ratios: &[Option<f32>]) -> Vec<bool> {
    let count = |t: &str, is: fn(char) -> bool| t.chars().filter(|c| is(*c)).count();
    let sure: Vec<Option<f32>> = line
        .words
        .iter()
        .zip(ratios)
        .map(|(w, ratio)| {
            let capitals = count(&w.text, char::is_lowercase) == 0;
            let tells = count(&w.text, char::is_alphanumeric) >= 3;
            ratio.filter(|_| tells).map(|r| if capitals { r / CAPITALS } else { r })
        })
        .collect();
    let known: Vec<f32> = sure.iter().flatten().copied().collect();
    let known = if known.is_empty() { ratios.iter().flatten().copied().collect() } else { known };
    let mean = known.iter().sum::<f32>() / known.len().max(1) as f32;
    let least = known.iter().copied().fold(f32::MAX, f32::min);
    let most = known.iter().copied().fold(0.0, f32::max);
    // A line whose words differ little is of one weight.
    if least > 0.8 * mean && most < 1.2 * mean {
        return vec![mean > BOLD && !known.is_empty(); ratios.len()];
    }
    let mut bold: Vec<Option<bool>> = sure.iter().map(|r| r.map(|r| r > BOLD)).collect();
    let beside = |bold: &[Option<bool>], i: usize| {
        let before = bold[..i].iter().rev().find_map(|b| *b);
        let after = bold.get(i + 1..).and_then(|rest| rest.iter().find_map(|b| *b));
        (before.or(after), after.or(before))
    };
    // One word that differs from both sides must differ by more.
    let own = bold.clone();
    for (i, word) in bold.iter_mut().enumerate() {
        let (Some(mine), Some(ratio)) = (own[i], sure[i]) else { continue };
        let (before, after) = beside(&own, i);
        let clear = if mine { ratio > BOLD_WORD } else { ratio < 1.08 };
        if !clear && before == Some(!mine) && after == Some(!mine) {
            *word = Some(!mine);
        }
    }
    (0..bold.len()).map(|i| bold[i].or(beside(&bold, i).0).unwrap_or(false)).collect()
}

/// The stem of most of the page's letters.
fn normal_stem(reading: &Reading) -> f32 {
    let words = reading.lines.iter().flat_map(|l| &l.words).zip(&reading.stems);
    let mut stems: Vec<(f32, usize)> =
        words.filter(|(_, s)| **s > 0.0).map(|(w, s)| (*s, w.text.chars().count())).collect();
    stems.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: usize = stems.iter().map(|s| s.1).sum();
    let mut seen = 0;
    let middle = stems.iter().find(|(_, n)| {
        seen += n;
        seen * 2 >= total
    });
    middle.map_or(0.0, |s| s.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tesseract::Word;

    fn line(height: f32, words: &[&str]) -> TextLine {
        let words = words.iter().map(|t| Word { text: (*t).into(), ..Word::default() }).collect();
        TextLine { height, words, ..TextLine::default() }
    }

    #[test]
    fn sizes_that_differ_by_measure_alone_are_one() {
        let lines = [24.0, 24.6, 23.4, 24.1, 24.3].map(|h| line(h, &["Paragraphs", "of", "text"]));
        let mut reading = Reading { resolution: 200.0, lines: lines.to_vec(), ..Reading::default() };
        reading.lines.push(line(32.0, &["Title"]));
        let sizes = Sizes::of([&reading].into_iter());
        let found: Vec<f32> = reading.lines.iter().map(|l| sizes.size(l, false, 200.0)).collect();
        assert_eq!(found, [12.0, 12.0, 12.0, 12.0, 12.0, 16.0]);
    }

    #[test]
    fn bold_words_are_told_by_their_stems() {
        let words = ["PRESENT:", "J", "Councillor", "Davison", "and", "others", "there", "too"];
        let stems = vec![0.22, 0.15, 0.15, 0.18, 0.151, 0.149, 0.15, 0.152];
        let reading = Reading { lines: vec![line(24.0, &words)], stems, ..Reading::default() };
        assert_eq!(bold(&reading), [true, true, false, false, false, false, false, false]);
    }
}
