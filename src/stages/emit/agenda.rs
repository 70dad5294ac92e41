//! The front sheet's own list of items, each linked to the section that holds its papers.

use crate::model::{Block, BlockKind, Record, Span, Table};
use std::collections::BTreeMap;

/// Titles to link, by the block that prints them: title and id of the section.
pub(super) type Links<'a> = BTreeMap<&'a str, Vec<(&'a str, &'a str)>>;

/// Fewest letters of a title that must be found to link it.
const LEAST: usize = 4;

/// What there is to link.
pub(super) fn links(record: &Record) -> Links<'_> {
    let mut out = Links::new();
    for item in &record.agenda {
        if let (Some(block), Some(section)) = (&item.block, item.sections.first()) {
            out.entry(block.as_str()).or_default().push((item.description.as_str(), section.as_str()));
        }
    }
    out
}

/// A block whose text is linked, where it prints items.
pub(super) fn block(links: &Links, block: &Block) -> Option<Block> {
    let wanted = links.get(block.id.as_str())?;
    let mut block = block.clone();
    match &mut block.kind {
        BlockKind::Heading { text, .. }
        | BlockKind::Paragraph { text, .. }
        | BlockKind::ListItem { text, .. } => {
            for (title, section) in wanted {
                *text = linked(text, title, section).unwrap_or_else(|| std::mem::take(text));
            }
            Some(block)
        }
        _ => None,
    }
}

/// A table whose cells are linked, where it prints items.
pub(super) fn table(links: &Links, id: &str, table: &Table) -> Option<Table> {
    let wanted = links.get(id)?;
    let mut table = table.clone();
    for (title, section) in wanted {
        for cell in &mut table.cells {
            if let Some(text) = linked(&cell.text, title, section) {
                cell.text = text;
                break;
            }
        }
    }
    Some(table)
}

/// The spans with the words of a title linked; `None` where they are not there, or linked already.
fn linked(spans: &[Span], title: &str, section: &str) -> Option<Vec<Span>> {
    let (from, to) = find(spans, title)?;
    let mut out = Vec::with_capacity(spans.len() + 2);
    let mut at = 0;
    for span in spans {
        let n = span.text.chars().count();
        let (a, b) = (from.clamp(at, at + n) - at, to.clamp(at, at + n) - at);
        at += n;
        let cut = |x: usize, y: usize| span.text.chars().skip(x).take(y - x).collect::<String>();
        for (text, link) in [(cut(0, a), false), (cut(a, b), true), (cut(b, n), false)] {
            if text.is_empty() {
                continue;
            }
            if link && span.href.is_some() {
                return None;
            }
            let href = if link { Some(format!("#{section}")) } else { span.href.clone() };
            out.push(Span { text, href, ..span.clone() });
        }
    }
    Some(out)
}

/// Where a title stands, in characters of the whole text: its end may stand in another block, and its
/// page range may stand inside it.
fn find(spans: &[Span], title: &str) -> Option<(usize, usize)> {
    let text: Vec<(usize, char)> =
        spans.iter().flat_map(|s| s.text.chars()).enumerate().filter(|(_, c)| !c.is_whitespace()).collect();
    let wanted: Vec<char> = title.chars().filter(|c| !c.is_whitespace()).collect();
    let least = wanted.len().min(24);
    if wanted.len() < LEAST {
        return None;
    }
    (0..text.len()).find_map(|start| {
        let rest = text.get(start..)?;
        let same = rest.iter().zip(&wanted).take_while(|((_, a), b)| a == *b).count();
        let whole_word =
            start == 0 || !text[start - 1].1.is_alphanumeric() || text[start - 1].0 + 1 < text[start].0;
        (same >= least && whole_word).then(|| (rest[0].0, rest[same - 1].0 + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(spans: &[Span]) -> String {
        spans
            .iter()
            .map(|s| s.href.as_ref().map_or(s.text.clone(), |h| format!("[{}]({h})", s.text)))
            .collect()
    }

    #[test]
    fn only_the_title_is_linked() {
        let spans = [
            Span::plain("Roads and "),
            Span { bold: true, ..Span::plain("lanes (Pages 3") },
            Span::plain(" - 8)"),
        ];
        let got = linked(&spans, "Roads and lanes", "s3").unwrap();
        assert_eq!(shown(&got), "[Roads and ](#s3)[lanes](#s3) (Pages 3 - 8)");
        assert_eq!(linked(&spans, "Bridges", "s3"), None);
        assert_eq!(linked(&[Span::plain("Broads and lanes")], "Roads", "s3"), None);
    }

    #[test]
    fn a_title_that_goes_on_elsewhere_is_linked_as_far_as_it_goes() {
        let got = linked(
            &[Span::plain("Transfer of the service from one")],
            "Transfer of the service from one place to another",
            "s1",
        );
        assert_eq!(shown(&got.unwrap()), "[Transfer of the service from one](#s1)");
    }
}
