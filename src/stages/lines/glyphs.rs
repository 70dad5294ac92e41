//! Runs into glyphs of one reading direction, in the upright frame of that direction.

use crate::model::{Font, Page, TextRun, Turn, Visibility};

/// One character with its place on its baseline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    pub ch: char,
    pub left: f32,
    pub right: f32,
    pub baseline: f32,
    pub size: f32,
    /// Index into the page's runs.
    pub run: u32,
    /// A space stands before it in the run.
    pub spaced: bool,
}

/// Glyphs that read in one direction and share their visibility.
#[derive(Debug)]
pub(super) struct Group {
    pub turn: Turn,
    /// Laid at an angle that is no quarter turn, as watermarks are.
    pub slanted: bool,
    pub visibility: Visibility,
    pub glyphs: Vec<Glyph>,
}

/// What collecting the glyphs of a page gives.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub groups: Vec<Group>,
    /// Characters kept, spaces not counted.
    pub read: u32,
    /// Characters without width or sign: zero-width joiners, byte-order marks, controls.
    pub zero_width: u32,
}

/// Sorts the runs of a page into groups. `size` is the page's as shown; `frame` the turn of the page's
/// reading frame.
pub(super) fn collect(page: &Page, frame: Turn) -> Collected {
    let mut out = Collected::default();
    for (index, run) in page.runs.iter().enumerate() {
        let turn = Turn::nearest(run.angle);
        let off = (run.angle - f32::from(u16::from(turn))).abs() % 360.0;
        let slanted = off.min(360.0 - off) > 4.0;
        let relative = relative(turn, frame);
        let key = (relative, slanted, run.visibility);
        let at = out.groups.iter().position(|g| (g.turn, g.slanted, g.visibility) == key);
        let at = at.unwrap_or_else(|| {
            let (turn, slanted, visibility) = key;
            // Most pages are one group.
            let room =
                if out.groups.is_empty() { page.runs.iter().map(|r| r.offsets.len()).sum() } else { 0 };
            out.groups.push(Group { turn, slanted, visibility, glyphs: Vec::with_capacity(room) });
            out.groups.len() - 1
        });
        let symbol = page.fonts.get(run.font as usize).is_some_and(|f: &Font| f.symbol);
        let place = Place::of(run, turn, page.size);
        let group = &mut out.groups[at].glyphs;
        let mut spaced = false;
        let places = run.offsets.iter().zip(&run.advances);
        for (ch, (&offset, &advance)) in run.text.chars().zip(places) {
            // Most characters are these, which stand for themselves.
            let plain = ch.is_ascii_graphic();
            let ch = if plain { ch } else { meant(ch, symbol) };
            if !plain && ch.is_whitespace() {
                spaced = true;
                continue;
            }
            if !plain && zero_width(ch) {
                out.zero_width += 1;
                continue;
            }
            let (left, baseline) = place.at(offset);
            let right = left + advance.max(0.0);
            let mut push = |ch, left, right| {
                out.read += 1;
                group.push(Glyph { ch, left, right, baseline, size: run.size, run: index as u32, spaced });
                spaced = false;
            };
            match ligature(ch).filter(|_| !plain) {
                Some(letters) => {
                    let step = (right - left) / letters.chars().count() as f32;
                    for (i, ch) in letters.chars().enumerate() {
                        push(ch, left + step * i as f32, left + step * (i + 1) as f32);
                    }
                }
                None => push(ch, left, right),
            }
        }
    }
    out
}

/// The turn of `turn` seen from a page that was itself turned by `frame`.
fn relative(turn: Turn, frame: Turn) -> Turn {
    Turn::from((360 + u16::from(turn) - u16::from(frame)) % 360)
}

/// The turn that most visible text of a page has.
pub(super) fn dominant_turn(page: &Page) -> Turn {
    let mut count = [0usize; 4];
    for run in page.runs.iter().filter(|r| r.visibility == Visibility::Shown) {
        count[usize::from(u16::from(Turn::nearest(run.angle)) / 90)] += run.offsets.len();
    }
    let total: usize = count.iter().sum();
    let (best, most) = (0..4).map(|i| (i, count[i])).max_by_key(|&(i, n)| (n, 4 - i)).unwrap_or((0, 0));
    if best != 0 && most * 10 > total * 6 && most > 40 { Turn::from(best as u16 * 90) } else { Turn::None }
}

/// A run's baseline in the upright frame of its own turn.
struct Place {
    x: f32,
    y: f32,
    /// Slope of the baseline: slanted text climbs or falls along it.
    along: (f32, f32),
}

impl Place {
    fn of(run: &TextRun, turn: Turn, [w, h]: [f32; 2]) -> Self {
        let [x, y] = run.origin;
        let (x, y) = match turn {
            Turn::None => (x, y),
            Turn::Right => (y, w - x),
            Turn::Half => (w - x, h - y),
            Turn::Left => (h - y, x),
        };
        let off = (run.angle - f32::from(u16::from(turn))).to_radians();
        Place { x, y, along: (off.cos(), off.sin()) }
    }

    fn at(&self, offset: f32) -> (f32, f32) {
        (self.x + offset * self.along.0, self.y + offset * self.along.1)
    }
}

fn zero_width(ch: char) -> bool {
    ch.is_control()
        || matches!(ch, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{202A}'..='\u{202E}')
}

/// The character that a private-use code of a symbol font stands for, as Word and PowerPoint use them
/// for bullets and ticks (codes of Wingdings and Symbol).
fn meant(ch: char, symbol: bool) -> char {
    match ch {
        '\u{F020}' | '\u{A0}' | '\t' => ' ',
        '\u{F0B7}' | '\u{F09F}' | '\u{F06C}' | '\u{F076}' => '•',
        '\u{F0A7}' | '\u{F06E}' => '▪',
        '\u{F0D8}' => '➢',
        '\u{F0FC}' => '✓',
        '\u{F0FB}' => '✗',
        '\u{F0A8}' | '\u{F06F}' | '\u{F071}' => '☐',
        '\u{F0FE}' => '☑',
        '\u{F0FD}' => '☒',
        '\u{F0E0}' => '→',
        '\u{F0DF}' => '←',
        '\u{F0E1}' => '↑',
        '\u{F0E2}' => '↓',
        '\u{F02D}' => '-',
        '\u{F0B0}' => '°',
        '\u{B7}' if symbol => '•',
        _ => ch,
    }
}

fn ligature(ch: char) -> Option<&'static str> {
    Some(match ch {
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' | 'ﬆ' => "st",
        _ => return None,
    })
}
