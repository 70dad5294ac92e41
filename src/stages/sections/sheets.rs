//! The pages as this stage looks at them: rows of text from the top, stamps, own numbers, running headers.

use crate::model::{
    Block, BlockKind, Cell, Flow, Furniture, Layer, PageNo, PageRecord, Section, Table, plain,
};
use crate::threads::SHARE;
use crate::vocabulary::{Words, fold};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Rows kept of a page's top: a title page and a report's header both fit.
pub(super) const TOP: usize = 16;

/// One row of text: a paragraph's line, a list item, a table's row.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// As printed.
    pub text: String,
    /// Folded for comparing.
    pub folded: String,
    /// Cells of a table's row (empty ones too), marker and text of a list item; else empty.
    pub cells: Vec<String>,
    /// Position of its block in the flow.
    pub block: usize,
    /// Level, where it is a heading.
    pub heading: Option<u8>,
    /// All bold.
    pub bold: bool,
    /// The number that the block carries apart from its text.
    pub number: Option<String>,
    /// Left edge.
    pub left: f32,
    /// A table's row.
    pub table: bool,
}

/// One page.
#[derive(Debug)]
pub(super) struct Sheet<'f> {
    /// Facts from the stages before.
    pub record: &'f PageRecord,
    /// Body blocks that begin on it, as positions in the flow.
    pub blocks: Vec<usize>,
    /// Its first rows.
    pub top: Vec<Row>,
    /// Running headers and footers of it, as printed.
    pub running: Vec<String>,
    /// Number on the pack's stamp.
    pub stamp: Option<u32>,
    /// Number on the item stamp.
    pub item: Option<String>,
    /// The document's own page number.
    pub own: Option<u32>,
    /// "of 25" behind it.
    pub own_of: Option<u32>,
    /// Nothing on it.
    pub blank: bool,
    /// A block of the page before goes on here.
    pub continued: bool,
    /// Characters of body text that begin on it.
    pub chars: usize,
}

impl Sheet<'_> {
    /// Its number.
    pub(super) fn page(&self) -> u32 {
        self.record.page.0
    }
}

/// The whole pack.
#[derive(Debug)]
pub(super) struct Sheets<'f> {
    /// What they are taken from.
    pub flow: &'f Flow,
    /// One a page, in order.
    pub all: Vec<Sheet<'f>>,
    tables: BTreeMap<&'f str, &'f Table>,
}

impl<'f> Sheets<'f> {
    /// Looks at a flow.
    pub(super) fn of(flow: &'f Flow, blank: &Words) -> Self {
        let tables: BTreeMap<&str, &Table> = flow.tables.iter().map(|t| (t.id.as_str(), t)).collect();
        // The blocks that begin on each page, and whether one of the page before goes on there.
        let mut begin: Vec<(Vec<usize>, bool)> = vec![Default::default(); flow.pages.len()];
        let place = |page: PageNo| (page.0 as usize).wrapping_sub(1);
        for (at, block) in flow.blocks.iter().enumerate() {
            let Some((blocks, _)) = begin.get_mut(place(block.page())) else { continue };
            blocks.push(at);
            for later in block.origin.iter().skip(1).filter(|_| is_text(block)) {
                if let Some((_, continued)) = begin.get_mut(place(later.page)) {
                    *continued = true;
                }
            }
        }
        let sheets = Sheets { flow, all: Vec::new(), tables };
        let pages = flow.pages.par_iter().zip(begin).with_max_len(SHARE);
        let all = pages.map(|(record, (blocks, continued))| sheets.sheet(record, blocks, continued, blank));
        Sheets { all: all.collect(), ..sheets }
    }

