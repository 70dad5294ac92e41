//! The front sheet: where it ends, and the items that it lists.

use super::ranges::{self, Pages};
use super::sheets::{Row, Sheets, order};
use crate::model::Papers;
use crate::stages::regex;
use crate::vocabulary::{AgendaWords, Vocabulary, Words, fold};
use regex::Regex;
use std::sync::LazyLock;

/// An item as the front sheet lists it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Listed {
    /// Its number.
    pub order: String,
    /// Its title.
    pub title: String,
    /// Lines under the title.
    pub notes: Vec<String>,
    /// Printed pages.
    pub printed: Option<[u32; 2]>,
    /// Exempt from publication.
    pub restricted: bool,
    /// The law that says so, as cited.
    pub exempt_under: Option<String>,
    /// Where its papers are.
    pub papers: Papers,
    /// Position of the block that prints it.
    pub block: usize,
}

/// Pages searched for a front sheet's beginning.
const FRONT_PAGES: usize = 4;
/// Highest number of an agenda's first item, where items are not numbered through the years.
const HIGHEST_FIRST: u32 = 40;
/// Items of one agenda: more is a list of something else.
const MOST_ITEMS: usize = 200;

/// Where a text names the paragraphs of the law that exempt an item.
fn exempt_words(text: &str) -> Option<regex::Match<'_>> {
    let named = text.as_bytes().windows(4).any(|w| w.eq_ignore_ascii_case(b"para"));
    named.then(|| EXEMPT.find(text)).flatten()
}

/// "paragraph 3 of Part 1 of Schedule 12A", "paragraphs 1 and 2".
static EXEMPT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\bpara(?:graph)?s?\.?\s+\(?\d{1,2}\)?(?:(?:\s*,\s*|\s+and\s+|\s*&\s*|\s+or\s+)\(?\d{1,2}\)?)*(?:\s*,?\s*(?:of\s+)?(?:the\s+)?part\s+(?:\d|one|two|i{1,3}))?(?:\s*,?\s*(?:of|to)\s+(?:the\s+)?schedule\s+\w+)?",
    )
});

/// Whether the pack begins with a front sheet, and whether that is a supplement's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FrontKind {
    /// There is one.
    pub found: bool,
    /// It is a supplement's.
    pub supplement: bool,
}

/// Looks for a front sheet on the first pages, up to `end` (the first page of a paper).
pub(super) fn kind(sheets: &Sheets, end: u32, words: &Vocabulary) -> FrontKind {
    let pages = sheets.all.iter().take(FRONT_PAGES).filter(|s| s.page() < end);
    let rows: Vec<&Row> = pages.flat_map(|s| &s.top).collect();
    let cue = rows.iter().any(|r| {
        words.sections.front.is(&r.folded)
            || (r.heading.is_some() || r.bold) && words.sections.front.begins(&r.folded).is_some()
            || (r.folded.len() < 60 || super::dates::date(&r.text).is_some())
                && words.sections.front.begins(&r.folded).is_some()
    });
    let anywhere = rows.iter().filter(|r| words.sections.front_anywhere.within(&r.folded).is_some()).count();
    let letter = rows.iter().any(|r| words.sections.supplement.within(&r.folded).is_some());
    // "3 | Minutes | 3 - 6": a list of items with a column of pages.
    let column = |r: &&Row| {
        let mut cells = r.cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty());
        let number = cells.next().is_some_and(|c| ranges::alone(c).is_some());
        number && cells.next_back().and_then(ranges::column).is_some_and(|p| p.is_range())
    };
    let ranges = rows.iter().any(|r| r.folded.contains("page") && ranges::pages(&r.text).is_some())
        || rows.iter().filter(|r| r.table).filter(|r| column(r)).count() >= 2;
    let title = sheets.flow.document.title.as_deref().map(fold).unwrap_or_default();
    let told = title.contains("public pack") || title.contains("agenda");
    let points = u32::from(cue) * 2
        + anywhere.min(2) as u32
        + u32::from(letter)
        + u32::from(ranges) * 2
        + u32::from(told);
    let found = points >= 2;
    FrontKind {
        found,
        supplement: found && (letter && !anywhere_agenda(&rows, words) || title.contains("supplement")),
    }
}

