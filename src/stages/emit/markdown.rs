//! Blocks as GitHub-flavoured Markdown.

use super::agenda::{self, Links};
use super::inline::{Place, markdown};
use super::{EmitOptions, TableStyle, table};
use crate::model::{Block, BlockKind, Flow, Layer, PageNo, Record, Section, Span, Table};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A section's part of the Markdown.
pub(super) struct Part<'a> {
    /// The section; `None` where `sections` found none.
    pub(super) section: Option<&'a Section>,
    /// Its Markdown.
    pub(super) text: String,
}

/// The Markdown of the pack, section by section.
pub(super) fn parts<'a>(flow: &'a Flow, record: &'a Record, options: &EmitOptions) -> Vec<Part<'a>> {
    let tables: BTreeMap<&str, &Table> = flow.tables.iter().map(|t| (t.id.as_str(), t)).collect();
    let body: Vec<&Block> = flow.blocks.iter().filter(|b| b.layer == Layer::Body).collect();
    let links = agenda::links(record);
    let targets: BTreeSet<&str> = links.values().flatten().map(|(_, section)| *section).collect();
    let alone = flow.pages.len() < 2 && record.sections.len() < 2;
    let sections = cut(&body, &record.sections);
    // Each begins behind the last page that those before it mark, so that all can be written at once.
    let last = |section: Option<&Section>| PageNo(section.map_or(flow.pages.len() as u32, |s| s.pages[1]));
    let mut marked = PageNo(0);
    let mut begins = Vec::with_capacity(sections.len());
    for (section, blocks) in &sections {
        begins.push(marked);
        marked = blocks.iter().map(|b| b.page()).chain([last(*section)]).fold(marked, PageNo::max);
    }
    let write = |((section, blocks), page)| {
        let mut writer = Writer {
            tables: &tables,
            options,
            out: String::new(),
            list: Vec::new(),
            base: 0,
            page,
            toc: None,
            alone,
            links: &links,
            targets: &targets,
        };
        writer.section(section, blocks);
        writer.marks_up_to(last(section), None);
        Part { section, text: writer.out }
    };
    sections.into_par_iter().zip(begins).with_max_len(1).map(write).collect()
}

/// Cuts the body at the sections' first pages, or at the title where a section begins inside a page.
fn cut<'a, 'b>(
    body: &'b [&'a Block],
    sections: &'a [Section],
) -> Vec<(Option<&'a Section>, &'b [&'a Block])> {
    if sections.is_empty() {
        return vec![(None, body)];
    }
    let mut out = Vec::new();
    let mut from = 0;
    for (i, section) in sections.iter().enumerate() {
        let to = sections.get(i + 1).map_or(body.len(), |next| {
            let rest = body.get(from..).unwrap_or_default();
            let shared = next.pages[0] <= section.pages[1];
            let title = next.title_block.as_deref().filter(|_| shared);
            let at_title = title.and_then(|t| rest.iter().position(|b| b.id == t));
            let at_page = || rest.iter().position(|b| b.page().0 >= next.pages[0]).unwrap_or(rest.len());
            from + at_title.unwrap_or_else(at_page)
        });
        out.push((Some(section), body.get(from..to).unwrap_or_default()));
        from = to;
    }
    out
}

/// An open list item: where its text begins, and its number where it has one.
struct Item {
    content: usize,
    number: Option<(u64, char)>,
}

/// Kinds of entries of a contents page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Toc {
    Plain,
    Numbered,
}

struct Writer<'a> {
    tables: &'a BTreeMap<&'a str, &'a Table>,
    options: &'a EmitOptions,
    out: String,
    /// Open list items, outermost first.
    list: Vec<Item>,
    /// Depth in the document of the outermost open item.
    base: usize,
    /// The page written last.
    page: PageNo,
    /// The block before was an entry of a contents page, of this kind.
    toc: Option<Toc>,
    /// The document is one page, perhaps out of the middle of something: its first heading need not be
    /// the title of the others.
    alone: bool,
    /// Titles of the front sheet to link.
    links: &'a Links<'a>,
    /// Sections that they lead to.
    targets: &'a BTreeSet<&'a str>,
}

