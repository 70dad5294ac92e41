//! A look at the raw file before any parser: object streams and cross-reference streams are decoded
//! while it is loaded, without a bound that we could set.

use super::decode::{self, GROWTH};
use crate::error::Error;
use crate::limits;
use hayro_syntax::object::ObjectIdentifier;
use memchr::memchr2_iter;
use memchr::memmem::find;
use std::io::Read;

/// How far before `stream` its dictionary begins at most.
const DICTIONARY: usize = 4 << 10;

/// What the look found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The streams that objects are packed in.
    pub(super) packed: Vec<ObjectIdentifier>,
    /// A cross-reference stream is damaged.
    pub(super) broken_table: bool,
}

/// Refuses files whose object and cross-reference streams come to more than the limit.
///
/// # Errors
/// [`Error::Limit`].
pub(super) fn check(bytes: &[u8]) -> Result<Scan, Error> {
    let mut out = Scan::default();
    let over = || Error::Limit { what: "size of object streams", limit: limits::OBJECT_BYTES as u64 };
    let mut left = limits::OBJECT_BYTES;
    let mut at = 0;
    // Where the text between streams goes on.
    let mut outside = 0;
    while let Some(found) = find(&bytes[at..], b"stream") {
        let start = at + found;
        at = start + 6;
        if bytes[..start].ends_with(b"end") {
            outside = at;
            continue;
        }
        nesting(&bytes[outside..start])?;
        outside = at;
        let before = &bytes[start.saturating_sub(DICTIONARY)..start];
        let (name, dict) = before
            .windows(4)
            .rposition(|w| w == b" obj")
            .map_or_else(|| (None, before), |i| (identifier(&before[..i]), &before[i..]));
        if !may_hold_objects(dict) {
            continue;
        }
        let data = &bytes[at..];
        let end = find(data, b"endstream").unwrap_or(data.len());
        let data = data[..end].trim_ascii_start();
        let size = unpacked(data, dict, left).ok_or_else(over)?;
        if !dict.trim_ascii_end().ends_with(b">>") {
            // A word in a text.
        } else if find(dict, b"ObjStm").is_some() {
            out.packed.extend(name);
        } else if find(dict, b"/XRef").is_some() && find(dict, b"Flate").is_some() {
            // These are never encrypted.
            out.broken_table |= !decode::inflates(data, limits::OBJECT_BYTES);
        }
        left = left.checked_sub(size).ok_or_else(over)?;
        at += end;
    }
    nesting(&bytes[outside..])?;
    Ok(out)
}

/// The numbers at the end of `before`, which name an object.
fn identifier(before: &[u8]) -> Option<ObjectIdentifier> {
    let mut words = before.rsplit(u8::is_ascii_whitespace);
    let (generation, number) = (words.next()?, words.next()?);
    // The end of the object before may stand right in front.
    let digits = number.iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |i| i + 1);
    let read = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse().ok();
    Some(ObjectIdentifier::new(u32::try_from(read(&number[digits..])?).ok()?, read(generation)?))
}

/// Refuses dictionaries nested without end: a parser that tries each of them takes time in squares.
fn nesting(text: &[u8]) -> Result<(), Error> {
    let mut depth = 0_usize;
    let mut before = 0;
    for at in memchr2_iter(b'<', b'>', text) {
        // Two in a row; hexadecimal strings have one.
        if at > 0 && at == before + 1 && text[at] == text[before] {
            depth = if text[at] == b'<' { depth + 1 } else { depth.saturating_sub(1) };
            if depth > limits::NESTING {
                return Err(Error::Damaged { detail: "dictionaries are nested without end".into() });
            }
            before = usize::MAX - 1;
        } else {
            before = at;
        }
    }
    Ok(())
}

/// Whether a stream's dictionary may be one of objects or references. Escapes in names could hide
/// anything.
fn may_hold_objects(dict: &[u8]) -> bool {
    [b"ObjStm".as_slice(), b"XRef", b"/First", b"#"].iter().any(|word| find(dict, word).is_some())
}

