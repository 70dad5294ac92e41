//! The facts of the meeting: from the front sheet, else from the PDF's title or the file's name.

use super::dates;
use super::fields;
use super::people::people;
use super::sheets::{Row, Sheets};
use crate::model::{Location, Meeting, Organization, Person, Record};
use crate::stages::regex;
use crate::vocabulary::{MeetingWords, Vocabulary, Words, fold};
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Rows read of a front sheet.
const FRONT_ROWS: usize = 200;
/// Most notices to the public that are kept.
const NOTICES: usize = 12;
/// Rows in which the body's name stands.
const NAME_ROWS: usize = 14;

/// Gathers the facts.
pub(super) fn meeting(sheets: &Sheets, cover_end: u32, record: &Record, words: &Vocabulary) -> Meeting {
    let blocks: Vec<usize> = sheets
        .all
        .iter()
        .take_while(|s| s.page() <= cover_end)
        .flat_map(|s| s.blocks.iter().copied())
        .collect();
    let rows = sheets.rows_of(&blocks, FRONT_ROWS);
    let title = sheets.flow.document.title.as_deref().and_then(told);
    let mut meeting = Meeting::default();
    if !rows.is_empty() {
        front(&rows, words, &mut meeting);
    }
    // A public pack's title is set by the system that knows the meeting; letters carry other dates.
    if let Some((body, date, time)) = title {
        meeting.name = Some(body);
        meeting.start_date = Some(match time {
            Some(t) => format!("{date}T{t}"),
            None => date,
        });
    }
    if meeting.name.is_none() || meeting.start_date.is_none() {
        from_parts(sheets, record, words, &mut meeting);
    }
    let (body, date, time) = from_filename(&sheets.flow.document.filename);
    if meeting.start_date.is_none() {
        meeting.start_date = date.map(|d| time.map_or(d.clone(), |t| format!("{d}T{t}")));
    }
    if meeting.name.is_none() {
        meeting.name = body;
    }
    if meeting.published.is_none() {
        meeting.published = signed(&rows, meeting.start_date.as_deref());
    }
    if meeting.start_date.is_some() {
        meeting.timezone = Some("Europe/London".into());
    }
    meeting.organization.name.clone_from(&meeting.name);
    if meeting.organization.parent.is_none() {
        meeting.organization = Organization { parent: parent(sheets, words), ..meeting.organization };
    }
    meeting
}

/// Body, date and time of "Public reports pack Thursday 30-Jan-2025 10.00 Works Panel.pdf": the name that
/// the systems which make packs give them. Other names tell at most a date.
fn from_filename(name: &str) -> (Option<String>, Option<String>, Option<String>) {
    let stem = name.strip_suffix(".pdf").unwrap_or(name).replace('_', " ");
    let made = ["public", "agenda", "printed", "supplement"];
    let made = made.iter().any(|w| stem.get(..w.len()).is_some_and(|s| s.eq_ignore_ascii_case(w)));
    if let Some(c) = made.then(|| PACK_NAME.captures(&stem)).flatten() {
        let date = dates::date(&c[1].replace('-', " "));
        let body = c.get(3).map(|m| m.as_str().trim().to_owned()).filter(|b| !b.is_empty());
        return (body, date, c.get(2).and_then(|t| dates::time(t.as_str())));
    }
    (None, dates::date(&stem).or_else(|| dates::date(&stem.replace('-', " "))), None)
}

static PACK_NAME: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^(?:public|agenda|printed|supplement)[a-z ]*?\s(?:[a-z]+day )?(\d{1,2}[- ][a-z]{3,9}[- ]\d{4})(?:\s+(\d{1,2}\.\d{2}))?\s+(.+)$",
    )
});

/// The day under the clerk's name: a date that is a line of its own, at most two months before the meeting.
fn signed(rows: &[Row], start: Option<&str>) -> Option<String> {
    let start = start?.get(..10)?.parse::<jiff::civil::Date>().ok()?;
    rows.iter().rev().find_map(|r| {
        let date = dates::date(&r.text)?;
        let line = r.folded.split_whitespace().count() <= 5 && dates::time(&r.text).is_none();
        let day = date.parse::<jiff::civil::Date>().ok()?;
        let days = start.since(day).ok()?.get_days();
        (line && (1..=62).contains(&days)).then_some(date)
    })
}

