//! The facts of a set of minutes: when, who, what was minuted and decided.

use super::dates;
use super::people::{columns, people, takes_chair};
use super::sheets::{Row, Sheets};
use crate::model::{BlockKind, Decision, MinuteItem, Minutes, Person, Section};
use crate::vocabulary::{MinutesWords, fold};

/// Rows in which the meeting's date is looked for.
const DATE_ROWS: usize = 14;
/// Rows behind a label that still belong to its list of people.
const LIST_ROWS: usize = 60;

/// Reads a section of minutes.
pub(super) fn minutes(sheets: &Sheets, section: &Section, words: &MinutesWords) -> Minutes {
    let blocks: Vec<usize> = sheets
        .all
        .iter()
        .filter(|s| section.has(s.record.page))
        .flat_map(|s| s.blocks.iter().copied())
        .collect();
    let rows = sheets.rows_of(&blocks, usize::MAX);
    let mut out =
        Minutes { section: section.id.clone(), held_on: held_on(&rows, words), ..Minutes::default() };
    let body = attendance(&rows, words, &mut out);
    items(sheets, &rows, body, words, &mut out);
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
    Apologies,
}

/// The list that a row's label opens, and the length of the label in the folded text.
fn list_of(row: &Row, words: &MinutesWords) -> Option<(List, usize)> {
    let lists = [
        (List::Present, &words.present),
        (List::Officers, &words.officers),
        (List::Attending, &words.attending),
        (List::Apologies, &words.apologies),
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
        .map(|p| p.name.clone());
    body
}

/// A label that stood alone, or whose rows hold one name each, waits for more.
fn list_is_short(out: &Minutes, list: List) -> bool {
    list != List::Apologies || out.apologies.is_empty()
}

fn add(list: List, text: &str, words: &MinutesWords, out: &mut Minutes) {
    let split = columns(text);
    let found = people(split.as_deref().unwrap_or(text), words);
    let to: &mut Vec<Person> = match list {
        List::Present => &mut out.present,
        List::Officers => &mut out.officers,
        List::Attending => &mut out.attending,
        List::Apologies => &mut out.apologies,
    };
    for p in found {
        if !to.iter().any(|q| q.name == p.name) {
            to.push(p);
        }
    }
}

/// How the headings of a set of minutes look.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Style {
    /// "19/18 TITLE", "76. Title".
    Numbered,
    /// All capitals.
    Capitals,
    /// Headings of one level.
    Level(u8),
}

/// Reads items and their decisions from the rows behind the lists of people.
fn items(sheets: &Sheets, rows: &[Row], body: usize, words: &MinutesWords, out: &mut Minutes) {
    let rest = rows.get(body..).unwrap_or_default();
    let heads = heads(rest, words);
    let mut taker: Option<Taker> = None;
    for (i, row) in rest.iter().enumerate() {
        let id = sheets.flow.blocks.get(row.block).map(|b| b.id.clone()).unwrap_or_default();
        if let Some(head) = heads.iter().find(|h| h.row == i) {
            taker = None;
            out.items.push(MinuteItem {
                order: head.order.clone(),
                title: head.title.clone(),
                blocks: vec![id],
                ..MinuteItem::default()
            });
            continue;
        }
        if out.items.is_empty() {
            continue;
        }
        let Some(item) = out.items.last_mut() else { continue };
        if item.blocks.last() != Some(&id) {
            item.blocks.push(id);
        }
        if let Some((verb, text)) = decision(row, words) {
            item.decisions.push(Decision { verb, text: text.clone(), ..Decision::default() });
            taker = Some(Taker::new(&text, row));
        } else if let (Some(t), Some(d)) = (&mut taker, item.decisions.last_mut()) {
            if t.takes(sheets, row) {
                if !d.text.is_empty() {
                    d.text.push('\n');
                }
                d.text.push_str(&row.text);
            } else {
                taker = None;
            }
        }
    }
}

