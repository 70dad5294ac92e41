//! A drawn grid that names its columns a second time, below a line of text: two tables.

use super::draft::{Draft, DraftCell};
use super::header;
use crate::model::{PageLines, Rect};

/// Parts a draft where its header comes again below a text alone in its row; the text belongs to neither.
pub(super) fn part(page: &PageLines, draft: Draft) -> Vec<Draft> {
    let Some(at) = second(page, &draft) else { return vec![draft] };
    let mut below = half(&draft, at..draft.rows);
    below.header_rows = header::count(&below);
    let mut out = vec![half(&draft, 0..at - 1)];
    out.extend(part(page, below));
    out
}

/// The row with which the second table begins.
fn second(page: &PageLines, draft: &Draft) -> Option<usize> {
    if draft.header_rows == 0 || draft.cols() < 2 {
        return None;
    }
    let names = texts(page, draft, 0);
    (draft.header_rows + 2..draft.rows.saturating_sub(1)).find(|&r| {
        let crossed =
            draft.cells.iter().any(|c| c.row_span > 1 && c.row < r && c.bottom() >= r && !c.is_empty());
        !crossed && draft.over_all(r - 1).is_some() && names.len() >= 2 && texts(page, draft, r) == names
    })
}

/// Column and words of the filled cells of a row.
fn texts<'p>(page: &'p PageLines, draft: &Draft, row: usize) -> Vec<(usize, Vec<&'p str>)> {
    draft
        .filled(row)
        .map(|c| {
            let text = c.words().filter_map(|w| page.words.get(w as usize));
            (c.col, text.map(|w| w.text.as_str()).collect())
        })
        .collect()
}

/// Some rows of a draft as a draft of its own.
fn half(draft: &Draft, rows: std::ops::Range<usize>) -> Draft {
    let cells: Vec<DraftCell> = draft
        .cells
        .iter()
        .filter(|c| rows.contains(&c.row))
        .map(|c| DraftCell { row: c.row - rows.start, ..c.clone() })
        .collect();
    let mut words: Vec<u32> = cells.iter().flat_map(DraftCell::words).collect();
    words.sort_unstable();
    let bbox = Rect::around(cells.iter().map(|c| c.bbox)).unwrap_or_default();
    let mut parts = draft.parts.clone();
    if let Some(part) = parts.first_mut() {
        part.bbox = bbox;
        part.words = words;
    }
    Draft { rows: rows.len(), cells, parts, ..draft.clone() }
}