/// Body, date and time of "(Public Pack)Agenda Document for BODY, dd/mm/yyyy hh:mm".
fn told(title: &str) -> Option<(String, String, Option<String>)> {
    let rest = title.rsplit_once(" for ").map_or("", |(_, r)| r).trim();
    let (body, when) = rest.rsplit_once(',')?;
    let date = dates::date(when)?;
    Some((body.trim().to_owned(), date, dates::time(when)))
}

fn front(rows: &[Row], words: &Vocabulary, meeting: &mut Meeting) {
    let m = &words.meeting;
    let keys: BTreeMap<String, Words> = [
        ("date", &m.date),
        ("time", &m.time),
        ("venue", &m.venue),
        ("contact", &m.contact),
        ("published", &m.published),
    ]
    .into_iter()
    .map(|(k, w)| (k.to_owned(), w.clone()))
    .collect();
    let found = fields::fields(rows, &keys);
    let get = |key: &str| found.iter().find(|f| f.key == key).map(|f| f.value.as_str());
    meeting.name = named(rows, words).or_else(|| name(rows, words));
    // A line with both a weekday or "at" and a date is the meeting's, not the day of publication.
    let dated = rows.iter().find(|r| {
        dates::date(&r.text).is_some() && (dates::time(&r.text).is_some() || r.folded.contains(" on "))
    });
    let any = rows.iter().find(|r| dates::date(&r.text).is_some());
    let date = get("date").and_then(dates::date).or_else(|| dated.or(any).and_then(|r| dates::date(&r.text)));
    let time = get("time")
        .and_then(dates::time)
        .or_else(|| get("date").and_then(dates::time))
        .or_else(|| dated.and_then(|r| dates::time(&r.text)));
    meeting.start_date = date.map(|d| match time {
        Some(t) => format!("{d}T{t}"),
        None => d,
    });
    meeting.location = get("venue")
        .map(str::to_owned)
        .or_else(|| held_in(rows))
        .or_else(|| beside_date(rows, words))
        .map(|name| Location { name });
    meeting.contact =
        get("contact").map(str::to_owned).or_else(|| beside_label(rows, m)).or_else(|| contact(rows));
    meeting.published = get("published").and_then(dates::date);
    meeting.quorum = sentence_with(rows, &m.quorum);
    meeting.notices = rows
        .iter()
        .filter(|r| (20..900).contains(&r.folded.len()) && m.notices.within(&r.folded).is_some())
        .map(|r| r.text.trim().to_owned())
        .take(NOTICES)
        .collect();
    meeting.members = members(rows, words);
}

/// The value behind a cell that ends with a label: "Thursday, at 10 am Ask for:" | "A Person".
fn beside_label(rows: &[Row], words: &MeetingWords) -> Option<String> {
    rows.iter().find_map(|r| {
        let mut cells = r.cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty());
        cells.find(|c| c.ends_with(':') && words.contact.ends(fold(c).trim_end_matches(':')))?;
        cells.next().map(str::to_owned)
    })
}

/// The sentence that holds one of the words.
fn sentence_with(rows: &[Row], words: &Words) -> Option<String> {
    let row = rows.iter().find(|r| words.within(&r.folded).is_some())?;
    let sentence = row.text.split_inclusive(['.', '\n']).find(|s| words.within(&fold(s)).is_some())?;
    Some(sentence.trim().to_owned()).filter(|s| s.len() < 300)
}

