//! Symbol fonts: the bullets, ticks and arrows that their private codes stand for.

/// Which set of symbols a font's name says it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    Wingdings,
    Wingdings2,
    Symbol,
}

impl Set {
    /// By the font's name.
    pub(super) fn named(font: &str) -> Option<Set> {
        let name = font.to_ascii_lowercase();
        if name.starts_with("wingdings2") || name.starts_with("wingdings-2") {
            Some(Set::Wingdings2)
        } else if name.starts_with("wingdings3") || name.starts_with("wingdings-3") {
            None
        } else if name.starts_with("wingdings") {
            Some(Set::Wingdings)
        } else if name.starts_with("symbol") {
            Some(Set::Symbol)
        } else {
            None
        }
    }

    /// The character that a code of the font stands for, where one is known. Codes are told by their
    /// private-use place, or in Wingdings by the Latin letter that a careless map gives.
    pub(super) fn meaning(self, c: char) -> Option<char> {
        let code = match u32::from(c) {
            v @ 0xF020..=0xF0FF => v - 0xF000,
            v @ 0x21..=0xFF if self != Set::Symbol => v,
            _ => return None,
        };
        let table: &[(u32, char)] = match self {
            Set::Wingdings => &WINGDINGS,
            Set::Wingdings2 => &WINGDINGS_2,
            Set::Symbol => &SYMBOL,
        };
        table.iter().find(|(k, _)| *k == code).map(|(_, c)| *c)
    }
}

const WINGDINGS: [(u32, char); 43] = [
    (0x28, '☎'),
    (0x2A, '✉'),
    (0x6C, '●'),
    (0x6D, '❍'),
    (0x6E, '■'),
    (0x6F, '□'),
    (0x70, '❐'),
    (0x71, '❑'),
    (0x72, '❒'),
    (0x73, '⬧'),
    (0x74, '⧫'),
    (0x75, '◆'),
    (0x76, '❖'),
    (0x77, '⬥'),
    (0x78, '⌧'),
    (0x9E, '·'),
    (0x9F, '•'),
    (0xA1, '○'),
    (0xA4, '◉'),
    (0xA7, '▪'),
    (0xA8, '◻'),
    (0xAA, '✦'),
    (0xAB, '★'),
    (0xB2, '✧'),
    (0xD8, '➢'),
    (0xDC, '➲'),
    (0xDF, '←'),
    (0xE0, '→'),
    (0xE1, '↑'),
    (0xE2, '↓'),
    (0xE7, '←'),
    (0xE8, '→'),
    (0xE9, '↑'),
    (0xEA, '↓'),
    (0xEF, '⇦'),
    (0xF0, '⇨'),
    (0xF1, '⇧'),
    (0xF2, '⇩'),
    (0xF3, '⬄'),
    (0xFB, '✗'),
    (0xFC, '✓'),
    (0xFD, '☒'),
    (0xFE, '☑'),
];

const WINGDINGS_2: [(u32, char); 8] =
    [(0x4F, '✗'), (0x50, '✓'), (0x51, '☒'), (0x52, '☑'), (0x97, '●'), (0x98, '●'), (0xA1, '■'), (0xA3, '□')];

const SYMBOL: [(u32, char); 21] = [
    (0xA0, '€'),
    (0xA3, '≤'),
    (0xA8, '♦'),
    (0xAC, '←'),
    (0xAD, '↑'),
    (0xAE, '→'),
    (0xAF, '↓'),
    (0xB0, '°'),
    (0xB1, '±'),
    (0xB3, '≥'),
    (0xB4, '×'),
    (0xB7, '•'),
    (0xB8, '÷'),
    (0xB9, '≠'),
    (0xBB, '≈'),
    (0xBC, '…'),
    (0xD2, '®'),
    (0xD3, '©'),
    (0xD4, '™'),
    (0xD7, '⋅'),
    (0x2D, '−'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_codes_have_meanings() {
        let wing = Set::named("Wingdings-Regular").unwrap();
        assert_eq!(wing.meaning('\u{F0A7}'), Some('▪'));
        assert_eq!(wing.meaning('ü'), Some('✓'), "a Latin letter in Wingdings is a picture");
        assert_eq!(wing.meaning('\u{2022}'), None, "a right map is left alone");
        let symbol = Set::named("SymbolMT").unwrap();
        assert_eq!(symbol.meaning('\u{F0B7}'), Some('•'));
        assert_eq!(symbol.meaning('a'), None, "Symbol has Greek under proper names");
        assert_eq!(Set::named("Arial"), None);
    }
}
