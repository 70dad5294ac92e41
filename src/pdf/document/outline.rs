//! Bookmarks, walked so that one bad entry does not lose the rest.

use super::View;
use super::destinations::Ends;
use crate::limits;
use crate::model::OutlineEntry;
use crate::pdf::strings::text_string;
use hayro_syntax::object::{Dict, Name, ObjRef, Object, String as PdfString};
use rustc_hash::FxHashSet;

/// The bookmarks in reading order.
pub(super) fn read(view: View<'_>, catalogue: &Dict<'_>, ends: &Ends<'_, '_>) -> Vec<OutlineEntry> {
    let mut out = Vec::new();
    let Some(root) = view.sub(catalogue, b"Outlines") else { return out };
    let mut seen = FxHashSet::default();
    // Entries still to come, with their levels; a sibling waits under the children.
    let mut waiting: Vec<(ObjRef, usize)> = root.get_ref(b"First").map(|o| (o, 1)).into_iter().collect();
    while let Some((reference, level)) = waiting.pop() {
        if out.len() >= limits::OUTLINE_ENTRIES {
            break;
        }
        let fresh = seen.insert((reference.obj_number, reference.gen_number));
        let Some(entry) = view.at(reference).filter(|_| fresh) else { continue };
        if let Some(next) = entry.get_ref(b"Next") {
            waiting.push((next, level));
        }
        if level < limits::TREE_DEPTH
            && let Some(first) = entry.get_ref(b"First")
        {
            waiting.push((first, level + 1));
        }
        let title = entry.get::<PdfString<'_>>(b"Title").map(|s| text_string(&s));
        let title: String = title.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        let action =
            || view.sub(&entry, b"A").filter(|a| a.get::<Name<'_>>(b"S").as_deref() == Some(b"GoTo"));
        let place = entry.get_raw::<Object<'_>>(b"Dest").or_else(|| action()?.get_raw(b"D"));
        let (page, top) = place.map_or((None, None), |p| ends.follow(p));
        if !title.is_empty() {
            out.push(OutlineEntry { level: level as u8, title, page, top });
        }
    }
    out
}
