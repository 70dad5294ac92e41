//! Which drafts are headings, and their levels over the whole document.

use super::DRAFTS;
use super::draft::{Content, Draft};
use super::markers::MarkerKind;
use super::normal::Normal;
use super::tags::Tags;
use super::text_line::TextLine;
use crate::model::PageLines;
use crate::stages::MONTHS;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// How strongly a heading is set; compared to find which heads which.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rank {
    /// Font size in points.
    size: f32,
    /// Weight of capitals, bold, underline and colour.
    weight: u8,
    /// Depth of its number: 1 for "2.", 2 for "2.1".
    depth: Option<u8>,
    /// Stands in the middle of its line.
    centred: bool,
}

/// The rank of every draft that is a heading.
///
/// Each draft is judged by itself first. Then the styles in which the document sets its headings are
/// evidence: what is set in one of them is a heading too, be it long or mostly figures; and so are tags
/// that agree with the page.
pub(super) fn ranks(
    pages: &[PageLines],
    drafts: &[Draft],
    normals: &[Normal],
    tags: &Tags,
) -> Vec<Option<Rank>> {
    let normal = |d: &Draft| normals.get(d.page).copied().unwrap_or_default();
    let mut ranks: Vec<Option<Rank>> = drafts
        .par_iter()
        .enumerate()
        .with_max_len(DRAFTS)
        .map(|(i, draft)| {
            let before = i.checked_sub(1).and_then(|j| drafts.get(j));
            rank(pages.get(draft.page)?, draft, before, drafts.get(i + 1), normal(draft))
        })
        .collect();
    if let (Some(page), Some(first), Some(none @ None)) = (pages.first(), drafts.first(), ranks.first_mut())
        && is_title(page, first, drafts.get(1))
    {
        *none = Some(Rank::of(page, first, normal(first)));
    }
    // Characters in each style, in headings and elsewhere, and how many headings.
    let mut styles: BTreeMap<StyleKey, (u32, u32, u32)> = BTreeMap::new();
    for (draft, rank) in drafts.iter().zip(&ranks) {
        if let Some(key) = StyleKey::of(draft, normal(draft)) {
            let entry = styles.entry(key).or_default();
            match rank {
                Some(_) => (entry.0, entry.2) = (entry.0 + draft.chars(), entry.2 + 1),
                None => entry.1 += draft.chars(),
            }
        }
    }
    let looks: Vec<bool> = ranks.iter().map(Option::is_some).collect();
    let tagged = tags.headings(pages, drafts, &looks);
    for ((draft, rank), tagged) in drafts.iter().zip(&mut ranks).zip(tagged).filter(|((_, r), _)| r.is_none())
    {
        if tagged && may_head(draft) {
            *rank = pages.get(draft.page).map(|page| Rank::of(page, draft, normal(draft)));
            continue;
        }
        let known = StyleKey::of(draft, normal(draft)).and_then(|key| styles.get(&key));
        if known.is_some_and(|(heads, rest, n)| *n >= 5 && rest < heads) && may_head(draft) {
            *rank = pages.get(draft.page).map(|page| Rank::of(page, draft, normal(draft)));
        }
    }
    ranks
}

/// Whether the first text of a document is its title though it is set like any other: a short line or two
/// in the middle of the page, or right above a table.
fn is_title(page: &PageLines, draft: &Draft, after: Option<&Draft>) -> bool {
    let (Some(first), Some(last)) = (draft.first(), draft.last()) else { return false };
    let over_table = after.is_some_and(|a| matches!(a.content, Content::Table { .. }));
    let starts = first.word(page, 0).is_some_and(|w| w.text.starts_with(char::is_uppercase));
    let closed = last.last_word(page).is_some_and(|w| w.text.ends_with(['.', ',', ';', ':', '-']));
    let letters: u32 = draft.lines().iter().map(|l| l.letters).sum();
    draft.page == 0
        && matches!(draft.content, Content::Text { .. })
        && draft.lines().len() <= 3
        && draft.chars() <= 120
        && letters >= 8
        && first.marker.is_none()
        && starts
        && !closed
        && (is_centred(page, draft) || over_table)
        && !is_caption(page, first)
        && !is_date(page, draft.lines())
}

/// Whether a draft stands in the middle of its page, well inside both margins.
fn is_centred(page: &PageLines, draft: &Draft) -> bool {
    let width = page.size[0];
    (draft.bbox.mid_x() - 0.5 * width).abs() < 0.04 * width && draft.bbox.left > 0.15 * width
}

