//! Parts inside a section: its contents page checked against its headings, chapters, forewords and
//! appendices of its own.

use super::looks::label;
use super::sheets::{Row, Sheets};
use super::starts::Context;
use crate::model::{BlockKind, Classification, Confidence, ContentsEntry, Issue, PageNo, Section};
use crate::vocabulary::{Words, fold};

/// Pages of a section in which its contents page is looked for.
const FIRST: usize = 8;
/// Rows read of contents pages.
const ROWS: usize = 400;
/// Entries of one contents page.
const MOST: usize = 300;

/// Fills in contents and parts of the sections that have them.
pub(super) fn parts(cx: &Context, sections: &mut [Section], issues: &mut Vec<Issue>) {
    for section in sections {
        if matches!(
            section.classification,
            Classification::Cover
                | Classification::Minutes
                | Classification::Supplement
                | Classification::Blank
        ) {
            continue;
        }
        let headings = headings(cx.sheets, section);
        let annual = section.classification == Classification::AnnualReport;
        if let Some((pages, mut entries)) = contents(cx, section) {
            find(&mut entries, &headings, &pages, &cx.words.sections.appendix);
            tell(section, &entries, pages[0], issues);
            section.contents = entries;
        }
        if annual || !section.contents.is_empty() {
            section.parts =
                inside(section, &headings, &cx.words.sections.appendix, &cx.words.sections.foreword);
        }
    }
}

/// A heading of the section.
struct Heading {
    text: String,
    bare: String,
    page: u32,
    level: u8,
    block: String,
    /// It is the first thing on its page.
    opens: bool,
    top: f32,
}

fn headings(sheets: &Sheets, section: &Section) -> Vec<Heading> {
    let mut out = Vec::new();
    for sheet in sheets.all.iter().filter(|s| section.has(s.record.page)) {
        for (i, at) in sheet.blocks.iter().enumerate() {
            let Some(block) = sheets.flow.blocks.get(*at) else { continue };
            let BlockKind::Heading { level, number, text } = &block.kind else { continue };
            let words = crate::model::plain(text);
            let text = match number {
                Some(n) => format!("{n} {}", words.trim()),
                None => words.trim().to_owned(),
            };
            out.push(Heading {
                bare: bare(&text),
                text,
                page: sheet.page(),
                level: *level,
                block: block.id.clone(),
                opens: i == 0,
                top: block.origin.first().map_or(0.0, |o| o.bbox.top),
            });
        }
    }
    out
}

