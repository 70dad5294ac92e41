//! What a cell shows without words: a rating by its colour, an arrow, a tick, a disc.

use super::draft::{Draft, DrawnWords};
use super::sheet::Sheet;
use crate::model::{Rect, Shape, Sign};

/// Largest side of a drawing that stands for a word, in points.
const LARGEST: f32 = 45.0;
/// Smallest.
const SMALLEST: f32 = 3.5;
/// Words of headers over columns of ratings.
const RATED: [&str; 5] = ["rag", "brag", "status", "rating", "risk"];

/// Writes what is drawn in cells that hold nothing else.
pub(super) fn read(sheet: &Sheet<'_>, draft: &mut Draft) {
    signs(sheet, draft);
    fills(sheet, draft);
}

/// Arrows, ticks and coloured discs or boxes inside empty cells.
fn signs(sheet: &Sheet<'_>, draft: &mut Draft) {
    let g = &sheet.page.graphics;
    let small = |b: Rect| b.width().max(b.height()) <= LARGEST && b.width().min(b.height()) >= SMALLEST;
    let shapes: Vec<&Shape> = g.shapes.iter().filter(|s| s.sign.is_some() && small(s.bbox)).collect();
    let boxes: Vec<(Rect, &'static str)> =
        g.fills.iter().filter(|f| small(f.bbox)).filter_map(|f| Some((f.bbox, rating(f.colour)?))).collect();
    if shapes.is_empty() && boxes.is_empty() {
        return;
    }
    for cell in draft.cells.iter_mut().filter(|c| c.is_empty()) {
        let inside: Vec<&&Shape> = shapes.iter().filter(|s| cell.bbox.contains(s.bbox, 1.0)).collect();
        if let Some(first) = inside.first() {
            // An outline and its filling are one sign; two signs side by side are a picture.
            let apart =
                |s: &&&Shape| s.bbox.intersection(first.bbox).is_none_or(|i| i.area() < 0.3 * s.bbox.area());
            let same = inside.iter().all(|s| s.sign == first.sign);
            if same && !inside.iter().any(apart) {
                cell.drawn =
                    inside.iter().find(|s| s.filled).or(inside.first()).and_then(|s| drawn(s)).map(Box::new);
            }
            continue;
        }
        let mut inner =
            boxes.iter().filter(|b| cell.bbox.contains(b.0, 1.0) && b.0.area() < 0.5 * cell.bbox.area());
        if let (Some((_, name)), None) = (inner.next(), inner.next()) {
            cell.drawn = Some(Box::new(DrawnWords { text: name, what: format!("{name} box") }));
        }
    }
}

/// The words for a sign, and what it was.
fn drawn(shape: &Shape) -> Option<DrawnWords> {
    let colour = rating(shape.colour);
    let (text, name) = match shape.sign? {
        Sign::Up => ("\u{2191}", "arrow"),
        Sign::Right => ("\u{2192}", "arrow"),
        Sign::Down => ("\u{2193}", "arrow"),
        Sign::Left => ("\u{2190}", "arrow"),
        Sign::Tick => ("\u{2713}", "tick"),
        Sign::Disc => (colour.unwrap_or("\u{25CF}"), "disc"),
    };
    let what = colour.map_or_else(|| name.to_owned(), |c| format!("{c} {name}"));
    Some(DrawnWords { text, what })
}

/// The colour of empty cells where a column is plainly one of ratings: two such colours stand in it below
/// its first row, or one under a header that says so.
fn fills(sheet: &Sheet<'_>, draft: &mut Draft) {
    for col in 0..draft.cols() {
        let rated: Vec<(usize, &'static str)> = draft
            .cells
            .iter()
            .enumerate()
            .filter(|(_, c)| c.col == col && c.col_span == 1 && c.row > 0 && c.is_empty())
            .filter_map(|(i, c)| Some((i, rating(c.fill?)?)))
            .collect();
        let Some((_, first)) = rated.first() else { continue };
        if rated.iter().all(|(_, r)| r == first) && !(rated.len() > 1 && headed(sheet, draft, col)) {
            continue;
        }
        for (i, name) in rated {
            draft.cells[i].drawn = Some(Box::new(DrawnWords { text: name, what: format!("{name} fill") }));
        }
    }
}

/// Whether the first row calls a column one of ratings.
fn headed(sheet: &Sheet<'_>, draft: &Draft, col: usize) -> bool {
    let head = draft.cells.iter().filter(|c| c.row == 0 && c.col <= col && c.right() > col);
    let words = head.flat_map(|c| c.lines.iter().flat_map(|l| &l.words));
    words.filter_map(|w| sheet.page.words.get(*w as usize)).any(|w| {
        let word = w.text.to_lowercase();
        RATED.contains(&word.trim_matches(|c: char| !c.is_alphabetic()))
    })
}

/// The rating that a colour means: only strong colours mean one.
fn rating(colour: u32) -> Option<&'static str> {
    let [_, r, g, b] = colour.to_be_bytes().map(i32::from);
    if r > 150 && g < 90 && b < 90 {
        Some("red")
    } else if r > 200 && (110..215).contains(&g) && b < 100 {
        Some("amber")
    } else if g > 100 && r < 170 && g > r + 40 && g > b + 40 {
        Some("green")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PageLines;
    use crate::stages::tables::draft::{CellLine, DraftCell};

    fn cell(row: usize, fill: Option<u32>, filled: bool) -> DraftCell {
        let lines = if filled { vec![CellLine::default()] } else { vec![] };
        DraftCell { row, col: 0, row_span: 1, col_span: 1, fill, lines, ..DraftCell::default() }
    }

    fn drawn(cells: Vec<DraftCell>) -> Vec<Option<&'static str>> {
        let page = PageLines::default();
        let mut d = Draft { rows: cells.len(), xs: vec![0.0, 50.0], cells, ..Draft::default() };
        read(&Sheet::new(&page), &mut d);
        d.cells.into_iter().map(|c| c.drawn.map(|d| d.text)).collect()
    }

    #[test]
    fn colours_of_empty_cells_are_ratings_where_several_stand() {
        let rag = vec![
            cell(0, None, true),
            cell(1, Some(0x0000_B050), false),
            cell(2, Some(0x00FF_C000), false),
            cell(3, Some(0x00FF_0000), true),
        ];
        assert_eq!(drawn(rag), [None, Some("green"), Some("amber"), None]);
    }

    #[test]
    fn a_sign_alone_in_a_cell_is_its_text() {
        let shape = |left: f32, sign: Sign, colour: u32, filled: bool| Shape {
            bbox: Rect::new(left, 5.0, left + 10.0, 15.0),
            colour,
            filled,
            curved: true,
            points: 9,
            sign: Some(sign),
        };
        let mut page = PageLines::default();
        page.graphics.shapes = vec![
            shape(10.0, Sign::Up, 0, false),
            shape(10.0, Sign::Up, 0, true),
            shape(110.0, Sign::Disc, 0x0000_B050, true),
            shape(210.0, Sign::Up, 0, true),
            shape(225.0, Sign::Up, 0, true),
        ];
        let cells = (0..3)
            .map(|col| DraftCell {
                col,
                row_span: 1,
                col_span: 1,
                bbox: Rect::new(100.0 * col as f32, 0.0, 100.0 * (col + 1) as f32, 20.0),
                ..DraftCell::default()
            })
            .collect();
        let mut d = Draft { rows: 1, xs: vec![0.0, 100.0, 200.0, 300.0], cells, ..Draft::default() };
        read(&Sheet::new(&page), &mut d);
        let drawn: Vec<_> = d.cells.into_iter().map(|c| c.drawn).collect();
        let pair =
            |text: &'static str, what: &str| Some(Box::new(DrawnWords { text, what: what.to_owned() }));
        assert_eq!(
            drawn,
            [pair("\u{2191}", "arrow"), pair("green", "green disc"), None],
            "two are a picture"
        );
    }

    #[test]
    fn one_colour_is_decoration() {
        let zebra =
            vec![cell(0, None, true), cell(1, Some(0x0000_B050), false), cell(2, Some(0x0000_B050), false)];
        assert_eq!(drawn(zebra), [None, None, None]);
    }
}
