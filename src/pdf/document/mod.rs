//! What a PDF says of itself: outline, labels, metadata, tags, attachments.
//!
//! Read object by object from the file that the pages are read from. `lopdf`, which loads a file whole,
//! is only asked to repair one.

mod dates;
mod destinations;
mod labels;
mod outline;
mod repair;
mod structure;
mod trailer;
mod xmp;

use super::strings::text_string;
use super::{STAGE, decode};
use crate::limits;
use crate::model::{DocumentInfo, Issue, PageNo};
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, MaybeRef, ObjRef, Object, ObjectIdentifier, String as PdfString};
use hayro_syntax::xref::XRef;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::HashMap;
use trailer::Trailer;

pub(super) use repair::repaired;
pub(super) use trailer::lacks_table;

/// Object ids of pages, and where they stand.
pub(super) type Pages = FxHashMap<(u32, i32), PageNo>;

/// All that is read of the document beside its pages.
#[derive(Default)]
pub(super) struct Facts {
    /// For the model.
    pub(super) info: DocumentInfo,
    /// Page labels by page index; empty where there are none.
    pub(super) labels: Vec<String>,
    /// What could not be read.
    pub(super) issues: Vec<Issue>,
}

/// Reads the document's facts. `names` are its named destinations; `height` places a height of a page's
/// user space in points from the top of the page as shown.
pub(super) fn read(
    pdf: &Pdf,
    pages: &Pages,
    names: &HashMap<Vec<u8>, PageNo>,
    height: &dyn Fn(PageNo, f64) -> Option<f32>,
) -> Facts {
    let mut facts = Facts::default();
    let view = View { xref: pdf.xref() };
    let Some(catalogue) = view.catalogue() else {
        let message = "outline, labels and metadata cannot be read: the catalogue is missing";
        facts.issues.push(Issue::doubt("document_facts_unreadable", None, STAGE, message));
        return facts;
    };
    let trailer = Trailer::find(pdf.data().as_ref());
    facts.info.encrypted = trailer.encrypted;
    let info_dict = trailer.info.and_then(|r| view.at(r));
    info(view, &catalogue, info_dict.as_ref(), &mut facts.info);
    let ends = destinations::Ends { view, pages, names, height };
    facts.info.outline = outline::read(view, &catalogue, &ends);
    facts.info.structure = structure::read(view, &catalogue, pages);
    facts.info.attachments = destinations::attachments(view, &catalogue);
    facts.labels = labels::read(view, &catalogue, pages.len());
    facts
}

/// The document's named destinations.
pub(super) fn names(pdf: &Pdf, pages: &Pages) -> HashMap<Vec<u8>, PageNo> {
    let view = View { xref: pdf.xref() };
    view.catalogue().map(|c| destinations::names(view, &c, pages)).unwrap_or_default()
}

/// Title, author, dates and the like: Info first, since tools that merge packs keep it up to date more
/// often than XMP.
fn info(view: View<'_>, catalogue: &Dict<'_>, info: Option<&Dict<'_>>, out: &mut DocumentInfo) {
    let text = |key: &[u8]| {
        let value = info?.get::<PdfString<'_>>(key)?;
        Some(text_string(&value).trim().to_owned()).filter(|t| !t.is_empty())
    };
    let date = |key: &[u8]| text(key).and_then(|d| dates::iso(&d));
    out.title = text(b"Title");
    out.author = text(b"Author");
    out.producer = text(b"Producer");
    out.creator = text(b"Creator");
    out.created = date(b"CreationDate");
    out.modified = date(b"ModDate");
    let language = catalogue.get::<PdfString<'_>>(b"Lang").map(|s| text_string(&s).trim().to_owned());
    out.language = language.filter(|l| !l.is_empty());
    let told = [&out.title, &out.author, &out.producer, &out.creator, &out.created, &out.modified];
    if told.iter().all(|v| v.is_some()) && out.language.is_some() {
        return;
    }
    let Some(xmp) = view.get(catalogue, b"Metadata").and_then(Object::into_stream) else { return };
    let xmp = decode::stream(&xmp, limits::XMP_BYTES).map(|(xml, _)| xmp::read(&xml)).unwrap_or_default();
    for (field, other) in [
        (&mut out.title, xmp.title),
        (&mut out.author, xmp.author),
        (&mut out.producer, xmp.producer),
        (&mut out.creator, xmp.creator),
        (&mut out.created, xmp.created),
        (&mut out.modified, xmp.modified),
        (&mut out.language, xmp.language),
    ] {
        if field.is_none() {
            *field = other;
        }
    }
}

/// A document to look things up in, without trust in its references.
///
/// Whatever is walked (siblings, kids) is looked up afresh: a dictionary remembers all that it was
/// reached through.
#[derive(Clone, Copy)]
struct View<'a> {
    xref: &'a XRef,
}

impl<'a> View<'a> {
    fn catalogue(self) -> Option<Dict<'a>> {
        self.xref.get(self.xref.root_id())
    }

    /// The dictionary that a reference leads to; that of a stream, too.
    fn at(self, reference: ObjRef) -> Option<Dict<'a>> {
        self.xref.get(ObjectIdentifier::from(reference))
    }

    /// The object itself, a reference followed.
    fn resolve(self, object: MaybeRef<Object<'a>>) -> Option<Object<'a>> {
        match object {
            MaybeRef::Ref(reference) => self.xref.get(ObjectIdentifier::from(reference)),
            MaybeRef::NotRef(object) => Some(object),
        }
    }

    /// The same where it is a dictionary, or a stream that has one.
    fn dict(self, object: MaybeRef<Object<'a>>) -> Option<Dict<'a>> {
        match self.resolve(object)? {
            Object::Dict(d) => Some(d),
            Object::Stream(s) => Some(s.dict().clone()),
            _ => None,
        }
    }

    /// An entry of a dictionary.
    fn get(self, dict: &Dict<'a>, key: &[u8]) -> Option<Object<'a>> {
        self.resolve(dict.get_raw(key)?)
    }

    /// An entry that is a dictionary.
    fn sub(self, dict: &Dict<'a>, key: &[u8]) -> Option<Dict<'a>> {
        self.dict(dict.get_raw(key)?)
    }

    /// The items of an entry that is an array.
    fn items(self, dict: &Dict<'a>, key: &[u8]) -> impl Iterator<Item = MaybeRef<Object<'a>>> + use<'a> {
        let array = self.get(dict, key).and_then(Object::into_array);
        array.into_iter().flat_map(|a: Array<'a>| a.raw_iter())
    }

    /// The pairs of a name tree or number tree, whose leaves keep them under `key`.
    fn tree(self, root: Dict<'a>, key: &[u8]) -> Vec<(Object<'a>, MaybeRef<Object<'a>>)> {
        let mut out = Vec::new();
        let mut seen: FxHashSet<(u32, i32)> = FxHashSet::default();
        let mut stack = vec![root];
        while let Some(node) = stack.pop() {
            if out.len() >= limits::OUTLINE_ENTRIES || seen.len() > limits::OUTLINE_ENTRIES {
                break;
            }
            let mut items = self.items(&node, key);
            while let (Some(name), Some(value)) = (items.next(), items.next()) {
                if let Some(name) = self.resolve(name) {
                    out.push((name, value));
                }
            }
            let from = stack.len();
            for kid in self.items(&node, b"Kids") {
                if let MaybeRef::Ref(r) = kid
                    && seen.insert((r.obj_number, r.gen_number))
                    && let Some(kid) = self.at(r)
                {
                    stack.push(kid);
                }
            }
            stack[from..].reverse();
        }
        out
    }
}
