//! The structure tree ("tags"), flattened.

use super::{Pages, View};
use crate::limits;
use crate::model::{PageNo, StructureElement};
use crate::pdf::strings::text_string;
use lopdf::{Dictionary, Object};
use std::collections::{HashMap, HashSet};

/// An object of the tree that is still to be read, with what it inherits.
struct Waiting<'a> {
    object: &'a Object,
    parent: Option<u32>,
    page: Option<PageNo>,
}

/// The elements in document order, parents before children.
pub(super) fn read(view: View<'_>, catalogue: &Dictionary, pages: &Pages) -> Vec<StructureElement> {
    let mut out: Vec<StructureElement> = Vec::new();
    let Some(root) = view.sub(catalogue, b"StructTreeRoot") else { return out };
    let roles = role_map(view, root);
    let mut seen: HashSet<(u32, u16)> = HashSet::new();
    let mut waiting: Vec<Waiting<'_>> = Vec::new();
    if let Ok(kids) = root.get(b"K") {
        waiting.push(Waiting { object: kids, parent: None, page: None });
    }
    let mut steps = 0_usize;
    while let Some(Waiting { object, parent, page }) = waiting.pop() {
        steps += 1;
        if out.len() >= limits::STRUCTURE_ELEMENTS || steps > 4 * limits::STRUCTURE_ELEMENTS {
            break;
        }
        if let Object::Reference(id) = object
            && !seen.insert(*id)
        {
            continue;
        }
        match view.resolve(object) {
            Some(Object::Integer(id)) => add_content(&mut out, parent, page, *id),
            Some(Object::Array(kids)) => {
                waiting.extend(kids.iter().rev().map(|object| Waiting { object, parent, page }));
            }
            Some(Object::Dictionary(d)) => {
                let own =
                    d.get(b"Pg").and_then(Object::as_reference).ok().and_then(|id| pages.get(&id).copied());
                let page = own.or(page);
                match d.get(b"Type").and_then(Object::as_name).unwrap_or_default() {
                    b"MCR" => {
                        // With `Stm` the id is of a form's own content, which runs do not carry.
                        if let (false, Some(Object::Integer(id))) = (d.has(b"Stm"), view.get(d, b"MCID")) {
                            add_content(&mut out, parent, page, *id);
                        }
                    }
                    b"OBJR" => {}
                    _ => {
                        let at = out.len() as u32;
                        out.push(element(view, d, parent, &roles));
                        if let Ok(kids) = d.get(b"K") {
                            waiting.push(Waiting { object: kids, parent: Some(at), page });
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
    d: &Dictionary,
    parent: Option<u32>,
    roles: &HashMap<Vec<u8>, Vec<u8>>,
) -> StructureElement {
    let mut role: &[u8] = view.get(d, b"S").and_then(|o| o.as_name().ok()).unwrap_or_default();
    for _ in 0..8 {
        match roles.get(role) {
            Some(next) if next != role => role = next,
            _ => break,
        }
    }
    let alt = view.get(d, b"Alt").and_then(|o| o.as_str().ok()).map(text_string);
    let span = |key: &[u8]| {
        let attributes = view.get(d, b"A")?;
        let dicts: Vec<&Dictionary> = match attributes {
            Object::Array(a) => a.iter().take(16).filter_map(|o| view.dict(o)).collect(),
            other => view.dict(other).into_iter().collect(),
        };
        let value = dicts.into_iter().find_map(|a| view.get(a, key))?;
        value.as_i64().ok().and_then(|v| u32::try_from(v).ok()).filter(|v| (2..=1000).contains(v))
    };
    StructureElement {
        role: String::from_utf8_lossy(role).chars().take(64).collect(),
        parent,
        content: Vec::new(),
        alt: alt.map(|a| a.trim().to_owned()).filter(|a| !a.is_empty()),
        row_span: span(b"RowSpan"),
        col_span: span(b"ColSpan"),
    }
}

/// What the document's own roles stand for.
fn role_map(view: View<'_>, root: &Dictionary) -> HashMap<Vec<u8>, Vec<u8>> {
    let Some(map) = view.sub(root, b"RoleMap") else { return HashMap::new() };
    map.iter()
        .take(10_000)
        .filter_map(|(from, to)| Some((from.clone(), view.resolve(to)?.as_name().ok()?.to_vec())))
        .collect()
}
