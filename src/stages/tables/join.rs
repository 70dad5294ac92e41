//! One table of its parts on several pages.

use super::draft::{CellLine, Draft, DraftCell};
use crate::model::{Furniture, GridPart, LineFate, Lines, PageLines, TableEvidence};
use rayon::prelude::*;

/// Joins drafts (by page, then top) that go on over a page break.
pub(super) fn join(lines: &Lines, drafts: Vec<Draft>) -> Vec<Draft> {
    // Over a page without a table nothing goes on.
    let mut runs: Vec<Vec<Draft>> = Vec::new();
    let page = |part: Option<&GridPart>| part.map_or(0, |p| p.page.index());
    for draft in drafts {
        let near = |last: &Draft| page(draft.parts.first()) <= page(last.parts.last()) + 1;
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(near) => run.push(draft),
            _ => runs.push(vec![draft]),
        }
    }
    runs.into_par_iter().with_max_len(1).flat_map_iter(|run| join_run(lines, run)).collect()
}

fn join_run(lines: &Lines, drafts: Vec<Draft>) -> Vec<Draft> {
    let mut out: Vec<Draft> = Vec::with_capacity(drafts.len());
    for mut d in drafts {
        if let Some(cut) = out.last().and_then(|last| finer(lines, last, &d)) {
            d = cut;
        }
        if let Some(k) = behind_box(lines, &out, &d) {
            let aside = out.last().map(|b| b.parts[0].words.clone()).unwrap_or_default();
            append(lines, &mut out[k], d, &aside);
            continue;
        }
        match out.last_mut() {
            Some(last) if goes_on(lines, last, &d, &[]) => append(lines, last, d, &[]),
            _ => out.push(d),
        }
    }
    out
}

/// `next` with the columns of `last`, where only then both have the same header.
fn finer(lines: &Lines, last: &Draft, next: &Draft) -> Option<Draft> {
    let (from, to) = (last.parts.last()?.page.index(), next.parts.first()?.page.index());
    if to > from + 1 || next.tentative {
        return None;
    }
    let cut = super::recut::recut(lines.pages.get(to)?, last, next)?;
    (repeated(lines, last, &cut) > 0).then_some(cut)
}

/// The table that `next` goes on with, where a box stands above each of its parts that says the same
/// each time: the total of a long list.
fn behind_box(lines: &Lines, done: &[Draft], next: &Draft) -> Option<usize> {
    let box_ = done.last()?;
    let part = box_.parts.last()?;
    if box_.rows != 1 || part.page != next.parts.first()?.page || part.bbox.bottom > next.bbox().top + 1.0 {
        return None;
    }
    let says = row_text(lines, box_, 0);
    let same = |d: &Draft| d.rows == 1 && row_text(lines, d, 0) == says;
    let table = done.iter().rposition(|d| !same(d))?;
    let before = done.get(table.checked_sub(1)?)?;
    (same(before) && goes_on(lines, &done[table], next, &part.words)).then_some(table)
}

/// Whether `next` is the rest of `last`; `aside` are words above it that do not count.
fn goes_on(lines: &Lines, last: &Draft, next: &Draft, aside: &[u32]) -> bool {
    let (Some(a), Some(b)) = (last.parts.last(), next.parts.first()) else { return false };
    if last.tentative {
        return false;
    }
    let (from, to) = (a.page.index(), b.page.index());
    // What stands behind a blank page is another paper.
    if to != from + 1 {
        return false;
    }
    let (Some(page), Some(next_page)) = (lines.pages.get(from), lines.pages.get(to)) else { return false };
    if another_paper(page, next_page) || restarts(lines, last, next) {
        return false;
    }
    // Nothing of the body below the one or above the other.
    let below = page.lines.iter().any(|l| {
        l.fate == LineFate::Body
            && l.bbox.top > a.bbox.bottom - 1.0
            && a.words.binary_search(&l.first).is_err()
    });
    if below || repeated_titles(lines, last, next, aside).is_none() {
        return false;
    }
    let repeated = repeated(lines, last, next);
    if repeated > 0 {
        return true;
    }
    // A header of its own begins another table.
    if next.header_rows > 0 && last.header_rows > 0 && last.parts.len() == 1 {
        return false;
    }
    if next.header_rows > 0 && next.cells.iter().any(|c| c.row == 0 && c.bold && c.fill.is_some()) {
        return false;
    }
    // Two boxes of one make: both begin with a coloured title, in other words.
    let title = |d: &Draft| d.filled(0).next().and_then(|c| c.fill);
    if title(last).is_some() && title(last) == title(next) && last.rows <= 12 {
        return false;
    }
    same_columns(last, next)
}

