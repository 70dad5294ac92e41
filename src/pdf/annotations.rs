//! Annotations: links, and what comments, stamps and form fields draw.

use super::content::Interpreter;
use super::damage::ANNOTATION;
use super::document::Pages;
use super::matrix::Matrix;
use super::objects::{Key, is_lost, key, name};
use super::page::Shared;
use super::text_string;
use crate::limits;
use crate::model::{Link, PageNo};
use hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, Stream, String as PdfString};
use std::collections::HashMap;

/// Finds the number of a page by its object.
#[derive(Default)]
pub(super) struct PageNumbers {
    by_object: Pages,
    by_name: HashMap<Vec<u8>, PageNo>,
}

impl PageNumbers {
    /// Of all pages in order.
    pub(super) fn of(pages: &[hayro_syntax::page::Page<'_>]) -> PageNumbers {
        let mut by_object = Pages::default();
        for (i, page) in pages.iter().enumerate() {
            let (number, generation, _): Key = key(page.raw());
            by_object.entry((number, generation)).or_insert(PageNo::from_index(i));
        }
        PageNumbers { by_object, by_name: HashMap::new() }
    }

    /// Numbers by object id.
    pub(super) fn by_object(&self) -> &Pages {
        &self.by_object
    }

    /// Numbers by named destination.
    pub(super) fn by_name(&self) -> &HashMap<Vec<u8>, PageNo> {
        &self.by_name
    }

    /// Knows named destinations, too.
    pub(super) fn with_names(self, by_name: HashMap<Vec<u8>, PageNo>) -> PageNumbers {
        PageNumbers { by_name, ..self }
    }

    fn of_destination(&self, destination: &Object<'_>) -> Option<PageNo> {
        match destination {
            Object::Array(a) => match a.raw_iter().next()? {
                MaybeRef::Ref(r) => self.by_object.get(&(r.obj_number, r.gen_number)).copied(),
                MaybeRef::NotRef(Object::Number(n)) => {
                    usize::try_from(n.as_i64()).ok().map(PageNo::from_index)
                }
                MaybeRef::NotRef(_) => None,
            },
            Object::Dict(d) => {
                self.of_destination(&d.get::<Object<'_>>(b"D").filter(|o| matches!(o, Object::Array(_)))?)
            }
            Object::Name(n) => self.by_name.get(n.as_ref()).copied(),
            Object::String(s) => self.by_name.get(s.as_bytes()).copied(),
            _ => None,
        }
    }
}

/// Flags of an annotation.
const HIDDEN: u32 = 1 << 1;
const NO_VIEW: u32 = 1 << 5;

/// Reads the annotations of a page: links into the page, appearances through the interpreter.
pub(super) fn read<'d>(
    page: &hayro_syntax::page::Page<'d>,
    to_page: Matrix,
    shared: &Shared<'_>,
    interpreter: &mut Interpreter<'d, '_>,
) {
    if is_lost(page.raw(), b"Annots") {
        interpreter.damage.missing.insert(ANNOTATION);
    }
    let Some(annotations) = page.raw().get::<Array<'d>>(b"Annots") else { return };
    let listed: Vec<Dict<'d>> = annotations.iter::<Dict<'d>>().take(limits::IMAGES).collect();
    if listed.len() < annotations.raw_iter().take(limits::IMAGES).count() {
        interpreter.damage.missing.insert(ANNOTATION);
    }
    for annotation in listed {
        let Some(place) = annotation.get::<[f64; 4]>(b"Rect") else { continue };
        let flags = annotation.get::<u32>(b"F").unwrap_or(0);
        if flags & (HIDDEN | NO_VIEW) != 0
            || annotation.get::<Dict<'d>>(b"OC").is_some_and(|oc| shared.layers.hides(&oc))
        {
            continue;
        }
        match annotation.get::<Name<'_>>(b"Subtype").as_deref() {
            Some(b"Popup") => continue,
            Some(b"Link") => {
                if let Some(link) = link(&annotation, place, to_page, shared.numbers) {
                    interpreter.page.graphics.links.push(link);
                }
            }
            _ => {}
        }
        if let Some(form) = appearance(&annotation) {
            interpreter.appearance(&form, place, to_page, page.resources());
        }
    }
}

/// The normal appearance, in the state that the annotation is in.
fn appearance<'d>(annotation: &Dict<'d>) -> Option<Stream<'d>> {
    let all = annotation.get::<Dict<'d>>(b"AP")?;
    match all.get::<Object<'d>>(b"N")? {
        Object::Stream(s) => Some(s),
        Object::Dict(states) => states.get::<Stream<'d>>(annotation.get::<Name<'d>>(b"AS")?.as_ref()),
        _ => None,
    }
}

fn link(annotation: &Dict<'_>, place: [f64; 4], to_page: Matrix, numbers: &PageNumbers) -> Option<Link> {
    let bbox = to_page.bounds(place);
    let action = annotation.get::<Dict<'_>>(b"A");
    let uri = action.as_ref().and_then(|a| a.get::<PdfString<'_>>(b"URI")).map(|s| text_string(s.as_bytes()));
    let destination = annotation.get::<Object<'_>>(b"Dest").or_else(|| {
        let a = action.as_ref().filter(|a| name(a, b"S") == "GoTo")?;
        a.get::<Object<'_>>(b"D")
    });
    let page = destination.and_then(|d| numbers.of_destination(&d));
    (uri.is_some() || page.is_some()).then_some(Link { bbox, uri, page })
}
