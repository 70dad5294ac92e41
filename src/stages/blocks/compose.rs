//! Drafts of all pages into the flow: headings and levels, joins over columns and pages, furniture.

use super::draft::{self, Content, Draft};
use super::facts::Facts;
use super::headings::{self, Levels, Rank};
use super::ledger::{Digits, Fates};
use super::markers::{Counter, Marker, MarkerKind};
use super::normal::{Normal, normals};
use super::tags::Tags;
use super::text_line::TextLine;
use super::{DRAFTS, ties, toc};
use crate::model::{
    Block, BlockKind, Confidence, Flow, Furniture, Grid, Issue, Layer, LineFate, Lines, Origin, PageLines,
    PageNo, Rect, Span, Table, Tables, Turn, join, plain,
};
use crate::stages::inline::{Lexicon, TextBuilder};
use crate::threads::SHARE;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::ops::Range;

/// Puts the drafts of all pages together.
pub(super) fn flow(
    lines: &Lines,
    tables: &Tables,
    drafts: Vec<Vec<Draft>>,
    fates: Vec<Fates>,
    lexicon: &Lexicon,
) -> Flow {
    let normals = normals(&lines.pages);
    let told: BTreeSet<PageNo> =
        lines.issues.iter().filter(|i| i.loss && i.stage == "ocr").filter_map(|i| i.page).collect();
    let facts = || -> Vec<Facts> {
        let pages = lines.pages.par_iter().zip(&normals).zip(fates).with_max_len(SHARE);
        pages.map(|((page, normal), fates)| Facts::of(page, *normal, fates, &told)).collect()
    };
    // What each page comes to is counted by some threads while others write its text.
    let (facts, composed) = rayon::join(facts, || {
        let mut all = Vec::with_capacity(drafts.iter().map(Vec::len).sum());
        for drafts in drafts {
            all.extend(drafts);
        }
        Composed::of(lines, tables, &all, &normals, lexicon)
    });
    let mut issues: Vec<Issue> = lines.issues.iter().chain(&tables.issues).cloned().collect();
    let mut unbalanced = Vec::new();
    let mut read = Digits::default();
    let mut pages = Vec::with_capacity(facts.len());
    for facts in facts {
        pages.push(facts.record);
        read = read + facts.read;
        issues.extend(facts.unread);
        unbalanced.extend(facts.unbalanced);
    }
    issues.extend(unbalanced);
    issues.extend(read.unlike(&composed.written));
    let Composed { blocks, tables, .. } = composed;
    Flow { document: lines.document.clone(), pages, blocks, tables, issues }
}

/// Blocks and tables as they stand in the flow.
struct Composed {
    blocks: Vec<Block>,
    tables: Vec<Table>,
    /// Digits that the body prints.
    written: Digits,
}

impl Composed {
    fn of(
        lines: &Lines,
        tables: &Tables,
        drafts: &[Draft],
        normals: &[Normal],
        lexicon: &Lexicon,
    ) -> Composed {
        let ranks = headings::ranks(&lines.pages, drafts, normals, &Tags::of(&lines.document.structure));
        let mut composer = Composer {
            lines,
            lexicon,
            normals,
            levels: Levels::default(),
            blocks: Vec::new(),
            open: Vec::new(),
        };
        let runs = composer.runs(drafts);
        // Words into text, block by block: most of the work, and each by itself.
        let rank = |run: &Range<usize>| ranks[run.start].filter(|_| run.len() == 1);
        let set: Vec<Set> = runs
            .par_iter()
            .with_max_len(DRAFTS)
            .map(|run| composer.set(&drafts[run.clone()], rank(run)))
            .collect();
        let mut grids: Vec<usize> = Vec::new();
        let mut seen: Vec<bool> = vec![false; tables.grids.len()];
        for (run, set) in runs.into_iter().zip(set) {
            let first = &drafts[run.start];
            let Content::Table { grid } = first.content else {
                composer.text(&drafts[run], set);
                continue;
            };
            if let Some(s) = seen.get_mut(grid)
                && !std::mem::replace(s, true)
            {
                grids.push(grid);
                composer.table(first, grids.len(), tables.grids.get(grid).map_or(&[], |g| &g.parts));
            }
        }
        let Composer { mut blocks, .. } = composer;
        let body = blocks.len();
        blocks.par_extend(lines.pages.par_iter().flat_map_iter(margin_blocks));
        blocks.par_iter_mut().enumerate().for_each(|(i, block)| block.id = format!("b{}", i + 1));
        let mut tables: Vec<Table> = grids
            .par_iter()
            .enumerate()
            .filter_map(|(i, &grid)| Some(placed(lines, tables.grids.get(grid)?, i + 1)))
            .collect();
        let printed = blocks[..body].par_iter().map(Digits::of_block);
        let held = tables.par_iter().map(Digits::of_table);
        let written = printed.chain(held).reduce(Digits::default, |a, b| a + b);
        ties::tie(lines, &blocks, &mut tables);
        Composed { blocks, tables, written }
    }
}

