//! Decisions: the verb with which a row decides, what it decides, and the parts that follow it.

use super::sheets::{Row, Sheets};
use crate::model::{BlockKind, Lettered};
use crate::vocabulary::{MinutesWords, fold};

/// Decides whether rows behind a decision are its parts.
pub(super) struct Taker {
    /// The decision's words end in the air: parts follow.
    waiting: bool,
    /// Parts were taken.
    parts: bool,
}

impl Taker {
    /// For a decision with these words.
    pub(super) fn new(text: &str) -> Self {
        let end = text.trim_end();
        let waiting = end.ends_with([':', '-', '–', '—']) || end.is_empty() || ends_open(end);
        Taker { waiting, parts: false }
    }

    /// Whether a row behind it is a part of it.
    pub(super) fn takes(&mut self, sheets: &Sheets, row: &Row) -> bool {
        let item =
            sheets.flow.blocks.get(row.block).is_some_and(|b| matches!(b.kind, BlockKind::ListItem { .. }));
        let lettered = item
            || lettered(&row.folded)
            || row.number.as_deref().is_some_and(|n| lettered(&format!("{n} ")));
        let first_words = self.waiting && !self.parts && row.heading.is_none() && !row.bold;
        let take = if self.waiting || self.parts { lettered || first_words } else { false };
        self.parts |= take;
        // "(b) the following be agreed:" takes its own parts.
        self.waiting = self.waiting && !take || row.text.trim_end().ends_with(':') || self.parts && lettered;
        take
    }
}

fn ends_open(text: &str) -> bool {
    let folded = fold(text);
    ["that", "to", "as follows"].iter().any(|w| folded.ends_with(w))
}

/// "(a) …", "1) …", "iv. …".
fn lettered(folded: &str) -> bool {
    let label = folded.split_whitespace().next().unwrap_or_default();
    let inner = label.trim_start_matches('(').trim_end_matches([')', '.', ':']);
    let short = !inner.is_empty() && inner.len() <= 4;
    let marked = label.starts_with('(') || label.ends_with([')', '.']);
    let bullet = matches!(label, "•" | "-" | "o" | "·" | "▪");
    bullet
        || short
            && marked
            && (inner.len() == 1 || inner.chars().all(|c| "ivx".contains(c) || c.is_ascii_digit()))
}

/// The verb with which a row decides, and what it decides.
pub(super) fn decision(row: &Row, words: &MinutesWords) -> Option<(String, String)> {
    decides(row, words, false)
}

/// The same; `loose` takes verbs in small letters behind a subject, too.
pub(super) fn decides(row: &Row, words: &MinutesWords, loose: bool) -> Option<(String, String)> {
    let mut skip = 0;
    // A paragraph number or marker may stand before.
    if let Some(n) = &row.number {
        skip = n.len().min(row.text.len());
    }
    let mut text = row.text.get(skip..)?.trim_start();
    if let [_, item] = row.cells.as_slice()
        && !row.table
    {
        text = item;
    }
    // "8) RESOLVED that …"
    let label = text.split_whitespace().next().unwrap_or_default();
    if label.len() <= 5
        && label.ends_with([')', '.'])
        && label.starts_with(|c: char| c.is_ascii_digit() || c == '(')
    {
        text = text.get(label.len()..)?.trim_start();
    }
    let folded = fold(text);
    // Offsets of the folded text are those of the text only where folding changed no lengths.
    let same = folded.len() == text.trim_end().len();
    let printed = |from: usize, to: usize| -> Option<String> {
        if same {
            return text.get(from..to).map(ToOwned::to_owned);
        }
        let skip = folded.get(..from)?.chars().count();
        let take = folded.get(from..to)?.chars().count();
        Some(text.chars().skip(skip).take(take).collect())
    };
    // A label whose next words are the decision: "Decision", "Decision:".
    if let Some(n) = words.decision_labels.begins(&folded) {
        let rest = folded.get(n..)?.trim_start();
        if rest.is_empty() || rest.starts_with([':', '-']) {
            let after = rest.trim_start_matches([':', '-', ' ']);
            let verb = words.verbs.begins(after).and_then(|n| after.get(..n));
            let at = folded.len() - after.len();
            let skip = verb.map_or(0, str::len);
            let text = printed(at + skip, folded.len()).unwrap_or_default();
            return Some((verb.unwrap_or("decided").to_uppercase(), bare(&text)));
        }
    }
    let mut start = 0;
    // "It was therefore RESOLVED", "The Panel unanimously AGREED": words that may stand before.
    for _ in 0..4 {
        let tail = folded.get(start..)?;
        if let Some(n) = words.verbs.begins(tail) {
            let verb = printed(start, start + n)?;
            let capitals = !verb.chars().any(char::is_lowercase);
            let mut end = start + n;
            // "RESOLVED UNANIMOUSLY that", "Resolved (unanimously):".
            let behind = folded.get(end..)?.trim_start_matches([' ', '(', '-', ',']);
            if let Some(n) = words.unanimous.begins(behind) {
                end = folded.len() - behind.len() + n;
                end += folded.get(end..).map_or(0, |r| r.len() - r.trim_start_matches([')']).len());
            }
            let rest = folded.get(end..)?;
            let clear = capitals || start == 0 && (row.bold || leads(rest)) || loose && told(rest, start);
            if !clear {
                return None;
            }
            let verb = tail.get(..n)?.to_uppercase();
            return Some((verb, bare(&printed(end, folded.len())?)));
        }
        let n = words.before_verb.begins(tail).or_else(|| words.unanimous.begins(tail))?;
        let gap = tail.get(n..)?;
        start += n + (gap.len() - gap.trim_start_matches([' ', ',', ':', '-']).len());
    }
    None
}

