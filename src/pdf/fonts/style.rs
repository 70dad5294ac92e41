//! What kind of font it is: bold, italic, symbols.

use crate::limits;
use crate::model;
use crate::pdf::decode;
use crate::pdf::objects::name;
use hayro_syntax::object::{Array, Dict, Stream};

/// Flags of a font descriptor.
const FIXED_PITCH: u32 = 1;
const ITALIC: u32 = 1 << 6;
const FORCE_BOLD: u32 = 1 << 18;

/// Vertical stems from here on are bold; regular faces have 60 to 110.
const BOLD_STEM: f32 = 135.0;
/// Stems from here on may be bold: some producers guess them from the box of the glyphs, so that the
/// font program is asked.
const DOUBTFUL_STEM: f32 = 112.0;

/// Reads a font's style from its name, flags, weight and stems.
/// `descendant` is the font inside a composite one.
pub(super) fn facts(dict: &Dict<'_>, descendant: Option<&Dict<'_>>) -> model::Font {
    let type3 = name(dict, b"Subtype") == "Type3";
    let inner = descendant.unwrap_or(dict);
    let descriptor = inner.get::<Dict<'_>>(b"FontDescriptor");
    let mut full = name(dict, b"BaseFont");
    for other in [b"FontName".as_slice(), b"Name"] {
        if full.is_empty() {
            full = descriptor.as_ref().map(|d| name(d, other)).unwrap_or_default();
        }
    }
    if full.is_empty() && type3 {
        full = name(dict, b"Name");
    }
    let short = without_prefix(&full).to_owned();
    let flags = descriptor.as_ref().and_then(|d| d.get::<u32>(b"Flags")).unwrap_or(0);
    let number = |key: &[u8]| descriptor.as_ref().and_then(|d| d.get::<f32>(key));
    let by_name = NameStyle::of(&short);
    let weight = number(b"FontWeight").unwrap_or(0.0);
    let stem = number(b"StemV").unwrap_or(0.0);
    let by_stem = || {
        let program = || descriptor.as_ref().and_then(says_bold);
        stem >= DOUBTFUL_STEM && program().unwrap_or(stem >= BOLD_STEM)
    };
    let bold = by_name.bold
        || flags & FORCE_BOLD != 0
        || weight >= 600.0
        || (!by_name.regular && weight == 0.0 && by_stem());
    let italic =
        by_name.italic || flags & ITALIC != 0 || number(b"ItalicAngle").is_some_and(|a| a.abs() > 4.0);
    let mono = flags & FIXED_PITCH != 0 || by_name.mono;
    model::Font { name: short, bold, italic, mono, symbol: by_name.symbol, type3 }
}

