//! Which pages must be read from their pictures: by what a page shows and what text it has.

use super::Mode;
use super::language::{Pairs, is_unreadable};
use crate::model::{Extract, Page, Rect, TextRun, Visibility};
use crate::threads::SHARE;
use rayon::prelude::*;
use std::collections::HashSet;

/// Why a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// It is not.
    Nothing,
    /// It is a picture; what text it has is stamps and headers.
    Picture,
    /// Its text is no language.
    Gibberish,
    /// It has text that is to be read again.
    Again,
}

/// A page without text whose pictures cover this share of it may be a picture of text.
const PICTURE: f32 = 0.1;
/// Pictures that cover this share are the whole page.
const SHEET: f32 = 0.55;
/// A page without text with more drawings than this may be text drawn as outlines.
const OUTLINES: usize = 150;
/// As many characters in the middle of a page are more than stamps.
const STAMPS: usize = 60;
/// Text of which this share cannot be read is worthless.
const UNREADABLE: f32 = 0.2;
/// Words of the document that a page must share to be believed, whatever its letters look like.
const SHARED: f32 = 0.3;

/// What each page needs.
pub(super) fn of(extract: &Extract, mode: Mode) -> Vec<Need> {
    let mut needs: Vec<Need> = match mode {
        Mode::Off => vec![Need::Nothing; extract.pages.len()],
        Mode::Force => vec![Need::Again; extract.pages.len()],
        Mode::Auto | Mode::Redo => {
            extract.pages.par_iter().with_max_len(SHARE).map(|page| need(page, mode)).collect()
        }
    };
    if needs.contains(&Need::Gibberish) {
        let words = words(extract, &needs);
        for (page, need) in extract.pages.iter().zip(&mut needs) {
            if *need == Need::Gibberish && shares_words(page, &words) {
                *need = Need::Nothing;
            }
        }
    }
    needs
}

fn need(page: &Page, mode: Mode) -> Need {
    let covered = picture_share(page);
    let text = Text::of(page);
    if covered > SHEET && text.layer > 4 * text.shown && text.layer >= STAMPS {
        // The text that a scanner laid over the page.
        return if mode == Mode::Redo { Need::Again } else { Need::Nothing };
    }
    let outlines = page.graphics.shapes.len() > OUTLINES;
    if text.shown == 0 && text.layer < STAMPS && (covered > PICTURE || outlines) {
        return Need::Picture;
    }
    if covered > SHEET && text.middle < STAMPS {
        return Need::Picture;
    }
    let unreadable = text.unreadable as f32 > UNREADABLE * text.shown as f32;
    if text.shown > STAMPS && (unreadable || text.pairs.is_gibberish()) {
        return Need::Gibberish;
    }
    Need::Nothing
}

/// Share of the page under pictures.
fn picture_share(page: &Page) -> f32 {
    let [w, h] = page.size;
    let around = Rect::around(page.graphics.images.iter().map(|i| i.bbox)).map_or(0.0, Rect::area);
    let each: f32 = page.graphics.images.iter().map(|i| i.bbox.area()).sum();
    around.min(each) / (w * h).max(1.0)
}

/// What text a page has, in characters.
#[derive(Debug, Default)]
struct Text {
    shown: usize,
    /// Of those shown, in the middle of the page.
    middle: usize,
    /// Of those shown, such as no text has.
    unreadable: usize,
    /// In an invisible layer.
    layer: usize,
    /// Letters beside letters, of those shown.
    pairs: Pairs,
}

impl Text {
    fn of(page: &Page) -> Text {
        let [w, h] = page.size;
        let middle = Rect::new(0.09 * w, 0.12 * h, 0.91 * w, 0.88 * h);
        let mut text = Text::default();
        for run in &page.runs {
            // Nearly all text is printable at a glance, and then a byte is a character.
            let plain = run.text.bytes().fold(true, |all, b| all & (b' '..=b'~').contains(&b));
            let all = if plain {
                run.text.len() - run.text.bytes().filter(|b| *b == b' ').count()
            } else {
                run.text.chars().filter(|c| !c.is_whitespace()).count()
            };
            match run.visibility {
                Visibility::Shown => {
                    text.shown += all;
                    let [x, y] = middle_of(run);
                    text.middle += if middle.contains_point(x, y) { all } else { 0 };
                    let symbol = page.fonts.get(usize::from(run.font)).is_some_and(|f| f.symbol);
                    if !plain {
                        text.unreadable += run.text.chars().filter(|c| is_unreadable(*c, symbol)).count();
                    }
                    if !symbol {
                        text.pairs.add(&run.text);
                    }
                }
                Visibility::Invisible => text.layer += all,
                _ => {}
            }
        }
        text
    }
}

fn middle_of(run: &TextRun) -> [f32; 2] {
    let length = run.offsets.last().unwrap_or(&0.0) + run.advances.last().unwrap_or(&0.0);
    let (sin, cos) = run.angle.to_radians().sin_cos();
    [run.origin[0] + 0.5 * length * cos, run.origin[1] + 0.5 * length * sin]
}

/// Words of the pages whose text is believed.
fn words(extract: &Extract, needs: &[Need]) -> HashSet<String> {
    let believed = extract.pages.iter().zip(needs).filter(|(_, n)| **n == Need::Nothing);
    believed.flat_map(|(p, _)| words_of(p)).collect()
}