/// What stands behind the verb, without the mark that ties it to it.
fn bare(text: &str) -> String {
    text.trim_start_matches([':', '-', '–', '—', ' ', '.', ',']).trim().to_owned()
}

/// Small letters in running text ("The Committee agreed to …"): only where minutes know no other way.
fn told(rest: &str, start: usize) -> bool {
    let rest = rest.trim_start();
    start > 0 && ["that", "to ", "the ", "with ", ":", "-", "as "].iter().any(|w| rest.starts_with(w))
}

/// "Resolved: that", "Agreed - …": the verb leads although it is in small letters.
fn leads(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.starts_with([':', '-']) || rest.starts_with("that ")
}

/// The lettered or numbered parts of a decision's text, with what belongs to each.
pub(super) fn lettered_parts(text: &str) -> Vec<Lettered> {
    let mut out: Vec<Lettered> = Vec::new();
    let mut lines = text.lines();
    // The first line is the decision's own words, unless it carries a label itself.
    let first = lines.next().unwrap_or_default();
    for line in std::iter::once(first).filter(|l| lettered(&fold(l))).chain(lines) {
        let line = line.trim();
        let label = line.split_whitespace().next().unwrap_or_default();
        if lettered(&fold(line)) {
            let rest = line.get(label.len()..).unwrap_or_default().trim();
            out.push(Lettered { label: Some(label.to_owned()), text: rest.to_owned() });
        } else if let Some(last) = out.last_mut() {
            if !last.text.is_empty() {
                last.text.push(' ');
            }
            last.text.push_str(line);
        }
    }
    // "•" above "a) …" is a list's own mark, no part.
    out.retain(|p| !p.text.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;

    fn row(text: &str) -> Row {
        Row { text: text.into(), folded: fold(text), ..Row::default() }
    }

    #[test]
    fn decisions_in_the_ways_that_councils_print_them() {
        let words = Vocabulary::default().minutes;
        for (text, verb, rest) in [
            ("RESOLVED: That the report be noted.", "RESOLVED", "That the report be noted."),
            ("It was RESOLVED that the report be noted.", "RESOLVED", "that the report be noted."),
            ("RESOLVED UNANIMOUSLY – That the report be noted.", "RESOLVED", "That the report be noted."),
            ("Resolved unanimously: that the report be noted.", "RESOLVED", "that the report be noted."),
            ("RESOLVED (unanimously) that the report be noted.", "RESOLVED", "that the report be noted."),
            ("It was unanimously AGREED that the report be noted.", "AGREED", "that the report be noted."),
            ("The Panel AGREED to note the report.", "AGREED", "to note the report."),
            ("Decision: To note the report.", "DECIDED", "To note the report."),
            ("Decision", "DECIDED", ""),
            ("AGREED – that the report be noted", "AGREED", "that the report be noted"),
        ] {
            let got = decision(&row(text), &words);
            assert_eq!(got, Some((verb.to_owned(), rest.to_owned())), "{text}");
        }
        for text in [
            "The Committee agreed to note the report.",
            "Agreed actions were listed.",
            "Decision makers met.",
        ] {
            assert_eq!(decision(&row(text), &words), None, "{text}");
        }
        assert_eq!(
            decides(&row("The Committee agreed to note the report."), &words, true),
            Some(("AGREED".into(), "to note the report.".into()))
        );
        assert_eq!(decides(&row("The Committee noted problems."), &words, true), None);
    }

    #[test]
    fn parts_keep_their_labels() {
        let parts = lettered_parts("that\n(a) the roads be mended; and\nfrom May\n(b) the lanes be swept.");
        let labels: Vec<_> = parts.iter().map(|p| p.label.as_deref().unwrap()).collect();
        assert_eq!(labels, ["(a)", "(b)"]);
        assert_eq!(parts[0].text, "the roads be mended; and from May");
        assert!(lettered_parts("that the report be noted").is_empty());
    }
}
