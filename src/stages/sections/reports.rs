//! What a report says of itself besides its header: recommendations, attachments, background papers.

use super::looks::label;
use super::sheets::{Row, Sheets};
use crate::model::{Lettered, Named, Section};
use crate::vocabulary::{ReportWords, Words, fold};

/// Most rows of one such list.
const LIST: usize = 60;
/// Longest paragraph that may be one of them, in characters.
const LONGEST: usize = 3000;

/// The lists of a report.
#[derive(Debug, Default)]
pub(super) struct Lists {
    recommendations: Vec<Lettered>,
    appendices: Vec<Named>,
    background_papers: Vec<String>,
}

impl Lists {
    /// Those of a section.
    pub(super) fn of(sheets: &Sheets, section: &Section, words: &ReportWords, labels: &Words) -> Lists {
        let rows = sheets.rows_in(section);
        let at = |list: &Words| rows.iter().position(|r| opens(r, list));
        let mut lists = Lists::default();
        if let Some(i) = at(&words.recommendations) {
            lists.recommendations = lettered(under(&rows, i, words), &rows[i]);
        }
        if let Some(i) = at(&words.appendices) {
            lists.appendices = named(under(&rows, i, words), &rows[i], labels);
        }
        if let Some(i) = at(&words.background) {
            lists.background_papers = lines(sheets, under(&rows, i, words), &rows[i]);
        }
        lists
    }

    /// Puts them into their section.
    pub(super) fn put(self, section: &mut Section) {
        section.recommendations = self.recommendations;
        section.appendices = self.appendices;
        section.background_papers = self.background_papers;
    }
}

/// The words of a heading without its number.
fn unnumbered(folded: &str) -> &str {
    folded.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '|' | ')' | ' '))
}

/// Whether a row opens a list: a heading with one of the phrases, or a label with a colon.
fn opens(row: &Row, list: &Words) -> bool {
    let bare = unnumbered(&row.folded);
    if list.is(bare) {
        return row.heading.is_some()
            || row.bold
            || row.text.trim_end().ends_with(':')
            || row.table
            || bare.len() < 40;
    }
    list.begins(bare).is_some_and(|n| {
        let rest = bare.get(n..).unwrap_or_default().trim_start();
        rest.starts_with(':') || row.heading.is_some() && rest.split_whitespace().count() <= 4
    })
}

/// The rows below an opening row, up to the next heading.
fn under<'r>(rows: &'r [Row], at: usize, words: &ReportWords) -> &'r [Row] {
    let below = rows.get(at + 1..).unwrap_or_default();
    let opened = rows.get(at).is_some_and(|r| r.heading.is_some());
    let end = below.iter().take(LIST).position(|r| {
        let numbered = r.text.starts_with(|c: char| c.is_ascii_digit());
        let label =
            !r.table && r.bold && r.folded.len() < 80 && !is_part(&r.folded) && !r.text.ends_with(['.', ';']);
        let other = [&words.recommendations, &words.appendices, &words.background];
        let next = other.iter().any(|list| list.is(unnumbered(&r.folded)));
        r.heading.is_some() || next || label && (!opened || numbered)
    });
    below.get(..end.unwrap_or(below.len().min(LIST))).unwrap_or_default()
}

/// What stands behind the colon of the opening row itself.
fn inline(row: &Row) -> Option<&str> {
    let (_, rest) = row.text.split_once(':')?;
    Some(rest.trim()).filter(|r| !r.is_empty())
}

/// "(a)", "1.", "iv)", "•": the label of a part.
fn part_label(text: &str) -> Option<&str> {
    let first = text.split_whitespace().next()?;
    let inner = first.trim_start_matches('(').trim_end_matches([')', '.', ':']);
    let marked = first.starts_with('(') && first.ends_with(')') || first.ends_with([')', '.', ':']);
    let short = !inner.is_empty()
        && inner.len() <= 5
        && (inner.chars().count() == 1
            || inner.chars().all(|c| c.is_ascii_digit() || c == '.' || "ivx".contains(c)));
    let decimal = inner.contains('.') && inner.chars().all(|c| c.is_ascii_digit() || c == '.');
    let bullet = matches!(first, "•" | "-" | "o" | "·" | "▪" | "–");
    (bullet || short && (marked || decimal)).then_some(first)
}

fn is_part(folded: &str) -> bool {
    part_label(folded).is_some()
}

fn lettered(rows: &[Row], opener: &Row) -> Vec<Lettered> {
    let mut out: Vec<Lettered> = Vec::new();
    let texts = inline(opener).into_iter().chain(rows.iter().map(|r| r.text.as_str()));
    for text in texts.map(str::trim).filter(|t| t.len() <= LONGEST) {
        if let Some(label) = part_label(text) {
            let rest = text.get(label.len()..).unwrap_or_default().trim();
            out.push(Lettered { label: Some(label.to_owned()), text: rest.to_owned() });
        } else if text.starts_with(char::is_lowercase) && !out.is_empty() {
            // The rest of a part whose lines were not joined.
            if let Some(last) = out.last_mut() {
                last.text.push(' ');
                last.text.push_str(text);
            }
        } else {
            out.push(Lettered { label: None, text: text.to_owned() });
        }
    }
    out.retain(|p| !p.text.is_empty());
    out
}

