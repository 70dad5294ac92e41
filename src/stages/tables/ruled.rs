//! Tables from drawn grids: words into cells, and grids that are no tables left alone.

use super::draft::{CellLine, Draft, DraftCell};
use super::lattice::{Lattice, Region};
use super::rules::Rules;
use super::sheet::{Sheet, is_marker, is_value, is_year};
use crate::model::{GridPart, Rect, TableEvidence};

/// Words of each region of a lattice, as indexes into the sheet's marks.
pub(super) fn place(sheet: &Sheet<'_>, lattice: &Lattice) -> Vec<Vec<u32>> {
    let (cols, rows) = (lattice.xs.len() - 1, lattice.ys.len() - 1);
    let mut owner = vec![u32::MAX; cols * rows];
    for (i, r) in lattice.regions.iter().enumerate() {
        for y in r.top..r.bottom {
            for x in r.left..r.right {
                owner[y * cols + x] = i as u32;
            }
        }
    }
    let mut out = vec![Vec::new(); lattice.regions.len()];
    for (i, m) in sheet.marks.iter().enumerate() {
        // The middle of the letters lies above the middle of a box that reaches to the descenders.
        let (x, y) = (m.bbox.mid_x(), m.bbox.mid_y());
        let (c, r) = (lattice.xs.partition_point(|v| *v <= x), lattice.ys.partition_point(|v| *v <= y));
        if c == 0 || r == 0 || c > cols || r > rows {
            continue;
        }
        if let Some(list) = out.get_mut(owner[(r - 1) * cols + c - 1] as usize) {
            list.push(i as u32);
        }
    }
    out
}

/// A draft from a lattice whose words are placed.
pub(super) fn draft(
    sheet: &Sheet<'_>,
    page: usize,
    lattice: &Lattice,
    placed: &[Vec<u32>],
    rules: &Rules,
    compact: bool,
) -> Draft {
    let cells = lattice
        .regions
        .iter()
        .zip(placed)
        .map(|(r, marks)| {
            let bbox = lattice.rect(r);
            cell(sheet, page, *r, bbox, marks, fill_of(rules, bbox))
        })
        .collect();
    let bbox = lattice.bbox();
    let mut draft = Draft {
        rows: lattice.ys.len() - 1,
        xs: lattice.xs.clone(),
        cells,
        evidence: TableEvidence::Ruled,
        closed: true,
        ..Draft::default()
    };
    draft.parts.push(part(sheet, bbox, placed.iter().flatten()));
    super::status::read(sheet, &mut draft);
    if compact {
        draft.compact();
    }
    draft
}

/// The part of a page that a table takes.
pub(super) fn part<'m>(sheet: &Sheet<'_>, bbox: Rect, marks: impl Iterator<Item = &'m u32>) -> GridPart {
    let mut words: Vec<u32> = marks.map(|m| sheet.marks[*m as usize].index).collect();
    words.sort_unstable();
    words.dedup();
    GridPart { page: sheet.page.page, bbox, words, repeated: vec![] }
}

/// A cell from its words.
pub(super) fn cell(
    sheet: &Sheet<'_>,
    page: usize,
    at: Region,
    bbox: Rect,
    marks: &[u32],
    fill: Option<u32>,
) -> DraftCell {
    let text = sheet.text(marks);
    DraftCell {
        row: at.top,
        col: at.left,
        row_span: at.bottom - at.top,
        col_span: at.right - at.left,
        bbox,
        ink: Rect::around(marks.iter().map(|m| sheet.marks[*m as usize].bbox)).unwrap_or(bbox),
        page,
        fill,
        bold: !marks.is_empty() && marks.iter().all(|m| sheet.word(&sheet.marks[*m as usize]).style.bold),
        value: is_value(&text),
        year: is_year(&text),
        lines: cell_lines(sheet, page, bbox, marks),
        drawn: None,
    }
}