/// Whether two pages belong to different papers: their sizes differ, and their own numbers do not go on.
fn another_paper(page: &PageLines, next: &PageLines) -> bool {
    let number = |p: &PageLines| {
        let own = p.lines.iter().find(|l| l.fate == LineFate::Furniture(Furniture::PageNumber))?;
        let text = p.text_of(own);
        text.split(|c: char| !c.is_ascii_digit()).find(|t| !t.is_empty())?.parse::<u32>().ok()
    };
    let sides = |p: &PageLines| [p.size[0].min(p.size[1]), p.size[0].max(p.size[1])];
    let (a, b) = (sides(page), sides(next));
    let differ = (a[0] - b[0]).abs() > 3.0 || (a[1] - b[1]).abs() > 3.0;
    match (number(page), number(next)) {
        (Some(from), Some(to)) => to <= from && (differ || to == 1),
        (Some(_), None) | (None, Some(_)) => differ,
        (None, None) => false,
    }
}

/// Whether the first column of `next` begins again as the first part of `last` did: two forms of one make.
fn restarts(lines: &Lines, last: &Draft, next: &Draft) -> bool {
    let labels = |d: &Draft| -> Vec<String> {
        let cells = d.cells.iter().filter(|c| c.col == 0 && c.col_span < d.cols() && !c.is_empty());
        cells.map(|c| text(lines, c)).filter(|t| t.chars().any(char::is_alphabetic)).take(4).collect()
    };
    let (a, b) = (labels(last), labels(next));
    // A header that is repeated is one label; a form has several.
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    same >= 3 && !a[..same].iter().enumerate().any(|(i, t)| a[..i].contains(t))
}

/// Words above `next` that say again what stands over the first part of `last` ("All figures in £m");
/// nothing where any other line of the body stands there.
fn repeated_titles(lines: &Lines, last: &Draft, next: &Draft, aside: &[u32]) -> Option<Vec<u32>> {
    let (first, b) = (last.parts.first()?, next.parts.first()?);
    let (page, next_page) = (lines.pages.get(first.page.index())?, lines.pages.get(b.page.index())?);
    let titles: Vec<String> = page
        .lines
        .iter()
        .filter(|l| l.bbox.bottom < first.bbox.top + 1.0 && first.bbox.top - l.bbox.top < TITLES)
        .map(|l| page.text_of(l))
        .collect();
    let above = next_page.lines.iter().filter(|l| {
        l.fate == LineFate::Body
            && l.bbox.bottom < b.bbox.top + 1.0
            && b.words.binary_search(&l.first).is_err()
            && !aside.contains(&l.first)
    });
    let mut words = Vec::new();
    for line in above {
        if !titles.contains(&next_page.text_of(line)) {
            return None;
        }
        words.extend(line.first..line.first + line.count);
    }
    Some(words)
}

