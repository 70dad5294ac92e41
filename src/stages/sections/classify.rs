//! What each part is, and the title that it prints.

use super::fields::{self, Field};
use super::looks::{self, Look};
use super::sheets::{Row, Sheet};
use super::starts::{Context, Start, outline_label};
use crate::model::{AgendaItem, BlockKind, Classification, Confidence, Section};
use crate::threads::SHARE;
use crate::vocabulary::fold;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Longest title, in characters.
const LONGEST_TITLE: usize = 400;
/// Rows read for a report's header.
const HEADER_ROWS: usize = 60;

/// Sections from the beginnings of parts.
pub(super) fn sections(cx: &Context, starts: &[Start], supplement: bool) -> Vec<Section> {
    let ends: Vec<u32> = starts.iter().skip(1).map(|s| s.page - 1).chain([cx.sheets.count()]).collect();
    let item = |start: &Start| {
        let own = |a: &&AgendaItem| a.pages.is_some_and(|p| (p[0]..=p[1]).contains(&start.page));
        cx.agenda.iter().find(own).map(|a| a.order.clone())
    };
    let items: Vec<Option<String>> = starts.iter().map(item).collect();
    let section = |(i, start): (usize, &Start)| {
        let (end, agenda) = (ends[i], items[i].clone());
        let mut reasons = start.reasons.clone();
        let classification = if start.page == 1 && cx.cover_end > 0 {
            reasons.push("a front sheet".into());
            if supplement { Classification::Supplement } else { Classification::Cover }
        } else {
            let first_of_item = agenda.is_some() && (i == 0 || items[i - 1] != agenda);
            classify(cx, starts, i, end, agenda.is_some(), first_of_item, &mut reasons)
        };
        let sheet = cx.sheets.get(start.page);
        let fields = match classification {
            Classification::Report
            | Classification::Decision
            | Classification::Appendix
            | Classification::Motion => sheet.map_or_else(Vec::new, |s| header(cx, s)),
            _ => Vec::new(),
        };
        let (title, title_block) = sheet.map_or((None, None), |s| title(cx, s, &fields, classification));
        Section {
            id: format!("s{}", i + 1),
            title,
            title_block,
            classification,
            pages: [start.page, end],
            agenda,
            fields: keyed(&fields),
            confidence: Confidence { score: Some(start.score.clamp(0.0, 1.0)), reasons },
            evidence: start.evidence.clone(),
            ..Section::default()
        }
    };
    starts.par_iter().enumerate().with_max_len(SHARE).map(section).collect()
}

/// The kind of a part that is no front sheet.
fn classify(
    cx: &Context,
    starts: &[Start],
    at: usize,
    end: u32,
    in_item: bool,
    first_of_item: bool,
    reasons: &mut Vec<String>,
) -> Classification {
    let start = &starts[at];
    let Some(look) = cx.looks.get(start.page as usize - 1) else { return Classification::Other };
    let item_title =
        start.item.and_then(|i| cx.agenda.get(i)).map(|a| fold(&a.description)).unwrap_or_default();
    let cue = look.cue.as_ref().map(|c| c.0);
    if (start.page..=end).all(|p| cx.sheets.get(p).is_none_or(|s| s.blank)) {
        return Classification::Blank;
    }
    if let Some(c @ (Classification::Minutes | Classification::Decision)) = cue
        && (look.cue.as_ref().is_some_and(|c| c.1 >= 0.5) || item_title.starts_with("minutes"))
    {
        return c;
    }
    if first_of_item && item_title.starts_with("minutes") && look.header == 0 {
        reasons.push("the agenda calls it minutes".into());
        return Classification::Minutes;
    }
    let labelled = start.appendix.is_some()
        || start.outline.as_deref().is_some_and(|o| outline_label(o, cx.words).is_some());
    if labelled && !first_of_item {
        return Classification::Appendix;
    }
    // A title page or contents page that says "annual report" is one even inside a report's item.
    if cue == Some(Classification::AnnualReport) && look.header == 0 {
        return Classification::AnnualReport;
    }
    if look.header > 0 && cue != Some(Classification::Appendix) {
        reasons.push(format!("{} fields of a report's header", look.header));
        return Classification::Report;
    }
    if let Some(c) = cue {
        return c;
    }
    if start.appendix.is_some() {
        return Classification::Appendix;
    }
    if let Some(kind) = start.outline.as_deref().and_then(|o| outline_kind(o, cx)) {
        reasons.push("its title in the outline".into());
        return kind;
    }
    if !in_item {
        return if at == 0 { alone(cx, look) } else { Classification::Other };
    }
    if item_title.starts_with("questions") {
        return Classification::Questions;
    }
    if item_title.contains("motion") && first_of_item {
        return Classification::Motion;
    }
    if first_of_item {
        return Classification::Report;
    }
    if start
        .outline
        .as_deref()
        .is_some_and(|o| fold(o).split(|c: char| !c.is_alphanumeric()).any(|w| w == "report"))
    {
        reasons.push("the outline calls it a report".into());
        return Classification::Report;
    }
    if starts.get(at + 1).is_some_and(|next| is_first_label(next, cx)) {
        reasons.push("labelled attachments count from behind it".into());
        return Classification::Report;
    }
    reasons.push("an attachment to its item's report".into());
    Classification::Appendix
}

/// The kind that a title in the outline speaks for: one of its parts begins with a cue.
fn outline_kind(title: &str, cx: &Context) -> Option<Classification> {
    let folded = fold(title);
    let mut parts = folded.split(" - ");
    parts.find_map(|part| {
        cx.words
            .sections
            .cues
            .iter()
            .find(|c| c.begins && c.phrases.begins(part.trim()).is_some())
            .map(|c| c.is)
    })
}

