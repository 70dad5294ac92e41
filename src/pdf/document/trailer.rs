//! The trailer: what it says beside where the catalogue is, which the first reader keeps to itself.

use hayro_syntax::object::{Dict, FromBytes, ObjRef};
use memchr::memmem::{find, rfind, rfind_iter};

/// What is wanted of it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Trailer {
    /// Where the Info dictionary is.
    pub(super) info: Option<ObjRef>,
    /// Whether the file is encrypted.
    pub(super) encrypted: bool,
}

impl Trailer {
    /// Finds it by the last `startxref`; where that leads nowhere, the last by its own
    /// word.
    pub(super) fn find(bytes: &[u8]) -> Trailer {
        let with_root = |at: usize| dict_at(&bytes[at + 7..]);
        let by_word = || rfind_iter(bytes, b"trailer").find_map(with_root);
        let Some(dict) = pointed_at(bytes).or_else(by_word) else { return Trailer::default() };
        Trailer { info: dict.get_ref(b"Info"), encrypted: dict.contains_key(b"Encrypt") }
    }
}

/// Whether the last `startxref` leads to no table of objects, counted from the start of the file or from
/// its head.
pub(in crate::pdf) fn lacks_table(bytes: &[u8]) -> bool {
    let from_head = || pointed_at(&bytes[find(&bytes[..bytes.len().min(1024)], b"%PDF-")?..]);
    pointed_at(bytes).or_else(from_head).is_none()
}

/// The dictionary behind the table, or of the stream, that the last `startxref` points at.
fn pointed_at(bytes: &[u8]) -> Option<Dict<'_>> {
    let number = bytes[rfind(bytes, b"startxref")? + 9..].trim_ascii_start();
    let digits = number.iter().take_while(|b| b.is_ascii_digit()).take(18);
    let at = digits.fold(0_usize, |n, b| n * 10 + usize::from(b - b'0'));
    let section = bytes.get(at..)?.trim_ascii_start();
    let word: &[u8] = if section.starts_with(b"xref") { b"trailer" } else { b"obj" };
    dict_at(&section[find(section, word)? + word.len()..])
}

/// The dictionary that comes next, if it is one of a trailer.
fn dict_at(bytes: &[u8]) -> Option<Dict<'_>> {
    Dict::from_bytes(bytes.trim_ascii_start()).filter(|d| d.contains_key(b"Root"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailer_behind_a_table_or_in_a_stream() {
        let wanted = Trailer { info: Some(ObjRef::new(7, 0)), encrypted: false };
        let table =
            b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R/Info 7 0 R>>\nstartxref\n0\n%%EOF";
        assert_eq!(Trailer::find(table), wanted);
        let stream = b"9 0 obj\n<</Type/XRef/Root 1 0 R/Info 7 0 R>>\nstream\nendstream\nstartxref\n0\n%%EOF";
        assert_eq!(Trailer::find(stream), wanted);
    }

    #[test]
    fn one_that_nothing_points_at() {
        let lost =
            b"trailer <</Root 1 0 R/Info 7 0 R/Encrypt 8 0 R>> trailer <</Size 9>> startxref 99999 %%EOF";
        assert_eq!(Trailer::find(lost), Trailer { info: Some(ObjRef::new(7, 0)), encrypted: true });
        assert_eq!(Trailer::find(b"nothing"), Trailer::default());
    }
}
