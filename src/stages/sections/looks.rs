//! What the top of a page says of itself, before the rest of the pack is asked.

use super::fields::header_keys;
use super::sheets::{Row, Sheet, Sheets, TOP};
use crate::model::Classification;
use crate::stages::regex;
use crate::threads::SHARE;
use crate::vocabulary::{Vocabulary, Words, fold};
use rayon::prelude::*;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Rows in which a cue may stand: below a letterhead, above the text.
const CUE_ROWS: usize = 8;
/// Rows in which an attachment's label may stand.
const LABEL_ROWS: usize = 5;
/// Rows searched for a report's header under a title.
const HEADER_ROWS: usize = 56;
/// Rows read of a contents page.
const CONTENTS_ROWS: usize = 200;
/// Most characters of a title page.
const TITLE_PAGE: usize = 400;

/// What a page's top says.
#[derive(Debug, Clone, Default)]
pub(super) struct Look {
    /// The kind that its words speak for, and how strongly they speak for a beginning.
    pub cue: Option<(Classification, f32, String)>,
    /// Its label as an attachment: "a", "1" …, and the row that prints it.
    pub appendix: Option<(String, usize)>,
    /// Fields of a report's header.
    pub header: usize,
    /// Few words, large.
    pub title_page: bool,
    /// A contents page.
    pub contents: bool,
    /// Labels of attachments that its contents list with a page.
    pub listed: BTreeSet<String>,
}

static LABEL: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:no\.? ?)?([a-z]{1,2}\d{0,2}|\d{1,2}[a-z]?|[ivx]{1,5})(?:$|[\s:.)\-–])"));

/// Looks at every page.
pub(super) fn looks(sheets: &Sheets, words: &Vocabulary) -> Vec<Look> {
    sheets.all.par_iter().with_max_len(SHARE).map(|s| look(s, sheets, words)).collect()
}

fn look(sheet: &Sheet, sheets: &Sheets, words: &Vocabulary) -> Look {
    if sheet.blank {
        return Look::default();
    }
    let rows = &sheet.top;
    // The header of a long report may stand under its title and contents.
    let header = match header_keys(rows, &words.fields) {
        0 if rows.len() == TOP && rows.first().is_some_and(|r| r.heading.is_some()) => {
            header_keys(&sheets.rows_of(&sheet.blocks, HEADER_ROWS), &words.fields)
        }
        n => n,
    };
    let contents = rows.iter().take(4).any(|r| words.sections.contents.is(&r.folded));
    Look {
        cue: cue(rows, sheet, words),
        appendix: appendix(rows, sheet, &words.sections.appendix),
        header,
        title_page: !rows.is_empty()
            && sheet.chars <= TITLE_PAGE
            && rows.len() < 12
            && header == 0
            && !contents,
        contents,
        listed: if contents {
            listed(&sheets.rows_of(&sheet.blocks, CONTENTS_ROWS), &words.sections.appendix)
        } else {
            BTreeSet::new()
        },
    }
}

fn cue(rows: &[Row], sheet: &Sheet, words: &Vocabulary) -> Option<(Classification, f32, String)> {
    let mut best: Option<(Classification, f32, String)> = None;
    let gathered = matches_title(rows);
    for cue in &words.sections.cues {
        // Behind a numbered paragraph the text has begun: what it names is not what it is.
        let titles = rows.iter().take(CUE_ROWS).take_while(|r| r.number.is_none());
        for (i, row) in titles.enumerate().filter(|(_, r)| r.folded.len() < 240) {
            // Words in the midst of a line count only where the line is a title, not a sentence.
            let sentence = row.number.is_some() && row.heading.is_none()
                || row.folded.len() > 110
                || row.text.ends_with('.') && !row.bold;
            if !cue.begins && (i > 4 || sentence) {
                continue;
            }
            let at = if cue.begins {
                cue.phrases.begins(&row.folded).map(|end| (0, end))
            } else {
                cue.phrases.within(&row.folded)
            };
            let Some((start, end)) = at else { continue };
            let mut weight = cue.weight;
            match cue.is {
                // An item "Minutes of the last meeting" inside minutes or an agenda begins nothing.
                Classification::Minutes if !attendance(rows, words) => weight *= 0.4,
                // A report that speaks of the annual report is none; a title page that is one line is.
                Classification::AnnualReport
                    if !(row.heading.is_some() || row.bold || sheet.chars <= TITLE_PAGE) =>
                {
                    continue;
                }
                Classification::AnnualReport if row.folded.len() > 120 => continue,
                _ => {}
            }
            if best.as_ref().is_none_or(|b| weight > b.1) {
                let phrase = row.folded.get(start..end).unwrap_or_default().to_owned();
                best = Some((cue.is, weight, phrase));
            }
        }
        // A title broken over several rows: "2021/2022" | "ANNUAL" | "REPORT".
        if best.is_none()
            && cue.is == Classification::AnnualReport
            && sheet.chars <= TITLE_PAGE
            && let Some((start, end)) = cue.phrases.within(&gathered)
        {
            best = Some((cue.is, cue.weight, gathered.get(start..end).unwrap_or_default().to_owned()));
        }
    }
    best
}

