//! A page's picture, made upright and level, and what stands in it.

use super::need::Need;
use super::{Options, Shelf, again, bullets};
use crate::error::Error;
use crate::limits;
use crate::model::{Page, Rect, TextRun, Visibility};
use crate::pdf::{Pictures, Refused};
use crate::picture::{self, Bits, Blob, Grey, Rule};
use crate::tesseract::{Failure, Tesseract, TextLine, Wish};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Raised when pictures are prepared or read in another way: readings kept are then made again.
const VERSION: u32 = 12;
/// Resolutions at which pages are drawn: coarser scans are blown up, finer ones say no more.
const RESOLUTION: [f32; 2] = [200.0, 300.0];
/// For pages whose text is drawn, not scanned.
const DRAWN_RESOLUTION: f32 = 200.0;
/// Fewer letters do not tell which way is up.
const LETTERS_THAT_TELL: usize = 10;
/// A sheet with less ink, as a share of its pixels, has not even a page number on it.
const DUST: f32 = 1e-4;
/// Rules are darker than this on white paper.
const FAINT: u8 = 215;
/// Words read with less confidence on average stand wrong on the sheet, or are none.
const DOUBTFUL: f32 = 0.70;

/// What was read in a picture. Places are pixels of the picture made upright and level.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Width and height of the upright picture.
    pub size: [f32; 2],
    /// By how many quarter turns clockwise the page as shown was turned to be upright.
    pub quarters: u8,
    /// The slope of its lines before they were made level.
    pub slope: f32,
    /// Pixels an inch.
    pub resolution: f32,
    /// A picture of the page could not be decoded, and was not read.
    pub damaged: bool,
    /// Share of the picture that is ink.
    pub ink: f32,
    /// Lines of words.
    pub lines: Vec<TextLine>,
    /// For each word, in order: how thick its stems are, as a share of the font size; 0 where unknown.
    pub stems: Vec<f32>,
    /// Straight rules: horizontal, at, start, end, width.
    pub rules: Vec<(bool, f32, f32, f32, f32)>,
    /// Rectangles of one shade: `[left, top, right, bottom]`, and how dark, 0 for black.
    pub shades: Vec<([f32; 4], u8)>,
}

impl Reading {
    /// Mean confidence of the words, by characters; `None` without words.
    pub fn confidence(&self) -> Option<f32> {
        let words = self.lines.iter().flat_map(|l| &l.words);
        let (sum, n) = words.fold((0.0, 0.0), |(sum, n), w| {
            let chars = w.text.chars().count() as f32;
            (sum + w.confidence * chars, n + chars)
        });
        (n > 0.0).then(|| sum / n)
    }

    fn characters(&self) -> usize {
        self.lines.iter().map(TextLine::chars).sum()
    }
}

/// Why a page was not read.
#[derive(Debug)]
pub(super) enum Unread {
    Picture(Refused),
    Reader(Failure),
    Stopped,
    Error(Error),
}

/// Everything that reading a page takes.
pub(super) struct Desk<'a> {
    pub(super) pictures: &'a Pictures,
    pub(super) reader: &'a Tesseract,
    /// What tells this reader from others.
    pub(super) identity: &'a str,
    pub(super) options: &'a Options,
    pub(super) shelf: Option<&'a dyn Shelf>,
    pub(super) stop: Option<&'a AtomicBool>,
    /// Pages that ran into a time limit.
    pub(super) slow: AtomicUsize,
}

