//! The ledger: every character read on a page has one fate.

use super::draft::{Content, Draft};
use crate::model::{Block, BlockKind, GridPart, Issue, Ledger, LineFate, PageLines, Span, Table};

/// What became of each word of a page.
#[derive(Debug)]
pub(super) struct Fates(Vec<Fate>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    Body,
    Figure,
    Furniture,
    Hidden,
    Repeated,
    Twice,
}

/// How often each digit occurs: a second balance, taken from the finished text, so that no figure is lost
/// or made up between a word and its block or cell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Digits([u32; 10]);

impl Digits {
    fn count(&mut self, text: &str) {
        for b in text.bytes().filter(u8::is_ascii_digit) {
            self.0[usize::from(b - b'0')] += 1;
        }
    }

    fn count_spans(&mut self, spans: &[Span]) {
        for span in spans {
            self.count(&span.text);
        }
    }

    /// Of what a block prints, number and marker included. The words of a figure are no body.
    pub(super) fn of_block(block: &Block) -> Digits {
        let mut digits = Digits::default();
        let label = match &block.kind {
            BlockKind::Figure { .. } => return digits,
            BlockKind::Heading { number, .. } | BlockKind::Paragraph { number, .. } => number.as_deref(),
            BlockKind::TocEntry { page, .. } => page.as_deref(),
            BlockKind::ListItem { marker, .. } => Some(marker.as_str()),
            BlockKind::Footnote { mark, .. } => Some(mark.as_str()),
            _ => None,
        };
        digits.count(label.unwrap_or_default());
        digits.count_spans(block.text());
        digits
    }

    /// Of what a table's cells hold, but for what was read from drawings.
    pub(super) fn of_table(table: &Table) -> Digits {
        let mut digits = Digits::default();
        for cell in table.cells.iter().filter(|c| c.drawn.is_none()) {
            digits.count_spans(&cell.text);
        }
        digits
    }

    /// What to tell where other digits were written than these, which were read.
    pub(super) fn unlike(&self, written: &Digits) -> Option<Issue> {
        (self != written).then(|| {
            let message = format!("digits 0 to 9 read for the text: {:?}, written: {:?}", self.0, written.0);
            Issue::loss("figures_unbalanced", None, "blocks", message)
        })
    }
}

impl std::ops::Add for Digits {
    type Output = Digits;

    fn add(mut self, other: Digits) -> Digits {
        self.0.iter_mut().zip(other.0).for_each(|(all, n)| *all += n);
        self
    }
}

impl Fates {
    /// What furniture, hidden text, tables and drafts make of a page's words.
    pub(super) fn of<'p>(
        page: &PageLines,
        parts: impl Iterator<Item = &'p GridPart>,
        drafts: &[Draft],
    ) -> Fates {
        let mut fates = Fates(vec![Fate::Open; page.words.len()]);
        for line in &page.lines {
            let fate = match line.fate {
                LineFate::Body => continue,
                LineFate::Furniture(_) => Fate::Furniture,
                LineFate::Hidden(_) => Fate::Hidden,
            };
            fates.set(line.first..line.first + line.count, fate);
        }
        for part in parts {
            let repeated = |w: &u32| part.repeated.binary_search(w).is_ok();
            fates.set(part.words.iter().copied().filter(|w| !repeated(w)), Fate::Body);
            fates.set(part.repeated.iter().copied(), Fate::Repeated);
        }
        for draft in drafts {
            match &draft.content {
                Content::Figure { words } => fates.set(words.iter().copied(), Fate::Figure),
                Content::Text { .. } | Content::Toc { .. } | Content::Table { .. } => {
                    let words = draft.lines().iter().flat_map(|l| &l.words);
                    fates.set(words.copied(), Fate::Body);
                }
            }
        }
        fates
    }

    fn set(&mut self, words: impl IntoIterator<Item = u32>, fate: Fate) {
        for w in words {
            if let Some(f) = self.0.get_mut(w as usize) {
                *f = if *f == Fate::Open { fate } else { Fate::Twice };
            }
        }
    }

    /// The ledger of the page, the digits of its body, and what to tell where it does not balance.
    pub(super) fn close(self, page: &PageLines) -> (Ledger, Digits, Option<Issue>) {
        let mut ledger = Ledger {
            read: page.read,
            duplicate: page.duplicate,
            dropped: page.dropped.clone(),
            ..Ledger::default()
        };
        let mut read = Digits::default();
        let (mut lost, mut twice) = (0u32, 0u32);
        for (word, fate) in page.words.iter().zip(self.0) {
            let n = word.text.chars().count() as u32;
            match fate {
                Fate::Body => {
                    ledger.body += n;
                    read.count(&word.text);
                }
                Fate::Figure => ledger.figure += n,
                Fate::Furniture | Fate::Repeated => ledger.furniture += n,
                Fate::Hidden => ledger.hidden += n,
                Fate::Open => lost += n,
                Fate::Twice => twice += n,
            }
        }
        let issue = (!ledger.balances()).then(|| {
            let message = format!(
                "{} characters read, but {lost} have no place in the output and {twice} have two",
                ledger.read
            );
            Issue::loss("ledger_unbalanced", Some(page.page), "blocks", message)
        });
        (ledger, read, issue)
    }
}
