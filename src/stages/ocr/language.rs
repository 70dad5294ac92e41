//! Whether text is language: a font without its table, or with a wrong one, gives letters that no language
//! puts beside each other.

/// How unusual each letter is behind each other, in bits: a row a letter, `a` to `z`. From English, with
/// the pairs that Welsh adds.
const PAIRS: [&[u8; 26]; 26] = [
    b"95454659597352969343665969",
    b"49892999479376499457399949",
    b"39693993496599269573599959",
    b"48742859299689499459465959",
    b"49435669699453767335955679",
    b"49993499399595299475499959",
    b"49982883499595499357495959",
    b"39991999399899399686795959",
    b"57454669999452369533959899",
    b"39992999799999299876299999",
    b"68571669299674979738998989",
    b"39832899399388379944575949",
    b"34992995399949439557595989",
    b"49324625498877599943675959",
    b"67569379788442659355355999",
    b"39973897599369349265599999",
    b"99989999599999999999099999",
    b"39652875495755389644655959",
    b"47492894396479449932498959",
    b"49914992399887499457798969",
    b"45545959597352949343999999",
    b"49991999299999599999799999",
    b"25552953299555399557997949",
    b"48493999399999629992499989",
    b"75542559599554159536995999",
    b"38881888388586388888688865",
];

/// Fewer pairs of letters than this say nothing: codes and initials are no language either.
const LEAST_PAIRS: usize = 120;
/// English comes to 3.2, other languages of Europe to 4 or 5, letters at random to 6 or more.
const UNUSUAL: f32 = 5.4;

/// How unusual the pairs of letters of some text are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pairs {
    count: usize,
    bits: usize,
}

impl Pairs {
    /// Counts the pairs of letters in a stretch of text.
    pub(super) fn add(&mut self, text: &str) {
        let mut before = u8::MAX;
        for b in text.bytes() {
            // The same bit makes letters small; what is no letter comes to more than 25.
            let now = (b | 0x20).wrapping_sub(b'a');
            if let Some(bits) = PAIRS.get(usize::from(before)).and_then(|row| row.get(usize::from(now))) {
                self.count += 1;
                self.bits += usize::from(bits - b'0');
            }
            before = now;
        }
    }

    /// Whether there is enough of it to tell, and it is no language.
    pub(super) fn is_gibberish(&self) -> bool {
        self.count >= LEAST_PAIRS && self.bits as f32 > UNUSUAL * self.count as f32
    }

    /// How like language it is, 0 to 1; `None` where there is too little to tell.
    pub(super) fn likeness(&self) -> Option<f32> {
        let mean = self.bits as f32 / self.count.max(1) as f32;
        (self.count >= LEAST_PAIRS).then(|| ((7.0 - mean) / 3.5).clamp(0.0, 1.0))
    }
}

/// Whether a character is one that no text has: unknown, private, a control.
pub(super) fn is_unreadable(c: char, symbol: bool) -> bool {
    match c {
        '\u{FFFD}' => true,
        '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFD}' => !symbol,
        c => c.is_control() && !c.is_whitespace(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "The panel considered a report on the budget for the year and asked whether the \
        savings that had been planned could still be made. Officers said that demand for places had grown \
        faster than the forecast, and that a further report would come to the next meeting.";
    const WELSH: &str = "Mae'r cyngor wedi ymrwymo i ddatblygu gwasanaethau dwyieithog ac i sicrhau bod pobl \
        yn gallu defnyddio'r Gymraeg wrth ymwneud ag ef. Cafwyd adroddiad gan y pennaeth gwasanaeth yn \
        amlinellu'r cynnydd a wnaed hyd yma a'r camau nesaf.";

    fn pairs(text: &str) -> Pairs {
        let mut out = Pairs::default();
        out.add(text);
        out
    }

    #[test]
    fn languages_are_language() {
        for text in [ENGLISH, WELSH, &ENGLISH.to_uppercase()] {
            assert!(!pairs(text).is_gibberish(), "{text}");
        }
        assert!(pairs(ENGLISH).likeness() > pairs(WELSH).likeness());
    }

    #[test]
    fn shifted_letters_are_not() {
        let shift = |by: u8| -> String {
            let turned = |b: u8| (b - b'a' + by) % 26 + b'a';
            ENGLISH
                .to_lowercase()
                .bytes()
                .map(|b| char::from(if b.is_ascii_lowercase() { turned(b) } else { b }))
                .collect()
        };
        let found = (1..26).filter(|by| pairs(&shift(*by)).is_gibberish()).count();
        assert!(found >= 24, "{found} of 25");
    }

    #[test]
    fn little_text_is_not_judged() {
        assert!(!pairs("XQZJ KVWX").is_gibberish());
        assert_eq!(pairs("XQZJ").likeness(), None);
    }
}