/// What the data comes to after all its filters, or `None` where that is over `limit`.
fn unpacked(data: &[u8], dict: &[u8], limit: usize) -> Option<usize> {
    let count = |word: &[u8]| dict.windows(word.len()).filter(|w| *w == word).count();
    let passes = count(b"Flate").max(count(b"Fl ")).max(count(b"Fl]"));
    let others = count(b"LZW") + count(b"RunLength") + count(b"/RL");
    if passes <= 1 && others == 0 && data.len().saturating_mul(GROWTH) <= limit.min(8 << 20) {
        // Too small to matter one by one; together they are bounded by the file's size.
        return Some(data.len());
    }
    if others > 0 {
        // Nobody packs objects so; what grows a thousandfold a pass is let through only where tiny.
        let most = (0..passes + others).try_fold(data.len(), |n, _| n.checked_mul(GROWTH))?;
        return (most <= limit).then_some(most);
    }
    if passes <= 1 {
        return decode::measure(data, limit).map(|(size, _)| size);
    }
    let mut now = data.to_vec();
    for _ in 0..passes {
        let mut next = Vec::new();
        let bounded = flate2::read::ZlibDecoder::new(&now[..]).take(limit as u64 + 1).read_to_end(&mut next);
        if next.len() > limit {
            return None;
        }
        if bounded.is_err() && next.is_empty() {
            break;
        }
        now = next;
    }
    Some(now.len())
}

/// Whether the end of the file is missing, as after a download that broke off: every PDF says at its
/// end where its cross-reference table is, and one made for the web says at its start how long it is.
pub(super) fn cut_short(bytes: &[u8]) -> bool {
    if memchr::memmem::rfind(bytes, b"startxref").is_none() {
        return true;
    }
    let head = &bytes[..bytes.len().min(1024)];
    let length = find(head, b"/Linearized").and_then(|at| {
        let dict = &head[at..];
        let dict = &dict[..find(dict, b">>").unwrap_or(dict.len())];
        let value = dict[find(dict, b"/L ")? + 3..].trim_ascii_start();
        let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
        std::str::from_utf8(&value[..digits]).ok()?.parse::<u64>().ok()
    });
    length.is_some_and(|length| length > bytes.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn deflate(data: &[u8]) -> Vec<u8> {
        let mut e = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        e.write_all(data).unwrap();
        e.finish().unwrap()
    }

    fn file(dict: &str, data: &[u8]) -> Vec<u8> {
        let mut out = format!("%PDF-1.5\n1 0 obj\n<<{dict}/Length {}>>\nstream\n", data.len()).into_bytes();
        out.extend_from_slice(data);
        out.extend_from_slice(b"\nendstream endobj");
        out
    }

    #[test]
    fn nests_without_end_are_refused() {
        assert!(nesting("<</A ".repeat(limits::NESTING + 1).as_bytes()).is_err());
        assert!(nesting("<</A <</B <41> >> >> ".repeat(10_000).as_bytes()).is_ok());
    }

    #[test]
    fn the_word_stream_in_a_text_is_no_stream() {
        let whole = deflate(b"table");
        let sound = file("/Type/XRef/Filter/FlateDecode/XRef(stream)", &whole);
        assert!(!check(&sound).unwrap().broken_table);
        assert!(check(&file("/Type/XRef/Filter/FlateDecode", &whole[..9])).unwrap().broken_table);
        assert_eq!(check(&file("/Type/ObjStm", b"")).unwrap().packed, [ObjectIdentifier::new(1, 0)]);
    }

    #[test]
    fn object_streams_that_inflate_without_end_are_refused() {
        let zeros = vec![0; limits::OBJECT_BYTES + 1];
        let bomb = deflate(&zeros);
        let dict = "/Type/ObjStm/Filter/FlateDecode";
        assert!(check(&file(dict, &bomb)).is_err());
        assert!(check(&file(dict, &deflate(&zeros[..1 << 20]))).is_ok());
        let twice = "/Type/ObjStm/Filter[/FlateDecode/FlateDecode]";
        assert!(check(&file(twice, &deflate(&bomb))).is_err());
        assert!(check(&file("/Type/XObject/Filter/FlateDecode", &bomb)).is_ok(), "pictures are not decoded");
    }
}
