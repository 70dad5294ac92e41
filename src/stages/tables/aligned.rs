//! Tables without a grid: runs of rows whose words stand in columns, with rules across as help.

use super::columns::{self, Column};
use super::draft::Draft;
use super::lattice::Region;
use super::plausible::{contents, plausible};
use super::ruled::{cell, fill_of, part};
use super::rules::{Edge, Rules};
use super::sheet::{Piece, Row, Sheet};
use super::textrows::{self, Laid};
use crate::model::{Rect, TableEvidence};
use std::cell::OnceCell;

/// Where aligned tables are looked for on a page.
pub(super) struct Ground<'a> {
    /// The page.
    pub(super) sheet: &'a Sheet<'a>,
    /// Index of the page.
    pub(super) page: usize,
    /// Its edges.
    pub(super) rules: &'a Rules,
    /// Rules across that belong to no grid.
    pub(super) bars: &'a [Edge],
    /// Boxes of one cell: what is inside is no neighbour of what is outside.
    pub(super) boxes: &'a [Rect],
}

/// Finds the aligned tables among rows (top to bottom).
pub(super) fn find(ground: &Ground<'_>, rows: &[Row]) -> Vec<Draft> {
    let mut out = Vec::new();
    let mut from = 0;
    let fine = Fine { sheet: ground.sheet, rows, made: vec![OnceCell::new(); rows.len()] };
    while from < rows.len() {
        let Some(seed) = (from..rows.len()).find(|i| rows[*i].pieces.len() >= 2) else { break };
        let (mut first, last) = grow(ground, &fine, from, seed);
        if out.is_empty() && under_roof(ground, &fine, first, last) {
            first = 0;
        }
        let above: String = rows[..first].iter().rev().take(2).map(|r| text(ground, r)).collect();
        from = match judge(ground, &rows[first..=last], &fine.all(first, last), &above) {
            Verdict::Table(d) => {
                out.push(d);
                last + 1
            }
            Verdict::Whole => last + 1,
            // Perhaps the table begins further down.
            Verdict::No => seed + 1,
        };
    }
    out
}

/// Rows cut at every gap that is wider than a space, each made once.
struct Fine<'r> {
    sheet: &'r Sheet<'r>,
    rows: &'r [Row],
    made: Vec<OnceCell<Row>>,
}

impl Fine<'_> {
    fn row(&self, i: usize) -> &Row {
        self.made[i].get_or_init(|| self.sheet.fine(&self.rows[i]))
    }

    fn all(&self, first: usize, last: usize) -> Vec<&Row> {
        (first..=last).map(|i| self.row(i)).collect()
    }
}

fn text(ground: &Ground<'_>, row: &Row) -> String {
    row.pieces.iter().map(|p| ground.sheet.text(&p.marks) + " ").collect()
}

/// Gaps between the pieces of a row, as intervals; the outside is open.
fn gaps(row: &Row) -> Vec<(f32, f32)> {
    let mut out = vec![(f32::MIN, row.bbox.left)];
    let mut right = row.bbox.left;
    for p in &row.pieces {
        if p.bbox.left > right {
            out.push((right, p.bbox.left));
        }
        right = right.max(p.bbox.right);
    }
    out.push((right, f32::MAX));
    out
}

/// Common parts of two lists of intervals that are at least `least` wide.
fn common(a: &[(f32, f32)], b: &[(f32, f32)], least: f32) -> Vec<(f32, f32)> {
    let mut out = Vec::new();
    for x in a {
        for y in b {
            let (l, r) = (x.0.max(y.0), x.1.min(y.1));
            if r - l >= least {
                out.push((l, r));
            }
        }
    }
    out
}

