//! `blocks`: lines and tables into a flow of headings, paragraphs, lists and figures.
//!
//! Page by page (in parallel) the lines that no table took are put into reading order and gathered into
//! drafts; then the document as a whole decides what is a heading and at which level, and what goes on
//! over a column's or page's end.

mod boxes;
mod compose;
mod draft;
mod facts;
mod figures;
mod headings;
mod ledger;
mod markers;
mod normal;
mod order;
mod tags;
mod text_line;
mod ties;
mod toc;

use super::Stage;
use super::inline::Lexicon;
use crate::error::Error;
use crate::model::{Flow, GridPart, Lines, PageLines, Rect, Tables};
use crate::threads::SHARE;
use draft::{Content, Draft, Piece};
use rayon::prelude::*;

/// Drafts that a thread takes at once: each costs little.
const DRAFTS: usize = 16 * SHARE;

/// The `blocks` stage.
#[derive(Debug, Clone, Copy)]
pub struct Blocking;

/// Options of the `blocks` stage.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {}

impl Stage for Blocking {
    type In<'a> = (&'a Lines, &'a Tables);
    type Out = Flow;
    type Options = Options;
    const NAME: &'static str = "blocks";
    const VERSION: u32 = 3;

    fn run((lines, tables): Self::In<'_>, _: &Options) -> Result<Flow, Error> {
        let parts = parts_by_page(lines.pages.len(), tables);
        let drafts = || -> Vec<(Vec<Draft>, ledger::Fates)> {
            let pages = lines.pages.par_iter().zip(&parts).enumerate().with_max_len(SHARE);
            pages
                .map(|(i, (page, parts))| {
                    let drafts = page_drafts(i, page, parts);
                    let fates = ledger::Fates::of(page, parts.iter().map(|(_, part)| *part), &drafts);
                    (drafts, fates)
                })
                .collect()
        };
        let (pages, lexicon) = rayon::join(drafts, || Lexicon::of(lines));
        let (drafts, fates): (Vec<_>, Vec<_>) = pages.into_iter().unzip();
        Ok(compose::flow(lines, tables, drafts, fates, &lexicon))
    }
}

/// The parts of tables on each page, with the index of their grid.
fn parts_by_page(pages: usize, tables: &Tables) -> Vec<Vec<(usize, &GridPart)>> {
    let mut out = vec![Vec::new(); pages];
    for (grid, g) in tables.grids.iter().enumerate() {
        for part in &g.parts {
            if let Some(page) = out.get_mut(part.page.index()) {
                page.push((grid, part));
            }
        }
    }
    out
}

/// The drafts of one page in reading order.
fn page_drafts(index: usize, page: &PageLines, parts: &[(usize, &GridPart)]) -> Vec<Draft> {
    let mut taken = vec![false; page.words.len()];
    for (_, part) in parts {
        for &w in &part.words {
            if let Some(t) = taken.get_mut(w as usize) {
                *t = true;
            }
        }
    }
    let mut lines = text_line::lines_of(page, &taken);
    let boxes: Vec<Rect> = parts.iter().map(|(_, p)| p.bbox).collect();
    let mut pieces: Vec<Piece> = Vec::new();
    for region in figures::regions(page, &boxes) {
        let (labels, rest) = figures::labels(lines, region);
        lines = rest;
        let bbox = labels.iter().map(|l| l.bbox).fold(region, Rect::union);
        pieces.push(Piece::Figure { words: labels.into_iter().flat_map(|l| l.words).collect(), bbox });
    }
    let toc = toc::entries(page, &mut lines);
    let is_toc: Vec<u32> =
        lines.iter().zip(&toc).filter(|(_, t)| **t).filter_map(|(l, _)| l.words.first().copied()).collect();
    pieces.extend(lines.into_iter().map(Piece::Line));
    pieces.extend(parts.iter().map(|&(grid, part)| Piece::Table { grid, bbox: part.bbox }));
    let mut drafts = Vec::new();
    for flow in in_order(page, pieces) {
        draft::drafts(index, page, flow, &mut drafts);
    }
    if !is_toc.is_empty() {
        split_toc(&mut drafts, &is_toc);
    }
    drafts
}

