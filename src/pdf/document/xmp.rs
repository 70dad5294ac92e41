//! XMP metadata, the XML that newer tools write beside Info.

use crate::limits;
use quick_xml::Reader;
use quick_xml::events::Event;

/// What is wanted of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Xmp {
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) producer: Option<String>,
    pub(super) creator: Option<String>,
    pub(super) created: Option<String>,
    pub(super) modified: Option<String>,
    pub(super) language: Option<String>,
}

impl Xmp {
    /// The field that a property stands for.
    fn field(&mut self, property: &str) -> Option<&mut Option<String>> {
        Some(match property {
            "dc:title" => &mut self.title,
            "dc:creator" => &mut self.author,
            "dc:language" => &mut self.language,
            "pdf:Producer" => &mut self.producer,
            "xmp:CreatorTool" | "xap:CreatorTool" => &mut self.creator,
            "xmp:CreateDate" | "xap:CreateDate" => &mut self.created,
            "xmp:ModifyDate" | "xap:ModifyDate" => &mut self.modified,
            _ => return None,
        })
    }

    /// Sets a field, the first time that it is met.
    fn set(&mut self, property: &str, value: &str) {
        let value: String = value.trim().chars().take(limits::METADATA_CHARS).collect();
        if let Some(field) = self.field(property)
            && field.is_none()
            && !value.is_empty()
        {
            *field = Some(value);
        }
    }
}

/// Reads what can be read; broken XML gives what came before the fault.
pub(super) fn read(bytes: &[u8]) -> Xmp {
    let mut out = Xmp::default();
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(&text);
    // The property that we are inside of, and its text so far.
    let mut open: Option<(String, String)> = None;
    loop {
        match reader.read_event() {
            Ok(Event::Start(e) | Event::Empty(e)) => {
                let name = e.name().0.to_owned();
                for a in e.attributes().flatten() {
                    out.set(a.key.0, &unescape(&a.value));
                }
                if out.field(&name).is_some() {
                    open = Some((name, String::new()));
                }
            }
            Ok(Event::Text(t)) => {
                if let Some((_, so_far)) = &mut open {
                    so_far.push_str(&t);
                }
            }
            Ok(Event::GeneralRef(r)) => {
                if let Some((_, so_far)) = &mut open {
                    so_far.push_str(&unescape(&format!("&{};", &*r)));
                }
            }
            Ok(Event::End(e)) => {
                let name = e.name();
                // The first of several titles or authors stands for all.
                let ends = open.as_ref().is_some_and(|(property, so_far)| {
                    property == name.0 || (name.0 == "rdf:li" && !so_far.trim().is_empty())
                });
                if ends && let Some((property, so_far)) = open.take() {
                    out.set(&property, &so_far);
                }
            }
            Ok(Event::Eof) | Err(_) => return out,
            Ok(_) => {}
        }
    }
}

fn unescape(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_as_elements_and_attributes() {
        let xml = br#"<x:xmpmeta><rdf:RDF><rdf:Description xmp:CreateDate="2022-10-24T10:30:00Z">
            <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Parks &amp; roads</rdf:li></rdf:Alt></dc:title>
            <pdf:Producer>Some tool</pdf:Producer></rdf:Description></rdf:RDF></x:xmpmeta>"#;
        let xmp = read(xml);
        assert_eq!(xmp.title.as_deref(), Some("Parks & roads"));
        assert_eq!(xmp.producer.as_deref(), Some("Some tool"));
        assert_eq!(xmp.created.as_deref(), Some("2022-10-24T10:30:00Z"));
    }

    #[test]
    fn broken_xml_is_no_panic() {
        assert_eq!(read(b"<dc:title>Cut <b"), Xmp::default());
        assert_eq!(read(b"\xFF\xFE\0<"), Xmp::default());
    }
}
