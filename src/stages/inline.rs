//! Words into running text: spaces, styles, links, and the hyphens at line ends.
//!
//! One text path serves cells and blocks, so that both resolve a hyphen the same way.

use crate::model::{Lines, PageLines, Span, Word};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// The document's own words, as witness for hyphens at line ends.
///
/// Only the forms that some line end puts in question are kept: "inde-" + "pendent" asks for
/// "independent" and "inde-pendent".
#[derive(Debug, Default)]
pub struct Lexicon {
    seen: FxHashSet<String>,
}

impl Lexicon {
    /// Collects the questions of all line ends, then looks through all words for answers.
    pub fn of(lines: &Lines) -> Self {
        let mut asked = FxHashSet::default();
        for page in &lines.pages {
            for line in &page.lines {
                let words = page.words_of(line);
                let Some(head) = words.last().and_then(|w| hyphen_head(&w.text)) else { continue };
                // The next line of a paragraph need not be the next in the list: ask for every line
                // that begins within two lines below.
                let reach = line.bbox.bottom + 2.0 * line.bbox.height();
                for next in &page.lines {
                    if next.bbox.top > line.bbox.mid_y()
                        && next.bbox.top < reach
                        && let Some(tail) = page.words_of(next).first().map(|w| trimmed(&w.text))
                    {
                        asked.insert(fold(&format!("{head}{tail}")));
                        asked.insert(fold(&format!("{head}-{tail}")));
                    }
                }
            }
        }
        Lexicon { seen: count(lines, &asked).into_keys().map(str::to_owned).collect() }
    }

    fn knows(&self, word: &str) -> bool {
        self.seen.contains(&fold(word))
    }
}

/// How often each of some words, which are in lower case, stands in the document; those that do not are
/// left out.
pub(crate) fn count<'a>(lines: &Lines, asked: &'a FxHashSet<String>) -> FxHashMap<&'a str, u32> {
    if asked.is_empty() {
        return FxHashMap::default();
    }
    // By their first byte, how long those are that are asked for: nearly all words are told by it.
    let mut lengths = [0_u64; 256];
    for word in asked {
        let first = word.bytes().next().unwrap_or_default();
        lengths[usize::from(first)] |= 1 << word.len().min(63);
    }
    let count = |pages: &[PageLines]| {
        let mut found: FxHashMap<&str, u32> = FxHashMap::default();
        let mut folded = String::new();
        for word in pages.iter().flat_map(|p| &p.words) {
            let word = trimmed(&word.text);
            let first = word.bytes().next().unwrap_or_default().to_ascii_lowercase();
            let possible = lengths[usize::from(first)] >> word.len().min(63) & 1 == 1;
            if !possible && word.is_ascii() {
                continue;
            }
            fold_into(&mut folded, word);
            if let Some(word) = asked.get(&folded) {
                *found.entry(word).or_default() += 1;
            }
        }
        found
    };
    let both = |mut all: FxHashMap<&'a str, u32>, more: FxHashMap<&'a str, u32>| {
        for (word, n) in more {
            *all.entry(word).or_default() += n;
        }
        all
    };
    lines.pages.par_chunks(PAGES).with_max_len(1).map(count).reduce(FxHashMap::default, both)
}

/// Pages in which words are counted at once.
const PAGES: usize = 16;

fn fold(word: &str) -> String {
    word.to_lowercase()
}

/// The same in place of what a text held: for all words of a document.
fn fold_into(out: &mut String, word: &str) {
    out.clear();
    if word.is_ascii() {
        out.push_str(word);
        out.make_ascii_lowercase();
    } else {
        out.push_str(&fold(word));
    }
}