/// The pieces of a page in reading order, in flows of one column each. The lines of a text box are put
/// in order by themselves, and the box as one piece among the others.
fn in_order(page: &PageLines, pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let is_line = |p: &&Piece| matches!(p, Piece::Line(_));
    let lines: Vec<Rect> = pieces.iter().filter(is_line).map(Piece::bbox).collect();
    let others: Vec<Rect> = pieces.iter().filter(|p| !is_line(p)).map(Piece::bbox).collect();
    let mut boxed = boxes::of_lines(page, &lines, &others).into_iter();
    let mut groups: Vec<(Option<usize>, Vec<Piece>)> = Vec::new();
    for piece in pieces {
        let own = if is_line(&&piece) { boxed.next().flatten() } else { None };
        match groups.iter_mut().find(|(id, _)| own.is_some() && *id == own) {
            Some((_, group)) => group.push(piece),
            None => groups.push((own, vec![piece])),
        }
    }
    let item = |group: &[Piece]| order::Item {
        bbox: Rect::around(group.iter().map(Piece::bbox)).unwrap_or_default(),
        text: matches!(group, [Piece::Line(_)]),
    };
    let items: Vec<order::Item> = groups.iter().map(|(_, g)| item(g)).collect();
    let mut groups: Vec<Vec<Piece>> = groups.into_iter().map(|(_, g)| g).collect();
    let mut out: Vec<Vec<Piece>> = Vec::new();
    for flow in order::flows(&items) {
        let mut open: Vec<Piece> = Vec::new();
        for i in flow {
            let mut group = groups.get_mut(i).map(std::mem::take).unwrap_or_default();
            if group.len() == 1 {
                open.append(&mut group);
                continue;
            }
            if !open.is_empty() {
                out.push(std::mem::take(&mut open));
            }
            let items: Vec<order::Item> =
                group.iter().map(|p| order::Item { bbox: p.bbox(), text: true }).collect();
            let mut group: Vec<Option<Piece>> = group.into_iter().map(Some).collect();
            let inner = order::flows(&items).into_iter();
            out.extend(inner.map(|flow| flow.into_iter().filter_map(|i| group.get_mut(i)?.take()).collect()));
        }
        if !open.is_empty() {
            out.push(open);
        }
    }
    out
}

/// Takes the entries of a table of contents out of the drafts that their lines went into. An entry over
/// two lines keeps both.
fn split_toc(drafts: &mut Vec<Draft>, first_words: &[u32]) {
    let mut out = Vec::with_capacity(drafts.len());
    for draft in drafts.drain(..) {
        let Content::Text { lines, .. } = &draft.content else {
            out.push(draft);
            continue;
        };
        let entry = |l: &text_line::TextLine| l.words.first().is_some_and(|w| first_words.contains(w));
        if !lines.iter().any(entry) {
            out.push(draft);
            continue;
        }
        let mut open: Option<text_line::TextLine> = None;
        for line in lines {
            let mut line = line.clone();
            if let Some(before) = open.take() {
                line.bbox = line.bbox.union(before.bbox);
                line.chars += before.chars;
                line.words.splice(0..0, before.words);
            }
            let ends = lines.iter().any(|l| entry(l) && l.words.last() == line.words.last());
            if !ends {
                open = Some(line);
                continue;
            }
            let depth = ((line.bbox.left - draft.column.0).max(0.0) / 14.0).min(5.0) as u8;
            out.push(Draft { bbox: line.bbox, content: Content::Toc { line, depth }, ..draft.clone() });
        }
        if let Some(line) = open {
            out.push(Draft {
                bbox: line.bbox,
                content: Content::Text { lines: vec![line], breaks: Vec::new() },
                ..draft.clone()
            });
        }
    }
    *drafts = out;
}

#[cfg(test)]
mod tests;