/// Grows a run of rows around a seed: as long as a white strip goes through all of them.
fn grow(ground: &Ground<'_>, fine: &Fine<'_>, from: usize, seed: usize) -> (usize, usize) {
    let rows = fine.rows;
    let gutter = 0.45 * rows[seed].size;
    let white = |i: usize| gaps(fine.row(i));
    let mut strips: Vec<(f32, f32)> = inner(&gaps(&rows[seed]), &rows[seed]);
    let mut widest: f32 = 0.0;
    let colours: Vec<u32> = rows[seed].pieces.iter().map(|p| p.colour).collect();
    let mut last = seed;
    let mut strong = seed;
    let mut i = seed + 1;
    let mut extent = rows[seed].bbox;
    while i < rows.len() {
        let row = &rows[i];
        let step = row.baseline - rows[i - 1].baseline;
        let ruled = ground.bars.iter().any(|b| {
            b.at > row.baseline
                && b.start < extent.right
                && b.end > extent.left
                && b.at < row.baseline + 200.0
        });
        let reach = if ruled { 6.0 } else { 3.6 };
        if step > reach * row.size.max(rows[i - 1].size) || apart(ground.boxes, &rows[i - 1], row) {
            break;
        }
        if closed(ground, &rows[seed..=i], extent) {
            break;
        }
        // A gap twice as wide as any before, or a heading, ends the table.
        let listed = row.pieces[0].label && rows[seed].pieces[0].label && row.pieces.len() >= 2;
        if i > seed + 2 && step > 2.2 * widest && step > 2.6 * row.size && !listed {
            break;
        }
        if row.pieces.len() == 1
            && is_heading(&row.pieces[0], &colours, rows[seed].size)
            && step > 1.2 * row.size
        {
            break;
        }
        if heads_the_next(&rows[seed..=i], widest) {
            break;
        }
        let shared = common(&strips, &white(i), gutter);
        // Below a gap, columns of its own between two of the table's: another table.
        if row.pieces.len() >= 2 && i > seed + 2 && step > 1.2 * widest && !shares(row, &shared) {
            break;
        }
        widest = widest.max(step);
        if row.pieces.len() >= 2 && !shared.is_empty() {
            strips = shared;
            extent = extent.union(row.bbox);
            strong = i;
            last = i;
        } else if row.pieces.len() == 1 && shared.len() == strips.len() {
            last = i;
            extent = extent.union(row.bbox);
        } else if row.pieces.len() == 1
            && rows.get(i + 1).is_some_and(|n| {
                n.pieces.len() >= 2
                    && n.baseline - row.baseline < 3.0 * row.size
                    && !common(&strips, &white(i + 1), gutter).is_empty()
            })
            && row.bbox.width() < 0.75 * extent.width()
            && row.pieces[0].marks.len() <= 10
        {
            last = i;
        } else {
            break;
        }
        i += 1;
    }
    // Lines below the last full row belong to it only if they stand close.
    while last > strong {
        let step = rows[strong + 1].baseline - rows[strong].baseline;
        let close = |step: f32, size: f32| step <= 1.5 * size + 0.3;
        let tail = (strong + 1..=last).all(|k| close(rows[k].baseline - rows[k - 1].baseline, rows[k].size));
        if tail && close(step, rows[strong].size) {
            break;
        }
        last -= 1;
    }
    // And lines above the first: labels that begin over their figures.
    let mut first = seed;
    while first > from {
        let (row, below) = (&rows[first - 1], &rows[first]);
        let step = below.baseline - row.baseline;
        let fits = row.pieces.len() == 1
            && step <= 1.5 * row.size.max(below.size)
            && row.pieces[0].bold == below.pieces[0].bold
            && row.pieces[0].colour == below.pieces[0].colour
            && (row.size - below.size).abs() < 0.6
            && common(&strips, &gaps(row), gutter).len() == strips.len()
            && !apart(ground.boxes, row, below)
            && row.bbox.left >= extent.left - 3.0
            && row.bbox.right <= extent.right + 3.0
            && (seed - first) < 4;
        // Whatever stands between the table's top rule and its rows is its header.
        let headed = step <= 2.2 * row.size
            && seed - first < 4
            && !apart(ground.boxes, row, below)
            && row.bbox.left >= extent.left - 3.0
            && row.bbox.right <= extent.right + 3.0
            && row.pieces.iter().all(|p| p.marks.len() <= 8)
            && ground.bars.iter().any(|b| {
                b.at < row.bbox.top + 2.0
                    && row.bbox.top - b.at < 2.5 * row.size
                    && b.start < extent.left + 6.0
                    && b.end > extent.right - 6.0
                    && b.len() < 1.15 * extent.width() + 30.0
            });
        if !fits && !headed && !between(ground, row, below) {
            break;
        }
        first -= 1;
    }
    (first, last)
}