/// Whether the column lines stand at the same places, shifted or scaled as a whole at most.
fn same_columns(last: &Draft, next: &Draft) -> bool {
    if last.cols() != next.cols() {
        return false;
    }
    let ends = |d: &Draft| Some((*d.xs.first()?, *d.xs.last()?));
    let (Some((a0, a1)), Some((b0, b1))) = (ends(last), ends(next)) else { return false };
    let (wa, wb) = ((a1 - a0).max(1.0), (b1 - b0).max(1.0));
    let loose = last.evidence == TableEvidence::Aligned;
    let slack = if loose { 0.09 } else { 0.035 };
    if (wa / wb - 1.0).abs() > 0.5 {
        return false;
    }
    // Columns between rules that no wall parts reach as far as their words do, page by page.
    if [last, next].iter().all(|d| d.evidence == TableEvidence::PartlyRuled) {
        let own = |c: &DraftCell| c.ink.left > last.xs[c.col] - 3.0 && c.ink.right < last.xs[c.right()] + 3.0;
        return (a0 - b0).abs() < 8.0 && next.cells.iter().filter(|c| !c.is_empty()).all(own);
    }
    let off =
        last.xs.iter().zip(&next.xs).map(|(a, b)| ((a - a0) / wa - (b - b0) / wb).abs()).fold(0.0, f32::max);
    let shifted = last.xs.iter().zip(&next.xs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    off <= slack || shifted <= if loose { 26.0 } else { 8.0 }
}

/// How many rows at the top of `next` say the same as the top of `last`.
fn repeated(lines: &Lines, last: &Draft, next: &Draft) -> usize {
    if last.cols() != next.cols() {
        return 0;
    }
    let most = last.header_rows.max(1).min(next.rows.saturating_sub(1)).min(last.rows);
    let mut n = 0;
    while n < most {
        let (a, b) = (row_text(lines, last, n), row_text(lines, next, n));
        let letters = a.iter().any(|t| t.2.chars().any(char::is_alphabetic));
        // A name that spans columns in one part may stand over the middle of them in the other.
        let same = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.0 < b.1 && b.0 < a.1 && a.2 == b.2);
        if a.len() < 2 && last.header_rows == 0 || !letters && n == 0 || !same {
            break;
        }
        n += 1;
    }
    n
}

/// First column, the one after the last, and text of a row's filled cells, spaces left out.
fn row_text(lines: &Lines, draft: &Draft, row: usize) -> Vec<(usize, usize, String)> {
    let squeezed = |c| text(lines, c).split_whitespace().collect();
    draft.filled(row).map(|c| (c.col, c.right(), squeezed(c))).collect()
}

fn text(lines: &Lines, cell: &DraftCell) -> String {
    let mut out = String::new();
    for l in &cell.lines {
        let Some(page) = lines.pages.get(l.page) else { continue };
        for w in l.words.iter().filter_map(|w| page.words.get(*w as usize)) {
            out.push_str(&w.text);
            out.push(' ');
        }
    }
    out.trim_end().to_owned()
}

/// How far above a table its repeated titles may stand, in points.
const TITLES: f32 = 70.0;

/// Adds the rows of `next`, its repeated header left out, a row split by the break made whole.
fn append(lines: &Lines, last: &mut Draft, mut next: Draft, aside: &[u32]) {
    let n = repeated(lines, last, &next);
    let titles = repeated_titles(lines, last, &next, aside).unwrap_or_default();
    if n > 0 || !titles.is_empty() {
        if let Some(p) = next.parts.first_mut() {
            p.words.extend(&titles);
            p.words.sort_unstable();
        }
        let mut words: Vec<u32> =
            next.cells.iter().filter(|c| c.row < n).flat_map(DraftCell::words).collect();
        words.extend(titles);
        words.sort_unstable();
        if let Some(p) = next.parts.first_mut() {
            p.repeated = words;
        }
        for _ in 0..n {
            next.remove_row(0);
        }
    }
    if n > 0 && repeats_group(lines, last, &next) {
        let words: Vec<u32> = next.filled(0).flat_map(DraftCell::words).collect();
        if let Some(p) = next.parts.first_mut() {
            p.repeated.extend(words);
            p.repeated.sort_unstable();
        }
        next.remove_row(0);
    }
    if split_row(lines, last, &next) {
        let end = last.rows;
        let first: Vec<DraftCell> = next.filled(0).cloned().collect();
        for c in first {
            let mut cells = last.cells.iter_mut().rev();
            let host = cells.find(|k| k.bottom() == end && k.col <= c.col && k.right() > c.col);
            if let Some(k) = host {
                let alone = k.lines.last().is_some_and(|l| l.words.len() == 1);
                let seam = k.lines.len();
                k.lines.extend(c.lines);
                if let Some(l) = k.lines.get_mut(seam) {
                    l.broken |= alone;
                }
                k.value &= k.lines.is_empty();
            }
        }
        next.remove_row(0);
    }
    let offset = last.rows;
    for mut c in next.cells {
        c.row += offset;
        last.cells.push(c);
    }
    last.rows += next.rows;
    last.parts.append(&mut next.parts);
    last.closed = next.closed;
}

