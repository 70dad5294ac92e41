//! What letters a code stands for, where the font's own word is missing or poor.

use crate::limits;
use crate::pdf::{decode, objects};
use hayro_font::hayro_cmap::{self, BfString, CMap, CMapName, CidFamily};
use hayro_font::{FontGlyph, OutlineGlyph};
use hayro_syntax::object::{Array, Dict, Stream, String as PdfString};
use skrifa::MetadataProvider;
use std::cell::OnceCell;
use std::collections::HashMap;

/// Ways to letters when the font has no usable `ToUnicode` or encoding.
pub(super) struct Fallback {
    /// Glyphs of the embedded program and the characters that its own cmap gives them.
    reverse: OnceCell<HashMap<u32, char>>,
    /// What the codes or glyph numbers of a composite font stand for.
    composite: Option<Composite>,
}

/// What is known of a composite font's codes.
enum Composite {
    /// Codes are UTF-16.
    Utf16,
    /// Codes lead to numbers of a character collection, and these to letters.
    Collection { codes: Box<CMap>, letters: Box<CMap> },
}

impl Composite {
    fn new(dict: &Dict<'_>) -> Option<Composite> {
        let encoding = objects::name(dict, b"Encoding");
        if encoding.starts_with("Uni") && (encoding.contains("UCS2") || encoding.contains("UTF16")) {
            return Some(Composite::Utf16);
        }
        let descendant = dict.get::<Array<'_>>(b"DescendantFonts")?.iter::<Dict<'_>>().next()?;
        let info = descendant.get::<Dict<'_>>(b"CIDSystemInfo")?;
        let text = |key: &[u8]| info.get::<PdfString<'_>>(key).map(|s| s.as_bytes().to_vec());
        let family = CidFamily::from_registry_ordering(&text(b"Registry")?, &text(b"Ordering")?);
        let letters =
            CMap::parse(hayro_cmap::load_embedded(family.ucs2_cmap()?)?, hayro_cmap::load_embedded)?;
        let codes = match encoding.as_str() {
            "Identity-H" | "Identity-V" => CMap::identity_h(),
            "" => {
                let stream = dict.get::<Stream<'_>>(b"Encoding")?;
                let (data, _) = decode::stream(&stream, limits::CMAP_BYTES)?;
                CMap::parse(&data, hayro_cmap::load_embedded)?
            }
            name => {
                let data = hayro_cmap::load_embedded(CMapName::from_bytes(name.as_bytes()))?;
                CMap::parse(data, hayro_cmap::load_embedded)?
            }
        };
        Some(Composite::Collection { codes: Box::new(codes), letters: Box::new(letters) })
    }

    fn text(&self, code: u32) -> Option<String> {
        match self {
            Composite::Utf16 => {
                let units = [(code >> 16) as u16, code as u16];
                let units = if units[0] == 0 { &units[1..] } else { &units[..] };
                String::from_utf16(units).ok()
            }
            Composite::Collection { codes, letters } => {
                let number = (1..=4).find_map(|length| codes.lookup_cid_code(code, length))?;
                match letters.lookup_bf_string(number)? {
                    BfString::Char(c) => Some(c.to_string()),
                    BfString::String(s) => Some(s),
                }
            }
        }
    }
}

impl Fallback {
    /// For the font of this dictionary.
    pub(super) fn new(dict: &Dict<'_>) -> Self {
        let wanted = objects::name(dict, b"Subtype") == "Type0" && !dict.contains_key(b"ToUnicode");
        Fallback { reverse: OnceCell::new(), composite: wanted.then(|| Composite::new(dict)).flatten() }
    }

    /// The letters of a glyph; U+FFFD where nobody knows.
    pub(super) fn text(&self, glyph: &FontGlyph<'_>, code: u32, simple: bool, symbol: bool) -> String {
        let told = match glyph {
            FontGlyph::Outline(o) => o.as_unicode(),
            FontGlyph::Type3(t) => t.as_unicode(),
        };
        let told = match told {
            Some(BfString::Char(c)) => tidy(&c.to_string()),
            Some(BfString::String(s)) => tidy(&s),
            None => String::new(),
        };
        if !told.is_empty() {
            return told;
        }
        if let Some(text) = self.composite.as_ref().and_then(|c| c.text(code)).map(|t| tidy(&t))
            && !text.is_empty()
        {
            return text;
        }
        if let FontGlyph::Outline(outline) = glyph {
            if let Some(c) = self.reversed(outline) {
                let text = tidy(c.encode_utf8(&mut [0; 4]));
                if !text.is_empty() {
                    return text;
                }
            }
            if simple && (32..127).contains(&code) && !symbol {
                return char::from(code as u8).to_string();
            }
            if outline.outline().elements().is_empty() {
                return " ".to_owned();
            }
        }
        char::REPLACEMENT_CHARACTER.to_string()
    }

    fn reversed(&self, glyph: &OutlineGlyph) -> Option<char> {
        let map = self.reverse.get_or_init(|| reverse_cmap(glyph).unwrap_or_default());
        map.get(&glyph.glyph_id().to_u32()).copied()
    }
}

/// The embedded program's cmap, turned round. Of several characters the lowest wins, so that the
/// result does not depend on the order of tables.
fn reverse_cmap(glyph: &OutlineGlyph) -> Option<HashMap<u32, char>> {
    let program = glyph.font_data()?;
    let font = skrifa::FontRef::new((*program.data).as_ref()).ok()?;
    let mut map: HashMap<u32, char> = HashMap::new();
    for (code, id) in font.charmap().mappings().take(limits::FONT_WIDTHS) {
        // Symbol fonts put their bytes at U+F000.
        let code = if (0xF020..0xF07F).contains(&code) { code - 0xF000 } else { code };
        let Some(c) = char::from_u32(code).filter(|c| !c.is_control()) else { continue };
        map.entry(id.to_u32()).and_modify(|old| *old = c.min(*old)).or_insert(c);
    }
    Some(map)
}

/// Letters as text wants them: ligatures as their letters, no controls. Empty where nothing is left.
pub(super) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{FB00}' => out.push_str("ff"),
            '\u{FB01}' => out.push_str("fi"),
            '\u{FB02}' => out.push_str("fl"),
            '\u{FB03}' => out.push_str("ffi"),
            '\u{FB04}' => out.push_str("ffl"),
            '\u{FB05}' | '\u{FB06}' => out.push_str("st"),
            '\t' | '\n' | '\r' | '\u{B}' | '\u{C}' => out.push(' '),
            '\u{FFFE}' | '\u{FFFF}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ligatures_are_their_letters() {
        assert_eq!(tidy("e\u{FB03}cient"), "efficient");
        assert_eq!(tidy("\0"), "");
        assert_eq!(tidy("\u{AD}"), "\u{AD}", "a soft hyphen is kept");
    }
}
