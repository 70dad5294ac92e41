//! Where the parts of the pack begin: many kinds of evidence, weighed together.

use super::looks::{Look, label};
use super::sheets::{Sheet, Sheets};
use crate::model::{AgendaItem, Classification, Evidence, Issue, PageNo};
use crate::vocabulary::{Vocabulary, fold};
use std::collections::{BTreeMap, BTreeSet};

/// A page begins a part where the weights sum to this.
const ENOUGH: f32 = 0.5;

/// Evidence on both sides is a contradiction where each weighs this much.
const STRONG: f32 = 0.75;

/// The beginning of a part.
#[derive(Debug, Clone, Default)]
pub(super) struct Start {
    /// The page.
    pub page: u32,
    /// Sum of the weights.
    pub score: f32,
    /// What spoke for it and against.
    pub reasons: Vec<String>,
    /// The same with their weights.
    pub evidence: Vec<Evidence>,
    /// Its label as an attachment.
    pub appendix: Option<String>,
    /// Its title in the outline.
    pub outline: Option<String>,
    /// It begins the pages of this item (position in the agenda).
    pub item: Option<usize>,
}

/// What is known of the whole pack.
pub(super) struct Context<'a> {
    /// The pages.
    pub sheets: &'a Sheets<'a>,
    /// What their tops say.
    pub looks: &'a [Look],
    /// The items.
    pub agenda: &'a [AgendaItem],
    /// Last page of the front sheet; 0 without one.
    pub cover_end: u32,
    /// The words.
    pub words: &'a Vocabulary,
}

/// First pages of all parts, in order; the first page of the pack is always one.
pub(super) fn starts(cx: &Context, issues: &mut Vec<Issue>) -> Vec<Start> {
    if cx.sheets.count() == 0 {
        return Vec::new();
    }
    let outline = outline(cx);
    let padded = padded(cx.sheets);
    let merged = cx.cover_end > 0 || !cx.agenda.is_empty();
    let mut out: Vec<Start> =
        vec![Start { page: 1, score: 1.0, reasons: vec!["first page".into()], ..Start::default() }];
    if cx.cover_end == 0 {
        let look = cx.looks.first();
        out[0].appendix = look.and_then(|l| l.appendix.clone()).map(|a| a.0);
    }
    let mut inside = Inside::default();
    let mut label: Option<String> = out[0].appendix.clone();
    let mut own_end: Option<u32> = None;
    inside.look(cx.looks.first(), cx.sheets.get(1));
    for (i, sheet) in cx.sheets.all.iter().enumerate().skip(1) {
        let (page, look) = (sheet.page(), &cx.looks[i]);
        if page <= cx.cover_end || sheet.blank {
            continue;
        }
        let before = &cx.sheets.all[i - 1];
        let item = cx.agenda.iter().position(|a| a.pages.is_some_and(|p| p[0] == page));
        let mut w = Weights::default();
        if let Some(n) = item {
            w.add(1.0, format!("item {} begins here", cx.agenda[n].order));
        } else if page == cx.cover_end + 1 && cx.cover_end > 0 {
            w.add(1.0, "the front sheet ends before it");
        } else if sheet.item.is_some() && before.item != sheet.item {
            w.add(0.6, "an item stamp");
        }
        if let Some(o) = outline.get(&page) {
            w.add(0.9, format!("the outline: \u{201c}{o}\u{201d}"));
        } else if !outline.is_empty() {
            w.add(-0.4, "not in the outline");
        }
        let before_title = cx.looks[i - 1].title_page && out.last().is_some_and(|s| s.page == before.page());
        weigh_page(&mut w, sheet, before, look, &inside, own_end, merged, before_title);
        if let Some((l, _)) = &look.appendix {
            if label.as_ref() == Some(l) {
                // The label runs on every page of the attachment.
                w.add(-0.1, "the same attachment");
            } else if inside.listed.contains(l) {
                w.add(0.1, format!("attachment {l}, which the document's own contents list"));
            } else {
                // "Annex A" inside "Appendix L" is a part of it.
                let nested = label.as_ref().is_some_and(|c| c.split(' ').next() != l.split(' ').next());
                let weight = match inside.kind {
                    _ if nested && !before.blank => 0.2,
                    // Annual reports carry appendices of their own; an attachment shows more than a label.
                    Some(Classification::AnnualReport) => 0.4,
                    _ => 0.6,
                };
                w.add(weight, format!("labelled \u{201c}{l}\u{201d}"));
            }
        }
        if look.title_page && cx.looks.get(i + 1).is_some_and(|l| l.contents) {
            w.add(0.4, "a title page before a contents page");
        }
        if let Some(even) = padded
            && merged
            && item.is_none()
            && page.is_multiple_of(2) != even
        {
            w.add(-0.3, "parts of this pack begin on the other side of the sheet");
        }
        // Strong evidence on both sides: the sum decides, and the reader is told.
        let (with, against) = w.sides();
        if with >= STRONG && against >= STRONG {
            let strongest = |sign: f32| {
                w.evidence
                    .iter()
                    .max_by(|a, b| (a.weight * sign).total_cmp(&(b.weight * sign)))
                    .map_or("", |e| e.says.as_str())
            };
            let decided = if w.sum >= ENOUGH { "a part begins" } else { "no part begins" };
            issues.push(Issue::doubt(
                "evidence_contradicts",
                Some(PageNo(page)),
                "sections",
                format!(
                    "{decided} on page {page}: {} speaks for it, {} against",
                    strongest(1.0),
                    strongest(-1.0)
                ),
            ));
        }
        if w.sum >= ENOUGH {
            let score = (w.score() * 100.0).round() / 100.0;
            let reasons = std::mem::take(&mut w.reasons);
            label = look.appendix.clone().map(|a| a.0);
            inside = Inside::default();
            own_end = None;
            out.push(Start {
                page,
                score,
                reasons,
                evidence: w.ranked(),
                appendix: label.clone(),
                outline: outline.get(&page).cloned(),
                item,
            });
        }
        inside.look(Some(look), Some(sheet));
        if let (Some(1), Some(of)) = (sheet.own, sheet.own_of) {
            own_end = Some(page + of - 1);
        }
    }
    out
}

