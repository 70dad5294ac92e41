//! Text strings of PDF: UTF-16, UTF-8 or `PDFDocEncoding`.

use crate::limits;

/// `PDFDocEncoding` where it differs from Latin-1.
const DOC: [(u8, char); 40] = [
    (0x18, '\u{2D8}'),
    (0x19, '\u{2C7}'),
    (0x1A, '\u{2C6}'),
    (0x1B, '\u{2D9}'),
    (0x1C, '\u{2DD}'),
    (0x1D, '\u{2DB}'),
    (0x1E, '\u{2DA}'),
    (0x1F, '\u{2DC}'),
    (0x80, '\u{2022}'),
    (0x81, '\u{2020}'),
    (0x82, '\u{2021}'),
    (0x83, '\u{2026}'),
    (0x84, '\u{2014}'),
    (0x85, '\u{2013}'),
    (0x86, '\u{192}'),
    (0x87, '\u{2044}'),
    (0x88, '\u{2039}'),
    (0x89, '\u{203A}'),
    (0x8A, '\u{2212}'),
    (0x8B, '\u{2030}'),
    (0x8C, '\u{201E}'),
    (0x8D, '\u{201C}'),
    (0x8E, '\u{201D}'),
    (0x8F, '\u{2018}'),
    (0x90, '\u{2019}'),
    (0x91, '\u{201A}'),
    (0x92, '\u{2122}'),
    (0x93, '\u{FB01}'),
    (0x94, '\u{FB02}'),
    (0x95, '\u{141}'),
    (0x96, '\u{152}'),
    (0x97, '\u{160}'),
    (0x98, '\u{178}'),
    (0x99, '\u{17D}'),
    (0x9A, '\u{131}'),
    (0x9B, '\u{142}'),
    (0x9C, '\u{153}'),
    (0x9D, '\u{161}'),
    (0x9E, '\u{17E}'),
    (0xA0, '\u{20AC}'),
];

/// Reads a text string. Language marks are left out, and no more than the limit is read.
pub(super) fn text_string(bytes: &[u8]) -> String {
    let text: String = match bytes {
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|b| doc_char(*b)).collect(),
    };
    text.chars().filter(|c| *c != '\0').take(limits::METADATA_CHARS).collect()
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
    let mut out = String::with_capacity(bytes.len() / 2);
    let mut in_language = false;
    for c in char::decode_utf16(units) {
        match c.unwrap_or(char::REPLACEMENT_CHARACTER) {
            '\u{1B}' => in_language = !in_language,
            _ if in_language => {}
            c => out.push(c),
        }
    }
    out
}

fn doc_char(byte: u8) -> char {
    DOC.iter().find(|(b, _)| *b == byte).map_or(char::from(byte), |(_, c)| *c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_strings_in_each_encoding() {
        assert_eq!(text_string(b"\xFE\xFF\0C\0a\0f\0\xE9"), "Café");
        assert_eq!(text_string(b"\xEF\xBB\xBFCaf\xC3\xA9"), "Café");
        assert_eq!(text_string(b"Caf\xE9 \x85 \xA0"), "Café – €");
        assert_eq!(text_string(b"\xFE\xFF\0\x1B\0e\0n\0\x1B\0A"), "A");
    }
}
