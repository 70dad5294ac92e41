//! The loop over content operators.

use super::Interpreter;
use super::colour::{self, Paint, Space};
use super::lexer::{self, Lexer};
use super::path::Path;
use super::state::State;
use super::text::Pen;
use crate::limits;
use crate::pdf::matrix::Matrix;
use hayro_syntax::object::{Array, Dict, Name, Object};
use hayro_syntax::page::Resources;

impl<'d> Interpreter<'d, '_> {
    /// Interprets one content stream. `own` says whether it is the page's own.
    pub(super) fn run(&mut self, content: &[u8], resources: &Resources<'d>, first: State<'d>, own: bool) {
        let floor = self.marks.depth();
        let mut stack: Vec<State<'d>> = Vec::new();
        let mut too_deep = 0_usize;
        let mut state = first;
        let mut pen = Pen::default();
        let mut path = Path::default();
        let mut op = Lexer::new(content);
        while let Some(word) = op.next() {
            if self.budget.operator().is_none() {
                break;
            }
            match word {
                b"q" if stack.len() >= limits::STATE_DEPTH => too_deep += 1,
                b"q" => stack.push(state.clone()),
                b"Q" if too_deep > 0 => too_deep -= 1,
                b"Q" => {
                    if let Some(before) = stack.pop() {
                        state = before;
                    }
                }
                b"BMC" | b"BDC" => {
                    let properties = op.properties().filter(|_| word == b"BDC");
                    if let Some(tag) = op.first_name() {
                        let runs = self.page.runs.len();
                        self.marks.begin(tag, properties.as_ref(), resources, self.layers, own, runs);
                    }
                }
                b"EMC" => {
                    let gone = self.marks.end(floor, &mut self.page.runs);
                    if gone > 0 {
                        *self.page.dropped.entry("replaced_by_nothing".into()).or_default() += gone;
                    }
                }
                b"Do" => match op.name() {
                    Some(n) => self.x_object(n, &state, resources),
                    None => self.damage.content = true,
                },
                b"BI" => {
                    if let Some(s) = op.image() {
                        self.image(&state, s.dict());
                    }
                }
                b"sh" => self.shading(&op, &state, resources),
                _ => {
                    let known = self.text_operator(word, &op, &mut state, &mut pen, resources)
                        || self.path_operator(word, &op, &mut state, &mut path)
                        || paint_operator(word, &op, &mut state, resources);
                    if !known {
                        self.state_operator(word, &op, &mut state, resources);
                    }
                }
            }
        }
        self.damage.content |= op.breaks_off() && self.budget.spent.is_none();
        while self.marks.depth() > floor {
            self.marks.end(floor, &mut self.page.runs);
        }
    }

    /// Text state, positioning and showing.
    fn text_operator(
        &mut self,
        word: &[u8],
        op: &Lexer<'_>,
        state: &mut State<'d>,
        pen: &mut Pen,
        resources: &Resources<'d>,
    ) -> bool {
        let set = |target: &mut f64| {
            if let Some([v]) = op.numbers() {
                *target = v;
            }
        };
        match word {
            b"BT" => *pen = Pen::default(),
            b"ET" => {}
            b"Tc" => set(&mut state.text.char_space),
            b"Tw" => set(&mut state.text.word_space),
            b"TL" => set(&mut state.text.leading),
            b"Ts" => set(&mut state.text.rise),
            b"Tz" => {
                if let Some([v]) = op.numbers() {
                    state.text.stretch = v / 100.0;
                }
            }
            b"Tr" => {
                if let Some([v]) = op.numbers() {
                    state.text.mode = v.clamp(0.0, 7.0) as u8;
                }
            }
            b"Tf" => {
                set(&mut state.text.size);
                state.text.font = op.name().and_then(|n| self.fonts.named(resources, n));
            }
            b"Td" | b"TD" => {
                if let Some([x, y]) = op.numbers() {
                    pen.next_line(x, y);
                    if word == b"TD" {
                        state.text.leading = -y;
                    }
                }
            }
            b"Tm" => {
                if let Some(m) = op.numbers() {
                    pen.set(m);
                }
            }
            b"T*" => pen.next_line(0.0, -state.text.leading),
            b"Tj" => self.show(state, pen, op.text(), op.unpacked()),
            b"TJ" => self.show(state, pen, op.array(), op.unpacked()),
            b"'" | b"\"" => {
                if word == b"\""
                    && let Some([word_space, char_space]) = op.numbers()
                {
                    state.text.word_space = word_space;
                    state.text.char_space = char_space;
                }
                pen.next_line(0.0, -state.text.leading);
                self.show(state, pen, op.text(), op.unpacked());
            }
            _ => return false,
        }
        self.damage.content |= op.lacks_text(word);
        true
    }

    /// Path construction, painting and clipping.
    fn path_operator(&mut self, word: &[u8], op: &Lexer<'_>, state: &mut State<'d>, path: &mut Path) -> bool {
        match word {
            b"m" => {
                if let Some([x, y]) = op.numbers() {
                    path.move_to(state, x, y);
                }
            }
            b"l" => {
                if let Some([x, y]) = op.numbers() {
                    path.line_to(state, x, y);
                }
            }
            b"c" => {
                if let Some([a, b, c, d, e, f]) = op.numbers() {
                    path.curve_to(state, &[(a, b), (c, d), (e, f)]);
                }
            }
            b"v" | b"y" => {
                if let Some([a, b, c, d]) = op.numbers() {
                    path.curve_to(state, &[(a, b), (c, d)]);
                }
            }
            b"re" => {
                if let Some(r) = op.numbers() {
                    path.rect(state, r);
                }
            }
            b"h" => path.close(),
            b"W" | b"W*" => path.clips = true,
            b"n" => finish(path, state),
            b"S" => self.paint(path, state, false, true, false),
            b"s" => self.paint(path, state, false, true, true),
            b"f" | b"F" | b"f*" => self.paint(path, state, true, false, false),
            b"B" | b"B*" => self.paint(path, state, true, true, false),
            b"b" | b"b*" => self.paint(path, state, true, true, true),
            _ => return false,
        }
        true
    }

    fn paint(&mut self, path: &mut Path, state: &mut State<'d>, fill: bool, stroke: bool, close: bool) {
        if !self.marks.hidden() {
            let covered = &mut self.covered;
            if fill && state.fill.alpha > 0.0 {
                let solid = state.fill.alpha > 0.6;
                path.fill(state, &mut self.page.graphics, |bbox, colour| {
                    covered.add(bbox, colour.filter(|_| solid));
                });
            }
            if stroke && state.stroke.alpha > 0.0 {
                path.stroke(state, close, &mut self.page.graphics);
            }
        }
        finish(path, state);
    }

    /// A shading fills the clip.
    fn shading(&mut self, op: &Lexer<'_>, state: &State<'d>, resources: &Resources<'d>) {
        let found = op.name().and_then(|n| resources.get_shading(n));
        let dict = found.as_ref().and_then(|o| hayro_syntax::object::dict_or_stream(o)).map(|(d, _)| d);
        if self.marks.hidden() || state.clip.area() <= 0.0 {
            return;
        }
        self.covered.add(state.clip, None);
        if self.page.graphics.shapes.len() < limits::DRAWINGS {
            let colour = dict.and_then(colour::shading_colour).unwrap_or(0x80_80_80);
            self.page.graphics.shapes.push(crate::model::Shape {
                bbox: state.clip,
                colour,
                filled: true,
                curved: false,
                points: 4,
                sign: None,
            });
        }
    }

    /// An extended graphics state of the resources; some producers set one before every line.
    fn ext_state(&mut self, name: &Name<'_>, resources: &Resources<'d>) -> Option<Dict<'d>> {
        let Some(reference) = resources.ext_g_states.get_ref(name) else {
            return resources.get_ext_g_state(name);
        };
        let key = (reference.obj_number, reference.gen_number);
        if let Some(known) = self.ext_states.get(&key) {
            return Some(known.clone());
        }
        let read = resources.get_ext_g_state(name)?;
        self.ext_states.insert(key, read.clone());
        Some(read)
    }

    /// The rest of the graphics state.
    fn state_operator(
        &mut self,
        word: &[u8],
        op: &Lexer<'_>,
        state: &mut State<'d>,
        resources: &Resources<'d>,
    ) {
        match word {
            b"cm" => {
                if let Some(m) = op.numbers() {
                    state.ctm = Matrix(m).then(&state.ctm);
                }
            }
            b"w" => {
                if let Some([w]) = op.numbers() {
                    state.line_width = w.abs();
                }
            }
            b"gs" => {
                let Some(d) = op.name().and_then(|n| self.ext_state(n, resources)) else { return };
                if let Some(w) = d.get::<f64>(b"LW") {
                    state.line_width = w.abs();
                }
                if let Some(a) = d.get::<f32>(b"ca") {
                    state.fill.alpha = a;
                }
                if let Some(a) = d.get::<f32>(b"CA") {
                    state.stroke.alpha = a;
                }
                if let Some(font) = d.get::<Array<'d>>(b"Font") {
                    let dict = font.iter::<Object<'d>>().next().and_then(Object::into_dict);
                    state.text.font = dict.and_then(|d: Dict<'d>| self.fonts.get(&d));
                    if let Some(size) = font.iter::<Object<'d>>().nth(1).and_then(Object::into_f32) {
                        state.text.size = f64::from(size);
                    }
                }
            }
            _ => self.damage.content |= !lexer::is_known(word),
        }
    }
}