/// Words of a cell as lines in reading order.
pub(super) fn cell_lines(sheet: &Sheet<'_>, page: usize, bbox: Rect, marks: &[u32]) -> Vec<CellLine> {
    let mut order: Vec<u32> = marks.to_vec();
    let get = |m: &u32| &sheet.marks[*m as usize];
    let upright = order.iter().filter(|m| get(m).upright).count() * 2 >= order.len();
    if !upright {
        // Turned words keep the order of their own lines.
        let mut lines: Vec<CellLine> = Vec::new();
        let mut last = None;
        order.sort_by_key(|m| (get(m).line, get(m).index));
        for m in &order {
            if last != Some(get(m).line) {
                lines.push(CellLine { page, ..CellLine::default() });
                last = Some(get(m).line);
            }
            if let Some(l) = lines.last_mut() {
                l.words.push(get(m).index);
            }
        }
        return lines;
    }
    order.sort_by(|a, b| get(a).baseline.total_cmp(&get(b).baseline).then(get(a).index.cmp(&get(b).index)));
    let mut rows: Vec<Vec<u32>> = Vec::new();
    for m in order {
        match rows.last_mut() {
            Some(r) if get(&m).baseline - get(&r[0]).baseline <= (get(&m).size * 0.35).max(1.0) => r.push(m),
            _ => rows.push(vec![m]),
        }
    }
    let mut out: Vec<CellLine> = Vec::with_capacity(rows.len());
    let right = rows.iter().flatten().map(|m| get(m).bbox.right).fold(f32::MIN, f32::max);
    let mut before: Option<(f32, f32, Rect)> = None; // baseline, pitch, last word's box
    for mut r in rows {
        // Glued words overlap a little at times: the order of the line holds between words of one line.
        r.sort_by(|a, b| get(a).bbox.left.total_cmp(&get(b).bbox.left).then(get(a).index.cmp(&get(b).index)));
        let head = get(&r[0]);
        let first = sheet.word(head);
        let marker = is_marker(&first.text) || first.style.symbol;
        let mut line = CellLine { page, ..CellLine::default() };
        if let Some((baseline, pitch, last)) = before {
            let step = head.baseline - baseline;
            line.fresh =
                marker && r.len() > 1 || step > 1.45 * pitch && pitch > 0.0 && step > 1.6 * head.size;
            line.broken = breaks_word(&out, sheet, &first.text, last, bbox, right);
        }
        let pitch = before.map_or(0.0, |(b, p, _)| {
            let step = head.baseline - b;
            if p == 0.0 { step } else { p.min(step) }
        });
        line.words = r.iter().map(|m| get(m).index).collect();
        if let Some(tail) = r.last() {
            before = Some((head.baseline, pitch, get(tail).bbox));
        }
        out.push(line);
    }
    out
}

/// Whether the line above holds one word that was broken because it did not fit: it is the only word
/// of its line, fills the cell, and goes on with a letter or digit.
fn breaks_word(
    above: &[CellLine],
    sheet: &Sheet<'_>,
    tail: &str,
    last: Rect,
    cell: Rect,
    right: f32,
) -> bool {
    let Some(line) = above.last() else { return false };
    let [only] = line.words[..] else { return false };
    let word = &sheet.page.words[only as usize].text;
    let letters = word.chars().count().max(1) as f32;
    let advance = last.width() / letters;
    let Some(next) = tail.chars().next() else { return false };
    let Some(end) = word.chars().last() else { return false };
    let goes_on = end.is_alphabetic() && next.is_alphabetic() && (next.is_lowercase() || end.is_uppercase())
        || end.is_ascii_digit() && (next.is_ascii_digit() || ",./".contains(next))
        || ",/".contains(end) && next.is_ascii_digit();
    let room = cell.right.min(right + advance * 0.9) - last.right;
    letters >= 3.0 && goes_on && room < advance * 1.8 && right - last.right < advance * 1.8
}

/// Colour of the smallest coloured box that covers most of a cell.
pub(super) fn fill_of(rules: &Rules, cell: Rect) -> Option<u32> {
    rules
        .fills
        .iter()
        .take_while(|f| f.bbox.top < cell.bottom)
        .filter(|f| {
            f.bbox.intersection(cell).is_some_and(|i| i.area() >= 0.5 * cell.area() && cell.area() > 0.0)
        })
        .min_by(|a, b| a.bbox.area().total_cmp(&b.bbox.area()))
        .map(|f| f.colour)
}