impl Writer<'_> {
    fn section(&mut self, section: Option<&Section>, blocks: &[&Block]) {
        if let Some(s) = section {
            let [first, last] = s.pages;
            let pages = if first == last { format!("page {first}") } else { format!("pages {first}-{last}") };
            let kind = s.classification.name().replace('_', " ");
            let _ = writeln!(self.out, "<!-- section {}: {kind}, {pages} -->", s.id);
            if self.targets.contains(s.id.as_str()) {
                let _ = writeln!(self.out, "<a id=\"{}\"></a>", s.id);
            }
        }
        let title = section.and_then(|s| s.title_block.as_deref());
        let levels = blocks.iter().filter(|b| Some(b.id.as_str()) != title).filter_map(|b| match b.kind {
            BlockKind::Heading { level, .. } => Some(level),
            _ => None,
        });
        let top = levels.min().unwrap_or(1);
        // A title that is set stronger than what follows heads it; one that is set alike does so only
        // where it opens the section of a pack.
        let strength = blocks.iter().filter(|b| Some(b.id.as_str()) == title).find_map(|b| match &b.kind {
            BlockKind::Heading { level, number, .. } => Some((*level, number.is_some())),
            _ => None,
        });
        let heads = strength.is_none_or(|(level, numbered)| {
            let first = blocks.iter().find(|b| matches!(b.kind, BlockKind::Heading { .. }));
            level < top
                || level == top
                    && !self.alone
                    && !numbered
                    && first.is_some_and(|b| Some(b.id.as_str()) == title)
        });
        let below = if heads && (title.is_some() || !self.alone) { 2 } else { 1 };
        for block in blocks {
            self.page_mark(block);
            let linked = agenda::block(self.links, block);
            let block = linked.as_ref().unwrap_or(block);
            let is_title = Some(block.id.as_str()) == title;
            match &block.kind {
                _ if is_title && heads => self.heading(1, block),
                BlockKind::Heading { level, .. } => {
                    let shown = if section.is_some() { (level + below).saturating_sub(top) } else { *level };
                    self.heading(shown.max(below), block);
                }
                _ if is_title => self.heading(1, block),
                _ => self.block(block),
            }
        }
    }

    /// A comment where a page of the PDF begins. Inside a list it stands inside the item, for a comment
    /// at the margin would end the list. Pages without a block of their own (blank, or inside a table)
    /// have theirs before it, so that every page has one.
    fn page_mark(&mut self, block: &Block) {
        let page = block.page();
        let inside = self.list.last().filter(|_| matches!(block.kind, BlockKind::ListItem { .. }));
        let indent = inside.map(|item| item.content);
        self.marks_up_to(page, indent);
    }

    /// Marks for the pages after the one written last; `indent` is that of the text of an open item.
    fn marks_up_to(&mut self, page: PageNo, indent: Option<usize>) {
        if page <= self.page {
            return;
        }
        let from = std::mem::replace(&mut self.page, page).0 + 1;
        if !self.options.page_marks {
            return;
        }
        if indent.is_none() {
            self.apart();
        }
        let indent = indent.unwrap_or(0);
        for n in from..=page.0 {
            let _ = writeln!(self.out, "{:indent$}<!-- page {n} -->", "");
        }
    }

    /// Ends what was open: the next block stands after an empty line.
    fn apart(&mut self) {
        self.list.clear();
        self.toc = None;
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn paragraph(&mut self, spans: &[Span]) {
        let text = markdown(spans, Place::Lines(""));
        if !text.is_empty() {
            self.apart();
            self.out.push_str(&text);
            self.out.push('\n');
        }
    }

    fn heading(&mut self, level: u8, block: &Block) {
        let number = match &block.kind {
            BlockKind::Heading { number, .. } | BlockKind::Paragraph { number, .. } => number.as_deref(),
            _ => None,
        };
        let text = markdown(&with_label(number, block.text()), Place::Heading);
        if text.is_empty() {
            return;
        }
        self.apart();
        let _ = writeln!(self.out, "{:#<w$} {text}", "", w = usize::from(level.clamp(1, 6)));
    }

    fn block(&mut self, block: &Block) {
        match &block.kind {
            BlockKind::Heading { level, .. } => self.heading(*level, block),
            BlockKind::Paragraph { number, text } => self.paragraph(&with_label(number.as_deref(), text)),
            BlockKind::Caption { text } => self.paragraph(text),
            BlockKind::ListItem { marker, depth, text } => self.item(marker, usize::from(*depth), text),
            BlockKind::TocEntry { text, page, .. } => self.toc_entry(text, page.as_deref()),
            BlockKind::Table { table } => {
                if let Some(table) = self.tables.get(table.as_str()) {
                    let linked = agenda::table(self.links, &block.id, table);
                    self.table(linked.as_ref().unwrap_or(table));
                }
            }
            BlockKind::Footnote { mark, text } => {
                let raised = mark.chars().all(|c| c.is_ascii_digit());
                let mut spans =
                    vec![Span { superscript: raised, ..Span::plain(mark.as_str()) }, Span::plain(" ")];
                spans.extend_from_slice(text);
                self.paragraph(&spans);
            }
            BlockKind::Figure { alt, .. } => {
                self.apart();
                let alt = alt.as_deref().map(|a| format!(": {}", commented(a))).unwrap_or_default();
                let _ = writeln!(self.out, "<!-- figure {}{alt} -->", block.id);
            }
            BlockKind::Furniture { .. } | BlockKind::Hidden { .. } => {}
        }
    }

    /// Entries of a contents page: a line each; numbered ones as items of that number.
    fn toc_entry(&mut self, text: &[Span], page: Option<&str>) {
        let mut spans = text.to_vec();
        if let Some(page) = page {
            spans.push(Span::plain(format!(" {page}")));
        }
        let number = spans.first().and_then(|s| s.text.split_once(' ')).and_then(|(n, _)| {
            let number = n.to_owned();
            ordinal(&number).map(|_| number)
        });
        if let (Some(number), Some(first)) = (&number, spans.first_mut()) {
            first.text.drain(..=number.len());
        }
        let line = markdown(&spans, Place::Lines(""));
        if line.is_empty() {
            return;
        }
        let kind = if number.is_some() { Toc::Numbered } else { Toc::Plain };
        if self.toc != Some(kind) {
            self.apart();
        } else if kind == Toc::Plain && self.out.ends_with('\n') {
            self.out.pop();
            self.out.push_str("  \n");
        }
        self.toc = Some(kind);
        if let Some(number) = number {
            self.out.push_str(&number);
            self.out.push(' ');
        }
        self.out.push_str(&line);
        self.out.push('\n');
    }

    fn table(&mut self, table: &Table) {
        // Its title and notes are blocks of their own.
        self.apart();
        let html = match self.options.tables {
            TableStyle::Pipe => false,
            TableStyle::Html => true,
            TableStyle::Auto => table::has_spans(table),
        };
        self.out.push_str(&if html { table::html(table) } else { table::pipe(table) });
    }

    /// A list item: bullets as "-", numbers as Markdown's own, other labels kept behind a "-".
    fn item(&mut self, marker: &str, depth: usize, text: &[Span]) {
        let marker = marker.trim();
        let number = ordinal(marker);
        let label = if number.is_some() || is_bullet(marker) { None } else { Some(marker) };
        let mark = if number.is_some() { marker } else { "-" };
        // A list that goes on under a paragraph of an item above begins anew: its depths count from its
        // first item.
        if self.list.is_empty() {
            self.base = depth;
        }
        self.base = self.base.min(depth);
        let depth = (depth - self.base).min(self.list.len());
        if depth == 0 && self.list.is_empty() {
            self.apart();
        }
        let indent = depth.checked_sub(1).and_then(|d| self.list.get(d)).map_or(0, |parent| parent.content);
        let content = indent + mark.len() + 1;
        let text = markdown(&with_label(label, text), Place::Lines(&" ".repeat(content)));
        if text.is_empty() {
            return;
        }
        let before = self.list.get(depth);
        match (number, before.map(|b| b.number)) {
            // Markdown counts by itself: where the printed numbers jump, a new list has to begin.
            (Some((n, end)), Some(Some((m, e)))) if e == end && n != m + 1 => {
                let _ = writeln!(self.out, "{:indent$}<!-- -->", "");
            }
            // A list inside an item that does not begin at 1 is only seen after an empty line.
            (Some((n, _)), None) if n != 1 && depth > 0 => self.out.push('\n'),
            _ => {}
        }
        self.list.truncate(depth);
        self.list.push(Item { content, number });
        let _ = writeln!(self.out, "{:indent$}{mark} {text}", "");
    }
}

