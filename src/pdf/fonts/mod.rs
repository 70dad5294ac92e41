//! Fonts: from the codes of a text operator to Unicode and widths.

mod style;
mod symbols;
mod told;
mod unicode;

use super::{decode, objects};
use crate::{limits, model};
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontQuery, FontResolverFn, hayro_cmap};
use hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use hayro_syntax::page::Resources;
use rustc_hash::FxHashMap;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use told::Told;

/// A font of the document, ready to read text with.
pub(super) struct PdfFont<'d> {
    /// What the model tells of it.
    pub(super) facts: model::Font,
    /// Size of an em in glyph space, as a share of the thousand that is usual: Type 3 fonts differ.
    pub(super) em: f64,
    /// Its place in the store.
    pub(super) id: usize,
    /// A part of it is damaged or missing: letters may be missing or wrong.
    pub(super) damaged: bool,
    /// What the dictionary tells.
    told: Option<Told>,
    dict: Dict<'d>,
    programs: Rc<Programs<'d>>,
    /// The font with its program, once it is asked for what the dictionary does not tell.
    full: OnceCell<Option<Full<'d>>>,
    /// A known set of symbols.
    symbols: Option<symbols::Set>,
    /// Codes of one byte.
    simple: bool,
    /// Glyphs of codes of up to two bytes, by the first byte and then the second.
    glyphs: Box<[OnceCell<Glyphs>; 256]>,
    /// Glyphs of other codes.
    others: RefCell<FxHashMap<u32, Glyph>>,
}

/// Glyphs by the second byte of their codes.
type Glyphs = Box<[OnceCell<Glyph>; 256]>;

/// What one code stands for.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    /// Its letters; U+FFFD where nobody knows.
    pub(super) text: Box<str>,
    /// The same where it is one.
    pub(super) letter: Option<char>,
    /// How far the pen moves, as a share of the font size: to the right, or down in vertical text.
    pub(super) width: f64,
}

/// A font as the PDF crate reads it.
struct Full<'d> {
    font: Font<'d>,
    fallback: unicode::Fallback,
}

impl<'d> PdfFont<'d> {
    /// The next code of a string and how many bytes it takes; at least one.
    pub(super) fn next_code(&self, bytes: &[u8], at: usize) -> (u32, usize) {
        if self.simple {
            return (u32::from(bytes[at]), 1);
        }
        if let Some(told) = &self.told {
            return told.next_code(bytes, at);
        }
        let Some(full) = self.full() else { return (0, 1) };
        let (code, length) = full.font.read_code(bytes, at);
        (code, length.max(1))
    }

    fn full(&self) -> Option<&Full<'d>> {
        self.full.get_or_init(|| self.programs.load(&self.dict)).as_ref()
    }

    /// Looks at what a code stands for.
    pub(super) fn glyph<T>(&self, code: u32, look: impl FnOnce(&Glyph) -> T) -> T {
        if let Some(row) = self.glyphs.get((code >> 8) as usize) {
            let row = row.get_or_init(|| Box::new([const { OnceCell::new() }; 256]));
            return look(row[(code & 0xFF) as usize].get_or_init(|| self.read_glyph(code)));
        }
        let mut others = self.others.borrow_mut();
        look(others.entry(code).or_insert_with(|| self.read_glyph(code)))
    }

    /// Whether text runs to the right (else down).
    pub(super) fn is_horizontal(&self) -> bool {
        self.told.is_some() || self.full().is_none_or(|f| f.font.is_horizontal())
    }

    fn read_glyph(&self, code: u32) -> Glyph {
        let told = self.told.as_ref().and_then(|t| t.glyph(code));
        let (mut text, advance) = told.or_else(|| self.full_glyph(code)).unwrap_or(("\u{FFFD}".into(), 0.0));
        let advance = if advance.is_finite() { advance.clamp(-20_000.0, 20_000.0) } else { 0.0 };
        if let Some(set) = self.symbols {
            text = text.chars().map(|c| set.meaning(c).unwrap_or(c)).collect();
        }
        let mut letters = text.chars();
        let letter = letters.next().filter(|_| letters.next().is_none());
        Glyph { text: text.into(), letter, width: advance / 1000.0 }
    }

    /// Letters and advance of a code by the font program.
    fn full_glyph(&self, code: u32) -> Option<(String, f64)> {
        let Full { font, fallback } = self.full()?;
        let glyph = font.glyph(font.map_code(code), code);
        let width = match &glyph {
            FontGlyph::Outline(o) => o.advance_width().map_or(0.0, f64::from),
            FontGlyph::Type3(t) => f64::from(t.advance_width()),
        };
        let advance = if font.is_horizontal() { width } else { -font.code_advance(code).y };
        Some((fallback.text(&glyph, code, self.simple, self.facts.symbol), advance))
    }
}

