//! Rows of a table without row rules: which lines begin a row and which go on with the one above.

use super::columns::{Column, span};
use super::rules::Edge;
use super::sheet::{Piece, Row};
use super::{byfigures, names};

/// One visual row laid over columns: pieces with first and last column.
pub(super) struct Laid<'r> {
    /// The row.
    pub(super) row: &'r Row,
    /// Its pieces in columns.
    pub(super) pieces: Vec<(usize, usize, &'r Piece)>,
}

/// Lays rows over columns.
pub(super) fn lay<'r>(rows: &[&'r Row], columns: &[Column]) -> Vec<Laid<'r>> {
    rows.iter()
        .map(|row| Laid {
            row,
            pieces: row
                .pieces
                .iter()
                .filter_map(|p| span(columns, p.bbox.left, p.bbox.right).map(|(a, b)| (a, b, p)))
                .collect(),
        })
        .collect()
}

/// For each visual row, whether a row of the table begins with it.
pub(super) fn begins(laid: &[Laid<'_>], columns: &[Column], bars: &[Edge]) -> Vec<bool> {
    // Names of columns have no figures beside them to say which lines are one row.
    let names = names::lines(laid);
    let mut out = starts(laid, columns, bars);
    if let Some(below) = byfigures::begins(&laid[names..], columns) {
        out.truncate(names);
        out.extend(below);
    }
    // Their names run over several lines, short ones too.
    let steps = |i: usize| laid[i].row.baseline - laid[i - 1].row.baseline;
    let pitch = (1..names).map(steps).fold(f32::MAX, f32::min);
    for i in 1..names {
        out[i] &= between(bars, laid[i - 1].row, laid[i].row) || steps(i) > 1.4 * pitch;
        out[i] |= names::begins(&laid[i - 1], &laid[i]);
    }
    out
}

/// The same from spacing, rules and wrapped lines.
fn starts(laid: &[Laid<'_>], columns: &[Column], bars: &[Edge]) -> Vec<bool> {
    let mut out = vec![true; laid.len()];
    if laid.len() < 2 {
        return out;
    }
    let steps: Vec<f32> = laid.windows(2).map(|w| w[1].row.baseline - w[0].row.baseline).collect();
    let pitch = pitch(laid, columns.len());
    let loose = |d: f32| d > 1.16 * pitch + 0.6;
    // Spacing tells rows apart where wrapped lines stand closer than rows do: both kinds must be seen.
    let tight = steps.iter().filter(|d| !loose(**d)).count();
    let informative = tight > 0 && tight * 8 >= steps.len() && tight < steps.len() && {
        // Tight steps are wrapped lines if most of them bring no new row of figures.
        let full =
            laid.windows(2).zip(&steps).filter(|(w, d)| !loose(**d) && figures_follow(&w[0], &w[1])).count();
        full * 3 <= tight
    };
    let markers = laid.iter().filter(|l| first_piece(l, 0).is_some_and(|p| p.marker)).count();
    let stubs = laid.iter().filter(|l| first_piece(l, 0).is_some()).count();
    let numbered = stubs > 1 && markers * 10 >= stubs * 8;
    let prose = prose(laid, columns);
    let mut start = 0;
    for i in 1..laid.len() {
        let (above, here, step) = (&laid[i - 1], &laid[i], steps[i - 1]);
        let ruled = between(bars, above.row, here.row);
        let stub = first_piece(here, 0).is_some();
        let goes_on = if ruled {
            false
        } else if step < 0.7 * pitch {
            // Lines of neighbouring cells that stand at different heights.
            true
        } else if numbered {
            !stub
        } else if loose(step)
            || group_head(&laid[start..i], here)
            || informative
                && (figures_twice(&laid[start..i], here) || full_twice(&laid[start..i], here, columns))
        {
            false
        } else if informative || prose {
            true
        } else {
            wraps(&laid[start..i], here, columns)
        };
        out[i] = !goes_on;
        if !goes_on {
            start = i;
        }
    }
    out
}

/// Whether the rows so far are a label alone in another weight than the label of a row of figures here:
/// the name of a group, not the first line of this label.
pub(super) fn group_head(group: &[Laid<'_>], here: &Laid<'_>) -> bool {
    let alone = group.iter().all(|g| g.pieces.len() == 1 && g.pieces[0].1 == 0);
    let Some(stub) = first_piece(here, 0) else { return false };
    alone
        && here.pieces.len() >= 2
        && here.pieces.iter().any(|p| p.2.value)
        && group.iter().all(|g| g.pieces[0].2.bold && !stub.bold)
}

/// The distance of lines within a paragraph: the smallest that occurs often.
fn pitch(laid: &[Laid<'_>], columns: usize) -> f32 {
    let size = laid.iter().map(|l| l.row.size).fold(0.0, f32::max);
    // Within each column: lines of neighbouring columns may stand at heights of their own.
    let mut last = vec![f32::MIN; columns];
    let mut sorted: Vec<f32> = Vec::new();
    for l in laid {
        for (a, _, p) in &l.pieces {
            let step = l.row.baseline - last[*a];
            if step >= 0.8 * p.size && step < 10.0 * size {
                sorted.push(step);
            }
            last[*a] = l.row.baseline;
        }
    }
    sorted.sort_by(f32::total_cmp);
    let low = sorted.get(sorted.len() / 10).or(sorted.first()).copied().unwrap_or(1.2 * size);
    // Rows set far apart throughout: no wrapped line among them.
    low.min(1.6 * size)
}

fn first_piece<'l>(laid: &'l Laid<'_>, col: usize) -> Option<&'l Piece> {
    laid.pieces.iter().find(|p| p.0 <= col && p.1 >= col).map(|p| p.2)
}

/// Whether a rule lies between two visual rows and under most of what they hold.
fn between(bars: &[Edge], above: &Row, here: &Row) -> bool {
    let (from, to) = (above.baseline - 0.25 * above.size, here.baseline - 0.35 * here.size);
    let width = above.bbox.union(here.bbox);
    let covered: f32 = bars
        .iter()
        .filter(|b| b.at > from && b.at < to)
        .map(|b| (b.end.min(width.right) - b.start.max(width.left)).max(0.0))
        .sum();
    covered > 0.6 * width.width()
}

/// Whether both rows have figures in the same column, one under the other.
fn figures_follow(above: &Laid<'_>, here: &Laid<'_>) -> bool {
    here.pieces.iter().any(|(a, _, p)| p.value && above.pieces.iter().any(|(x, _, q)| x == a && q.value))
}

/// Whether a row with a label of its own brings second figures to columns that have whole ones.
fn figures_twice(group: &[Laid<'_>], here: &Laid<'_>) -> bool {
    let stub = first_piece(here, 0).is_some();
    let twice = here.pieces.iter().filter(|(a, _, p)| {
        p.value
            && !p.open
            && group.iter().any(|g| g.pieces.iter().any(|(x, _, q)| x == a && q.value && !q.open))
    });
    stub && twice.count() >= 2
}

/// Whether two lines both fill every column, with a whole figure under another: no cell went on.
fn full_twice(group: &[Laid<'_>], here: &Laid<'_>, columns: &[Column]) -> bool {
    let full = |l: &Laid<'_>| l.pieces.len() == columns.len();
    columns.len() >= 3
        && full(here)
        && group.len() == 1
        && full(&group[0])
        && here
            .pieces
            .iter()
            .zip(&group[0].pieces)
            .any(|(p, q)| p.2.value && q.2.value && !p.2.open && !q.2.open)
}

/// Whether the columns hold running text: no figures, lines that fill their column, many of which
/// begin in the middle of a sentence.
fn prose(laid: &[Laid<'_>], columns: &[Column]) -> bool {
    let (mut all, mut full, mut lower) = (0, 0, 0);
    for (a, b, p) in laid.iter().flat_map(|l| &l.pieces) {
        if p.value {
            return false;
        }
        if a != b {
            continue;
        }
        all += 1;
        full += usize::from(p.bbox.width() > 0.55 * (columns[*a].right - columns[*a].left));
        lower += usize::from(p.lower);
    }
    laid.len() >= 4 && columns.len() >= 3 && full * 10 >= all * 7 && lower * 10 >= all * 4
}

/// Whether every piece of a row goes on with the text above it in its column.
fn wraps(group: &[Laid<'_>], here: &Laid<'_>, columns: &[Column]) -> bool {
    let head = group.first();
    here.pieces.iter().all(|(a, b, p)| {
        if p.value || p.marker {
            // A figure of its own row; or the only one, set lower than its label.
            return p.value
                && first_piece(here, 0).is_none()
                && group.iter().all(|g| g.pieces.iter().all(|(x, _, q)| x != a || !q.value))
                && group.len() == 1
                && head.is_some_and(|h| h.pieces.len() == 1 && first_piece(h, 0).is_some());
        }
        let above = group.iter().rev().find_map(|g| g.pieces.iter().find(|(x, y, _)| x == a && y == b));
        let Some((_, _, q)) = above else {
            return false;
        };
        if q.value {
            return false;
        }
        let column = columns.get(*b).copied().unwrap_or(Column { left: q.bbox.left, right: q.bbox.right });
        let limit = columns.get(b + 1).map_or(column.right, |c| c.left - 0.6 * here.row.size);
        // A column of short words does not show how far its lines may reach.
        let short = column.right - column.left < 0.6 * (limit - column.left);
        let right = if short { limit } else { column.right };
        let space = 0.25 * here.row.size;
        let no_room = q.bbox.right + space + p.first_width > right + 0.5;
        let same_edge = (q.bbox.left - p.bbox.left).abs() < 0.6 * here.row.size
            || p.bbox.left > q.bbox.left && p.bbox.left - q.bbox.left < 2.0 * here.row.size
            || (q.bbox.mid_x() - p.bbox.mid_x()).abs() < 0.5 * here.row.size
            || (q.bbox.right - p.bbox.right).abs() < 0.5 * here.row.size;
        same_edge && (no_room && p.bold == q.bold || p.lower)
    }) && (here.pieces.len() == 1
        || first_piece(here, 0).is_none()
        || here.pieces.iter().all(|p| !p.2.value) && here.pieces.iter().any(|p| p.2.lower))
}
