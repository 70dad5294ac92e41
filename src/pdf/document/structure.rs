//! The structure tree ("tags"), flattened.

use super::{Pages, View};
use crate::limits;
use crate::model::{PageNo, StructureElement};
use crate::pdf::strings::text_string;
use hayro_syntax::object::{Dict, MaybeRef, Name, Object, String as PdfString};
use rustc_hash::{FxHashMap, FxHashSet};

/// An object of the tree that is still to be read, with what it inherits.
struct Waiting<'a> {
    object: MaybeRef<Object<'a>>,
    parent: Option<u32>,
    page: Option<PageNo>,
}

/// The elements in document order, parents before children.
pub(super) fn read(view: View<'_>, catalogue: &Dict<'_>, pages: &Pages) -> Vec<StructureElement> {
    let mut out: Vec<StructureElement> = Vec::new();
    let Some(root) = view.sub(catalogue, b"StructTreeRoot") else { return out };
    let roles = role_map(view, &root);
    let mut seen: FxHashSet<(u32, i32)> = FxHashSet::default();
    let mut waiting: Vec<Waiting<'_>> = Vec::new();
    if let Some(object) = root.get_raw(b"K") {
        waiting.push(Waiting { object, parent: None, page: None });
    }
    let mut steps = 0_usize;
    while let Some(Waiting { object, parent, page }) = waiting.pop() {
        steps += 1;
        if out.len() >= limits::STRUCTURE_ELEMENTS || steps > 4 * limits::STRUCTURE_ELEMENTS {
            break;
        }
        if let MaybeRef::Ref(r) = object
            && !seen.insert((r.obj_number, r.gen_number))
        {
            continue;
        }
        match view.resolve(object) {
            Some(Object::Number(id)) => add_content(&mut out, parent, page, id.as_i64()),
            Some(Object::Array(kids)) => {
                let from = waiting.len();
                waiting.extend(kids.raw_iter().map(|object| Waiting { object, parent, page }));
                waiting[from..].reverse();
            }
            Some(Object::Dict(d)) => {
                let own = d.get_ref(b"Pg").and_then(|r| pages.get(&(r.obj_number, r.gen_number)).copied());
                let page = own.or(page);
                match d.get::<Name<'_>>(b"Type").as_deref().unwrap_or_default() {
                    b"MCR" => {
                        // With `Stm` the id is of a form's own content, which runs do not carry.
                        if let (false, Some(id)) = (d.contains_key(b"Stm"), d.get::<i64>(b"MCID")) {
                            add_content(&mut out, parent, page, id);
                        }
                    }
                    b"OBJR" => {}
                    _ => {
                        let at = out.len() as u32;
                        out.push(element(view, &d, parent, &roles));
                        if let Some(object) = d.get_raw(b"K") {
                            waiting.push(Waiting { object, parent: Some(at), page });
                        }
                    }
                }
            }
            _ => {}
        }
    }
    out
}

fn add_content(out: &mut [StructureElement], parent: Option<u32>, page: Option<PageNo>, id: i64) {
    let (Some(parent), Some(page), Ok(id)) = (parent, page, u32::try_from(id)) else { return };
    if let Some(element) = out.get_mut(parent as usize) {
        element.content.push((page, id));
    }
}

fn element(
    view: View<'_>,
    d: &Dict<'_>,
    parent: Option<u32>,
    roles: &FxHashMap<Vec<u8>, Vec<u8>>,
) -> StructureElement {
    let own = d.get::<Name<'_>>(b"S");
    let mut role: &[u8] = own.as_deref().unwrap_or_default();
    for _ in 0..8 {
        match roles.get(role) {
            Some(next) if next != role => role = next,
            _ => break,
        }
    }
    let alt = d.get::<PdfString<'_>>(b"Alt").map(|s| text_string(&s));
    let (row_span, col_span) = spans(view, d);
    StructureElement {
        role: String::from_utf8_lossy(role).chars().take(64).collect(),
        parent,
        content: Vec::new(),
        alt: alt.map(|a| a.trim().to_owned()).filter(|a| !a.is_empty()),
        row_span,
        col_span,
    }
}

/// How many rows and columns a cell spans, where its attributes say so.
fn spans(view: View<'_>, d: &Dict<'_>) -> (Option<u32>, Option<u32>) {
    let attributes: Vec<Dict<'_>> = match view.get(d, b"A") {
        Some(Object::Array(a)) => a.raw_iter().take(16).filter_map(|o| view.dict(o)).collect(),
        Some(Object::Dict(a)) => vec![a],
        _ => return (None, None),
    };
    let span = |key: &[u8]| {
        let value = attributes.iter().find_map(|a| a.get::<i64>(key))?;
        u32::try_from(value).ok().filter(|v| (2..=1000).contains(v))
    };
    (span(b"RowSpan"), span(b"ColSpan"))
}

/// What the document's own roles stand for.
fn role_map(view: View<'_>, root: &Dict<'_>) -> FxHashMap<Vec<u8>, Vec<u8>> {
    let Some(map) = view.sub(root, b"RoleMap") else { return FxHashMap::default() };
    map.entries()
        .take(10_000)
        .filter_map(|(from, to)| Some((from.to_vec(), view.resolve(to)?.into_name()?.to_vec())))
        .collect()
}