/// The body's name: the first line near the top that ends (or begins) as bodies' names do.
fn name(rows: &[Row], words: &Vocabulary) -> Option<String> {
    let m = &words.meeting;
    let top = rows.iter().take(NAME_ROWS).filter(|r| !r.table || r.cells.len() == 1);
    let fits = |r: &&Row| {
        let bare = r.folded.trim_end_matches(['.', ':']);
        if r.number.is_some() || bare.starts_with(|c: char| c.is_ascii_digit()) {
            return false;
        }
        m.bodies.ends(bare)
            && r.folded.len() < 140
            && !m.not_bodies.is(bare)
            && bare.split_whitespace().count() <= 18
            && !bare.starts_with("to ")
            && !bare.contains("members of")
            && !bare.contains("you are")
            && dates::date(&r.text).is_none()
    };
    let council_only = |r: &&Row| m.councils.ends(&r.folded) && r.folded.split_whitespace().count() <= 5;
    let all: Vec<&Row> = top.filter(fits).collect();
    let best = all.iter().find(|r| !council_only(r)).or(all.first())?;
    // A name broken over two lines: the line before is of the same kind and ends in the air.
    let at = rows.iter().position(|r| std::ptr::eq(r, *best));
    let before = at.and_then(|i| i.checked_sub(1)).and_then(|i| rows.get(i));
    if best.folded.split_whitespace().count() <= 2
        && let Some(b) = before.filter(|b| b.heading.is_some() && b.heading == best.heading)
        && !m.not_bodies.is(&b.folded)
        && !m.councils.ends(&b.folded)
    {
        return Some(clean(&format!("{} {}", b.text.trim(), best.text.trim())));
    }
    Some(clean(&best.text))
}

fn clean(text: &str) -> String {
    let t = text.trim().trim_end_matches(['.', ':']);
    for lead in ["Agenda for the ", "Agenda for ", "Meeting of the ", "Summons to "] {
        if let Some(rest) = t.strip_prefix(lead) {
            return rest.to_owned();
        }
    }
    t.to_owned()
}

/// "will be held in the Chamber, Town Hall on Monday": what stands between.
fn held_in(rows: &[Row]) -> Option<String> {
    for row in rows {
        for lead in [
            "will be held in the ",
            "will be held in ",
            "will be held at the ",
            "will be held at ",
            "to be held in the ",
            "to be held in ",
            "to be held at ",
        ] {
            if let Some(at) = row.text.find(lead) {
                let rest = row.text.get(at + lead.len()..)?;
                let end =
                    [" on ", " at ", "."].iter().filter_map(|w| rest.find(w)).min().unwrap_or(rest.len());
                let place = rest.get(..end)?.trim().trim_end_matches(',');
                if !place.is_empty() && place.len() < 160 {
                    return Some(place.to_owned());
                }
            }
        }
    }
    None
}

/// The place that stands under or behind the date, as its own cells of the same table.
fn beside_date(rows: &[Row], words: &Vocabulary) -> Option<String> {
    let at = rows
        .iter()
        .position(|r| r.table && dates::date(&r.text).is_some() && dates::time(&r.text).is_some())?;
    let mut place = String::new();
    for row in rows.get(at + 1..)?.iter().take(3).take_while(|r| r.table) {
        // What stands before the first label of the row ("House, Telephone:" has one behind it).
        for cell in row.cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty()) {
            let text = cell.split(':').next().unwrap_or_default();
            let label = cell.contains(':');
            let keep = if label { text.rsplit_once(' ').map_or("", |(before, _)| before) } else { text };
            let keep = keep.trim().trim_end_matches("Ask").trim();
            if !place.is_empty() && !keep.is_empty() {
                place.push(' ');
            }
            place.push_str(keep);
            if label {
                break;
            }
        }
    }
    let folded = fold(&place);
    words.meeting.places.within(&folded).is_some().then_some(place)
}

/// "please contact Jo Bloggs, 01234 567890, jo@example.org".
fn contact(rows: &[Row]) -> Option<String> {
    rows.iter().find_map(|r| {
        let at = r
            .folded
            .find("please contact ")
            .filter(|_| r.folded.len() == r.text.len())
            .or_else(|| r.text.find("please contact "))?;
        let rest = r.text.get(at + "please contact ".len()..)?.trim().trim_end_matches('.');
        (!rest.is_empty()).then(|| rest.to_owned())
    })
}

