//! The record of a meeting that a ModernGov site gives beside the PDF: the answer of its `GetMeeting`.
//!
//! It is asked for what the PDF does not say, and compared with what it does; it never overrides it.
//! The file is as hostile as any other from the web: size, depth and number of elements are capped,
//! and a document type (the door to entities) is refused.

use crate::limits;
use crate::model::{MeetingRecord, RecordedItem, RecordedPerson};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Why a file was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Larger, deeper or with more elements than any real answer.
    #[error("it is larger or deeper than any real answer")]
    Limit,
    /// It declares a document type or unknown entities.
    #[error("it declares a document type or entities")]
    Entities,
    /// It is no XML.
    #[error("it is no well-formed XML")]
    Malformed,
    /// It is XML of something else.
    #[error("it holds no meeting")]
    NoMeeting,
}

/// Deepest nesting; real answers have eight levels.
const DEPTH: usize = 32;
/// Most elements; real answers have a few thousand.
const ELEMENTS: usize = 200_000;

/// Reads an answer of `GetMeeting`.
///
/// # Errors
/// [`Refused`]: nothing of it is used then.
pub fn read(bytes: &[u8]) -> Result<MeetingRecord, Refused> {
    if bytes.len() > limits::MEETING_XML_BYTES {
        return Err(Refused::Limit);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Refused::Malformed)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut out = MeetingRecord::default();
    let mut path: Vec<String> = Vec::new();
    let mut said = String::new();
    let mut elements = 0;
    let mut found = false;
    loop {
        match reader.read_event().map_err(|_| Refused::Malformed)? {
            Event::DocType(_) => return Err(Refused::Entities),
            Event::Start(e) => {
                elements += 1;
                if elements > ELEMENTS || path.len() >= DEPTH {
                    return Err(Refused::Limit);
                }
                let name = local(&e);
                open(&mut out, &name, &e);
                found |= name == "meetingid" || name == "meetingdate";
                path.push(name);
                said.clear();
            }
            Event::Empty(e) => {
                elements += 1;
                if elements > ELEMENTS {
                    return Err(Refused::Limit);
                }
                open(&mut out, &local(&e), &e);
            }
            Event::Text(t) => push(&mut said, &t),
            Event::CData(t) => push(&mut said, &t),
            Event::GeneralRef(r) => {
                let entity = format!("&{};", &*r);
                let plain = quick_xml::escape::unescape(&entity).map_err(|_| Refused::Entities)?;
                push(&mut said, &plain);
            }
            Event::End(_) => {
                let Some(name) = path.pop() else { return Err(Refused::Malformed) };
                close(&mut out, &path, &name, &clean(&said));
                said.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !path.is_empty() {
        return Err(Refused::Malformed);
    }
    if !found {
        return Err(Refused::NoMeeting);
    }
    out.items.retain(|i| !i.title.is_empty());
    Ok(out)
}

fn local(e: &BytesStart) -> String {
    let name = e.name().0.to_ascii_lowercase();
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

fn push(said: &mut String, text: &str) {
    let room = limits::METADATA_CHARS.saturating_sub(said.len());
    said.extend(text.chars().take(room));
}

/// Titles come escaped twice ("&amp;amp;"), and with spaces around.
fn clean(text: &str) -> String {
    let once = quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), Into::into);
    once.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An element that begins an entry.
fn open(out: &mut MeetingRecord, name: &str, e: &BytesStart) {
    match name {
        "agendaitem" => out.items.push(RecordedItem::default()),
        "attendee" => {
            let mut person = RecordedPerson::default();
            for a in e.attributes().flatten() {
                let value = Some(clean(&a.value)).filter(|v| !v.is_empty());
                match a.key.0.to_ascii_lowercase().as_str() {
                    "name" => person.name = value.unwrap_or_default(),
                    "roledescription" => person.role = value,
                    "attendance" => person.attendance = value,
                    _ => {}
                }
            }
            if !person.name.is_empty() {
                out.attendees.push(person);
            }
        }
        _ => {}
    }
}

/// An element that ended, with its text and the names of those around it.
fn close(out: &mut MeetingRecord, around: &[String], name: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    let truth = || text.eq_ignore_ascii_case("true");
    // A linked document has a title and a restriction of its own.
    let inside = |n: &str| around.iter().any(|a| a == n);
    if inside("linkeddoc") {
        return;
    }
    let set = |slot: &mut Option<String>| {
        slot.get_or_insert_with(|| text.to_owned());
    };
    if inside("agendaitem") {
        let Some(item) = out.items.last_mut() else { return };
        match name {
            "agendaitemtitle" => text.clone_into(&mut item.title),
            "fulldisplaynumberformat" => item.number = Some(text.trim_end_matches('.').to_owned()),
            "isrestricted" => item.restricted = truth(),
            _ => {}
        }
        return;
    }
    match name {
        "meetingid" => set(&mut out.id),
        "committeetitle" | "committeename" => set(&mut out.body),
        "meetingdate" => set(&mut out.date),
        "meetingtime" => set(&mut out.time),
        "meetinglocation" => set(&mut out.venue),
        "meetingstatus" => set(&mut out.status),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<getmeeting><committee><committeeid>12</committeeid><committeetitle>Works &amp;amp; Ways Panel</committeetitle></committee>
<meeting><meetingid>345</meetingid><meetingdate>03/05/2021</meetingdate><meetingtime>10.30 am</meetingtime>
<meetinglocation>The Long Room</meetinglocation><meetingstatus>Meeting confirmed</meetingstatus><agendapublished>True</agendapublished>
<agendaitems>
<agendaitem><agendaitemid>1</agendaitemid><agendaitemtitle>Apologies</agendaitemtitle><agendaitemnumber>1</agendaitemnumber><fulldisplaynumberformat>1.</fulldisplaynumberformat><isrestricted>False</isrestricted></agendaitem>
<agendaitem><agendaitemtitle>Bridges &amp;amp; fords</agendaitemtitle><fulldisplaynumberformat>2.</fulldisplaynumberformat><isrestricted>True</isrestricted>
<linkeddocuments><linkeddoc><title>Report</title><isrestricted>False</isrestricted></linkeddoc></linkeddocuments></agendaitem>
</agendaitems>
<attendees><attendee name="Councillor A Ash" roledescription="Chair" attendance="Expected"/></attendees>
</meeting></getmeeting>"#;

    #[test]
    fn an_answer_of_get_meeting() {
        let r = read(ANSWER.as_bytes()).unwrap();
        assert_eq!(r.body.as_deref(), Some("Works & Ways Panel"), "titles are escaped twice");
        assert_eq!((r.id.as_deref(), r.date.as_deref()), (Some("345"), Some("03/05/2021")));
        assert_eq!((r.time.as_deref(), r.venue.as_deref()), (Some("10.30 am"), Some("The Long Room")));
        assert_eq!(r.items.len(), 2);
        assert_eq!((r.items[1].title.as_str(), r.items[1].number.as_deref()), ("Bridges & fords", Some("2")));
        assert!(r.items[1].restricted, "the item is, though its document is not");
        assert_eq!(r.attendees[0].role.as_deref(), Some("Chair"));
    }

    #[test]
    fn hostile_files_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><meeting><meetingid>&b;</meetingid></meeting>";
        assert_eq!(read(bomb.as_bytes()), Err(Refused::Entities));
        assert_eq!(read(b"<meeting><meetingid>&b;</meetingid></meeting>"), Err(Refused::Entities));
        assert_eq!(read("<a>".repeat(1000).as_bytes()), Err(Refused::Limit));
        assert_eq!(read(format!("<r>{}</r>", "<a/>".repeat(300_000)).as_bytes()), Err(Refused::Limit));
        assert_eq!(read(&vec![b' '; limits::MEETING_XML_BYTES + 1]), Err(Refused::Limit));
        assert_eq!(read(b"<meeting><meetingid>1"), Err(Refused::Malformed));
        assert_eq!(read(b"<html><p>Not found</p></html>"), Err(Refused::NoMeeting));
        assert_eq!(read(&[0xff, 0xfe, 0x00]), Err(Refused::Malformed));
    }
}
