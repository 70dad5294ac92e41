//! Small helpers over the PDF crate's objects.

use hayro_syntax::object::{Dict, Name, Object};

/// What tells one indirect or direct dictionary from another.
pub(super) type Key = (u32, i32, usize);

/// The key of a dictionary: its object id, and its place for direct ones inside an object.
pub(super) fn key(dict: &Dict<'_>) -> Key {
    let place = dict.data().as_ptr() as usize;
    dict.obj_id().map_or((0, 0, place), |id| (id.obj_number, id.gen_number, place))
}

/// Whether an entry refers to what the file does not hold.
pub(super) fn is_lost(dict: &Dict<'_>, key: &[u8]) -> bool {
    dict.contains_key(key) && dict.get::<Object<'_>>(key).is_none()
}

/// A name's text, or nothing.
pub(super) fn name(dict: &Dict<'_>, key: &[u8]) -> String {
    dict.get::<Name<'_>>(key).map(|n| n.as_str().to_owned()).unwrap_or_default()
}