    /// A page with what begins on it.
    fn sheet(&self, record: &'f PageRecord, blocks: Vec<usize>, continued: bool, blank: &Words) -> Sheet<'f> {
        let mut sheet = Sheet { continued, ..empty(record) };
        for at in blocks {
            let block = &self.flow.blocks[at];
            if let BlockKind::Furniture { role, text } = &block.kind {
                furniture(&mut sheet, *role, &plain(text));
            } else if is_figure(block) && block.layer != Layer::Hidden {
                sheet.blocks.push(at);
            } else if is_text(block) {
                sheet.blocks.push(at);
                sheet.chars += block.text().iter().map(|s| s.text.len()).sum::<usize>();
                sheet.chars += self.table(block).map_or(0, cells_len);
            }
        }
        let top = self.rows_of(&sheet.blocks, TOP);
        sheet.blank |= !continued
            && (top.is_empty() && !sheet.blocks.iter().any(|b| is_figure(&self.flow.blocks[*b]))
                || top.len() == 1 && blank.is(&top[0].folded));
        sheet.top = top;
        sheet
    }

    /// How many pages.
    pub(super) fn count(&self) -> u32 {
        self.all.len() as u32
    }

    /// A page by its number.
    pub(super) fn get(&self, page: u32) -> Option<&Sheet<'f>> {
        self.all.get(page.checked_sub(1)? as usize)
    }

    /// The table of a block.
    pub(super) fn table(&self, block: &Block) -> Option<&'f Table> {
        match &block.kind {
            BlockKind::Table { table } => self.tables.get(table.as_str()).copied(),
            _ => None,
        }
    }

    /// Rows of text of a section's pages.
    pub(super) fn rows_in(&self, section: &Section) -> Vec<Row> {
        let own = self.all.iter().filter(|s| section.has(s.record.page));
        let blocks: Vec<usize> = own.flat_map(|s| s.blocks.iter().copied()).collect();
        self.rows_of(&blocks, usize::MAX)
    }

    /// Rows of text of some blocks, at most `limit`.
    pub(super) fn rows_of(&self, blocks: &[usize], limit: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for &at in blocks {
            if rows.len() >= limit {
                break;
            }
            if let Some(block) = self.flow.blocks.get(at) {
                self.push_rows(&mut rows, at, block, limit);
            }
        }
        rows.truncate(limit);
        rows
    }

    fn push_rows(&self, rows: &mut Vec<Row>, at: usize, block: &Block, limit: usize) {
        let left = block.origin.first().map_or(0.0, |o| o.bbox.left);
        let text = block.text();
        let bold = text.iter().any(|s| !s.text.trim().is_empty())
            && text.iter().all(|s| s.bold || s.text.trim().is_empty());
        let base = Row { block: at, left, bold, ..Row::default() };
        let with = |text: String, cells: Vec<String>| {
            let folded = fold(&text);
            (!folded.is_empty()).then(|| Row { text, folded, cells, ..base.clone() })
        };
        match &block.kind {
            BlockKind::Table { .. } => {
                let Some(table) = self.table(block) else { return };
                let room = limit.saturating_sub(rows.len());
                rows.extend(
                    table_rows(table, room)
                        .into_iter()
                        .filter_map(|cells| with(joined(&cells), cells))
                        .map(|row| Row { table: true, ..row }),
                );
            }
            BlockKind::Heading { level, number, text } => {
                let text = numbered(number.as_deref(), plain(text).trim());
                rows.extend(with(text, Vec::new()).map(|r| Row {
                    heading: Some(*level),
                    number: number.clone(),
                    ..r
                }));
            }
            BlockKind::Paragraph { number, text } => {
                let text = plain(text);
                let mut number = number.as_deref();
                for line in text.split('\n') {
                    let n = number.take();
                    rows.extend(
                        with(numbered(n, line.trim()), Vec::new())
                            .map(|r| Row { number: n.map(Into::into), ..r }),
                    );
                }
            }
            BlockKind::ListItem { marker, text, .. } => {
                let text = plain(text);
                let line = numbered(Some(marker.trim()), text.trim());
                rows.extend(with(line, vec![marker.trim().to_owned(), text.trim().to_owned()]));
            }
            BlockKind::TocEntry { text, page, .. } => {
                let text = plain(text);
                let cells = vec![text.trim().to_owned(), page.clone().unwrap_or_default()];
                rows.extend(with(joined(&cells), cells));
            }
            BlockKind::Figure { .. } => {}
            _ => rows.extend(with(plain(block.text()).trim().to_owned(), Vec::new())),
        }
    }
}

