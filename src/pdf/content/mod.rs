//! Our own content interpreter: operators to runs, rulings, boxes and pictures.

mod colour;
mod lexer;
mod marks;
mod operators;
mod path;
mod signs;
mod state;
mod text;
mod xobject;

use super::damage::Damage;
use super::fonts::{Fonts, PdfFont};
use super::layers::Layers;
use super::matrix::Matrix;
use crate::limits;
use crate::model::{Graphics, ImageBox, Page, Rect, TextRun};
use hayro_syntax::object::{Dict, Stream};
use hayro_syntax::page::Resources;
use marks::Marks;
use rustc_hash::FxHashMap;
use state::State;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use text::Covered;

/// What a drawing takes in memory, about.
const DRAWING_BYTES: usize = 32;

/// Bytes of memory that a page takes from the document's at once.
const MEMORY: usize = 64 << 10;

/// What a page may cost.
pub(super) struct Budget<'f> {
    /// Bytes that the whole document may still keep.
    memory: &'f AtomicUsize,
    /// Bytes taken from those for this page, and not yet used.
    taken: usize,
    operators: usize,
    glyphs: usize,
    forms: usize,
    deadline: Instant,
    /// What ran out first.
    spent: Option<&'static str>,
}

impl Drop for Budget<'_> {
    /// What was not used is there for other pages.
    fn drop(&mut self) {
        self.memory.fetch_add(self.taken, Ordering::Relaxed);
    }
}

impl<'f> Budget<'f> {
    /// For one page of a document that must end at `deadline`.
    pub(super) fn new(deadline: Instant, memory: &'f AtomicUsize) -> Self {
        let (operators, glyphs, forms) = (limits::OPERATORS, limits::GLYPHS, limits::FORMS);
        Budget { memory, taken: 0, operators, glyphs, forms, deadline, spent: None }
    }

    /// Takes memory for what is kept of the document.
    fn keep(&mut self, bytes: usize) -> Option<()> {
        self.memory_left(bytes)?;
        self.spent.is_none().then_some(())
    }

    fn memory_left(&mut self, bytes: usize) -> Option<()> {
        if self.taken < bytes {
            // Much at once: threads that count every run in one place wait for each other.
            let missing = bytes - self.taken;
            let much = missing.max(MEMORY);
            let take = |n: usize| {
                let less = |left: usize| left.checked_sub(n);
                self.memory.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).ok().map(|_| n)
            };
            let Some(more) = take(much).or_else(|| take(missing)) else {
                self.spend("memory");
                return None;
            };
            self.taken += more;
        }
        self.taken -= bytes;
        Some(())
    }

    /// Takes one operator. The clock is looked at now and then.
    fn operator(&mut self) -> Option<()> {
        self.operators = self.operators.checked_sub(1).or_else(|| self.spend("operators"))?;
        if self.operators.is_multiple_of(1024) && Instant::now() > self.deadline {
            self.spend("time");
        }
        self.spent.is_none().then_some(())
    }

    /// Takes one glyph.
    fn glyph(&mut self) -> Option<()> {
        self.glyphs = self.glyphs.checked_sub(1).or_else(|| self.spend("glyphs"))?;
        Some(())
    }

    /// Takes one form or glyph procedure.
    fn form(&mut self) -> Option<()> {
        self.forms = self.forms.checked_sub(1).or_else(|| self.spend("forms"))?;
        if self.forms.is_multiple_of(64) && Instant::now() > self.deadline {
            self.spend("time");
        }
        self.spent.is_none().then_some(())
    }

    fn spend(&mut self, what: &'static str) -> Option<usize> {
        self.spent.get_or_insert(what);
        None
    }
}

/// Interprets the content of one page.
pub(super) struct Interpreter<'d, 'f> {
    fonts: &'f mut Fonts<'d>,
    layers: &'f Layers,
    /// The page as read so far.
    pub(super) page: Page,
    /// What is left to spend.
    pub(super) budget: Budget<'f>,
    /// What was found damaged or missing.
    pub(super) damage: Damage,
    marks: Marks,
    covered: Covered,
    /// Forms inside forms.
    depth: u8,
    /// Place in `page.fonts`, by place in the store.
    indexes: FxHashMap<usize, u16>,
    /// Extended graphics states by reference.
    ext_states: FxHashMap<(u32, i32), Dict<'d>>,
    /// The run that is being shown.
    shown: TextRun,
}

