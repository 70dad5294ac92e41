//! XML from the web, read with caps: size, depth and number of elements are bounded, and a document
//! type (the door to entities) is refused.

use crate::limits;
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
    #[error("it holds nothing of what was asked for")]
    Other,
}

/// Deepest nesting; real answers have eight levels.
const DEPTH: usize = 32;
/// Most elements; real answers have a few thousand.
const ELEMENTS: usize = 200_000;

/// Someone who is told of each element, by its local name in lower case.
pub trait Visitor {
    /// An element begins.
    fn open(&mut self, name: &str, element: &BytesStart<'_>);
    /// An element ended, with its own text and the names of those around it, outermost first.
    fn close(&mut self, around: &[String], name: &str, text: &str);
}

/// Walks a file from its first to its last element.
///
/// # Errors
/// [`Refused`]: nothing that was seen until then should be used.
pub fn walk(bytes: &[u8], visitor: &mut impl Visitor) -> Result<(), Refused> {
    if bytes.len() > limits::MEETING_XML_BYTES {
        return Err(Refused::Limit);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Refused::Malformed)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut path: Vec<String> = Vec::new();
    let mut said = String::new();
    let mut elements = 0;
    loop {
        match reader.read_event().map_err(|_| Refused::Malformed)? {
            Event::DocType(_) => return Err(Refused::Entities),
            Event::Start(e) => {
                elements += 1;
                if elements > ELEMENTS || path.len() >= DEPTH {
                    return Err(Refused::Limit);
                }
                let name = local(&e);
                visitor.open(&name, &e);
                path.push(name);
                said.clear();
            }
            Event::Empty(e) => {
                elements += 1;
                if elements > ELEMENTS {
                    return Err(Refused::Limit);
                }
                let name = local(&e);
                visitor.open(&name, &e);
                visitor.close(&path, &name, "");
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
                visitor.close(&path, &name, &clean(&said));
                said.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if path.is_empty() { Ok(()) } else { Err(Refused::Malformed) }
}

/// The value of an attribute, by its local name.
pub fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().flatten().find(|a| a.key.0.eq_ignore_ascii_case(name))?;
    Some(clean(&found.value)).filter(|v| !v.is_empty())
}

fn local(e: &BytesStart<'_>) -> String {
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
