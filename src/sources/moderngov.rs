//! A ModernGov site, by its web service.
//!
//! Meetings of the window are listed, and each is asked for its record, which names its documents.
//! Of a meeting are taken:
//!
//! - its **public reports pack** (`documents/g<meeting>/….pdf?T=10`). Many sites do not list it among
//!   the linked documents: once the agenda is published it is asked for at that address, where the
//!   service looks at the number alone;
//! - its **supplements** (`documents/b<n>/…`) and what else was made of the whole meeting (printed
//!   minutes and decisions, `documents/g<meeting>/…` with another `T`; not the front sheet, `T=0`, with
//!   which the pack begins);
//! - the **documents linked** to the meeting and its items, but only where there is no pack: they are
//!   in it otherwise.
//!
//! What is marked restricted, or is linked to an item that is, is never asked for; nor are links that
//! lead elsewhere (`isurl`). A document that is linked twice is taken once.

use super::http::{Answer, Http};
use super::memory::{Memory, Validators};
use super::name::{date, joined};
use super::options::{Committees, ModernGovOptions, SourceOptions};
use super::{Document, Fetched, Listing, Place, Source};
use crate::error::Error;
use crate::limits;
use crate::moderngov::{LinkedDocument, Listed, Meeting, Refused, meeting, meetings};
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use url::Url;

/// A ModernGov site.
#[derive(Debug)]
pub struct ModernGov<'a> {
    name: String,
    options: ModernGovOptions,
    http: Http<'a>,
}

impl<'a> ModernGov<'a> {
    /// As configured.
    pub fn new(options: ModernGovOptions, http: Http<'a>) -> ModernGov<'a> {
        ModernGov { name: SourceOptions::Moderngov(options.clone()).name(), options, http }
    }

    fn window(&self, day: Date) -> (Date, Date) {
        let (back, ahead) = (i64::from(self.options.days_back), i64::from(self.options.days_ahead));
        (day.saturating_sub(back.days()), day.saturating_add(ahead.days()))
    }

    /// The meetings of one question, by number.
    fn meetings(
        &self,
        question: &str,
        (from, to): (Date, Date),
        memory: &mut Memory,
    ) -> Result<Vec<(u64, Date)>, Error> {
        let day = |d: Date| d.strftime("%d/%m/%Y").to_string();
        let link = format!("mgWebService.asmx/{question}&sFromDate={}&sToDate={}", day(from), day(to));
        let link = if question.starts_with("GetAll") { link + "&bIsAscendingDateOrder=true" } else { link };
        let bytes = self.http.text(&link, memory)?;
        let refused = |detail: String| Error::AnswerRefused { url: link.clone(), detail };
        let listed = meetings(&bytes).map_err(|e| refused(e.to_string()))?;
        if listed.len() > limits::FEED_ENTRIES {
            return Err(Error::Limit { what: "the number of meetings", limit: limits::FEED_ENTRIES as u64 });
        }
        let mut out = Vec::new();
        for Listed { id, date: day } in listed {
            let number = number(&id).ok_or_else(|| refused(format!("{id:?} is no meeting's number")))?;
            // Some sites do not mind the dates that they are asked for.
            match date(&day) {
                Some(day) if (from..=to).contains(&day) => out.push((number, day)),
                Some(_) => {}
                None => return Err(refused(format!("{day:?} is no date"))),
            }
        }
        Ok(out)
    }
}

impl Source for ModernGov<'_> {
    fn list(&mut self, day: Date, memory: &mut Memory) -> Result<Listing, Error> {
        let window = self.window(day);
        let mut listing = Listing::default();
        let mut found: BTreeMap<u64, Date> = BTreeMap::new();
        match &self.options.committees {
            Committees::Word(_) => {
                found.extend(self.meetings("GetAllMeetingsByDate?lCommitteeId=0", window, memory)?);
            }
            Committees::These(ids) => {
                let mut answered = false;
                for id in ids {
                    match self.meetings(&format!("GetMeetings?lCommitteeId={id}"), window, memory) {
                        Ok(some) => {
                            answered = true;
                            found.extend(some);
                        }
                        Err(error) => passable(error, |e| listing.miss(format!("committee {id}"), e))?,
                    }
                }
                if !answered && let Some(failure) = listing.failures.pop() {
                    return Err(failure.error);
                }
            }
        }
        let mut found: Vec<(u64, Date)> = found.into_iter().collect();
        found.sort_by_key(|(id, day)| (*day, *id));
        for (id, day) in found {
            if listing.is_full() {
                break;
            }
            let service = self.http.scope.site.join("mgWebService.asmx/").ok();
            let service = service.as_ref().unwrap_or(&self.http.scope.site);
            add_meeting(&self.http, service, (id, Some(day)), &self.name, memory, &mut listing)?;
        }
        Ok(listing)
    }

