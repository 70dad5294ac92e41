//! Printed page numbers tied to pages of the PDF, and agenda items to their pages.

use super::front::Listed;
use super::looks::Look;
use super::sheets::{Sheets, order};
use super::titles;
use crate::model::{AgendaItem, Confidence, Issue, PageNo, Papers};
use std::collections::BTreeMap;

/// Largest number of uncounted pages before printed page 1.
const MOST_OFFSET: i64 = 30;

/// Where printed numbers are.
#[derive(Debug, Default)]
pub(super) struct Places {
    exact: BTreeMap<u32, u32>,
    offset: Option<i64>,
    /// What told it.
    pub how: &'static str,
}

impl Places {
    /// Reads the stamps; without stamps, tries the offsets that the items' ranges allow.
    pub(super) fn of(sheets: &Sheets, looks: &[Look], items: &[Listed], cover_end: u32) -> Places {
        let mut pairs: Vec<(u32, u32)> =
            sheets.all.iter().filter_map(|s| Some((s.stamp?, s.page()))).collect();
        let mut how = "page stamps";
        if pairs.len() < 2 {
            // Without furniture named as a stamp, numbers that rise through the whole pack do as well.
            pairs = sheets
                .all
                .iter()
                .filter_map(|s| Some((s.record.printed.as_deref()?.trim().parse().ok()?, s.page())))
                .collect();
            how = "printed page numbers";
        }
        let stamped = how == "page stamps";
        let main = main_offset(&pairs, sheets.count()).filter(|o| {
            // Documents count their own pages: numbers that are no stamps must lead to beginnings, too.
            stamped || leads_to_beginnings(*o, sheets, looks, items, cover_end)
        });
        if let Some(offset) = main {
            let exact = pairs
                .into_iter()
                .filter(|(printed, page)| i64::from(*page) - i64::from(*printed) == offset)
                .collect();
            return Places { exact, offset: Some(offset), how };
        }
        match best_offset(sheets, looks, items, cover_end) {
            Some(offset) => {
                Places { exact: BTreeMap::new(), offset: Some(offset), how: "page count and page tops" }
            }
            None => Places::default(),
        }
    }

    /// The page with a printed number, be it stamped or counted.
    pub(super) fn page(&self, printed: u32) -> Option<u32> {
        self.exact
            .get(&printed)
            .copied()
            .or_else(|| u32::try_from(i64::from(printed) + self.offset?).ok().filter(|p| *p > 0))
    }
}

/// The offset that most stamps agree on, if it is of the most of them.
fn main_offset(pairs: &[(u32, u32)], pages: u32) -> Option<i64> {
    let mut votes: BTreeMap<i64, u32> = BTreeMap::new();
    for (printed, page) in pairs {
        *votes.entry(i64::from(*page) - i64::from(*printed)).or_default() += 1;
    }
    let (offset, n) = votes.into_iter().max_by_key(|(o, n)| (*n, -o.abs()))?;
    let enough = n as usize * 2 > pairs.len() || n >= 5 && u64::from(n) * 4 > u64::from(pages);
    enough.then_some(offset)
}

/// Whether an offset does as well as any other in leading items to pages that look like beginnings.
fn leads_to_beginnings(
    offset: i64,
    sheets: &Sheets,
    looks: &[Look],
    items: &[Listed],
    cover_end: u32,
) -> bool {
    best_offset(sheets, looks, items, cover_end).is_none_or(|best| {
        let ranges: Vec<[u32; 2]> = items.iter().filter_map(|i| i.printed).collect();
        score(sheets, looks, &ranges, offset) >= score(sheets, looks, &ranges, best)
    })
}

/// How well an offset leads the items' ranges to beginnings, and the last of them to the pack's end.
fn score(sheets: &Sheets, looks: &[Look], ranges: &[[u32; 2]], offset: i64) -> f32 {
    let begins = ranges.iter().map(|r| begins(sheets, looks, i64::from(r[0]) + offset)).sum::<f32>();
    let last = ranges.iter().map(|r| r[1]).max().unwrap_or_default();
    let ends = i64::from(last) + offset == i64::from(sheets.count());
    begins + if ends { 0.4 } else { 0.0 }
}

/// The offset under which most items begin where a page's top looks like a beginning.
fn best_offset(sheets: &Sheets, looks: &[Look], items: &[Listed], cover_end: u32) -> Option<i64> {
    let ranges: Vec<[u32; 2]> = items.iter().filter_map(|i| i.printed).collect();
    let total = i64::from(sheets.count());
    let score = |offset: i64| score(sheets, looks, &ranges, offset);
    let first = i64::from(ranges.first()?[0]);
    // A supplement's numbers may go on from the main pack's: its first item follows the front sheet.
    let last = ranges.iter().map(|r| r[1]).max().unwrap_or_default();
    let behind = [i64::from(cover_end) + 1 - first, total - i64::from(last)];
    (0..=MOST_OFFSET)
        .chain(behind.into_iter().filter(|o| *o < 0))
        .filter(|o| first + o > i64::from(cover_end) && first + o <= total)
        .map(|o| (score(o), o))
        .filter(|(s, _)| *s > 0.3)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
        .map(|(_, o)| o)
}

/// How much a page looks like a paper's first.
fn begins(sheets: &Sheets, looks: &[Look], page: i64) -> f32 {
    let Ok(page) = u32::try_from(page) else { return 0.0 };
    let Some(look) = page.checked_sub(1).and_then(|i| looks.get(i as usize)) else { return 0.0 };
    let blank_before = page.checked_sub(1).and_then(|p| sheets.get(p)).is_some_and(|s| s.blank);
    let cue = look.cue.as_ref().map_or(0.0, |c| c.1);
    cue.max(if look.header > 0 { 0.7 } else { 0.0 }) + if blank_before { 0.4 } else { 0.0 }
}

