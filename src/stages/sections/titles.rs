//! Items tied to pages by their titles alone: for packs whose front sheet prints no page ranges and
//! whose pages carry no stamps.

use super::looks::Look;
use super::sheets::{Sheet, Sheets};
use crate::model::{AgendaItem, Classification, Confidence};
use crate::vocabulary::fold;
use std::collections::BTreeSet;

/// Share of a title's words that the top of a page must print.
const ENOUGH: f32 = 0.8;

/// Gives items the pages whose tops print their titles, in the agenda's order.
pub(super) fn place(sheets: &Sheets, looks: &[Look], items: &mut [AgendaItem], cover_end: u32) {
    let mut from = cover_end as usize;
    for item in items {
        let wanted = words(&item.description);
        let minutes = fold(&item.description).starts_with("minutes");
        let pages = sheets.all.iter().zip(looks).enumerate().skip(from);
        let found = pages
            .filter(|(i, (s, l))| opens(sheets, *i, s, l))
            .map(|(i, (s, l))| (i, alike(&wanted, s, l, minutes)))
            .filter(|(_, score)| *score >= ENOUGH)
            // The first of equals: later ones are attachments that repeat the title.
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let Some((i, score)) = found else { continue };
        item.pages = Some([i as u32 + 1, 0]);
        item.confidence = Confidence {
            score: Some(0.5 + 0.3 * score.min(1.0)),
            reasons: vec!["its title stands at the top of the page".into()],
        };
        from = i + 1;
    }
}

/// Whether a page may be a paper's first.
fn opens(sheets: &Sheets, at: usize, sheet: &Sheet, look: &Look) -> bool {
    let behind_blank = at.checked_sub(1).and_then(|b| sheets.all.get(b)).is_none_or(|b| b.blank);
    !sheet.blank
        && !sheet.continued
        && look.appendix.is_none()
        && (look.header > 0
            || look.cue.is_some()
            || behind_blank
            || sheet.own == Some(1)
            || look.title_page
            || sheet.top.first().is_some_and(|r| r.heading.is_some()))
}

/// How many of the title's words the page's top prints, 0 to 1.
fn alike(wanted: &BTreeSet<String>, sheet: &Sheet, look: &Look, minutes: bool) -> f32 {
    let is_minutes = look.cue.as_ref().is_some_and(|c| c.0 == Classification::Minutes && c.1 >= 0.7);
    if minutes || is_minutes {
        return if minutes && is_minutes { 1.0 } else { 0.0 };
    }
    if wanted.is_empty() {
        return 0.0;
    }
    let mut printed = BTreeSet::new();
    for row in &sheet.top {
        printed.extend(words(&row.text));
    }
    let share = wanted.intersection(&printed).count() as f32 / wanted.len() as f32;
    // Two words may meet by chance in a text; more, or those of a report's header, do not.
    if wanted.len() >= 3 || look.header > 0 { share } else { 0.0 }
}

/// The words that tell a title from others.
fn words(text: &str) -> BTreeSet<String> {
    fold(text).split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() >= 4).map(ToOwned::to_owned).collect()
}
