//! Phrases, and how they are found in what is printed.
//!
//! Every line and cell of a pack is asked for hundreds of phrases, nearly all in vain: what each needs
//! to be found is worked out once, when the vocabulary is read.

use serde::{Deserialize, Serialize};

/// A list of phrases, folded so that they match what is printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Words {
    phrases: Vec<Phrase>,
    /// First bytes of the phrases; all, where one may begin with any word.
    firsts: u64,
}

/// One phrase, folded, with what it takes to know soon that a text does not hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Phrase {
    text: String,
    /// Without spaces.
    packed: String,
    /// Length of what stands before the first "…".
    first: usize,
    /// Pairs of bytes that a text must have.
    pairs: Pairs,
}

impl From<Vec<String>> for Words {
    fn from(list: Vec<String>) -> Self {
        let phrases: Vec<Phrase> =
            list.into_iter().map(folded).filter(|w| !w.is_empty()).map(Phrase::of).collect();
        let first = |p: &Phrase| if p.first == 0 { u64::MAX } else { bit(p.text.as_bytes().first()) };
        let firsts = phrases.iter().map(first).fold(0, |a, b| a | b);
        Words { phrases, firsts }
    }
}

impl From<Words> for Vec<String> {
    fn from(words: Words) -> Self {
        words.phrases.into_iter().map(|p| p.text).collect()
    }
}

impl Words {
    /// The phrases, folded.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.phrases.iter().map(|p| p.text.as_str())
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.phrases.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// Whether some phrase may begin as the text does.
    fn may_begin(&self, folded: &str) -> bool {
        self.firsts & bit(folded.as_bytes().first()) != 0
    }

    /// Whether the folded text is one of the phrases, but for a colon or full stop at its end.
    pub fn is(&self, folded: &str) -> bool {
        if !self.may_begin(folded) {
            return false;
        }
        let bare = folded.trim_end_matches([':', '.', ' ', '-']);
        self.iter().any(|w| w == folded || w == bare)
    }

    /// The length of the longest phrase that the folded text begins with.
    pub fn begins(&self, folded: &str) -> Option<usize> {
        if !self.may_begin(folded) {
            return None;
        }
        self.phrases.iter().filter_map(|p| p.span(folded, true)).map(|(_, end)| end).max()
    }

    /// Where the first phrase that it holds stands: start and end.
    pub fn within(&self, folded: &str) -> Option<(usize, usize)> {
        if self.phrases.len() < 3 {
            return self.phrases.iter().filter_map(|p| p.span(folded, false)).min();
        }
        self.within_sought(&Sought::new(folded))
    }

    /// The same in a text that other lists are looked for in too.
    pub fn within_sought(&self, text: &Sought) -> Option<(usize, usize)> {
        self.phrases.iter().filter_map(|p| p.span_in(text)).min()
    }

    /// The phrases that stand in a text as whole words.
    pub fn held_by<'w>(&'w self, text: &Sought) -> impl Iterator<Item = &'w str> {
        self.phrases.iter().filter(|p| p.span_in(text).is_some()).map(|p| p.text.as_str())
    }

    /// How many phrases stand in one or another of the texts.
    pub fn count_in(&self, texts: &[Sought]) -> usize {
        self.phrases.iter().filter(|p| texts.iter().any(|t| p.span_in(t).is_some())).count()
    }

    /// Whether a phrase is the whole of a folded text; spaces do not matter, for narrow cells break
    /// words: the text is given without, as by [`packed`].
    pub fn covers(&self, packed: &str) -> bool {
        self.may_begin(packed) && self.phrases.iter().any(|p| p.covers(packed))
    }

    /// Whether the folded text ends with a phrase.
    pub fn ends(&self, folded: &str) -> bool {
        self.iter().any(|w| {
            folded.strip_suffix(w).is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric()))
        })
    }
}

impl Phrase {
    fn of(text: String) -> Phrase {
        let mut pairs = Pairs::default();
        // A thousand phrases are made ready at the start of every run, nearly all of them plain.
        let first = if text.is_ascii() {
            pairs.add(&text);
            text.len()
        } else {
            text.split('…').for_each(|part| pairs.add(part.trim()));
            text.split('…').next().map_or(0, |f| f.trim().len())
        };
        Phrase { packed: packed(&text), first, pairs, text }
    }

    /// Where it stands, with any words for "…".
    fn span(&self, text: &str, at_start: bool) -> Option<(usize, usize)> {
        let first = self.text.get(..self.first)?;
        let start = if at_start {
            (text.starts_with(first) && whole(text, 0, first.len())).then_some(0)?
        } else {
            find_whole(text, first, 0)?
        };
        let mut end = start + first.len();
        for part in self.text.split('…').skip(1).map(str::trim) {
            end = find_whole(text, part, end)? + part.len();
        }
        Some((start, end))
    }

    fn span_in(&self, text: &Sought) -> Option<(usize, usize)> {
        text.pairs.hold(&self.pairs).then(|| self.span(text.folded, false)).flatten()
    }

    /// Whether it is the whole of a text without spaces.
    fn covers(&self, packed_text: &str) -> bool {
        // Nothing stands for other words in it.
        if self.packed.is_ascii() {
            return self.packed == packed_text;
        }
        let mut parts = self.packed.split('…');
        let (Some(first), Some(last)) = (parts.next(), parts.next_back()) else {
            return self.packed == packed_text;
        };
        let rest = packed_text.strip_prefix(first).and_then(|r| r.strip_suffix(last));
        let Some(mut rest) = rest else { return false };
        for part in parts {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        true
    }
}

/// A folded text that many phrases are looked for in.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'t> {
    folded: &'t str,
    pairs: Pairs,
}

