//! The margins of one page: what stands alone at its top or bottom edge.

use super::furniture::Witness;
use super::stamps;
use crate::model::{Furniture, Line, LineFate, PageLines, Turn};

/// An edge of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Margin {
    Top,
    Bottom,
}

/// Lines that stand beside one another near an edge.
#[derive(Debug)]
pub(super) struct MarginRow {
    pub margin: Margin,
    pub lines: Vec<usize>,
    /// From the edge to the far side of the row.
    pub distance: f32,
    pub top: f32,
    pub bottom: f32,
}

/// How far a line reaches from its nearest edge.
pub(super) fn edge_distance(page: &PageLines, line: &Line) -> f32 {
    line.bbox.bottom.min(page.size[1] - line.bbox.top)
}

/// Rows of upright body text in the outer `share` of the page's height, from the edges inwards.
pub(super) fn rows(page: &PageLines, share: f32) -> Vec<MarginRow> {
    let height = page.size[1];
    let mut out = Vec::new();
    for margin in [Margin::Top, Margin::Bottom] {
        let reach = |l: &Line| match margin {
            Margin::Top => l.bbox.bottom,
            Margin::Bottom => height - l.bbox.top,
        };
        let mut near: Vec<usize> = (0..page.lines.len())
            .filter(|&i| {
                let l = &page.lines[i];
                l.fate == LineFate::Body && l.turn == Turn::None && reach(l) < share * height
            })
            .collect();
        near.sort_by(|&a, &b| reach(&page.lines[a]).total_cmp(&reach(&page.lines[b])).then(a.cmp(&b)));
        let mut last: Option<MarginRow> = None;
        for i in near {
            let l = &page.lines[i];
            match &mut last {
                Some(row) if l.bbox.mid_y() > row.top && l.bbox.mid_y() < row.bottom => {
                    row.lines.push(i);
                    row.distance = row.distance.max(reach(l));
                    row.top = row.top.min(l.bbox.top);
                    row.bottom = row.bottom.max(l.bbox.bottom);
                }
                _ => {
                    out.extend(last.take());
                    let (top, bottom) = (l.bbox.top, l.bbox.bottom);
                    last = Some(MarginRow { margin, lines: vec![i], distance: reach(l), top, bottom });
                }
            }
        }
        out.extend(last);
    }
    out
}

/// Whether a line stands in a ruled box: text between vertical rules is a table's, however often its
/// words repeat.
pub(super) fn ruled_around(page: &PageLines, line: &Line) -> bool {
    let y = line.bbox.mid_y();
    let crosses = |r: &&crate::model::Ruling| {
        !r.horizontal && r.start < y && r.end > y && r.end - r.start < 0.8 * page.size[1]
    };
    let mut left = false;
    let mut right = false;
    for r in page.graphics.rulings.iter().filter(crosses) {
        left |= r.at < line.bbox.left + 1.0;
        right |= r.at > line.bbox.right - 1.0;
    }
    left && right || in_band(page, line)
}

/// Whether a line stands between two of at least four rules across that begin and end alike: the rows of
/// a table without walls, whose header comes again on every page.
fn in_band(page: &PageLines, line: &Line) -> bool {
    let y = line.bbox.mid_y();
    let over = |r: &&crate::model::Ruling| {
        r.horizontal
            && r.end - r.start > 150.0
            && r.start < line.bbox.left + 1.0
            && r.end > line.bbox.right - 1.0
    };
    let rules: Vec<&crate::model::Ruling> = page.graphics.rulings.iter().filter(over).collect();
    let Some(above) =
        rules.iter().filter(|r| r.at < y && y - r.at < BAND).max_by(|a, b| a.at.total_cmp(&b.at))
    else {
        return false;
    };
    let alike =
        |r: &&&crate::model::Ruling| (r.start - above.start).abs() < 3.0 && (r.end - above.end).abs() < 3.0;
    let mut below: Vec<f32> = rules.iter().filter(alike).map(|r| r.at).filter(|at| *at > y).collect();
    below.sort_by(f32::total_cmp);
    below.dedup_by(|a, b| *a - *b < 3.0);
    below.len() >= 3 && below.first().is_some_and(|at| at - above.at < BAND)
}

/// Highest band of a table's header, in points.
const BAND: f32 = 90.0;