fn finish(path: &mut Path, state: &mut State<'_>) {
    if let Some(clip) = path.finish() {
        // Where nothing is left, a box off the page clips all.
        let nothing = crate::model::Rect::new(-2.0, -2.0, -1.0, -1.0);
        state.clip = state.clip.intersection(clip).unwrap_or(nothing);
    }
}

/// Colours.
fn paint_operator(word: &[u8], op: &Lexer<'_>, state: &mut State<'_>, resources: &Resources<'_>) -> bool {
    let stroking = word.first().is_some_and(u8::is_ascii_uppercase);
    let paint = if stroking { &mut state.stroke } else { &mut state.fill };
    let device = |paint: &mut Paint, space: Space, rgb: Option<u32>| {
        if let Some(rgb) = rgb {
            *paint = Paint { rgb, alpha: paint.alpha, pattern: false, space };
        }
    };
    match word {
        b"g" | b"G" => device(paint, Space::Gray, op.numbers().map(|[v]| colour::gray(v))),
        b"rg" | b"RG" => device(paint, Space::Rgb, op.numbers().map(|[r, g, b]| colour::rgb(r, g, b))),
        b"k" | b"K" => device(paint, Space::Cmyk, op.numbers().map(|[c, m, y, k]| colour::cmyk(c, m, y, k))),
        b"cs" | b"CS" => {
            if let Some(n) = op.name() {
                let space = Space::named(n, resources);
                *paint = Paint { rgb: space.initial(), alpha: paint.alpha, pattern: false, space };
            }
        }
        b"sc" | b"SC" | b"scn" | b"SCN" => {
            if let Some(n) = op.name() {
                paint.pattern = true;
                paint.rgb = colour::pattern_colour(resources.get_pattern(n));
            } else {
                paint.pattern = false;
                paint.rgb = paint.space.colour(op.all_numbers());
            }
        }
        _ => return false,
    }
    true
}
