//! The ledger: every character read on a page has one fate.

use super::draft::{Content, Draft};
use crate::model::{
    Block, BlockKind, Issue, Ledger, LineFate, Lines, PageLines, PageRecord, Span, Table, Tables,
};
use rayon::prelude::*;

/// What became of each word, page by page.
#[derive(Debug)]
pub(super) struct Counts {
    fates: Vec<Vec<Fate>>,
}

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
    fn add(&mut self, text: &str) {
        for b in text.bytes().filter(u8::is_ascii_digit) {
            self.0[usize::from(b - b'0')] += 1;
        }
    }

    fn add_spans(&mut self, spans: &[Span]) {
        for span in spans {
            self.add(&span.text);
        }
    }

    /// Counts what blocks print, numbers and markers included. The words of a figure are no body.
    pub(super) fn add_blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            let label = match &block.kind {
                BlockKind::Figure { .. } => continue,
                BlockKind::Heading { number, .. } | BlockKind::Paragraph { number, .. } => number.as_deref(),
                BlockKind::TocEntry { page, .. } => page.as_deref(),
                BlockKind::ListItem { marker, .. } => Some(marker.as_str()),
                BlockKind::Footnote { mark, .. } => Some(mark.as_str()),
                _ => None,
            };
            self.add(label.unwrap_or_default());
            self.add_spans(block.text());
        }
    }

    /// Counts what cells hold, but for what was read from drawings.
    pub(super) fn add_tables(&mut self, tables: &[Table]) {
        for cell in tables.iter().flat_map(|t| &t.cells).filter(|c| c.drawn.is_none()) {
            self.add_spans(&cell.text);
        }
    }
}

impl Counts {
    /// Fates that are known before the flow is made: furniture, hidden text and what tables took.
    pub(super) fn new(lines: &Lines, tables: &Tables) -> Self {
        let mut counts =
            Counts { fates: lines.pages.iter().map(|p| vec![Fate::Open; p.words.len()]).collect() };
        for (i, page) in lines.pages.iter().enumerate() {
            for line in &page.lines {
                let fate = match line.fate {
                    LineFate::Body => continue,
                    LineFate::Furniture(_) => Fate::Furniture,
                    LineFate::Hidden(_) => Fate::Hidden,
                };
                counts.set(i, line.first..line.first + line.count, fate);
            }
        }
        for part in tables.grids.iter().flat_map(|g| &g.parts) {
            let page = part.page.index();
            let repeated = |w: &u32| part.repeated.binary_search(w).is_ok();
            counts.set(page, part.words.iter().copied().filter(|w| !repeated(w)), Fate::Body);
            counts.set(page, part.repeated.iter().copied(), Fate::Repeated);
        }
        counts
    }

    /// Counts the words that drafts use.
    pub(super) fn count(&mut self, drafts: &[Draft]) {
        for draft in drafts {
            match &draft.content {
                Content::Text { lines, .. } => {
                    for line in lines {
                        self.set(draft.page, line.words.iter().copied(), Fate::Body);
                    }
                }
                Content::Toc { line, .. } => self.set(draft.page, line.words.iter().copied(), Fate::Body),
                Content::Figure { words } => self.set(draft.page, words.iter().copied(), Fate::Figure),
                Content::Table { .. } => {}
            }
        }
    }

    fn set(&mut self, page: usize, words: impl IntoIterator<Item = u32>, fate: Fate) {
        let Some(fates) = self.fates.get_mut(page) else { return };
        for w in words {
            if let Some(f) = fates.get_mut(w as usize) {
                *f = if *f == Fate::Open { fate } else { Fate::Twice };
            }
        }
    }

    /// Writes the ledger of each page, and names those that do not balance.
    pub(super) fn close(self, lines: &Lines, records: &mut [PageRecord], written: &Digits) -> Vec<Issue> {
        let mut issues = Vec::new();
        let mut read = Digits::default();
        let closed: Vec<_> = lines.pages.par_iter().zip(self.fates).map(|(p, f)| close_page(p, f)).collect();
        for ((ledger, digits, issue), record) in closed.into_iter().zip(records) {
            record.ledger = ledger;
            read.0.iter_mut().zip(digits.0).for_each(|(all, n)| *all += n);
            issues.extend(issue);
        }
        if read != *written {
            let message = format!("digits 0 to 9 read for the text: {:?}, written: {:?}", read.0, written.0);
            issues.push(Issue::loss("figures_unbalanced", None, "blocks", message));
        }
        issues
    }
}

/// The ledger of one page, the digits of its body, and what to tell where it does not balance.
fn close_page(page: &PageLines, fates: Vec<Fate>) -> (Ledger, Digits, Option<Issue>) {
    let mut ledger = Ledger {
        read: page.read,
        duplicate: page.duplicate,
        dropped: page.dropped.clone(),
        ..Ledger::default()
    };
    let mut read = Digits::default();
    let (mut lost, mut twice) = (0u32, 0u32);
    for (word, fate) in page.words.iter().zip(fates) {
        let n = word.text.chars().count() as u32;
        match fate {
            Fate::Body => {
                ledger.body += n;
                read.add(&word.text);
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
