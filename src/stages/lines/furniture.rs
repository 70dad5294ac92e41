//! Page furniture: stamps by their words and place, running headers and footers by repetition over
//! neighbouring pages, and what stands alone in a margin.
//!
//! A pack is many documents, so repetition is looked for among near pages, never over the whole.

use super::margins::{self, Margin, MarginRow};
use super::{numbers, stamps};
use crate::model::{Furniture, Line, LineFate, PageLines, Turn};
use crate::threads::SHARE;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// How far from an edge stamps stand, in points.
const STAMP_ZONE: f32 = 90.0;
/// Pages this near share their running headers.
const NEAR: usize = 3;

/// Marks the furniture of all pages.
pub(super) fn find(pages: &mut [PageLines]) {
    mark_stamps(pages);
    pages.par_iter_mut().with_max_len(SHARE).for_each(numbers::mark);
    let recurring = Recurring::of(pages);
    mark_repeated(pages, &recurring);
    pages.par_iter_mut().enumerate().with_max_len(SHARE).for_each(|(p, page)| {
        margins::mark(page, &Witness { recurring: &recurring, page: p });
        mark_blank_notice(page);
    });
}

/// Words of margins by the pages that they stand on.
///
/// In a document of several pages only what comes again is furniture: the last row of a table, a title or
/// the end of a sentence may stand where a footer would. A document of a page or two has no witness.
#[derive(Default)]
struct Recurring {
    pages: FxHashMap<(bool, String), Vec<usize>>,
    /// Pages that have a bare number in a margin, by what it is short of their own.
    counts: FxHashMap<(bool, i64), Vec<usize>>,
    short: bool,
}

/// What the pages around one say of its margins.
pub(super) struct Witness<'r> {
    recurring: &'r Recurring,
    page: usize,
}

impl Witness<'_> {
    /// Whether there are other pages at all, enough to say something.
    pub(super) fn is_there(&self) -> bool {
        !self.recurring.short
    }

    /// Whether the words of a line stand in the same margin of another page nearby.
    pub(super) fn recurs(&self, page: &PageLines, line: &Line) -> bool {
        self.recurring.holds(self.page, page, line)
    }

    /// Whether a line that looks like a page number is one: a bare number counts on from another page's,
    /// or it may be the last figure of a table.
    pub(super) fn counts(&self, page: &PageLines, line: &Line) -> bool {
        self.recurring.counts_on(self.page, page, line)
    }
}

/// How many pages away the witness of a margin's words may stand.
const WITNESS: usize = 12;

impl Recurring {
    fn of(pages: &[PageLines]) -> Self {
        let mut out = Recurring { short: pages.len() < 3, ..Recurring::default() };
        if out.short {
            return out;
        }
        let keys = |page: &PageLines| -> Vec<(bool, String, Option<u32>)> {
            let lines = page.lines.iter().filter(|l| in_margin(page, l));
            lines
                .map(|l| {
                    let text = page.text_of(l);
                    (in_upper_half(page, l), shape(&text), stamps::number(&text))
                })
                .collect()
        };
        let keys: Vec<_> = pages.par_iter().with_max_len(SHARE).map(keys).collect();
        let add = |places: &mut Vec<usize>, p: usize| {
            if places.last() != Some(&p) {
                places.push(p);
            }
        };
        for (p, keys) in keys.into_iter().enumerate() {
            for (upper, shape, number) in keys {
                if let Some(n) = number {
                    add(out.counts.entry((upper, p as i64 - i64::from(n))).or_default(), p);
                }
                add(out.pages.entry((upper, shape)).or_default(), p);
            }
        }
        out
    }

    /// Whether the words of a line stand in the same margin of another page nearby.
    fn holds(&self, p: usize, page: &PageLines, line: &Line) -> bool {
        if self.short {
            return true;
        }
        let text = page.text_of(line);
        if stamps::number(&text).is_some() {
            return self.counts_on(p, page, line);
        }
        !opens_text(&text) && nearby(self.pages.get(&(in_upper_half(page, line), shape(&text))), p)
    }

    fn counts_on(&self, p: usize, page: &PageLines, line: &Line) -> bool {
        let Some(n) = stamps::number(&page.text_of(line)) else { return true };
        if self.short {
            return n < 1000;
        }
        nearby(self.counts.get(&(in_upper_half(page, line), p as i64 - i64::from(n))), p)
    }
}

/// Whether another page nearby is among those.
fn nearby(pages: Option<&Vec<usize>>, p: usize) -> bool {
    pages.is_some_and(|on| on.iter().any(|&q| q != p && q.abs_diff(p) <= WITNESS))
}

fn in_margin(page: &PageLines, line: &Line) -> bool {
    margins::edge_distance(page, line) < 130.0
}

fn in_upper_half(page: &PageLines, line: &Line) -> bool {
    line.bbox.mid_y() < 0.5 * page.size[1]
}