impl Desk<'_> {
    /// Reads a page, unless too many before it ran into a time limit.
    pub(super) fn read(&self, page: &Page, need: Need) -> Result<Reading, Unread> {
        if self.slow.load(Ordering::Relaxed) >= limits::SLOW_PAGES {
            return Err(Unread::Picture(Refused::TooSlow));
        }
        let result = self.known_or_fresh(page, need);
        if matches!(result, Err(Unread::Picture(Refused::TooSlow) | Unread::Reader(Failure::TooSlow))) {
            self.slow.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    /// Takes what was read of the same picture before, or reads it.
    fn known_or_fresh(&self, page: &Page, need: Need) -> Result<Reading, Unread> {
        let resolution = resolution(page, need);
        let images = &page.graphics.images;
        let pixels: u64 = images.iter().map(|i| u64::from(i.width) * u64::from(i.height)).sum();
        if pixels > limits::PICTURE_PIXELS {
            return Err(Unread::Picture(Refused::TooLarge));
        }
        if images.len() > limits::PICTURES {
            return Err(Unread::Picture(Refused::TooMany));
        }
        let drawn = self.pictures.draw(page.page, resolution / 72.0).map_err(Unread::Picture)?;
        let mut grey = drawn.grey;
        if drawn.damaged && grey.pixels.iter().all(|p| *p > 250) {
            return Err(Unread::Picture(Refused::Damaged));
        }
        whiten_text(&mut grey, page, need, resolution / 72.0);
        let key = self.key(&grey, resolution);
        if let Some(known) = self.shelf.and_then(|s| s.get(key)) {
            return Ok(Reading { damaged: drawn.damaged, ..known });
        }
        let reading = Reading { damaged: drawn.damaged, ..self.fresh(grey, resolution)? };
        if let Some(shelf) = self.shelf {
            shelf.put(key, &reading).map_err(Unread::Error)?;
        }
        Ok(reading)
    }

    /// The picture's content, the reader and the options.
    fn key(&self, grey: &Grey, resolution: f32) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        let head = (VERSION, self.identity, &self.options.languages, grey.width, grey.height, resolution);
        hasher.update(format!("{head:?}\n").as_bytes());
        hasher.update(&grey.pixels);
        hasher.finalize()
    }

    fn fresh(&self, grey: Grey, resolution: f32) -> Result<Reading, Unread> {
        let bits = grey.bits();
        let mut first = 0;
        let mut grey = grey;
        if picture::lines_stand(&bits, resolution) {
            // On its side: on which of the two, letters tell.
            (grey, first) = (grey.turned(1), 1);
            let over = match upside_down(&grey.bits(), resolution) {
                Some(over) => over,
                None => {
                    self.reader.upright(&grey, &self.wish(resolution), self.stop).map_err(failed)? == Some(2)
                }
            };
            if over {
                (grey, first) = (grey.turned(2), 3);
            }
        } else if upside_down(&bits, resolution) == Some(true) {
            (grey, first) = (grey.turned(2), 2);
        }
        let reading = self.upright(&grey, resolution, first)?;
        let doubtful = reading.confidence().is_some_and(|c| c < DOUBTFUL);
        if !doubtful || reading.characters() < LETTERS_THAT_TELL {
            return Ok(reading);
        }
        // Upside down, or no text at all.
        let wish = self.wish(resolution);
        let turns = self.reader.upright(&grey, &wish, self.stop).map_err(failed)?;
        match turns {
            Some(more) if more > 0 => {
                let again = self.upright(&grey.turned(more), resolution, first + more)?;
                Ok(if worth(&again) > worth(&reading) { again } else { reading })
            }
            _ => Ok(reading),
        }
    }

    fn wish(&self, resolution: f32) -> Wish<'_> {
        Wish { languages: &self.options.languages, resolution }
    }

    /// Reads again what was read with doubt.
    fn look_again(&self, lines: &mut Vec<TextLine>, blobs: &[Blob], level: &Grey) -> Result<(), Unread> {
        let pieces = again::pieces(lines, blobs);
        if pieces.is_empty() {
            return Ok(());
        }
        let pictures = again::pictures(&pieces, level);
        // A reader that fails here has read the page all the same.
        match self.reader.read_lines(&pictures, &self.wish(again::RESOLUTION), self.stop) {
            Ok(readings) => again::better(lines, &pieces, readings),
            Err(Failure::Stopped) => return Err(Unread::Stopped),
            Err(_) => {}
        }
        Ok(())
    }

    /// Reads a picture that is believed to stand upright.
    fn upright(&self, grey: &Grey, resolution: f32, quarters: u8) -> Result<Reading, Unread> {
        let bits = grey.bits();
        let slope = picture::skew(&bits, resolution);
        let mut level = if slope == 0.0 { grey.clone() } else { grey.straightened(slope) };
        let bits = if slope == 0.0 { bits } else { level.bits() };
        picture::clear_border(&mut level, &bits, resolution);
        let ground = picture::flatten(&mut level, resolution);
        let threshold = level.threshold();
        // Rules are often fainter than letters.
        let faint = threshold.max(FAINT);
        let rules = picture::rulings(&Bits::of(&level, faint), resolution);
        picture::erase(&mut level, &rules, faint);
        let bits = Bits::of(&level, threshold);
        let blobs = picture::blobs(&bits);
        let mut lines = if ink(&bits) < DUST {
            Vec::new()
        } else {
            self.reader.read(&level, &self.wish(resolution), self.stop).map_err(failed)?
        };
        self.look_again(&mut lines, &blobs, &level)?;
        bullets::set(&mut lines, &blobs);
        let over = bits.transposed();
        let stem = |l: &TextLine| {
            let em = l.em();
            l.words.iter().map(|w| stem(&bits, &over, w.bbox, em)).collect::<Vec<_>>()
        };
        let stems = lines.iter().flat_map(stem).collect();
        Ok(Reading {
            size: [level.width as f32, level.height as f32],
            quarters: quarters % 4,
            slope,
            resolution,
            damaged: false,
            ink: ink(&bits),
            lines,
            stems,
            shades: ground.shades.iter().map(|s| (s.bbox.map(|v| v as f32), s.grey)).collect(),
            rules: rules
                .iter()
                .chain(&ground.rules)
                .map(|r: &Rule| (r.horizontal, r.at, r.start, r.end, r.width))
                .collect(),
        })
    }
}