/// Whether all rows above a run stand with it below a rule that nothing stands above, in some of its
/// columns: the rest of a row that begins on the page before.
fn under_roof(ground: &Ground<'_>, fine: &Fine<'_>, first: usize, last: usize) -> bool {
    let rows = fine.rows;
    let Some(extent) = Rect::around(rows[first..=last].iter().map(|r| r.bbox)) else { return false };
    let over = |b: &&Edge| b.start < extent.left + 6.0 && b.end > extent.right - 6.0;
    let bars: Vec<&Edge> = ground.bars.iter().filter(over).collect();
    let below = bars.iter().filter(|b| b.at > extent.bottom - 6.0);
    let Some(floor) = below.min_by(|a, b| a.at.total_cmp(&b.at)) else { return false };
    let alike = |b: &&&Edge| b.same_ends(**floor, 3.0);
    let between = bars.iter().filter(alike).any(|b| b.at > extent.top - 6.0 && b.at < floor.at);
    let roof = bars.iter().filter(alike).filter(|b| b.at < extent.top - 6.0).map(|b| b.at).reduce(f32::max);
    let (Some(roof), true) = (roof, between) else { return false };
    let gutter = 0.45 * rows[first].size;
    let run: Vec<&Row> = (first..=last).filter(|i| rows[*i].pieces.len() >= 2).map(|i| fine.row(i)).collect();
    let columns = columns::find(&run, 0, gutter);
    let inside = |r: &Row| {
        let own = |c: &Column| r.bbox.left >= c.left - 3.0 && r.bbox.right <= c.right + 3.0;
        columns.iter().any(own) && r.bbox.mid_y() > roof && !apart(ground.boxes, r, &rows[first])
    };
    columns.len() >= 2 && rows[..first].iter().all(inside)
}

/// Whether the last of some rows stands under the closing rule of a table whose rows are all parted by
/// rules: it is parted from the row before, too, but no such rule follows it.
fn closed(ground: &Ground<'_>, rows: &[Row], extent: Rect) -> bool {
    const ROWS: usize = 4;
    if rows.len() < ROWS {
        return false;
    }
    let under = |row: &Row| row.baseline - 0.1 * row.size;
    let bars = || {
        let along = |b: &&Edge| b.start < extent.left + 6.0 && b.end > extent.right - 6.0;
        ground.bars.iter().filter(along)
    };
    let parted = |w: &[Row]| bars().find(|b| b.at > under(&w[0]) && b.at < under(&w[1]));
    let Some(first) = parted(&rows[..2]) else { return false };
    let alike = |b: &Edge| b.same_ends(*first, 4.0);
    let [.., before, last] = rows else { return false };
    let reach = 4.0 * (before.baseline - rows[0].baseline) / (rows.len() - 2) as f32;
    rows.windows(2).all(|w| parted(w).is_some_and(alike))
        && !bars().any(|b| b.at > under(last) && b.at < last.baseline + reach && alike(b))
}

/// Whether a row is one text between two rules of the same ends over part of the columns: their name.
fn between(ground: &Ground<'_>, row: &Row, below: &Row) -> bool {
    let [only] = &row.pieces[..] else { return false };
    let near = |b: &&Edge| {
        b.start < only.bbox.left
            && b.end > only.bbox.right
            && (f32::midpoint(b.start, b.end) - only.bbox.mid_x()).abs() < 0.1 * b.len()
            && b.end <= below.bbox.right + 6.0
            && b.start >= below.bbox.left - 6.0
    };
    let over = |b: &&Edge| b.at < row.bbox.top + 2.0 && row.bbox.top - b.at < 2.5 * row.size;
    let under = |b: &&Edge| b.at > row.baseline && b.at < below.bbox.top + 2.0;
    let mut lower = ground.bars.iter().filter(near).filter(under);
    lower.any(|l| {
        let same = |u: &&Edge| u.same_ends(*l, 4.0);
        ground.bars.iter().filter(near).filter(over).any(|u| same(&u))
    })
}

/// Set apart by colour, and bold or larger than the rows.
fn is_heading(piece: &Piece, colours: &[u32], size: f32) -> bool {
    !colours.contains(&piece.colour) && (piece.bold || piece.size > 1.08 * size) || piece.size > 1.2 * size
}

/// Whether one of the strips lies between pieces of a row.
fn shares(row: &Row, strips: &[(f32, f32)]) -> bool {
    row.pieces.windows(2).any(|w| strips.iter().any(|s| s.0 < w[1].bbox.left && s.1 > w[0].bbox.right))
}

/// Whether the last of some rows is the title of another table: one text in bold, where no row before began
/// in bold, and set further apart than these from each other.
fn heads_the_next(rows: &[Row], widest: f32) -> bool {
    let [before @ .., last] = rows else { return false };
    let ([title], Some(above)) = (&last.pieces[..], before.last()) else { return false };
    let step = last.baseline - above.baseline;
    title.bold
        && step > 1.4 * widest
        && step > 2.0 * last.size
        && before.len() >= 2
        && !before.iter().any(|r| r.pieces[0].bold)
}