/// Where a line stands at the edge of its page, seen along its own direction of reading.
fn at_edge(page: &PageLines, line: usize) -> bool {
    let Some(line) = page.lines.get(line) else { return false };
    let [w, h] = page.size;
    let b = line.bbox;
    match line.turn {
        Turn::None | Turn::Half => b.bottom < STAMP_ZONE || b.top > h - STAMP_ZONE,
        Turn::Left | Turn::Right => b.right < STAMP_ZONE || b.left > w - STAMP_ZONE,
    }
}

/// Page stamps and item stamps. A document's own "Page 3" looks the same, so the stamps are those whose
/// numbers run with most pages: `page - number` is the same for the whole pack or a part of it.
fn mark_stamps(pages: &mut [PageLines]) {
    let stamps = |(p, page): (usize, &mut PageLines)| {
        let mut found: Vec<(usize, usize, i64)> = Vec::new();
        for l in 0..page.lines.len() {
            let line = &page.lines[l];
            if line.fate != LineFate::Body || line.count > 4 || !at_edge(page, l) {
                continue;
            }
            let text = page.text_of(line);
            if let Some(n) = stamps::page_stamp(&text) {
                found.push((p, l, p as i64 - i64::from(n)));
            } else if stamps::item_stamp(&text).is_some() {
                page.lines[l].fate = LineFate::Furniture(Furniture::ItemStamp);
            }
        }
        found
    };
    let found = pages.par_iter_mut().enumerate().with_max_len(SHARE).map(stamps);
    let mut found: Vec<(usize, usize, i64)> = found.flatten_iter().collect();
    let mut votes: FxHashMap<i64, usize> = FxHashMap::default();
    for (_, _, offset) in &found {
        *votes.entry(*offset).or_default() += 1;
    }
    // The best supported "Page N" of a page is its stamp; another on the same page is its own number.
    found.sort_by_key(|&(p, l, offset)| (p, std::cmp::Reverse(votes[&offset]), l));
    let mut stamped = usize::MAX;
    for (p, l, _) in found {
        let role = if p == stamped { Furniture::PageNumber } else { Furniture::PageStamp };
        stamped = p;
        pages[p].lines[l].fate = LineFate::Furniture(role);
    }
}

/// Text of a margin as it repeats: digits do not count.
fn shape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        if c.is_ascii_digit() {
            if !out.ends_with('#') {
                out.push('#');
            }
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}

/// What of a page may repeat.
struct Edges {
    rows: Vec<MarginRow>,
    /// Lines of those rows with their words as they repeat, and whether they stand at the top.
    words: Vec<(bool, String, usize)>,
    body_size: f32,
}

impl Edges {
    fn of(page: &PageLines) -> Edges {
        let rows = margins::rows(page, 0.16);
        let mut words = Vec::new();
        // A row of several cells is a table's header, unless it stands where no table begins.
        for row in rows.iter().filter(|row| row.lines.len() <= 3 || row.distance <= 50.0) {
            let top = row.margin == Margin::Top;
            let shapes = row.lines.iter().map(|&l| (top, shape(&page.text_of(&page.lines[l])), l));
            words.extend(shapes.filter(|(_, s, _)| s.contains(|c: char| c.is_alphanumeric() || c == '#')));
        }
        Edges { rows, words, body_size: margins::body_size(page) }
    }
}

/// Running headers and footers: the same words at the same height on near pages of one size.
fn mark_repeated(pages: &mut [PageLines], recurring: &Recurring) {
    let mut edges: Vec<Edges> = pages.par_iter().with_max_len(SHARE).map(Edges::of).collect();
    let mut seen: FxHashMap<(bool, String), Vec<(usize, usize)>> = FxHashMap::default();
    for (p, edges) in edges.iter_mut().enumerate() {
        for (top, shape, l) in edges.words.drain(..) {
            seen.entry((top, shape)).or_default().push((p, l));
        }
    }
    // Each group of words is looked at by itself, and no line is in two.
    let seen: Vec<_> = seen.into_iter().filter(|(_, places)| places.len() > 1).collect();
    let roles = seen.par_iter().flat_map_iter(|((top, words), places)| {
        let numbered = words.contains('#');
        let group = Group { pages, edges: &edges, recurring, top: *top, numbered, places };
        (0..places.len()).filter_map(move |i| Some((places[i], group.role(i)?)))
    });
    let roles: Vec<((usize, usize), Furniture)> = roles.collect();
    for ((p, l), role) in roles {
        pages[p].lines[l].fate = LineFate::Furniture(role);
    }
    pages.par_iter_mut().zip(&edges).with_max_len(SHARE).for_each(|(page, edges)| {
        keep_whole_rows(page, &edges.rows);
        keep_what_lies_inside(page);
    });
}

/// Lines in one margin whose words are the same but for digits.
struct Group<'p> {
    pages: &'p [PageLines],
    edges: &'p [Edges],
    recurring: &'p Recurring,
    /// They stand at the top.
    top: bool,
    /// They have digits.
    numbered: bool,
    /// Pages and lines.
    places: &'p [(usize, usize)],
}

