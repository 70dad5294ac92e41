//! How many rows at the top of a table are headers.

use super::draft::{Draft, DraftCell};
use crate::model::TableEvidence;

/// Most header rows looked for.
const MOST: usize = 4;

/// Counts the header rows of a draft.
pub(super) fn count(draft: &Draft) -> usize {
    if draft.rows < 2 || draft.cols() < 2 {
        return 0;
    }
    let mut rows: Vec<Vec<&DraftCell>> = vec![Vec::new(); draft.rows];
    for c in draft.cells.iter().filter(|c| !c.is_empty()) {
        if let Some(row) = rows.get_mut(c.row) {
            row.push(c);
        }
    }
    let most = MOST.min(draft.rows - 1);
    let mut n = 0;
    while n < most && looks_like(draft, &rows, n) {
        n += 1;
    }
    if n < 2 && most >= 2 && draft.rows > 2 && names_below(&rows[0], &rows[1]) {
        n = 2;
    }
    // A cell that reaches down from the header takes its rows along.
    let reach = draft.cells.iter().filter(|c| c.row < n && !c.is_empty()).map(DraftCell::bottom).max();
    let n = reach.map_or(n, |r| if r <= most { n.max(r) } else { n });
    if n == draft.rows { 0 } else { n }
}

/// Gives back a heading that stands over the middle of an aligned table: bold words alone in the first
/// row, over columns that none of them names.
pub(super) fn release_title(draft: &mut Draft) {
    if draft.evidence != TableEvidence::Aligned || draft.cols() < 3 || draft.rows < 4 {
        return;
    }
    let first: Vec<&DraftCell> = draft.filled(0).collect();
    let [only] = first[..] else { return };
    let bbox = draft.bbox();
    let centred = (only.ink.mid_x() - bbox.mid_x()).abs() < 0.06 * bbox.width();
    let upright = draft.cells.iter().filter(|c| c.row > 0 && !c.is_empty() && !c.bold).count();
    if !only.bold || only.value || only.row_span > 1 || !centred || upright < draft.rows {
        return;
    }
    let words: Vec<u32> = only.words().collect();
    let below = draft.cells.iter().filter(|c| c.row > 0 && !c.is_empty()).map(|c| c.ink.top);
    let top = below.fold(f32::INFINITY, f32::min);
    if let Some(part) = draft.parts.first_mut() {
        part.words.retain(|w| !words.contains(w));
        part.bbox.top = top.min(part.bbox.bottom);
    }
    draft.remove_row(0);
}

/// Whether a row holds nothing but short names below a name over several columns, one in each of them.
fn names_below(first: &[&DraftCell], second: &[&DraftCell]) -> bool {
    let short = |c: &&DraftCell| !c.value && c.lines.iter().map(|l| l.words.len()).sum::<usize>() <= 4;
    let over = || first.iter().filter(|c| c.col_span > 1 && c.row_span == 1);
    let columns: usize = over().map(|c| c.col_span).sum();
    first.len() >= 2
        && first.iter().all(short)
        && columns >= 2
        && second.len() == columns
        && second
            .iter()
            .all(|c| short(c) && c.col_span == 1 && over().any(|o| c.col >= o.col && c.col < o.right()))
}

fn looks_like(draft: &Draft, rows: &[Vec<&DraftCell>], r: usize) -> bool {
    let row = &rows[r];
    if row.is_empty() {
        return r > 0;
    }
    let body: Vec<&&DraftCell> = rows[r + 1..].iter().flatten().collect();
    let share =
        |f: &dyn Fn(&DraftCell) -> bool| body.iter().filter(|c| f(c)).count() * 10 / body.len().max(1);
    // One figure among many names may be a unit ("£000"); where the names alone are bold, it is.
    let values = row.iter().filter(|c| c.value && !c.year).count();
    let set_off = values == 1 && row.len() >= 4 && row.iter().all(|c| c.bold) && share(&|c| c.bold) == 0;
    if values > 0 && !set_off {
        return false;
    }
    // One cell alone names a group of rows, unless it spans the whole table at its top.
    let title = row[0].col_span == draft.cols() && rows[..r].iter().all(|above| above.len() <= 1);
    if row.len() == 1 && !title && (r > 0 || row[0].col == 0) {
        return false;
    }
    let bold = row.iter().all(|c| c.bold) && share(&|c| c.bold) < 5;
    let fill = row[0].fill;
    // Below the first row, the stripes of a body have colours too.
    let first = rows[..r].iter().find_map(|above| above.first()).map(|c| c.fill);
    let filled = fill.is_some()
        && first.is_none_or(|f| f == fill)
        && row.iter().all(|c| c.fill == fill)
        && share(&|c| c.fill == fill) < 4;
    // Words over figures: every column that is mostly figures has words here.
    let mut over = 0;
    let mut value_columns = 0;
    for col in 0..draft.cols() {
        let below: Vec<&&&DraftCell> = body.iter().filter(|c| c.col == col && c.col_span == 1).collect();
        if below.len() >= 2 && below.iter().filter(|c| c.value).count() * 10 >= below.len() * 6 {
            value_columns += 1;
            // A year over nothing but years is one of them.
            let years = below.iter().all(|c| c.year);
            over += usize::from(row.iter().any(|c| c.col <= col && c.right() > col && !(years && c.year)));
        }
    }
    let heads = value_columns >= 1 && over == value_columns && (row.len() >= 2 || row[0].col_span > 1);
    bold || filled || heads
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::tables::draft::CellLine;

    fn draft(rows: &[&[&str]]) -> Draft {
        let mut cells = Vec::new();
        for (r, row) in rows.iter().enumerate() {
            for (c, text) in row.iter().enumerate() {
                let lines = if text.is_empty() { vec![] } else { vec![CellLine::default()] };
                let value = text.starts_with(|k: char| k.is_ascii_digit());
                let year = text.starts_with("20");
                cells.push(DraftCell {
                    row: r,
                    col: c,
                    row_span: 1,
                    col_span: 1,
                    lines,
                    value,
                    year,
                    bold: text.starts_with('*'),
                    ..DraftCell::default()
                });
            }
        }
        let xs = (0..=rows[0].len()).map(|x| x as f32 * 50.0).collect();
        Draft { rows: rows.len(), xs, cells, ..Draft::default() }
    }

    #[test]
    fn words_and_years_over_figures_are_headers() {
        assert_eq!(
            count(&draft(&[&["Area", "2021", "2022"], &["North", "12", "14"], &["South", "9", "8"]])),
            1
        );
        assert_eq!(count(&draft(&[&["", "Rate", "Rank"], &["North", "12", "14"], &["South", "9", "8"]])), 1);
    }

    #[test]
    fn a_list_of_labels_has_no_header() {
        assert_eq!(count(&draft(&[&["*From:", "A person"], &["*To:", "Council"], &["*Date:", "Today"]])), 0);
    }

    #[test]
    fn a_bold_row_over_plain_rows_is_a_header() {
        assert_eq!(count(&draft(&[&["*Risk", "*Owner"], &["Fire", "Chief"], &["Flood", "Deputy"]])), 1);
    }
}