/// Whether a grid may be the rest of a cell on the page before: it opens the page, and only one of its
/// columns holds words.
pub(super) fn goes_on(sheet: &Sheet<'_>, lattice: &Lattice, placed: &[Vec<u32>]) -> bool {
    let b = lattice.bbox();
    let mut filled = lattice.regions.iter().zip(placed).filter(|(_, p)| !p.is_empty()).map(|(r, _)| *r);
    let Some(first) = filled.next() else { return false };
    let above = sheet
        .page
        .lines
        .iter()
        .any(|l| l.fate == crate::model::LineFate::Body && l.bbox.bottom < b.top + 1.0);
    lattice.xs.len() >= 3
        && lattice.vertical
        && !above
        && first.top == 0
        && first.right - first.left == 1
        && filled.all(|r| r.left == first.left && r.right == first.right)
}

/// Whether all cells of a single row hold texts of one look, none of them a figure or a label: the boxes
/// of a slide, or titles over its columns of text.
fn boxes_side_by_side(sheet: &Sheet<'_>, placed: &[Vec<u32>]) -> bool {
    let filled: Vec<&Vec<u32>> = placed.iter().filter(|p| !p.is_empty()).collect();
    let bold = |p: &[u32]| p.iter().all(|m| sheet.word(&sheet.marks[*m as usize]).style.bold);
    let same = filled.iter().all(|p| bold(p) == bold(filled[0]));
    let text = |p: &[u32]| p.len() >= 3 && !is_value(&sheet.text(p));
    let labels = filled.iter().filter(|p| sheet.text(p).ends_with(':')).count();
    same && (labels == 0 || labels == filled.len()) && filled.iter().all(|p| text(p))
}

/// Whether a drawn grid holds a table: not a frame, a call-out, or the axes of a chart.
pub(super) fn is_table(sheet: &Sheet<'_>, lattice: &Lattice, placed: &[Vec<u32>]) -> bool {
    let bbox = lattice.bbox();
    let filled = placed.iter().filter(|p| !p.is_empty()).count();
    let total = lattice.regions.len();
    if filled < 2 || bbox.height() < 8.0 || bbox.width() < 20.0 {
        return false;
    }
    // Columns and rows that hold a cell of their own.
    let mut cols: Vec<usize> = Vec::new();
    let mut rows: Vec<usize> = Vec::new();
    for (r, p) in lattice.regions.iter().zip(placed) {
        if !p.is_empty() {
            cols.push(r.left);
            rows.push(r.top);
        }
    }
    cols.sort_unstable();
    cols.dedup();
    rows.sort_unstable();
    rows.dedup();
    if cols.len() < 2 {
        return false;
    }
    if rows.len() == 1 && !lattice.drawn && boxes_side_by_side(sheet, placed) {
        return false;
    }
    // A chart: a net of lines with a few words in it.
    let words: usize = placed.iter().map(Vec::len).sum();
    if total >= 12 && filled * 5 < total && filled < cols.len() * 2 && rows.len() < 3 && words < total {
        let header =
            lattice.regions.iter().zip(placed).filter(|(r, p)| r.top == rows[0] && !p.is_empty()).count();
        return header >= 3;
    }
    // The bars of a chart with their figures: no row or column of words at its head.
    let figure = |p: &[u32]| {
        let text = sheet.text(p);
        is_value(&text) && !is_year(&text)
    };
    let head: Vec<bool> = lattice
        .regions
        .iter()
        .zip(placed)
        .filter(|(r, p)| r.top == rows[0] && !p.is_empty())
        .map(|(_, p)| figure(p))
        .collect();
    let stub: Vec<bool> = lattice
        .regions
        .iter()
        .zip(placed)
        .filter(|(r, p)| r.left == cols[0] && !p.is_empty())
        .map(|(_, p)| figure(p))
        .collect();
    if rows.len() >= 6
        && head.iter().all(|f| *f)
        && stub.iter().filter(|f| **f).count() * 10 >= stub.len() * 9
    {
        return false;
    }
    // A frame around the whole page with something beside it.
    let [width, height] = sheet.page.size;
    !(filled <= 3 && bbox.width() > 0.9 * width && bbox.height() > 0.85 * height)
}
