//! What names a table and what explains it: the line above it, and the notes under it.
//!
//! Both stay blocks of their own, so that the Markdown prints them once, where they stand; the table
//! repeats their words and names their ids.

use crate::model::{Block, BlockKind, Layer, Lines, Origin, Rect, Table, Turn, plain};
use crate::threads::SHARE;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Most white between a title or note and its table, in points.
const NEAR: f32 = 30.0;
/// A plain line of more words is a sentence, no title.
const TITLE_WORDS: usize = 14;
/// A heading of more words, too.
const HEADING_WORDS: usize = 30;
/// Most notes of one table.
const NOTES: usize = 12;
/// How notes begin.
const CUES: [&str; 14] = [
    "nb", "n.b", "n.b.", "note", "notes", "note:", "notes:", "source", "sources", "source:", "sources:",
    "key:", "nb:", "n/k",
];
/// Marks that notes begin with.
const MARKS: [char; 4] = ['*', '†', '‡', '^'];

/// Ties the body's blocks to the tables beside them.
pub(super) fn tie(lines: &Lines, blocks: &[Block], tables: &mut [Table]) {
    let body: Vec<&Block> = blocks.iter().filter(|b| b.layer == Layer::Body).collect();
    let mut places: FxHashMap<&str, usize> = FxHashMap::default();
    let mut at_foot: Vec<&Block> = Vec::new();
    for (i, block) in body.iter().enumerate() {
        match &block.kind {
            BlockKind::Table { table } => {
                places.insert(table, i);
            }
            BlockKind::Footnote { .. } => at_foot.push(block),
            _ => {}
        }
    }
    tables.par_iter_mut().with_max_len(SHARE).for_each(|table| {
        if let Some(&i) = places.get(table.id.as_str()) {
            let (before, after) = (body.get(..i).unwrap_or_default(), body.get(i + 1..).unwrap_or_default());
            tie_one(lines, table, before, after);
            footnotes(table, &at_foot);
        }
    });
}

/// Ties what stands before and behind a table's block to it.
fn tie_one(lines: &Lines, table: &mut Table, mut before: &[&Block], after: &[&Block]) {
    let mut under = table.origin.first().copied();
    // "£000" between the title and its table tells the unit.
    if let Some((unit, rest)) = before.split_last().filter(|(b, _)| gives_unit(b) && above(lines, b, under)) {
        table.notes.push(words_of(unit));
        table.note_blocks.push(unit.id.clone());
        (before, under) = (rest, unit.origin.first().copied());
    }
    let over = before.last().filter(|b| above(lines, b, under) && names(b));
    let captioned = |b: &&&Block| is_table_caption(b) && below(lines, b, table.origin.last());
    let title = over.or_else(|| after.first().filter(captioned));
    table.title = title.map(|b| words_of(b)).or_else(|| banner(table));
    table.title_block = title.map(|b| b.id.clone());
    notes(lines, table, after);
}

/// A block's words with its number or mark.
fn words_of(block: &Block) -> String {
    let label = match &block.kind {
        BlockKind::Heading { number, .. } | BlockKind::Paragraph { number, .. } => number.as_deref(),
        BlockKind::ListItem { marker, .. } => Some(marker.as_str()),
        BlockKind::Footnote { mark, .. } => Some(mark.as_str()),
        _ => None,
    };
    let text = plain(block.text());
    let words = label.into_iter().chain(text.split_whitespace());
    words.collect::<Vec<_>>().join(" ")
}

/// Whether a block's words may name a table: a caption, a heading, or a short line that is no sentence.
fn names(block: &Block) -> bool {
    let text = plain(block.text());
    let count = text.split_whitespace().count();
    match &block.kind {
        BlockKind::Caption { .. } => !text.to_lowercase().starts_with("fig"),
        BlockKind::Heading { .. } => count <= HEADING_WORDS,
        BlockKind::Paragraph { number: None, .. } => {
            let capital = text.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
            let runs_on = text.trim_end().ends_with(['.', ',', ';', ':', '?', '!']);
            (1..=TITLE_WORDS).contains(&count) && capital && !runs_on && !explains(block)
        }
        _ => false,
    }
}