/// The fonts met so far by one thread.
pub(super) struct Fonts<'d> {
    programs: Rc<Programs<'d>>,
    known: FxHashMap<objects::Key, Option<Rc<PdfFont<'d>>>>,
    /// The same by reference: the dictionary is read again for each `Tf` otherwise.
    by_reference: FxHashMap<(u32, i32), Option<Rc<PdfFont<'d>>>>,
    count: usize,
}

impl<'d> Fonts<'d> {
    /// No fonts yet.
    pub(super) fn new() -> Self {
        Fonts {
            programs: Rc::new(Programs::new()),
            known: FxHashMap::default(),
            by_reference: FxHashMap::default(),
            count: 0,
        }
    }

    /// The font that resources give a name. `None` where there is none that can be read.
    pub(super) fn named(&mut self, resources: &Resources<'d>, name: &Name<'_>) -> Option<Rc<PdfFont<'d>>> {
        let Some(reference) = resources.fonts.get_ref(name) else {
            return self.get(&resources.get_font(name)?);
        };
        let key = (reference.obj_number, reference.gen_number);
        if let Some(font) = self.by_reference.get(&key) {
            return font.clone();
        }
        let font = self.get(&resources.get_font(name)?);
        self.by_reference.insert(key, font.clone());
        font
    }

    /// The font of a dictionary. `None` where it cannot be read or asks for too much.
    pub(super) fn get(&mut self, dict: &Dict<'d>) -> Option<Rc<PdfFont<'d>>> {
        let key = objects::key(dict);
        if let Some(font) = self.known.get(&key) {
            return font.clone();
        }
        let font = self.load(dict).map(Rc::new);
        self.known.insert(key, font.clone());
        font
    }

    fn load(&mut self, dict: &Dict<'d>) -> Option<PdfFont<'d>> {
        let descendant = descendant(dict);
        let told = Told::new(dict, descendant.as_ref());
        let full = OnceCell::new();
        if told.is_none() {
            let _ = full.set(Some(self.programs.load(dict)?));
        }
        let subtype = objects::name(dict, b"Subtype");
        self.count += 1;
        let facts = style::facts(dict, descendant.as_ref());
        Some(PdfFont {
            symbols: symbols::Set::named(&facts.name),
            facts,
            em: if subtype == "Type3" { style::type3_em(dict) } else { 1.0 },
            id: self.count,
            damaged: told.as_ref().map_or_else(|| is_damaged(dict), |t| t.damaged),
            simple: subtype != "Type0",
            told,
            dict: dict.clone(),
            programs: Rc::clone(&self.programs),
            full,
            glyphs: Box::new([const { OnceCell::new() }; 256]),
            others: RefCell::default(),
        })
    }
}

/// Loads fonts with their programs.
struct Programs<'d> {
    cache: FontCache<'d>,
    resolve_font: FontResolverFn,
    resolve_cmap: CMapResolverFn,
}