/// Marks what stands alone in the margins of this page: page numbers, and short blocks parted from the
/// text by a clear gap, as far as other pages bear it out.
pub(super) fn mark(page: &mut PageLines, witness: &Witness<'_>) {
    let rows = rows(page, 0.158);
    let body_size = body_size(page);
    let mut numbered = false;
    for margin in [Margin::Bottom, Margin::Top] {
        let here: Vec<&MarginRow> = rows.iter().filter(|r| r.margin == margin).collect();
        let mut fates: Vec<(usize, Furniture)> = Vec::new();
        // Where other pages bear them out, headers need no rule to be known by.
        let fenced = if witness.is_there() { 0 } else { fenced(page, &here) };
        let block = edge_block(page, &here, fenced);
        let fenced = fenced > 0;
        let number_at = block.iter().position(|row| has_page_number(page, row, numbered, witness));
        numbered |= number_at.is_some();
        if let Some(n) = number_at {
            // All of a block with a page number in it is furniture, as far as it is set like a footer. From
            // the text outwards: what goes on the text's last line is text.
            let mut text: Option<&MarginRow> = None;
            for (i, &row) in block.iter().enumerate().rev() {
                let goes_on = i != n && text.is_some_and(|inner| goes_on(page, inner, row));
                let outside = i <= n || fenced;
                if goes_on || is_text(page, row, margin, body_size, outside) {
                    text = Some(row);
                    continue;
                }
                text = None;
                let lines = || row.lines.iter().map(|&l| (l, role(page, l, margin)));
                let known = |(l, role)| role == Furniture::PageNumber || witness.recurs(page, &page.lines[l]);
                let all = lines().all(known);
                // A number as bold as the new words beside it is that of their chapter.
                let bold = |&l: &usize| page.words_of(&page.lines[l]).iter().all(|w| w.style.bold);
                if !all && row.lines.len() > 1 && row.lines.iter().all(bold) {
                    continue;
                }
                fates.extend(lines().filter(|&(_, role)| all || role == Furniture::PageNumber));
            }
        } else if is_running(page, &block, margin, body_size, fenced)
            && (witness.is_there() || fenced || margin == Margin::Bottom || stands_off(page, &block))
            && block.iter().flat_map(|r| &r.lines).all(|&l| witness.recurs(page, &page.lines[l]))
        {
            fates.extend(block.iter().flat_map(|r| &r.lines).map(|&l| (l, role(page, l, margin))));
        }
        for (l, f) in fates {
            page.lines[l].fate = LineFate::Furniture(f);
        }
    }
}

/// Whether a row of a block with a page number is no furniture all the same: a footnote, the title beside
/// the number of a chapter, or long lines in the size of the text. `outside`: no further in than the
/// number.
fn is_text(page: &PageLines, row: &MarginRow, margin: Margin, body_size: f32, outside: bool) -> bool {
    let size = row_size(page, row);
    let chars: usize = row.lines.iter().map(|&l| page.text_of(&page.lines[l]).len()).sum();
    let close = row.distance < 62.0 && (chars < 70 || size < 0.93 * body_size);
    row.lines.iter().any(|&l| is_note(page, &page.lines[l]))
        || margin == Margin::Top && size > 1.25 * body_size
        || !(outside || close || size < 0.87 * body_size)
}

/// Whether a row is the next line of the text in the row further in.
fn goes_on(page: &PageLines, inner: &MarginRow, row: &MarginRow) -> bool {
    let left = |r: &MarginRow| r.lines.iter().map(|&l| page.lines[l].bbox.left).fold(f32::INFINITY, f32::min);
    let (a, b) = (row_size(page, inner), row_size(page, row));
    row.margin == Margin::Bottom
        && (a - b).abs() < 0.3
        && (left(inner) - left(row)).abs() < 3.0
        && row.top - inner.bottom < 0.5 * a
}

fn role(page: &PageLines, line: usize, margin: Margin) -> Furniture {
    if stamps::page_number(&page.text_of(&page.lines[line])).is_some() {
        Furniture::PageNumber
    } else if margin == Margin::Top {
        Furniture::Header
    } else {
        Furniture::Footer
    }
}