/// A line of few words that says what the figures are in: "£000", "All figures in £m".
fn gives_unit(block: &Block) -> bool {
    let words = words_of(block);
    let count = words.split(' ').count();
    count <= 6
        && words.contains(['£', '%'])
        && !words.contains(|c: char| ('1'..='9').contains(&c))
        && (count <= 2 || words.to_lowercase().contains("figures") || words.to_lowercase().contains(" in "))
}

fn is_table_caption(block: &Block) -> bool {
    matches!(&block.kind, BlockKind::Caption { text } if plain(text).to_lowercase().starts_with("table"))
}

/// The words of a header row that is one cell over the whole width.
fn banner(table: &Table) -> Option<String> {
    let first = table.cells.first()?;
    let whole =
        table.header_rows > 1 && table.cols > 1 && first.col_span == table.cols && first.row_span == 1;
    let text = first.plain().split_whitespace().collect::<Vec<_>>().join(" ");
    (whole && !text.is_empty()).then_some(text)
}

/// A box as it was read: upright.
fn upright(lines: &Lines, origin: &Origin) -> Rect {
    let Some(page) = lines.pages.get(origin.page.index()) else { return origin.bbox };
    let [w, h] = page.size;
    let shown = if matches!(page.turned, Turn::Left | Turn::Right) { [h, w] } else { [w, h] };
    page.turned.upright(origin.bbox, shown)
}

/// Whether a block stands right over a box of its page.
fn above(lines: &Lines, block: &Block, under: Option<Origin>) -> bool {
    let (Some(b), Some(t)) = (block.origin.last(), &under) else { return false };
    near(upright(lines, b), upright(lines, t)) && b.page == t.page
}

/// Whether a block stands right under a box of its page.
fn below(lines: &Lines, block: &Block, over: Option<&Origin>) -> bool {
    let (Some(b), Some(o)) = (block.origin.first(), over) else { return false };
    near(upright(lines, o), upright(lines, b)) && b.page == o.page
}

fn near(upper: Rect, lower: Rect) -> bool {
    let gap = lower.top - upper.bottom;
    gap < NEAR && gap > -0.5 * upper.height().min(lower.height()) - 2.0 && upper.overlap_x(lower) > 0.0
}

/// Whether a block says that it explains something above it.
fn explains(block: &Block) -> bool {
    if matches!(block.kind, BlockKind::Heading { .. } | BlockKind::Table { .. } | BlockKind::Figure { .. }) {
        return false;
    }
    let words = words_of(block);
    let first = words.split(' ').next().unwrap_or_default().to_lowercase();
    words.starts_with(MARKS) || CUES.contains(&first.as_str())
}

/// Notes right under the table, one below the other; a list under "Notes:" belongs to it.
fn notes(lines: &Lines, table: &mut Table, after: &[&Block]) {
    let mut over = table.origin.last().copied();
    let mut listed = false;
    for block in after.iter().take(NOTES) {
        let item = listed && matches!(block.kind, BlockKind::ListItem { .. });
        if Some(&block.id) == table.title_block.as_ref() {
            over = block.origin.last().copied();
            continue;
        }
        if !below(lines, block, over.as_ref()) || !(item || explains(block)) {
            break;
        }
        let words = words_of(block);
        listed = item || words.trim_end().ends_with(':');
        table.notes.push(words);
        table.note_blocks.push(block.id.clone());
        over = block.origin.last().copied();
    }
}

