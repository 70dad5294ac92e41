//! Which pages must be read from their pictures: by what a page shows and what text it has.

use super::Mode;
use crate::model::{Extract, Page, Rect, TextRun, Visibility};

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

/// Pictures that cover this share of a page may be its text.
const PICTURE: f32 = 0.1;
/// Pictures that cover this share are the whole page.
const SHEET: f32 = 0.55;
/// A page without text whose drawings are more than this may be text drawn as outlines.
const OUTLINES: usize = 150;
/// As many characters in the middle of a page are more than a stamp.
const STAMP: usize = 60;

/// What each page needs.
pub(super) fn of(extract: &Extract, mode: Mode) -> Vec<Need> {
    extract.pages.iter().map(|page| need(page, mode)).collect()
}

fn need(page: &Page, mode: Mode) -> Need {
    if mode == Mode::Off {
        return Need::Nothing;
    }
    if mode == Mode::Force {
        return Need::Again;
    }
    let covered = picture_share(page);
    let (shown, middle, layer) = characters(page);
    if covered > SHEET && layer > 4 * shown && layer > 0 {
        return if mode == Mode::Redo { Need::Again } else { Need::Nothing };
    }
    let outlines = page.graphics.shapes.len() > OUTLINES;
    if shown == 0 && layer == 0 && (covered > PICTURE || outlines) {
        return Need::Picture;
    }
    if covered > SHEET && middle < STAMP {
        return Need::Picture;
    }
    Need::Nothing
}

/// Share of the page under pictures.
fn picture_share(page: &Page) -> f32 {
    let [w, h] = page.size;
    let whole = Rect::around(page.graphics.images.iter().map(|i| i.bbox)).map_or(0.0, Rect::area);
    let each: f32 = page.graphics.images.iter().map(|i| i.bbox.area()).sum();
    whole.min(each) / (w * h).max(1.0)
}

/// Characters shown, those of them in the middle of the page, and characters of an invisible layer.
fn characters(page: &Page) -> (usize, usize, usize) {
    let [w, h] = page.size;
    let middle = Rect::new(0.09 * w, 0.12 * h, 0.91 * w, 0.88 * h);
    let (mut shown, mut inside, mut layer) = (0, 0, 0);
    for run in &page.runs {
        let n = run.text.chars().filter(|c| !c.is_whitespace()).count();
        match run.visibility {
            Visibility::Shown => {
                shown += n;
                let at = middle_of(run);
                inside += if middle.contains_point(at[0], at[1]) { n } else { 0 };
            }
            Visibility::Invisible => layer += n,
            _ => {}
        }
    }
    (shown, inside, layer)
}

fn middle_of(run: &TextRun) -> [f32; 2] {
    let length = run.offsets.last().unwrap_or(&0.0) + run.advances.last().unwrap_or(&0.0);
    let (sin, cos) = run.angle.to_radians().sin_cos();
    [run.origin[0] + 0.5 * length * cos, run.origin[1] + 0.5 * length * sin]
}
