//! Tables, built only through the checked builder.

use super::{ColumnFacts, Confidence, Issue, Origin, PageNo, Rect, Span, plain};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Tables of all pages, joined over pages: the output of the `tables` stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tables {
    /// In order of their first part: page, then top.
    pub grids: Vec<Grid>,
    /// What went wrong in this stage.
    #[serde(default)]
    pub issues: Vec<Issue>,
}

/// A table and the words that it took from its pages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Grid {
    /// The table; its id is given in `blocks`.
    pub table: Table,
    /// One a page, in order.
    pub parts: Vec<GridPart>,
}

/// What a table took from one page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GridPart {
    /// The page.
    pub page: PageNo,
    /// The table's box on it, in the page's reading frame.
    pub bbox: Rect,
    /// Words in its cells, as indexes into the page's words, ascending.
    pub words: Vec<u32>,
    /// Of these, words left out of the text because a repeated header says the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeated: Vec<u32>,
}

/// A table: every position of the grid belongs to exactly one cell. Made by [`Table::build`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Table {
    /// `t1`, `t2` … in reading order.
    pub id: String,
    /// Rows, header rows included.
    pub rows: u32,
    /// Columns.
    pub cols: u32,
    /// How many rows at the top are headers.
    pub header_rows: u32,
    /// Each cell once, by row, then column.
    pub cells: Vec<Cell>,
    /// Words above the table that name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The block that they stand in, where it is one of its own (a caption, a heading).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_block: Option<String>,
    /// Notes under it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The blocks that they stand in, one a note.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub note_blocks: Vec<String>,
    /// The family that it belongs to; known once it is normalised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// What its columns hold; known once it is normalised.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnFacts>,
    /// Where it stands: one entry a page.
    pub origin: Vec<Origin>,
    /// What showed that it is a table.
    pub evidence: TableEvidence,
    /// How sure.
    pub confidence: Confidence,
}

/// What showed that something is a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableEvidence {
    /// Rules or fills around its cells.
    #[default]
    Ruled,
    /// Some rules, and alignment.
    PartlyRuled,
    /// Alignment of its text alone.
    Aligned,
}

/// One cell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Cell {
    /// First row, from 0.
    pub row: u32,
    /// First column, from 0.
    pub col: u32,
    /// Rows it covers, at least 1.
    pub row_span: u32,
    /// Columns it covers, at least 1.
    pub col_span: u32,
    /// In a header row.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub header: bool,
    /// Its text; `\n` parts paragraphs and list items inside the cell.
    pub text: Vec<Span>,
    /// The page it begins on.
    pub page: PageNo,
    /// Its box on that page.
    pub bbox: Rect,
    /// Fill colour as 0xRRGGBB, where it is neither white nor absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill: Option<u32>,
    /// What its text was read from, where it was a drawing ("green fill").
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawn: Option<String>,
    /// The least confidence of its words, 0 to 1, where OCR read them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

impl Cell {
    /// The cell's text without styles.
    pub fn plain(&self) -> String {
        plain(&self.text)
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.text.iter().all(|s| s.text.trim().is_empty())
    }
}

/// Why a grid is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GridError {
    /// Two cells claim one position.
    #[error("row {row}, column {col} belongs to two cells")]
    Twice {
        /// The row.
        row: u32,
        /// The column.
        col: u32,
    },
    /// A cell reaches out of the grid, or covers nothing.
    #[error("the cell at row {row}, column {col} does not fit the grid")]
    Outside {
        /// The cell's row.
        row: u32,
        /// The cell's column.
        col: u32,
    },
    /// No rows or no columns, or more than the limits allow.
    #[error("a grid of {rows} rows and {cols} columns is no table")]
    Size {
        /// Rows asked for.
        rows: u32,
        /// Columns asked for.
        cols: u32,
    },
}

impl Table {
    /// Builds a table, checks that no position is owned twice and fills the holes with empty cells.
    ///
    /// # Errors
    /// [`GridError`] names the first position that is owned twice or lies outside.
    pub fn build(rows: u32, cols: u32, header_rows: u32, mut cells: Vec<Cell>) -> Result<Table, GridError> {
        if rows == 0 || cols == 0 || u64::from(rows) * u64::from(cols) > crate::limits::TABLE_CELLS {
            return Err(GridError::Size { rows, cols });
        }
        let mut owned = vec![false; (rows * cols) as usize];
        for c in &mut cells {
            let fits = c.row_span > 0
                && c.col_span > 0
                && c.row.checked_add(c.row_span).is_some_and(|r| r <= rows)
                && c.col.checked_add(c.col_span).is_some_and(|k| k <= cols);
            if !fits {
                return Err(GridError::Outside { row: c.row, col: c.col });
            }
            for row in c.row..c.row + c.row_span {
                for col in c.col..c.col + c.col_span {
                    if std::mem::replace(&mut owned[(row * cols + col) as usize], true) {
                        return Err(GridError::Twice { row, col });
                    }
                }
            }
            c.header = c.row < header_rows;
        }
        for (i, _) in owned.iter().enumerate().filter(|(_, o)| !**o) {
            let (row, col) = (i as u32 / cols, i as u32 % cols);
            let header = row < header_rows;
            cells.push(Cell { row, col, row_span: 1, col_span: 1, header, ..Cell::default() });
        }
        cells.sort_by_key(|c| (c.row, c.col));
        Ok(Table { rows, cols, header_rows: header_rows.min(rows), cells, ..Table::default() })
    }

    /// For each position (row-major), the index of the cell that owns it.
    pub fn owners(&self) -> Vec<usize> {
        let mut owners = vec![0; (self.rows * self.cols) as usize];
        for (i, c) in self.cells.iter().enumerate() {
            for row in c.row..c.row + c.row_span {
                for col in c.col..c.col + c.col_span {
                    owners[(row * self.cols + col) as usize] = i;
                }
            }
        }
        owners
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(row: u32, col: u32, row_span: u32, col_span: u32) -> Cell {
        Cell { row, col, row_span, col_span, ..Cell::default() }
    }

    #[test]
    fn a_grid_owns_each_position_once() {
        let t = Table::build(2, 2, 1, vec![cell(0, 0, 1, 2), cell(1, 1, 1, 1)]).unwrap();
        assert_eq!(t.cells.len(), 3, "the hole is filled");
        assert_eq!(t.owners(), [0, 0, 1, 2]);
        assert!(t.cells[0].header && !t.cells[1].header);
        let twice = Table::build(2, 2, 0, vec![cell(0, 0, 2, 2), cell(1, 1, 1, 1)]);
        assert_eq!(twice, Err(GridError::Twice { row: 1, col: 1 }));
        let outside = Table::build(2, 2, 0, vec![cell(1, 1, 2, 1)]);
        assert_eq!(outside, Err(GridError::Outside { row: 1, col: 1 }));
        assert!(Table::build(0, 2, 0, vec![]).is_err());
    }
}
