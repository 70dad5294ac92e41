//! A table as this stage reads it: readings of all cells, header rows, roles of columns.

use super::value::{Reading, read};
use crate::model::{Cell, Table};
use crate::vocabulary::{FigureWords, fold};
use rayon::prelude::*;

/// Most header rows that are inferred.
const HEADERS: usize = 4;

/// Longest text of one header cell, in bytes.
const HEADER_TEXT: usize = 120;
/// Names of rows longer than this on average are prose.
const PROSE: usize = 110;

/// As many cells are read by one thread as fast as by several.
const CELLS: usize = 128;

/// A table with its cells read.
pub(super) struct Grid<'t> {
    /// The table.
    pub table: &'t Table,
    /// How many rows at the top are titles inside the grid, over the headers.
    pub titles: usize,
    /// Where the body begins: behind titles and headers, marked or inferred.
    pub headers: usize,
    /// Header rows whose cells are set one column too far to the left.
    shifted: Vec<usize>,
    owners: Vec<usize>,
    texts: Vec<String>,
    readings: Vec<Reading>,
    /// Role of each column.
    pub columns: Vec<Role>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Figures.
    Figures,
    /// Names of the rows.
    Label,
    /// Numbers that count the rows.
    RowNumber,
    /// Words about the row.
    Words,
    /// Dates, years, or nothing.
    Other,
}

impl<'t> Grid<'t> {
    /// Reads a table of at least two rows and columns.
    pub(super) fn of(table: &'t Table, words: &FigureWords) -> Option<Self> {
        if table.rows < 2 || table.cols < 2 {
            return None;
        }
        // The longest table of a pack may hold an eighth of its cells.
        let cells = table.cells.par_iter().with_min_len(CELLS);
        let (texts, readings): (Vec<String>, Vec<Reading>) = cells
            .map(|cell| {
                let text = text(cell);
                let reading = read(&text, words);
                (text, reading)
            })
            .unzip();
        let headers = (table.header_rows as usize).min(table.rows as usize - 1);
        let mut grid = Grid {
            table,
            titles: 0,
            headers,
            shifted: Vec::new(),
            owners: table.owners(),
            texts,
            readings,
            columns: Vec::new(),
        };
        if headers == 0 {
            let titles = (0..HEADERS.min(grid.rows())).take_while(|r| grid.is_title(*r)).count();
            if titles + 1 < grid.rows() && grid.heads(titles) && grid.named(titles) {
                (grid.titles, grid.headers) = (titles, titles + 1);
            }
        }
        for c in 0..grid.cols() {
            grid.read_money(c, words);
        }
        while grid.headers > grid.titles
            && grid.headers < grid.titles + HEADERS
            && grid.headers + 1 < grid.rows()
            && grid.heads(grid.headers)
        {
            grid.headers += 1;
        }
        grid.columns = (0..grid.cols()).map(|c| grid.role(c, words)).collect();
        grid.name_rows();
        grid.shifted = (grid.titles + 1..grid.headers).filter(|r| grid.is_shifted(*r, words)).collect();
        Some(grid)
    }

    /// Whether it holds figures beside names.
    pub(super) fn has_figures(&self) -> bool {
        self.columns.contains(&Role::Figures)
            && self.columns.contains(&Role::Label)
            && self.readings.iter().any(|r| matches!(r, Reading::Figure(_)))
    }

    /// "3.2m" is metres or millions, but under "£" it is money.
    fn read_money(&mut self, col: usize, words: &FigureWords) {
        if !self.path(col, self.titles..self.headers).iter().any(|h| h.contains('£')) {
            return;
        }
        for row in self.headers..self.rows() {
            let owner = self.owner(row, col);
            let (Some(text), Some(Reading::Word)) = (self.texts.get(owner), self.readings.get(owner)) else {
                continue;
            };
            if text.starts_with(|c: char| c.is_ascii_digit() || "-+(.".contains(c))
                && let money @ Reading::Figure(_) = read(&priced(text), words)
                && let Some(reading) = self.readings.get_mut(owner)
            {
                *reading = money;
            }
        }
    }

    /// Rows.
    pub(super) fn rows(&self) -> usize {
        self.table.rows as usize
    }

    /// Columns.
    pub(super) fn cols(&self) -> usize {
        self.table.cols as usize
    }

