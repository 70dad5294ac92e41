//! `lines`: text runs into words and lines, and the furniture of the pages found.
//!
//! Works from glyph positions, not from the order of painting: merged packs hold the work of a dozen
//! producers, and only the places of their glyphs can be trusted. Columns and tables are later stages'
//! concern: a line here ends where a wide gap or a vertical rule begins.

mod furniture;
mod glyphs;
mod gutters;
mod margins;
mod marks;
mod numbers;
mod rows;
pub(crate) mod stamps;
mod words;

use super::Stage;
use crate::error::Error;
use crate::model::{
    Extract, Fill, Graphics, ImageBox, LineFate, Lines, Link, Page, PageLines, Rect, Ruling, Shape, Turn,
    Visibility,
};
use crate::threads::SHARE;
use rayon::prelude::*;

/// The `lines` stage.
#[derive(Debug, Clone, Copy)]
pub struct Lining;

/// Options of the `lines` stage.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Leave running headers, footers and stamps in the text.
    pub keep_furniture: bool,
}

impl Stage for Lining {
    type In<'a> = Extract;
    type Out = Lines;
    type Options = Options;
    const NAME: &'static str = "lines";
    const VERSION: u32 = 3;

    fn run(input: Extract, options: &Options) -> Result<Lines, Error> {
        let Extract { document, pages, issues } = input;
        let mut pages: Vec<PageLines> = pages.into_par_iter().with_max_len(SHARE).map(page_lines).collect();
        if !options.keep_furniture {
            furniture::find(&mut pages);
        }
        Ok(Lines { document, pages, issues })
    }
}

/// Words and lines of one page, furniture not yet looked for.
fn page_lines(mut page: Page) -> PageLines {
    let frame = glyphs::dominant_turn(&page);
    let mut graphics = turned(std::mem::take(&mut page.graphics), frame, page.size);
    for f in &mut graphics.rulings {
        if f.end < f.start {
            std::mem::swap(&mut f.start, &mut f.end);
        }
    }
    let collected = glyphs::collect(&page, frame);
    let size = frame_size(frame, page.size);
    let mut out = PageLines {
        page: page.page,
        size,
        rotation: page.rotation,
        turned: frame,
        label: page.label.take(),
        graphics,
        read: collected.read + collected.zero_width + page.dropped.values().sum::<u32>(),
        dropped: std::mem::take(&mut page.dropped),
        ocr: page.ocr.take(),
        ..PageLines::default()
    };
    if collected.zero_width > 0 {
        *out.dropped.entry("zero_width".into()).or_default() += collected.zero_width;
    }
    let walls = walls(&out.graphics.rulings);
    for group in &collected.groups {
        let upright = group.turn == Turn::None && !group.slanted;
        let set = words::set(&page, group, if upright { &walls } else { &[] });
        out.duplicate += set.duplicate;
        let base = out.words.len() as u32;
        // From the group's own frame to the page as shown, and on to the page's reading frame.
        let own = Turn::from((u16::from(group.turn) + u16::from(frame)) % 360);
        let own_size = frame_size(own, page.size);
        let back = Turn::from((360 - u16::from(own)) % 360);
        let place =
            |r: Rect| if own == frame { r } else { frame.upright(back.upright(r, own_size), page.size) };
        out.words.extend(set.words.into_iter().map(|mut w| {
            w.bbox = place(w.bbox);
            w
        }));
        out.lines.extend(set.lines.into_iter().map(|mut l| {
            l.first += base;
            l.bbox = place(l.bbox);
            l.turn = group.turn;
            if own != frame {
                l.baseline = l.bbox.bottom;
            }
            if group.slanted && l.size >= 24.0 && l.fate == LineFate::Body {
                l.fate = LineFate::Furniture(crate::model::Furniture::Watermark);
            }
            l
        }));
    }
    show_ocr_layer(&mut out);
    gutters::part(&mut out);
    marks::mark(&mut out);
    out
}

fn frame_size(turn: Turn, [w, h]: [f32; 2]) -> [f32; 2] {
    if matches!(turn, Turn::Left | Turn::Right) { [h, w] } else { [w, h] }
}

/// Vertical rules that can part words, by x.
fn walls(rulings: &[Ruling]) -> Vec<(f32, f32, f32)> {
    let tall = rulings.iter().filter(|r| !r.horizontal && r.end - r.start > 6.0);
    let mut walls: Vec<_> = tall.map(|r| (r.at, r.start, r.end)).collect();
    walls.sort_by(|a, b| a.0.total_cmp(&b.0));
    walls
}

/// Scanners lay the recognised text invisibly over the picture of the page: there it is the text.
fn show_ocr_layer(page: &mut PageLines) {
    let area = page.size[0] * page.size[1];
    let picture = page.graphics.images.iter().any(|i| i.bbox.area() > 0.6 * area);
    let (mut shown, mut invisible) = (0usize, 0usize);
    for line in &page.lines {
        match line.fate {
            LineFate::Body => shown += line.count as usize,
            LineFate::Hidden(Visibility::Invisible) => invisible += line.count as usize,
            _ => {}
        }
    }
    // Where the page was read again, what lay over it before is no longer its text.
    if picture && page.ocr.is_none() && invisible > 4 * shown {
        page.ocr_layer = true;
        for line in &mut page.lines {
            if line.fate == LineFate::Hidden(Visibility::Invisible) {
                line.fate = LineFate::Body;
            }
        }
    }
}

/// Drawings in the reading frame of a turned page.
fn turned(g: Graphics, frame: Turn, size: [f32; 2]) -> Graphics {
    if frame == Turn::None {
        return g;
    }
    let place = |r: Rect| frame.upright(r, size);
    let rule = |r: Ruling| {
        let b = if r.horizontal {
            place(Rect::new(r.start, r.at, r.end, r.at))
        } else {
            place(Rect::new(r.at, r.start, r.at, r.end))
        };
        let horizontal = r.horizontal != matches!(frame, Turn::Left | Turn::Right);
        let (at, start, end) = if horizontal { (b.top, b.left, b.right) } else { (b.left, b.top, b.bottom) };
        Ruling { horizontal, at, start, end, ..r }
    };
    let shape = |s: Shape| Shape { bbox: place(s.bbox), sign: s.sign.map(|k| k.upright(frame)), ..s };
    Graphics {
        rulings: g.rulings.into_iter().map(rule).collect(),
        fills: g.fills.into_iter().map(|f| Fill { bbox: place(f.bbox), ..f }).collect(),
        shapes: g.shapes.into_iter().map(shape).collect(),
        images: g.images.into_iter().map(|i| ImageBox { bbox: place(i.bbox), ..i }).collect(),
        links: g.links.into_iter().map(|l| Link { bbox: place(l.bbox), ..l }).collect(),
    }
}

#[cfg(test)]
mod tests;
