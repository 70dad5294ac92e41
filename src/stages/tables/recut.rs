//! A short table, or the rest of one, read with too few columns: cut where the columns of the one before
//! it stand.

use super::draft::{CellLine, Draft, DraftCell};
use super::sheet::{is_value, is_year};
use crate::model::{PageLines, Rect, Word};

/// Ends of two grids that are further apart are not the same.
const ENDS: f32 = 4.0;
/// A rest of more rows shows its own columns.
const ROWS: usize = 8;

/// `next`, which stands on `page`, with the columns of `last`; nothing where it is as fine already,
/// stands elsewhere, or a word lies across a column line.
pub(super) fn recut(page: &PageLines, last: &Draft, next: &Draft) -> Option<Draft> {
    let near = |a: Option<&f32>, b: Option<&f32>| Some((a? - b?).abs() <= ENDS);
    let fits = near(last.xs.first(), next.xs.first())? && near(last.xs.last(), next.xs.last())?;
    let plain = next.cells.iter().all(|c| c.row_span == 1 && c.drawn.is_none());
    if !fits || !plain || next.cols() >= last.cols() || next.rows > ROWS {
        return None;
    }
    let mut cells = Vec::new();
    for row in 0..next.rows {
        let mut columns: Vec<Vec<CellLine>> = vec![Vec::new(); last.cols()];
        let mut model = None;
        for cell in next.filled(row) {
            model.get_or_insert(cell);
            for line in &cell.lines {
                part(page, last, line, &mut columns)?;
            }
        }
        let Some(model) = model else { continue };
        for (col, lines) in columns.into_iter().enumerate().filter(|(_, l)| !l.is_empty()) {
            let (left, right) = (last.xs[col], last.xs[col + 1]);
            cells.push(cell(page, model, (col, left, right), lines));
        }
    }
    Some(Draft { xs: last.xs.clone(), cells, ..next.clone() })
}

/// Deals the words of a line out to the columns.
fn part(page: &PageLines, last: &Draft, line: &CellLine, columns: &mut [Vec<CellLine>]) -> Option<()> {
    let mut open = None;
    for &w in &line.words {
        let b = page.words.get(w as usize)?.bbox;
        if last.xs.iter().any(|x| b.left < x - 1.0 && b.right > x + 1.0) {
            return None;
        }
        let col = last.xs.partition_point(|x| *x <= b.mid_x()).checked_sub(1)?;
        let column = columns.get_mut(col)?;
        if open != Some(col) {
            column.push(CellLine { words: Vec::new(), ..line.clone() });
            open = Some(col);
        }
        column.last_mut()?.words.push(w);
    }
    Some(())
}

fn cell(
    page: &PageLines,
    model: &DraftCell,
    (col, left, right): (usize, f32, f32),
    lines: Vec<CellLine>,
) -> DraftCell {
    let words = || lines.iter().flat_map(|l| &l.words).filter_map(|w| page.words.get(*w as usize));
    let text = words().map(|w: &Word| w.text.as_str()).collect::<Vec<_>>().join(" ");
    let bbox = Rect::new(left, model.bbox.top, right, model.bbox.bottom);
    DraftCell {
        col,
        col_span: 1,
        bbox,
        ink: Rect::around(words().map(|w| w.bbox)).unwrap_or(bbox),
        bold: words().all(|w| w.style.bold),
        value: is_value(&text),
        year: is_year(&text),
        lines,
        ..model.clone()
    }
}
