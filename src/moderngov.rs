//! The answers of a ModernGov site's web service: the record of a meeting (`GetMeeting`), with the
//! documents linked to it, and lists of meetings.
//!
//! The record beside a PDF is asked for what the PDF does not say, and compared with what it does; it
//! never overrides it. The files are as hostile as any other from the web: `xml` has the caps.

use crate::model::{MeetingRecord, RecordedItem, RecordedPerson};
pub use crate::xml::Refused;
use crate::xml::{Visitor, attribute, walk};
use quick_xml::events::BytesStart;

/// A meeting, as `GetMeeting` tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meeting {
    /// Its record.
    pub record: MeetingRecord,
    /// Whether the agenda is published; `None` where the answer does not say.
    pub agenda_published: Option<bool>,
    /// Whether the whole meeting is kept from the public.
    pub restricted: bool,
    /// The documents linked to the meeting and to its items, in order.
    pub documents: Vec<LinkedDocument>,
}

/// A document linked to a meeting or to an item of its agenda.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkedDocument {
    /// The system's number of it.
    pub id: Option<String>,
    /// Its title.
    pub title: String,
    /// Where it is.
    pub url: String,
    /// Whether it is a link to somewhere else instead of a document of the site.
    pub is_link: bool,
    /// Whether the public may not see it: itself or its item is marked so.
    pub restricted: bool,
}

/// A meeting of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// The system's number of it.
    pub id: String,
    /// The day, as given: "03/05/2021".
    pub date: String,
}

/// Reads the record of an answer of `GetMeeting`.
///
/// # Errors
/// [`Refused`]: nothing of it is used then.
pub fn read(bytes: &[u8]) -> Result<MeetingRecord, Refused> {
    meeting(bytes).map(|m| m.record)
}

/// Reads an answer of `GetMeeting`.
///
/// # Errors
/// [`Refused`]: nothing of it is used then.
pub fn meeting(bytes: &[u8]) -> Result<Meeting, Refused> {
    let mut reading = Reading::default();
    walk(bytes, &mut reading)?;
    if !reading.found {
        return Err(Refused::Other);
    }
    let Reading { meeting: mut out, items, .. } = reading;
    // The mark of an item may stand below its documents.
    for (document, item) in out.documents.iter_mut().zip(items) {
        document.restricted |= item.is_some_and(|i| out.record.items[i].restricted);
    }
    out.documents.retain(|d| !d.url.is_empty());
    out.record.items.retain(|i| !i.title.is_empty());
    Ok(out)
}

/// Reads an answer of `GetMeetings` or `GetAllMeetingsByDate`. One without meetings is an empty list.
///
/// # Errors
/// [`Refused`]: nothing of it is used then.
pub fn meetings(bytes: &[u8]) -> Result<Vec<Listed>, Refused> {
    let mut listing = Listing::default();
    walk(bytes, &mut listing)?;
    if !listing.answers {
        return Err(Refused::Other);
    }
    listing.meetings.retain(|m| !m.id.is_empty());
    Ok(listing.meetings)
}