/// A supplement's letter may speak of an agenda, but does not list the usual first items.
fn anywhere_agenda(rows: &[&Row], words: &Vocabulary) -> bool {
    rows.iter().any(|r| words.sections.front_anywhere.within(&r.folded).is_some())
}

/// Items of the front sheet's rows.
pub(super) fn items(rows: &[Row], words: &AgendaWords) -> Vec<Listed> {
    let items = read(rows, words, HIGHEST_FIRST);
    if items.len() >= 2 {
        return items;
    }
    // Some bodies number their business through the years: such a list counts up by one.
    let counted = read(rows, words, u32::MAX);
    let steps = counted.windows(2).filter(|w| {
        leading_digits(&w[0].order).zip(leading_digits(&w[1].order)).is_some_and(|(a, b)| b == a + 1)
    });
    if counted.len() >= 4 && steps.count() * 4 >= (counted.len() - 1) * 3 { counted } else { items }
}

/// Items whose first number is not above `highest`.
fn read(rows: &[Row], words: &AgendaWords, highest: u32) -> Vec<Listed> {
    let mut reader = Reader {
        words,
        highest,
        under: None,
        items: Vec::new(),
        exempt: false,
        open: false,
        left: 0.0,
        in_table: false,
        pending: None,
    };
    // A list that a heading announces begins there; what stands above ("1. Smith Street") is none.
    let begin = rows.iter().position(|r| words.start.is(&r.folded)).map_or(0, |i| i + 1);
    for row in rows.get(begin..).unwrap_or_default() {
        if reader.items.len() >= MOST_ITEMS {
            break;
        }
        reader.row(row);
    }
    let mut items = reader.items;
    for item in &mut items {
        finish(item, words);
    }
    trailing(&mut items);
    if items.is_empty() && begin > 0 {
        return read(&rows[..begin - 1], words, highest);
    }
    items
}

struct Reader<'w> {
    words: &'w AgendaWords,
    items: Vec<Listed>,
    /// The highest number that the first item may have.
    highest: u32,
    /// The law that the heading of exempt items cites.
    under: Option<String>,
    /// Under a heading of exempt items.
    exempt: bool,
    /// The last item may go on.
    open: bool,
    /// Left edge of the last item.
    left: f32,
    /// The last item stood in a table.
    in_table: bool,
    /// A number that stood alone on its line: its title follows.
    pending: Option<(String, f32)>,
}

