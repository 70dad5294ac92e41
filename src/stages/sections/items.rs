//! What was minuted: items with their decisions and votes, declarations, earlier minutes.

use super::dates;
use super::decisions::{Taker, decides, decision, lettered_parts};
use super::heads::{Head, heads};
use super::people::people;
use super::sheets::{Row, Sheets};
use super::votes::{self, Recorded};
use crate::model::{Decision, Declaration, MinuteItem, Minutes, PreviousMinutes, Vote};
use crate::threads::SHARE;
use crate::vocabulary::{MinutesWords, fold};
use rayon::prelude::*;

/// Rows between a vote and the decision that it led to.
const NEAR: usize = 3;

/// Reads items and their decisions from the rows behind the lists of people.
pub(super) fn items(sheets: &Sheets, rows: &[Row], body: usize, words: &MinutesWords, out: &mut Minutes) {
    let rest = rows.get(body..).unwrap_or_default();
    let heads = heads(rest, words);
    let first = heads.first().map_or(rest.len(), |h| h.row);
    // Verbs in small letters are taken only from minutes that know no other way to decide.
    let loose = !rest.iter().skip(first).any(|r| decision(r, words).is_some());
    let under = |n: usize, head: &Head| {
        let end = heads.get(n + 1).map_or(rest.len(), |h| h.row);
        rest.get(head.row..end).unwrap_or_default()
    };
    let item = |(n, head): (usize, &Head)| {
        let rows = under(n, head);
        let mut item =
            MinuteItem { order: head.order.clone(), title: head.title.clone(), ..MinuteItem::default() };
        for row in rows {
            let id = sheets.flow.blocks.get(row.block).map(|b| b.id.as_str()).unwrap_or_default();
            if item.blocks.last().is_none_or(|last| last != id) {
                item.blocks.push(id.to_owned());
            }
        }
        decisions(sheets, rows.get(1..).unwrap_or_default(), words, loose, &mut item);
        item
    };
    out.items = heads.par_iter().enumerate().with_max_len(SHARE).map(item).collect();
    for (n, head) in heads.iter().enumerate() {
        about(&head.title, under(n, head).get(1..).unwrap_or_default(), words, out);
    }
}

/// The decisions and votes of one item.
fn decisions(sheets: &Sheets, rows: &[Row], words: &MinutesWords, loose: bool, item: &mut MinuteItem) {
    let mut taker: Option<Taker> = None;
    let mut recorded = Recorded::default();
    // Rows at which the last vote and the last decision stand.
    let (mut voted, mut decided): (Option<usize>, Option<usize>) = (None, None);
    for (i, row) in rows.iter().enumerate() {
        let at_vote = std::mem::take(&mut recorded);
        match gather(at_vote, row, words, item) {
            Ok(open) => {
                recorded = open;
                voted = Some(i);
                taker = None;
                continue;
            }
            Err(found) => voted = if found { Some(i) } else { voted },
        }
        // The parts of a decision may hold words of voting; counts make a vote of them.
        let vote = votes::vote(row, words);
        if vote.as_ref().is_none_or(|v| v.in_favour.is_none() && !row.bold)
            && let (Some(t), Some(d)) = (&mut taker, item.decisions.last_mut())
            && decides(row, words, loose).is_none()
            && t.takes(sheets, row)
        {
            if !d.text.is_empty() {
                d.text.push('\n');
            }
            d.text.push_str(&row.text);
            decided = Some(i);
            continue;
        }
        if let Some((verb, text)) = decides(row, words, loose) {
            let mut d = Decision { verb, text, ..Decision::default() };
            let before = voted.is_some_and(|v| i <= v + NEAR);
            // "RESOLVED UNANIMOUSLY": its own words go before those of the vote above.
            let unanimous = words.unanimous.within(&row.folded).is_some_and(|p| p.0 < 60).then(|| Vote {
                unanimous: true,
                text: row.text.trim().to_owned(),
                ..Vote::default()
            });
            d.vote = vote
                .clone()
                .or(unanimous)
                .or_else(|| item.votes.last().filter(|_| before).cloned())
                .filter(|v| v.carried != Some(false));
            taker = Some(Taker::new(&d.text));
            item.decisions.push(d);
            decided = Some(i);
            item.votes.extend(vote);
            continue;
        }
        if let Some(said) = vote {
            match item.votes.last_mut() {
                // "Motion carried" under a recorded vote ends it.
                Some(last)
                    if votes::only_result(&said)
                        && last.carried.is_none()
                        && voted.is_some_and(|v| i <= v + NEAR) =>
                {
                    votes::add_result(last, &said);
                }
                _ => item.votes.push(said),
            }
            voted = Some(i);
            if let (Some(d), Some(at)) = (item.decisions.last_mut(), decided)
                && i <= at + NEAR
                && d.vote.is_none()
            {
                d.vote = item.votes.last().filter(|v| v.carried != Some(false)).cloned();
            }
        }
        taker = None;
    }
    item.votes.extend(recorded.finish());
    for d in &mut item.decisions {
        d.parts = lettered_parts(&d.text);
        d.vote = d.vote.take().or_else(|| votes::inside(&d.text, words));
    }
}

