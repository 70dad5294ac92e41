//! Where bookmarks and links lead, and names that stand for places.

use super::{Pages, View};
use crate::limits;
use crate::model::PageNo;
use crate::pdf::strings::text_string;
use lopdf::{Dictionary, Object};
use std::collections::HashMap;

/// All that is needed to follow a destination.
pub(super) struct Ends<'a> {
    pub(super) pages: &'a Pages,
    pub(super) names: &'a HashMap<Vec<u8>, PageNo>,
    pub(super) height: &'a dyn Fn(PageNo, f64) -> Option<f32>,
}

impl Ends<'_> {
    /// Page, and points from its top where given.
    pub(super) fn follow(&self, view: View<'_>, destination: &Object) -> (Option<PageNo>, Option<f32>) {
        let destination = view.resolve(destination).unwrap_or(destination);
        match destination {
            Object::Array(a) => {
                let page = page_of(a, self.pages);
                let number = |i: usize| a.get(i).and_then(|o| o.as_float().ok()).map(f64::from);
                let top = match a.get(1).and_then(|o| o.as_name().ok()) {
                    Some(b"XYZ") => number(3),
                    Some(b"FitH" | b"FitBH") => number(2),
                    Some(b"FitR") => number(5),
                    _ => None,
                };
                (page, page.zip(top).and_then(|(p, t)| (self.height)(p, t)))
            }
            Object::Name(n) | Object::String(n, _) => (self.names.get(n).copied(), None),
            _ => (None, None),
        }
    }
}

/// The page that an explicit destination begins with: an object, or a page index.
fn page_of(destination: &[Object], pages: &Pages) -> Option<PageNo> {
    match destination.first()? {
        Object::Reference(id) => pages.get(id).copied(),
        Object::Integer(i) => {
            let page = PageNo::from_index(usize::try_from(*i).ok()?);
            (page.index() < pages.len()).then_some(page)
        }
        _ => None,
    }
}

/// Named destinations, of the name tree and of the older dictionary.
pub(super) fn names(view: View<'_>, catalogue: &Dictionary, pages: &Pages) -> HashMap<Vec<u8>, PageNo> {
    let mut out = HashMap::new();
    let mut add = |name: &[u8], place: &Object| {
        let place = match view.resolve(place) {
            Some(Object::Dictionary(d)) => view.array(d, b"D"),
            Some(Object::Array(a)) => Some(a.as_slice()),
            _ => None,
        };
        if let Some(page) = place.and_then(|p| page_of(p, pages)) {
            out.entry(name.to_vec()).or_insert(page);
        }
    };
    if let Some(tree) = view.sub(catalogue, b"Names").and_then(|n| view.sub(n, b"Dests")) {
        for (name, place) in view.tree(tree, b"Names") {
            if let Ok(name) = name.as_str() {
                add(name, place);
            }
        }
    }
    if let Some(old) = view.sub(catalogue, b"Dests") {
        for (name, place) in old.iter().take(limits::OUTLINE_ENTRIES) {
            add(name, place);
        }
    }
    out
}

/// Names of attached files.
pub(super) fn attachments(view: View<'_>, catalogue: &Dictionary) -> Vec<String> {
    let tree = view.sub(catalogue, b"Names").and_then(|n| view.sub(n, b"EmbeddedFiles"));
    let Some(tree) = tree else { return Vec::new() };
    let named = |(name, file): (&Object, &Object)| {
        let spec = view.dict(file);
        let own = spec.and_then(|s| view.get(s, b"UF").or_else(|| view.get(s, b"F")));
        own.unwrap_or(name).as_str().ok().map(text_string)
    };
    view.tree(tree, b"Names").into_iter().filter_map(named).collect()
}