/// How a line is set, where that differs from the text around it by more than weight: only such a style
/// tells headings by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct StyleKey {
    /// Size in half points.
    size: u32,
    bold: bool,
    italic: bool,
    colour: u32,
}

impl StyleKey {
    fn of(draft: &Draft, normal: Normal) -> Option<Self> {
        let first = draft.first()?;
        let key = |l: &TextLine| StyleKey {
            size: (l.size * 2.0).round() as u32,
            bold: l.bold,
            italic: l.italic,
            colour: l.colour,
        };
        let coloured = is_coloured(draft, normal);
        let larger = first.size >= 1.06 * normal.size;
        let dressed = (coloured || larger) && (coloured || first.bold || first.italic);
        (dressed && draft.lines().iter().all(|l| key(l) == key(first))).then(|| key(first))
    }
}

/// What no style makes a heading: items, long paragraphs, lines without words.
fn may_head(draft: &Draft) -> bool {
    let (lines, marker) = (draft.lines(), draft.first().and_then(|l| l.marker.as_ref()));
    let item = marker.is_some_and(|m| !matches!(m.kind, MarkerKind::Number | MarkerKind::Decimal));
    !item && lines.len() <= 4 && (3..=300).contains(&draft.chars()) && lines.iter().any(|l| l.letters >= 3)
}

impl Rank {
    fn of(page: &PageLines, draft: &Draft, normal: Normal) -> Self {
        let (size, lines) = (draft.size(), draft.lines());
        let all = |f: fn(&TextLine) -> bool| lines.iter().all(f);
        let coloured = is_coloured(draft, normal);
        // Capitals tell ranks apart where the typist had nothing else; in a style of its own (larger or
        // in colour) they are a manner of writing.
        let styled = coloured || size >= 1.06 * normal.size;
        let weight = 1
            + 2 * u8::from(all(|l| l.caps) && !styled)
            + 2 * u8::from(all(|l| l.bold))
            + u8::from(all(|l| l.underlined))
            + u8::from(coloured)
            - u8::from(all(|l| l.italic));
        let marker = draft.first().and_then(|l| l.marker.as_ref());
        let numbered = marker.filter(|m| matches!(m.kind, MarkerKind::Number | MarkerKind::Decimal));
        let centred = numbered.is_none() && is_centred(page, draft);
        Rank { size, weight, depth: numbered.map(|m| depth_of(&m.text)), centred }
    }
}

/// Wholly in a colour, where the text around is set in another.
fn is_coloured(draft: &Draft, normal: Normal) -> bool {
    draft.first().is_some_and(|l| l.colour != normal.colour && is_colour(l.colour))
        && draft.lines().iter().all(|l| l.one_colour)
}

