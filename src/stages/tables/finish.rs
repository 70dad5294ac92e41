//! Drafts into tables: text of cells, header rows, confidence.

use super::draft::{Draft, DraftCell};
use crate::model::{Cell, Confidence, Grid, Issue, Lines, Origin, PageNo, Span, Table};
use crate::stages::inline::{Lexicon, TextBuilder};

/// Builds the table of a draft.
pub(super) fn grid(lines: &Lines, lexicon: &Lexicon, draft: Draft) -> Result<Grid, Issue> {
    let cells = draft.cells.iter().map(|c| cell(lines, lexicon, c)).collect();
    let built = Table::build(
        draft.rows as u32,
        draft.xs.len().saturating_sub(1) as u32,
        draft.header_rows as u32,
        cells,
    );
    let page = draft.parts.first().map(|p| p.page);
    let mut table = built.map_err(|e| Issue::doubt("table_not_built", page, "tables", e.to_string()))?;
    // In the reading frame, as its cells' boxes: `blocks` turns them to the page as shown.
    table.origin = draft.parts.iter().map(|p| Origin { page: p.page, bbox: p.bbox }).collect();
    table.evidence = draft.evidence;
    let read: Vec<f32> = table.cells.iter().filter_map(|c| c.confidence).collect();
    let score = (!read.is_empty()).then(|| hundredth(read.iter().sum::<f32>() / read.len() as f32));
    table.confidence = Confidence { score, reasons: draft.reasons };
    Ok(Grid { table, parts: draft.parts })
}

fn cell(lines: &Lines, lexicon: &Lexicon, c: &DraftCell) -> Cell {
    let mut text = TextBuilder::new(lexicon);
    let mut confidence: Option<f32> = None;
    for line in &c.lines {
        let Some(page) = lines.pages.get(line.page) else { continue };
        if page.ocr.is_some() {
            let words = line.words.iter().filter_map(|w| page.words.get(*w as usize)?.confidence);
            confidence = words.chain(confidence).reduce(f32::min);
        }
        if line.fresh {
            text.break_line();
        }
        if line.broken {
            text.glue();
        }
        text.line(page, line.words.iter().copied());
    }
    let mut text = text.finish();
    if let (true, Some(drawn)) = (text.is_empty(), &c.drawn) {
        text = vec![Span::plain(drawn.text)];
    }
    Cell {
        row: c.row as u32,
        col: c.col as u32,
        row_span: c.row_span as u32,
        col_span: c.col_span as u32,
        header: false,
        text,
        page: PageNo::from_index(c.page),
        bbox: c.bbox,
        fill: c.fill,
        drawn: c.drawn.as_ref().map(|d| d.what.clone()),
        confidence: confidence.map(hundredth),
    }
}

fn hundredth(v: f32) -> f32 {
    (v * 100.0).round() / 100.0
}
