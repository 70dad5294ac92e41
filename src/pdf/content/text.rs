//! Text operators: from codes to runs on the page.

use super::Interpreter;
use super::lexer::Item;
use super::state::State;
use crate::model::{Rect, TextRun, Visibility};
use crate::pdf::fonts::Glyph;
use crate::pdf::matrix::Matrix;

/// Share of the font size above the baseline at which a letter is looked for under clips and fills.
const LOOK: f32 = 0.25;
/// What a run and each of its letters take in memory, about.
const RUN_BYTES: usize = 240;
const LETTER_BYTES: usize = 10;
/// How near two colours are that no eye parts, by channel.
const SAME_COLOUR: u32 = 6;

/// The text and line matrices of a text object.
#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub(super) text: Matrix,
    pub(super) line: Matrix,
}

impl Default for Pen {
    fn default() -> Self {
        Pen { text: Matrix::IDENTITY, line: Matrix::IDENTITY }
    }
}

impl Pen {
    /// Begins a line at an offset from the one before.
    pub(super) fn next_line(&mut self, x: f64, y: f64) {
        self.line = Matrix::shift(x, y).then(&self.line);
        self.text = self.line;
    }

    /// Sets both matrices.
    pub(super) fn set(&mut self, m: [f64; 6]) {
        self.line = Matrix(m);
        self.text = self.line;
    }
}

