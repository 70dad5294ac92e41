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
const ALIKE_TITLES: [f32; 2] = [0.78, 1.12];
/// Stems this much thicker than those of most of the page are bold.
const BOLD: f32 = 1.2;
/// A word on its own must be bolder than that.
const BOLD_WORD: f32 = 1.32;
/// Capitals of the same weight are this much thicker than small letters.
const CAPITALS: f32 = 1.06;

/// The font sizes of a document, the most usual first.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    /// As measured, in points.
    known: Vec<f32>,
    /// How high letters stand beside how broad they are set, in most of the text.
    face: f32,
    /// By how much its letters look larger than their size says.
    looks: f32,
}

impl Sizes {
    /// Of all that was read.
    pub(super) fn of<'a>(readings: impl Iterator<Item = &'a Reading> + Clone) -> Sizes {
        let all = || readings.clone().flat_map(|r| r.lines.iter().map(move |l| (l, r.resolution.max(1.0))));
        let faces = all().filter_map(|(l, _)| Some((l.em() / breadth_of(l)?, l.chars()))).collect();
        let mut sizes = Sizes { known: Vec::new(), face: share(0.5, &sorted(faces)), looks: 1.0 };
        let mut lines: Vec<(f32, usize)> = all().map(|(l, r)| (sizes.measured(l, r), l.chars())).collect();
        while !lines.is_empty() {
            // The half point around which most characters stand.
            let weight = |size: f32| -> usize {
                lines.iter().filter(|(s, _)| (s / size - 1.0).abs() < 0.05).map(|(_, n)| n).sum()
            };
            let halves = lines.iter().map(|(s, _)| (s * 2.0).round().max(2.0) / 2.0);
            let best = halves.map(|s| (weight(s), s)).max_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
            let Some((_, size)) = best else { break };
            sizes.known.push(size);
            let before = lines.len();
            lines.retain(|(s, _)| !alike(*s, size, ALIKE));
            if lines.len() == before || sizes.known.len() >= 24 {
                break;
            }
        }
        if let Some(size) = sizes.known.first() {
            let pitch = readings.flat_map(|r| pitches(r, *size)).collect();
            sizes.looks = looks(*size, &sorted(pitch));
        }
        sizes
    }

    /// From how high its letters stand and from how broad they are set: each alone is off by a tenth at
    /// times, seldom both.
    fn measured(&self, line: &TextLine, resolution: f32) -> f32 {
        let em = line.em();
        let broad = breadth_of(line).filter(|_| self.face > 0.0).map(|b| b * self.face);
        broad.map_or(em, |b| (em * b.clamp(0.7 * em, 1.4 * em)).sqrt()) * 72.0 / resolution.max(1.0)
    }

    /// The size of a line, in points.
    pub(super) fn size(&self, line: &TextLine, bold: bool, resolution: f32) -> f32 {
        let size = self.measured(line, resolution);
        let small = line.words.iter().any(|w| w.text.chars().any(char::is_lowercase));
        let reach = if small && !bold { ALIKE } else { ALIKE_TITLES };
        let size = self.known.iter().copied().find(|s| alike(size, *s, reach)).unwrap_or(size);
        (size / self.looks.max(1.0) * 2.0).round() / 2.0
    }
}

/// From line to line of text of this size, in points, and the characters of the line.
fn pitches(reading: &Reading, size: f32) -> impl Iterator<Item = (f32, usize)> {
    let points = 72.0 / reading.resolution.max(1.0);
    reading.lines.windows(2).filter_map(move |w| {
        let step = (w[1].baseline_at(w[1].bbox[0]) - w[0].baseline_at(w[0].bbox[0])) * points;
        let aligned = (w[1].bbox[0] - w[0].bbox[0]).abs() * points < 0.5 * size;
        (aligned && step > 0.9 * size && step < 1.4 * size).then(|| (step, w[1].chars()))
    })
}

/// By how much letters look larger than their size, from the least pitch at which much of the text is
/// set: faces are made so that lines set solid stand at least this share of the size apart.
fn looks(size: f32, pitches: &[(f32, usize)]) -> f32 {
    const SOLID: f32 = 1.15;
    const MOST: f32 = 1.12;
    let solid = share(0.3, pitches);
    if solid > 0.0 { (size * SOLID / solid).clamp(1.0, MOST) } else { 1.0 }
}

fn sorted(mut measures: Vec<(f32, usize)>) -> Vec<(f32, usize)> {
    measures.sort_by(|a, b| a.0.total_cmp(&b.0));
    measures
}