/// Words of four letters or more, folded. Words cut by a change of font do not matter here.
fn words_of(page: &Page) -> impl Iterator<Item = String> {
    let shown = page.runs.iter().filter(|r| r.visibility == Visibility::Shown);
    let words = shown.flat_map(|r| r.text.split(|c: char| !c.is_alphabetic()));
    words.filter(|w| w.len() >= 4).map(str::to_lowercase)
}

/// A page of names and codes looks like gibberish; its words stand on other pages, too.
fn shares_words(page: &Page, words: &HashSet<String>) -> bool {
    let (mut all, mut shared) = (0_usize, 0_usize);
    for word in words_of(page) {
        all += 1;
        shared += usize::from(words.contains(&word));
    }
    all > 0 && shared as f32 > SHARED * all as f32
}

/// Whether the text that a scanner laid over a page is language; `None` where there is no such layer, or
/// too little of it to tell.
pub(super) fn layer_likeness(page: &Page) -> Option<f32> {
    if picture_share(page) <= SHEET {
        return None;
    }
    let text = Text::of(page);
    if text.layer <= 4 * text.shown {
        return None;
    }
    let mut pairs = Pairs::default();
    for run in page.runs.iter().filter(|r| r.visibility == Visibility::Invisible) {
        pairs.add(&run.text);
    }
    pairs.likeness()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Font, ImageBox, PageNo};

    const SENTENCE: &str = "The committee noted the report and agreed that a further one would follow. ";

    fn run(text: &str, y: f32) -> TextRun {
        let n = text.chars().count();
        TextRun {
            text: text.into(),
            offsets: (0..n).map(|i| i as f32 * 5.0).collect(),
            advances: vec![5.0; n],
            origin: [100.0, y],
            size: 10.0,
            ..TextRun::default()
        }
    }

    fn page(picture: bool, runs: Vec<TextRun>) -> Page {
        let mut page = Page { page: PageNo(1), size: [595.0, 842.0], runs, ..Page::default() };
        page.fonts.push(Font::default());
        if picture {
            let bbox = Rect::new(0.0, 0.0, 595.0, 842.0);
            page.graphics.images.push(ImageBox { bbox, width: 1654, height: 2339 });
        }
        page
    }

    fn one(page: Page, mode: Mode) -> Need {
        of(&Extract { pages: vec![page], ..Extract::default() }, mode)[0]
    }

    fn text() -> Vec<TextRun> {
        (0..10).map(|i| run(SENTENCE, 200.0 + 14.0 * i as f32)).collect()
    }

    #[test]
    fn a_picture_without_text_is_read() {
        assert_eq!(one(page(true, vec![]), Mode::Auto), Need::Picture);
        assert_eq!(one(page(true, vec![]), Mode::Off), Need::Nothing);
        assert_eq!(one(page(false, vec![]), Mode::Auto), Need::Nothing, "a blank page");
    }

    #[test]
    fn stamps_over_a_picture_are_not_its_text() {
        let stamps = vec![run("Page 15", 820.0), run("Agenda Item 4", 25.0)];
        assert_eq!(one(page(true, stamps), Mode::Auto), Need::Picture);
    }

    #[test]
    fn a_background_picture_under_live_text_is_no_scan() {
        assert_eq!(one(page(true, text()), Mode::Auto), Need::Nothing);
        assert_eq!(one(page(true, text()), Mode::Force), Need::Again);
    }

    #[test]
    fn an_ocr_layer_is_kept_unless_it_is_to_be_redone() {
        let mut layer = text();
        for run in &mut layer {
            run.visibility = Visibility::Invisible;
        }
        let page = page(true, layer);
        assert_eq!(one(page.clone(), Mode::Auto), Need::Nothing);
        assert_eq!(one(page.clone(), Mode::Redo), Need::Again);
        assert!(layer_likeness(&page).is_some_and(|l| l > 0.9));
    }

    #[test]
    fn letters_that_are_no_language_are_gibberish() {
        let shifted: String = SENTENCE
            .chars()
            .map(|c| if c.is_ascii_lowercase() { char::from((c as u8 - b'a' + 3) % 26 + b'a') } else { c })
            .collect();
        let wrong: Vec<TextRun> = (0..6).map(|i| run(&shifted, 200.0 + 14.0 * i as f32)).collect();
        assert_eq!(one(page(false, wrong.clone()), Mode::Auto), Need::Gibberish);
        let private = "\u{E012}\u{E013}".repeat(50);
        assert_eq!(one(page(false, vec![run(&private, 200.0)]), Mode::Auto), Need::Gibberish);
        // What other pages say in words that are believed is believed here.
        let mut both = wrong.clone();
        both.extend(text());
        let pages = vec![page(false, wrong), page(false, both)];
        assert_eq!(of(&Extract { pages, ..Extract::default() }, Mode::Auto)[1], Need::Nothing);
    }

    #[test]
    fn bullets_of_a_symbol_font_are_readable() {
        let mut page = page(false, text());
        page.fonts.push(Font { symbol: true, ..Font::default() });
        let bullets = TextRun { font: 1, ..run(&"\u{F0B7}".repeat(300), 300.0) };
        page.runs.push(bullets);
        assert_eq!(one(page, Mode::Auto), Need::Nothing);
    }
}