/// A grid's table under its number, with its boxes on the pages as shown.
fn placed(lines: &Lines, grid: &Grid, number: usize) -> Table {
    let mut table = grid.table.clone();
    table.id = format!("t{number}");
    table.origin = grid.parts.iter().map(|p| shown(lines, p.page.index(), p.bbox)).collect();
    // Cells that fill a hole stand nowhere.
    for cell in table.cells.iter_mut().filter(|c| c.page != PageNo::default()) {
        cell.bbox = shown(lines, cell.page.index(), cell.bbox).bbox;
    }
    table
}

/// The text of one block, and what it will be.
enum Set {
    Heading(Rank, Vec<Span>),
    Caption(Vec<Span>),
    /// With the mark that makes it a footnote.
    Paragraph(Option<String>, Vec<Span>),
    Figure(Vec<Span>),
    Toc(Vec<Span>, Option<String>),
    /// A table has no text here.
    Table,
}

struct Composer<'a> {
    lines: &'a Lines,
    lexicon: &'a Lexicon,
    normals: &'a [Normal],
    levels: Levels,
    blocks: Vec<Block>,
    /// The open list items, outermost first.
    open: Vec<OpenItem>,
}

/// An item of a list that others may follow or nest in.
struct OpenItem {
    /// Left edge of its marker.
    left: f32,
    /// Its number, and how it is written.
    counter: Option<Counter>,
}

