//! Votes: "(For 7, Against 2, Abstained 1)", "by 12 votes to 3", recorded votes by name, "carried".

use super::people::people;
use super::sheets::Row;
use crate::model::Vote;
use crate::stages::regex;
use crate::vocabulary::{MinutesWords, fold};
use rayon::prelude::*;
use regex::Regex;
use std::sync::LazyLock;

const COUNT: &str = r"(\d{1,3}|nil|none|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty)";

/// "For 7", "For: 7", "For - 7", "For (7)".
static FOR_N: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(r"\b(?:votes )?(?:for|in favour|in support)(?: of the [a-z]+)?\s*[:=(-]?\s*{COUNT}\b"))
});
static AGAINST_N: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"\b(?:votes )?against(?: the [a-z]+)?\s*[:=(-]?\s*{COUNT}\b")));
static ABSTAINED_N: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(r"\b(?:abstentions?|abstained|abstaining|abstain|abs)\s*[:=(-]?\s*{COUNT}\b"))
});
/// "7 for", "7 votes in favour", "7 members voted for".
static N_FOR: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"\b{COUNT}\s*(?:votes?|members?|councillors?)?\s*(?:(?:were |cast )?(?:in favour|in support)|(?:voted |voting )?for\b)"
    ))
});
static N_AGAINST: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"\b{COUNT}\s*(?:votes?|members?|councillors?)?\s*(?:were |voted |voting |cast )?against\b"
    ))
});
static N_ABSTAINED: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"\b{COUNT}\s*(?:votes?|members?|councillors?)?\s*(?:had )?(?:abstentions?|abstained|abstaining)\b"
    ))
});
/// "by 12 votes to 3", "12 votes to 3".
static TO: LazyLock<Regex> = LazyLock::new(|| regex(&format!(r"\b{COUNT} votes? to {COUNT}\b")));
/// A line that opens the names of one side: "For (51)", "Against:", "Abstentions (2) -".
static SIDE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"^(?:members |those |councillors )?(?:voting |voted )?(for|in favour|against|abstain(?:ed|ing)?|abstentions?|abstain)(?: the (?:motion|amendment|recommendation|proposal)s?)?\s*(?:[(\[:-]\s*{COUNT}?\s*[)\]]?)?\s*[:-]?\s*"
    ))
});

/// Makes the patterns ready, side by side: the first row that is asked for a vote would do so one by one.
pub(super) fn make_ready() {
    let patterns =
        [&FOR_N, &AGAINST_N, &ABSTAINED_N, &N_FOR, &N_AGAINST, &N_ABSTAINED, &TO, &SIDE].into_par_iter();
    patterns.with_max_len(1).for_each(|pattern| {
        LazyLock::force(pattern);
    });
}

/// What a row of minutes says about a vote, or nothing.
pub(super) fn vote(row: &Row, words: &MinutesWords) -> Option<Vote> {
    let folded = &row.folded;
    let mut vote = Vote { text: row.text.trim().to_owned(), ..Vote::default() };
    let told = words.vote.within(folded).is_some();
    let for_n = first(&FOR_N, folded);
    let against_n = first(&AGAINST_N, folded);
    let abstained_n = first(&ABSTAINED_N, folded);
    // "For 7, Against 2": labels lead. "7 for, 2 against": numbers lead.
    // Without words of voting the label must open the line or a bracket.
    let opens = FOR_N.find(folded).is_some_and(|m| {
        folded.get(..m.start()).is_some_and(|b| b.is_empty() || b.trim_end().ends_with(['(', '[', ':', '-']))
    });
    let labelled = for_n.is_some() && (against_n.is_some() || abstained_n.is_some()) && (told || opens);
    if labelled && !numbers_lead(folded) {
        (vote.in_favour, vote.against, vote.abstained) = (for_n, against_n, abstained_n);
    } else {
        let sides = [first(&N_FOR, folded), first(&N_AGAINST, folded), first(&N_ABSTAINED, folded)];
        // One number beside "for" is found in any text; two of them, or words of voting, are a vote.
        if sides.iter().flatten().count() >= 2 || told && (sides[0].is_some() || sides[1].is_some()) {
            [vote.in_favour, vote.against, vote.abstained] = sides;
        } else if let Some(c) = TO.captures(folded) {
            (vote.in_favour, vote.against) = (number(&c[1]), number(&c[2]));
        }
    }
    let counted = vote.in_favour.is_some() || vote.against.is_some();
    let result = result(folded, words);
    vote.unanimous = words.unanimous.within(folded).is_some();
    vote.carried = result;
    let count = folded.split_whitespace().count();
    let short = count <= 3 || count <= 16 && words.motion.within(folded).is_some();
    // "Motion carried." is a line of its own; in a long text the word must stand beside the vote.
    (counted || result.is_some() && (told || short) || vote.unanimous && told).then_some(vote)
}