impl Reader<'_> {
    fn row(&mut self, row: &Row) {
        if self.heading(row) {
            return;
        }
        if let Some((number, left)) = self.pending.take()
            && row.left > left + 6.0
        {
            let whole =
                Row { text: format!("{number} {}", row.text), cells: Vec::new(), left, ..row.clone() };
            return self.row(&whole);
        }
        if row.cells.is_empty() && ranges::alone(&row.text).is_some() {
            self.pending = Some((row.text.clone(), row.left));
            return;
        }
        let cells: Vec<&str> = row.cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).collect();
        if let Some((number, title, printed)) = self.numbered(row, &cells) {
            let mut lines = title.split('\n').map(|l| l.trim().to_owned()).filter(|l| !l.is_empty());
            self.items.push(Listed {
                order: number,
                title: lines.next().unwrap_or_default(),
                notes: lines.collect(),
                printed,
                restricted: self.exempt,
                exempt_under: self.under.clone().filter(|_| self.exempt),
                papers: Papers::None,
                block: row.block,
            });
            (self.open, self.left, self.in_table) = (true, row.left, row.table);
        } else if self.open {
            self.more(row, &cells);
        }
    }

    /// Headings between items and lines behind the last.
    fn heading(&mut self, row: &Row) -> bool {
        let starts = |list: &crate::vocabulary::Words| {
            list.begins(&row.folded).is_some_and(|n| {
                row.folded.len() <= n + 40
                    || row.folded.get(n..).is_some_and(|r| r.trim_start().starts_with(['(', '-', ':']))
            })
        };
        let short = row.folded.len() < 300;
        if short && starts(&self.words.exempt) {
            (self.exempt, self.open) = (true, false);
            self.under = cited(&row.text);
            return true;
        }
        if short && starts(&self.words.open) {
            (self.exempt, self.open) = (false, false);
            self.under = None;
            return true;
        }
        if self.words.end.begins(&row.folded).is_some() {
            self.open = false;
            return true;
        }
        self.words.start.is(&row.folded)
    }

    /// Number, title and pages of a row that begins an item.
    fn numbered(&self, row: &Row, cells: &[&str]) -> Option<(String, String, Option<[u32; 2]>)> {
        let first = cells.first().copied();
        let more = cells.get(1..).unwrap_or_default();
        let (number, rest) = if let Some(number) = first.filter(|_| !more.is_empty()).and_then(ranges::alone)
        {
            (number, more.to_vec())
        } else {
            let (number, title) = ranges::leading(first.unwrap_or(&row.text))?;
            (number, std::iter::once(title).chain(more.iter().copied()).collect())
        };
        let (printed, texts) = match rest.split_last() {
            Some((last, before)) if !before.is_empty() => match ranges::column(last) {
                Some(pages) => (pages.range(), before),
                None => (None, rest.as_slice()),
            },
            _ => (None, rest.as_slice()),
        };
        let title = texts.join(" ");
        let follows = self.items.last().is_none_or(|last| comes_after(&last.order, number));
        let first_ok = !self.items.is_empty() || leading_digits(number).is_none_or(|n| n <= self.highest);
        let word = title.chars().any(char::is_alphabetic);
        (follows && first_ok && word && !ranges::is_date(&title)).then(|| (number.to_owned(), title, printed))
    }

    /// A row that goes on with the last item: the rest of its title, its pages or a note.
    fn more(&mut self, row: &Row, cells: &[&str]) {
        // The list is over where text returns to the margin under the numbers.
        // A signature stands far to the right.
        let belongs = row.table && self.in_table || (6.0..140.0).contains(&(row.left - self.left));
        // What stands under the heading of exempt items cites the law for all of them.
        if self.exempt && self.under.is_none() && !belongs {
            self.under = cited(&row.text);
        }
        let Some(item) = self.items.last_mut() else { return };
        let column = ranges::column(&row.text);
        let last = cells.last().and_then(|c| ranges::column(c));
        let has_pages = ranges::pages(&row.text).is_some() || column.is_some() || last.is_some();
        if !belongs && !has_pages {
            self.open = false;
            return;
        }
        let mut text = row.text.clone();
        if item.printed.is_none()
            && let Some(pages) = column.filter(Pages::is_range)
        {
            item.printed = pages.range();
            return;
        }
        if let [before @ .., _] = cells
            && item.printed.is_none()
            && let Some(pages) = last
        {
            item.printed = pages.range();
            text = before.join(" ");
        }
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        // The rest of a title that was set over several lines.
        let whole = item.printed.is_none() && item.notes.is_empty();
        let in_air = hangs(&item.title) || text.starts_with(char::is_lowercase);
        if whole
            && (in_air
                || row.bold && ranges::pages(text).is_some_and(|p| p.at.end == text.len() && p.at.start > 0))
        {
            item.title = format!("{} {text}", item.title.trim_end());
        } else {
            item.notes.push(text.to_owned());
        }
    }
}

/// Whether a title's last word cannot be its last.
fn hangs(title: &str) -> bool {
    let folded = fold(title);
    let last = folded.rsplit(' ').next().unwrap_or_default();
    folded.ends_with([',', '-', '&', '/'])
        || ["of", "the", "and", "to", "for", "on", "in", "at", "by", "from", "with", "a", "an", "or", "under"]
            .contains(&last)
}

/// The paragraphs of the law that a text cites for keeping papers from the public.
fn cited(text: &str) -> Option<String> {
    let folded = fold(text);
    let law = [
        "exempt",
        "schedule 12a",
        "schedule 7a",
        "schedule 4",
        "confidential",
        "not for publication",
        "private",
    ];
    if !law.iter().any(|w| folded.contains(w)) {
        return None;
    }
    exempt_words(text).map(|m| m.as_str().trim().trim_start_matches('(').to_owned())
}