/// The strips inside a row: those with ink on both sides.
fn inner(gaps: &[(f32, f32)], row: &Row) -> Vec<(f32, f32)> {
    gaps.iter().filter(|g| g.0 >= row.bbox.left && g.1 <= row.bbox.right).copied().collect()
}

/// Whether a box holds one row and not the other.
fn apart(boxes: &[Rect], a: &Row, b: &Row) -> bool {
    let inside = |x: &Rect, r: &Row| x.contains_point(r.bbox.mid_x(), r.bbox.mid_y());
    boxes.iter().any(|x| inside(x, a) != inside(x, b))
}

/// What a run of rows turned out to be.
enum Verdict {
    Table(Draft),
    /// A table of contents, or the axes of charts: no part of it is a table either.
    Whole,
    No,
}

/// Decides whether a run is a table, and drafts it.
fn judge(ground: &Ground<'_>, run: &[Row], fine: &[&Row], above: &str) -> Verdict {
    let size = run.iter().map(|r| r.size).fold(0.0, f32::max);
    let strong = run.iter().filter(|r| r.pieces.len() >= 2).count();
    let allowed = if strong >= 12 { run.len() / 8 } else { usize::from(strong >= 3) };
    // Lines with one piece are labels, or cross the columns: where others are enough they have no say.
    let telling: Vec<&Row> = if strong >= 4 {
        fine.iter().zip(run).filter(|(_, r)| r.pieces.len() >= 2).map(|(f, _)| *f).collect()
    } else {
        fine.to_vec()
    };
    let mut cols = columns::find(&telling, allowed, 0.45 * size);
    if allowed > 0 {
        // Without the allowance where it does not matter: it must not invent columns.
        let strict = columns::find(&telling, 0, 0.45 * size);
        if strict.len() >= cols.len() {
            cols = strict;
        }
    }
    let bbox = Rect::around(run.iter().map(|r| r.bbox)).unwrap_or_default();
    confirm(&mut cols, run, fine, parted_by_rules(ground, bbox));
    if cols.len() < 2 {
        return Verdict::No;
    }
    // Labels and figures beside the bars of a chart.
    if ground.rules.bars.iter().filter(|b| bbox.contains(**b, 2.0)).count() >= 4 {
        return Verdict::No;
    }
    let bars: Vec<Edge> = ground
        .bars
        .iter()
        .filter(|b| {
            b.at > bbox.top - 1.2 * size
                && b.at < bbox.bottom + 1.2 * size
                && b.end.min(bbox.right) - b.start.max(bbox.left) > 0.6 * bbox.width().min(b.len())
                && b.len() < 1.4 * bbox.width() + 20.0
        })
        .copied()
        .collect();
    let wide = bars.iter().filter(|b| b.len() > 0.7 * bbox.width()).count();
    let cut: Vec<Row> = fine.iter().map(|r| cut(ground.sheet, r, &cols)).collect();
    let refs: Vec<&Row> = cut.iter().collect();
    let laid = textrows::lay(&refs, &cols);
    if contents(ground, &laid, &cols, above) || super::plausible::axes(ground, &laid, cols.len()) {
        return Verdict::Whole;
    }
    if !plausible(ground, &laid, &cols, wide, strong) {
        return Verdict::No;
    }
    let starts = textrows::begins(&laid, &cols, &bars);
    // Pieces that all run on are lines of text side by side, but for narrow columns beside each other.
    if wide < 2 && cols.len() < 4 && starts.iter().filter(|s| **s).count() < 2 {
        return Verdict::No;
    }
    if wide < 2 && super::plausible::cuts_sentences(&laid, &starts) {
        return Verdict::No;
    }
    Verdict::Table(draft(ground, &laid, &cols, &starts, &bars, wide))
}

/// Whether rules part the rows of a run: then they are a table's, and even its spaces mean something.
fn parted_by_rules(ground: &Ground<'_>, run: Rect) -> bool {
    let along = |b: &&Edge| {
        let shared = b.end.min(run.right) - b.start.max(run.left);
        b.at > run.top && b.at < run.bottom && shared > 0.7 * run.width() && b.len() < 1.4 * run.width()
    };
    ground.bars.iter().filter(along).count() >= 3
}

