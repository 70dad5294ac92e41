//! Ratings that a cell shows by its colour alone: "green", "amber", "red".

use super::draft::Draft;

/// Writes the colour of empty cells where a column is plainly one of ratings: at least two such
/// colours stand in it, below its first row.
pub(super) fn read(draft: &mut Draft) {
    for col in 0..draft.cols() {
        let rated: Vec<(usize, &'static str)> = draft
            .cells
            .iter()
            .enumerate()
            .filter(|(_, c)| c.col == col && c.col_span == 1 && c.row > 0 && c.is_empty())
            .filter_map(|(i, c)| Some((i, rating(c.fill?)?)))
            .collect();
        let Some((_, first)) = rated.first() else { continue };
        if rated.iter().all(|(_, r)| r == first) {
            continue;
        }
        for (i, name) in rated {
            draft.cells[i].drawn = Some((name.to_owned(), format!("{name} fill")));
        }
    }
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
    use crate::stages::tables::draft::{CellLine, DraftCell};

    fn cell(row: usize, fill: Option<u32>, filled: bool) -> DraftCell {
        let lines = if filled { vec![CellLine::default()] } else { vec![] };
        DraftCell { row, col: 0, row_span: 1, col_span: 1, fill, lines, ..DraftCell::default() }
    }

    fn drawn(cells: Vec<DraftCell>) -> Vec<Option<String>> {
        let mut d = Draft { rows: cells.len(), xs: vec![0.0, 50.0], cells, ..Draft::default() };
        read(&mut d);
        d.cells.into_iter().map(|c| c.drawn.map(|d| d.0)).collect()
    }

    #[test]
    fn colours_of_empty_cells_are_ratings_where_several_stand() {
        let rag = vec![
            cell(0, None, true),
            cell(1, Some(0x0000_B050), false),
            cell(2, Some(0x00FF_C000), false),
            cell(3, Some(0x00FF_0000), true),
        ];
        assert_eq!(drawn(rag), [None, Some("green".into()), Some("amber".into()), None]);
    }

    #[test]
    fn one_colour_is_decoration() {
        let zebra =
            vec![cell(0, None, true), cell(1, Some(0x0000_B050), false), cell(2, Some(0x0000_B050), false)];
        assert_eq!(drawn(zebra), [None, None, None]);
    }
}