/// Takes page ranges and exemption out of an item's texts.
fn finish(item: &mut Listed, words: &AgendaWords) {
    item.order = order(&item.order).to_owned();
    let take = |text: &mut String, printed: &mut Option<[u32; 2]>| {
        let found = ranges::pages(text).and_then(|pages| {
            let bracketed = text[pages.at.clone()].starts_with(['(', '[']);
            Some((pages.at.clone(), pages.range()?, bracketed))
        });
        // "see page 4 of the plan" is no range of the pack: brackets or the line's end mark one.
        if let Some((at, pages, bracketed)) = found
            && (bracketed || at.end == text.len())
        {
            if printed.is_none() {
                *printed = Some(pages);
            }
            let (before, after) = (text[..at.start].trim_end(), text[at.end..].trim_start());
            *text = if after.is_empty() { before.to_owned() } else { format!("{before} {after}") };
        }
    };
    // A title that was broken in the middle of its range: "(Pages" | "461 - 610)".
    let unclosed = item.title.rfind(['(', '[']) > item.title.rfind([')', ']']);
    if item.printed.is_none() && unclosed && !item.notes.is_empty() {
        let mut whole = format!("{} {}", item.title, item.notes[0]);
        take(&mut whole, &mut item.printed);
        if item.printed.is_some() {
            item.title = whole;
            item.notes.remove(0);
        }
    }
    take(&mut item.title, &mut item.printed);
    for note in &mut item.notes {
        take(note, &mut item.printed);
    }
    item.notes.retain(|n| !n.trim().is_empty());
    let says = |t: &str| words.restricted.within(&fold(t)).is_some();
    item.restricted |= says(&item.title) || item.notes.iter().any(|n| says(n));
    if item.restricted && item.exempt_under.is_none() {
        item.exempt_under = std::iter::once(&item.title)
            .chain(&item.notes)
            .find_map(|t| exempt_words(t))
            .map(|m| m.as_str().trim().to_owned());
    }
    item.papers = papers(item, words);
}

/// Where the papers are: on pages, or what the item says instead. Such words move from the title's end
/// to the notes.
fn papers(item: &mut Listed, words: &AgendaWords) -> Papers {
    if item.printed.is_some() {
        return Papers::Attached;
    }
    let kinds: [(&Words, Papers); 3] = [
        (&words.in_supplement, Papers::Supplement),
        (&words.later, Papers::ToFollow),
        (&words.at_meeting, Papers::AtMeeting),
    ];
    for (list, papers) in kinds {
        let folded = fold(&item.title);
        if let Some((start, end)) = list.within(&folded)
            && folded.len() == item.title.len()
            && start > 0
        {
            let at_end =
                folded.get(end..).is_some_and(|r| r.trim_end_matches([')', ']', '.', '*', ' ']).is_empty());
            let bracket = folded[..start].trim_end().ends_with(['(', '[']);
            // "See supplement pack published alongside …" runs on; other words end the title.
            if at_end || bracket || papers == Papers::Supplement {
                let note = item.title.split_off(start);
                let title =
                    item.title.trim_end().trim_end_matches(['(', '[', '-', '–', '*']).trim_end().to_owned();
                item.title = title;
                let note = note.trim().trim_end_matches([')', ']']).to_owned();
                item.notes.insert(0, note);
                return papers;
            }
        }
        if item.notes.iter().any(|n| list.within(&fold(n)).is_some_and(|p| p.0 < 40 && n.len() < 160)) {
            return papers;
        }
    }
    Papers::None
}

