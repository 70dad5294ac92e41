//! The meeting's record beside the PDF: fills what the pack does not say, and is compared with the rest.
//! Where the two differ the pack stands, and an issue tells both.

use super::dates;
use crate::model::{Identifier, Issue, Location, MeetingRecord, Person, Record};
use crate::vocabulary::fold;

/// Lays a meeting's record beside what was read from the pack.
pub(super) fn lay_beside(record: &mut Record, beside: &MeetingRecord) {
    let mut issues = Vec::new();
    let meeting = &mut record.meeting;
    if let Some(id) = &beside.id {
        meeting.identifiers.push(Identifier { scheme: "moderngov-meeting".into(), identifier: id.clone() });
    }
    let start = beside.date.as_deref().and_then(dates::date).map(|d| {
        let time = beside.time.as_deref().and_then(dates::time);
        time.map_or(d.clone(), |t| format!("{d}T{t}"))
    });
    match (&meeting.start_date, start) {
        (None, Some(start)) => {
            meeting.start_date = Some(start);
            meeting.timezone = Some("Europe/London".into());
        }
        (Some(ours), Some(theirs)) if !(theirs.starts_with(ours.as_str()) || ours.starts_with(&theirs)) => {
            differ(&mut issues, "start", ours, &theirs);
        }
        // The pack prints the day alone.
        (Some(ours), Some(theirs)) if theirs.len() > ours.len() => meeting.start_date = Some(theirs),
        _ => {}
    }
    match (&meeting.name, &beside.body) {
        (None, Some(body)) => {
            meeting.name = Some(body.clone());
            meeting.organization.name = Some(body.clone());
        }
        (Some(ours), Some(theirs)) if !alike(ours, theirs) => differ(&mut issues, "body", ours, theirs),
        _ => {}
    }
    match (&meeting.location, &beside.venue) {
        (None, Some(venue)) => meeting.location = Some(Location { name: venue.clone() }),
        (Some(ours), Some(theirs)) if !alike(&ours.name, theirs) => {
            differ(&mut issues, "venue", &ours.name, theirs);
        }
        _ => {}
    }
    if meeting.members.is_empty() {
        let person = |p: &crate::model::RecordedPerson| Person {
            name: p.name.clone(),
            role: p.role.clone(),
            ..Person::default()
        };
        meeting.members = beside.attendees.iter().map(person).collect();
    }
    agenda(record, beside, &mut issues);
    record.issues.append(&mut issues);
}

/// Items that one of the two does not have, or titles otherwise.
fn agenda(record: &Record, beside: &MeetingRecord, issues: &mut Vec<Issue>) {
    let key = |n: &str| fold(n).trim_end_matches(['.', ')', ':']).to_owned();
    for theirs in &beside.items {
        // Without a number it is a heading between items.
        let Some(number) = &theirs.number else { continue };
        let ours = record.agenda.iter().find(|a| key(&a.order) == key(number));
        match ours {
            None if record.agenda.is_empty() => {}
            None => differ(issues, "agenda", "no such item", &format!("{number}. {}", theirs.title)),
            Some(ours) => {
                if !alike(&ours.description, &theirs.title) {
                    differ(issues, &format!("item {number}"), &ours.description, &theirs.title);
                }
                if theirs.restricted && !ours.restricted {
                    differ(issues, &format!("item {number}"), "open", "restricted");
                }
            }
        }
    }
}

/// Whether two printings are one: the one holds the other, but for case, spaces and marks.
fn alike(a: &str, b: &str) -> bool {
    let bare = |t: &str| -> String {
        fold(&t.replace('&', "and")).chars().filter(|c| c.is_alphanumeric()).collect()
    };
    let (a, b) = (bare(a), bare(b));
    a.contains(&b) || b.contains(&a)
}

fn differ(issues: &mut Vec<Issue>, what: &str, ours: &str, theirs: &str) {
    issues.push(Issue::doubt(
        "meeting_record_differs",
        None,
        "sections",
        format!(
            "{what}: the pack says \u{201c}{ours}\u{201d}, the meeting's record \u{201c}{theirs}\u{201d}"
        ),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AgendaItem, RecordedItem};

    fn item(number: &str, title: &str) -> RecordedItem {
        RecordedItem { number: Some(number.into()), title: title.into(), restricted: false }
    }

    #[test]
    fn what_is_missing_is_filled_and_what_differs_is_told() {
        let mut record = Record {
            agenda: vec![AgendaItem {
                order: "2".into(),
                description: "Roads & lanes".into(),
                ..AgendaItem::default()
            }],
            ..Record::default()
        };
        record.meeting.start_date = Some("2021-05-03".into());
        let beside = MeetingRecord {
            id: Some("345".into()),
            body: Some("Works Panel".into()),
            date: Some("03/05/2021".into()),
            time: Some("10.30 am".into()),
            items: vec![item("2", "Roads and Lanes"), item("3", "Bridges")],
            ..MeetingRecord::default()
        };
        lay_beside(&mut record, &beside);
        assert_eq!(record.meeting.start_date.as_deref(), Some("2021-05-03T10:30"));
        assert_eq!(record.meeting.name.as_deref(), Some("Works Panel"));
        assert_eq!(record.meeting.identifiers[0].identifier, "345");
        assert_eq!(record.issues.len(), 1, "{:?}", record.issues);
        assert!(record.issues[0].message.contains("Bridges"));

        let other = MeetingRecord { date: Some("04/05/2021".into()), ..MeetingRecord::default() };
        lay_beside(&mut record, &other);
        assert_eq!(record.meeting.start_date.as_deref(), Some("2021-05-03T10:30"), "the pack stands");
        assert_eq!(record.issues.len(), 2);
    }
}
