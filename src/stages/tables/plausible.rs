//! What a run of aligned rows is not: prose in columns, a list, contents, a chart.

use super::aligned::Ground;
use super::columns::Column;
use super::draft::{Draft, DraftCell};
use super::sheet::Piece;
use super::textrows::Laid;
use crate::model::PageLines;

/// What tells a table from prose in columns, lists, contents and forms.
pub(super) fn plausible(
    ground: &Ground<'_>,
    laid: &[Laid<'_>],
    cols: &[Column],
    wide: usize,
    strong: usize,
) -> bool {
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
    // Paragraphs with bare numbers before them, perhaps with bullets of their own.
    if (n == 2 || n == 3 && marked(1))
        && numbered(ground, laid)
        && values[n - 1] == 0
        && words[n - 1] >= 3 * count[n - 1]
    {
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
    // Side headings, or two texts side by side.
    if n == 2 && !ruled && values.iter().sum::<usize>() == 0 {
        let long = |c: usize, least: usize| count[c] >= 1 && words[c] >= least * count[c];
        // A line of justified text with a wide gap in it goes on in the middle of a sentence.
        let runs_on = |l: &Laid<'_>| l.pieces.len() == 2 && l.pieces[1].2.lower;
        if strong <= 3 && long(1, 5) && laid.iter().any(runs_on) {
            return false;
        }
        if long(0, 5) && long(1, 5) || long(1, 8) && count[1] >= 2 && count[0] < 3 {
            return false;
        }
    }
    // The axes of a chart.
    if chart(ground, laid, n) {
        return false;
    }
    match rows {
        0 => false,
        1 => n >= 3 && laid.len() >= 2 && (ruled || small_form(laid)) || counted(ground, laid),
        _ => true,
    }
}

/// Whether most rows would begin in the middle of a sentence: lines of prose, with something beside them.
pub(super) fn cuts_sentences(laid: &[Laid<'_>], starts: &[bool]) -> bool {
    const PROSE: usize = 6;
    let rows: Vec<&Piece> = laid
        .iter()
        .zip(starts)
        .skip(1)
        .filter(|(_, s)| **s)
        .filter_map(|(l, _)| l.pieces.iter().map(|p| p.2).max_by_key(|p| p.marks.len()))
        .collect();
    let cut = rows.iter().filter(|p| p.lower && p.marks.len() >= PROSE).count();
    rows.len() >= 3 && cut * 2 > rows.len()
}

/// Whether the first column counts on by one, entry by entry.
fn numbered(ground: &Ground<'_>, laid: &[Laid<'_>]) -> bool {
    let first = laid.iter().flat_map(|l| &l.pieces).filter(|p| p.0 == 0);
    let counts: Option<Vec<u32>> =
        first.map(|p| ground.sheet.text(&p.2.marks).trim_end_matches('.').parse().ok()).collect();
    counts.is_some_and(|c| !c.is_empty() && c.windows(2).all(|w| w[1] == w[0] + 1))
}

/// A header of short names over a single short entry: a form hardly filled in.
fn small_form(laid: &[Laid<'_>]) -> bool {
    let short = |p: &Piece| p.marks.len() <= 4 && !p.lower;
    laid.len() <= 4
        && laid[0].pieces.len() >= 3
        && laid[0].pieces.iter().all(|p| short(p.2) && !p.2.value)
        && laid[1..].iter().all(|l| {
            l.pieces.len() == 1
                && short(l.pieces[0].2)
                && (l.pieces[0].2.bbox.left - laid[0].pieces[0].2.bbox.left).abs() < 3.0
        })
}

/// Rows counted 1, 2, 3 in the first column, most of them left empty.
fn counted(ground: &Ground<'_>, laid: &[Laid<'_>]) -> bool {
    laid.len() >= 2
        && laid.iter().enumerate().all(|(i, l)| {
            l.pieces.first().is_some_and(|p| p.0 == 0 && ground.sheet.text(&p.2.marks) == (i + 1).to_string())
        })
}

/// Whether the last column holds page numbers that never fall: a table of contents.
pub(super) fn contents(ground: &Ground<'_>, laid: &[Laid<'_>], cols: &[Column], above: &str) -> bool {
    let last = cols.len() - 1;
    let mut numbers: Vec<u32> = Vec::new();
    let (mut others, mut named, mut leaders) = (0, above.to_lowercase().contains("contents"), 0);
    for l in laid {
        for (a, _, p) in &l.pieces {
            let text = ground.sheet.text(&p.marks);
            if *a == last && a > &0 {
                match text.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u32>() {
                    Ok(n) if n < 1000 && text.len() <= 5 => numbers.push(n),
                    _ => others += 1,
                }
            } else {
                named |= text.to_lowercase().contains("contents");
                leaders += usize::from(text.contains("....") || text.ends_with('…'));
                others += usize::from(p.value && a > &0);
            }
        }
    }
    let mut first = laid.iter().flat_map(|l| &l.pieces).filter(|p| p.0 == 0 && p.1 == 0);
    let counted_first = first.all(|p| p.2.marker);
    let rising = numbers.windows(2).all(|w| w[0] <= w[1]);
    let strict = numbers.first() < numbers.last();
    rising
        && numbers.len() >= 3
        && others * 4 <= numbers.len()
        && (named
            || leaders * 2 >= numbers.len()
            || (cols.len() == 2 || cols.len() == 3 && counted_first)
                && strict
                && (numbers.len() >= 4 && numbers.len() == laid.len()
                    || numbers.len() >= 6 && numbers.len() * 10 >= laid.len() * 6)
                && {
                    let (a, b) = (cols[last - 1], cols[last]);
                    b.left - a.right > 0.1 * (b.right - a.left)
                })
}

/// Whether a column is a chart's axis: figures in equal steps at equal distances, with little beside.
fn chart(ground: &Ground<'_>, laid: &[Laid<'_>], n: usize) -> bool {
    let pieces: usize = laid.iter().map(|l| l.pieces.len()).sum();
    (0..n).any(|c| {
        let Some(axis) = axis(ground, laid, c).filter(|n| *n >= 4) else { return false };
        let filled = pieces - axis;
        filled < 2 * axis * (n - 1).max(1) / 3 + axis / 2
    })
}

