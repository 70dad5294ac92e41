//! Optional content: which layers a viewer shows at first.

use super::objects::{Key, key, name};
use hayro_syntax::object::{Array, Dict, Object};
use std::collections::HashSet;

/// The layers of a document that are switched off.
#[derive(Default)]
pub(super) struct Layers {
    off: HashSet<Key>,
}

impl Layers {
    /// Reads the default configuration of the catalogue.
    pub(super) fn read(catalogue: &Dict<'_>) -> Layers {
        let Some(properties) = catalogue.get::<Dict<'_>>(b"OCProperties") else { return Layers::default() };
        let config = properties.get::<Dict<'_>>(b"D").unwrap_or_default();
        let groups = |d: &Dict<'_>, k: &[u8]| -> Vec<Key> {
            d.get::<Array<'_>>(k).map(|a| a.iter::<Dict<'_>>().map(|g| key(&g)).collect()).unwrap_or_default()
        };
        let mut off: HashSet<Key> = HashSet::new();
        if name(&config, b"BaseState") == "OFF" {
            off.extend(groups(&properties, b"OCGs"));
            for on in groups(&config, b"ON") {
                off.remove(&on);
            }
        }
        off.extend(groups(&config, b"OFF"));
        Layers { off }
    }

    /// Whether content of this group or membership dictionary is not shown.
    pub(super) fn hides(&self, dict: &Dict<'_>) -> bool {
        if self.off.is_empty() {
            return false;
        }
        let off = |d: &Dict<'_>| self.off.contains(&key(d));
        let groups: Vec<Dict<'_>> = match dict.get::<Object<'_>>(b"OCGs") {
            Some(Object::Dict(group)) => vec![group],
            Some(Object::Array(all)) => all.iter::<Dict<'_>>().collect(),
            _ => return off(dict),
        };
        if groups.is_empty() {
            return false;
        }
        match name(dict, b"P").as_str() {
            "AllOn" => groups.iter().any(off),
            "AnyOff" => !groups.iter().any(off),
            "AllOff" => !groups.iter().all(off),
            _ => groups.iter().all(off),
        }
    }
}
