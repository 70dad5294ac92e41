//! What a font's dictionary tells by itself: widths and letters of most codes, without a look at the
//! font program, which is most of what a file's fonts weigh.
//!
//! Says the same as the PDF crate would, or nothing: then the crate is asked, which reads the program.

use super::unicode::tidy;
use crate::limits;
use crate::pdf::decode::{self, State};
use crate::pdf::objects;
use hayro_font::hayro_cmap::{self, BfString, CMap};
use hayro_syntax::object::{Array, Dict, Stream};
use memchr::{memchr2_iter, memmem};

/// Widths and letters of codes.
pub(super) struct Told {
    /// Codes of one byte.
    simple: bool,
    /// The font's own map.
    to_unicode: Option<CMap>,
    /// Characters that the map gives no letters are those of `WinAnsiEncoding`.
    win_ansi: bool,
    /// A code that the map gives U+0000 is one that it does not know.
    skips_nul: bool,
    widths: Widths,
    /// The map is damaged, or widths are missing: letters or the spaces between words may be wrong.
    pub(super) damaged: bool,
}

impl Told {
    /// Reads the dictionary, and that of the font inside a composite one. `None` where that is not enough
    /// for any code.
    pub(super) fn new(dict: &Dict<'_>, descendant: Option<&Dict<'_>>) -> Option<Told> {
        let subtype = objects::name(dict, b"Subtype");
        let simple = match subtype.as_str() {
            "Type0" => false,
            "TrueType" | "OpenType" | "Type1" | "MMType1" => true,
            _ => return None,
        };
        if !simple && objects::name(dict, b"Encoding") != "Identity-H" {
            return None;
        }
        let (widths, all) =
            if simple { Widths::simple(dict)? } else { (Widths::composite(descendant?)?, true) };
        let base = objects::name(dict, b"BaseFont").to_ascii_lowercase();
        let letters = !base.contains("symbol") && !base.contains("dingbat");
        let win_ansi = simple && letters && objects::name(dict, b"Encoding") == "WinAnsiEncoding";
        let (to_unicode, state) = match dict.get::<Stream<'_>>(b"ToUnicode") {
            Some(s) => {
                let (map, state) = decode::stream(&s, limits::CMAP_BYTES)?;
                (CMap::parse(&map, hayro_cmap::load_embedded), state)
            }
            None if dict.contains_key(b"ToUnicode") => return None,
            None => (None, State::Whole),
        };
        if to_unicode.is_none() && !win_ansi {
            return None;
        }
        let (skips_nul, damaged) = (subtype.ends_with("Type1"), state == State::Damaged || !all);
        Some(Told { simple, to_unicode, win_ansi, skips_nul, widths, damaged })
    }

    /// Letters of a code, and how far the pen moves in thousandths of the font size.
    pub(super) fn glyph(&self, code: u32) -> Option<(String, f64)> {
        let known = self.to_unicode.as_ref().and_then(|map| map.lookup_bf_string(code));
        let text = match known.filter(|k| !(self.skips_nul && *k == BfString::Char('\0'))) {
            Some(BfString::Char(c)) => tidy(c.encode_utf8(&mut [0; 4])),
            Some(BfString::String(s)) => tidy(&s),
            None => tidy(win_ansi(code).filter(|_| self.win_ansi)?.encode_utf8(&mut [0; 4])),
        };
        Some((text, f64::from(self.widths.of(code)?))).filter(|(text, _)| !text.is_empty())
    }

    /// The next code of a string and how many bytes it takes.
    pub(super) fn next_code(&self, bytes: &[u8], at: usize) -> (u32, usize) {
        match bytes[at..] {
            [code, ..] if self.simple => (u32::from(code), 1),
            [high, low, ..] => (u32::from(high) << 8 | u32::from(low), 2),
            _ => (0, 1),
        }
    }
}

/// Widths by code.
enum Widths {
    /// Those of codes from the first on, and what others have.
    Simple { first: usize, widths: Vec<f32>, missing: f32 },
    /// Stretches of codes; later ones override.
    Composite { parts: Vec<Part>, default: f32 },
}

/// Widths of a stretch of codes: one for each, or one for all.
struct Part {
    first: u32,
    last: u32,
    widths: Vec<f32>,
}