/// Adds a row to an open recorded vote, or closes it; tells in the error whether there was one.
fn gather(
    mut open: Recorded,
    row: &Row,
    words: &MinutesWords,
    item: &mut MinuteItem,
) -> Result<Recorded, bool> {
    if open.takes(row, words) {
        return Ok(open);
    }
    let done = open.finish();
    let found = done.is_some();
    item.votes.extend(done);
    // The row may open the next.
    let mut next = Recorded::default();
    if found && next.takes(row, words) { Ok(next) } else { Err(found) }
}

/// What an item tells of the meeting as a whole: apologies, declarations, earlier minutes.
fn about(title: &str, rows: &[Row], words: &MinutesWords, out: &mut Minutes) {
    let folded = fold(title);
    if words.declarations.begins(&folded).is_some() {
        out.declarations.extend(declarations(rows, words));
    }
    if words.apologies.begins(&folded).is_some() && out.apologies.is_empty() {
        // "Apologies for absence: Councillors A and B" or "Apologies were received from …".
        for text in std::iter::once(title).chain(rows.iter().take(4).map(|r| r.text.as_str())) {
            let after = [" from ", " behalf of ", ": "]
                .iter()
                .filter_map(|w| text.find(w).map(|at| at + w.len()))
                .min()
                .and_then(|at| text.get(at..));
            if let Some(after) = after {
                out.apologies = people(after.trim_end_matches('.'), words);
                break;
            }
        }
    }
    if words.previous.begins(&folded).is_some() {
        let said = rows.iter().find(|r| words.approved.within(&r.folded).is_some());
        let mut days = dates::all(title);
        if days.is_empty() {
            days = said.map(|r| dates::all(&r.text)).unwrap_or_default();
        }
        let approved = said.is_some();
        let text = said.or(rows.first()).map(|r| r.text.trim().to_owned()).unwrap_or_default();
        if days.is_empty() && approved {
            out.previous_minutes.push(PreviousMinutes { held_on: None, approved, text: text.clone() });
        }
        out.previous_minutes.extend(days.into_iter().map(|d| PreviousMinutes {
            held_on: Some(d),
            approved,
            text: text.clone(),
        }));
    }
}