/// The measure below which this share of the characters lies; 0 where there are none.
fn share(share: f32, sorted: &[(f32, usize)]) -> f32 {
    let total: usize = sorted.iter().map(|(_, n)| n).sum();
    let mut seen = 0;
    let found = sorted.iter().find(|(_, n)| {
        seen += n;
        seen as f32 >= share * total as f32
    });
    found.map_or(0.0, |(v, _)| *v)
}

fn alike(size: f32, known: f32, [least, most]: [f32; 2]) -> bool {
    (least..=most).contains(&(size / known))
}

/// What most of the text around a page weighs: its stems beside the font size, and beside the breadth of
/// its letters.
///
/// Neither alone tells weights of different faces apart: at one size a narrow face has thinner stems than
/// a broad one, and the size of a short line is not known well.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Weight {
    beside_size: f32,
    beside_breadth: f32,
}

/// As many characters tell what is normal on a page; with fewer its neighbours are asked.
const TELLING: usize = 600;
/// How many pages away.
const NEIGHBOURS: usize = 2;
/// Letters this much narrower than those of the text, for their height, are of another face.
const NARROWER: f32 = 1.12;
/// What that adds to their weight.
const OTHER_FACE: f32 = 1.07;
/// A fifth of the text is this much lighter than its middle: the page is set in two weights.
const TWO_WEIGHTS: f32 = 1.25;

impl Weight {
    /// For every page what is normal there.
    pub(super) fn normals(readings: &[Option<&Reading>]) -> Vec<Weight> {
        let all: Vec<Vec<(Weight, usize)>> =
            readings.iter().map(|r| r.map_or_else(Vec::new, |r| weights(r).collect())).collect();
        (0..all.len())
            .map(|i| {
                let mut near = all[i].clone();
                for reach in 1..=NEIGHBOURS {
                    if near.iter().map(|(_, n)| n).sum::<usize>() < TELLING {
                        let sides = [i.checked_sub(reach), Some(i + reach)].into_iter().flatten();
                        near.extend(sides.filter_map(|j| all.get(j)).flatten().copied());
                    }
                }
                let of = |part: fn(Weight) -> f32| {
                    normal(near.iter().map(|(w, n)| (part(*w), *n)).filter(|(v, _)| *v > 0.0).collect())
                };
                Weight { beside_size: of(|w| w.beside_size), beside_breadth: of(|w| w.beside_breadth) }
            })
            .collect()
    }

    /// How much heavier than normal; `None` where nothing is known.
    fn over(self, normal: Weight) -> Option<f32> {
        let size = (self.beside_size > 0.0 && normal.beside_size > 0.0)
            .then(|| self.beside_size / normal.beside_size)?;
        let breadth = (self.beside_breadth > 0.0 && normal.beside_breadth > 0.0)
            .then(|| self.beside_breadth / normal.beside_breadth);
        // A narrower face than that of the text is seldom set in text: there less tells.
        let other = breadth.is_some_and(|b| b > NARROWER * size);
        Some(breadth.map_or(size, |b| (size * b).sqrt()) * if other { OTHER_FACE } else { 1.0 })
    }
}

/// What each word of a page weighs, and its characters.
fn weights(reading: &Reading) -> impl Iterator<Item = (Weight, usize)> {
    let lines = reading.lines.iter().flat_map(|l| {
        let per_em = l.em() / breadth_of(l).unwrap_or(f32::INFINITY);
        l.words.iter().map(move |w| (per_em, w))
    });
    lines.zip(&reading.stems).map(|((per_em, w), stem)| {
        (Weight { beside_size: *stem, beside_breadth: stem * per_em }, w.text.chars().count())
    })
}

/// How broad the letters of a line are set, in pixels for an em of a usual face.
fn breadth_of(line: &TextLine) -> Option<f32> {
    // A word's box ends with the ink of its last letter, not with the space that belongs to it.
    const SIDES: f32 = 0.06;
    let long = || line.words.iter().filter(|w| w.text.chars().nth(1).is_some());
    let ink: f32 = long().map(|w| w.bbox[2] - w.bbox[0]).sum();
    let usual: f32 = long().map(|w| w.text.chars().map(breadth).sum::<f32>() - SIDES).sum();
    (ink > 0.0 && usual > 0.0).then(|| ink / usual)
}

/// The normal one of some measures: the middle one, or where a good part is much lighter, the middle of
/// that part.
fn normal(measures: Vec<(f32, usize)>) -> f32 {
    let measures = sorted(measures);
    let (light, middle) = (share(0.2, &measures), share(0.5, &measures));
    if middle > TWO_WEIGHTS * light {
        let between = (light * middle).sqrt();
        return share(0.5, &measures[..measures.partition_point(|(v, _)| *v < between)]);
    }
    middle
}

