//! Bookmarks, walked by ourselves: one bad entry must not lose the rest.

use super::View;
use super::destinations::Ends;
use crate::limits;
use crate::model::OutlineEntry;
use crate::pdf::strings::text_string;
use lopdf::{Dictionary, Object};
use std::collections::HashSet;

/// The bookmarks in reading order.
pub(super) fn read(view: View<'_>, catalogue: &Dictionary, ends: &Ends<'_>) -> Vec<OutlineEntry> {
    let mut out = Vec::new();
    let Some(root) = view.sub(catalogue, b"Outlines") else { return out };
    let mut seen = HashSet::new();
    // Entries still to come, with their levels; a sibling waits under the children.
    let mut waiting: Vec<(&Object, usize)> = root.get(b"First").ok().map(|o| (o, 1)).into_iter().collect();
    while let Some((object, level)) = waiting.pop() {
        if out.len() >= limits::OUTLINE_ENTRIES {
            break;
        }
        let fresh = object.as_reference().is_ok_and(|id| seen.insert(id));
        let Some(entry) = view.dict(object).filter(|_| fresh) else { continue };
        if let Ok(next) = entry.get(b"Next") {
            waiting.push((next, level));
        }
        if level < limits::TREE_DEPTH
            && let Ok(first) = entry.get(b"First")
        {
            waiting.push((first, level + 1));
        }
        let title = view.get(entry, b"Title").and_then(|o| o.as_str().ok()).map(text_string);
        let title: String = title.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        let action =
            || view.sub(entry, b"A").filter(|a| a.get(b"S").and_then(Object::as_name).ok() == Some(b"GoTo"));
        let place = entry.get(b"Dest").ok().or_else(|| action()?.get(b"D").ok());
        let (page, top) = place.map_or((None, None), |p| ends.follow(view, p));
        if !title.is_empty() {
            out.push(OutlineEntry { level: level as u8, title, page, top });
        }
    }
    out
}