/// Whether the last line of a cell has no room for the first word of another.
fn fills(lines: &Lines, last: &Draft, host: &DraftCell, next: &DraftCell) -> bool {
    let word = |l: &CellLine, k: Option<&u32>| {
        let page = lines.pages.get(l.page)?;
        page.words.get(*k? as usize).map(|w| w.bbox)
    };
    let end = host.lines.last().and_then(|l| word(l, l.words.last()));
    let first = next.lines.first().and_then(|l| word(l, l.words.first()));
    let (Some(end), Some(first)) = (end, first) else { return true };
    let right = last.xs.get(host.right()).copied().unwrap_or(end.right);
    let left = last.xs.get(host.col).copied().unwrap_or(end.left);
    // Cells have padding, and a line may stop a little short.
    end.right + first.width() > right - 0.12 * (right - left)
}

/// Whether `next` begins with the name of the group in which `last` ends, said again for its page.
fn repeats_group(lines: &Lines, last: &Draft, next: &Draft) -> bool {
    let group = |d: &Draft, r: usize| d.over_all(r).map(|only| text(lines, only));
    let open = (last.header_rows..last.rows.saturating_sub(1)).rev().find_map(|r| group(last, r));
    next.rows > 1 && open.is_some() && open == group(next, 0)
}

/// Whether the first row of `next` is the rest of the last row of `last`.
fn split_row(lines: &Lines, last: &Draft, next: &Draft) -> bool {
    if next.rows == 0 || last.rows == 0 {
        return false;
    }
    let first: Vec<&DraftCell> = next.filled(0).collect();
    if first.is_empty() || first.iter().any(|c| c.value || c.row_span > 1) {
        return false;
    }
    let whole = first.len() >= last.cols();
    let stub = first.iter().any(|c| c.col == 0);
    let mut mid = 0;
    for c in &first {
        let mut cells = last.cells.iter().rev();
        let Some(host) = cells.find(|k| k.bottom() == last.rows && k.col == c.col) else {
            return false;
        };
        if host.is_empty() {
            return false;
        }
        let (a, b) = (text(lines, host), text(lines, c));
        let ends = a.ends_with(['.', '!', '?', ';']);
        let small = b.chars().next().is_some_and(char::is_lowercase);
        mid += usize::from(small || !ends && fills(lines, last, host, c));
    }
    let small = first.iter().any(|c| text(lines, c).chars().next().is_some_and(char::is_lowercase));
    let lone = |d: &Draft, r: usize| {
        let mut filled = d.cells.iter().filter(|c| c.row <= r && c.bottom() > r && !c.is_empty());
        filled.next().is_some_and(|c| c.col == 0 && c.col_span == 1) && filled.next().is_none()
    };
    // A label alone, in a table that has no such rows: the rest of the label above.
    if stub && first.len() == 1 && mid == 1 && !first[0].bold && last.cols() > 1 {
        let groups = (0..last.rows).any(|r| lone(last, r)) || (1..next.rows).any(|r| lone(next, r));
        return !groups;
    }
    // Words without a label or a figure, in a table whose rows all have a label.
    let labelled = |d: &Draft, from: usize| {
        (from..d.rows)
            .all(|r| d.cells.iter().any(|c| c.col == 0 && c.row <= r && c.bottom() > r && !c.is_empty()))
    };
    if !stub && first.len() == 1 && labelled(last, 0) && labelled(next, 1) {
        return true;
    }
    if stub {
        !whole && small && mid == first.len()
            || small && mid == first.len() && next.evidence != TableEvidence::Ruled
    } else {
        mid == first.len() || small
    }
}