/// Whether a draft is a heading by itself, and how strong.
fn rank(
    page: &PageLines,
    draft: &Draft,
    before: Option<&Draft>,
    after: Option<&Draft>,
    normal: Normal,
) -> Option<Rank> {
    let Content::Text { lines, .. } = &draft.content else { return None };
    let (first, last) = (lines.first()?, lines.last()?);
    let chars = draft.chars();
    let size = draft.size();
    let larger = size / normal.size.max(1.0);
    if lines.len() > if larger >= 1.3 { 8 } else { 4 } || !(2..=200).contains(&chars) {
        return None;
    }
    let marker = first.marker.as_ref();
    if marker.is_some_and(|m| m.kind == MarkerKind::Bullet) {
        return None;
    }
    let letters = lines.iter().flat_map(TextLine::text_words).filter_map(|&w| page.words.get(w as usize));
    let (mut alphabetic, mut words) = (0usize, 0usize);
    let mut linked = 0usize;
    let mut address = false;
    for word in letters {
        address |= word.text.contains("://") || word.text.starts_with("www.");
        linked += usize::from(word.link.is_some());
        alphabetic += word.text.chars().filter(|c| c.is_alphabetic()).count();
        words += 1;
    }
    // A line of links leads elsewhere; it heads nothing.
    if linked * 2 > words || address && words <= 2 {
        return None;
    }
    if alphabetic < 3 || alphabetic * 2 < chars as usize {
        return None;
    }
    let end = last.last_word(page).map_or("", |w| w.text.as_str());
    let all = |f: fn(&TextLine) -> bool| lines.iter().all(f);
    let (bold, caps, underlined) = (all(|l| l.bold), all(|l| l.caps), all(|l| l.underlined));
    let italic = all(|l| l.italic);
    let coloured = is_coloured(draft, normal);
    // What stands beside something on its own row is a label.
    let beside =
        |d: &Draft| d.page == draft.page && d.bbox.overlap_y(draft.bbox) > 0.6 * size.min(d.bbox.height());
    if [before, after]
        .into_iter()
        .flatten()
        .any(|d| !matches!(d.content, Content::Table { .. } | Content::Figure { .. }) && beside(d))
    {
        return None;
    }
    let numbered = marker.is_some_and(|m| matches!(m.kind, MarkerKind::Number | MarkerKind::Decimal));
    // "II. OPEN SESSION", "C) Grants": a roman number or letter in capitals before a dressed title.
    let chapter = marker.is_some_and(|m| {
        let capital = m.text.starts_with(char::is_uppercase);
        capital
            && match m.kind {
                MarkerKind::Roman => caps || underlined || bold,
                MarkerKind::Letter => underlined || bold && normal.bold < 0.6,
                _ => false,
            }
    });
    let lettered = marker.is_some() && !numbered && !chapter;
    if !numbered && opens_list(draft, after) {
        return None;
    }
    let named = is_named_part(page, first);
    let abbreviated = ["a.m.", "p.m.", "etc.", "Ltd.", "Co."].iter().any(|a| end.ends_with(a));
    let sentence = !named
        && !abbreviated
        && end.ends_with(['.', ';', ','])
        && !(end.ends_with('.') && words <= 8 && (larger > 1.15 || numbered && bold));
    if sentence
        || (end.ends_with(':')
            && (lettered || words > 6 && larger < 1.1 && !coloured && !(numbered && underlined)))
        || is_caption(page, first)
        || is_date(page, lines)
        || runs_on(page, draft, after)
    {
        return None;
    }
    let over_table = after.is_some_and(|a| matches!(a.content, Content::Table { .. }));
    let bold_stands_out = bold && (normal.bold < 0.6 || over_table);
    let alone = draft.above > 0.25 * size || draft.opens_column;
    let by_size =
        larger >= 1.14 && words <= 28 || larger >= 1.06 && (bold || caps || coloured) && words <= 22;
    let by_weight = larger >= 0.93
        && lines.len() <= 3
        && words <= if bold && underlined { 30 } else { 18 }
        && alone
        && (!lettered || (bold_stands_out || underlined) && words <= 9)
        && (bold_stands_out
            || underlined
            || caps && words >= 2 && alphabetic >= 8
            || coloured && words <= 10
            || numbered && words <= 14 && heads_by_number(page, first, after)
            || italic && is_italic_title(page, draft, after, words, end, numbered));
    (by_size && (!lettered || larger >= 1.18) || by_weight).then(|| Rank::of(page, draft, normal))
}

/// Whether the next item follows right under it: "A. …" over "B. …" is a list, however it is set.
fn opens_list(draft: &Draft, after: Option<&Draft>) -> bool {
    let marker = |d: &Draft| d.first().and_then(|l| l.marker.as_ref()).map(|m| (m.kind, m.counter()));
    let (Some(own), Some(next)) = (marker(draft), after.and_then(marker)) else { return false };
    let close = after.is_some_and(|a| a.page == draft.page && a.above < 0.5 * draft.size());
    own.0 == next.0 && close && own.1.zip(next.1).is_some_and(|(a, b)| b.follows(a))
}

/// Whether it is nothing but a date: "Thursday, 13 February 2025 at 10.00 am".
fn is_date(page: &PageLines, lines: &[TextLine]) -> bool {
    let words = lines.iter().flat_map(|l| &l.words).filter_map(|&w| page.words.get(w as usize));
    let (mut month, mut digits) = (false, false);
    for word in words {
        let text = word.text.to_lowercase();
        let text = text.trim_matches(|c: char| !c.is_alphanumeric());
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            digits = true;
        } else if MONTHS.iter().any(|m| text.starts_with(m)) && text.len() <= 9 {
            month = true;
        } else if !(text.ends_with("day") && text.len() <= 9
            || matches!(text, "" | "at" | "on" | "the" | "of" | "am" | "pm" | "a.m" | "p.m" | "date")
            || matches!(text, "st" | "nd" | "rd" | "th" | "noon" | "from" | "to"))
        {
            return false;
        }
    }
    month && digits
}

