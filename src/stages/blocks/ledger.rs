//! The ledger: every character read on a page has one fate.

use super::draft::{Content, Draft};
use crate::model::{Issue, Ledger, LineFate, Lines, PageLines, PageRecord, Tables};

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
    pub(super) fn count(&mut self, pages: &[PageLines], drafts: &[Draft]) {
        debug_assert!(drafts.iter().all(|d| d.page < pages.len()));
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
    pub(super) fn close(self, lines: &Lines, records: &mut [PageRecord]) -> Vec<Issue> {
        let mut issues = Vec::new();
        for ((page, fates), record) in lines.pages.iter().zip(self.fates).zip(records) {
            let mut ledger = Ledger {
                read: page.read,
                duplicate: page.duplicate,
                dropped: page.dropped.clone(),
                ..Ledger::default()
            };
            let (mut lost, mut twice) = (0u32, 0u32);
            for (word, fate) in page.words.iter().zip(fates) {
                let n = word.text.chars().count() as u32;
                match fate {
                    Fate::Body => ledger.body += n,
                    Fate::Figure => ledger.figure += n,
                    Fate::Furniture | Fate::Repeated => ledger.furniture += n,
                    Fate::Hidden => ledger.hidden += n,
                    Fate::Open => lost += n,
                    Fate::Twice => twice += n,
                }
            }
            if !ledger.balances() {
                let message = format!(
                    "{} characters read, but {lost} have no place in the output and {twice} have two",
                    ledger.read
                );
                issues.push(Issue::loss("ledger_unbalanced", Some(page.page), "blocks", message));
            }
            record.ledger = ledger;
        }
        issues
    }
}
