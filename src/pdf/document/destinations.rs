//! Where bookmarks and links lead, and names that stand for places.

use super::{Pages, View};
use crate::limits;
use crate::model::PageNo;
use crate::pdf::strings::text_string;
use hayro_syntax::object::{Array, Dict, MaybeRef, Object};
use std::collections::HashMap;

/// All that is needed to follow a destination.
pub(super) struct Ends<'a, 'd> {
    pub(super) view: View<'d>,
    pub(super) pages: &'a Pages,
    pub(super) names: &'a HashMap<Vec<u8>, PageNo>,
    pub(super) height: &'a dyn Fn(PageNo, f64) -> Option<f32>,
}

impl<'d> Ends<'_, 'd> {
    /// Page, and points from its top where given.
    pub(super) fn follow(&self, destination: MaybeRef<Object<'d>>) -> (Option<PageNo>, Option<f32>) {
        match self.view.resolve(destination) {
            Some(Object::Array(a)) => {
                let page = page_of(&a, self.pages);
                let mut items = a.raw_iter().skip(1);
                let at = match items.next() {
                    Some(MaybeRef::NotRef(Object::Name(n))) => match n.as_ref() {
                        b"XYZ" => Some(1),
                        b"FitH" | b"FitBH" => Some(0),
                        b"FitR" => Some(3),
                        _ => None,
                    },
                    _ => None,
                };
                let top = match at.and_then(|i| items.nth(i)) {
                    Some(MaybeRef::NotRef(Object::Number(n))) => Some(f64::from(n.as_f32())),
                    _ => None,
                };
                (page, page.zip(top).and_then(|(p, t)| (self.height)(p, t)))
            }
            Some(Object::Name(n)) => (self.names.get(n.as_ref()).copied(), None),
            Some(Object::String(n)) => (self.names.get(n.as_bytes()).copied(), None),
            _ => (None, None),
        }
    }
}

/// The page that an explicit destination begins with: an object, or a page index.
fn page_of(destination: &Array<'_>, pages: &Pages) -> Option<PageNo> {
    match destination.raw_iter().next()? {
        MaybeRef::Ref(r) => pages.get(&(r.obj_number, r.gen_number)).copied(),
        MaybeRef::NotRef(Object::Number(n)) => {
            let page = PageNo::from_index(usize::try_from(n.as_i64()).ok()?);
            (page.index() < pages.len()).then_some(page)
        }
        MaybeRef::NotRef(_) => None,
    }
}

/// Named destinations, of the name tree and of the older dictionary.
pub(super) fn names(view: View<'_>, catalogue: &Dict<'_>, pages: &Pages) -> HashMap<Vec<u8>, PageNo> {
    let mut out = HashMap::new();
    let mut add = |name: &[u8], place: MaybeRef<Object<'_>>| {
        let place = match view.resolve(place) {
            Some(Object::Dict(d)) => view.get(&d, b"D").and_then(Object::into_array),
            Some(Object::Array(a)) => Some(a),
            _ => None,
        };
        if let Some(page) = place.and_then(|p| page_of(&p, pages)) {
            out.entry(name.to_vec()).or_insert(page);
        }
    };
    if let Some(tree) = view.sub(catalogue, b"Names").and_then(|n| view.sub(&n, b"Dests")) {
        for (name, place) in view.tree(tree, b"Names") {
            match name {
                Object::String(name) => add(&name, place),
                Object::Name(name) => add(&name, place),
                _ => {}
            }
        }
    }
    if let Some(old) = view.sub(catalogue, b"Dests") {
        for (name, place) in old.entries().take(limits::OUTLINE_ENTRIES) {
            add(&name, place);
        }
    }
    out
}

/// Names of attached files.
pub(super) fn attachments(view: View<'_>, catalogue: &Dict<'_>) -> Vec<String> {
    let tree = view.sub(catalogue, b"Names").and_then(|n| view.sub(&n, b"EmbeddedFiles"));
    let Some(tree) = tree else { return Vec::new() };
    let named = |(name, file): (Object<'_>, MaybeRef<Object<'_>>)| {
        let spec = view.dict(file);
        let own = spec.and_then(|s| view.get(&s, b"UF").or_else(|| view.get(&s, b"F")));
        own.unwrap_or(name).into_string().map(|s| text_string(&s))
    };
    view.tree(tree, b"Names").into_iter().filter_map(named).collect()
}