/// Declared interests: a table of names, kinds and items, or sentences.
fn declarations(rows: &[Row], words: &MinutesWords) -> Vec<Declaration> {
    let mut out = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).collect();
        if row.table && cells.len() >= 2 {
            let header = ["name", "member", "councillor", "type", "nature", "interest"]
                .iter()
                .filter(|w| row.folded.split_whitespace().any(|x| x.trim_matches(':') == **w))
                .count();
            let Some(p) = people(cells[0], words).into_iter().next().filter(|_| header < 2) else { continue };
            let (kind, text) = match cells.as_slice() {
                [_, kind, rest @ ..] if !rest.is_empty() => (Some((*kind).to_owned()), rest.join(" ")),
                [_, text, ..] => (None, (*text).to_owned()),
                _ => continue,
            };
            out.push(Declaration { name: p.name, kind, text: text.replace('\n', " ") });
            continue;
        }
        for verb in [" declared ", " disclosed "] {
            let Some(at) = row.text.find(verb) else { continue };
            let (before, after) = (row.text.get(..at), row.text.get(at + verb.len()..));
            let (Some(before), Some(after)) = (before, after) else { continue };
            let end = after.find("interest").unwrap_or(0);
            let kind = after.get(..end).unwrap_or_default().trim();
            let kind = kind.strip_prefix("an").or_else(|| kind.strip_prefix("a ")).unwrap_or(kind).trim();
            let text = after
                .get(end..)
                .unwrap_or_default()
                .trim_start_matches("interests")
                .trim_start_matches("interest");
            if end == 0 {
                continue;
            }
            let number = row.number.as_deref().unwrap_or_default();
            let names = before.trim().trim_start_matches(number).trim();
            let names = names.trim_start_matches(|c: char| c.is_ascii_digit() || "()., ".contains(c));
            for p in people(names, words) {
                let kind = (!kind.is_empty()).then(|| kind.to_owned());
                out.push(Declaration { name: p.name, kind, text: text.trim().to_owned() });
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;

    fn row(text: &str) -> Row {
        Row { text: text.into(), folded: fold(text), ..Row::default() }
    }

    fn item(lines: &[&str]) -> MinuteItem {
        let flow = crate::model::Flow::default();
        let words = Vocabulary::default();
        let sheets = Sheets::of(&flow, &words.sections.blank);
        let rows: Vec<Row> = lines.iter().map(|l| row(l)).collect();
        let mut item = MinuteItem::default();
        let loose = !rows.iter().any(|r| decision(r, &words.minutes).is_some());
        decisions(&sheets, &rows, &words.minutes, loose, &mut item);
        item
    }

    #[test]
    fn a_vote_belongs_to_the_decision_beside_it() {
        let i = item(&[
            "It was moved and seconded.",
            "RESOLVED that the roads be mended (For 7, Against 2, Abstained 1).",
        ]);
        assert_eq!(i.decisions[0].vote.as_ref().unwrap().in_favour, Some(7));
        let i = item(&[
            "The Chair put the motion to the vote and the voting was as follows.",
            "For (2)",
            "Mr A Ash, Ms B Birch",
            "Against (1)",
            "Mrs C Cedar",
            "Motion carried.",
            "RESOLVED that the roads be mended.",
        ]);
        assert_eq!((i.votes.len(), i.decisions.len()), (1, 1));
        let v = i.decisions[0].vote.as_ref().unwrap();
        assert_eq!((v.in_favour, v.against, v.carried), (Some(2), Some(1), Some(true)));
        assert_eq!(v.names_against, ["Mrs C Cedar"]);
    }

    #[test]
    fn a_lost_amendment_is_a_vote_and_no_decision() {
        let i = item(&[
            "On being put to the vote the amendment was LOST (For 3, Against 9, Abstained 0).",
            "RESOLVED that the roads be mended.",
        ]);
        assert_eq!((i.votes.len(), i.decisions.len()), (1, 1));
        assert_eq!(i.votes[0].carried, Some(false));
        assert_eq!(i.decisions[0].vote, None);
    }

    #[test]
    fn unanimous_decisions_say_so() {
        let i = item(&["RESOLVED UNANIMOUSLY that the roads be mended."]);
        assert!(i.decisions[0].vote.as_ref().unwrap().unanimous);
    }

    #[test]
    fn small_letters_decide_where_nothing_else_does() {
        let i = item(&["Members asked about roads.", "The Committee agreed to note the report."]);
        assert_eq!(i.decisions[0].verb, "AGREED");
        let i = item(&["The Committee agreed to hear the officer.", "RESOLVED that the report be noted."]);
        assert_eq!(i.decisions.len(), 1);
    }

    #[test]
    fn declarations_in_tables_and_sentences() {
        let words = Vocabulary::default().minutes;
        let cells = |c: &[&str]| Row {
            cells: c.iter().map(ToString::to_string).collect(),
            table: true,
            ..row(&c.join(" "))
        };
        let d = declarations(
            &[
                cells(&["Name of Member", "Type of Interest", "Item/Nature of Interest"]),
                cells(&["Councillor Ash", "Non-Pecuniary", "Item 4, governor of a school"]),
            ],
            &words,
        );
        assert_eq!(d.len(), 1);
        assert_eq!((d[0].name.as_str(), d[0].kind.as_deref()), ("Ash", Some("Non-Pecuniary")));
        let d =
            declarations(&[row("1) Mrs Ash and Mr Birch declared a pecuniary interest in item 12.")], &words);
        assert_eq!(d.len(), 2);
        assert_eq!((d[1].name.as_str(), d[1].text.as_str()), ("Mr Birch", "in item 12."));
        assert!(declarations(&[row("No interests were declared.")], &words).is_empty());
    }

    #[test]
    fn earlier_minutes_and_late_apologies() {
        let words = Vocabulary::default().minutes;
        let mut out = Minutes::default();
        about(
            "Minutes – 1 March 2021",
            &[row("The minutes were approved as a correct record.")],
            &words,
            &mut out,
        );
        assert_eq!(out.previous_minutes[0].held_on.as_deref(), Some("2021-03-01"));
        assert!(out.previous_minutes[0].approved);
        let said = row("Apologies were received from Councillors A Ash and B Birch.");
        about("Apologies for absence", &[said], &words, &mut out);
        assert_eq!(out.apologies.len(), 2);
    }
}
