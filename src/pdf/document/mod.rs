//! What a PDF says of itself, read with `lopdf`: outline, labels, metadata, tags, attachments.

mod dates;
mod destinations;
mod labels;
mod outline;
mod repair;
mod structure;
mod xmp;

use super::STAGE;
use super::strings::text_string;
use crate::limits;
use crate::model::{DocumentInfo, Issue, PageNo};
use lopdf::{Dictionary, Document, LoadOptions, Object};
use std::collections::{HashMap, HashSet};

pub(super) use repair::repaired;

/// Object ids of pages, and where they stand.
pub(super) type Pages = HashMap<(u32, u16), PageNo>;

/// All that is read of the document beside its pages.
#[derive(Default)]
pub(super) struct Facts {
    /// For the model.
    pub(super) info: DocumentInfo,
    /// Page labels by page index; empty where there are none.
    pub(super) labels: Vec<String>,
    /// Named destinations.
    pub(super) names: HashMap<Vec<u8>, PageNo>,
    /// What could not be read.
    pub(super) issues: Vec<Issue>,
}

/// Reads the document's facts. `height` places a height of a page's user space in points from the top
/// of the page as shown.
pub(super) fn read(bytes: &[u8], pages: &Pages, height: &dyn Fn(PageNo, f64) -> Option<f32>) -> Facts {
    let mut facts = Facts::default();
    let options = LoadOptions {
        // Copies of thousands of objects are spared where none lies in an object stream.
        filter: Some(if memchr::memmem::find(bytes, b"ObjStm").is_some() {
            without_contents
        } else {
            without_streams
        }),
        max_decompressed_size: Some(limits::STREAM_BYTES),
        ..LoadOptions::default()
    };
    let doc = match Document::load_mem_with_options(bytes, options) {
        Ok(doc) => doc,
        Err(e) => {
            let message = format!("outline, labels and metadata cannot be read: {e}");
            facts.issues.push(Issue::doubt("document_facts_unreadable", None, STAGE, message));
            return facts;
        }
    };
    facts.info.encrypted = doc.was_encrypted();
    let view = View { doc: &doc };
    let Some(catalogue) = doc.trailer.get(b"Root").ok().and_then(|o| view.dict(o)) else { return facts };
    info(view, catalogue, &mut facts.info);
    facts.names = destinations::names(view, catalogue, pages);
    let ends = destinations::Ends { pages, names: &facts.names, height };
    facts.info.outline = outline::read(view, catalogue, &ends);
    facts.info.structure = structure::read(view, catalogue, pages);
    facts.info.attachments = destinations::attachments(view, catalogue);
    facts.labels = labels::read(view, catalogue, pages.len());
    facts
}

/// Keeps what has no bulk: dictionaries, object streams and metadata, but no pictures or page contents.
fn without_contents(id: (u32, u16), object: &mut Object) -> Option<((u32, u16), Object)> {
    match object {
        Object::Stream(s) if s.dict.has_type(b"ObjStm") || s.dict.has_type(b"Metadata") => {
            // The caller keeps its own; only members of object streams are taken from here.
            Some((id, Object::Null))
        }
        Object::Stream(_) => None,
        other => Some((id, other.clone())),
    }
}

/// The same for a file without object streams: there the caller keeps its own of all, and the copy is
/// looked at only for being there.
fn without_streams(id: (u32, u16), object: &mut Object) -> Option<((u32, u16), Object)> {
    let bulk = matches!(object, Object::Stream(s) if !s.dict.has_type(b"Metadata"));
    (!bulk).then_some((id, Object::Null))
}

/// Title, author, dates and the like: Info first, since tools that merge packs keep it up to date more
/// often than XMP.
fn info(view: View<'_>, catalogue: &Dictionary, out: &mut DocumentInfo) {
    let xmp = view.get(catalogue, b"Metadata").and_then(|o| o.as_stream().ok());
    let xmp = xmp.and_then(|s| s.get_plain_content_with_limit(limits::XMP_BYTES).ok());
    let xmp = xmp.map(|bytes| xmp::read(&bytes)).unwrap_or_default();
    let info = view.doc.trailer.get(b"Info").ok().and_then(|o| view.dict(o));
    let text = |key: &[u8]| {
        let value = view.get(info?, key)?.as_str().ok()?;
        Some(text_string(value).trim().to_owned()).filter(|t| !t.is_empty())
    };
    let date = |key: &[u8]| text(key).and_then(|d| dates::iso(&d));
    out.title = text(b"Title").or(xmp.title);
    out.author = text(b"Author").or(xmp.author);
    out.producer = text(b"Producer").or(xmp.producer);
    out.creator = text(b"Creator").or(xmp.creator);
    out.created = date(b"CreationDate").or(xmp.created);
    out.modified = date(b"ModDate").or(xmp.modified);
    out.language = view
        .get(catalogue, b"Lang")
        .and_then(|o| o.as_str().ok())
        .map(|s| text_string(s).trim().to_owned())
        .filter(|l| !l.is_empty())
        .or(xmp.language);
}

/// A document to look things up in, without trust in its references.
#[derive(Clone, Copy)]
struct View<'a> {
    doc: &'a Document,
}

impl<'a> View<'a> {
    /// The object itself, references followed (`lopdf` stops at loops).
    fn resolve(self, object: &'a Object) -> Option<&'a Object> {
        self.doc.dereference(object).ok().map(|(_, o)| o)
    }

    /// A dictionary, direct or by reference.
    fn dict(self, object: &'a Object) -> Option<&'a Dictionary> {
        match self.resolve(object)? {
            Object::Dictionary(d) => Some(d),
            Object::Stream(s) => Some(&s.dict),
            _ => None,
        }
    }

    /// An entry of a dictionary.
    fn get(self, dict: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
        self.resolve(dict.get(key).ok()?)
    }

    /// An entry that is a dictionary.
    fn sub(self, dict: &'a Dictionary, key: &[u8]) -> Option<&'a Dictionary> {
        self.dict(dict.get(key).ok()?)
    }

    /// An entry that is an array.
    fn array(self, dict: &'a Dictionary, key: &[u8]) -> Option<&'a [Object]> {
        self.get(dict, key)?.as_array().ok().map(Vec::as_slice)
    }

    /// The pairs of a name tree or number tree, whose leaves keep them under `key`.
    fn tree(self, root: &'a Dictionary, key: &[u8]) -> Vec<(&'a Object, &'a Object)> {
        let mut out = Vec::new();
        let mut seen: HashSet<(u32, u16)> = HashSet::new();
        let mut stack = vec![root];
        while let Some(node) = stack.pop() {
            if out.len() >= limits::OUTLINE_ENTRIES || seen.len() > limits::OUTLINE_ENTRIES {
                break;
            }
            for pair in self.array(node, key).unwrap_or(&[]).chunks_exact(2) {
                if let Some(name) = self.resolve(&pair[0]) {
                    out.push((name, &pair[1]));
                }
            }
            for kid in self.array(node, b"Kids").unwrap_or(&[]).iter().rev() {
                if kid.as_reference().is_ok_and(|id| seen.insert(id))
                    && let Some(kid) = self.dict(kid)
                {
                    stack.push(kid);
                }
            }
        }
        out
    }
}