    /// The index of the cell that owns a position.
    pub(super) fn owner(&self, row: usize, col: usize) -> usize {
        self.owners.get(row * self.cols() + col).copied().unwrap_or_default()
    }

    /// The text at a position (of the cell that covers it).
    pub(super) fn text(&self, row: usize, col: usize) -> &str {
        self.texts.get(self.owner(row, col)).map_or("", String::as_str)
    }

    /// The reading at a position.
    pub(super) fn reading(&self, row: usize, col: usize) -> &Reading {
        self.readings.get(self.owner(row, col)).unwrap_or(&Reading::Blank)
    }

    /// The cell, where it begins at this position.
    pub(super) fn begins(&self, row: usize, col: usize) -> Option<&Cell> {
        let cell = self.table.cells.get(self.owner(row, col))?;
        (cell.row as usize == row && cell.col as usize == col).then_some(cell)
    }

    /// A reading that may stand in a header: words, a year, a date.
    fn header_like(&self, row: usize, col: usize) -> bool {
        match self.reading(row, col) {
            Reading::Figure(_) => is_year(self.text(row, col)),
            Reading::Missing(_) => self.text(row, col).chars().any(char::is_alphabetic),
            _ => true,
        }
    }

    /// Whether a row looks like a header: words and years over a column that holds figures below.
    fn heads(&self, row: usize) -> bool {
        let mut filled = 0;
        let mut over = 0;
        for c in 1..self.cols() {
            if *self.reading(row, c) == Reading::Blank {
                continue;
            }
            if !self.header_like(row, c) || self.text(row, c).len() > HEADER_TEXT {
                return false;
            }
            filled += 1;
            let below = (row + 1..self.rows())
                .any(|r| matches!(self.reading(r, c), Reading::Figure(_)) && !is_year(self.text(r, c)));
            over += usize::from(below);
        }
        // A row of words over one figure column among word columns is a row of its own, unless all are.
        over > 0 && filled > 0 && (over * 2 >= filled || row == 0)
    }

    /// A row with one cell that holds anything: a title or a group's name.
    fn is_title(&self, row: usize) -> bool {
        let mut owners: Vec<usize> = (0..self.cols())
            .filter(|c| *self.reading(row, *c) != Reading::Blank)
            .map(|c| self.owner(row, c))
            .collect();
        owners.dedup();
        owners.len() == 1
    }

    /// A lower header row that lost its empty first cell: measures stand over the names and all but the
    /// last column of figures.
    fn is_shifted(&self, row: usize, words: &FigureWords) -> bool {
        let measure = |c: usize| {
            let text = fold(self.text(row, c));
            self.begins(row, c).is_some() && words.measures.values().any(|w| w.is(&text))
        };
        let figures = self.columns.iter().skip(1).take_while(|r| **r == Role::Figures).count();
        figures >= 2
            && (0..figures).all(measure)
            && (figures..self.cols()).all(|c| self.begins(row, c).is_none() || self.text(row, c).is_empty())
    }

    /// Whether a row has words beyond its first cell.
    fn named(&self, row: usize) -> bool {
        (1..self.cols()).any(|c| *self.reading(row, c) != Reading::Blank)
    }