/// Letters and digits alone, without the number before: what two printings of a title share.
fn bare(text: &str) -> String {
    let folded = fold(text).replace('&', "and");
    let numbered = |c: char| c.is_ascii_digit() || ". |)".contains(c);
    let cut = folded.trim_start_matches(numbered);
    let cut = if cut.chars().filter(|c| c.is_alphabetic()).count() < 3 { &folded } else { cut };
    cut.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The contents page: its pages, and its entries.
fn contents(cx: &Context, section: &Section) -> Option<(Vec<u32>, Vec<ContentsEntry>)> {
    // Its heading may stand below a letterhead.
    let headed = |page: u32| {
        cx.sheets.get(page).is_some_and(|s| s.top.iter().any(|r| cx.words.sections.contents.is(&r.folded)))
    };
    let first = (section.pages[0]..=section.pages[1]).take(FIRST).find(|p| headed(*p))?;
    let mut pages = vec![first];
    // It may go on over the next page.
    let toc = |page: u32| {
        cx.sheets.get(page).is_some_and(|s| {
            let entries = s.blocks.iter().filter(|b| {
                cx.sheets.flow.blocks.get(**b).is_some_and(|b| matches!(b.kind, BlockKind::TocEntry { .. }))
            });
            entries.count() * 2 > s.blocks.len()
        })
    };
    pages.extend((first + 1..=section.pages[1]).take_while(|p| toc(*p)).take(FIRST));
    let blocks: Vec<usize> =
        pages.iter().filter_map(|p| cx.sheets.get(*p)).flat_map(|s| s.blocks.iter().copied()).collect();
    let rows = cx.sheets.rows_of(&blocks, ROWS);
    let from = rows.iter().position(|r| cx.words.sections.contents.is(&r.folded)).map_or(0, |i| i + 1);
    let entries = entries(rows.get(from..).unwrap_or_default());
    (entries.len() >= 3).then_some((pages, entries))
}

/// Titles with the page behind or below each.
fn entries(rows: &[Row]) -> Vec<ContentsEntry> {
    let mut out: Vec<ContentsEntry> = Vec::new();
    for row in rows.iter().flat_map(|r| r.text.split('\n')).map(str::trim) {
        if out.len() >= MOST {
            break;
        }
        let number = |t: &str| !t.is_empty() && t.len() <= 3 && t.chars().all(|c| c.is_ascii_digit());
        if number(row) {
            if let Some(last) = out.last_mut().filter(|e| e.printed_page.is_none()) {
                last.printed_page = Some(row.to_owned());
            }
            continue;
        }
        if row.chars().filter(|c| c.is_alphabetic()).count() < 3 || row.chars().count() > 200 {
            continue;
        }
        let end = row.trim_end_matches(|c: char| c.is_ascii_digit());
        let page = row.get(end.len()..).filter(|p| number(p) && end.ends_with([' ', '.', '…', '\t', '_']));
        let title = if page.is_some() { end } else { row };
        let title = title.trim_end_matches([' ', '.', '…', '\t', '_']).trim();
        out.push(ContentsEntry {
            title: title.to_owned(),
            printed_page: page.map(ToOwned::to_owned),
            ..ContentsEntry::default()
        });
    }
    // Without pages it is a list of something else, but for a few lines.
    // What stands below the last entry with a page is something else.
    let last = out.iter().rposition(|e| e.printed_page.is_some()).map_or(0, |i| i + 1);
    out.truncate(last);
    let paged = out.iter().filter(|e| e.printed_page.is_some()).count();
    if paged * 2 < out.len() { Vec::new() } else { out }
}

/// Ties entries to headings: of those with an entry's words, the one nearest to where its page number
/// leads, counted from the entry before.
fn find(entries: &mut [ContentsEntry], headings: &[Heading], contents: &[u32], labels: &Words) {
    let mut offset: Option<i64> = None;
    let mut last = 0;
    for entry in entries {
        let wanted = bare(&entry.title);
        let number = number(&entry.title);
        let label = label(&fold(&entry.title), labels);
        let fits = |h: &&Heading| {
            let other = self::number(&h.text);
            let numbers = number.is_none() || other.is_none() || number == other;
            let labelled = label.is_some() && label == super::looks::label(&fold(&h.text), labels);
            !contents.contains(&h.page) && (labelled || numbers && alike(&wanted, &h.bare))
        };
        let printed: Option<i64> = entry.printed_page.as_deref().and_then(|p| p.parse().ok());
        let expected = printed.zip(offset).map(|(p, o)| p + o);
        let far = |h: &Heading| match expected {
            Some(page) => (i64::from(h.page) - page).abs(),
            None => {
                if h.page >= last {
                    i64::from(h.page - last)
                } else {
                    i64::MAX
                }
            }
        };
        if let Some(h) = headings.iter().filter(fits).min_by_key(|h| far(h)) {
            entry.page = Some(h.page);
            entry.block = Some(h.block.clone());
            offset = printed.map(|p| i64::from(h.page) - p).or(offset);
            last = h.page;
        }
    }
}

/// The number that a title begins with: "3f", "10.", "4".
fn number(title: &str) -> Option<String> {
    let first = title.split_whitespace().next()?.trim_end_matches(['.', ')', ':']);
    let short = first.len() <= 5 && first.starts_with(|c: char| c.is_ascii_digit());
    short.then(|| first.to_lowercase())
}

/// Whether two titles are one: equal, or the one holds the other and little more.
fn alike(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    a == b
        || short.len() >= 8 && long.starts_with(short)
        || short.len() >= 12 && long.contains(short) && long.len() <= short.len() * 2
}

/// Says which entries have no heading.
fn tell(section: &Section, entries: &[ContentsEntry], page: u32, issues: &mut Vec<Issue>) {
    let missing: Vec<&str> = entries.iter().filter(|e| e.page.is_none()).map(|e| e.title.as_str()).collect();
    if !missing.is_empty() {
        let shown: Vec<String> = missing.iter().take(5).map(|t| format!("\u{201c}{t}\u{201d}")).collect();
        let more = if missing.len() > 5 { " …" } else { "" };
        issues.push(Issue::doubt(
            "contents_mismatch",
            Some(PageNo(page)),
            "sections",
            format!(
                "section {}: {} of {} entries of its contents page have no heading: {}{more}",
                section.id,
                missing.len(),
                entries.len(),
                shown.join(", ")
            ),
        ));
    }
}

/// Chapters, forewords and appendices: the headings that the contents page lists, and those that say
/// so themselves.
fn inside(section: &Section, headings: &[Heading], labels: &Words, forewords: &Words) -> Vec<Section> {
    let contents_page = section.contents.iter().find_map(|e| e.page).unwrap_or(section.pages[0]);
    let top = headings
        .iter()
        .filter(|h| section.contents.iter().any(|e| e.block.as_deref() == Some(&h.block)))
        .map(|h| h.level)
        .min()
        .unwrap_or(1);
    let mut out: Vec<(usize, Section)> = Vec::new();
    for (i, h) in headings.iter().enumerate() {
        if Some(h.block.as_str()) == section.title_block.as_deref()
            || h.page < contents_page.min(section.pages[1])
                && forewords.begins(&h.bare).is_none()
                && section.contents.iter().any(|e| e.page.is_some())
        {
            continue;
        }
        let listed = section.contents.iter().any(|e| e.block.as_deref() == Some(&h.block));
        let folded = fold(&h.text);
        let unnumbered = folded.trim_start_matches(|c: char| c.is_ascii_digit() || ". ".contains(c));
        let labelled = label(&folded, labels).is_some();
        let foreword = forewords.begins(unnumbered).is_some();
        let numbered = h.text.starts_with(|c: char| c.is_ascii_digit());
        let kind = if labelled {
            Classification::Appendix
        } else if foreword {
            Classification::Foreword
        } else if listed && (h.level <= top || numbered) {
            Classification::Chapter
        } else {
            continue;
        };
        let mut reasons = vec!["a heading".to_owned()];
        if listed {
            reasons.push("the contents page lists it".into());
        }
        let score = if listed { 0.95 } else { 0.7 };
        out.push((
            i,
            Section {
                title: Some(h.text.clone()),
                title_block: Some(h.block.clone()),
                classification: kind,
                pages: [h.page, section.pages[1]],
                agenda: section.agenda.clone(),
                parent: Some(section.id.clone()),
                confidence: Confidence { score: Some(score), reasons },
                ..Section::default()
            },
        ));
    }
    let starts: Vec<usize> = out.iter().map(|p| p.0).collect();
    for (n, (_, part)) in out.iter_mut().enumerate() {
        part.id = format!("{}.{}", section.id, n + 1);
        if let Some(next) = starts.get(n + 1).and_then(|i| headings.get(*i)) {
            // A part that begins at the top of a page leaves the page before it to the last.
            let whole = next.opens || next.top < 90.0;
            part.pages[1] = if whole { next.page.saturating_sub(1) } else { next.page }.max(part.pages[0]);
        }
    }
    out.into_iter().map(|p| p.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> Vec<Row> {
        lines.iter().map(|t| Row { text: (*t).into(), folded: fold(t), ..Row::default() }).collect()
    }

    #[test]
    fn entries_with_the_page_behind_or_below() {
        let got =
            entries(&rows(&["Foreword", "2", "1. Roads ...... 3", "2. Lanes of 2024 10", "3. Ways\t12"]));
        let pages: Vec<_> = got.iter().map(|e| (e.title.as_str(), e.printed_page.as_deref())).collect();
        assert_eq!(
            pages,
            [
                ("Foreword", Some("2")),
                ("1. Roads", Some("3")),
                ("2. Lanes of 2024", Some("10")),
                ("3. Ways", Some("12"))
            ]
        );
        assert!(entries(&rows(&["Apples", "Pears", "Plums 3"])).is_empty(), "a list without pages");
    }

    #[test]
    fn titles_are_compared_by_their_letters() {
        assert!(alike(
            &bare("3. Scrutineer view of last year"),
            &bare("3. WORKS - Scrutineer view of Last Year")
        ));
        assert!(alike(&bare("Foreword"), &bare("Foreword by the Chair")));
        assert!(!alike(&bare("Roads"), &bare("Roads and lanes")));
        assert_eq!(bare("2024 Events"), bare("Events"));
    }
}