/// Whether every column counts by even steps: axes of charts side by side, or on either side of one.
pub(super) fn axes(ground: &Ground<'_>, laid: &[Laid<'_>], n: usize) -> bool {
    n >= 2
        && laid.iter().flat_map(|l| &l.pieces).all(|p| p.2.value)
        && (0..n).all(|c| axis(ground, laid, c).is_some_and(|n| n >= 3))
}

/// How many figures a column has, where they count by even steps at even distances.
fn axis(ground: &Ground<'_>, laid: &[Laid<'_>], c: usize) -> Option<usize> {
    let axis: Vec<(f32, f64)> = laid
        .iter()
        .flat_map(|l| &l.pieces)
        .filter(|(a, b, p)| a == b && *a == c && p.value)
        .filter_map(|(_, _, p)| {
            let text = ground.sheet.text(&p.marks);
            let number: String = text.chars().filter(|k| k.is_ascii_digit() || "-.".contains(*k)).collect();
            number.parse().ok().map(|v| (p.bbox.mid_y(), v))
        })
        .collect();
    let steps: Vec<(f32, f64)> = axis.windows(2).map(|w| (w[1].0 - w[0].0, w[1].1 - w[0].1)).collect();
    let even = steps
        .windows(2)
        .all(|w| (w[0].0 - w[1].0).abs() < 0.12 * w[0].0 && (w[0].1 - w[1].1).abs() <= 0.01 * w[0].1.abs());
    (even && steps.first().is_some_and(|s| s.1 != 0.0)).then_some(axis.len())
}