impl<'d> Programs<'d> {
    fn new() -> Self {
        Programs {
            cache: FontCache::new(),
            resolve_font: Arc::new(|query| match query {
                FontQuery::Standard(s) => Some(s.get_font_data()),
                FontQuery::Fallback(f) => Some(f.pick_standard_font().get_font_data()),
            }),
            resolve_cmap: Arc::new(hayro_cmap::load_embedded),
        }
    }

    fn load(&self, dict: &Dict<'d>) -> Option<Full<'d>> {
        if !is_bounded(dict) {
            return None;
        }
        let font = self.cache.font(dict, &self.resolve_font, &self.resolve_cmap)?;
        Some(Full { font, fallback: unicode::Fallback::new(dict) })
    }
}

/// Where a descriptor has the font program.
const PROGRAMS: [&[u8]; 3] = [b"FontFile", b"FontFile2", b"FontFile3"];

/// Whether loading the font stays within the limits: the crate trusts what it reads.
fn is_bounded(dict: &Dict<'_>) -> bool {
    let fits = |d: &Dict<'_>, key: &[u8], limit: usize| {
        d.get::<Stream<'_>>(key).is_none_or(|s| decode::fits(&s, limit))
    };
    if !fits(dict, b"ToUnicode", limits::CMAP_BYTES) || !fits(dict, b"Encoding", limits::CMAP_BYTES) {
        return false;
    }
    let descendant = descendant(dict);
    if let Some(d) = &descendant
        && !(fits(d, b"CIDToGIDMap", 2 * limits::FONT_WIDTHS + 2)
            && d.get::<Array<'_>>(b"W").is_none_or(|w| width_count(&w, 1) <= limits::FONT_WIDTHS)
            && d.get::<Array<'_>>(b"W2").is_none_or(|w| width_count(&w, 3) <= limits::FONT_WIDTHS))
    {
        return false;
    }
    let descriptor = descendant.as_ref().unwrap_or(dict).get::<Dict<'_>>(b"FontDescriptor");
    descriptor.is_none_or(|d| PROGRAMS.iter().all(|key| fits(&d, key, limits::FONT_BYTES)))
}

/// Whether anything that letters are read from is damaged or missing.
fn is_damaged(dict: &Dict<'_>) -> bool {
    let damaged = |d: &Dict<'_>, key: &[u8], limit: usize| {
        objects::is_lost(d, key) || d.get::<Stream<'_>>(key).is_some_and(|s| !decode::is_whole(&s, limit))
    };
    let inner = descendant(dict);
    let outer = inner.as_ref().unwrap_or(dict);
    let descriptor = outer.get::<Dict<'_>>(b"FontDescriptor");
    damaged(dict, b"ToUnicode", limits::CMAP_BYTES)
        || damaged(dict, b"Encoding", limits::CMAP_BYTES)
        || damaged(outer, b"CIDToGIDMap", limits::FONT_BYTES)
        || objects::is_lost(outer, b"FontDescriptor")
        || descriptor.is_some_and(|d| PROGRAMS.iter().any(|key| damaged(&d, key, limits::FONT_BYTES)))
}

/// The font inside a composite one.
fn descendant<'d>(dict: &Dict<'d>) -> Option<Dict<'d>> {
    dict.get::<Array<'d>>(b"DescendantFonts")?.iter::<Dict<'d>>().next()
}

/// How many widths a `/W` array spreads to: `c [w …]` or `first last w`, with `width` numbers each.
fn width_count(array: &Array<'_>, width: usize) -> usize {
    let mut total = 0_usize;
    let mut numbers: Vec<f64> = Vec::new();
    for item in array.iter::<Object<'_>>() {
        match item {
            Object::Number(n) => {
                numbers.push(n.as_f64());
                if numbers.len() == 2 + width {
                    total = total.saturating_add((numbers[1] - numbers[0]).max(0.0) as usize + 1);
                    numbers.clear();
                }
            }
            Object::Array(a) => {
                total = total.saturating_add(a.raw_iter().count());
                numbers.clear();
            }
            _ => {}
        }
        if total > limits::FONT_WIDTHS {
            break;
        }
    }
    total
}