/// Decides whether rows behind a decision are its parts.
struct Taker {
    /// The decision's words end in the air: parts follow.
    waiting: bool,
    /// Parts were taken.
    parts: bool,
}

impl Taker {
    fn new(text: &str, _row: &Row) -> Self {
        let end = text.trim_end();
        let waiting = end.ends_with([':', '-', '–', '—']) || end.is_empty() || ends_open(end);
        Taker { waiting, parts: false }
    }

    fn takes(&mut self, sheets: &Sheets, row: &Row) -> bool {
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
fn decision(row: &Row, words: &MinutesWords) -> Option<(String, String)> {
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
    let before = words.before_verb.begins(&folded).map_or(0, |n| n + 1);
    for start in [0, before] {
        let Some(tail) = folded.get(start..) else { continue };
        let Some(n) = words.verbs.begins(tail) else { continue };
        let printed = if same { text.get(start..start + n) } else { text.get(..n.min(text.len())) }?;
        let capitals = !printed.chars().any(char::is_lowercase);
        let clear = capitals || start == 0 && (row.bold || leads(tail, n));
        if !clear {
            continue;
        }
        let verb = tail.get(..n)?.to_uppercase();
        let after: String = if same {
            text.get(start + n..)?.to_owned()
        } else {
            text.chars().skip(folded.get(..start + n)?.chars().count()).collect()
        };
        let after = after.trim_start_matches([':', '-', '–', '—', ' ', '.', ',']).trim();
        return Some((verb, after.to_owned()));
    }
    None
}

/// "Resolved: that", "Agreed - …": the verb leads although it is in small letters.
fn leads(tail: &str, n: usize) -> bool {
    let rest = tail.get(n..).unwrap_or_default().trim_start();
    rest.starts_with([':', '-']) || rest.starts_with("that ")
}

/// A heading of an item.
#[derive(Debug, Clone, PartialEq)]
struct Head {
    row: usize,
    order: Option<String>,
    title: String,
}

/// The rows that begin items: those in the style that the minutes use for them.
fn heads(rows: &[Row], words: &MinutesWords) -> Vec<Head> {
    let candidates: Vec<(usize, Option<String>, String, &Row)> = rows
        .iter()
        .enumerate()
        .filter(|(_, r)| !r.table || r.cells.len() == 2)
        .filter_map(|(i, r)| {
            let (order, title) = split_order(r);
            let folded = fold(&title);
            let short =
                title.chars().count() <= 260 && title.chars().filter(|c| c.is_alphabetic()).count() >= 3;
            let decision = decision(r, words).is_some();
            let bare = order.is_none() && words.not_items.is(&folded);
            (short && !decision && !bare).then_some((i, order, title, r))
        })
        .collect();
    let numbered = numbered(&candidates);
    let strong =
        |c: &&(usize, Option<String>, String, &Row)| c.3.heading.is_some() || c.3.bold || capitals(&c.2);
    let capital_heads = candidates.iter().filter(|c| capitals(&c.2) && enough_words(&c.2)).count();
    let style = if numbered.len() >= 2 {
        Style::Numbered
    } else if capital_heads >= 2 {
        Style::Capitals
    } else {
        let level = candidates.iter().filter_map(|c| c.3.heading).min();
        level.map_or(Style::Capitals, Style::Level)
    };
    let first_numbered = numbered.first().copied().unwrap_or(usize::MAX);
    let caps_style =
        numbered.iter().filter(|i| candidates.iter().any(|c| c.0 == **i && capitals(&c.2))).count() * 2
            > numbered.len();
    candidates
        .iter()
        .filter(|c| match style {
            Style::Numbered => {
                numbered.contains(&c.0)
                    // Headings above the first number may have lost theirs.
                    || c.0 < first_numbered && strong(c) && (!caps_style || capitals(&c.2)) && c.3.cells.is_empty()
                    || caps_style && c.1.is_none() && capitals(&c.2) && enough_words(&c.2) && strong(c) && c.3.heading.is_some()
            }
            Style::Capitals => capitals(&c.2) && enough_words(&c.2) && c.3.cells.is_empty(),
            Style::Level(level) => c.3.heading == Some(level),
        })
        .map(|c| Head { row: c.0, order: c.1.clone(), title: clean(&c.2) })
        .collect()
}

fn clean(title: &str) -> String {
    title.trim_start_matches(['*', ' ', '#']).trim().to_owned()
}

fn capitals(title: &str) -> bool {
    // A bracket may be in small letters: "MINUTES (draft)".
    let plain: String = title.split('(').next().unwrap_or_default().to_owned();
    let small = plain.chars().filter(|c| c.is_lowercase()).count();
    let large = plain.chars().filter(|c| c.is_uppercase()).count();
    large >= 4 && small * 12 <= large
}

fn enough_words(title: &str) -> bool {
    title.split_whitespace().filter(|w| w.chars().any(char::is_alphabetic)).count() >= 2
        || title.chars().filter(|c| c.is_alphabetic()).count() >= 6
}

/// Number and title of a row.
fn split_order(row: &Row) -> (Option<String>, String) {
    let text = row.text.trim();
    let mut words = text.splitn(2, char::is_whitespace);
    let first = words.next().unwrap_or_default();
    let rest = words.next().unwrap_or_default().trim();
    let bare = first.trim_start_matches('*').trim_end_matches(['.', ')', ':']);
    let digits = bare.chars().next().is_some_and(|c| c.is_ascii_digit());
    let form = bare.len() <= 8
        && bare.chars().all(|c| c.is_ascii_digit() || matches!(c, '/' | '.') || c.is_ascii_alphabetic())
        && bare.chars().filter(char::is_ascii_alphabetic).count() <= 1;
    // "1)" and "(1)" count a list's items, not the minutes'.
    if digits && form && !first.ends_with(')') && !rest.is_empty() {
        (Some(bare.to_owned()), rest.to_owned())
    } else {
        (None, text.to_owned())
    }
}

/// Rows whose numbers run through the minutes: the longest rising run of one form that begins early.
fn numbered(candidates: &[(usize, Option<String>, String, &Row)]) -> Vec<usize> {
    let with: Vec<(usize, &str, bool)> = candidates
        .iter()
        .filter_map(|c| {
            let order = c.1.as_deref()?;
            let ends_sentence = c.2.trim_end().ends_with([';', ':', ',']);
            (!ends_sentence && c.2.chars().count() <= 220).then_some((
                c.0,
                order,
                c.3.heading.is_some() || c.3.bold || capitals(&c.2),
            ))
        })
        .collect();
    let slashed = with.iter().filter(|w| w.1.contains('/')).count();
    let form = |o: &str| o.contains('/');
    let mut best: Vec<usize> = Vec::new();
    let want_slash = slashed >= 2;
    let strong = with.iter().filter(|w| w.2 && form(w.1) == want_slash).count() >= 2;
    let pool: Vec<&(usize, &str, bool)> =
        with.iter().filter(|w| form(w.1) == want_slash && (w.2 || !strong) && !w.1.contains('.')).collect();
    for (k, first) in pool.iter().enumerate().take(8) {
        let mut run = vec![first.0];
        let mut last = last_number(first.1);
        for next in pool.iter().skip(k + 1) {
            let n = last_number(next.1);
            if n.zip(last).is_some_and(|(n, l)| n > l && n <= l + 4) {
                run.push(next.0);
                last = n;
            }
        }
        if run.len() > best.len() {
            best = run;
        }
    }
    if best.len() >= 2 { best } else { Vec::new() }
}

fn last_number(order: &str) -> Option<u32> {
    order.rsplit('/').next()?.trim_end_matches(char::is_alphabetic).parse().ok()
}
