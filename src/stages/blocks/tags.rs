//! The structure tree as evidence: which text its author's program called a heading.
//!
//! Tags are as good as the program that wrote them: some are exact, some left over from an earlier
//! version, some call everything a paragraph. They count only where they agree with what the pages show.

use super::draft::{Content, Draft};
use crate::model::{PageLines, StructureElement};
use std::collections::HashMap;

/// So many headings must look like it and be tagged before tags are believed.
const WITNESSES: usize = 3;

/// Which marked content stands in a heading, by page number and id.
#[derive(Debug, Default)]
pub(super) struct Tags {
    headings: HashMap<(u32, u32), bool>,
}

impl Tags {
    /// Reads the elements of a document: for every piece of marked content, whether its nearest element
    /// that says something is a heading.
    pub(super) fn of(structure: &[StructureElement]) -> Self {
        let mut headings = HashMap::new();
        for element in structure.iter().filter(|e| !e.content.is_empty()) {
            let mut at = Some(element);
            let mut heading = false;
            // Parents come before their children, so that the way up ends.
            while let Some(e) = at {
                heading = is_heading(&e.role);
                let inline =
                    matches!(e.role.as_str(), "Span" | "Link" | "NonStruct" | "Em" | "Strong" | "Quote");
                at = if heading || !inline { None } else { e.parent.and_then(|p| structure.get(p as usize)) };
            }
            headings.extend(element.content.iter().map(|&(page, id)| ((page.0, id), heading)));
        }
        Tags { headings }
    }

    /// Whether most of a draft is tagged a heading; `None` where it is not tagged.
    fn says(&self, page: &PageLines, draft: &Draft) -> Option<bool> {
        let (mut yes, mut no) = (0usize, 0usize);
        for line in draft.lines() {
            for word in line.words.iter().filter_map(|&w| page.words.get(w as usize)) {
                match word.mcid.and_then(|id| self.headings.get(&(page.page.0, id))) {
                    Some(true) => yes += word.text.len(),
                    Some(false) => no += word.text.len(),
                    None => {}
                }
            }
        }
        (yes + no > 0).then_some(yes > no)
    }

    /// Drafts that are tagged headings, if the tags agree with `looks`: what looks like a heading is
    /// tagged one, and most of what is tagged one looks like it.
    pub(super) fn headings(&self, pages: &[PageLines], drafts: &[Draft], looks: &[bool]) -> Vec<bool> {
        let none = || vec![false; drafts.len()];
        if self.headings.is_empty() {
            return none();
        }
        let tagged: Vec<Option<bool>> = drafts
            .iter()
            .map(|d| match d.content {
                Content::Text { .. } => self.says(pages.get(d.page)?, d),
                _ => None,
            })
            .collect();
        let count = |test: &dyn Fn(Option<bool>, bool) -> bool| {
            tagged.iter().zip(looks).filter(|(t, l)| test(**t, **l)).count()
        };
        let both = count(&|t, l| t == Some(true) && l);
        let called = count(&|t, _| t == Some(true));
        let known = count(&|t, _| t.is_some());
        let believed = both >= WITNESSES && both * 2 > called && called * 3 < known;
        if believed { tagged.into_iter().map(|t| t == Some(true)).collect() } else { none() }
    }
}

fn is_heading(role: &str) -> bool {
    matches!(role, "H" | "Title")
        || role.strip_prefix('H').is_some_and(|n| matches!(n, "1" | "2" | "3" | "4" | "5" | "6"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PageNo, Rect, Word};
    use crate::stages::blocks::text_line::TextLine;

    fn element(role: &str, parent: Option<u32>, ids: &[u32]) -> StructureElement {
        let content = ids.iter().map(|&id| (PageNo(1), id)).collect();
        StructureElement { role: role.into(), parent, content, ..StructureElement::default() }
    }

    /// Drafts of one word each, with the ids 0, 1, 2 …
    fn drafts(n: u32) -> (Vec<PageLines>, Vec<Draft>) {
        let word = |id| Word { text: "word".into(), mcid: Some(id), ..Word::default() };
        let page = PageLines { page: PageNo(1), words: (0..n).map(word).collect(), ..PageLines::default() };
        let draft = |id| Draft {
            page: 0,
            content: Content::Text {
                lines: vec![TextLine { words: vec![id], ..TextLine::default() }],
                breaks: Vec::new(),
            },
            bbox: Rect::default(),
            column: (0.0, 0.0),
            above: 0.0,
            below: 0.0,
            opens_column: false,
        };
        (vec![page], (0..n).map(draft).collect())
    }

    #[test]
    fn tags_that_agree_with_the_page_find_the_headings_that_do_not_look_it() {
        let tags = Tags::of(&[
            element("Document", None, &[]),
            element("H1", Some(0), &[0, 3]),
            element("H2", Some(0), &[]),
            element("Span", Some(2), &[6, 9]),
            element("P", Some(0), &[1, 2, 4, 5, 7, 8, 10, 11, 12]),
        ]);
        let (pages, drafts) = drafts(13);
        let looks: Vec<bool> = (0..13).map(|i| matches!(i, 0 | 3 | 6)).collect();
        let found = tags.headings(&pages, &drafts, &looks);
        assert_eq!(found.iter().filter(|f| **f).count(), 4);
        assert!(found[9]);
    }

    #[test]
    fn stale_tags_are_not_believed() {
        let tags = Tags::of(&[element("H1", None, &[1, 2, 4, 5]), element("P", None, &[0, 3, 6])]);
        let (pages, drafts) = drafts(13);
        let looks: Vec<bool> = (0..13).map(|i| matches!(i, 0 | 3 | 6)).collect();
        assert!(tags.headings(&pages, &drafts, &looks).iter().all(|f| !f));
    }
}