fn empty(record: &PageRecord) -> Sheet<'_> {
    let digits = |s: &Option<String>| s.as_deref().and_then(first_number);
    Sheet {
        record,
        blocks: Vec::new(),
        top: Vec::new(),
        running: Vec::new(),
        stamp: None,
        item: record.item_stamp.as_deref().map(|s| order(s).to_owned()),
        own: digits(&record.own_number),
        own_of: None,
        blank: record.blank,
        continued: false,
        chars: 0,
    }
}

fn cells_len(table: &Table) -> usize {
    table.cells.iter().flat_map(|c| &c.text).map(|s| s.text.len()).sum()
}

fn is_figure(block: &Block) -> bool {
    matches!(block.kind, BlockKind::Figure { .. })
}

/// Whether a block is text or a table that the page shows.
fn is_text(block: &Block) -> bool {
    let other = matches!(
        block.kind,
        BlockKind::Figure { .. } | BlockKind::Furniture { .. } | BlockKind::Hidden { .. }
    );
    !other && block.layer != Layer::Hidden
}

/// Takes what a page's furniture tells.
fn furniture(sheet: &mut Sheet, role: Furniture, text: &str) {
    match role {
        Furniture::PageStamp => sheet.stamp = sheet.stamp.or_else(|| first_number(text)),
        Furniture::ItemStamp => {
            let order = order(text);
            if sheet.item.is_none() && !order.is_empty() {
                sheet.item = Some(order.to_owned());
            }
        }
        Furniture::PageNumber | Furniture::Footer | Furniture::Header => {
            let folded = fold(text);
            let (number, of) = own_number(&folded);
            if role == Furniture::PageNumber {
                sheet.own = number.or(sheet.own);
            } else if of.is_some() {
                sheet.own = number;
            }
            sheet.own_of = sheet.own_of.or(of);
            if role != Furniture::PageNumber {
                sheet.running.push(text.trim().to_owned());
            }
        }
        _ => {}
    }
}

/// "page 2 of 25" or "2".
fn own_number(folded: &str) -> (Option<u32>, Option<u32>) {
    let first = first_number(folded);
    let of = folded.split_once(" of ").and_then(|(a, b)| {
        let ends = a.ends_with(|c: char| c.is_ascii_digit());
        ends.then(|| first_number(b)).flatten()
    });
    if of.is_some() {
        let before = folded.split_once(" of ").map_or("", |(a, _)| a);
        let last = before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        return (last.parse().ok(), of);
    }
    (first, None)
}

/// The first whole number in a text.
pub(super) fn first_number(text: &str) -> Option<u32> {
    text.split(|c: char| !c.is_ascii_digit()).find(|s| !s.is_empty())?.parse().ok()
}

/// An item's number without the words before it and the stop behind it.
pub(super) fn order(text: &str) -> &str {
    text.rsplit(char::is_whitespace).next().unwrap_or_default().trim_end_matches(['.', ':', ')'])
}

fn numbered(number: Option<&str>, text: &str) -> String {
    match number {
        Some(n) if !n.is_empty() => format!("{n} {text}"),
        _ => text.to_owned(),
    }
}

/// Cells as one line.
pub(super) fn joined(cells: &[String]) -> String {
    let mut out = String::new();
    for c in cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(c);
    }
    out
}

/// The first rows of a table as texts of cells; a cell over several rows or columns stands in its first.
pub(super) fn table_rows(table: &Table, limit: usize) -> Vec<Vec<String>> {
    let rows = (table.rows as usize).min(limit);
    let mut out = vec![vec![String::new(); table.cols as usize]; rows];
    for cell in &table.cells {
        let slot = out.get_mut(cell.row as usize).and_then(|r| r.get_mut(cell.col as usize));
        if let Some(slot) = slot {
            Cell::plain(cell).trim().clone_into(slot);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_numbers_and_totals_are_read() {
        assert_eq!(own_number("page 2 of 25"), (Some(2), Some(25)));
        assert_eq!(own_number("version 3 page 2 of 25"), (Some(2), Some(25)));
        assert_eq!(own_number("7"), (Some(7), None));
        assert_eq!(order("Agenda Item 10.1."), "10.1");
    }
}