/// Names below the heading of the membership, or behind its label.
fn members(rows: &[Row], words: &Vocabulary) -> Vec<Person> {
    let m = &words.meeting;
    let at = rows.iter().position(|r| {
        let bare = r.folded.split('(').next().unwrap_or_default().trim();
        m.members.is(bare)
            || m.members
                .begins(&r.folded)
                .is_some_and(|n| r.folded.get(n..).is_some_and(|t| t.trim_start().starts_with(':')))
    });
    let Some(at) = at else { return Vec::new() };
    let mut out = Vec::new();
    if let Some((_, rest)) = rows[at].text.split_once(':') {
        out.extend(people(rest, &words.minutes));
    }
    for row in rows.iter().skip(at + 1).take(40) {
        if row.heading.is_some() && !row.table || row.folded.len() > 1200 {
            break;
        }
        let found = people(&row.text, &words.minutes);
        let sentence = row.text.ends_with('.') && found.len() < 2;
        // "Help with access": a heading that was not seen as one.
        let particles =
            ["of", "and", "de", "van", "von", "der", "la", "le", "du", "da", "di", "ap", "the", "al"];
        let small = |w: &str| w.starts_with(|c: char| c.is_lowercase());
        let prose = found.len() == 1
            && found.iter().any(|p| p.name.split_whitespace().any(|w| small(w) && !particles.contains(&w)));
        if prose || found.is_empty() || sentence || row.text.contains('@') {
            break;
        }
        out.extend(found);
    }
    out
}

/// Without a front sheet: the minutes' or the report's own date and body.
fn from_parts(sheets: &Sheets, record: &Record, words: &Vocabulary, meeting: &mut Meeting) {
    if meeting.start_date.is_none() {
        let minutes = record.minutes.iter().find_map(|m| m.held_on.clone());
        let report = record.sections.iter().find_map(|s| s.fields.get("date").and_then(|d| dates::date(d)));
        let to =
            record.sections.iter().find_map(|s| s.fields.get("submitted_to").and_then(|d| dates::date(d)));
        meeting.start_date = minutes.or(report).or(to);
    }
    if meeting.name.is_none() {
        if let Some(first) = sheets.all.first()
            && !record.minutes.is_empty()
        {
            meeting.name = name(&first.top, words).or_else(|| named(&first.top, words));
        }
        if meeting.name.is_none() {
            meeting.name = record
                .sections
                .iter()
                .find_map(|s| s.fields.get("submitted_to"))
                .map(|t| body_of(t, words))
                .filter(|t| !t.is_empty());
        }
    }
}

/// "Cabinet - 3 May" or "Roads, Parks and Lanes Panel, 3 May": the shortest beginning that ends as a
/// body's name does, else the whole.
fn body_of(text: &str, words: &Vocabulary) -> String {
    let mut cuts = text.match_indices([',', '–', '-', ';']).map(|(i, _)| i).chain([text.len()]);
    let body = cuts.find_map(|i| {
        let part = text.get(..i)?.trim();
        words.meeting.bodies.ends(&fold(part)).then_some(part)
    });
    body.unwrap_or(text).trim().to_owned()
}

/// "A meeting of the Works Panel was held": the body inside a sentence.
fn named(rows: &[Row], words: &Vocabulary) -> Option<String> {
    rows.iter().take(24).find_map(|r| {
        if !r.folded.contains("meeting") {
            return None;
        }
        // In capitals or not: places in the folded text are those of the text where no length changed.
        let (text, folded) = (r.text.trim_end(), r.folded.as_str());
        if text.len() != folded.len() {
            return named_as_printed(&r.text, words);
        }
        let at = ["meeting of the ", "meeting of "].iter().find_map(|w| Some(folded.find(w)? + w.len()));
        let at = at
            .or_else(|| folded.find(" of the ").map(|i| i + 8))
            .or_else(|| folded.find(" of ").map(|i| i + 4))?;
        let rest = folded.get(at..)?;
        let end = [
            " was held",
            " will be held",
            " is to be held",
            " to be held",
            " meeting",
            " held ",
            " on ",
            ", ",
            " at ",
        ]
        .iter()
        .flat_map(|w| rest.match_indices(w).map(|m| m.0))
        .chain([rest.len()])
        .filter(|end| rest.get(..*end).is_some_and(|b| words.meeting.bodies.ends(b.trim())))
        .min()?;
        let body = text.get(at..at + end)?.trim();
        (body.split_whitespace().count() <= 18).then(|| body.to_owned())
    })
}