/// How broad a character is, as a share of the size, in the commonest text faces.
pub(super) fn breadth(ch: char) -> f32 {
    match ch {
        'i' | 'j' | 'l' | '\'' | '|' | '’' | '‘' => 0.22,
        'f' | 't' | 'I' | '.' | ',' | ':' | ';' | '!' | '/' => 0.28,
        'r' | '(' | ')' | '[' | ']' | '-' | '"' | '“' | '”' | '•' => 0.33,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 0.5,
        'w' | 'C' | 'D' | 'H' | 'N' | 'R' | 'U' => 0.72,
        'G' | 'O' | 'Q' => 0.78,
        'm' | 'M' => 0.83,
        'W' | '%' | '@' | '—' => 0.93,
        'F' | 'L' | 'T' | 'Z' => 0.59,
        c if c.is_uppercase() || c == '&' => 0.67,
        _ => 0.556,
    }
}

/// Which words of a page are bold, line by line.
pub(super) fn bold(reading: &Reading, normal: Weight) -> Vec<bool> {
    let mut out = Vec::with_capacity(reading.stems.len());
    let ratios: Vec<Option<f32>> = weights(reading).map(|(w, _)| w.over(normal)).collect();
    let mut rest = ratios.as_slice();
    for line in &reading.lines {
        let (own, after) = rest.split_at(line.words.len().min(rest.len()));
        rest = after;
        out.extend(bold_of(line, own));
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
    // Of two weights in a line the lighter is no bold one, if it could be either.
    let parting = if least < BOLD_WORD && most > BOLD_WORD * least { (least * most).sqrt() } else { BOLD };
    let parting = parting.max(BOLD);
    let mut bold: Vec<Option<bool>> = sure.iter().map(|r| r.map(|r| r > parting)).collect();
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
    fn letters_of_a_large_face_are_measured_by_their_pitch() {
        // Letters as high as those of 13 points in most faces, but set on a pitch of 14.
        let mut reading = Reading { resolution: 72.0, ..Reading::default() };
        for i in 0..6 {
            let mut l = line(9.5, &["Paragraphs", "of", "text"]);
            l.bbox = [0.0, 14.0 * i as f32, 100.0, 14.0 * i as f32 + 9.5];
            reading.lines.push(l);
        }
        let sizes = Sizes::of([&reading].into_iter());
        assert_eq!(sizes.size(&reading.lines[0], false, 72.0), 12.0);
    }

    #[test]
    fn bold_words_are_told_by_their_stems() {
        let words = ["PRESENT:", "J", "Councillor", "Davison", "and", "others", "there", "too"];
        let stems = vec![0.22, 0.15, 0.15, 0.18, 0.151, 0.149, 0.15, 0.152];
        let reading = Reading { lines: vec![line(24.0, &words)], stems, ..Reading::default() };
        let [normal] = Weight::normals(&[Some(&reading)])[..] else { panic!("a page") };
        assert_eq!(bold(&reading, normal), [true, true, false, false, false, false, false, false]);
        // Words beside a label that are a little heavy themselves.
        assert_eq!(
            bold_of(&line(24.0, &["Venue:", "Mandela", "Room"]), &[Some(1.73), Some(1.21), Some(1.21)]),
            [true, false, false]
        );
    }

    #[test]
    fn weight_is_told_over_faces_and_on_pages_with_much_bold() {
        let reading = |stem: f32, right: f32| {
            let mut l = line(24.0, &["Paragraphs", "of", "longer", "words"]);
            for (i, w) in l.words.iter_mut().enumerate() {
                w.bbox = [200.0 * i as f32, 0.0, 200.0 * i as f32 + right * w.text.len() as f32, 24.0];
            }
            Reading { resolution: 200.0, lines: vec![l; 8], stems: vec![stem; 32], ..Reading::default() }
        };
        let text = reading(0.15, 18.0);
        let [normal] = Weight::normals(&[Some(&text)])[..] else { panic!("a page") };
        assert!(bold(&text, normal).iter().all(|b| !b));
        // A narrow face: its bold stems are hardly thicker than those of the text.
        assert!(bold(&reading(0.175, 15.0), normal).iter().all(|b| *b));
        // A page half of which is bold.
        let mut two = text.clone();
        two.lines.extend(reading(0.15, 18.0).lines);
        two.stems.extend(vec![0.22; 32]);
        let [normal] = Weight::normals(&[Some(&two)])[..] else { panic!("a page") };
        let found = bold(&two, normal);
        assert!(found[..32].iter().all(|b| !b) && found[32..].iter().all(|b| *b));
    }
}