/// Items with their pages, in the order of the front sheet.
pub(super) fn agenda(
    sheets: &Sheets,
    listed: Vec<Listed>,
    looks: &[Look],
    places: &Places,
    cover_end: u32,
    issues: &mut Vec<Issue>,
) -> Vec<AgendaItem> {
    let total = sheets.count();
    let stamped = stamped(sheets);
    let outlined = outlined(sheets);
    let mut items: Vec<AgendaItem> = Vec::with_capacity(listed.len());
    for item in listed {
        let key = item.order.to_lowercase();
        let by_range = item.printed.and_then(|r| Some([places.page(r[0])?, places.page(r[1])?]));
        let by_stamp = stamped.get(&key).copied();
        let mut reasons = Vec::new();
        let pages = match (by_range, by_stamp, outlined.get(&key)) {
            (Some([a, b]), stamp, _) if a <= total && a > cover_end.min(a.saturating_sub(1)) => {
                reasons.push(format!("the front sheet's page range, placed by {}", places.how));
                if let Some(s) = stamp {
                    if s == a {
                        reasons.push("the item stamp stands on its first page".into());
                    } else {
                        issues.push(Issue::doubt(
                            "agenda_pages_disagree",
                            Some(PageNo(s)),
                            "sections",
                            format!(
                                "item {}: the front sheet leads to page {a}, the item stamp stands on {s}",
                                item.order
                            ),
                        ));
                    }
                }
                Some([a, b.min(total)])
            }
            (Some([a, _]), None, None) => {
                issues.push(Issue::doubt(
                    "agenda_pages_missing",
                    None,
                    "sections",
                    format!("item {}: its pages would begin on page {a} of {total}", item.order),
                ));
                None
            }
            (_, Some(s), _) => {
                reasons.push("the item stamp".into());
                Some([s, 0])
            }
            (_, None, Some(o)) if item.printed.is_some() || *o > cover_end => {
                reasons.push("the outline".into());
                Some([*o, 0])
            }
            _ => None,
        };
        let score = match reasons.len() {
            0 => None,
            1 => Some(0.85),
            _ => Some(0.98),
        };
        items.push(AgendaItem {
            order: item.order,
            description: item.title,
            pages,
            printed_pages: item.printed,
            restricted: item.restricted,
            exempt_under: item.exempt_under,
            papers: if pages.is_some() { Papers::Attached } else { item.papers },
            notes: item.notes,
            block: sheets.flow.blocks.get(item.block).map(|b| b.id.clone()),
            confidence: Confidence { score, reasons },
            ..AgendaItem::default()
        });
    }
    add_unlisted(&mut items, &stamped, sheets);
    if items.iter().all(|i| i.pages.is_none() && i.printed_pages.is_none()) {
        titles::place(sheets, looks, &mut items, cover_end);
    }
    close(&mut items, total);
    items
}

/// First page of each item stamp.
fn stamped(sheets: &Sheets) -> BTreeMap<String, u32> {
    let mut first = BTreeMap::new();
    for s in &sheets.all {
        if let Some(item) = &s.item {
            first.entry(item.to_lowercase()).or_insert(s.page());
        }
    }
    first
}

/// Pages of outline entries at the top level that begin with an item's number.
fn outlined(sheets: &Sheets) -> BTreeMap<String, u32> {
    let mut first = BTreeMap::new();
    for e in sheets.flow.document.outline.iter().filter(|e| e.level <= 1) {
        let Some(number) = e.title.split_whitespace().next() else { continue };
        let number = order(number).to_lowercase();
        if let Some(page) = e.page
            && number.starts_with(|c: char| c.is_ascii_digit())
        {
            first.entry(number).or_insert(page.0);
        }
    }
    first
}

/// Items that only stamps tell of (the front sheet is missing or could not be read).
fn add_unlisted(items: &mut Vec<AgendaItem>, stamped: &BTreeMap<String, u32>, sheets: &Sheets) {
    for (key, page) in stamped {
        if items.iter().any(|i| i.order.to_lowercase() == *key) {
            continue;
        }
        let sheet = sheets.get(*page);
        let order = sheet.and_then(|s| s.item.clone()).unwrap_or_else(|| key.clone());
        let outline =
            sheets.flow.document.outline.iter().find(|e| e.level <= 1 && e.page.map(|p| p.0) == Some(*page));
        let description = outline.map_or(String::new(), |e| {
            e.title.strip_prefix(order.as_str()).unwrap_or(&e.title).trim().to_owned()
        });
        items.push(AgendaItem {
            order,
            description,
            pages: Some([*page, 0]),
            confidence: Confidence { score: Some(0.7), reasons: vec!["the item stamp alone".into()] },
            ..AgendaItem::default()
        });
    }
    // Stable: listed items keep the front sheet's order; unlisted ones go where their pages are.
    if items.iter().all(|i| i.pages.is_some()) {
        items.sort_by_key(|i| i.pages.map(|p| p[0]));
    }
}

/// Gives items without a printed end the page before the next item.
fn close(items: &mut [AgendaItem], total: u32) {
    let starts: Vec<u32> = items.iter().filter_map(|i| i.pages.map(|p| p[0])).collect();
    for item in items.iter_mut() {
        if let Some([a, b]) = &mut item.pages
            && *b == 0
        {
            *b = starts.iter().filter(|s| **s > *a).min().map_or(total, |s| s - 1);
        }
    }
}