/// Whether letters stand on their heads, as far as they tell.
fn upside_down(bits: &Bits, resolution: f32) -> Option<bool> {
    picture::upside_down(&picture::blobs(bits), resolution)
}

fn failed(failure: Failure) -> Unread {
    match failure {
        Failure::Stopped => Unread::Stopped,
        other => Unread::Reader(other),
    }
}

/// How much a reading is worth: characters that are likely right.
fn worth(reading: &Reading) -> f32 {
    let c = reading.confidence().unwrap_or(0.0);
    c * c * reading.characters() as f32
}

/// Share of a picture that is ink.
fn ink(bits: &Bits) -> f32 {
    let all: usize = (0..bits.height).map(|y| bits.count(y, 0, bits.width)).sum();
    all as f32 / (bits.width * bits.height).max(1) as f32
}

fn stem(bits: &Bits, over: &Bits, bbox: [f32; 4], em: f32) -> f32 {
    let width = picture::stem_width(bits, over, bbox.map(|v| v.max(0.0) as usize), 0.3 * em);
    width.map_or(0.0, |w| (w / em * 1000.0).round() / 1000.0)
}

/// The scan's own resolution, within what helps, and so that the page stays within the limit.
fn resolution(page: &Page, need: Need) -> f32 {
    let [w, h] = page.size.map(|v| v.max(1.0));
    let large = page.graphics.images.iter().filter(|i| i.bbox.area() > 0.05 * w * h);
    let own = large.map(|i| {
        let across = i.width.min(i.height) as f32 / i.bbox.width().min(i.bbox.height()).max(1.0);
        let along = i.width.max(i.height) as f32 / i.bbox.width().max(i.bbox.height()).max(1.0);
        across.min(along) * 72.0
    });
    let own = own.fold(0.0, f32::max).round();
    let wanted = if need == Need::Gibberish || own == 0.0 { DRAWN_RESOLUTION } else { own };
    let wanted = wanted.clamp(RESOLUTION[0], RESOLUTION[1]);
    let most = (limits::OCR_PIXELS / (w * h)).sqrt() * 72.0;
    wanted.min(most)
}

/// Takes the text that the page keeps out of its picture: nothing is read twice, and a picture under
/// another pack's stamp is still the same picture.
fn whiten_text(grey: &mut Grey, page: &Page, need: Need, scale: f32) {
    if need != Need::Picture {
        return;
    }
    for run in page.runs.iter().filter(|r| r.visibility == Visibility::Shown) {
        let b = box_of(run).grown(1.0);
        let px = |v: f32| (v * scale).max(0.0) as usize;
        grey.whiten([px(b.left), px(b.top), px(b.right) + 1, px(b.bottom) + 1]);
    }
}

/// The box of a run on the page.
pub(super) fn box_of(run: &TextRun) -> Rect {
    let length = run.offsets.last().unwrap_or(&0.0) + run.advances.last().unwrap_or(&0.0);
    let (sin, cos) = run.angle.to_radians().sin_cos();
    let corner = |along: f32, up: f32| {
        let (x, y) = (run.origin[0] + along * cos + up * sin, run.origin[1] + along * sin - up * cos);
        Rect::new(x, y, x, y)
    };
    let (low, high) = (-0.22 * run.size, 0.78 * run.size);
    let corners = [corner(0.0, low), corner(length, low), corner(0.0, high), corner(length, high)];
    Rect::around(corners).unwrap_or_default()
}