/// What the current part has shown so far.
#[derive(Debug, Default)]
struct Inside {
    listed: BTreeSet<String>,
    kind: Option<Classification>,
}

impl Inside {
    fn look(&mut self, look: Option<&Look>, _sheet: Option<&Sheet>) {
        if let Some(look) = look {
            self.listed.extend(look.listed.iter().cloned());
            self.kind = self.kind.or(look.cue.as_ref().map(|c| c.0));
        }
    }
}

#[derive(Debug, Default)]
struct Weights {
    sum: f32,
    reasons: Vec<String>,
    evidence: Vec<Evidence>,
}

impl Weights {
    fn add(&mut self, weight: f32, why: impl Into<String>) {
        let says: String = why.into();
        self.sum += weight;
        self.reasons.push(says.clone());
        if weight != 0.0 {
            self.evidence.push(Evidence { weight, says });
        }
    }

    /// What speaks for a beginning, and what against.
    fn sides(&self) -> (f32, f32) {
        let of = |sign: f32| self.evidence.iter().map(|e| (e.weight * sign).max(0.0)).sum::<f32>();
        (of(1.0), of(-1.0))
    }

    /// How sure the beginning is: more evidence is surer, contradicted evidence less.
    fn score(&self) -> f32 {
        let (with, against) = self.sides();
        let share = with / (with + against).max(f32::EPSILON);
        ((1.0 - (-2.0 * with).exp()) * share).clamp(0.0, 1.0)
    }

    /// The evidence, the strongest first.
    fn ranked(mut self) -> Vec<Evidence> {
        for e in &mut self.evidence {
            e.weight = (e.weight * 100.0).round() / 100.0;
        }
        self.evidence.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        self.evidence
    }
}

