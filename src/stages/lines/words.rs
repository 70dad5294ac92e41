//! Rows into words and lines: where one word ends, where a wide gap ends a line, what was struck twice.

use super::glyphs::{Glyph, Group};
use super::rows::{Chunk, Row, Wall, chunks, overruns, rows};
use crate::model::{Line, LineFate, Page, Rect, Style, Turn, Visibility, Word};

/// A gap wider than this share of the font size parts words where no space was written.
const WORD_GAP: f32 = 0.17;
/// A gap wider than this share of the font size ends the line.
const LINE_GAP: f32 = 1.15;

/// Words and lines of one group, in the upright frame of its turn.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub words: Vec<Word>,
    pub lines: Vec<Line>,
    pub duplicate: u32,
}

/// Sets the glyphs of a group as words and lines. `walls` are vertical rules (x, top, bottom) that part
/// what they stand between, sorted by x.
pub(super) fn set(page: &Page, group: &Group, walls: &[Wall]) -> Set {
    let all = &group.glyphs;
    // A word has five letters or so.
    let mut out = Set { words: Vec::with_capacity(all.len() / 5), ..Set::default() };
    for row in rows(chunks(all, walls)) {
        for mut piece in pieces(&row, all, walls, &mut out.duplicate) {
            close_up(&mut piece);
            push_line(page, group, &row, &piece, &mut out);
        }
    }
    out
}

/// A glyph in its line, and whether a word begins with it.
struct Placed {
    glyph: Glyph,
    starts: bool,
}

/// Cuts a row at its wide gaps. Text laid over other text of the row becomes a piece of its own.
fn pieces(row: &Row, all: &[Glyph], walls: &[Wall], duplicate: &mut u32) -> Vec<Vec<Placed>> {
    let mut done: Vec<Vec<Placed>> = Vec::new();
    let mut open: Vec<Placed> = Vec::new();
    let mut right = f32::NEG_INFINITY;
    let mut over: Vec<Chunk> = Vec::new();
    let line_gap = line_gap(row, all);
    for chunk in &row.chunks {
        let overlap = right - chunk.left;
        if overlap > 0.3 * (chunk.right - chunk.left).max(0.5 * chunk.size) && !open.is_empty() {
            if is_restrike(&open, chunk.glyphs(all)) {
                *duplicate += chunk.end - chunk.first;
            } else if chunk.right - chunk.left < 0.8 * chunk.size && overlap < 0.6 * chunk.size {
                // A kerned or accented character pulled back over its neighbour.
                place(&mut open, chunk.glyphs(all), false, duplicate);
                right = right.max(chunk.right);
            } else {
                over.push(*chunk);
            }
            continue;
        }
        let gap = chunk.left - right;
        if !open.is_empty() {
            let wide = gap > line_gap * chunk.size.max(0.6 * row.size);
            let over = |g: &Glyph| open.last().is_some_and(|last| overruns(walls, &last.glyph, g));
            if wide
                || (gap > 0.2 && walled(walls, right, chunk.left, chunk.baseline))
                || chunk.glyphs(all).first().is_some_and(over)
            {
                done.push(std::mem::take(&mut open));
            }
        }
        let starts =
            open.is_empty() || gap > WORD_GAP * chunk.size.min(row.size) || first_spaced(chunk, all, gap);
        place(&mut open, chunk.glyphs(all), starts, duplicate);
        right = if open.is_empty() { chunk.right } else { right.max(chunk.right) };
    }
    if !open.is_empty() {
        done.push(open);
    }
    if !over.is_empty() && over.len() < row.chunks.len() {
        let rest = Row { chunks: over, baseline: row.baseline, size: row.size };
        done.extend(pieces(&rest, all, walls, duplicate));
    }
    done
}

/// Words typed with a space after every letter ("A G E N D A") are closed up; wider gaps part words.
fn close_up(piece: &mut [Placed]) {
    let spread = |p: &[Placed]| p.iter().all(|p| p.starts && p.glyph.ch.is_uppercase());
    if !(4..=60).contains(&piece.len()) || !spread(piece) {
        return;
    }
    let gap = |w: &[Placed]| w[1].glyph.left - w[0].glyph.right;
    let least = piece.windows(2).map(gap).fold(f32::INFINITY, f32::min);
    let wide = 1.7 * least.max(0.15 * piece[0].glyph.size);
    let parted: Vec<bool> = piece.windows(2).map(|w| gap(w) > wide).collect();
    for (p, parted) in piece[1..].iter_mut().zip(parted) {
        p.starts = parted;
    }
}

