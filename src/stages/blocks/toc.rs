//! Entries of tables of contents: words, a leader of dots, a page number.

use super::text_line::TextLine;
use crate::model::PageLines;

/// A contents page has at least so many entries.
const ENTRIES: usize = 3;

/// Marks which lines of a page are entries of its table of contents.
pub(super) fn entries(page: &PageLines, lines: &[TextLine]) -> Vec<bool> {
    let leaders: Vec<bool> = lines.iter().map(|l| has_leader(page, l)).collect();
    let enough = leaders.iter().filter(|l| **l).count() >= ENTRIES;
    leaders.into_iter().map(|l| l && enough).collect()
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