fn named(rows: &[Row], opener: &Row, labels: &Words) -> Vec<Named> {
    let mut out: Vec<Named> = Vec::new();
    let texts = inline(opener).into_iter().chain(rows.iter().map(|r| r.text.as_str()));
    for text in texts.flat_map(|t| t.split('\n')).map(str::trim) {
        let text = text.trim_start_matches(['•', '-', '–', '▪', '·', ' ']);
        if let Some(l) = label(&fold(text), labels) {
            let cut = l.chars().count();
            let printed: String = text.chars().take(cut).collect();
            let rest: String = text.chars().skip(cut).collect();
            let title = rest.trim_start_matches([':', '-', '–', '—', '.', ' ', ')']).trim();
            let title = (!title.is_empty()).then(|| title.to_owned());
            if !out.iter().any(|n| n.label == printed && n.title == title) {
                out.push(Named { label: printed, title });
            }
        } else if let Some((title, l)) = text.rsplit_once([':', '–', '-', '(']) {
            // "Reserves policy – G": the label stands behind.
            let l = l.trim().trim_end_matches(')');
            let short = l.len() <= 2
                && l.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
                && !l.is_empty();
            let behind = label(&fold(l), labels).is_some();
            if (short || behind) && title.trim().len() > 3 {
                out.push(Named { label: l.to_owned(), title: Some(title.trim().to_owned()) });
            }
        }
    }
    out
}

fn lines(sheets: &Sheets, rows: &[Row], opener: &Row) -> Vec<String> {
    let mut table = usize::MAX;
    let texts = rows.iter().filter(|r| {
        // The header of a table names columns, no papers.
        let first = r.table && r.block != table;
        table = if r.table { r.block } else { table };
        let block = sheets.flow.blocks.get(r.block);
        !(first && block.and_then(|b| sheets.table(b)).is_some_and(|t| t.header_rows > 0))
    });
    let texts: Vec<&str> = texts.map(|r| r.text.as_str()).collect();
    let none = |t: &str| {
        let t = fold(t);
        matches!(t.trim_end_matches('.'), "none" | "n/a" | "nil" | "not applicable" | "no background papers")
    };
    let contact = |t: &&str| {
        let t = fold(t);
        ["contact:", "contact officer", "email:", "report author", "telephone:"]
            .iter()
            .any(|w| t.starts_with(w))
    };
    inline(opener)
        .into_iter()
        .chain(texts)
        .take_while(|t| !contact(t))
        .filter(|t| !none(t))
        .map(|t| t.trim().trim_start_matches(['•', '▪', '·', ' ']).trim())
        .filter(|t| t.chars().filter(|c| c.is_alphabetic()).count() >= 4 && t.len() <= LONGEST)
        .map(ToOwned::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;

    fn row(text: &str, heading: bool) -> Row {
        Row { text: text.into(), folded: fold(text), heading: heading.then_some(2), ..Row::default() }
    }

    #[test]
    fn recommendations_keep_their_letters() {
        let words = Vocabulary::default();
        let rows = [
            row("4. Recommendation(s)", true),
            row("The Panel is asked to:", false),
            row("(a) note the report; and", false),
            row("(b) AGREE the plan.", false),
            row("5. Background documents", true),
            row("Roads strategy 2024", false),
        ];
        assert!(opens(&rows[0], &words.reports.recommendations));
        let list = lettered(under(&rows, 0, &words.reports), &rows[0]);
        let labels: Vec<_> = list.iter().map(|l| l.label.as_deref()).collect();
        assert_eq!(labels, [None, Some("(a)"), Some("(b)")]);
        assert!(opens(&rows[4], &words.reports.background));
        let flow = crate::model::Flow::default();
        let sheets = Sheets::of(&flow, &words.sections.blank);
        assert_eq!(lines(&sheets, under(&rows, 4, &words.reports), &rows[4]), ["Roads strategy 2024"]);
        let one = row("Recommendation: That the report be noted.", false);
        assert!(opens(&one, &words.reports.recommendations));
        assert_eq!(lettered(&[], &one)[0].text, "That the report be noted.");
    }

    #[test]
    fn attachments_with_the_label_before_or_behind() {
        let words = Vocabulary::default();
        let rows = [
            row("Appendices", true),
            row("Appendix A – Map of roads", false),
            row("Reserves policy – G", false),
            row("• Appendix 2: List of lanes", false),
            row("There is much to say about this and that.", false),
        ];
        let list = named(under(&rows, 0, &words.reports), &rows[0], &words.sections.appendix);
        let got: Vec<_> = list.iter().map(|n| (n.label.as_str(), n.title.as_deref().unwrap())).collect();
        assert_eq!(
            got,
            [("Appendix A", "Map of roads"), ("G", "Reserves policy"), ("Appendix 2", "List of lanes")]
        );
    }
}