    fn would_list(&self, date: Option<Date>, day: Date) -> bool {
        let (from, to) = self.window(day);
        date.is_some_and(|d| (from..=to).contains(&d))
    }

    fn fetch(
        &mut self,
        document: &Document,
        known: Option<&Validators>,
        folder: &Path,
    ) -> Result<Fetched, Error> {
        fetch(&self.http, document, known, folder)
    }
}

/// Fetches a document of the web.
pub(super) fn fetch(
    http: &Http<'_>,
    document: &Document,
    known: Option<&Validators>,
    folder: &Path,
) -> Result<Fetched, Error> {
    match http.file(&document.place.text(), known, folder)? {
        Answer::Same => Ok(Fetched::Same),
        Answer::New(file, validators) => Ok(Fetched::New { file, validators }),
    }
}

/// Goes on after an error that is one part's alone, and ends with one that is the whole run's.
pub(super) fn passable(error: Error, note: impl FnOnce(Error)) -> Result<(), Error> {
    if matches!(error, Error::Interrupted | Error::Write { .. }) {
        return Err(error);
    }
    note(error);
    Ok(())
}

/// A number as the service gives them.
pub(super) fn number(text: &str) -> Option<u64> {
    Some(text).filter(|t| t.len() <= 12 && t.chars().all(|c| c.is_ascii_digit()))?.parse().ok()
}

/// Asks for a meeting, and lists its documents.
pub(super) fn add_meeting(
    http: &Http<'_>,
    service: &Url,
    (id, day): (u64, Option<Date>),
    source: &str,
    memory: &mut Memory,
    listing: &mut Listing,
) -> Result<(), Error> {
    let asked = http
        .scope
        .resolve(service, &format!("GetMeeting?lMeetingId={id}"))
        .and_then(|url| Ok((http.text(url.as_str(), memory)?, url)))
        .and_then(|(bytes, url)| {
            let refused = |detail: String| Error::AnswerRefused { url: url.to_string(), detail };
            let meeting = meeting(&bytes).map_err(|e: Refused| refused(e.to_string()))?;
            let said = meeting.record.id.as_deref().unwrap_or_default();
            if number(said) != Some(id) {
                return Err(refused(format!("it is of the meeting {said:?}")));
            }
            if meeting.documents.len() > limits::FEED_ENTRIES {
                let limit = limits::FEED_ENTRIES as u64;
                return Err(Error::Limit { what: "the number of a meeting's documents", limit });
            }
            Ok((meeting, Arc::new(bytes)))
        });
    match asked {
        Ok((meeting, xml)) => {
            let root = service.join("../").unwrap_or_else(|_| service.clone());
            documents(&root, &meeting, &xml, (id, day), source, listing);
            Ok(())
        }
        Err(error) => passable(error, |e| listing.miss(format!("meeting {id}"), e)),
    }
}

/// What a link of a meeting is.
enum Kind {
    /// The public reports pack.
    Pack,
    /// A part of the pack.
    Part,
    /// Something of its own.
    Own,
}

