//! What a page comes to: its record with the ledger, and what of it must be told.

use super::ledger::{Digits, Fates};
use super::normal::Normal;
use crate::model::{Furniture, Issue, Ledger, LineFate, PageLines, PageNo, PageRecord, TextSource, Turn};
use crate::stages::lines::stamps;
use std::collections::BTreeSet;

/// What a page comes to.
pub(super) struct Facts {
    /// Its record, with the ledger.
    pub(super) record: PageRecord,
    /// Digits of its body.
    pub(super) read: Digits,
    /// What it shows that its text does not say.
    pub(super) unread: Option<Issue>,
    /// That its ledger does not balance.
    pub(super) unbalanced: Option<Issue>,
}

impl Facts {
    /// Of a page whose losses may have been `told` already.
    pub(super) fn of(page: &PageLines, normal: Normal, fates: Fates, told: &BTreeSet<PageNo>) -> Facts {
        let mut record = page_record(page, normal);
        let unread = if told.contains(&page.page) { None } else { unread(page, &record) };
        let (ledger, read, unbalanced) = fates.close(page);
        record.ledger = ledger;
        Facts { record, read, unread, unbalanced }
    }
}

/// A picture of at least this share of the page may hold text that only OCR can read.
const PICTURE_OF_TEXT: f32 = 0.3;
/// A scanned sheet with less ink has only dust on it.
const BLANK_INK: f32 = 0.001;
/// More unknown glyphs than this share make a page's text worthless.
const UNKNOWN_GLYPHS: f32 = 0.2;

/// What a page shows that its text does not say: a loss that must be told.
fn unread(page: &PageLines, record: &PageRecord) -> Option<Issue> {
    if page.ocr.is_some() {
        return None;
    }
    let body = page.lines.iter().filter(|l| l.fate == LineFate::Body);
    let (mut chars, mut unknown) = (0usize, 0usize);
    for word in body.flat_map(|l| page.words_of(l)) {
        chars += word.text.chars().count();
        unknown += word.text.chars().filter(|c| *c == '\u{FFFD}').count();
    }
    if chars == 0 && record.picture_share > PICTURE_OF_TEXT {
        let message = "the page is a picture without text behind it; its words are not in the output";
        return Some(Issue::loss("no_text_layer", Some(page.page), "blocks", message));
    }
    let bad = unknown as f32 > UNKNOWN_GLYPHS * chars as f32;
    bad.then(|| {
        let message =
            format!("{unknown} of {chars} characters have no known meaning: a font lacks its table");
        Issue::loss("unreadable_text", Some(page.page), "blocks", message)
    })
}

/// Where the text that a page shows comes from.
fn text_source(page: &PageLines) -> TextSource {
    if page.read == 0 {
        return TextSource::None;
    }
    if page.ocr.is_none() {
        return if page.ocr_layer { TextSource::OcrLayer } else { TextSource::Native };
    }
    let seen = page.lines.iter().filter(|l| !matches!(l.fate, LineFate::Hidden(_)));
    let (mut recognised, mut native) = (false, false);
    for word in seen.flat_map(|l| page.words_of(l)) {
        recognised |= word.confidence.is_some();
        native |= word.confidence.is_none();
    }
    match (recognised, native) {
        (true, true) => TextSource::Mixed,
        (true, false) => TextSource::Ocr,
        (false, true) => TextSource::Native,
        (false, false) => TextSource::None,
    }
}

fn page_record(page: &PageLines, normal: Normal) -> PageRecord {
    let text_of = |role: Furniture| {
        page.lines.iter().find(|l| l.fate == LineFate::Furniture(role)).map(|l| page.text_of(l))
    };
    let stamp = text_of(Furniture::PageStamp).and_then(|t| stamps::page_stamp(&t)).map(|n| n.to_string());
    let own = text_of(Furniture::PageNumber).and_then(|t| stamps::page_number(&t));
    let item = text_of(Furniture::ItemStamp).and_then(|t| stamps::item_stamp(&t).map(str::to_owned));
    let [w, h] = page.size;
    let pictures: f32 = page.graphics.images.iter().map(|i| i.bbox.area()).sum();
    let swapped = matches!(page.turned, Turn::Left | Turn::Right);
    PageRecord {
        page: page.page,
        printed: stamp.or_else(|| own.clone()),
        item_stamp: item,
        own_number: own,
        size: if swapped { [h, w] } else { [w, h] },
        rotation: page.rotation,
        turned: page.turned,
        label: page.label.clone(),
        text: text_source(page),
        ocr: page.ocr.clone(),
        blank: !page.lines.iter().any(|l| l.fate == LineFate::Body)
            && (pictures < 0.05 * w * h || page.ocr.as_ref().is_some_and(|o| o.ink < BLANK_INK)),
        body_size: normal.size,
        picture_share: (pictures / (w * h).max(1.0)).min(1.0),
        ledger: Ledger::default(),
    }
}