/// "3." and "3)" as Markdown writes them, too.
fn ordinal(marker: &str) -> Option<(u64, char)> {
    let end = marker.chars().next_back().filter(|c| matches!(c, '.' | ')'))?;
    let digits = &marker[..marker.len() - 1];
    let fits = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| digits.parse().ok().map(|n| (n, end)))?
}

/// A mark that says nothing but "item". Ticks and boxes say more and are kept.
fn is_bullet(marker: &str) -> bool {
    let mut chars = marker.chars();
    match (chars.next(), chars.next()) {
        (None, _) => true,
        (Some(c), None) => c == 'o' || !(c.is_alphanumeric() || "✓✔✗✘☐☑☒✅❌".contains(c)),
        _ => !marker.contains(char::is_alphanumeric),
    }
}

fn with_label(label: Option<&str>, text: &[Span]) -> Vec<Span> {
    let mut spans = Vec::with_capacity(text.len() + 1);
    if let Some(label) = label {
        spans.push(Span::plain(format!("{label} ")));
    }
    spans.extend_from_slice(text);
    spans
}

/// Text that cannot end a comment.
fn commented(text: &str) -> String {
    table::one_line(text).replace("--", "-").replace(['<', '>'], "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Classification, Origin, Rect};

    fn block(id: &str, page: u32, kind: BlockKind) -> Block {
        let origin = vec![Origin { page: PageNo(page), bbox: Rect::default() }];
        Block { id: id.into(), kind, origin, ..Block::default() }
    }

    fn text(s: &str) -> Vec<Span> {
        vec![Span::plain(s)]
    }

    fn heading(id: &str, page: u32, level: u8, s: &str) -> Block {
        block(id, page, BlockKind::Heading { level, number: None, text: text(s) })
    }

    fn paragraph(id: &str, page: u32, number: Option<&str>, s: &str) -> Block {
        block(id, page, BlockKind::Paragraph { number: number.map(Into::into), text: text(s) })
    }

    fn item(page: u32, marker: &str, depth: u8, s: &str) -> Block {
        block("b", page, BlockKind::ListItem { marker: marker.into(), depth, text: text(s) })
    }

    fn written(blocks: Vec<Block>, sections: Vec<Section>) -> String {
        let flow = Flow { blocks, ..Flow::default() };
        let record = Record { sections, ..Record::default() };
        parts(&flow, &record, &EmitOptions::default())
            .into_iter()
            .map(|p| p.text)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn sections_get_a_comment_and_their_own_title() {
        let section = |id: &str, title: Option<&str>, pages| Section {
            id: id.into(),
            title_block: title.map(Into::into),
            classification: Classification::AnnualReport,
            pages,
            ..Section::default()
        };
        let blocks = vec![
            heading("b1", 1, 1, "The Report"),
            heading("b2", 1, 1, "Purpose"),
            paragraph("b3", 1, Some("3.2"), "The fund."),
            heading("b4", 3, 2, "No title of its own"),
        ];
        let sections = vec![section("s1", Some("b1"), [1, 2]), section("s2", None, [3, 3])];
        assert_eq!(
            written(blocks, sections),
            "<!-- section s1: annual report, pages 1-2 -->\n\n<!-- page 1 -->\n\n# The Report\n\n## Purpose\n\n\
             3.2 The fund.\n\n<!-- page 2 -->\n\n<!-- section s2: annual report, page 3 -->\n\n<!-- page 3 -->\n\n\
             ## No title of its own\n"
        );
    }

    #[test]
    fn a_section_may_begin_inside_a_page() {
        let section = |id: &str, title: &str, pages| Section {
            id: id.into(),
            title_block: Some(title.into()),
            pages,
            ..Section::default()
        };
        let blocks =
            vec![heading("b1", 1, 1, "One"), paragraph("b2", 2, None, "End."), heading("b3", 2, 1, "Two")];
        let md = written(blocks, vec![section("s1", "b1", [1, 2]), section("s2", "b3", [2, 2])]);
        assert!(md.contains("End.\n\n<!-- section s2: other, page 2 -->\n\n# Two\n"), "{md}");
    }

    #[test]
    fn lists_nest_under_their_parents_text() {
        let blocks = vec![
            item(1, "1.", 0, "One"),
            item(1, "(a)", 1, "First"),
            item(1, "•", 2, "Deep"),
            item(2, "2.", 0, "Two"),
            item(2, "5.", 0, "Five"),
        ];
        assert_eq!(
            written(blocks, vec![]),
            "<!-- page 1 -->\n\n1. One\n   - (a) First\n     - Deep\n       <!-- page 2 -->\n2. Two\n<!-- -->\n5. Five\n"
        );
    }

    #[test]
    fn sisters_under_a_paragraph_of_an_item_stay_sisters() {
        let blocks = vec![
            item(1, "1.", 0, "One"),
            paragraph("b", 1, None, "asks to:"),
            item(1, "(1)", 1, "First"),
            item(1, "(2)", 1, "Second"),
            item(1, "2.", 0, "Two"),
        ];
        let md = written(blocks, vec![]);
        assert!(md.ends_with("asks to:\n\n- (1) First\n- (2) Second\n2. Two\n"), "{md}");
    }

    #[test]
    fn a_page_mark_does_not_end_a_list() {
        let md = written(vec![item(1, "•", 0, "One"), item(2, "•", 0, "Two")], vec![]);
        let html = comrak::markdown_to_html(&md, &comrak::Options::default());
        assert_eq!(html.matches("<ul>").count(), 1, "{html}");
    }

    #[test]
    fn numbers_are_read_back_as_printed() {
        let blocks = vec![
            item(1, "3.", 0, "Three"),
            item(1, "•", 1, "x"),
            item(1, "7)", 1, "y"),
            item(1, "4.", 0, "z"),
        ];
        let html = comrak::markdown_to_html(&written(blocks, vec![]), &comrak::Options::default());
        let starts: Vec<_> = html.lines().filter(|l| l.starts_with("<ol")).collect();
        assert_eq!(starts, ["<ol start=\"3\">", "<ol start=\"7\">"], "{html}");
        assert_eq!(html.matches("<li>").count(), 4, "{html}");
    }

    #[test]
    fn an_orphan_nested_item_is_no_code() {
        let md = written(vec![paragraph("b1", 1, None, "Text."), item(1, "•", 3, "Item")], vec![]);
        assert!(md.ends_with("Text.\n\n- Item\n"), "{md}");
    }

    #[test]
    fn furniture_hidden_text_and_words_of_figures_stay_out() {
        let mut stamp = paragraph("b1", 1, None, "Page 15");
        stamp.layer = Layer::Furniture;
        let figure = block("b2", 1, BlockKind::Figure { text: text("axis"), alt: Some("A --> b".into()) });
        assert_eq!(written(vec![stamp, figure], vec![]), "<!-- page 1 -->\n\n<!-- figure b2: A - b -->\n");
    }

    #[test]
    fn contents_pages_are_plain_lines() {
        let entry = |s: &str, p: &str| {
            block("b", 1, BlockKind::TocEntry { depth: 0, text: text(s), page: Some(p.into()) })
        };
        let md = written(vec![entry("1. Foreword", "3"), entry("Introduction", "4")], vec![]);
        assert!(md.ends_with("1. Foreword 3\n\nIntroduction 4\n"), "{md}");
    }
}