fn first_spaced(chunk: &Chunk, all: &[Glyph], gap: f32) -> bool {
    chunk.glyphs(all).first().is_some_and(|g| g.spaced) && gap > 0.02 * chunk.size
}

/// How wide a gap must be to end a line of this row: justified lines with few words have wide spaces
/// all along, so that no one gap stands out.
fn line_gap(row: &Row, all: &[Glyph]) -> f32 {
    let wide = |w: &[Chunk]| (w[1].left - w[0].right) > LINE_GAP * w[1].size;
    if !row.chunks.windows(2).any(wide) {
        return LINE_GAP;
    }
    let between = row.chunks.windows(2).map(|w| (w[1].left - w[0].right) / w[1].size.max(1.0));
    let within = row.chunks.iter().flat_map(|c| c.glyphs(all).windows(2));
    let within = within.map(|w| (w[1].left - w[0].right) / w[1].size.max(1.0));
    let mut gaps: Vec<f32> = between.chain(within).filter(|g| *g > WORD_GAP).collect();
    if gaps.len() < 4 {
        return LINE_GAP;
    }
    gaps.sort_by(f32::total_cmp);
    let (median, most) = (gaps[gaps.len() / 2], gaps[gaps.len() - 1]);
    if median > 0.42 && most < 2.2 * median { most + 0.1 } else { LINE_GAP }
}

fn walled(walls: &[Wall], left: f32, right: f32, baseline: f32) -> bool {
    let from = walls.partition_point(|w| w.0 < left - 0.5);
    let between = walls[from..].iter().take_while(|w| w.0 <= right + 0.5);
    between.into_iter().any(|&(_, top, bottom)| top < baseline - 2.0 && bottom > baseline - 2.0)
}

/// Adds a chunk's glyphs: parts words at spaces and gaps, and leaves out glyphs struck twice.
fn place(open: &mut Vec<Placed>, glyphs: &[Glyph], starts: bool, duplicate: &mut u32) {
    let spread = letter_spacing(glyphs);
    open.reserve(glyphs.len());
    for (i, &glyph) in glyphs.iter().enumerate() {
        if let Some(last) = open.last() {
            let near = 0.12 * glyph.size;
            if last.glyph.ch == glyph.ch
                && last.glyph.run != glyph.run
                && (last.glyph.left - glyph.left).abs() < near
                && (last.glyph.baseline - glyph.baseline).abs() < near
            {
                *duplicate += 1;
                continue;
            }
        }
        let starts = if i == 0 {
            starts || open.is_empty() || ends_marker(open, &glyph)
        } else if glyph.run != glyphs[i - 1].run && ends_marker(open, &glyph) {
            true
        } else {
            let gap = glyph.left - glyphs[i - 1].right;
            gap > (spread + WORD_GAP) * glyph.size || (glyph.spaced && gap > (spread + 0.04) * glyph.size)
        };
        open.push(Placed { glyph, starts });
    }
}

/// Whether the line so far is "79." and the glyph begins a word of another run: the number of a
/// paragraph, set with too narrow a tab.
fn ends_marker(open: &[Placed], next: &Glyph) -> bool {
    let Some((last, digits)) = open.split_last() else { return false };
    matches!(last.glyph.ch, '.' | ')')
        && !digits.is_empty()
        && digits.len() <= 3
        && digits.iter().all(|p| p.glyph.ch.is_ascii_digit())
        && next.ch.is_uppercase()
}

/// The usual gap between the letters of a chunk, as a share of the size, where it is set wide.
fn letter_spacing(glyphs: &[Glyph]) -> f32 {
    if glyphs.len() < 3 {
        return 0.0;
    }
    let gap = |w: &[Glyph]| (w[1].left - w[0].right) / w[1].size.max(1.0);
    // Most text is not spaced: the first few gaps tell, and only then are all sorted.
    if glyphs.windows(2).take(4).filter(|w| gap(w) > 0.07).count() < 2 {
        return 0.0;
    }
    let mut gaps: Vec<f32> = glyphs.windows(2).filter(|w| !w[1].spaced).map(gap).collect();
    gaps.sort_by(f32::total_cmp);
    let (Some(least), Some(most)) = (gaps.first(), gaps.last()) else { return 0.0 };
    // A few letters prove it only if their gaps are even.
    if glyphs.len() < 5 && (*least < 0.1 || most - least > 0.12) {
        return 0.0;
    }
    let median = gaps[gaps.len() / 3];
    if median > 0.07 { median } else { 0.0 }
}