impl<'t> Sought<'t> {
    /// Makes a folded text ready.
    pub fn new(folded: &'t str) -> Self {
        let mut pairs = Pairs::default();
        pairs.add(folded);
        Sought { folded, pairs }
    }
}

/// A filter of the pairs of bytes that stand side by side: what it misses is not there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pairs([u64; 4]);

impl Pairs {
    fn add(&mut self, text: &str) {
        for (a, b) in text.bytes().zip(text.bytes().skip(1)) {
            let at = a.wrapping_mul(29).wrapping_add(b);
            self.0[usize::from(at >> 6)] |= 1 << (at & 63);
        }
    }

    fn hold(&self, other: &Pairs) -> bool {
        self.0.iter().zip(&other.0).all(|(all, some)| some & !all == 0)
    }
}

/// A byte as one of 64.
fn bit(byte: Option<&u8>) -> u64 {
    byte.map_or(0, |b| 1 << (b & 63))
}

/// Text without spaces.
pub fn packed(text: &str) -> String {
    let mut packed = text.to_owned();
    packed.retain(|c| c != ' ');
    packed
}

fn find_whole(text: &str, part: &str, from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = text.get(at..)?.find(part) {
        let start = at + found;
        if whole(text, start, start + part.len()) {
            return Some(start);
        }
        at = start + text[start..].chars().next().map_or(1, char::len_utf8);
    }
    None
}

/// Whether the words at both ends of a stretch are whole.
fn whole(text: &str, start: usize, end: usize) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let inside = text.get(start..end).unwrap_or_default();
    let cut_before = word(text[..start].chars().next_back()) && word(inside.chars().next());
    let cut_behind = word(text[end..].chars().next()) && word(inside.chars().next_back());
    !cut_before && !cut_behind
}

/// Whether a text is ASCII with single spaces between its words and none around them, as most is.
pub(crate) fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Without a way out on the way, these run over many bytes at once.
    let printed = bytes.iter().fold(true, |all, b| all & (b' '..=b'~').contains(b));
    let next = bytes.get(1..).unwrap_or_default();
    let doubles = bytes.iter().zip(next).filter(|(a, b)| **a == b' ' && **b == b' ').count();
    printed && doubles == 0 && !text.starts_with(' ') && !text.ends_with(' ')
}

/// A text of one's own, folded in its place where that can be.
fn folded(mut text: String) -> String {
    if !is_plain(&text) || text.contains('`') {
        return fold(&text);
    }
    text.make_ascii_lowercase();
    text
}

/// Text as it is compared: lower case, plain quotes and dashes, single spaces.
pub fn fold(text: &str) -> String {
    if is_plain(text) && !text.contains('`') {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    // What came last is a space, or nothing came yet.
    let mut spaced = true;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // Nearly all is words of plain letters, which are taken at once.
        let word = rest.bytes().position(|b| !b.is_ascii_graphic() || b == b'`').unwrap_or(rest.len());
        if word > 0 {
            let from = out.len();
            out.push_str(&rest[..word]);
            out[from..].make_ascii_lowercase();
            spaced = false;
            rest = &rest[word..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        let plain = match c {
            '\u{2018}' | '\u{2019}' | '\u{2032}' | '`' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            '\u{ad}' | '\u{200b}' => continue,
            c if c.is_whitespace() => {
                if !spaced {
                    out.push(' ');
                    spaced = true;
                }
                continue;
            }
            c if c.is_ascii() => c.to_ascii_lowercase(),
            c => {
                out.extend(c.to_lowercase());
                spaced = false;
                continue;
            }
        };
        out.push(plain);
        spaced = false;
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[&str]) -> Words {
        Words::from(list.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn phrases_match_whole_words_and_skip_what_stands_between() {
        let w = words(&["A meeting of … was held", "Report of"]);
        assert!(w.begins("a meeting of the panel was held on 1 may").is_some());
        assert!(w.begins("a meeting of minds").is_none());
        assert!(w.begins("report office").is_none(), "a word is matched whole");
        assert_eq!(w.within("this is the report of x"), Some((12, 21)));
        assert!(words(&["council"]).ends("an invented council"));
        assert!(!words(&["up"]).ends("group"));
    }

    #[test]
    fn folding_unites_quotes_dashes_and_spaces() {
        assert_eq!(fold("Members\u{2019}  “X” –\nY"), "members' \"x\" - y");
    }

    #[test]
    fn a_phrase_is_the_whole_of_a_text_whose_words_a_narrow_cell_broke() {
        let w = words(&["Child protection plans", "obesity … year 6", "… in need"]);
        for (text, covered) in [
            ("child protec tion plans", true),
            ("obesity year 6", true),
            ("obesity among children in year 6", true),
            ("children in need", true),
            ("child protection", false),
            ("", false),
        ] {
            assert_eq!(w.covers(&packed(text)), covered, "{text}");
        }
    }

    #[test]
    fn what_is_sought_in_one_go_is_found_as_alone() {
        let list = ["budget", "£", "net … budget", "forecast outturn", "… total", "%"];
        for text in ["net revenue budget £000", "the forecast\u{e9} total", "forecast outturn %", "£", ""] {
            let sought = Sought::new(text);
            for phrase in list {
                let w = words(&[phrase]);
                assert_eq!(w.within(text), w.within_sought(&sought), "{phrase} in {text}");
                assert_eq!(w.within(text).is_some(), w.count_in(&[sought]) == 1, "{phrase} in {text}");
            }
            let alone = list.iter().filter_map(|p| words(&[p]).within(text)).min();
            assert_eq!(words(&list).within(text), alone, "{text}");
        }
    }
}