/// Which of a meeting's documents are taken.
fn documents(
    root: &Url,
    meeting: &Meeting,
    xml: &Arc<Vec<u8>>,
    (id, day): (u64, Option<Date>),
    source: &str,
    listing: &mut Listing,
) {
    let record = &meeting.record;
    let day = record.date.as_deref().and_then(date).or(day);
    let body = record.body.clone().unwrap_or_default();
    let stem = |more: &[&str]| {
        let day = day.map(|d| d.to_string()).unwrap_or_default();
        joined(&[&[source, &day, &body], more].concat())
    };
    let document = |key: &str, title: String, url: String, more: &[&str]| Document {
        key: key.to_owned(),
        name: stem(more),
        title,
        body: Some(body.clone()).filter(|b| !b.is_empty()),
        date: day,
        place: Place::Url(url),
        record: None,
        otherwise: None,
    };
    // What is restricted in one place is restricted in all: under another item, at another name.
    let (mut closed, mut open) = (BTreeSet::new(), Vec::new());
    for link in &meeting.documents {
        let (kind, key) = look(root, link);
        if meeting.restricted || link.restricted {
            closed.insert(key);
            listing.restricted += 1;
            listing.closed.insert(place(root, link));
        } else if !link.is_link {
            open.push((link, kind, key));
        }
    }
    let own_key = format!("g{id}");
    let (mut pack, mut parts, mut own) = (None, Vec::new(), Vec::new());
    for (link, kind, key) in open {
        if closed.contains(&key) || listing.closed.contains(&place(root, link)) {
            continue;
        }
        let url = place(root, link);
        match kind {
            Kind::Pack if key == own_key => {
                let title = if body.is_empty() { link.title.clone() } else { body.clone() };
                pack = Some(document(&key, title, url, &[&key]));
            }
            Kind::Part => parts.push(document(&key, link.title.clone(), url, &[&link.title, &key])),
            // The pack of another meeting is a paper of this one.
            Kind::Pack | Kind::Own => own.push(document(&key, link.title.clone(), url, &[&link.title, &key])),
        }
    }
    if let Some(mut pack) = pack {
        pack.record = Some(Arc::clone(xml));
        listing.add(pack);
    } else if meeting.agenda_published == Some(false) || meeting.restricted || closed.contains(&own_key) {
        listing.add_all(parts);
    } else {
        let title = if body.is_empty() { format!("Meeting {id}") } else { body.clone() };
        let url = pack_url(root, id, record.date.as_deref(), &body);
        let mut pack = document(&own_key, title, url, &[&own_key]);
        pack.record = Some(Arc::clone(xml));
        pack.otherwise = Some(parts);
        listing.add(pack);
    }
    listing.add_all(own);
}

/// Where a link leads.
fn place(root: &Url, link: &LinkedDocument) -> String {
    root.join(link.url.trim()).map_or_else(|_| link.url.clone(), String::from)
}

/// What a link is, and what it is called.
fn look(root: &Url, link: &LinkedDocument) -> (Kind, String) {
    let other = || match link.id.as_deref().and_then(number) {
        Some(id) => format!("a{id}"),
        None => format!("u{}", &blake3::hash(link.url.as_bytes()).to_hex()[..8]),
    };
    let Ok(url) = root.join(link.url.trim()) else { return (Kind::Part, other()) };
    let folder = url.path_segments().and_then(|s| s.rev().nth(1)).unwrap_or_default().to_ascii_lowercase();
    let made = url.query_pairs().find(|(k, _)| k.eq_ignore_ascii_case("t")).map(|(_, v)| v.into_owned());
    let known = folder.get(1..).and_then(number).is_some();
    match (folder.chars().next().filter(|_| known), made.as_deref()) {
        (Some('g'), Some("10")) => (Kind::Pack, folder),
        (Some('g'), Some("0")) => (Kind::Part, format!("{folder}-t0")),
        (Some('g'), made) => {
            let made = made.and_then(number).map_or_else(other, |t| format!("t{t}"));
            (Kind::Own, format!("{folder}-{made}"))
        }
        (Some('b'), _) => (Kind::Own, folder),
        (Some('s'), _) => (Kind::Part, folder),
        _ => (Kind::Part, other()),
    }
}