/// Whether a column holds nothing but bullets, or a cell several marks of a list one below the other: a
/// list, whose marks and words the white strips part.
pub(super) fn is_bulleted(page: &PageLines, draft: &Draft) -> bool {
    let only = |c: &DraftCell, test: fn(&str) -> bool| {
        let mut words = c.lines.iter().flat_map(|l| &l.words).filter_map(|&w| page.words.get(w as usize));
        c.drawn.is_none() && words.all(|w| test(&w.text))
    };
    let stacked = |c: &DraftCell| c.lines.len() >= 2 && only(c, is_mark);
    draft.cells.iter().any(|c| !c.is_empty() && stacked(c))
        || (0..draft.cols().saturating_sub(1)).any(|col| {
            let mut filled = draft.cells.iter().filter(|c| c.col == col && !c.is_empty()).peekable();
            filled.peek().is_some() && filled.all(|c| only(c, is_bullet))
        })
}

/// Whether a table of two columns holds running numbers ("84", "2.1") and prose: paragraphs whose numbers
/// stand in the margin.
pub(super) fn is_numbered_prose(page: &PageLines, draft: &Draft) -> bool {
    let words = |c: &DraftCell| c.lines.iter().map(|l| l.words.len()).sum::<usize>();
    let of = |col: usize| draft.cells.iter().filter(move |c| c.col == col && !c.is_empty());
    if draft.cols() != 2 || draft.cells.iter().any(|c| c.col_span > 1 && !c.is_empty()) {
        return false;
    }
    let numbers: Option<Vec<Vec<u32>>> = of(0)
        .map(|c| match &c.lines[..] {
            [line] if line.words.len() == 1 => {
                paragraph_number(&page.words.get(line.words[0] as usize)?.text)
            }
            _ => None,
        })
        .collect();
    let counts_on = numbers.is_some_and(|n| !n.is_empty() && n.windows(2).all(|w| w[0] < w[1]));
    let (rows, total) = of(1).fold((0, 0), |(n, w), c| (n + 1, w + words(c)));
    counts_on && total >= 5 * rows && of(1).all(|c| !c.value) && of(1).any(|c| words(c) >= 8)
}

/// "84", "2.1" or "3.": the number of a paragraph.
fn paragraph_number(text: &str) -> Option<Vec<u32>> {
    let parts: Option<Vec<u32>> =
        text.trim_end_matches('.').split('.').map(|p| p.parse().ok().filter(|n| *n < 1_000)).collect();
    parts.filter(|p| p.len() <= 4)
}

/// Whether a drawn grid is one row of a bold title and the number of its chapter in a filled box.
pub(super) fn is_chapter_title(page: &PageLines, draft: &Draft) -> bool {
    let filled: Vec<&DraftCell> = draft.cells.iter().filter(|c| !c.is_empty()).collect();
    let [a, b] = filled[..] else { return false };
    if draft.rows != 1 || !a.bold && !b.bold {
        return false;
    }
    let text = |c: &DraftCell| match &c.lines[..] {
        [line] if line.words.len() == 1 => page.words.get(line.words[0] as usize).map(|w| w.text.as_str()),
        _ => None,
    };
    let number = |c: &DraftCell| {
        let own = text(c).is_some_and(|t| t.len() <= 2 && t.parse::<u32>().is_ok_and(|n| n > 0));
        own && c.fill.is_some() && c.bbox.width() < 4.0 * c.ink.height()
    };
    let named = |c: &DraftCell| c.bold && !c.value && c.lines.len() == 1 && c.drawn.is_none();
    number(b) && named(a) || number(a) && named(b)
}

fn is_bullet(text: &str) -> bool {
    matches!(text, "•" | "▪" | "◦" | "➢" | "-" | "–")
}

/// A bullet, "IV." or "(b)".
fn is_mark(text: &str) -> bool {
    let bare = text.trim_start_matches('(').trim_end_matches([')', '.']);
    let roman = bare.chars().all(|c| "ivxIVX".contains(c));
    is_bullet(text)
        || text != bare
            && !bare.is_empty()
            && (roman || bare.len() == 1 && bare.chars().all(char::is_alphabetic))
}
