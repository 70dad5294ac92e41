//! Names of columns in grids without rules between them: lines at the top of a drawn row that name
//! columns, over several lines and several columns at times.

use super::columns::{self, Column};
use super::sheet::{Piece, Row, Sheet};
use super::textrows::Laid;
use crate::model::Rect;

/// Edges of one column's texts are this near to each other, in font sizes: figures leave room for a bracket.
const ALIGNED: f32 = 0.45;

/// Longer texts are no names.
pub(super) const WORDS: usize = 12;

/// The texts that lie in one column, with it.
pub(super) fn alone<'r>(rows: impl Iterator<Item = &'r Row>, columns: &[Column]) -> Vec<(usize, Rect)> {
    rows.flat_map(|r| &r.pieces)
        .filter_map(|p| {
            let (a, b) = columns::span(columns, p.bbox.left, p.bbox.right)?;
            (a == b).then_some((a, p.bbox))
        })
        .collect()
}

/// Cuts pieces that hold the names of several columns with no more than a space between them: each part
/// must be aligned with another text of its column (`alone`), or it may be one name over all of them.
pub(super) fn part(sheet: &Sheet<'_>, rows: &mut [Row], columns: &[Column], alone: &[(usize, Rect)]) {
    // Running text is no list of names, whatever its words are aligned with.
    if rows.iter().flat_map(|r| &r.pieces).any(|p| p.marks.len() > WORDS) {
        return;
    }
    for row in rows {
        let mut pieces = Vec::with_capacity(row.pieces.len());
        for p in row.pieces.drain(..) {
            match parts(sheet, &p, columns, alone) {
                Some(parts) => pieces.extend(parts),
                None => pieces.push(p),
            }
        }
        row.pieces = pieces;
    }
}

/// The parts of a piece that names several columns, each as wide as its column at most.
fn parts(sheet: &Sheet<'_>, p: &Piece, columns: &[Column], alone: &[(usize, Rect)]) -> Option<Vec<Piece>> {
    let (a, b) = columns::span(columns, p.bbox.left, p.bbox.right)?;
    if a == b || p.value {
        return None;
    }
    // What is centred over its columns is more likely their common name.
    let middle = f32::midpoint(columns[a].left, columns[b].right);
    let centred = (middle - p.bbox.mid_x()).abs() < 3.0;
    let slack = if centred { 1.0 } else { ALIGNED * p.size };
    let off = |from: usize, to: usize, col: usize| {
        let run = Rect::around(p.marks[from..to].iter().map(|m| sheet.marks[*m as usize].bbox))?;
        let whole = to - from == p.marks.len();
        let over = run.right > columns[col].left && run.left < columns[col].right;
        let near = alone
            .iter()
            .filter(|(c, b)| *c == col && (b.mid_y() - run.mid_y()).abs() > 2.0)
            .map(|(_, b)| {
                let edges = (run.right - b.right).abs().min((run.left - b.left).abs());
                if whole { edges } else { edges.min((run.mid_x() - b.mid_x()).abs()) }
            })
            .fold(f32::MAX, f32::min);
        // Words that reach far into the neighbour's column are its own.
        let column = columns[col];
        let out: f32 = p.marks[from..to]
            .iter()
            .map(|m| sheet.marks[*m as usize].bbox.mid_x())
            .map(|x| (column.left - x).max(x - column.right).max(0.0))
            .sum();
        // And the widest spaces part names.
        let at = |m: u32| sheet.marks[m as usize].bbox;
        let spaces: f32 = p.marks[from..to].windows(2).map(|w| at(w[1]).left - at(w[0]).right).sum();
        (over && near < slack && out < 3.0 * p.size && !(whole && centred)).then_some(near + out + spaces)
    };
    let (_, dealt) = deal(0, p.marks.len(), a, b, &off)?;
    dealt
        .into_iter()
        .map(|(col, from, to)| {
            let mut part = sheet.piece(&p.marks[from..to])?;
            // A name may reach over its column's edge where its neighbour leaves room.
            part.bbox.left = part.bbox.left.clamp(columns[col].left, columns[col].right);
            part.bbox.right = part.bbox.right.clamp(part.bbox.left, columns[col].right);
            Some(part)
        })
        .collect()
}

/// Runs of words for columns, left to right: column, first word, word after the last.
type Dealt = Vec<(usize, usize, usize)>;

/// Deals words `from..to` out to columns `a..=b` so that each run is aligned with its own, as well as can be.
fn deal(
    from: usize,
    to: usize,
    a: usize,
    b: usize,
    off: &impl Fn(usize, usize, usize) -> Option<f32>,
) -> Option<(f32, Dealt)> {
    if from == to {
        return Some((0.0, Vec::new()));
    }
    if a > b {
        return None;
    }
    let mut best: Option<(f32, Dealt)> = deal(from, to, a + 1, b, off);
    for end in from + 1..=to {
        let Some(own) = off(from, end, a) else { continue };
        let Some((rest, mut dealt)) = deal(end, to, a + 1, b, off) else { continue };
        if best.as_ref().is_none_or(|(sum, _)| own + rest < *sum) {
            dealt.insert(0, (a, from, end));
            best = Some((own + rest, dealt));
        }
    }
    best
}