fn named_as_printed(text: &str, words: &Vocabulary) -> Option<String> {
    let at = text.find(" of the ").map(|i| i + 8).or_else(|| text.find(" of ").map(|i| i + 4))?;
    let rest = text.get(at..)?;
    let end = [" was held", " will be held", " is to be held", " Meeting", " meeting", " held "]
        .iter()
        .filter_map(|w| rest.find(w))
        .min()?;
    let body = rest.get(..end)?.trim();
    words.meeting.bodies.ends(&fold(body)).then(|| body.to_owned())
}

/// The council that most tops of pages name.
fn parent(sheets: &Sheets, words: &Vocabulary) -> Option<String> {
    let mut votes: BTreeMap<String, (u32, String)> = BTreeMap::new();
    for row in sheets.all.iter().flat_map(|s| s.top.iter().take(3)) {
        let n = row.folded.split_whitespace().count();
        if (2..=6).contains(&n)
            && words.meeting.councils.ends(&row.folded)
            && !words.meeting.councils.is(&row.folded)
        {
            let e = votes.entry(row.folded.clone()).or_insert_with(|| (0, row.text.trim().to_owned()));
            e.0 += 1;
        }
    }
    votes.into_values().max_by_key(|(n, _)| *n).map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_of_a_public_pack() {
        let t = told("(Public Pack)Agenda Document for Works Panel, 30/01/2025 10:00").unwrap();
        assert_eq!(t, ("Works Panel".into(), "2025-01-30".into(), Some("10:00".into())));
        assert_eq!(told("Agenda Template"), None);
    }

    fn rows(lines: &[&str]) -> Vec<Row> {
        lines.iter().map(|t| Row { text: (*t).into(), folded: fold(t), ..Row::default() }).collect()
    }

    #[test]
    fn the_body_inside_a_sentence() {
        let words = Vocabulary::default();
        for (text, body) in [
            ("A meeting of the Works Panel was held on 1 March 2021", "Works Panel"),
            (
                "MINUTES OF A MEETING OF THE JOINT WORKS COMMITTEE HELD ON 1 MARCH 2021",
                "JOINT WORKS COMMITTEE",
            ),
            (
                "Minutes of the Meeting of the Parish Council held in the Village Hall on 1 May",
                "Parish Council",
            ),
            (
                "Notice of meeting of the Roads, Parks and Lanes Committee, Monday 3 May",
                "Roads, Parks and Lanes Committee",
            ),
        ] {
            assert_eq!(named(&rows(&[text]), &words).as_deref(), Some(body), "{text}");
        }
        assert_eq!(name(&rows(&["2432. Public Forum"]), &words), None, "an item is no body");
    }

    #[test]
    fn file_names_tell_body_and_date() {
        let told = from_filename("Public reports pack Thursday 30-Jan-2025 10.00 Works Panel.pdf");
        assert_eq!(told, (Some("Works Panel".into()), Some("2025-01-30".into()), Some("10:00".into())));
        assert_eq!(from_filename("works-2025-02-13.pdf").1.as_deref(), Some("2025-02-13"));
        assert_eq!(from_filename("report.pdf"), (None, None, None));
    }

    #[test]
    fn quorum_notices_and_the_day_of_publication() {
        let words = Vocabulary::default();
        let mut meeting = Meeting::default();
        let rows = rows(&[
            "Works Panel",
            "Monday, 3rd May, 2021 at 10.30 am",
            "The quorum of the Panel is four. Papers are below.",
            "This meeting will be webcast live on the council's website.",
            "Monday, 26 April 2021",
        ]);
        front(&rows, &words, &mut meeting);
        assert_eq!(meeting.quorum.as_deref(), Some("The quorum of the Panel is four."));
        assert_eq!(meeting.notices.len(), 1);
        assert_eq!(signed(&rows, meeting.start_date.as_deref()).as_deref(), Some("2021-04-26"));
        assert_eq!(signed(&rows, None), None);
    }

    #[test]
    fn a_comma_inside_a_body_s_name_does_not_cut_it() {
        let words = Vocabulary::default();
        assert_eq!(
            body_of("Roads, Parks and Lanes Panel, 3 May 2021", &words),
            "Roads, Parks and Lanes Panel"
        );
        assert_eq!(body_of("Cabinet – 30 January 2025", &words), "Cabinet");
    }
}