/// The rows at the edge, up to a rule or to the first clear gap; none if nothing parts them from the text.
fn edge_block<'a>(page: &PageLines, rows: &[&'a MarginRow], fenced: usize) -> Vec<&'a MarginRow> {
    let mut block: Vec<&MarginRow> = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        if row.distance > 125.0 {
            break;
        }
        block.push(row);
        let next = rows.get(i + 1);
        let gap = next.map_or_else(|| gap_to_text(page, row), |next| gap(row, next));
        // A rule parts better than a gap: what stands on its outer side stays together.
        if i + 1 == fenced || i + 1 > fenced && gap > 0.75 * row_size(page, row) {
            return block;
        }
    }
    Vec::new()
}

/// How many of the rows at an edge stand outside a rule that runs along the margin: one of the text's
/// width, and unlike any other of the page, as those of a table are. More than a few are text.
fn fenced(page: &PageLines, rows: &[&MarginRow]) -> usize {
    const ROWS: usize = 3;
    let Some(outermost) = rows.first() else { return 0 };
    let width = page.size[0];
    let rules = || page.graphics.rulings.iter().filter(|r| r.horizontal && r.end - r.start > 0.55 * width);
    // Inwards from a row, how far to a rule.
    let inwards = |row: &MarginRow, r: &crate::model::Ruling| match row.margin {
        Margin::Top => r.at - row.bottom,
        Margin::Bottom => row.top - r.at,
    };
    let is_fence = |r: &&crate::model::Ruling| {
        // Not that of the other margin: header and footer are ruled alike.
        let alike = |o: &&crate::model::Ruling| {
            (o.start - r.start).abs() < 3.0
                && (o.end - r.end).abs() < 3.0
                && (3.0..200.0).contains(&(o.at - r.at).abs())
        };
        inwards(outermost, r) > -3.0 && !rules().any(|o| alike(&o))
    };
    let nearest =
        rules().filter(is_fence).min_by(|a, b| inwards(outermost, a).total_cmp(&inwards(outermost, b)));
    let Some(fence) = nearest else { return 0 };
    // A row of several cells over a rule is a table's header.
    let outside =
        |row: &&&MarginRow| row.distance <= 125.0 && row.lines.len() <= 2 && inwards(row, fence) > -3.0;
    let count = rows.iter().take_while(outside).count();
    let close = rows.get(count.wrapping_sub(1)).is_some_and(|last| inwards(last, fence) < FENCE);
    if close && count <= ROWS { count } else { 0 }
}

/// A rule further from a row than this has nothing to do with it, in points.
const FENCE: f32 = 45.0;

fn gap(row: &MarginRow, next: &MarginRow) -> f32 {
    match row.margin {
        Margin::Top => next.top - row.bottom,
        Margin::Bottom => row.top - next.bottom,
    }
}

/// From a row to the next text inwards, on the whole page.
fn gap_to_text(page: &PageLines, row: &MarginRow) -> f32 {
    let body = page.lines.iter().filter(|l| l.fate == LineFate::Body && l.turn == Turn::None);
    let gaps = body.filter_map(|l| match row.margin {
        Margin::Top => (l.bbox.mid_y() > row.bottom).then_some(l.bbox.top - row.bottom),
        Margin::Bottom => (l.bbox.mid_y() < row.top).then_some(row.top - l.bbox.bottom),
    });
    gaps.min_by(f32::total_cmp).unwrap_or(0.0)
}

/// Whether a row holds the page's number. Where the other margin has one already, a bare number is
/// something else: that of a chapter, say.
fn has_page_number(page: &PageLines, row: &MarginRow, numbered: bool, witness: &Witness<'_>) -> bool {
    row.lines.iter().any(|&l| {
        let line = &page.lines[l];
        let text = page.text_of(line);
        // A bare number must stand in the margin proper; "Page 3" may close a header of several lines.
        let named = text.to_lowercase().starts_with("page");
        if numbered && !named {
            return false;
        }
        let reach = match (named, row.margin) {
            (true, _) => 125.0,
            (false, Margin::Top) => 66.0,
            (false, Margin::Bottom) => 74.0,
        };
        row.distance < reach
            && stamps::page_number(&text).is_some()
            && witness.counts(page, line)
            && !ruled_around(page, line)
    })
}

