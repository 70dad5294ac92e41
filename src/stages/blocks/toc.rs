//! Entries of tables of contents: words, a page number, and often a leader of dots between them.

use super::text_line::TextLine;
use crate::model::PageLines;

/// A contents page has at least so many entries.
const ENTRIES: usize = 3;

/// Page numbers in a column make a contents page only if there are so many.
const NUMBERS: usize = 5;

/// Marks which lines of a page are entries of its table of contents. Page numbers that stand in a column
/// by themselves are joined to their lines.
pub(super) fn entries(page: &PageLines, lines: &mut Vec<TextLine>) -> Vec<bool> {
    let mut leaders: Vec<bool> = lines.iter().map(|l| has_leader(page, l)).collect();
    let enough = leaders.iter().filter(|l| **l).count() >= ENTRIES;
    if !enough {
        leaders.fill(false);
        join_numbers(page, lines, &mut leaders);
    }
    leaders
}

/// Entries without leaders: a column of page numbers that never fall, each beside a line of words.
fn join_numbers(page: &PageLines, lines: &mut Vec<TextLine>, is_entry: &mut Vec<bool>) {
    let value = |l: &TextLine| {
        let text = l.word(page, 0).filter(|_| l.words.len() == 1)?.text.as_str();
        let short = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if short { text.parse::<u32>().ok() } else { None }
    };
    let numbers: Vec<(usize, u32)> =
        lines.iter().enumerate().filter_map(|(i, l)| Some((i, value(l)?))).collect();
    let right = numbers.iter().map(|(i, _)| lines[*i].bbox.right).fold(f32::NEG_INFINITY, f32::max);
    let column: Vec<(usize, u32)> =
        numbers.into_iter().filter(|(i, _)| lines[*i].bbox.right > right - 3.0).collect();
    let rises = column.windows(2).all(|w| w[0].1 <= w[1].1);
    if column.len() < NUMBERS || !rises || column.first().map(|c| c.1) == column.last().map(|c| c.1) {
        return;
    }
    let partner = |&(i, _): &(usize, u32)| {
        let number = &lines[i];
        let beside = (0..lines.len()).filter(|&j| {
            j != i
                && (lines[j].baseline - number.baseline).abs() < 0.3 * number.size
                && lines[j].bbox.right < number.bbox.left - 0.5 * number.size
                && lines[j].letters >= 3
        });
        beside.max_by(|&a, &b| lines[a].bbox.right.total_cmp(&lines[b].bbox.right)).map(|j| (i, j))
    };
    let pairs: Vec<(usize, usize)> = column.iter().filter_map(partner).collect();
    if pairs.len() < column.len() || pairs.len() * 2 < lines.len() - pairs.len() {
        return;
    }
    for &(number, title) in &pairs {
        let number = lines[number].clone();
        let line = &mut lines[title];
        line.words.extend(number.words);
        line.bbox = line.bbox.union(number.bbox);
        line.chars += number.chars;
        is_entry[title] = true;
    }
    let gone: Vec<usize> = pairs.iter().map(|p| p.0).collect();
    let mut at = 0..lines.len();
    let mut keep = || at.next().is_none_or(|i| !gone.contains(&i));
    lines.retain(|_| keep());
    let mut at = 0..is_entry.len();
    is_entry.retain(|_| at.next().is_none_or(|i| !gone.contains(&i)));
}

/// "Introduction ........ 4": dots, then a number at the end.
fn has_leader(page: &PageLines, line: &TextLine) -> bool {
    let text: Vec<&str> =
        line.words.iter().filter_map(|&w| page.words.get(w as usize)).map(|w| w.text.as_str()).collect();
    let Some(last) = text.last() else { return false };
    // The dots may touch the title: "Headlines.......4".
    let number = last.rsplit(['.', '…']).next().unwrap_or(last);
    let dots: usize = text.iter().map(|t| t.chars().filter(|c| matches!(c, '.' | '…')).count()).sum();
    let ends = !number.is_empty() && number.len() <= 4 && number.bytes().all(|b| b.is_ascii_digit());
    ends && dots >= 4 && text.iter().any(|t| t.contains("...") || t.contains('…') || *t == ".")
}

/// The words of an entry without leader, and its page.
pub(super) fn parts(text: &str) -> (String, Option<String>) {
    let end = text
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
    let (head, page) = text.split_at(end);
    let title = head.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '…' | '_' | '·'));
    (title.to_owned(), (!page.is_empty()).then(|| page.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_title_and_page() {
        assert_eq!(parts("Key figures ......... 12"), ("Key figures".into(), Some("12".into())));
        assert_eq!(parts("1.1 Aims….4"), ("1.1 Aims".into(), Some("4".into())));
        assert_eq!(parts("No page"), ("No page".into(), None));
    }
}
