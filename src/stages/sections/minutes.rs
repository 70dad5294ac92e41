//! The facts of a set of minutes: when, who, what was minuted and decided.

use super::dates;
use super::heads::split_order;
use super::items::items;
use super::people::{columns, elected, in_chair, people, substitutes, takes_chair};
use super::sheets::{Row, Sheets};
use crate::model::{Minutes, Person, Section};
use crate::vocabulary::{MinutesWords, fold};

/// Rows in which the meeting's date is looked for.
const DATE_ROWS: usize = 14;
/// Rows behind a label that still belong to its list of people.
const LIST_ROWS: usize = 60;
/// Rows in which somebody may be said to be in the chair.
const CHAIR_ROWS: usize = 40;

/// Reads a section of minutes.
pub(super) fn minutes(sheets: &Sheets, section: &Section, words: &MinutesWords) -> Minutes {
    let rows = unfolded(sheets.rows_in(section));
    let mut out =
        Minutes { section: section.id.clone(), held_on: held_on(&rows, words), ..Minutes::default() };
    let body = attendance(&rows, words, &mut out);
    items(sheets, &rows, body, words, &mut out);
    if out.chair.is_none() {
        out.chair = elected(&out);
    }
    out
}

/// Minutes that are set as one table (number, text, action) as the rows that its cells hold.
fn unfolded(rows: Vec<Row>) -> Vec<Row> {
    let number = |r: &Row| {
        r.table
            && r.cells.len() >= 2
            && r.cells.first().is_some_and(|c| {
                let c = c.trim().trim_end_matches(['.', ')']);
                !c.is_empty()
                    && c.len() <= 9
                    && c.starts_with(|c: char| c.is_ascii_digit())
                    && c.chars().all(|c| c.is_ascii_digit() || "/.-".contains(c))
            })
    };
    if rows.iter().filter(|r| number(r)).count() < 3 {
        return rows;
    }
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let empty = row.table && row.cells.first().is_some_and(|c| c.trim().is_empty());
        if !(number(&row) || empty && row.cells.len() <= 4) {
            out.push(row);
            continue;
        }
        let order = row.cells.first().map(|c| c.trim().to_owned()).unwrap_or_default();
        let lines = row.cells.iter().skip(1).flat_map(|c| c.split('\n')).map(str::trim);
        for (i, line) in lines.filter(|l| !l.is_empty()).enumerate() {
            let text = if i == 0 && !order.is_empty() { format!("{order} {line}") } else { line.to_owned() };
            out.push(Row { folded: fold(&text), text, cells: Vec::new(), table: false, ..row.clone() });
        }
    }
    out
}

/// The date beside words such as "was held on"; else the first date near the top.
fn held_on(rows: &[Row], words: &MinutesWords) -> Option<String> {
    let top = || rows.iter().take(DATE_ROWS);
    top()
        .filter(|r| words.held.within(&r.folded).is_some())
        .find_map(|r| dates::date(&r.text))
        .or_else(|| top().find_map(|r| dates::date(&r.text)))
}

/// Whom a label introduces.
#[derive(Debug, Clone, Copy, PartialEq)]
enum List {
    Present,
    Officers,
    Attending,
    Invited,
    Observers,
    Apologies,
    Absent,
    Substitutes,
    Chair,
}

/// The list that a row's label opens, and the length of the label in the folded text.
fn list_of(row: &Row, words: &MinutesWords) -> Option<(List, usize)> {
    let lists = [
        (List::Present, &words.present),
        (List::Officers, &words.officers),
        (List::Attending, &words.attending),
        (List::Invited, &words.invited),
        (List::Observers, &words.observers),
        (List::Apologies, &words.apologies),
        (List::Absent, &words.absent),
        (List::Substitutes, &words.substitutes),
        (List::Chair, &words.chair),
    ];
    let (list, n) =
        lists.into_iter().filter_map(|(l, w)| Some((l, w.begins(&row.folded)?))).max_by_key(|(_, n)| *n)?;
    let rest = row.folded.get(n..)?.trim_start();
    // A label is followed by a colon, stands alone, in a cell of its own, in capitals or bold.
    let label: String = row.text.chars().take(row.folded.get(..n)?.chars().count()).collect();
    let first = label.split_whitespace().next().unwrap_or_default();
    let capitals = first.chars().count() > 2 && !first.chars().any(char::is_lowercase);
    let leads_on = label.ends_with(" from") || label.ends_with(" of");
    let own_cell =
        row.table && row.cells.iter().find(|c| !c.trim().is_empty()).is_some_and(|c| fold(c).len() <= n + 1);
    // "Chair" alone is a role in a list of names, or what stands under a signature.
    if list == List::Chair && !rest.starts_with([':', '-']) {
        return None;
    }
    let ok = rest.is_empty()
        || rest.starts_with([':', '-'])
        || capitals
        || leads_on
        || own_cell
        || row.heading.is_some();
    ok.then_some((list, n))
}