/// Where a meeting's pack is, if it is there.
fn pack_url(root: &Url, id: u64, day: Option<&str>, body: &str) -> String {
    let plain = |text: &str| -> String {
        text.chars().map(|c| if "/\\".contains(c) || c.is_control() { '-' } else { c }).collect()
    };
    let name = format!("Public reports pack {} {}.pdf", plain(day.unwrap_or_default()), plain(body));
    let mut url = root.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["documents", &format!("g{id}"), &name]);
    }
    url.set_query(Some("T=10"));
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(documents_xml: &str, published: &str) -> Listing {
        let xml = format!(
            "<getmeeting><committeetitle>Works / Ways</committeetitle><meetingid>34</meetingid>\
             <meetingdate>03/05/2021</meetingdate><agendapublished>{published}</agendapublished>\
             <linkeddocuments>{documents_xml}</linkeddocuments></getmeeting>"
        );
        let root = Url::parse("https://a.example/x/").unwrap();
        let read = meeting(xml.as_bytes()).unwrap();
        let mut listing = Listing::default();
        documents(&root, &read, &Arc::new(xml.into_bytes()), (34, None), "site", &mut listing);
        listing
    }

    fn doc(title: &str, url: &str) -> String {
        format!(
            "<linkeddoc><title>{title}</title><url>{url}</url><isrestricted>False</isrestricted></linkeddoc>"
        )
    }

    fn keys(listing: &Listing) -> Vec<&str> {
        listing.documents.iter().map(|d| d.key.as_str()).collect()
    }

    #[test]
    fn a_listed_pack_stands_for_its_parts() {
        let listing = listed(
            &[
                doc("Agenda frontsheet", "documents/g34/Agenda.pdf?T=0"),
                doc("Report", "https://a.example/x/documents/s7/Report.pdf"),
                doc("Public reports pack", "https://a.example/x/documents/g34/Public reports pack.pdf?T=10"),
                doc("To follow", "documents/b9/To follow.pdf?T=9"),
                doc("Printed minutes", "documents/g34/Printed minutes.pdf?T=1"),
                doc("To follow", "documents/b9/To follow.pdf?T=9"),
            ]
            .concat(),
            "True",
        );
        assert_eq!(keys(&listing), ["g34", "b9", "g34-t1"]);
        assert_eq!(listing.documents[0].name, "site-2021-05-03-works-ways-g34");
        assert_eq!(listing.documents[1].name, "site-2021-05-03-works-ways-to-follow-b9");
        assert!(listing.documents[0].record.is_some() && listing.documents[1].record.is_none());
    }

    #[test]
    fn an_unlisted_pack_is_asked_for_and_its_parts_stand_by() {
        let report = doc("Report", "documents/s7/Report.pdf");
        let listing = listed(&report, "True");
        assert_eq!(keys(&listing), ["g34"]);
        assert_eq!(
            listing.documents[0].place.text(),
            "https://a.example/x/documents/g34/Public%20reports%20pack%2003-05-2021%20Works%20-%20Ways.pdf?T=10"
        );
        assert_eq!(listing.documents[0].otherwise.as_ref().unwrap()[0].key, "s7");
        assert_eq!(keys(&listed(&report, "False")), ["s7"], "there is no pack yet");
    }

    #[test]
    fn what_is_restricted_once_is_restricted_everywhere() {
        let closed = |url: &str| doc("Closed", url).replace("False", "True");
        let listing = listed(
            &[
                doc("Report", "documents/s7/Report.pdf"),
                closed("https://a.example/x/documents/s7/Other name.pdf"),
                closed("documents/g34/Pack.pdf?T=10"),
                doc("Open", "documents/s8/Open.pdf"),
            ]
            .concat(),
            "True",
        );
        assert_eq!(keys(&listing), ["s8"], "the pack is not asked for at its own address, either");
        assert!(listing.closed.contains("https://a.example/x/documents/g34/Pack.pdf?T=10"));
    }

    #[test]
    fn nothing_restricted_and_nothing_elsewhere_is_listed() {
        let listing = listed(
            "<linkeddoc><title>Secret</title><url>documents/s8/x.pdf</url><isrestricted>True</isrestricted></linkeddoc>\
             <linkeddoc><title>Elsewhere</title><url>https://b.example/y.pdf</url><isurl>True</isurl></linkeddoc>",
            "False",
        );
        assert_eq!((keys(&listing).len(), listing.restricted), (0, 1));
    }
}
