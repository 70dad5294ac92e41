//! A table in the making: cells with the words of each line, before joins and text.

use crate::model::{GridPart, Rect, TableEvidence};

/// Words of one line inside a cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct CellLine {
    /// Index of the page.
    pub(super) page: usize,
    /// Indexes into the page's words, in reading order.
    pub(super) words: Vec<u32>,
    /// A new paragraph or list item begins with it.
    pub(super) fresh: bool,
    /// Goes on in the middle of the word that the line above broke off.
    pub(super) broken: bool,
}

/// A drawing that stands for words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DrawnWords {
    /// The words.
    pub(super) text: &'static str,
    /// What it was: "green disc".
    pub(super) what: String,
}

/// A cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct DraftCell {
    /// First row.
    pub(super) row: usize,
    /// First column.
    pub(super) col: usize,
    /// Rows covered.
    pub(super) row_span: usize,
    /// Columns covered.
    pub(super) col_span: usize,
    /// Its box on its first page.
    pub(super) bbox: Rect,
    /// Box around its words there.
    pub(super) ink: Rect,
    /// Index of its first page.
    pub(super) page: usize,
    /// Its colour.
    pub(super) fill: Option<u32>,
    /// Its lines.
    pub(super) lines: Vec<CellLine>,
    /// What a drawing in it says. Few cells have one, and many are moved.
    pub(super) drawn: Option<Box<DrawnWords>>,
    /// All its words are bold.
    pub(super) bold: bool,
    /// It holds a figure.
    pub(super) value: bool,
    /// It holds a year or a span of years.
    pub(super) year: bool,
}

impl DraftCell {
    /// Holds nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.drawn.is_none()
    }

    /// Indexes of its words, line by line.
    pub(super) fn words(&self) -> impl Iterator<Item = u32> + '_ {
        self.lines.iter().flat_map(|l| &l.words).copied()
    }

    /// Row after its last.
    pub(super) fn bottom(&self) -> usize {
        self.row + self.row_span
    }

    /// Column after its last.
    pub(super) fn right(&self) -> usize {
        self.col + self.col_span
    }
}

/// A table in the making.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Draft {
    /// Rows.
    pub(super) rows: usize,
    /// Column lines: one more than columns.
    pub(super) xs: Vec<f32>,
    /// Header rows.
    pub(super) header_rows: usize,
    /// Cells, by row, then column.
    pub(super) cells: Vec<DraftCell>,
    /// What showed it.
    pub(super) evidence: TableEvidence,
    /// What it took from each page.
    pub(super) parts: Vec<GridPart>,
    /// A rule or the edge of a cell closes it at the bottom of its last page.
    pub(super) closed: bool,
    /// A table only if it is the rest of one on the page before.
    pub(super) tentative: bool,
    /// Why, and what speaks against it.
    pub(super) reasons: Vec<String>,
}

impl Draft {
    /// Columns.
    pub(super) fn cols(&self) -> usize {
        self.xs.len().saturating_sub(1)
    }

    /// Box on the first page.
    pub(super) fn bbox(&self) -> Rect {
        self.parts.first().map(|p| p.bbox).unwrap_or_default()
    }

    /// The filled cells that begin in a row. A table of many pages is asked for many of its rows: only these
    /// are looked at.
    pub(super) fn filled(&self, row: usize) -> impl Iterator<Item = &DraftCell> {
        debug_assert!(self.cells.is_sorted_by_key(|c| c.row), "cells are found by their row");
        let start = self.cells.partition_point(|c| c.row < row);
        self.cells[start..].iter().take_while(move |c| c.row == row).filter(|c| !c.is_empty())
    }

    /// The text that has a row for itself, over all columns.
    pub(super) fn over_all(&self, row: usize) -> Option<&DraftCell> {
        let mut filled = self.filled(row);
        let only = filled.next().filter(|c| c.col_span == self.cols() && c.row_span == 1)?;
        filled.next().is_none().then_some(only)
    }

    /// Takes out columns and rows that no filled cell needs: blank spacers, and slivers that rules
    /// drawn a little beside each other leave.
    pub(super) fn compact(&mut self) {
        let mut c = 0;
        while c < self.cols() {
            if self.cols() > 1 && !self.cells.iter().any(|k| !k.is_empty() && k.col == c && k.col_span == 1) {
                self.cells.retain(|k| !(k.col == c && k.col_span == 1));
                for k in &mut self.cells {
                    if k.col <= c && k.right() > c {
                        k.col_span -= 1;
                    } else if k.col > c {
                        k.col -= 1;
                    }
                }
                // The wider neighbour takes the room.
                let line = if c == 0 { 1 } else { c };
                self.xs.remove(line.min(self.xs.len() - 1));
            } else {
                c += 1;
            }
        }
        let mut r = 0;
        while r < self.rows {
            if self.rows > 1 && !self.cells.iter().any(|k| !k.is_empty() && k.row == r && k.row_span == 1) {
                self.remove_row(r);
            } else {
                r += 1;
            }
        }
        self.cells.sort_by_key(|k| (k.row, k.col));
    }

    /// Takes out one row; cells that reach over it shrink.
    pub(super) fn remove_row(&mut self, r: usize) {
        self.cells.retain(|k| !(k.row == r && k.row_span == 1));
        for k in &mut self.cells {
            if k.row <= r && k.bottom() > r {
                k.row_span -= 1;
            } else if k.row > r {
                k.row -= 1;
            }
        }
        self.rows -= 1;
        self.header_rows -= usize::from(r < self.header_rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(row: usize, col: usize, col_span: usize, filled: bool) -> DraftCell {
        let lines = if filled { vec![CellLine::default()] } else { vec![] };
        DraftCell { row, col, row_span: 1, col_span, lines, ..DraftCell::default() }
    }

    #[test]
    fn a_sliver_between_rules_that_miss_each_other_goes() {
        // The header's wall stands at 100, the body's at 105.
        let mut d = Draft {
            rows: 2,
            xs: vec![0.0, 100.0, 105.0, 200.0],
            cells: vec![cell(0, 0, 1, true), cell(0, 1, 2, true), cell(1, 0, 2, true), cell(1, 2, 1, true)],
            ..Draft::default()
        };
        d.compact();
        assert_eq!(d.cols(), 2);
        assert!(d.cells.iter().all(|c| c.col_span == 1));
    }

    #[test]
    fn blank_spacer_columns_and_rows_go() {
        let mut d = Draft {
            rows: 2,
            xs: vec![0.0, 100.0, 105.0, 200.0],
            cells: vec![cell(0, 0, 3, true), cell(1, 0, 1, true), cell(1, 1, 1, false), cell(1, 2, 1, true)],
            ..Draft::default()
        };
        d.compact();
        assert_eq!((d.cols(), d.rows), (2, 2));
        assert_eq!(d.cells[0].col_span, 2);
    }
}