impl<'d, 'f> Interpreter<'d, 'f> {
    /// For a page whose number and size are known.
    pub(super) fn new(
        page: Page,
        fonts: &'f mut Fonts<'d>,
        layers: &'f Layers,
        budget: Budget<'f>,
        damage: Damage,
    ) -> Self {
        Interpreter {
            fonts,
            layers,
            page,
            budget,
            damage,
            marks: Marks::default(),
            covered: Covered::default(),
            depth: 0,
            indexes: FxHashMap::default(),
            ext_states: FxHashMap::default(),
            shown: TextRun::default(),
        }
    }

    /// Interprets the page's own content.
    pub(super) fn page_content(&mut self, content: &[u8], resources: &Resources<'d>, to_page: Matrix) {
        let sheet = Rect::new(0.0, 0.0, self.page.size[0], self.page.size[1]);
        self.run(content, resources, State::new(to_page, sheet), true);
    }

    /// Draws an appearance stream whose box is to fill `place` of the page's user space.
    pub(super) fn appearance(
        &mut self,
        form: &Stream<'d>,
        place: [f64; 4],
        to_page: Matrix,
        rest: &Resources<'d>,
    ) {
        let sheet = Rect::new(0.0, 0.0, self.page.size[0], self.page.size[1]);
        let Some(fit) = xobject::fit(form, place) else { return };
        let state = State::new(fit.then(&to_page), sheet);
        self.form(form, &state, rest);
    }

    /// The page as read, what ran out, and what is damaged. Where the document's memory ran out, drawings
    /// are given up.
    pub(super) fn finish(mut self) -> (Page, Option<&'static str>, Damage) {
        path::strips_to_fills(&mut self.page.graphics);
        let g = &self.page.graphics;
        let drawn = g.rulings.len() + g.fills.len() + g.shapes.len() + g.images.len() + g.links.len();
        if self.budget.memory_left(drawn * DRAWING_BYTES).is_none() {
            self.page.graphics = Graphics::default();
        }
        (self.page, self.budget.spent, self.damage)
    }

    fn font_index(&mut self, font: &Rc<PdfFont<'d>>) -> u16 {
        if let Some(index) = self.indexes.get(&font.id) {
            return *index;
        }
        let index = self.page.fonts.len().min(usize::from(u16::MAX)) as u16;
        if index < u16::MAX {
            self.page.fonts.push(font.facts.clone());
        }
        self.indexes.insert(font.id, index);
        index
    }

    /// Notes a picture that fills the unit square.
    fn image(&mut self, state: &State<'d>, dict: &Dict<'_>) {
        let bbox = state.ctm.bounds([0.0, 0.0, 1.0, 1.0]);
        if self.marks.hidden() || state.fill.alpha <= 0.0 || !state.ctm.is_finite() {
            return;
        }
        let Some(bbox) = bbox.intersection(state.clip) else { return };
        let pixels =
            |long: &[u8], short: &[u8]| dict.get::<u32>(long).or_else(|| dict.get::<u32>(short)).unwrap_or(0);
        let (width, height) = (pixels(b"Width", b"W"), pixels(b"Height", b"H"));
        let stencil = dict.get::<bool>(b"ImageMask").or_else(|| dict.get::<bool>(b"IM")) == Some(true);
        // A picture of one pixel is a filled box by another name, of a colour that we do not decode.
        self.covered.add(bbox, if stencil && width <= 1 { Some(state.fill.rgb) } else { None });
        if self.page.graphics.images.len() < limits::IMAGES {
            self.page.graphics.images.push(ImageBox { bbox, width, height });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_share_the_documents_memory_to_the_last_byte() {
        let memory = AtomicUsize::new(2 * MEMORY + 10);
        let budget = || Budget::new(Instant::now(), &memory);
        let mut one = budget();
        assert!(one.keep(100).is_some() && one.keep(MEMORY).is_some());
        let mut other = budget();
        assert!(other.keep(20).is_none(), "only ten bytes are left");
        assert_eq!(other.spent, Some("memory"));
        assert!(budget().keep(10).is_some());
        // What was taken and not used goes back.
        drop(one);
        assert_eq!(memory.load(Ordering::Relaxed), MEMORY - 100);
        assert!(budget().keep(MEMORY - 100).is_some());
        assert_eq!(memory.load(Ordering::Relaxed), 0);
    }
}