impl Composer<'_> {
    fn page(&self, draft: &Draft) -> &PageLines {
        &self.lines.pages[draft.page]
    }

    /// Drafts that are one paragraph or item: what goes on over the end of a column or page. Where tables
    /// or headings stand between, nothing goes on.
    fn runs(&self, drafts: &[Draft]) -> Vec<Range<usize>> {
        let mut start = 0;
        let runs = drafts.chunk_by(|before, after| self.goes_on(before, after));
        let ranges = runs.map(|run| {
            let range = start..start + run.len();
            start = range.end;
            range
        });
        ranges.collect()
    }

    fn goes_on(&self, before: &Draft, after: &Draft) -> bool {
        let (Content::Text { .. }, Content::Text { .. }) = (&before.content, &after.content) else {
            return false;
        };
        let (Some(last), Some(first)) = (before.last(), after.first()) else { return false };
        let near_page = after.page == before.page || after.page == before.page + 1;
        if !near_page || !after.opens_column || first.marker.is_some() {
            return false;
        }
        let (page, next) = (self.page(before), self.page(after));
        let alike = (last.size - first.size).abs() < 0.6
            && last.bold == first.bold
            && ((last.colour == first.colour) || last.words.len() < 4);
        let full = last.bbox.right > before.column.1 - 0.2 * (before.column.1 - before.column.0);
        let lower =
            first.word(next, 0).is_some_and(|w| w.text.starts_with(|c: char| c.is_lowercase() || c == '('));
        let ends = draft::ends_sentence(page, last);
        let hanging = last.last_word(page).is_some_and(|w| w.text.ends_with(['-', ',', '–']));
        alike && !ends && (lower || hanging) && (full || lower) && before.chars() > 25
    }

    fn origin(&self, draft: &Draft) -> Origin {
        shown(self.lines, draft.page, draft.bbox)
    }

    fn table(&mut self, draft: &Draft, number: usize, parts: &[crate::model::GridPart]) {
        let origin = parts.iter().map(|p| shown(self.lines, p.page.index(), p.bbox)).collect::<Vec<_>>();
        let origin = if origin.is_empty() { vec![self.origin(draft)] } else { origin };
        self.push(BlockKind::Table { table: format!("t{number}") }, origin);
        self.open.clear();
    }

    /// The text of drafts that belong together. Looks at nothing but them.
    fn set(&self, drafts: &[Draft], rank: Option<Rank>) -> Set {
        let draft = &drafts[0];
        let page = self.page(draft);
        let mut text = TextBuilder::new(self.lexicon);
        match &draft.content {
            Content::Figure { words } => {
                text.line(page, words.iter().copied());
                Set::Figure(text.finish())
            }
            Content::Toc { line, .. } => {
                let words: Vec<_> =
                    line.words.iter().filter_map(|&w| page.words.get(w as usize)).cloned().collect();
                let (title, number) = toc::parts(&join(&words));
                Set::Toc(vec![Span::plain(title)], number)
            }
            Content::Text { lines, .. } => {
                if let Some(rank) = rank {
                    for (i, line) in lines.iter().enumerate() {
                        let words = if i == 0 { line.text_words() } else { &line.words };
                        text.line(page, words.iter().copied());
                    }
                    return Set::Heading(rank, text.finish());
                }
                if lines.len() <= 3 && draft.first().is_some_and(|l| headings::is_caption(page, l)) {
                    for line in lines {
                        text.line(page, line.words.iter().copied());
                    }
                    return Set::Caption(text.finish());
                }
                let mark = self.note_mark(draft);
                let mut skip = usize::from(mark.is_some());
                for draft in drafts {
                    let page = self.page(draft);
                    let Content::Text { lines, breaks } = &draft.content else { continue };
                    for (i, line) in lines.iter().enumerate() {
                        text.line(page, line.text_words().iter().copied().skip(std::mem::take(&mut skip)));
                        if breaks.contains(&i) && i + 1 < lines.len() {
                            text.break_line();
                        }
                    }
                }
                Set::Paragraph(mark, text.finish())
            }
            Content::Table { .. } => Set::Table,
        }
    }

    /// One block from drafts that belong together.
    fn text(&mut self, drafts: &[Draft], set: Set) {
        let draft = &drafts[0];
        let origin: Vec<Origin> = drafts.iter().map(|d| self.origin(d)).collect();
        match set {
            Set::Figure(text) => self.push(BlockKind::Figure { text, alt: None }, origin),
            Set::Toc(text, page) => {
                let depth = if let Content::Toc { depth, .. } = &draft.content { *depth } else { 0 };
                self.push(BlockKind::TocEntry { depth, text, page }, origin);
                self.open.clear();
            }
            Set::Heading(rank, text) => self.heading(draft, rank, text, origin),
            Set::Caption(text) => {
                self.open.clear();
                self.push(BlockKind::Caption { text }, origin);
            }
            Set::Paragraph(mark, text) => self.paragraph(draft, mark, text, origin),
            Set::Table => {}
        }
        if drafts.iter().any(|d| self.page(d).ocr.is_some()) {
            let score = self.confidence(drafts);
            if let Some(block) = self.blocks.last_mut() {
                block.confidence.score = score;
            }
        }
    }

    /// Mean confidence of the words that OCR read, by characters; `None` where it read none.
    fn confidence(&self, drafts: &[Draft]) -> Option<f32> {
        let words = drafts.iter().flat_map(|d| {
            let page = self.page(d);
            let figure = match &d.content {
                Content::Figure { words } => words.as_slice(),
                _ => &[],
            };
            let all = d.lines().iter().flat_map(|l| &l.words).chain(figure);
            all.filter_map(|w| page.words.get(*w as usize))
        });
        let (mut sum, mut count) = (0.0, 0.0);
        for word in words {
            let chars = word.text.chars().count() as f32;
            if let Some(confidence) = word.confidence {
                (sum, count) = (sum + confidence * chars, count + chars);
            }
        }
        (count > 0.0).then(|| (sum / count * 100.0_f32).round() / 100.0)
    }

    fn heading(&mut self, draft: &Draft, rank: Rank, text: Vec<Span>, origin: Vec<Origin>) {
        let number = draft.first().and_then(|l| l.marker.as_ref()).map(|m| m.text.clone());
        self.open.clear();
        if self.goes_on_under(&plain(&text), number.as_deref(), self.page(draft).page) {
            // "KEY FACTS CONTINUED" at a page's top: the section goes on under the heading it has.
            let label = number.map(|n| Span::plain(n + " "));
            let text = label.into_iter().chain(text).collect();
            self.push(BlockKind::Furniture { role: Furniture::Header, text }, origin);
            if let Some(block) = self.blocks.last_mut() {
                block.layer = Layer::Furniture;
            }
            return;
        }
        let level = self.levels.next(rank);
        self.push(BlockKind::Heading { level, number, text }, origin);
    }

    /// Whether a heading only says that an earlier one goes on: "… CONTINUED", or the same number and
    /// words again on another page. The earlier one must still be open: where another has closed it, the
    /// text would fall to that one.
    fn goes_on_under(&self, text: &str, number: Option<&str>, page: PageNo) -> bool {
        let folded = fold(text);
        let base = ["continued", "contd", "cont"].iter().find_map(|c| folded.strip_suffix(c));
        let base = base.filter(|b| b.len() > 3);
        if base.is_none() && number.is_none() {
            return false;
        }
        let mut open = u8::MAX;
        self.blocks.iter().rev().take(400).any(|b| {
            let BlockKind::Heading { level, text, number: its } = &b.kind else { return false };
            if *level >= open {
                return false;
            }
            open = *level;
            let earlier = fold(&plain(text));
            let again = earlier == folded
                && number.is_some()
                && its.as_deref() == number
                && (base.is_some() || b.origin.iter().all(|o| o.page != page));
            let continued = base.is_some_and(|base| {
                earlier == base || earlier.ends_with(base) || base.ends_with(&earlier) && earlier.len() > 5
            });
            again || continued
        })
    }

    fn paragraph(&mut self, first: &Draft, mark: Option<String>, text: Vec<Span>, origin: Vec<Origin>) {
        let marker = first.first().and_then(|l| l.marker.clone());
        if let Some(mark) = mark {
            self.open.clear();
            self.push(BlockKind::Footnote { mark, text }, origin);
            return;
        }
        let kind = match (marker, first.first()) {
            (Some(m), Some(line)) if m.kind == MarkerKind::Decimal => {
                self.open.clear();
                self.open.push(OpenItem { left: line.text_left, counter: None });
                BlockKind::Paragraph { number: Some(m.text), text }
            }
            (Some(m), Some(line)) => {
                let depth = self.depth(line, &m);
                BlockKind::ListItem { marker: m.text, depth, text }
            }
            _ => {
                if first.first().is_some_and(|l| self.open.first().is_none_or(|o| l.bbox.left < o.left - 3.0))
                {
                    self.open.clear();
                }
                BlockKind::Paragraph { number: None, text }
            }
        };
        self.push(kind, origin);
    }

    /// The raised mark that opens a footnote: small text in the lower part of its page.
    fn note_mark(&self, draft: &Draft) -> Option<String> {
        let page = self.page(draft);
        let line = draft.first().filter(|l| l.marker.is_none() && l.words.len() > 1)?;
        let word = line.word(page, 0).filter(|w| w.style.superscript && w.text.chars().count() <= 3)?;
        let small = line.size < 0.96 * self.normals.get(draft.page)?.size;
        (small && draft.bbox.top > 0.4 * page.size[1]).then(|| word.text.clone())
    }

    /// The depth of an item among the items still open: beside the one that it counts on from, else by
    /// the left edge of its marker.
    fn depth(&mut self, line: &TextLine, marker: &Marker) -> u8 {
        let left = line.bbox.left;
        let counter = marker.counter();
        let sister = counter.and_then(|c| {
            let near = |o: &OpenItem| (o.left - left).abs() < 30.0 && o.counter.is_some_and(|o| c.follows(o));
            self.open.iter().rposition(near)
        });
        if let Some(at) = sister {
            self.open.truncate(at);
        }
        while self.open.last().is_some_and(|o| left < o.left - 4.0) && sister.is_none() {
            self.open.pop();
        }
        let beside = |o: &OpenItem| left <= o.left + 4.0;
        if sister.is_none() && self.open.last().is_some_and(beside) {
            self.open.pop();
        }
        self.open.push(OpenItem { left, counter });
        (self.open.len() - 1).min(8) as u8
    }

    fn push(&mut self, kind: BlockKind, origin: Vec<Origin>) {
        let layer = Layer::Body;
        self.blocks.push(Block { id: String::new(), kind, origin, layer, confidence: Confidence::default() });
    }
}

fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A box of the reading frame, as an origin on the page as shown.
fn shown(lines: &Lines, page: usize, bbox: Rect) -> Origin {
    let Some(p) = lines.pages.get(page) else { return Origin::default() };
    let back = Turn::from((360 - u16::from(p.turned)) % 360);
    Origin { page: p.page, bbox: back.upright(bbox, p.size) }
}

/// Furniture and hidden text of a page, a block a line.
fn margin_blocks(page: &PageLines) -> Vec<Block> {
    let mut out = Vec::new();
    for line in &page.lines {
        let text = || vec![Span::plain(page.text_of(line))];
        let (kind, layer) = match line.fate {
            LineFate::Body => continue,
            LineFate::Furniture(role) => (BlockKind::Furniture { role, text: text() }, Layer::Furniture),
            LineFate::Hidden(reason) => (BlockKind::Hidden { reason, text: text() }, Layer::Hidden),
        };
        let back = Turn::from((360 - u16::from(page.turned)) % 360);
        let origin = vec![Origin { page: page.page, bbox: back.upright(line.bbox, page.size) }];
        out.push(Block { id: String::new(), kind, origin, layer, confidence: Confidence::default() });
    }
    out
}