/// Reads the lists of people; gives the first row behind them.
fn attendance(rows: &[Row], words: &MinutesWords, out: &mut Minutes) -> usize {
    let mut open: Option<List> = None;
    let mut body = 0;
    let mut since = 0;
    for (i, row) in rows.iter().enumerate() {
        // Behind the lists a number begins the first item, be it called "Apologies" or not; before them
        // it may stand before a label ("1. Present").
        let unnumbered = match split_order(row) {
            (Some(_), _) if body > 0 && !row.table => break,
            (Some(_), title) if !row.table => {
                Some(Row { folded: fold(&title), text: title, number: None, ..row.clone() })
            }
            _ => None,
        };
        let row = unnumbered.as_ref().unwrap_or(row);
        if let Some((list, n)) = list_of(row, words) {
            // Apologies may be an item of the minutes; what follows then is text.
            let numbered = row.number.is_some();
            if numbered || i > body + LIST_ROWS && body > 0 {
                break;
            }
            let skip = row.folded.get(..n).map_or(0, |l| l.chars().count());
            let text: String = row.text.chars().skip(skip).collect();
            add(list, text.trim_start_matches([':', '-', '–', ' ']), words, out);
            (open, body, since) = (Some(list), i + 1, 0);
            continue;
        }
        let Some(list) = open else { continue };
        since += 1;
        // Lists go on in rows of names; a heading, a number or a sentence ends them.
        let sentence =
            row.text.ends_with('.') && row.text.split_whitespace().count() > 12 && !row.text.contains(',');
        let names = !people(&row.text, words).is_empty();
        if row.heading.is_some() && !row.table
            || row.number.is_some()
            || sentence
            || !names
            || since > LIST_ROWS
        {
            open = None;
            if list == List::Apologies {
                break;
            }
            continue;
        }
        let labelled_only = list_is_short(out, list) || row.table || row.text.split(',').count() > 1;
        if labelled_only {
            if row.table {
                for cell in row.cells.iter().filter(|c| !c.trim().is_empty()) {
                    add(list, cell, words, out);
                }
            } else {
                add(list, &row.text, words, out);
            }
            body = i + 1;
        } else {
            open = None;
        }
    }
    out.chair = out
        .present
        .iter()
        .find(|p| p.role.as_deref().is_some_and(|r| takes_chair(r, words)))
        .map(|p| p.name.clone())
        .or_else(|| rows.iter().take(CHAIR_ROWS).find_map(|r| in_chair(&r.text, words)));
    body
}

/// A label that stood alone, or whose rows hold one name each, waits for more.
fn list_is_short(out: &Minutes, list: List) -> bool {
    list != List::Apologies || out.apologies.is_empty()
}

fn add(list: List, text: &str, words: &MinutesWords, out: &mut Minutes) {
    if list == List::Substitutes {
        for p in substitutes(text, words) {
            match out.present.iter_mut().find(|q| q.name == p.name) {
                Some(q) => q.substitute_for = p.substitute_for,
                None => out.present.push(p),
            }
        }
        return;
    }
    let split = columns(text, words);
    let mut found = people(split.as_deref().unwrap_or(text), words);
    if list == List::Chair {
        found.truncate(1);
        for p in &mut found {
            p.role = Some("Chair".into());
        }
    }
    let to: &mut Vec<Person> = match list {
        List::Present | List::Chair | List::Substitutes => &mut out.present,
        List::Officers => &mut out.officers,
        List::Attending => &mut out.attending,
        List::Invited => &mut out.invited,
        List::Observers => &mut out.observers,
        List::Absent => &mut out.absent,
        List::Apologies => &mut out.apologies,
    };
    for p in found {
        if !to.iter().any(|q| q.name == p.name) {
            to.push(p);
        }
    }
}