/// What the page itself and the page before it say.
#[allow(clippy::too_many_arguments, reason = "each is one kind of evidence")]
fn weigh_page(
    w: &mut Weights,
    sheet: &Sheet,
    before: &Sheet,
    look: &Look,
    inside: &Inside,
    own_end: Option<u32>,
    merged: bool,
    before_title: bool,
) {
    if before.blank {
        w.add(if merged { 0.8 } else { 0.2 }, "a blank page before it");
    }
    if sheet.continued && !before.blank {
        w.add(-0.6, "text of the page before goes on");
    }
    if before_title {
        w.add(-0.5, "a title page before it");
    }
    if let Some((kind, weight, phrase)) = &look.cue {
        // Questions follow questions and amendments amendments: each is no part of its own.
        let same = inside.kind == Some(*kind) && matches!(kind, Classification::Questions);
        let weight = if same {
            0.0
        } else if merged {
            *weight
        } else {
            weight * 0.7
        };
        w.add(weight, format!("its top says \u{201c}{phrase}\u{201d}"));
    }
    if look.header > 0 {
        w.add(if merged { 0.6 } else { 0.4 }, "the header of a report");
    }
    if look.title_page && (sheet.record.size != before.record.size) {
        w.add(0.3, "a title page");
    }
    match (sheet.own, before.own) {
        (Some(1), Some(b)) if b > 1 => w.add(0.35, "page numbers of its own begin at 1"),
        (Some(1), None) if sheet.own_of.is_some() => w.add(0.4, "page numbers of its own begin at 1"),
        (Some(a), Some(b)) if a == b + 1 => w.add(-0.3, "page numbers of its own run on"),
        _ => {}
    }
    if own_end == Some(before.page()) {
        w.add(0.4, "the document before it counts its pages, and ends here");
    } else if own_end.is_some_and(|e| e >= sheet.page()) {
        w.add(-0.5, "inside a document that counts its pages");
    }
    let (a, b) = (sheet.record.size, before.record.size);
    if a.iter().zip(&b).any(|(a, b)| (a - b).abs() > 3.0) {
        w.add(0.15, "another size of page");
    }
    if sheet.top.first().is_some_and(|r| r.heading.is_some_and(|l| l <= 1)) {
        w.add(0.05, "a heading at the top");
    }
}

/// Entries of a pack's outline by page. A document's own bookmarks are none: in a pack, the top level
/// names items and the second attachments.
fn outline(cx: &Context) -> BTreeMap<u32, String> {
    let entries = &cx.sheets.flow.document.outline;
    let top: Vec<_> = entries.iter().filter(|e| e.level <= 1).collect();
    let fits = top
        .iter()
        .filter(|e| {
            let page = e.page.map(|p| p.0);
            let item = cx.agenda.iter().any(|a| a.pages.map(|p| p[0]) == page && page.is_some());
            let front = cx.words.sections.front.is(&fold(&e.title));
            item || front
        })
        .count();
    if cx.cover_end == 0 || fits * 2 <= top.len() {
        return BTreeMap::new();
    }
    let mut out = BTreeMap::new();
    for e in entries.iter().filter(|e| e.level <= 2) {
        if let Some(p) = e.page {
            out.entry(p.0).or_insert_with(|| e.title.trim().to_owned());
        }
    }
    out
}

/// Whether parts are padded to whole sheets, and if so whether they begin on even pages.
fn padded(sheets: &Sheets) -> Option<bool> {
    let blanks: Vec<u32> = sheets.all.iter().filter(|s| s.blank).map(Sheet::page).collect();
    if blanks.len() < 3 {
        return None;
    }
    let even = blanks.iter().filter(|p| p.is_multiple_of(2)).count();
    // Now and then a page of pictures looks blank too.
    if even * 8 >= blanks.len() * 7 {
        Some(false)
    } else if even * 8 <= blanks.len() {
        Some(true)
    } else {
        None
    }
}

/// The label that an outline's title gives an attachment.
pub(super) fn outline_label(title: &str, words: &Vocabulary) -> Option<String> {
    let folded = fold(title);
    label(&folded, &words.sections.appendix).or_else(|| {
        // "Item 7 - Appendix B - plan"
        folded.split(" - ").find_map(|part| label(part, &words.sections.appendix))
    })
}