pub(crate) fn trimmed(word: &str) -> &str {
    // Most words have nothing to trim.
    let ends = [word.as_bytes().first(), word.as_bytes().last()];
    if ends.iter().all(|b| b.is_some_and(u8::is_ascii_alphanumeric)) {
        return word;
    }
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// The part before a hyphen that ends a word: "inde" of "inde-", but nothing of "-" or "18-".
fn hyphen_head(word: &str) -> Option<&str> {
    let head = word.strip_suffix(['-', '\u{2010}'])?;
    head.ends_with(char::is_alphabetic).then(|| head.trim_start_matches(|c: char| !c.is_alphanumeric()))
}

/// How a line's last word and the next line's first word are joined.
#[derive(Debug, PartialEq, Eq)]
enum Joint {
    Space,
    Glue,
    DropHyphen,
}

fn joint(lexicon: &Lexicon, last: &str, next: &str) -> Joint {
    let Some(first) = next.chars().next() else { return Joint::Space };
    if last.ends_with('\u{AD}') {
        return Joint::DropHyphen;
    }
    let mut back = last.chars().rev();
    let (Some(end), Some(before)) = (back.next(), back.next()) else { return Joint::Space };
    match end {
        '-' | '\u{2010}' if before.is_alphabetic() && first.is_lowercase() => {
            // "pre- and post-natal": the hyphen hangs, the word is not broken.
            if matches!(next, "and" | "or" | "to" | "nor") {
                return Joint::Space;
            }
            let (head, tail) = (hyphen_head(last).unwrap_or_default(), trimmed(next));
            let whole = lexicon.knows(&format!("{head}{tail}"));
            if whole && !lexicon.knows(&format!("{head}-{tail}")) { Joint::DropHyphen } else { Joint::Glue }
        }
        // "2021-" + "22", "Anglo-" + "Saxon": the hyphen is the word's own.
        '-' | '\u{2010}' | '\u{2011}' if before.is_alphanumeric() && first.is_alphanumeric() => Joint::Glue,
        // An address that breaks at its full stop: "officer@council" + ".gov.uk".
        _ if last.contains('@')
            && next.strip_prefix('.').is_some_and(|n| n.starts_with(char::is_alphanumeric)) =>
        {
            Joint::Glue
        }
        // "and/or" and "2021/22" are one word, "39.4/ 100,000" is two figures.
        '/' if before.is_alphabetic() && first.is_alphabetic() => Joint::Glue,
        '/' if years(last, next) => Joint::Glue,
        _ => Joint::Space,
    }
}

/// "2021/" and "22": the two halves of a financial year.
fn years(last: &str, next: &str) -> bool {
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let year = last.strip_suffix('/').is_some_and(|y| y.len() == 4 && digits(y));
    let next = next.trim_end_matches(|c: char| !c.is_alphanumeric());
    year && matches!(next.len(), 2 | 4) && digits(next)
}

/// Builds running text from the words of lines.
#[derive(Debug)]
pub struct TextBuilder<'a> {
    lexicon: &'a Lexicon,
    spans: Vec<Span>,
    last: String,
    fresh: bool,
}

impl<'a> TextBuilder<'a> {
    /// An empty text.
    pub fn new(lexicon: &'a Lexicon) -> Self {
        TextBuilder { lexicon, spans: Vec::new(), last: String::new(), fresh: true }
    }

    /// Adds the words of a line after those of the line before. An index that the page does not have
    /// is passed over.
    pub fn line(&mut self, page: &PageLines, words: impl IntoIterator<Item = u32>) {
        let mut at_start = true;
        let mut last: Option<&Word> = None;
        for index in words {
            let Some(word) = page.words.get(index as usize) else { continue };
            if self.fresh {
                self.fresh = false;
            } else if at_start {
                match joint(self.lexicon, &self.last, &word.text) {
                    Joint::Space => self.push_text(" "),
                    Joint::Glue => {}
                    Joint::DropHyphen => {
                        if let Some(span) = self.spans.last_mut() {
                            span.text.pop();
                        }
                    }
                }
            } else if !word.glued {
                self.push_text(" ");
            }
            at_start = false;
            self.push_word(page, word);
            last = Some(word);
        }
        if let Some(word) = last {
            word.text.clone_into(&mut self.last);
        }
    }

    /// What follows goes on with the last word, as where a narrow cell breaks a word without a hyphen.
    pub fn glue(&mut self) {
        self.fresh = true;
    }

    /// Ends the line: what follows begins after `\n`.
    pub fn break_line(&mut self) {
        if !self.fresh {
            self.push_text("\n");
            self.fresh = true;
        }
    }

    /// The text.
    pub fn finish(mut self) -> Vec<Span> {
        if let Some(span) = self.spans.last_mut() {
            let end = span.text.trim_end().len();
            span.text.truncate(end);
        }
        self.spans.retain(|s| !s.text.is_empty());
        self.spans
    }