/// Whether a block without a number is a running header or footer all the same: close to the edge,
/// short, parted from the text by more than a line, and no larger than the text.
fn is_running(page: &PageLines, block: &[&MarginRow], margin: Margin, body_size: f32, fenced: bool) -> bool {
    let Some(last) = block.last() else { return false };
    let lines: usize = block.iter().map(|r| r.lines.len()).sum();
    let chars: usize = block.iter().flat_map(|r| &r.lines).map(|&l| page.text_of(&page.lines[l]).len()).sum();
    let size = block.iter().map(|r| row_size(page, r)).fold(0.0, f32::max);
    let whole = page.lines.iter().filter(|l| l.fate == LineFate::Body).count();
    let lines_of = || block.iter().flat_map(|r| &r.lines).map(|&l| &page.lines[l]);
    // A running header is set plain; a bold line of some length is a title.
    let bold = lines_of().flat_map(|l| page.words_of(l)).all(|w| w.style.bold);
    // A bold one over a rule is a title all the more.
    let fenced = fenced && !bold;
    let reach = match margin {
        _ if fenced => 90.0,
        Margin::Top => 54.0,
        Margin::Bottom => 62.0,
    };
    let ruled = block.iter().flat_map(|r| &r.lines).any(|&l| ruled_around(page, &page.lines[l]));
    // "27 In line with …": a footnote says something of the page's text.
    let note =
        lines_of().any(|l| page.words_of(l).first().is_some_and(|w| w.style.superscript) && l.count > 1);
    last.distance < reach
        && !note
        && block.len() <= 3
        && lines <= 4
        && chars < 180
        && size < if chars < 16 { 1.35 } else { 1.12 } * body_size
        && (fenced || gap_to_text(page, last) > 0.9 * size)
        && whole > lines + 3
        && !ruled
        && !(bold && chars > 24 && margin == Margin::Top)
}

/// Whether a block at the top stands further from the text than paragraphs stand from each other, or far
/// to the right: the first lines of a page that no other page bears out may be its title.
fn stands_off(page: &PageLines, block: &[&MarginRow]) -> bool {
    let Some(last) = block.last() else { return false };
    let mut lines: Vec<&Line> =
        page.lines.iter().filter(|l| l.fate == LineFate::Body && l.turn == Turn::None).collect();
    lines.sort_by(|a, b| a.bbox.top.total_cmp(&b.bbox.top));
    let mut gaps = Vec::new();
    let mut bottom = last.bottom;
    for line in lines.iter().filter(|l| l.bbox.top > last.bottom) {
        if line.bbox.top - bottom > 0.4 * line.size {
            gaps.push(line.bbox.top - bottom);
        }
        bottom = bottom.max(line.bbox.bottom);
    }
    // The first is that which parts the block from the text.
    let Some((own, rest)) = gaps.split_first_mut() else { return true };
    rest.sort_by(f32::total_cmp);
    let left = |l: &Line| l.bbox.left;
    let text = lines.iter().map(|l| left(l)).fold(f32::INFINITY, f32::min);
    let aside = last.lines.iter().all(|&l| left(&page.lines[l]) > text + 0.25 * page.size[0]);
    let size = row_size(page, last);
    aside || *own > 2.0 * size || rest.get(rest.len() / 2).is_none_or(|usual| *own > 1.1 * usual)
}

/// "27 In line with …" after a raised number: a footnote says something of the page's text.
fn is_note(page: &PageLines, line: &Line) -> bool {
    line.count > 1 && page.words_of(line).first().is_some_and(|w| w.style.superscript)
}

fn row_size(page: &PageLines, row: &MarginRow) -> f32 {
    row.lines.iter().map(|&l| page.lines[l].size).fold(0.0, f32::max)
}

/// The size that most characters of the page's body have.
pub(super) fn body_size(page: &PageLines) -> f32 {
    let mut by_size: std::collections::BTreeMap<u32, u32> = std::collections::BTreeMap::new();
    for l in page.lines.iter().filter(|l| l.fate == LineFate::Body) {
        *by_size.entry((l.size * 2.0).round() as u32).or_default() += l.count;
    }
    by_size.iter().max_by_key(|&(_, n)| *n).map_or(11.0, |(s, _)| *s as f32 / 2.0)
}