/// Whether these glyphs say again, at the same place, what is already set: bold or shadow by striking
/// twice.
fn is_restrike(open: &[Placed], again: &[Glyph]) -> bool {
    let Some(first) = again.first() else { return false };
    let near = 0.25 * first.size;
    let mut from = open.partition_point(|p| p.glyph.left < first.left - near);
    for g in again {
        let found = open[from..].iter().take(3).position(|p| {
            p.glyph.ch == g.ch
                && (p.glyph.left - g.left).abs() < near
                && (p.glyph.baseline - g.baseline).abs() < near
        });
        match found {
            Some(i) => from += i + 1,
            None => return false,
        }
    }
    true
}

fn push_line(page: &Page, group: &Group, row: &Row, piece: &[Placed], out: &mut Set) {
    let first = out.words.len() as u32;
    let mut word: Option<Word> = None;
    let mut run = u32::MAX;
    let size = main_size(piece);
    let baseline = main_baseline(piece, size).unwrap_or(row.baseline);
    let mut style = Style::default();
    for (i, p) in piece.iter().enumerate() {
        let g = &p.glyph;
        let turned = g.run != run || p.starts;
        if turned {
            run = g.run;
            style = style_of(page, g, size, baseline);
        }
        match &mut word {
            Some(w) if !p.starts && (!turned || w.style == style) => {
                w.text.push(g.ch);
                w.bbox = w.bbox.union(glyph_box(g));
            }
            _ => {
                out.words.extend(word.take());
                let source = page.runs.get(g.run as usize);
                let rest = piece[i + 1..].iter().take_while(|p| !p.starts).count();
                let mut text = String::with_capacity(g.ch.len_utf8() + rest);
                text.push(g.ch);
                word = Some(Word {
                    text,
                    bbox: glyph_box(g),
                    size: g.size,
                    colour: source.map_or(0, |r| r.colour),
                    style,
                    glued: !p.starts,
                    link: None,
                    mcid: source.and_then(|r| r.mcid),
                    confidence: source.and_then(|r| r.confidence),
                });
            }
        }
    }
    out.words.extend(word);
    let Some(bbox) = Rect::around(out.words[first as usize..].iter().map(|w| w.bbox)) else { return };
    let fate = match group.visibility {
        Visibility::Shown => LineFate::Body,
        why => LineFate::Hidden(why),
    };
    let count = out.words.len() as u32 - first;
    out.lines.push(Line { first, count, bbox, baseline, size, turn: Turn::None, fate });
}

/// The height of letters above and below the baseline, as shares of the size: true of most text fonts,
/// and alike for all, so that boxes of one line agree.
fn glyph_box(g: &Glyph) -> Rect {
    Rect::new(g.left, g.baseline - 0.78 * g.size, g.right, g.baseline + 0.22 * g.size)
}

/// The size of most characters.
fn main_size(piece: &[Placed]) -> f32 {
    let mut counts: Vec<(f32, usize)> = Vec::new();
    // What runs on in one size is counted at once.
    for same in piece.chunk_by(|a, b| a.glyph.size == b.glyph.size) {
        let Some(size) = same.first().map(|p| p.glyph.size) else { continue };
        match counts.iter_mut().find(|(s, _)| (*s - size).abs() < 0.2) {
            Some((_, n)) => *n += same.len(),
            None => counts.push((size, same.len())),
        }
    }
    counts.iter().fold((0.0, 0), |best, &c| if c.1 > best.1 { c } else { best }).0
}

fn main_baseline(piece: &[Placed], size: f32) -> Option<f32> {
    piece.iter().find(|p| (p.glyph.size - size).abs() < 0.2).map(|p| p.glyph.baseline)
}

fn style_of(page: &Page, g: &Glyph, size: f32, baseline: f32) -> Style {
    let font = page.runs.get(g.run as usize).and_then(|r| page.fonts.get(r.font as usize));
    let small = g.size < 0.86 * size;
    let lift = (baseline - g.baseline) / size.max(1.0);
    Style {
        bold: font.is_some_and(|f| f.bold),
        italic: font.is_some_and(|f| f.italic),
        symbol: font.is_some_and(|f| f.symbol),
        superscript: small && lift > 0.12,
        subscript: small && lift < -0.06,
        ..Style::default()
    }
}
