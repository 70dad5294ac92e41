//! An RSS or Atom feed: its entries are PDFs, or lead to meetings of a ModernGov site, whose documents
//! are then listed as `moderngov` does. A feed tells what is new and forgets: what it no longer lists
//! is not taken for withdrawn.

use super::http::Http;
use super::memory::{Memory, Validators};
use super::moderngov::{add_meeting, fetch, number};
use super::name::{date, joined};
use super::options::{RssOptions, SourceOptions};
use super::{Document, Fetched, Listing, Place, Source};
use crate::error::Error;
use crate::limits;
use crate::xml::{Refused, Visitor, attribute, walk};
use jiff::civil::Date;
use quick_xml::events::BytesStart;
use std::collections::BTreeMap;
use std::path::Path;

/// A feed.
#[derive(Debug)]
pub struct Rss<'a> {
    name: String,
    options: RssOptions,
    http: Http<'a>,
}

impl<'a> Rss<'a> {
    /// As configured.
    pub fn new(options: RssOptions, http: Http<'a>) -> Rss<'a> {
        Rss { name: SourceOptions::Rss(options.clone()).name(), options, http }
    }
}

impl Source for Rss<'_> {
    fn list(&mut self, _: Date, memory: &mut Memory) -> Result<Listing, Error> {
        let url = &self.options.url;
        let bytes = self.http.text(url, memory)?;
        let refused = |e: Refused| Error::AnswerRefused { url: url.clone(), detail: e.to_string() };
        let entries = entries(&bytes).map_err(refused)?;
        let mut listing = Listing::default();
        let mut meetings = BTreeMap::new();
        for entry in entries {
            let Ok(link) = self.http.scope.site.join(&entry.link) else { continue };
            if entry.is_pdf || link.path().to_ascii_lowercase().ends_with(".pdf") {
                let day = entry.date.map(|d| d.to_string()).unwrap_or_default();
                listing.add(Document {
                    key: link.to_string(),
                    name: joined(&[&self.name, &day, &entry.title]),
                    title: entry.title,
                    date: entry.date,
                    place: Place::Url(link.into()),
                    ..Document::default()
                });
            } else if let Some((_, id)) = link.query_pairs().find(|(k, _)| k.eq_ignore_ascii_case("mid"))
                && let (Some(id), Ok(service)) = (number(&id), link.join("mgWebService.asmx/"))
            {
                meetings.insert(id, service);
            }
        }
        for (id, service) in meetings {
            if listing.is_full() {
                break;
            }
            add_meeting(&self.http, &service, (id, None), &self.name, memory, &mut listing)?;
        }
        Ok(listing)
    }

    fn would_list(&self, _: Option<Date>, _: Date) -> bool {
        false
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

/// An entry of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entry {
    title: String,
    link: String,
    date: Option<Date>,
    /// Its enclosure says that it is a PDF.
    is_pdf: bool,
}

/// The entries of a feed, in order.
fn entries(bytes: &[u8]) -> Result<Vec<Entry>, Refused> {
    let mut reading = Reading::default();
    walk(bytes, &mut reading)?;
    if !reading.feed {
        return Err(Refused::Other);
    }
    if reading.entries.len() > limits::FEED_ENTRIES {
        return Err(Refused::Limit);
    }
    reading.entries.retain(|e| !e.link.is_empty());
    Ok(reading.entries)
}

#[derive(Default)]
struct Reading {
    entries: Vec<Entry>,
    /// Whether this is a feed at all.
    feed: bool,
    inside: bool,
}

impl Visitor for Reading {
    fn open(&mut self, name: &str, element: &BytesStart<'_>) {
        match name {
            "rss" | "feed" | "rdf" => self.feed = true,
            "item" | "entry" => {
                self.inside = true;
                self.entries.push(Entry::default());
            }
            "enclosure" | "link" if self.inside => {
                let Some(entry) = self.entries.last_mut() else { return };
                let pdf =
                    attribute(element, "type").is_some_and(|t| t.eq_ignore_ascii_case("application/pdf"));
                let link = attribute(element, "href").or_else(|| attribute(element, "url"));
                // What says that it is a PDF is the document, whatever else is linked.
                if let Some(link) = link
                    && (pdf || entry.link.is_empty())
                {
                    entry.link = link;
                    entry.is_pdf = pdf;
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, around: &[String], name: &str, text: &str) {
        if matches!(name, "item" | "entry") {
            self.inside = false;
        }
        let own = around.last().is_some_and(|a| a == "item" || a == "entry");
        let Some(entry) = self.entries.last_mut().filter(|_| own && !text.is_empty()) else { return };
        match name {
            "title" => text.clone_into(&mut entry.title),
            "link" if entry.link.is_empty() => text.clone_into(&mut entry.link),
            "pubdate" | "published" | "updated" | "date" if entry.date.is_none() => {
                entry.date = jiff::fmt::rfc2822::DateTimeParser::new()
                    .relaxed_weekday(true)
                    .parse_zoned(text)
                    .map(|z| z.date())
                    .ok()
                    .or_else(|| date(text.split('T').next().unwrap_or_default()));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_of_both_kinds() {
        let rss = "<rss version=\"2.0\"><channel><title>News</title><link>https://a/</link>\
            <item><title>Panel &amp;amp; more</title><link>https://a/ieListDocuments.aspx?CId=1&amp;MId=2</link>\
            <pubDate>Mon, 03 May 2021 10:00:00 +0100</pubDate></item>\
            <item><title>Plan</title><link>https://a/page</link><enclosure url=\"https://a/plan\" type=\"application/pdf\"/></item>\
            <item><title>No link</title></item></channel></rss>";
        let day = Some(jiff::civil::date(2021, 5, 3));
        let entry = |title: &str, link: &str, date, is_pdf| Entry {
            title: title.into(),
            link: link.into(),
            date,
            is_pdf,
        };
        assert_eq!(
            entries(rss.as_bytes()).unwrap(),
            [
                entry("Panel & more", "https://a/ieListDocuments.aspx?CId=1&MId=2", day, false),
                entry("Plan", "https://a/plan", None, true),
            ]
        );
        let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>N</title><link href=\"https://a/\"/>\
            <entry><title>Plan</title><link rel=\"alternate\" href=\"https://a/plan.pdf\"/><updated>2021-05-03T10:00:00Z</updated></entry></feed>";
        assert_eq!(entries(atom.as_bytes()).unwrap(), [entry("Plan", "https://a/plan.pdf", day, false)]);
    }

    #[test]
    fn what_is_no_feed_is_refused() {
        assert_eq!(entries(b"<html><body/></html>"), Err(Refused::Other));
        assert_eq!(entries(b"<rss><channel>"), Err(Refused::Malformed));
        assert_eq!(entries(b"<!DOCTYPE rss [<!ENTITY a \"b\">]><rss/>"), Err(Refused::Entities));
        let many = format!("<rss>{}</rss>", "<item/>".repeat(limits::FEED_ENTRIES + 1));
        assert_eq!(entries(many.as_bytes()), Err(Refused::Limit));
    }
}