/// A page column that became the end of the title ("Minutes of the panel 3 - 12"). Years and ages end
/// titles too, so that a bare range counts only where it goes on with its neighbours' pages.
fn trailing(items: &mut [Listed]) {
    let bare: Vec<Option<([u32; 2], usize)>> = items
        .iter()
        .map(|i| {
            let pages = ranges::trailing(&i.title)?;
            Some((pages.range()?, pages.at.start)).filter(|_| i.printed.is_none())
        })
        .collect();
    let known: Vec<Option<[u32; 2]>> =
        items.iter().zip(&bare).map(|(i, b)| i.printed.or(b.map(|b| b.0))).collect();
    for (at, item) in items.iter_mut().enumerate() {
        let Some(([first, last], cut)) = bare[at] else { continue };
        let mut before = known[..at].iter().flatten();
        let mut after = known[at + 1..].iter().flatten();
        let joins = before.any(|b| b[1] + 1 == first) || after.any(|a| a[0] == last + 1);
        if joins || first <= 5 && known[..at].iter().all(Option::is_none) {
            item.printed = Some([first, last]);
            item.title.truncate(cut);
        }
    }
}

fn leading_digits(order: &str) -> Option<u32> {
    order.trim_start_matches(char::is_alphabetic).split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Whether an item's number can follow another's: no jump back, no wide jump on.
fn comes_after(last: &str, next: &str) -> bool {
    let letter = |s: &str| s.chars().next().filter(char::is_ascii_alphabetic);
    if letter(last) != letter(next) {
        return letter(next) > letter(last);
    }
    // "19/30" after "19/29": the second number counts.
    if last.contains('/') && next.contains('/') {
        return super::heads::follows(last, next);
    }
    match (leading_digits(last), leading_digits(next)) {
        (Some(a), Some(b)) if a == b => last != next && (next.len() >= last.len() || next > last),
        (Some(a), Some(b)) => b > a && b <= a + 12,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> AgendaWords {
        Vocabulary::default().agenda
    }

    fn line(text: &str, left: f32) -> Row {
        Row { text: text.into(), folded: fold(text), left, ..Row::default() }
    }

    fn cells(cells: &[&str]) -> Row {
        let cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
        let text = super::super::sheets::joined(&cells);
        Row { folded: fold(&text), text, cells, table: true, ..Row::default() }
    }

    #[test]
    fn items_in_paragraphs_with_pages_in_brackets() {
        let rows = [
            line("AGENDA", 50.0),
            line("1. Apologies", 50.0),
            line("3. Minutes of the meeting on 9 May (Pages 1 - 26) 2025 and to approve them", 50.0),
            line("3a Plan of works (Pages 27", 50.0),
            line("- 30)", 80.0),
            line("The manager will attend.", 80.0),
            line("EXEMPT ITEMS", 200.0),
            line("4. Land at the corner", 50.0),
            line("A Clerk", 50.0),
            line("5 October 2025", 50.0),
        ];
        let items = items(&rows, &words());
        let orders: Vec<&str> = items.iter().map(|i| i.order.as_str()).collect();
        assert_eq!(orders, ["1", "3", "3a", "4"]);
        assert_eq!(items[1].printed, Some([1, 26]));
        assert_eq!(items[1].title, "Minutes of the meeting on 9 May 2025 and to approve them");
        assert_eq!(items[2].printed, Some([27, 30]));
        assert_eq!(items[2].title, "Plan of works");
        assert_eq!(items[2].notes, ["The manager will attend."]);
        assert!(items[3].restricted && !items[2].restricted);
        assert!(items[3].notes.is_empty(), "a signature at the margin is no note");
    }

    #[test]
    fn business_that_is_numbered_through_the_years() {
        let rows: Vec<Row> =
            ["AGENDA", "2431. Police report", "2432. Apologies", "2433. Planning:-", "2434. Roads"]
                .iter()
                .map(|t| line(t, 50.0))
                .collect();
        let orders: Vec<String> = items(&rows, &words()).into_iter().map(|i| i.order).collect();
        assert_eq!(orders, ["2431", "2432", "2433", "2434"]);
        let rows =
            [line("AGENDA", 50.0), line("2024 was a good year", 50.0), line("2025 will be, too", 50.0)];
        assert!(items(&rows, &words()).is_empty());
    }

    #[test]
    fn papers_that_are_elsewhere() {
        let rows = [
            line("AGENDA", 50.0),
            line("1. Budget (to follow)", 50.0),
            line("2. Local plan See supplement pack published beside this agenda", 50.0),
            line("3. Leader's update", 50.0),
            line("Verbal report", 80.0),
            line("4. Roads (Pages 3 - 4)", 50.0),
            line("5. Any other business", 50.0),
        ];
        let items = items(&rows, &words());
        let papers: Vec<Papers> = items.iter().map(|i| i.papers).collect();
        assert_eq!(
            papers,
            [Papers::ToFollow, Papers::Supplement, Papers::AtMeeting, Papers::Attached, Papers::None]
        );
        assert_eq!((items[0].title.as_str(), items[1].title.as_str()), ("Budget", "Local plan"));
        assert!(items[1].notes[0].starts_with("See supplement"));
    }

    #[test]
    fn exempt_items_cite_the_paragraph() {
        let rows = [
            line("AGENDA", 50.0),
            line("1. Land (exempt by virtue of paragraph 3 of Part 1 of Schedule 12A)", 50.0),
            line("PART TWO - likely to be exempt under paragraphs 1 and 2 of Part I of Schedule 12A", 50.0),
            line("2. Staff", 50.0),
        ];
        let items = items(&rows, &words());
        assert_eq!(
            items[0].exempt_under.as_deref(),
            Some("paragraph 3 of Part 1 of Schedule 12A"),
            "{items:?}"
        );
        assert!(items[1].restricted);
        assert_eq!(items[1].exempt_under.as_deref(), Some("paragraphs 1 and 2 of Part I of Schedule 12A"));
    }

    #[test]
    fn a_title_over_two_lines_is_one_title() {
        let rows = [
            line("AGENDA", 50.0),
            line("1. Transfer of the service from one directorate to the", 50.0),
            line("Other directorate (Pages 1 - 20)", 80.0),
            line("2. Roads", 50.0),
            line("Councillor Ash will attend.", 80.0),
        ];
        let items = items(&rows, &words());
        assert_eq!(items[0].title, "Transfer of the service from one directorate to the Other directorate");
        assert_eq!(items[0].printed, Some([1, 20]));
        assert_eq!(items[1].notes.len(), 1);
    }

    #[test]
    fn items_in_a_table_with_a_right_hand_column() {
        let rows = [
            cells(&["1.", "Apologies", ""]),
            cells(&["2.", "Yearly report 2021/22\n\nThe manager attends.", "13 - 70"]),
            cells(&["", "A second line", ""]),
            cells(&["3.", "Next meeting - 14 May 2022 at 10.30am", ""]),
        ];
        let items = items(&rows, &words());
        assert_eq!(items.len(), 3);
        assert_eq!(items[1].printed, Some([13, 70]));
        assert_eq!(items[1].title, "Yearly report 2021/22");
        assert_eq!(items[1].notes, ["The manager attends.", "A second line"]);
        assert_eq!(items[2].printed, None);
    }

    #[test]
    fn a_page_column_that_was_read_as_text_is_still_a_range() {
        let items = items(&[line("3. Minutes of the panel 3 - 12", 50.0)], &words());
        assert_eq!((items[0].title.as_str(), items[0].printed), ("Minutes of the panel", Some([3, 12])));
        let rows = [
            line("3. Minutes 3 - 12", 50.0),
            line("4. Services for ages 18 - 25", 50.0),
            line("5. Roads 13 - 20", 50.0),
        ];
        let printed: Vec<_> = super::items(&rows, &words()).into_iter().map(|i| i.printed).collect();
        assert_eq!(printed, [Some([3, 12]), None, Some([13, 20])], "ages are no pages");
        let items = super::items(&[line("3. Plans for 2021 - 2022", 50.0)], &words());
        assert_eq!(items[0].printed, None, "years at a title's end are no pages");
    }

    #[test]
    fn numbers_follow_one_another() {
        for (a, b, ok) in [
            ("3", "3a", true),
            ("3a", "3b", true),
            ("9", "10", true),
            ("A2", "B1", true),
            ("10", "3", false),
            ("1", "100", false),
            ("19/29", "19/30", true),
            ("23/25", "24/25", true),
            ("3.1", "3.2", true),
            ("3", "3", false),
        ] {
            assert_eq!(comes_after(a, b), ok, "{a} {b}");
        }
    }
}