/// Footnotes at the foot of the table's pages whose marks stand raised in its cells.
fn footnotes(table: &mut Table, at_foot: &[&Block]) {
    let marks: Vec<(u32, String)> = table
        .cells
        .iter()
        .flat_map(|c| c.text.iter().filter(|s| s.superscript).map(|s| (c.page.0, s.text.trim().to_owned())))
        .collect();
    if marks.is_empty() {
        return;
    }
    for block in at_foot {
        let BlockKind::Footnote { mark, .. } = &block.kind else { continue };
        let marked = |(page, text): &(u32, String)| {
            *page == block.page().0 && text.split([',', ' ']).any(|t| t.trim() == mark.trim())
        };
        if marks.iter().any(marked) && !table.note_blocks.contains(&block.id) {
            table.notes.push(words_of(block));
            table.note_blocks.push(block.id.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cell, PageLines, PageNo, Span};

    fn block(id: &str, top: f32, kind: BlockKind) -> Block {
        let origin = vec![Origin { page: PageNo(1), bbox: Rect::new(50.0, top, 300.0, top + 12.0) }];
        Block { id: id.into(), kind, origin, ..Block::default() }
    }

    fn paragraph(id: &str, top: f32, text: &str) -> Block {
        block(id, top, BlockKind::Paragraph { number: None, text: vec![Span::plain(text)] })
    }

    fn tied(before: Block, after: Vec<Block>) -> Table {
        let raised = Span { superscript: true, ..Span::plain("1") };
        let cell = Cell { row_span: 1, col_span: 1, text: vec![raised], page: PageNo(1), ..Cell::default() };
        let mut table = Table::build(2, 2, 0, vec![cell]).unwrap();
        table.id = "t1".into();
        table.origin = vec![Origin { page: PageNo(1), bbox: Rect::new(50.0, 120.0, 400.0, 300.0) }];
        let own = Block {
            origin: table.origin.clone(),
            ..block("b2", 0.0, BlockKind::Table { table: "t1".into() })
        };
        let blocks: Vec<Block> = [before, own].into_iter().chain(after).collect();
        let lines = Lines {
            pages: vec![PageLines { page: PageNo(1), size: [595.0, 842.0], ..PageLines::default() }],
            ..Lines::default()
        };
        let mut tables = [table];
        tie(&lines, &blocks, &mut tables);
        let [table] = tables;
        table
    }

    #[test]
    fn a_caption_names_its_table_and_notes_explain_it() {
        let caption = block("b1", 100.0, BlockKind::Caption { text: vec![Span::plain("Table 3: Costs")] });
        let note = BlockKind::Footnote { mark: "1".into(), text: vec![Span::plain("As revised.")] };
        let t = tied(
            caption,
            vec![
                paragraph("b3", 306.0, "NB: * denotes an estimate."),
                paragraph("b4", 322.0, "Source: the fund"),
                paragraph("b5", 340.0, "The panel noted this."),
                block("b6", 780.0, note),
            ],
        );
        assert_eq!((t.title.as_deref(), t.title_block.as_deref()), (Some("Table 3: Costs"), Some("b1")));
        assert_eq!(t.notes, ["NB: * denotes an estimate.", "Source: the fund", "1 As revised."]);
        assert_eq!(t.note_blocks, ["b3", "b4", "b6"]);
    }

    #[test]
    fn a_unit_between_title_and_table_is_a_note() {
        assert!(
            gives_unit(&paragraph("b1", 0.0, "All figures in £m"))
                && gives_unit(&paragraph("b1", 0.0, "£'000"))
        );
        assert!(!gives_unit(&paragraph("b1", 0.0, "Costs in £000 of 2024")));
        assert_eq!(tied(paragraph("b1", 100.0, "£000"), vec![]).notes, ["£000"]);
    }

    #[test]
    fn a_sentence_above_is_no_title_and_what_stands_far_off_neither() {
        assert_eq!(
            tied(paragraph("b1", 100.0, "The costs are set out in the table below."), vec![]).title,
            None
        );
        assert_eq!(tied(paragraph("b1", 40.0, "Costs of the scheme"), vec![]).title, None);
        let near = tied(paragraph("b1", 100.0, "Costs of the scheme"), vec![]);
        assert_eq!(near.title.as_deref(), Some("Costs of the scheme"));
    }
}