/// Whether a line holds names of at least three columns, each aligned with the texts of its own.
pub(super) fn spread(rows: &[Row], columns: &[Column], alone: &[(usize, Rect)]) -> bool {
    const LEAST: usize = 3;
    let short = rows.iter().flat_map(|r| &r.pieces).all(|p| p.marks.len() <= WORDS);
    short
        && rows.iter().filter(|r| r.pieces.len() >= LEAST).any(|r| {
            let mut last = None;
            r.pieces.iter().all(|p| {
                let Some((a, b)) = columns::span(columns, p.bbox.left, p.bbox.right) else { return false };
                let near = |(c, other): &(usize, Rect)| {
                    *c == a
                        && (other.mid_y() - p.bbox.mid_y()).abs() > 2.0
                        && aligned(&p.bbox, other, ALIGNED * p.size)
                };
                a == b && last.replace(a) != Some(a) && alone.iter().filter(|o| near(o)).count() >= 2
            })
        })
}

/// Whether all that rows hold are figures that stand in line with others of one column each, of several.
pub(super) fn figures(rows: &[Row], all: &[Rect], columns: &[Column], over: std::ops::Range<usize>) -> bool {
    let Some(columns) = columns.get(over).filter(|c| c.len() >= 2 && !rows.is_empty()) else { return false };
    rows.iter().flat_map(|r| &r.pieces).all(|p| {
        let own = |c: &Column| p.bbox.left >= c.left - 0.5 && p.bbox.right <= c.right + 0.5;
        p.value && columns.iter().any(own) && all.iter().filter(|b| aligned(&p.bbox, b, 2.0)).count() >= 3
    })
}

/// Whether two texts of a column share an edge, or the middle.
fn aligned(a: &Rect, b: &Rect, slack: f32) -> bool {
    (a.right - b.right).abs() < slack
        || (a.left - b.left).abs() < slack
        || (a.mid_x() - b.mid_x()).abs() < slack
}

/// How many lines at the top name columns: those before the first with figures, as far as they stand over
/// columns of figures.
pub(super) fn lines(laid: &[Laid<'_>]) -> usize {
    let figures = |l: &Laid<'_>| l.pieces.iter().any(|p| p.2.value && !p.2.year);
    let first = laid.iter().position(figures).unwrap_or(laid.len());
    let below = || laid[first..].iter().flat_map(|l| &l.pieces).filter(|(a, b, _)| a == b);
    // One figure among texts makes no column of figures: the number of a decision in a report's header.
    let valued: Vec<usize> = below()
        .filter(|p| p.2.value)
        .map(|p| p.0)
        .filter(|col| {
            let (values, all) = below()
                .filter(|p| p.0 == *col)
                .fold((0, 0), |(values, all), p| (values + usize::from(p.2.value), all + 1));
            values * 2 >= all
        })
        .collect();
    let names = |l: &Laid<'_>| l.pieces.iter().any(|(a, b, _)| valued.iter().any(|c| c >= a && c <= b));
    laid[..first].iter().rposition(names).map_or(0, |i| i + 1)
}

/// Whether a row of names begins with the second of two lines: years and units stand in rows of their own,
/// and so does what stands over several names.
pub(super) fn begins(above: &Laid<'_>, here: &Laid<'_>) -> bool {
    let all =
        |l: &Laid<'_>, what: fn(&Piece) -> bool| l.pieces.len() >= 2 && l.pieces.iter().all(|p| what(p.2));
    let unit = above.pieces.len() == 1 && above.pieces[0].2.unit;
    if unit || all(above, |p| p.year) || all(here, |p| p.unit) {
        return true;
    }
    // Names of single columns that go on here hold both lines together.
    let same =
        |(a, b, _): &(usize, usize, &Piece)| a == b && here.pieces.iter().any(|q| (q.0, q.1) == (*a, *b));
    let over = |(a, b, _): &(usize, usize, &Piece)| {
        a < b && here.pieces.iter().filter(|q| q.0 == q.1 && q.0 >= *a && q.0 <= *b).count() >= 2
    };
    !above.pieces.iter().any(same) && above.pieces.iter().any(over) || grouped(above, here)
}

/// Whether each text of a line is centred over several of the next: names of groups, each over its own.
fn grouped(above: &Laid<'_>, here: &Laid<'_>) -> bool {
    let over: Vec<&Piece> = above.pieces.iter().filter(|p| p.0 > 0).map(|p| p.2).collect();
    let names: Vec<&Piece> = here.pieces.iter().filter(|p| p.0 > 0).map(|p| p.2).collect();
    if over.len() < 2 || names.len() < 2 * over.len() {
        return false;
    }
    let mut groups: Vec<(usize, Rect)> = over.iter().map(|_| (0, Rect::default())).collect();
    for n in names {
        let far = |p: &Piece| (p.bbox.mid_x() - n.bbox.mid_x()).abs();
        let Some(k) = (0..over.len()).min_by(|a, b| far(over[*a]).total_cmp(&far(over[*b]))) else {
            continue;
        };
        let (count, bbox) = groups[k];
        groups[k] = (count + 1, if count == 0 { n.bbox } else { bbox.union(n.bbox) });
    }
    over.iter().zip(groups).all(|(p, (count, bbox))| {
        count >= 2 && (bbox.mid_x() - p.bbox.mid_x()).abs() <= (0.1 * bbox.width()).max(5.0)
    })
}