impl Group<'_> {
    /// What one of them is, if it is furniture.
    fn role(&self, i: usize) -> Option<Furniture> {
        let (pages, places, (p, l)) = (self.pages, self.places, self.places[i]);
        let line = &pages[p].lines[l];
        let same = |&(q, m): &(usize, usize)| {
            let other = &pages[q].lines[m];
            q != p
                && q.abs_diff(p) <= NEAR
                && (other.bbox.mid_y() - line.bbox.mid_y()).abs() < 4.0
                && (other.size - line.size).abs() < 0.6
                && (pages[q].size[1] - pages[p].size[1]).abs() < 2.0
        };
        // What is set as a title is one where it stands first; it is repeated where its chapter goes on.
        let text = pages[p].text_of(line);
        let edge = margins::edge_distance(&pages[p], line);
        let alike = |o: &&(usize, usize)| pages[o.0].text_of(&pages[o.0].lines[o.1]) == text;
        let mut before = places[..i].iter().filter(|o| same(o));
        if is_titled(&pages[p], line, self.edges[p].body_size, self.top)
            && !before.any(|o| !self.numbered || alike(&o))
        {
            return None;
        }
        // Numbers that differ count pages at the edge of the page, or where the words say so.
        let counts = !self.numbered || edge < 45.0 || text.to_lowercase().contains("page");
        if self.top && !counts && !places.iter().any(|o| same(o) && alike(&o)) {
            return None;
        }
        if opens_text(&text) || !self.recurring.counts_on(p, &pages[p], line) {
            return None;
        }
        let near = places[i.saturating_sub(8)..places.len().min(i + 9)].iter().filter(|o| same(o)).count();
        // Two are enough close to the edge; further in, where text may stand, three.
        let wanted = if edge < 45.0 || (self.numbered && edge < 60.0) { 1 } else { 2 };
        if near < wanted || margins::ruled_around(&pages[p], line) {
            return None;
        }
        Some(match (stamps::page_number(&text).is_some(), self.top) {
            (true, _) => Furniture::PageNumber,
            (false, true) => Furniture::Header,
            (false, false) => Furniture::Footer,
        })
    }
}

/// A unit belongs to the figures below it, and a colon to what it opens: neither is furniture, however
/// often it comes.
fn opens_text(text: &str) -> bool {
    text.contains('£') || text.ends_with(':')
}

/// Whether a line is set as a title is: larger than the text, or dressed and of some length.
fn is_titled(page: &PageLines, line: &Line, body_size: f32, top: bool) -> bool {
    let words = page.words_of(line);
    let dressed = words.iter().all(|w| w.style.bold) || words.iter().all(|w| w.style.underline);
    line.size > 1.3 * body_size || top && dressed && line.size > 0.95 * body_size && words.len() > 1
}

/// A word that repeats beside words that do not is part of their line ("1." at the top of every page of
/// a numbered list): a row is furniture for the most part, or not at all.
fn keep_whole_rows(page: &mut PageLines, rows: &[MarginRow]) {
    for row in rows.iter().filter(|r| r.distance > 50.0) {
        let chars = |l: &usize| page.text_of(&page.lines[*l]).len();
        let (body, gone): (Vec<usize>, Vec<usize>) =
            row.lines.iter().partition(|&&l| page.lines[l].fate == LineFate::Body);
        if body.iter().map(chars).sum::<usize>() > gone.iter().map(chars).sum::<usize>() {
            for l in gone {
                page.lines[l].fate = LineFate::Body;
            }
        }
    }
}

/// Repeated words are furniture only if nothing but furniture stands between them and the edge: a first
/// line of text above them means that they are text themselves.
fn keep_what_lies_inside(page: &mut PageLines) {
    for top in [true, false] {
        let edge = |l: &Line| if top { l.bbox.top } else { page.size[1] - l.bbox.bottom };
        let upright = |l: &&Line| l.turn == Turn::None;
        let body = page.lines.iter().filter(upright).filter(|l| l.fate == LineFate::Body);
        let Some(first) = body.map(edge).min_by(f32::total_cmp) else { continue };
        let role = if top { Furniture::Header } else { Furniture::Footer };
        let inside: Vec<usize> = (0..page.lines.len())
            .filter(|&i| {
                let l = &page.lines[i];
                l.fate == LineFate::Furniture(role) && edge(l) > first + 0.5 * l.size && edge(l) > 45.0
            })
            .collect();
        for i in inside {
            page.lines[i].fate = LineFate::Body;
        }
    }
}

/// "This page is intentionally left blank", where it is all that the page says.
fn mark_blank_notice(page: &mut PageLines) {
    let body: Vec<usize> = (0..page.lines.len()).filter(|&l| page.lines[l].fate == LineFate::Body).collect();
    if body.is_empty() || body.len() > 4 {
        return;
    }
    let text: String = body.iter().map(|&l| page.text_of(&page.lines[l]).to_lowercase() + " ").collect();
    if text.len() < 80 && text.contains("page") && text.contains("blank") {
        for l in body {
            page.lines[l].fate = LineFate::Furniture(Furniture::BlankNotice);
        }
    }
}