/// Whether something was carried or lost.
fn result(folded: &str, words: &MinutesWords) -> Option<bool> {
    // "Carried forward" is of money.
    let forward = |end: usize| {
        let next = folded.get(end..).unwrap_or_default().trim_start();
        ["forward", "out", "over", "into", "on ", "through"].iter().any(|w| next.starts_with(w))
    };
    let carried = words.carried.within(folded).filter(|p| !forward(p.1)).map(|p| p.0);
    let lost = words.lost.within(folded).map(|p| p.0);
    match (carried, lost) {
        (Some(c), Some(l)) => Some(c < l),
        (Some(_), None) => Some(true),
        (None, Some(_)) => Some(false),
        (None, None) => None,
    }
}

/// Whether the first count of a text stands before its side ("7 for").
fn numbers_lead(folded: &str) -> bool {
    let lead = N_FOR.find(folded).map(|m| m.start());
    let behind = FOR_N.find(folded).map(|m| m.start());
    matches!((lead, behind), (Some(a), Some(b)) if a < b)
}

fn first(pattern: &Regex, folded: &str) -> Option<u32> {
    number(pattern.captures(folded)?.get(1)?.as_str())
}

fn number(word: &str) -> Option<u32> {
    const WORDS: [&str; 21] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    if matches!(word, "nil" | "none") {
        return Some(0);
    }
    word.parse().ok().or_else(|| WORDS.iter().position(|w| *w == word).map(|i| i as u32))
}

/// A side of a recorded vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    For,
    Against,
    Abstained,
}

/// Gathers a recorded vote over several rows: "For (3)" | names | "Against (2)" | names.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    vote: Vote,
    open: Option<Side>,
    seen: usize,
}

impl Recorded {
    /// Takes a row that belongs to it; tells whether it did.
    pub(super) fn takes(&mut self, row: &Row, words: &MinutesWords) -> bool {
        if let Some((side, count, at)) = side(row) {
            // A new vote begins with those for it.
            if side == Side::For && self.seen > 0 {
                return false;
            }
            self.open = Some(side);
            self.seen += 1;
            let slot = match side {
                Side::For => &mut self.vote.in_favour,
                Side::Against => &mut self.vote.against,
                Side::Abstained => &mut self.vote.abstained,
            };
            *slot = count;
            let rest: String = row.text.trim().chars().skip(at).collect();
            self.names(side, &rest, words);
            self.say(row);
            return true;
        }
        let Some(side) = self.open else { return false };
        let ends = result(&row.folded, words).is_some();
        let found = people(&row.text, words);
        let list = !ends && !found.is_empty() && row.heading.is_none() && row.number.is_none();
        if !list
            || row.text.trim_end().ends_with(':')
            || row.text.split_whitespace().count() > 6 && found.len() < 2
        {
            self.open = None;
            return false;
        }
        self.names(side, &row.text, words);
        self.say(row);
        true
    }

    fn say(&mut self, row: &Row) {
        if !self.vote.text.is_empty() {
            self.vote.text.push('\n');
        }
        self.vote.text.push_str(row.text.trim());
    }

    fn names(&mut self, side: Side, text: &str, words: &MinutesWords) {
        let to = match side {
            Side::For => &mut self.vote.names_for,
            Side::Against => &mut self.vote.names_against,
            Side::Abstained => &mut self.vote.names_abstained,
        };
        to.extend(people(text, words).into_iter().map(|p| p.name));
    }

    /// The vote, once at least two sides were seen.
    pub(super) fn finish(self) -> Option<Vote> {
        let mut vote = self.vote;
        for (count, names) in [
            (&mut vote.in_favour, &vote.names_for),
            (&mut vote.against, &vote.names_against),
            (&mut vote.abstained, &vote.names_abstained),
        ] {
            if count.is_none() && !names.is_empty() {
                *count = Some(names.len() as u32);
            }
        }
        (self.seen >= 2).then_some(vote)
    }
}