    fn role(&self, col: usize, words: &FigureWords) -> Role {
        let (mut figures, mut missing, mut text, mut dates, mut years) = (0u32, 0u32, 0u32, 0u32, 0u32);
        let mut whole: Vec<f64> = Vec::new();
        let mut last = usize::MAX;
        for row in self.headers..self.rows() {
            let owner = self.owner(row, col);
            if std::mem::replace(&mut last, owner) == owner {
                continue;
            }
            // A cell over several columns is a heading inside the table.
            if self.table.cells.get(owner).is_some_and(|c| c.col_span > 1) {
                continue;
            }
            match self.reading(row, col) {
                Reading::Figure(f) => {
                    figures += 1;
                    years += u32::from(is_year(self.text(row, col)));
                    whole.push(f.value);
                }
                Reading::Missing(_) => missing += 1,
                Reading::Date => dates += 1,
                Reading::Word => text += 1,
                Reading::Blank => {}
            }
        }
        let head: Vec<String> = (self.titles..self.headers).map(|r| fold(self.text(r, col))).collect();
        let counts = head.iter().any(|h| words.row_numbers.is(h));
        let rising = whole.len() >= 2 && whole.windows(2).all(|w| w[1] == w[0] + 1.0);
        if figures > 0
            && text == 0
            && rising
            && whole.first().is_some_and(|v| *v <= 2.0)
            && (col == 0 || counts)
        {
            return Role::RowNumber;
        }
        // Rows of a longer list, numbered through: names stand beside.
        let named = || (self.headers..self.rows()).all(|r| matches!(self.reading(r, 1), Reading::Word));
        if col == 0 && text + missing == 0 && rising && whole.len() >= 3 && years == 0 && named() {
            return Role::RowNumber;
        }
        if figures > 0 && counts && col == 0 {
            return Role::RowNumber;
        }
        if figures > 0
            && years == figures
            && (dates > 0 || col == 0 || head.iter().any(|h| h.contains("year") || h.contains("date")))
        {
            return if col == 0 { Role::Label } else { Role::Other };
        }
        // Nothing but "N/K" and dashes: figures that are missing, where the header says so.
        if figures == 0 && missing > 0 && text + dates == 0 {
            let told = head.iter().any(|h| {
                words.measures.values().chain(words.header_units.values()).any(|w| w.within(h).is_some())
                    || super::period::period(h).is_some()
            });
            return if told { Role::Figures } else { Role::Words };
        }
        // Paragraph numbers beside prose.
        let steps = whole.len() >= 2
            && whole.windows(2).all(|w| w[1] > w[0] && w[1] - w[0] <= 3.0 && w[1].fract() == 0.0);
        if text == 0 && (steps || whole.len() == 1) && self.is_prose() {
            return Role::RowNumber;
        }
        let all = figures + missing + text + dates;
        if figures > 0 && f64::from(figures + missing) >= 0.6 * f64::from(all) && dates * 2 <= all {
            return Role::Figures;
        }
        if text > 0 || figures > 0 {
            Role::Words
        } else if dates > 0 && col == 0 {
            Role::Label
        } else {
            Role::Other
        }
    }

    /// Whether the table's words are running text.
    fn is_prose(&self) -> bool {
        let (mut n, mut len) = (0, 0);
        for (text, reading) in self.texts.iter().zip(&self.readings) {
            if *reading == Reading::Word {
                n += 1;
                len += text.len();
            }
        }
        n > 0 && len / n > PROSE
    }

    /// The word columns before the figures name the rows; failing these, the first word column, or a
    /// first column of figures that are years or bands.
    fn name_rows(&mut self) {
        let first = self.columns.iter().position(|r| *r == Role::Figures).unwrap_or(self.cols());
        let mut any = self.columns[..first].contains(&Role::Label);
        for role in &mut self.columns[..first] {
            if *role == Role::Words {
                *role = Role::Label;
                any = true;
            }
        }
        if !any && let Some(i) = self.columns.iter().position(|r| *r == Role::Words) {
            self.columns[i] = Role::Label;
        }
    }

    /// The words of a column's header from top to bottom, each once.
    pub(super) fn path(&self, col: usize, rows: std::ops::Range<usize>) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for r in rows {
            let text = if self.shifted.contains(&r) {
                col.checked_sub(1).map_or("", |c| self.text(r, c)).trim()
            } else {
                self.text(r, col).trim()
            };
            if !text.is_empty() && out.last().is_none_or(|l| l != text) {
                out.push(text.to_owned());
            }
        }
        out
    }
}

/// "(3.2m)" as "(£3.2m)".
fn priced(text: &str) -> String {
    let at = text.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(0);
    let (before, behind) = text.split_at(at);
    format!("{before}£{behind}")
}

/// A year alone.
pub(super) fn is_year(text: &str) -> bool {
    let t = text.trim();
    t.len() == 4 && (t.starts_with("19") || t.starts_with("20")) && t.chars().all(|c| c.is_ascii_digit())
}

/// A cell's text without raised footnote marks.
fn text(cell: &Cell) -> String {
    let one = |text: &str| {
        let text = text.trim();
        if text.contains('\n') { text.replace('\n', " ") } else { text.to_owned() }
    };
    if let [span] = cell.text.as_slice()
        && !span.superscript
    {
        return one(&span.text);
    }
    let mut out = String::new();
    for span in &cell.text {
        let mark = span.superscript
            && span
                .text
                .trim()
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '*' | '†' | '‡' | ',' | '(' | ')'));
        if !mark {
            out.push_str(&span.text);
        }
    }
    one(&out)
}