/// Whether the text goes on in the next line as if nothing had ended: the label at the head of a
/// paragraph, not a heading.
fn runs_on(page: &PageLines, draft: &Draft, after: Option<&Draft>) -> bool {
    let (Some(last), Some(next)) = (draft.last(), after.and_then(Draft::first)) else { return false };
    let (from, to) = draft.column;
    let full = last.bbox.right > to - 0.12 * (to - from);
    let lower = next.word(page, 0).is_some_and(|w| w.text.starts_with(char::is_lowercase));
    let styles = |l: &TextLine| l.bold || l.underlined || l.italic || l.caps;
    full && draft.below < 0.5 * last.size && (lower || !draft.lines().iter().all(styles)) && !styles(next)
}

/// A line in italics heads what follows only if it stands alone over upright text, as a title is written.
fn is_italic_title(
    page: &PageLines,
    draft: &Draft,
    after: Option<&Draft>,
    words: usize,
    end: &str,
    numbered: bool,
) -> bool {
    let Some(first) = draft.first() else { return false };
    let over_text = after.and_then(Draft::first).is_some_and(|l| !l.italic);
    let starts = first.first_text_word(page).is_some_and(|w| w.text.starts_with(char::is_uppercase));
    let closed = end.ends_with(['.', ':', ',', ')', '”', '’', '"', '?', '!']);
    draft.lines().len() == 1
        && words <= 12
        && (over_text || numbered)
        && starts
        && !closed
        && (numbered || draft.above > 0.4 * first.size)
}

/// A bold number before upright text sets the line off as well as bold words would.
fn heads_by_number(page: &PageLines, line: &TextLine, after: Option<&Draft>) -> bool {
    let bold_number = line.word(page, 0).is_some_and(|w| w.style.bold);
    bold_number && !line.bold && after.and_then(Draft::first).is_some_and(|l| l.marker.is_none())
}

/// "Section 1: …", "Appendix B …": names of parts, which may end in a stop.
fn is_named_part(page: &PageLines, line: &TextLine) -> bool {
    const PARTS: [&str; 8] =
        ["section", "part", "chapter", "appendix", "annex", "annexe", "schedule", "priority"];
    numbered_name(page, line, &PARTS) && line.words.len() <= 14
}

/// "Table 3: …", "Chart 4.1 – …": the caption of a table or figure.
pub(super) fn is_caption(page: &PageLines, line: &TextLine) -> bool {
    const NAMES: [&str; 9] =
        ["table", "figure", "fig", "fig.", "chart", "graph", "map", "diagram", "exhibit"];
    numbered_name(page, line, &NAMES)
}

/// Whether a line begins with one of these names and a number or letter.
fn numbered_name(page: &PageLines, line: &TextLine, names: &[&str]) -> bool {
    let (Some(name), Some(number)) = (line.word(page, 0), line.word(page, 1)) else { return false };
    let number = number.text.trim_end_matches([':', '.', ')', '-', '–', ',']);
    let numbered = number.len() <= 5
        && !number.is_empty()
        && (number.starts_with(|c: char| c.is_ascii_digit())
            || number.len() == 1 && number.starts_with(char::is_uppercase));
    numbered && names.contains(&name.text.to_lowercase().as_str())
}

fn depth_of(number: &str) -> u8 {
    number.split('.').filter(|p| !p.is_empty()).count().min(9) as u8
}

/// Neither black, white nor grey.
fn is_colour(rgb: u32) -> bool {
    let [_, r, g, b] = rgb.to_be_bytes();
    r.max(g).max(b) - r.min(g).min(b) > 40
}

/// Gives levels to headings in reading order: a heading stands under the nearest one before it that is
/// stronger.
#[derive(Debug, Default)]
pub(super) struct Levels {
    open: Vec<Rank>,
}

impl Levels {
    /// The level of the next heading.
    pub(super) fn next(&mut self, rank: Rank) -> u8 {
        while self.open.last().is_some_and(|top| !stronger(*top, rank)) {
            self.open.pop();
        }
        self.open.push(rank);
        self.open.len().min(6) as u8
    }
}

fn stronger(a: Rank, b: Rank) -> bool {
    if let (Some(x), Some(y)) = (a.depth, b.depth) {
        let alike = (a.size - b.size).abs() < 2.1;
        if alike {
            return x < y;
        }
    }
    if (a.size - b.size).abs() >= 0.6 {
        return a.size > b.size;
    }
    (a.weight, a.centred) > (b.weight, b.centred)
}