/// A mark as the service writes them: `True`, `False`.
fn truth(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

/// What is marked with anything but a plain no is kept from the public.
fn restricts(text: &str) -> bool {
    !["false", "0", "no"].iter().any(|no| text.eq_ignore_ascii_case(no))
}

#[derive(Default)]
struct Reading {
    meeting: Meeting,
    /// Of each document, the item that it is linked to.
    items: Vec<Option<usize>>,
    in_item: bool,
    found: bool,
}

impl Visitor for Reading {
    fn open(&mut self, name: &str, element: &BytesStart<'_>) {
        let record = &mut self.meeting.record;
        match name {
            "agendaitem" => {
                record.items.push(RecordedItem::default());
                self.in_item = true;
            }
            "linkeddoc" => {
                self.meeting.documents.push(LinkedDocument::default());
                self.items.push(self.in_item.then(|| record.items.len() - 1));
            }
            "attendee" => {
                let person = RecordedPerson {
                    name: attribute(element, "name").unwrap_or_default(),
                    role: attribute(element, "roledescription"),
                    attendance: attribute(element, "attendance"),
                };
                if !person.name.is_empty() {
                    record.attendees.push(person);
                }
            }
            "meetingid" | "meetingdate" => self.found = true,
            _ => {}
        }
    }

    fn close(&mut self, around: &[String], name: &str, text: &str) {
        if name == "agendaitem" {
            self.in_item = false;
        }
        if text.is_empty() {
            return;
        }
        // A linked document has a title and a restriction of its own.
        let inside = |n: &str| around.iter().any(|a| a == n);
        if inside("linkeddoc") {
            let Some(document) = self.meeting.documents.last_mut() else { return };
            match name {
                "attachmentid" => document.id = Some(text.to_owned()),
                "title" => text.clone_into(&mut document.title),
                "url" => text.clone_into(&mut document.url),
                "isurl" => document.is_link = truth(text),
                "isrestricted" => document.restricted |= restricts(text),
                _ => {}
            }
            return;
        }
        let record = &mut self.meeting.record;
        if inside("agendaitem") {
            let Some(item) = record.items.last_mut() else { return };
            match name {
                "agendaitemtitle" => text.clone_into(&mut item.title),
                "fulldisplaynumberformat" => item.number = Some(text.trim_end_matches('.').to_owned()),
                "isrestricted" => item.restricted = restricts(text),
                _ => {}
            }
            return;
        }
        let set = |slot: &mut Option<String>| {
            slot.get_or_insert_with(|| text.to_owned());
        };
        match name {
            "meetingid" => set(&mut record.id),
            "committeetitle" | "committeename" => set(&mut record.body),
            "meetingdate" => set(&mut record.date),
            "meetingtime" => set(&mut record.time),
            "meetinglocation" => set(&mut record.venue),
            "meetingstatus" => set(&mut record.status),
            "agendapublished" => self.meeting.agenda_published = Some(truth(text)),
            "isrestricted" => self.meeting.restricted |= restricts(text),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Listing {
    meetings: Vec<Listed>,
    /// Whether this is an answer of the service at all.
    answers: bool,
}

impl Visitor for Listing {
    fn open(&mut self, name: &str, _: &BytesStart<'_>) {
        match name {
            "meeting" => {
                self.meetings.push(Listed::default());
                self.answers = true;
            }
            // An answer is called as the question, and may be empty.
            _ => self.answers |= name == "meetings" || name.starts_with("get"),
        }
    }

    fn close(&mut self, around: &[String], name: &str, text: &str) {
        if around.last().map(String::as_str) != Some("meeting") {
            return;
        }
        let Some(meeting) = self.meetings.last_mut() else { return };
        match name {
            "meetingid" => text.clone_into(&mut meeting.id),
            "meetingdate" => text.clone_into(&mut meeting.date),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

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
        assert_eq!(read(b"<html><p>Not found</p></html>"), Err(Refused::Other));
        assert_eq!(read(&[0xff, 0xfe, 0x00]), Err(Refused::Malformed));
    }

    #[test]
    fn documents_of_restricted_items_are_restricted_wherever_the_mark_stands() {
        let doc = |id: u32, mark: &str| {
            format!(
                "<linkeddoc><attachmentid>{id}</attachmentid><title>D{id}</title><url>https://a/documents/s{id}/x.pdf</url>{mark}</linkeddoc>"
            )
        };
        let answer = format!(
            "<getmeeting><meetingid>1</meetingid><linkeddocuments>{}</linkeddocuments><agendaitems>\
             <agendaitem><linkeddocuments>{}</linkeddocuments><agendaitemtitle>A</agendaitemtitle><isrestricted>True</isrestricted></agendaitem>\
             <agendaitem><agendaitemtitle>B</agendaitemtitle><isrestricted>False</isrestricted><linkeddocuments>{}{}{}</linkeddocuments></agendaitem>\
             </agendaitems></getmeeting>",
            doc(1, "<isrestricted>False</isrestricted>"),
            doc(2, "<isrestricted>False</isrestricted>"),
            doc(3, "<isrestricted>True</isrestricted>"),
            doc(4, "<isrestricted>maybe</isrestricted>"),
            doc(5, ""),
        );
        let meeting = meeting(answer.as_bytes()).unwrap();
        let restricted: Vec<bool> = meeting.documents.iter().map(|d| d.restricted).collect();
        assert_eq!(restricted, [false, true, true, true, false]);
    }

    #[test]
    fn lists_of_meetings() {
        let answer = "<getmeetings><committee><committeeid>12</committeeid></committee><meetings>\
             <meeting><meetingid>3</meetingid><meetingdate>03/05/2021</meetingdate></meeting>\
             <meeting><meetingdate>04/05/2021</meetingdate></meeting></meetings></getmeetings>";
        let found = meetings(answer.as_bytes()).unwrap();
        assert_eq!(found, [Listed { id: "3".into(), date: "03/05/2021".into() }]);
        assert_eq!(meetings(b"<getmeetings/>"), Ok(vec![]));
        assert_eq!(meetings(b"<html><p>Down for repair</p></html>"), Err(Refused::Other));
    }
}