impl<'d> Interpreter<'d, '_> {
    /// Shows the strings of one operator, with the numbers between them, as one run.
    pub(super) fn show(&mut self, state: &State<'d>, pen: &mut Pen, items: &[Item<'_>], unpacked: &[u8]) {
        // Most runs only lengthen the one before, so that one set of buffers serves them all.
        let mut run = std::mem::take(&mut self.shown);
        if self.collect(state, pen, items, unpacked, &mut run) {
            self.finish_run(state, &mut run);
        }
        self.shown = run;
    }

    /// Reads the glyphs of a run and moves the pen behind them. Gives whether there is anything to keep.
    fn collect(
        &mut self,
        state: &State<'d>,
        pen: &mut Pen,
        items: &[Item<'_>],
        unpacked: &[u8],
        run: &mut TextRun,
    ) -> bool {
        let text = &state.text;
        let Some(font) = &text.font else {
            self.unreadable(items, unpacked);
            return false;
        };
        self.damage.font |= font.damaged;
        let to_page = pen.text.then(&state.ctm);
        let glyph_space =
            Matrix([text.size * text.stretch, 0.0, 0.0, text.size, 0.0, text.rise]).then(&to_page);
        let level = font.is_horizontal();
        let width = glyph_space.x_scale();
        let drawable = glyph_space.is_finite() && width > 1e-6 && glyph_space.area() > 1e-9;
        // Text space units along the writing direction to points along the run.
        let [along_x, along_y, _, _, start_x, start_y] = glyph_space.0;
        let (unit, em, direction) = if level {
            let sign = (text.size * text.stretch).signum();
            (to_page.x_scale() * sign, width, (along_x, along_y))
        } else {
            let [_, _, tc, td, ..] = to_page.0;
            (tc.hypot(td), tc.hypot(td) * text.size.abs(), (-tc, -td))
        };
        run.text.clear();
        run.offsets.clear();
        run.advances.clear();
        run.origin = [start_x as f32, start_y as f32];
        run.angle = angle(direction);
        run.size = (glyph_space.area() / width.max(1e-9) * font.em) as f32;
        run.mcid = self.marks.mcid();
        run.artifact = self.marks.artifact();
        run.depth = self.depth;
        run.visibility = Visibility::Shown;

        let mut pos = 0.0_f64;
        for item in items {
            let Some(bytes) = item.codes(unpacked) else {
                if let Item::Number(n) = item {
                    let step = -n / 1000.0 * text.size;
                    pos += if level { step * text.stretch } else { -step };
                }
                continue;
            };
            let mut at = 0;
            while at < bytes.len() {
                let (code, length) = font.next_code(bytes, at);
                at += length;
                if self.budget.glyph().is_none() {
                    break;
                }
                let space = if length == 1 && code == 32 { text.word_space } else { 0.0 };
                let added = text.char_space + space;
                pos += font.glyph(code, |glyph| {
                    push_letters(run, glyph, (pos * unit) as f32, (glyph.width * em) as f32);
                    let step = glyph.width * text.size;
                    if level { (step + added) * text.stretch } else { step - added }
                });
            }
        }
        let (dx, dy) = if level { (pos, 0.0) } else { (0.0, -pos) };
        if pos.is_finite() {
            pen.text = Matrix::shift(dx, dy).then(&pen.text);
        }
        if run.text.is_empty() {
            return false;
        }
        if !drawable || !run.offsets.iter().all(|o| o.is_finite()) {
            let letters = run.text.chars().filter(|c| !c.is_whitespace()).count() as u32;
            *self.page.dropped.entry("no_size".into()).or_default() += letters;
            return false;
        }
        true
    }

    /// Says how a run is seen, and adds it.
    fn finish_run(&mut self, state: &State<'d>, run: &mut TextRun) {
        let text = &state.text;
        let Some(font) = &text.font else { return };
        if self.budget.keep(RUN_BYTES + LETTER_BYTES * run.offsets.len()).is_none() {
            return;
        }
        run.font = self.font_index(font);
        let stroked = matches!(text.mode, 1 | 5);
        let paint = if stroked { &state.stroke } else { &state.fill };
        run.colour = paint.rgb;
        if self.marks.hidden() {
            run.visibility = Visibility::LayerOff;
        } else if matches!(text.mode, 3 | 7) || paint.alpha <= 0.0 {
            run.visibility = Visibility::Invisible;
        } else {
            self.push_seen(run, state.clip, paint.pattern);
            return;
        }
        self.push(run);
    }

    /// Adds a run, cut where the clip or the page's edge hides a part of it.
    fn push_seen(&mut self, run: &mut TextRun, clip: Rect, pattern: bool) {
        let sheet = Rect::new(0.0, 0.0, self.page.size[0], self.page.size[1]);
        let clip = clip.grown(0.5);
        let (sin, cos) = if run.angle == 0.0 { (0.0, 1.0) } else { run.angle.to_radians().sin_cos() };
        let lift = run.size * LOOK;
        let [x, y] = run.origin;
        let at = |along: f32| (x + along * cos + lift * sin, y + along * sin - lift * cos);
        let seen = |along: f32| {
            let (x, y) = at(along);
            if !sheet.contains_point(x, y) {
                Visibility::OffPage
            } else if !clip.contains_point(x, y) {
                Visibility::Clipped
            } else {
                Visibility::Shown
            }
        };
        let mut middles = run.offsets.iter().zip(&run.advances).map(|(o, a)| o + a / 2.0);
        // What lies under the middle of the ink; spaces may reach out of a cell.
        let first_half = run.text.chars().zip(middles.clone()).take(run.offsets.len() / 2 + 1);
        let ground = first_half.filter(|(c, _)| !c.is_whitespace()).last().map(|(_, along)| along);
        // Sheet and clip have no hollows: what shows both ends shows all between.
        let ends = middles.clone().fold((f32::MAX, f32::MIN), |(a, b), m| (a.min(m), b.max(m)));
        let whole = seen(ends.0) == Visibility::Shown && seen(ends.1) == Visibility::Shown;
        let first =
            if whole { Visibility::Shown } else { middles.clone().next().map_or(Visibility::Shown, seen) };
        if whole || middles.all(|m| seen(m) == first) {
            run.visibility = first;
            if first == Visibility::Shown
                && !pattern
                && let Some(along) = ground
                && self.covered.hides(run.colour, at(along))
            {
                run.visibility = Visibility::NoContrast;
            }
            self.push(run);
            return;
        }
        let middles = run.offsets.iter().zip(&run.advances).map(|(o, a)| o + a / 2.0);
        let fates: Vec<Visibility> = middles.map(seen).collect();
        let letters: Vec<char> = run.text.chars().collect();
        let mut from = 0;
        while let Some(fate) = fates.get(from).copied() {
            let to = (from..fates.len())
                .find(|i| fates[*i] != fate && !letters.get(*i).is_some_and(|c| c.is_whitespace()))
                .unwrap_or(fates.len());
            let base = run.offsets[from];
            self.page.runs.push(TextRun {
                text: letters.get(from..to).unwrap_or_default().iter().collect(),
                offsets: run.offsets[from..to].iter().map(|o| o - base).collect(),
                advances: run.advances[from..to].to_vec(),
                origin: [run.origin[0] + base * cos, run.origin[1] + base * sin],
                visibility: fate,
                ..run.clone()
            });
            from = to;
        }
    }

    /// Adds a run, to the run before it where that goes on in the same style on the same baseline.
    ///
    /// Some producers show every glyph by itself: offsets within one run say the same in less space.
    fn push(&mut self, run: &TextRun) {
        let free = self.page.runs.len() > self.marks.first_replaced();
        let joined = free && self.page.runs.last_mut().is_some_and(|last| continues(last, run));
        if !joined {
            self.page.runs.push(run.clone());
        }
    }

    /// Counts the bytes of text whose font cannot be read.
    fn unreadable(&mut self, items: &[Item<'_>], unpacked: &[u8]) {
        let bytes: usize = items.iter().filter_map(|i| i.codes(unpacked)).map(<[u8]>::len).sum();
        if bytes > 0 {
            *self.page.dropped.entry("no_font".into()).or_default() += bytes as u32;
        }
    }
}

/// The direction of a baseline in degrees. A hair's breadth of rounding is no turn.
fn angle((x, y): (f64, f64)) -> f32 {
    if y == 0.0 && x > 0.0 {
        return y as f32;
    }
    let angle = (y.atan2(x).to_degrees() as f32).rem_euclid(360.0);
    (angle * 100.0).round() / 100.0 % 360.0
}

/// Joins `next` to `last` where it goes on from it. Gives whether it did.
fn continues(last: &mut TextRun, next: &TextRun) -> bool {
    let same = last.font == next.font
        && last.size == next.size
        && last.angle == next.angle
        && last.colour == next.colour
        && last.visibility == next.visibility
        && last.mcid == next.mcid
        && last.artifact == next.artifact
        && last.depth == next.depth;
    if !same {
        return false;
    }
    let (dx, dy) = (next.origin[0] - last.origin[0], next.origin[1] - last.origin[1]);
    let (sin, cos) = if last.angle == 0.0 { (0.0, 1.0) } else { last.angle.to_radians().sin_cos() };
    let (along, across) = (dx * cos + dy * sin, dy * cos - dx * sin);
    let end = last.offsets.last().zip(last.advances.last()).map_or(0.0, |(o, a)| o + a);
    let gap = along - end;
    if across.abs() > 0.01 * last.size || gap < -0.2 * last.size || gap > last.size {
        return false;
    }
    last.text.push_str(&next.text);
    last.offsets.extend(next.offsets.iter().map(|o| o + along));
    last.advances.extend_from_slice(&next.advances);
    true
}

/// Adds a glyph's letters, which share its advance evenly.
fn push_letters(run: &mut TextRun, glyph: &Glyph, offset: f32, advance: f32) {
    if let Some(letter) = glyph.letter {
        run.text.push(letter);
        run.offsets.push(offset);
        run.advances.push(advance);
        return;
    }
    let count = glyph.text.chars().count().max(1);
    let each = advance / count as f32;
    run.text.push_str(&glyph.text);
    for i in 0..count {
        run.offsets.push(offset + each * i as f32);
        run.advances.push(each);
    }
}

/// What has been painted so far, to tell what lies behind text.
#[derive(Default)]
pub(super) struct Covered {
    boxes: Vec<(Rect, Option<u32>)>,
    /// The colours among them, each once.
    colours: Vec<u32>,
}

/// Boxes remembered; past that, text counts as shown.
const COVERS: usize = 4_000;
/// Boxes smaller than this on a side have no colour of their own.
const SMALL: f32 = 4.0;

impl Covered {
    /// Remembers a box; `None` is paint of no single colour. A thin box is only a strip of what lies
    /// behind text, or a line through it.
    pub(super) fn add(&mut self, bbox: Rect, colour: Option<u32>) {
        let large = bbox.width() > SMALL && bbox.height() > SMALL;
        if self.boxes.len() <= COVERS {
            let colour = colour.filter(|_| large);
            self.boxes.push((bbox, colour));
            if let Some(c) = colour.filter(|c| self.colours.last() != Some(c) && !self.colours.contains(c)) {
                self.colours.push(c);
            }
        }
    }

    /// Whether text of this colour at this place has the colour of its ground.
    fn hides(&self, colour: u32, (x, y): (f32, f32)) -> bool {
        const PAPER: u32 = 0xFF_FF_FF;
        let possible = near(colour, PAPER) || self.colours.iter().any(|c| near(*c, colour));
        if !possible || self.boxes.len() > COVERS {
            return false;
        }
        match self.boxes.iter().rev().find(|(b, _)| b.contains_point(x, y)) {
            Some((_, ground)) => ground.is_some_and(|g| near(g, colour)),
            None => near(colour, PAPER),
        }
    }
}

fn near(a: u32, b: u32) -> bool {
    [16, 8, 0].iter().all(|s| (a >> s & 0xFF).abs_diff(b >> s & 0xFF) <= SAME_COLOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyphs_shown_one_by_one_are_one_run() {
        let glyph = |c: &str, x: f32| TextRun {
            text: c.into(),
            offsets: vec![0.0],
            advances: vec![5.0],
            origin: [x, 10.0],
            size: 10.0,
            ..TextRun::default()
        };
        let mut run = glyph("a", 0.0);
        assert!(continues(&mut run, &glyph("b", 5.0)));
        assert!(continues(&mut run, &glyph("c", 13.0)));
        assert_eq!((run.text.as_str(), run.offsets.as_slice()), ("abc", [0.0, 5.0, 13.0].as_slice()));
        assert!(!continues(&mut run, &glyph("far", 60.0)));
        assert!(!continues(&mut run, &glyph("back", 0.0)), "struck again, or the next line");
        assert!(!continues(&mut run, &TextRun { origin: [18.0, 9.0], ..glyph("raised", 0.0) }));
    }

    #[test]
    fn white_text_needs_a_ground() {
        let mut covered = Covered::default();
        assert!(covered.hides(0xFF_FF_FF, (10.0, 10.0)), "white on paper");
        assert!(!covered.hides(0, (10.0, 10.0)));
        covered.add(Rect::new(0.0, 0.0, 50.0, 50.0), Some(0x00_20_60));
        assert!(!covered.hides(0xFF_FF_FF, (10.0, 10.0)), "white on blue");
        covered.add(Rect::new(0.0, 0.0, 50.0, 50.0), None);
        assert!(!covered.hides(0x00_20_60, (10.0, 10.0)), "on a picture");
    }
}