/// Merges columns that no row parts widely, nor several rows at all: a wide space is no gutter, but
/// between the names of columns of a table with `ruled` rows.
fn confirm(cols: &mut Vec<Column>, coarse: &[Row], fine: &[&Row], ruled: bool) {
    const NAMES: f32 = 0.8;
    let parts = |row: &Row, left: &Column, right: &Column| {
        row.pieces.windows(2).any(|w| {
            w[0].bbox.right <= right.left + 0.5
                && w[1].bbox.left >= left.right - 0.5
                && w[0].bbox.right > left.left
        })
    };
    let mut k = 0;
    while k + 1 < cols.len() {
        let (a, b) = (cols[k], cols[k + 1]);
        let wide = coarse.iter().any(|r| parts(r, &a, &b));
        // A word of one row alone, hardly set apart, is no column.
        let lone = |c: &Column| {
            let mut inside = fine
                .iter()
                .flat_map(|r| &r.pieces)
                .filter(|p| p.bbox.left >= c.left - 0.5 && p.bbox.right <= c.right + 0.5);
            inside.next().is_some_and(|p| !p.value) && inside.next().is_none()
        };
        let names = ruled && coarse.len() >= 3 && b.left - a.right > NAMES * coarse[0].size;
        let speck = coarse.len() >= 3 && b.left - a.right < 1.2 * coarse[0].size && (lone(&a) || lone(&b));
        if names && parts(fine[0], &a, &b)
            || !speck && (wide || fine.iter().filter(|r| parts(r, &a, &b)).count() >= 3)
        {
            k += 1;
        } else {
            cols[k].right = b.right;
            cols.remove(k + 1);
        }
    }
}

/// A finely cut row put together again, but for the gaps that lie between columns.
fn cut(sheet: &Sheet<'_>, row: &Row, cols: &[Column]) -> Row {
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut right = f32::MIN;
    for p in &row.pieces {
        let parted = cols.windows(2).any(|w| {
            let (l, r) = (w[0].right.max(right), w[1].left.min(p.bbox.left));
            r > l - 0.5 && right < w[1].left && p.bbox.left > w[0].right
        });
        match groups.last_mut() {
            Some(g) if !parted && p.bbox.left - right < 2.0 * row.size => g.extend(&p.marks),
            _ => groups.push(p.marks.clone()),
        }
        right = p.bbox.right;
    }
    let pieces = groups.iter().filter_map(|g| sheet.piece(g)).collect();
    Row { baseline: row.baseline, size: row.size, bbox: row.bbox, pieces }
}

/// Drafts the table of a run.
fn draft(
    ground: &Ground<'_>,
    laid: &[Laid<'_>],
    cols: &[Column],
    starts: &[bool],
    bars: &[Edge],
    wide: usize,
) -> Draft {
    let sheet = ground.sheet;
    let bbox = Rect::around(laid.iter().map(|l| l.row.bbox)).unwrap_or_default();
    let mut xs = vec![bbox.left];
    xs.extend(cols.windows(2).map(|w| f32::midpoint(w[0].right, w[1].left)));
    xs.push(bbox.right);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (i, s) in starts.iter().enumerate() {
        match groups.last_mut() {
            Some(g) if !s => g.push(i),
            _ => groups.push(vec![i]),
        }
    }
    let mut cells = Vec::new();
    for (r, g) in groups.iter().enumerate() {
        let tall = Rect::around(g.iter().map(|i| laid[*i].row.bbox)).unwrap_or_default();
        // Pieces of a row that overlap in columns are one cell.
        let mut spans: Vec<(usize, usize, Vec<u32>)> = Vec::new();
        let mut pieces: Vec<_> = g.iter().flat_map(|i| &laid[*i].pieces).collect();
        pieces.sort_by_key(|p| (p.0, p.1));
        for (a, b, p) in pieces {
            match spans.last_mut() {
                Some(s) if *a <= s.1 => {
                    s.1 = s.1.max(*b);
                    s.2.extend(&p.marks);
                }
                _ => spans.push((*a, *b, p.marks.clone())),
            }
        }
        for (a, b, marks) in spans {
            let box_ = Rect::new(xs[a], tall.top, xs[b + 1], tall.bottom);
            let at = Region { top: r, left: a, bottom: r + 1, right: b + 1 };
            let mut c = cell(sheet, ground.page, at, box_, &marks, fill_of(ground.rules, box_));
            c.bbox = box_;
            cells.push(c);
        }
    }
    let evidence = if wide >= 2 { TableEvidence::PartlyRuled } else { TableEvidence::Aligned };
    let closed = bars.iter().any(|b| b.at > bbox.bottom - 2.0);
    let mut draft = Draft { rows: groups.len(), xs, cells, evidence, closed, ..Draft::default() };
    let marks = laid.iter().flat_map(|l| l.pieces.iter().flat_map(|p| &p.2.marks));
    draft.parts.push(part(sheet, bbox, marks));
    draft.compact();
    super::spanners::spread(&mut draft);
    draft
}