impl Widths {
    /// Those of a font with codes of one byte, and whether they are all there.
    fn simple(dict: &Dict<'_>) -> Option<(Widths, bool)> {
        let (first, last) = (dict.get::<usize>(b"FirstChar")?, dict.get::<usize>(b"LastChar")?);
        let count = last.checked_sub(first)?.checked_add(1)?;
        let widths: Vec<f32> = dict.get::<Array<'_>>(b"Widths")?.iter::<f32>().take(count.min(256)).collect();
        let all = widths.len() >= count.min(256);
        let descriptor = dict.get::<Dict<'_>>(b"FontDescriptor").unwrap_or_default();
        let missing = descriptor.get::<f32>(b"MissingWidth").unwrap_or(0.0);
        Some((Widths::Simple { first, widths, missing }, all))
    }

    fn composite(descendant: &Dict<'_>) -> Option<Widths> {
        let parts = if !descendant.contains_key(b"W") {
            Vec::new()
        } else if descendant.get_ref(b"W").is_some() {
            parts(descendant.get::<Array<'_>>(b"W")?.data())?
        } else {
            // Reading it as an array would look through all of it twice more.
            parts(inside_w(descendant.data())?)?
        };
        Some(Widths::Composite { parts, default: descendant.get::<f32>(b"DW").unwrap_or(1000.0) })
    }

    fn of(&self, code: u32) -> Option<f32> {
        match self {
            Widths::Simple { first, widths, missing } => {
                let at = (code as usize).checked_sub(*first);
                Some(at.and_then(|i| widths.get(i)).copied().unwrap_or(*missing))
            }
            Widths::Composite { parts, default } => {
                let part = parts.iter().rev().find(|p| (p.first..=p.last).contains(&code));
                match part {
                    None => Some(*default),
                    Some(Part { widths, .. }) if widths.len() == 1 => widths.first().copied(),
                    Some(Part { first, widths, .. }) => widths.get((code - first) as usize).copied(),
                }
            }
        }
    }
}

/// What stands between the brackets behind the only `/W` of a dictionary.
fn inside_w(dict: &[u8]) -> Option<&[u8]> {
    let mut found = memmem::find_iter(dict, b"/W").filter_map(|at| {
        let behind = dict.get(at + 2..)?.trim_ascii_start();
        behind.strip_prefix(b"[")
    });
    let (inside, None) = (found.next()?, found.next()) else { return None };
    let mut depth = 1;
    let end = memchr2_iter(b'[', b']', inside).find(|at| {
        depth = if inside[*at] == b'[' { depth + 1 } else { depth - 1 };
        depth == 0
    });
    inside.get(..end?)
}

/// The stretches of a `/W` array of plain numbers; `None` where there is anything else in it, or it
/// spreads to more than the limit.
fn parts(mut data: &[u8]) -> Option<Vec<Part>> {
    let mut out: Vec<Part> = Vec::new();
    let mut total = 0_usize;
    loop {
        data = data.trim_ascii_start();
        if data.is_empty() {
            return Some(out);
        }
        let first = code(number(&mut data)?)?;
        data = data.trim_ascii_start();
        let part = if let Some(inside) = data.strip_prefix(b"[") {
            data = inside;
            let mut widths = Vec::new();
            loop {
                data = data.trim_ascii_start();
                if let Some(behind) = data.strip_prefix(b"]") {
                    data = behind;
                    break;
                }
                widths.push(number(&mut data)? as f32);
            }
            if widths.is_empty() {
                continue;
            }
            Part { first, last: first.checked_add(widths.len() as u32 - 1)?, widths }
        } else {
            let last = code(number(&mut data)?)?;
            data = data.trim_ascii_start();
            Part { first, last, widths: vec![number(&mut data)? as f32] }
        };
        total += (u64::from(part.last) + 1).saturating_sub(u64::from(first)) as usize;
        if total > limits::FONT_WIDTHS {
            return None;
        }
        out.push(part);
    }
}

fn code(number: f64) -> Option<u32> {
    (number >= 0.0 && number <= f64::from(u32::MAX)).then_some(number as u32)
}

/// A plain number in front of the data, which is cut off.
fn number(data: &mut &[u8]) -> Option<f64> {
    // Nearly all are whole and short: "556 ", "[278".
    let whole = data.iter().take(9).take_while(|b| b.is_ascii_digit()).count();
    if whole > 0 && matches!(data.get(whole), Some(b' ' | b'[' | b']' | b'\n' | b'\r')) {
        let (digits, rest) = data.split_at(whole);
        *data = rest;
        return Some(f64::from(digits.iter().fold(0_u32, |n, b| n * 10 + u32::from(b - b'0'))));
    }
    let end = data.iter().position(|b| !matches!(b, b'0'..=b'9' | b'.' | b'-')).unwrap_or(data.len());
    let (digits, rest) = data.split_at(end);
    let ends = rest.first().is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'[' | b']'));
    *data = rest;
    let plain = end <= 18 && digits.iter().skip(1).all(|b| *b != b'-') && digits != b"-";
    if !ends || !plain {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// What a code stands for in `WinAnsiEncoding`; codes without a character show a bullet.
fn win_ansi(code: u32) -> Option<char> {
    const HIGH: [char; 32] = [
        '€', '•', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '•', 'Ž', '•', '•', '‘', '’', '“',
        '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '•', 'ž', 'Ÿ',
    ];
    match code {
        32..=126 | 160..=255 => char::from_u32(code),
        127 => Some('•'),
        128..=159 => HIGH.get(code as usize - 128).copied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hayro_font::{FontCache, FontGlyph, FontQuery};
    use hayro_syntax::object::FromBytes;
    use std::sync::Arc;

    /// Letters and width as the PDF crate has them.
    fn asked(dict: &Dict<'_>, code: u32) -> Option<(String, f64)> {
        let font = FontCache::new().font(
            dict,
            &(Arc::new(|q: &FontQuery| match q {
                FontQuery::Standard(s) => Some(s.get_font_data()),
                FontQuery::Fallback(f) => Some(f.pick_standard_font().get_font_data()),
            }) as _),
            &(Arc::new(hayro_cmap::load_embedded) as _),
        )?;
        let FontGlyph::Outline(o) = font.glyph(font.map_code(code), code) else { return None };
        let text = match o.as_unicode()? {
            BfString::Char(c) => c.to_string(),
            BfString::String(s) => s,
        };
        Some((tidy(&text), o.advance_width().map_or(0.0, f64::from)))
    }

    #[test]
    fn a_dictionary_tells_what_the_crate_tells() {
        let font =
            "/Type/Font/BaseFont/Arial/Encoding/WinAnsiEncoding/FirstChar 30/LastChar 33/Widths[1 2.5 3 4]";
        for kind in ["TrueType", "Type1"] {
            let text = format!("<</Subtype/{kind}{font}/FontDescriptor<</MissingWidth 77>> >>");
            let dict = Dict::from_bytes(text.as_bytes()).unwrap();
            let told = Told::new(&dict, None).unwrap();
            for code in 0..256 {
                let glyph = told.glyph(code);
                assert_eq!(glyph, asked(&dict, code).filter(|_| code >= 32), "{kind} {code}");
            }
        }
    }

    #[test]
    fn widths_that_are_missing_are_damage() {
        let damaged = |widths: &str| {
            let font = "/Subtype/TrueType/BaseFont/Arial/Encoding/WinAnsiEncoding/FirstChar 30/LastChar 32";
            let text = format!("<<{font}/Widths[{widths}]>>");
            Told::new(&Dict::from_bytes(text.as_bytes()).unwrap(), None).unwrap().damaged
        };
        assert!(!damaged("1 2 3") && !damaged("1 2 3 4"));
        assert!(damaged("1 2") && damaged("1 \u{11}56 3"));
    }

    #[test]
    fn widths_are_found_where_they_stand() {
        let inside = |text: &str| inside_w(text.as_bytes()).map(|i| String::from_utf8_lossy(i).into_owned());
        assert_eq!(inside("<</DW 9/W [1 [2 3] 4 5 6]/X[7]>>").as_deref(), Some("1 [2 3] 4 5 6"));
        assert_eq!(inside("<</W 12 0 R>>"), None);
        assert_eq!(inside("<</W[1[2]>>"), None);
        assert_eq!(inside("<</A<</W[1[2]]>>/W[1[3]]>>"), None, "nobody knows which");
    }

    #[test]
    fn widths_of_composite_fonts() {
        let widths =
            Widths::Composite { parts: parts(b"1 [500 600.5]3 5 700 4[-10] ").unwrap(), default: 9.0 };
        let of: Vec<Option<f32>> = (0..7).map(|c| widths.of(c)).collect();
        assert_eq!(of, [9.0, 500.0, 600.5, 700.0, -10.0, 700.0, 9.0].map(Some));
        assert!(parts(b"1 12 0 R").is_none(), "a reference is not followed here");
        assert!(parts(b"0 4294967290 500").is_none(), "it spreads without end");
        assert!(parts(b"1 [500").is_none() && parts(b"1 2").is_none() && parts(b"1 [5-0]").is_none());
    }
}