/// Whether an embedded TrueType font calls itself bold (`macStyle` of its `head` table); `None` where
/// there is none.
fn says_bold(descriptor: &Dict<'_>) -> Option<bool> {
    let (program, _) = decode::stream(&descriptor.get::<Stream<'_>>(b"FontFile2")?, limits::FONT_BYTES)?;
    mac_style(&program).map(|style| style & 1 != 0)
}

/// `macStyle` of a TrueType program: bit 0 is bold.
fn mac_style(program: &[u8]) -> Option<u16> {
    let u16_at = |at: usize| Some(u16::from_be_bytes(program.get(at..at + 2)?.try_into().ok()?));
    let tables = usize::from(u16_at(4)?);
    let record = program.get(12..)?.chunks_exact(16).take(tables).find(|r| r.starts_with(b"head"))?;
    let offset = u32::from_be_bytes(record.get(8..12)?.try_into().ok()?);
    u16_at(usize::try_from(offset).ok()?.checked_add(44)?)
}

/// What a PostScript name says.
#[derive(Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "five independent facts")]
struct NameStyle {
    bold: bool,
    italic: bool,
    mono: bool,
    symbol: bool,
    /// Names a weight that is not bold.
    regular: bool,
}

impl NameStyle {
    fn of(name: &str) -> NameStyle {
        let lower = name.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
        // The short forms stand at the end, behind a hyphen or comma: "Arial,BI", "Gill-BdIt".
        let tail = name.rsplit(['-', ',']).next().filter(|t| t.len() < name.len()).unwrap_or("");
        NameStyle {
            bold: has(&["bold", "black", "heavy"])
                || matches!(tail, "Bd" | "BdIt" | "B" | "BI" | "Blk" | "Hv" | "Sb" | "SemiBd")
                || tail.starts_with("Demi"),
            italic: has(&["italic", "oblique", "kursiv"])
                || matches!(tail, "It" | "BdIt" | "I" | "BI" | "Obl"),
            mono: has(&["courier", "consolas", "mono", "typewriter", "menlo"]),
            symbol: has(&["wingding", "webding", "zapfding", "dingbat"])
                || lower.starts_with("symbol")
                || lower.ends_with("symbol"),
            // The standard fonts of PDF are regular where their name says no more.
            regular: has(&["regular", "roman", "light", "book", "medium"])
                || matches!(lower.as_str(), "helvetica" | "courier" | "symbol" | "zapfdingbats"),
        }
    }
}

/// The name without the six letters that mark a subset.
fn without_prefix(name: &str) -> &str {
    match name.split_once('+') {
        Some((prefix, rest)) if prefix.len() == 6 && !rest.is_empty() => rest,
        _ => name,
    }
}

/// Height of a Type 3 font's em, as a multiple of its font size.
///
/// Most scale a thousand or two to the em; bitmap fonts count pixels, and their box tells.
pub(super) fn type3_em(dict: &Dict<'_>) -> f64 {
    let matrix = dict.get::<[f64; 6]>(b"FontMatrix").unwrap_or([0.001, 0.0, 0.0, 0.001, 0.0, 0.0]);
    let unit = matrix[3].abs().max(matrix[2].abs());
    if unit <= 0.02 || !unit.is_finite() {
        return 1.0;
    }
    let height = dict.get::<[f64; 4]>(b"FontBBox").map_or(0.0, |b| (b[3] - b[1]).abs());
    if height > 0.0 {
        return (height * unit).clamp(0.01, 1000.0);
    }
    let widths: Vec<f64> =
        dict.get::<Array<'_>>(b"Widths").map(|a| a.iter::<f64>().take(256).collect()).unwrap_or_default();
    let widest = widths.iter().copied().fold(0.0, f64::max);
    if widest > 0.0 { (widest * unit).clamp(0.01, 1000.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_program_tells_its_own_weight() {
        let mut program = vec![0u8; 12 + 16 + 54];
        program[5] = 1;
        program[12..16].copy_from_slice(b"head");
        program[20..24].copy_from_slice(&28u32.to_be_bytes());
        assert_eq!(mac_style(&program), Some(0));
        program[28 + 45] = 1;
        assert_eq!(mac_style(&program), Some(1));
        assert_eq!(mac_style(&program[..60]), None);
        program[20..24].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(mac_style(&program), None);
    }

    #[test]
    fn names_tell_the_style() {
        for (name, bold, italic) in [
            ("Arial-BoldMT", true, false),
            ("Arial,BoldItalic", true, true),
            ("Calibri", false, false),
            ("GillSans-Bd", true, false),
            ("Frutiger-It", false, true),
            ("TimesNewRomanPS-BoldItalicMT", true, true),
            ("Bodoni", false, false),
        ] {
            let s = NameStyle::of(name);
            assert_eq!((s.bold, s.italic), (bold, italic), "{name}");
        }
        assert!(NameStyle::of("Wingdings-Regular").symbol && NameStyle::of("SymbolMT").symbol);
        assert_eq!(without_prefix("ABCDEF+Arial"), "Arial");
        assert_eq!(without_prefix("A+B"), "A+B");
    }
}