/// "Appendix A" or "1": the first of a document's own attachments.
fn is_first_label(start: &Start, cx: &Context) -> bool {
    start.item.is_none()
        && (start.appendix.as_deref().is_some_and(first_label)
            || start
                .outline
                .as_deref()
                .and_then(|o| outline_label(o, cx.words))
                .is_some_and(|l| first_label(&l)))
}

fn first_label(label: &str) -> bool {
    matches!(label.rsplit(' ').next(), Some("a" | "1" | "i"))
}

/// A file that is one document: its tops and contents tell.
fn alone(cx: &Context, look: &Look) -> Classification {
    let named = cx.sheets.all.first().is_some_and(|s| {
        s.top.iter().take(4).any(|r| {
            r.heading.is_some() && r.folded.split(|c: char| !c.is_alphanumeric()).any(|w| w == "report")
        })
    });
    if named || look.header > 0 || cx.looks.iter().take(3).any(|l| l.contents) {
        return Classification::Report;
    }
    Classification::Other
}

/// Fields of the header on a section's first page.
fn header(cx: &Context, sheet: &Sheet) -> Vec<Field> {
    let rows = cx.sheets.rows_of(&sheet.blocks, HEADER_ROWS);
    // The header ends where the text begins: at the first heading behind a label, or a long paragraph.
    let first = rows
        .iter()
        .position(|r| fields::header_keys(std::slice::from_ref(r), &cx.words.fields) > 0 || has_label(r));
    let Some(first) = first else { return Vec::new() };
    let end = rows
        .iter()
        .enumerate()
        .skip(first + 1)
        .find(|(_, r)| {
            r.heading.is_some() && !r.table && !has_label(r)
                || r.number.is_some()
                || r.folded.len() > 500 && !r.table
        })
        .map_or(rows.len(), |(i, _)| i);
    let fields = fields::fields(&rows[first..end], &cx.words.fields);
    if fields.len() >= 2 { fields } else { Vec::new() }
}

fn has_label(row: &Row) -> bool {
    row.table && row.cells.iter().filter(|c| !c.trim().is_empty()).count() >= 2
        || row.text.split_once(':').is_some_and(|(l, _)| l.len() < 48)
}

/// Fields by key; a key printed twice keeps both values.
fn keyed(fields: &[Field]) -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    for f in fields {
        out.entry(f.key.clone())
            .and_modify(|v| {
                if !v.contains(&f.value) {
                    v.push_str("; ");
                    v.push_str(&f.value);
                }
            })
            .or_insert_with(|| f.value.clone());
    }
    out
}

/// A section's title as printed, and the block that prints it where it is a heading of its own.
fn title(
    cx: &Context,
    sheet: &Sheet,
    fields: &[Field],
    kind: Classification,
) -> (Option<String>, Option<String>) {
    if kind == Classification::Report
        && let Some(f) = fields.iter().find(|f| f.key == "title" && f.value.chars().count() <= LONGEST_TITLE)
    {
        return (Some(f.value.clone()), None);
    }
    let councils = &cx.words.meeting.councils;
    let good = |r: &&Row| {
        !r.table
            && r.folded.chars().filter(|c| c.is_alphabetic()).count() >= 3
            && (!councils.ends(&r.folded) || r.folded.len() >= 60 || sheet.top.len() <= 1)
            && !cx.words.sections.contents.is(&r.folded)
    };
    if kind == Classification::Appendix
        && let Some(found) = attachment_title(cx, sheet)
    {
        return found;
    }
    let text = |r: &&Row| {
        cx.words.agenda.open.begins(&r.folded).is_none() && cx.words.agenda.exempt.begins(&r.folded).is_none()
    };
    let heading = sheet
        .top
        .iter()
        .filter(good)
        .filter(text)
        .take_while(|r| r.heading.is_some() || r.folded.len() < 200)
        .find(|r| r.heading.is_some());
    let row =
        heading.or_else(|| sheet.top.iter().take(4).filter(good).find(|r| r.bold && r.text.len() < 200));
    // Minutes may print nothing over their text but the council's own name.
    let row =
        row.or_else(|| sheet.top.iter().take(3).rfind(|r| r.heading.is_some() && councils.ends(&r.folded)));
    row.map_or((None, None), |r| titled(cx, r))
}

/// An attachment's title is the line that labels it, where that line says more than the label; else the
/// line below. The label may have become a running header.
fn attachment_title(cx: &Context, sheet: &Sheet) -> Option<(Option<String>, Option<String>)> {
    let words = &cx.words.sections.appendix;
    let labelled = |folded: &str| looks::label(folded, words).map(|l| folded.len() > l.len() + 4);
    let body = sheet.top.iter().take(5).enumerate().find_map(|(i, r)| Some((labelled(&r.folded)?, i, r)));
    if let Some((more, i, row)) = body {
        let line = |r: &&Row| {
            r.heading.is_some() || r.bold || r.folded.len() < 100 && !r.text.ends_with('.') && !r.table
        };
        let next = sheet.top.iter().skip(i + 1).take(1).find(line).filter(|_| !more);
        return Some(titled(cx, next.unwrap_or(row)));
    }
    let running = sheet.running.iter().find(|r| labelled(&fold(r)) == Some(true))?;
    Some((Some(running.clone()), None))
}

/// A row as a title: its text, and its block where the block is a heading of its own.
fn titled(cx: &Context, row: &Row) -> (Option<String>, Option<String>) {
    let block = cx.sheets.flow.blocks.get(row.block);
    let id = block.filter(|b| matches!(b.kind, BlockKind::Heading { .. })).map(|b| b.id.clone());
    (Some(row.text.clone()), id)
}