    fn push_word(&mut self, page: &PageLines, word: &Word) {
        let href = word.link.and_then(|l| page.graphics.links.get(l as usize)?.uri.as_ref());
        let soft = !word.text.is_ascii() && word.text.contains('\u{AD}');
        // Nearly every word is set as the one before it.
        if let (false, Some(last)) = (soft, self.spans.last_mut())
            && same_style(last, word, href)
        {
            last.text.push_str(&word.text);
            return;
        }
        let mut text = word.text.clone();
        if soft {
            // A soft hyphen inside a word is not seen; at the word's end it waits for the next line.
            let ends = text.ends_with('\u{AD}');
            text = text.replace('\u{AD}', "");
            if ends {
                text.push('\u{AD}');
            }
        }
        match self.spans.last_mut() {
            Some(last) if same_style(last, word, href) => last.text.push_str(&text),
            _ => self.spans.push(Span {
                text,
                bold: word.style.bold,
                italic: word.style.italic,
                superscript: word.style.superscript,
                subscript: word.style.subscript,
                strike: word.style.strike,
                href: href.cloned(),
            }),
        }
    }

    /// A space or break belongs to the span before it, so that spans begin with words.
    fn push_text(&mut self, text: &str) {
        match self.spans.last_mut() {
            Some(last) => last.text.push_str(text),
            None => self.spans.push(Span::plain(text)),
        }
    }
}

/// Whether a word is set as a span is.
fn same_style(span: &Span, word: &Word, href: Option<&String>) -> bool {
    let style = &word.style;
    (span.bold, span.italic, span.superscript, span.subscript, span.strike)
        == (style.bold, style.italic, style.superscript, style.subscript, style.strike)
        && span.href.as_ref() == href
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Line, Rect, plain};

    fn lines(rows: &[&str]) -> Lines {
        let mut page = PageLines::default();
        for (i, row) in rows.iter().enumerate() {
            let (first, top) = (page.words.len() as u32, 20.0 * i as f32);
            let bbox = Rect::new(0.0, top, 100.0, top + 12.0);
            for text in row.split(' ') {
                page.words.push(Word { text: text.into(), bbox, size: 12.0, ..Word::default() });
            }
            let count = page.words.len() as u32 - first;
            page.lines.push(Line { first, count, bbox, ..Line::default() });
        }
        Lines { pages: vec![page], ..Lines::default() }
    }

    fn joined(rows: &[&str]) -> String {
        let lines = lines(rows);
        let lexicon = Lexicon::of(&lines);
        let page = &lines.pages[0];
        let mut text = TextBuilder::new(&lexicon);
        for line in &page.lines {
            text.line(page, line.first..line.first + line.count);
        }
        plain(&text.finish())
    }

    #[test]
    fn a_hyphen_goes_only_where_the_document_writes_the_word_whole() {
        assert_eq!(
            joined(&["the inde-", "pendent chair", "is independent"]),
            "the independent chair is independent"
        );
        assert_eq!(joined(&["a long-", "term plan"]), "a long-term plan");
        assert_eq!(joined(&["aged 18-", "25 years"]), "aged 18-25 years");
        assert_eq!(joined(&["in 2021/", "22."]), "in 2021/22.");
        assert_eq!(joined(&["39.4/", "100,000."]), "39.4/ 100,000.");
        assert_eq!(joined(&["jo@town", ".gov.uk."]), "jo@town.gov.uk.");
        assert_eq!(joined(&["pre-", "and post-natal"]), "pre- and post-natal");
        assert_eq!(joined(&["the Council -", "then"]), "the Council - then");
    }

    #[test]
    fn soft_hyphens_vanish() {
        assert_eq!(joined(&["safe\u{AD}", "guarding"]), "safeguarding");
        assert_eq!(joined(&["safe\u{AD}guarding"]), "safeguarding");
    }

    #[test]
    fn a_change_of_style_does_not_split_a_word() {
        let mut l = lines(&["13 th of May"]);
        l.pages[0].words[1].glued = true;
        l.pages[0].words[1].style.superscript = true;
        let lexicon = Lexicon::default();
        let mut text = TextBuilder::new(&lexicon);
        text.line(&l.pages[0], 0..4);
        let spans = text.finish();
        assert_eq!(plain(&spans), "13th of May");
        assert_eq!(spans.len(), 3);
        assert!(spans[1].superscript);
    }
}
