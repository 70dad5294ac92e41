//! `sections`: what the pages *are*. A flow of blocks becomes the record of a meeting.

mod beside;
mod classify;
mod dates;
mod decisions;
mod fields;
mod front;
mod heads;
mod items;
mod looks;
mod meeting;
mod minutes;
mod parts;
mod people;
mod places;
mod ranges;
mod reports;
mod sheets;
mod starts;
mod titles;
mod votes;

use crate::error::Error;
use crate::model::{Classification, Flow, Issue, Minutes, Record, Section};
use crate::stages::Stage;
use crate::threads::in_background;
use crate::vocabulary::Vocabulary;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The stage.
#[derive(Debug, Clone, Copy)]
pub struct Sectioning;

/// What can be set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The words that tell one part from another.
    #[serde(with = "crate::vocabulary::shared")]
    pub vocabulary: Arc<Vocabulary>,
}

impl Default for Options {
    fn default() -> Self {
        Options { vocabulary: Vocabulary::shared() }
    }
}

impl Stage for Sectioning {
    type In<'a> = &'a Flow;
    type Out = Record;
    type Options = Options;
    const NAME: &'static str = "sections";
    const VERSION: u32 = 3;

    fn run(flow: &Flow, options: &Options) -> Result<Record, Error> {
        Ok(record(flow, &options.vocabulary))
    }
}

fn record(flow: &Flow, words: &Vocabulary) -> Record {
    let sheets = sheets::Sheets::of(flow, &words.sections.blank);
    let looks = looks::looks(&sheets, words);
    let mut issues: Vec<Issue> = Vec::new();
    let paper = first_paper(&sheets, &looks);
    // Minutes and reports name the same things as an agenda does; their own tops tell them apart.
    let paper_first = looks.first().is_some_and(|l| {
        l.header >= 3 || l.cue.as_ref().is_some_and(|c| c.0 == Classification::Minutes && c.1 >= 0.7)
    });
    let kind = if paper_first { front::FrontKind::default() } else { front::kind(&sheets, paper, words) };
    let cover_end = if kind.found { paper - 1 } else { 0 };
    let blocks = front_blocks(&sheets, cover_end);
    let mut cover_end = cover_end;
    let mut listed = front::items(&sheets.rows_of(&blocks, FRONT_ROWS), &words.agenda);
    let mut places = places::Places::of(&sheets, &looks, &listed, cover_end);
    // The first range that the front sheet names ends it, where nothing else told where it ends.
    let first = listed.iter().filter_map(|i| places.page(i.printed?[0])).min();
    if let Some(first) = first.filter(|f| (2..=cover_end).contains(f)) {
        cover_end = first - 1;
        let rows = sheets.rows_of(&front_blocks(&sheets, cover_end), FRONT_ROWS);
        listed = front::items(&rows, &words.agenda);
        places = places::Places::of(&sheets, &looks, &listed, cover_end);
    }
    let mut agenda = places::agenda(&sheets, listed, &looks, &places, cover_end, &mut issues);
    let context = starts::Context { sheets: &sheets, looks: &looks, agenda: &agenda, cover_end, words };
    let starts = starts::starts(&context, &mut issues);
    let mut sections = classify::sections(&context, &starts, kind.supplement);
    if sections.iter().any(|s| s.classification == Classification::Minutes) {
        in_background(votes::make_ready);
    }
    parts::parts(&context, &mut sections, &mut issues);
    // Each section by itself, the longest of them as soon as any.
    let read: Vec<Inside> =
        sections.par_iter().with_max_len(1).map(|section| Inside::of(&sheets, section, words)).collect();
    let mut minutes = Vec::new();
    for (section, inside) in sections.iter_mut().zip(read) {
        match inside {
            Inside::Minutes(read) => minutes.push(*read),
            Inside::Report(lists) => lists.put(section),
            Inside::Other => {}
        }
    }
    for item in &mut agenda {
        item.sections = sections
            .iter()
            .filter(|s| s.agenda.as_deref() == Some(item.order.as_str()))
            .map(|s| s.id.clone())
            .collect();
    }
    let mut record = Record { agenda, sections, minutes, issues, ..Record::default() };
    // The looks, which are no longer needed, are freed meanwhile.
    let meeting = || meeting::meeting(&sheets, cover_end, &record, words);
    record.meeting = rayon::join(meeting, || drop(looks)).0;
    if let Some(beside) = &flow.document.beside {
        beside::lay_beside(&mut record, beside);
    }
    record
}

/// What a section says inside.
enum Inside {
    Minutes(Box<Minutes>),
    Report(reports::Lists),
    /// Nothing that is looked for.
    Other,
}

impl Inside {
    fn of(sheets: &sheets::Sheets, section: &Section, words: &Vocabulary) -> Inside {
        match section.classification {
            Classification::Minutes => {
                Inside::Minutes(Box::new(minutes::minutes(sheets, section, &words.minutes)))
            }
            Classification::Report | Classification::Decision | Classification::Motion => {
                let labels = &words.sections.appendix;
                Inside::Report(reports::Lists::of(sheets, section, &words.reports, labels))
            }
            _ => Inside::Other,
        }
    }
}

/// Blocks of the front sheet.
fn front_blocks(sheets: &sheets::Sheets, cover_end: u32) -> Vec<usize> {
    sheets.all.iter().take_while(|s| s.page() <= cover_end).flat_map(|s| s.blocks.iter().copied()).collect()
}

/// Rows read of a front sheet.
const FRONT_ROWS: usize = 600;
/// Pages in which a front sheet must end.
const FRONT_PAGES: u32 = 24;

/// The first page of a paper behind the front sheet (one past the last page where there is none).
fn first_paper(sheets: &sheets::Sheets, looks: &[looks::Look]) -> u32 {
    let stamped = sheets.all.iter().find(|s| s.item.is_some() && s.page() > 1).map(sheets::Sheet::page);
    let one = sheets.all.iter().find(|s| s.stamp == Some(1) && s.page() > 1).map(sheets::Sheet::page);
    let cue = sheets
        .all
        .iter()
        .zip(looks)
        .skip(1)
        .find(|(_, l)| {
            l.header >= 3
                || l.cue.as_ref().is_some_and(|c| {
                    c.1 >= 0.7
                        && matches!(
                            c.0,
                            Classification::Minutes | Classification::Appendix | Classification::Decision
                        )
                })
        })
        .map(|(s, _)| s.page());
    let first = [stamped, one].into_iter().flatten().min().or(cue).unwrap_or(sheets.count() + 1);
    if first > FRONT_PAGES && first <= sheets.count() { 2.min(sheets.count() + 1) } else { first }
}

/// Fields of a report's header that is set as a table, under standard keys.
pub(crate) fn table_fields(
    table: &crate::model::Table,
    words: &Vocabulary,
) -> std::collections::BTreeMap<String, String> {
    let rows: Vec<sheets::Row> = sheets::table_rows(table, sheets::TOP * 2)
        .into_iter()
        .map(|cells| {
            let text = sheets::joined(&cells);
            sheets::Row {
                folded: crate::vocabulary::fold(&text),
                text,
                cells,
                table: true,
                ..sheets::Row::default()
            }
        })
        .collect();
    if fields::header_keys(&rows, &words.fields) < 3 {
        return std::collections::BTreeMap::new();
    }
    fields::fields(&rows, &words.fields).into_iter().map(|f| (f.key, f.value)).collect()
}

#[cfg(test)]
mod others;
#[cfg(test)]
mod tests;
