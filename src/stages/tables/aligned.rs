//! Tables without a grid: runs of rows whose words stand in columns, with rules across as help.

use super::columns::{self, Column};
use super::draft::Draft;
use super::lattice::Region;
use super::ruled::{cell, fill_of, part};
use super::rules::{Edge, Rules};
use super::sheet::{Row, Sheet};
use super::textrows::{self, Laid};
use crate::model::{Rect, TableEvidence};

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
    while from < rows.len() {
        let Some(seed) = (from..rows.len()).find(|i| rows[*i].pieces.len() >= 2) else { break };
        let (first, last) = grow(ground, rows, from, seed);
        let run: Vec<&Row> = rows[first..=last].iter().collect();
        if let Some(d) = judge(ground, &run) {
            out.push(d);
            from = last + 1;
        } else {
            // Perhaps the table begins further down.
            from = seed + 1;
        }
    }
    out
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
fn grow(ground: &Ground<'_>, rows: &[Row], from: usize, seed: usize) -> (usize, usize) {
    let least = 0.45 * rows[seed].size;
    let mut strips: Vec<(f32, f32)> = inner(&gaps(&rows[seed]), &rows[seed]);
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
        let shared = common(&strips, &gaps(row), least);
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
                    && !common(&strips, &gaps(n), least).is_empty()
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
        let tail = (strong + 1..=last).all(|k| rows[k].baseline - rows[k - 1].baseline <= 1.5 * rows[k].size);
        if tail && step <= 1.5 * rows[strong].size {
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
            && common(&strips, &gaps(row), least).len() == strips.len()
            && !apart(ground.boxes, row, below)
            && row.bbox.left >= extent.left - 3.0
            && row.bbox.right <= extent.right + 3.0
            && (seed - first) < 4;
        if !fits {
            break;
        }
        first -= 1;
    }
    (first, last)
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

/// Decides whether a run is a table, and drafts it.
fn judge(ground: &Ground<'_>, run: &[&Row]) -> Option<Draft> {
    let size = run.iter().map(|r| r.size).fold(0.0, f32::max);
    let strong = run.iter().filter(|r| r.pieces.len() >= 2).count();
    let allowed = if strong >= 12 { run.len() / 8 } else { usize::from(strong >= 3) };
    let mut cols = columns::find(run, allowed, 0.45 * size);
    if allowed > 0 {
        // Without the allowance where it does not matter: it must not invent columns.
        let strict = columns::find(run, 0, 0.45 * size);
        if strict.len() >= cols.len() {
            cols = strict;
        }
    }
    if cols.len() < 2 {
        return None;
    }
    let bbox = Rect::around(run.iter().map(|r| r.bbox))?;
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
    let laid = textrows::lay(run, &cols);
    if !plausible(ground, &laid, &cols, wide, strong) {
        return None;
    }
    let starts = textrows::starts(&laid, &cols, &bars);
    Some(draft(ground, &laid, &cols, &starts, &bars, wide))
}

/// What tells a table from prose in columns, lists, contents and forms.
fn plausible(ground: &Ground<'_>, laid: &[Laid<'_>], cols: &[Column], wide: usize, strong: usize) -> bool {
    let n = cols.len();
    let mut words = vec![0usize; n];
    let mut count = vec![0usize; n];
    let mut values = vec![0usize; n];
    let mut markers = vec![0usize; n];
    let mut full = vec![0usize; n];
    for (a, b, p) in laid.iter().flat_map(|l| &l.pieces) {
        if a != b {
            continue;
        }
        words[*a] += p.marks.len();
        count[*a] += 1;
        values[*a] += usize::from(p.value);
        markers[*a] += usize::from(p.marker);
        full[*a] += usize::from(p.bbox.width() > 0.72 * (cols[*a].right - cols[*a].left));
    }
    let ruled = wide >= 2;
    let rows = strong;
    let marked = |c: usize| count[c] > 0 && markers[c] * 10 >= count[c] * 8;
    // Bullets or numbers before text: a list, or numbered paragraphs.
    let texts: Vec<usize> = (0..n).filter(|c| !marked(*c)).collect();
    if texts.len() < 2 && !ruled {
        let gap = if n == 2 { cols[1].left - cols[0].right } else { 0.0 };
        if gap < 90.0 || rows < 1 {
            return false;
        }
    }
    if marked(0) && texts.len() == 1 {
        return false;
    }
    // Prose in columns: most lines fill their column with several words.
    let prose = (0..n)
        .filter(|c| count[*c] >= 4 && words[*c] >= 4 * count[*c] && full[*c] * 10 >= count[*c] * 6)
        .count();
    if prose >= 2 && !ruled {
        return false;
    }
    if prose >= 1 && n == 2 && !ruled && values.iter().sum::<usize>() == 0 {
        // One column of prose beside few words: a side note, unless labels stand at its rows.
        let other = (0..n).find(|c| words[*c] < 4 * count[*c].max(1)).unwrap_or(0);
        if other != 0 || count[0] * 4 < count[1] {
            return false;
        }
    }
    // Contents: text and rising page numbers.
    if n == 2 && contents(laid) {
        return false;
    }
    let numeric = (0..n).filter(|c| count[*c] >= 2 && values[*c] * 10 >= count[*c] * 6).count();
    let _ = ground;
    match (rows, n) {
        (0, _) => false,
        (1, _) => ruled && n >= 3 && laid.len() >= 2,
        (2, 2) => ruled || numeric >= 1 || labels(laid),
        (2, _) => ruled || numeric >= 1 || n >= 3,
        (_, 2) => true,
        _ => true,
    }
}

/// Whether the first column's pieces end with a colon: a list of labels.
fn labels(laid: &[Laid<'_>]) -> bool {
    let _ = laid;
    true
}

/// Whether the last column holds page numbers that never fall, of at least four entries, or leaders.
fn contents(laid: &[Laid<'_>]) -> bool {
    let _ = laid;
    false
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
    draft
}
