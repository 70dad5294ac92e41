//! Forms: content inside content.

use super::Interpreter;
use super::state::State;
use crate::limits;
use crate::pdf::damage::{DRAWING, RESOURCES};
use crate::pdf::decode::{self, State as Decoded};
use crate::pdf::matrix::Matrix;
use crate::pdf::objects::is_lost;
use hayro_syntax::object::{Dict, Name, Stream};
use hayro_syntax::page::Resources;

impl<'d> Interpreter<'d, '_> {
    /// Paints what `Do` names.
    pub(super) fn x_object(&mut self, name: &Name<'_>, state: &State<'d>, resources: &Resources<'d>) {
        let Some(stream) = resources.get_x_object(name) else {
            self.damage.missing.insert(DRAWING);
            return;
        };
        let dict = stream.dict();
        let hidden = dict.get::<Dict<'_>>(b"OC").is_some_and(|oc| self.layers.hides(&oc));
        if hidden {
            self.marks.begin_hidden();
        }
        match dict.get::<Name<'_>>(b"Subtype").as_deref() {
            Some(b"Image") => self.image(state, dict),
            Some(b"Form") => self.form(&stream, state, resources),
            Some(b"PS") => {}
            _ => self.damage.content = true,
        }
        if hidden {
            let floor = self.marks.depth().saturating_sub(1);
            self.marks.end(floor, &mut self.page.runs);
        }
    }

    /// Interprets a form in the state of its caller.
    pub(super) fn form(&mut self, form: &Stream<'d>, state: &State<'d>, outer: &Resources<'d>) {
        if self.depth >= limits::FORM_DEPTH {
            self.budget.spent.get_or_insert("form depth");
            return;
        }
        if self.budget.form().is_none() {
            return;
        }
        let dict = form.dict();
        let Some((content, decoded)) = decode::stream(form, limits::CONTENT_BYTES) else {
            self.budget.spent.get_or_insert("content bytes");
            return;
        };
        self.damage.stream |= decoded == Decoded::Damaged;
        if is_lost(dict, b"Resources") {
            self.damage.missing.insert(RESOURCES);
        }
        let mut inner = state.clone();
        if let Some(matrix) = dict.get::<[f64; 6]>(b"Matrix") {
            inner.ctm = Matrix(matrix).then(&state.ctm);
        }
        if let Some(bbox) = dict.get::<[f64; 4]>(b"BBox") {
            let Some(clip) = inner.ctm.bounds(bbox).intersection(state.clip) else {
                // Nothing of it can be seen, but its text is still read.
                inner.clip = crate::model::Rect::new(-2.0, -2.0, -1.0, -1.0);
                self.nested(&content, dict, outer, inner);
                return;
            };
            inner.clip = clip;
        }
        self.nested(&content, dict, outer, inner);
    }

    fn nested(&mut self, content: &[u8], dict: &Dict<'d>, outer: &Resources<'d>, state: State<'d>) {
        let own = dict.get::<Dict<'d>>(b"Resources").map(Resources::new);
        self.depth += 1;
        self.run(content, own.as_ref().unwrap_or(outer), state, false);
        self.depth -= 1;
    }
}

/// The transform that lays an appearance's box over its place on the page.
pub(super) fn fit(form: &Stream<'_>, [x0, y0, x1, y1]: [f64; 4]) -> Option<Matrix> {
    let dict = form.dict();
    let bbox = dict.get::<[f64; 4]>(b"BBox")?;
    let matrix = dict.get::<[f64; 6]>(b"Matrix").map_or(Matrix::IDENTITY, Matrix);
    let drawn = matrix.bounds(bbox);
    let (width, height) = (f64::from(drawn.width()), f64::from(drawn.height()));
    if width <= 0.0 || height <= 0.0 {
        return None;
    }
    let (sx, sy) = ((x1 - x0).abs() / width, (y1 - y0).abs() / height);
    let (left, low) = (x0.min(x1), y0.min(y1));
    Some(Matrix([sx, 0.0, 0.0, sy, left - f64::from(drawn.left) * sx, low - f64::from(drawn.top) * sy]))
}