/// The side whose names a row opens, its count and the length of the label in characters.
fn side(row: &Row) -> Option<(Side, Option<u32>, usize)> {
    let c = SIDE.captures(&row.folded)?;
    let whole = c.get(0)?;
    let rest = row.folded.get(whole.end()..)?;
    // "For the reasons given …" is a sentence: a label has a count, a colon or the line for itself.
    let label = rest.is_empty() || c.get(2).is_some() || whole.as_str().trim_end().ends_with(':');
    let side = match c.get(1)?.as_str() {
        "for" | "in favour" => Side::For,
        "against" => Side::Against,
        _ => Side::Abstained,
    };
    let counted = rest.contains("against") || rest.contains("abst");
    let count = c.get(2).and_then(|m| number(m.as_str()));
    (label && !counted).then(|| (side, count, row.folded.get(..whole.end()).map_or(0, |l| l.chars().count())))
}

/// Lays what a later line says ("Motion carried") over a vote.
pub(super) fn add_result(vote: &mut Vote, said: &Vote) {
    vote.carried = vote.carried.or(said.carried);
    vote.unanimous |= said.unanimous;
    if !vote.text.is_empty() {
        vote.text.push('\n');
    }
    vote.text.push_str(&said.text);
}

/// Whether a vote says no more than how it ended.
pub(super) fn only_result(vote: &Vote) -> bool {
    vote.in_favour.is_none() && vote.against.is_none() && vote.abstained.is_none() && vote.carried.is_some()
}

/// A vote told inside a decision's own text.
pub(super) fn inside(text: &str, words: &MinutesWords) -> Option<Vote> {
    text.lines().find_map(|line| {
        let row = Row { folded: fold(line), text: line.to_owned(), ..Row::default() };
        vote(&row, words).filter(|v| v.in_favour.is_some() || v.unanimous)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;

    fn row(text: &str) -> Row {
        Row { text: text.into(), folded: fold(text), ..Row::default() }
    }

    fn read(text: &str) -> Option<Vote> {
        vote(&row(text), &Vocabulary::default().minutes)
    }

    #[test]
    fn counts_in_all_their_forms() {
        for (text, counts) in [
            ("On being put to the vote the motion was CARRIED (For 7, Against 2, Abstained 1)", [7, 2, 1]),
            ("(For: 7; Against: 2; Abstentions: 1)", [7, 2, 1]),
            ("Upon a vote, with 7 voting for, 2 against and 1 abstention, it was carried.", [7, 2, 1]),
            ("The vote was 7 in favour, 2 against, 1 abstained.", [7, 2, 1]),
            ("Votes for - 7, votes against - 2, abstentions - 1. Carried.", [7, 2, 1]),
            ("There voted for seven, against two, abstentions one", [7, 2, 1]),
        ] {
            let v = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!([v.in_favour, v.against, v.abstained], counts.map(Some), "{text}");
        }
        let v = read("The amendment was lost by 12 votes to 3.").unwrap();
        assert_eq!((v.in_favour, v.against, v.carried), (Some(12), Some(3), Some(false)));
    }

    #[test]
    fn ordinary_text_is_no_vote() {
        for text in [
            "The plan for 7 schools was against 2 of the rules.",
            "For 2024 the council set a budget of 3 million pounds and carried forward 4.",
            "The panel heard of 12 projects.",
            "(c) the following sums be carried forward into 2025/26:",
            "Forty jobs were lost in the town.",
            "In favour of the proposal members said that much had changed.",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn unanimity_and_results() {
        let v = read("The motion was put to the vote and carried unanimously.").unwrap();
        assert!(v.unanimous && v.carried == Some(true));
        assert_eq!(read("Motion lost.").unwrap().carried, Some(false));
    }

    #[test]
    fn a_recorded_vote_names_its_sides() {
        let words = Vocabulary::default().minutes;
        let mut r = Recorded::default();
        for text in ["For (2)", "Mr A Ash, Ms B Birch", "Against (1)", "Mrs C Cedar", "Abstain (0)"] {
            assert!(r.takes(&row(text), &words), "{text}");
        }
        assert!(
            !r.takes(&row("The meeting went on to the next matter of business, which was long."), &words)
        );
        let v = r.finish().unwrap();
        assert_eq!((v.in_favour, v.against, v.abstained), (Some(2), Some(1), Some(0)));
        assert_eq!((v.names_for.len(), v.names_against), (2, vec!["Mrs C Cedar".to_owned()]));
        let mut r = Recorded::default();
        assert!(r.takes(&row("For: Councillors Ash, Birch and Cole"), &words));
        assert!(r.takes(&row("Against: Councillor Dean"), &words));
        let v = r.finish().unwrap();
        assert_eq!((v.in_favour, v.against), (Some(3), Some(1)));
    }
}