fn matches_title(rows: &[Row]) -> String {
    let mut all = String::new();
    for r in rows.iter().take(CUE_ROWS) {
        all.push_str(&r.folded);
        all.push(' ');
    }
    all
}

/// Whether a list of who was there stands near the top.
fn attendance(rows: &[Row], words: &Vocabulary) -> bool {
    let m = &words.minutes;
    rows.iter().any(|r| {
        [&m.present, &m.officers, &m.apologies, &m.attending].iter().any(|w| {
            w.begins(&r.folded).is_some_and(|n| {
                let rest = r.folded.get(n..).unwrap_or_default().trim_start();
                rest.is_empty()
                    || rest.starts_with([':', '-', '('])
                    || r.bold
                    || r.table
                    || r.text.starts_with(|c: char| c.is_uppercase())
                        && r.text.chars().take(n).all(|c| !c.is_lowercase())
            })
        })
    })
}

fn appendix(rows: &[Row], sheet: &Sheet, words: &Words) -> Option<(String, usize)> {
    // A list of attachments ("Appendices: A …") names several; a label that opens one stands first.
    let body =
        rows.iter().take(LABEL_ROWS).enumerate().find_map(|(i, r)| Some((label(&r.folded, words)?, i)));
    let running = sheet.running.iter().find_map(|r| Some((label(&fold(r), words)?, usize::MAX)));
    match (body, running) {
        // An annex inside an appendix whose own label runs on.
        (Some(b), Some(r)) if b.0.split(' ').next() != r.0.split(' ').next() => Some(r),
        (body, running) => body.or(running),
    }
}

/// The label of an attachment that a line prints, if it prints nothing before it but a year.
pub(super) fn label(folded: &str, words: &Words) -> Option<String> {
    let start = folded.find(char::is_alphabetic)?;
    if start > 10 || folded.len() > 160 {
        return None;
    }
    let text = folded.get(start..)?;
    let n = words.begins(text)?;
    let rest = text.get(n..)?.trim_start_matches([' ', ':', '-']);
    let label = LABEL.captures(rest)?.get(1)?.as_str().to_owned();
    let after = rest.get(label.len()..).unwrap_or_default();
    // "Appendix A sets out the …" is a sentence; "Appendix 1 to 3" names several.
    let sentence = after.starts_with(' ')
        && (after.ends_with('.')
            || [
                "to ",
                "and ",
                "of ",
                "sets ",
                "shows ",
                "provides ",
                "contains ",
                "gives ",
                "is ",
                "details ",
                "for ",
            ]
            .iter()
            .any(|w| after.trim_start().starts_with(w)));
    let word = text.get(..n)?.trim_end();
    (!sentence && !matches!(label.as_str(), "to" | "of" | "is" | "in" | "as" | "no"))
        .then(|| format!("{word} {label}"))
}

/// Attachments that a contents page lists behind their label with a page: they are inside the document.
fn listed(rows: &[Row], words: &Words) -> BTreeSet<String> {
    rows.iter()
        .filter(|r| r.folded.ends_with(|c: char| c.is_ascii_digit()))
        .filter_map(|r| label(&fold(&r.text), words))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_attachments() {
        let words = Vocabulary::default().sections.appendix;
        for (text, l) in [
            ("Appendix A", Some("appendix a")),
            ("APPENDIX 1 - Key services", Some("appendix 1")),
            ("2025-26 APPENDIX E", Some("appendix e")),
            ("Appendix F: 2025-28 budget", Some("appendix f")),
            ("Annex 2", Some("annex 2")),
            ("Appendix A sets out the plan.", None),
            ("Appendices", None),
            ("Appendix to the report", None),
            ("See the table in Appendix A", None),
        ] {
            assert_eq!(label(&fold(text), &words).as_deref(), l, "{text}");
        }
    }
}
