//! The graphics state of a content stream.

use super::colour::Paint;
use crate::model::Rect;
use crate::pdf::fonts::PdfFont;
use crate::pdf::matrix::Matrix;
use std::rc::Rc;

/// What `q` saves and `Q` brings back.
#[derive(Clone)]
pub(super) struct State<'d> {
    /// User space to the page as shown, in points.
    pub(super) ctm: Matrix,
    /// Box of the clip on the page.
    pub(super) clip: Rect,
    /// For filling.
    pub(super) fill: Paint,
    /// For stroking.
    pub(super) stroke: Paint,
    /// In user space.
    pub(super) line_width: f64,
    /// Text parameters.
    pub(super) text: TextState<'d>,
}

/// The text parameters, which outlive a text object.
#[derive(Clone)]
pub(super) struct TextState<'d> {
    pub(super) font: Option<Rc<PdfFont<'d>>>,
    pub(super) size: f64,
    pub(super) char_space: f64,
    pub(super) word_space: f64,
    /// 1 is 100 %.
    pub(super) stretch: f64,
    pub(super) leading: f64,
    pub(super) rise: f64,
    pub(super) mode: u8,
}

impl State<'_> {
    /// The state in which a page begins.
    pub(super) fn new(ctm: Matrix, clip: Rect) -> Self {
        State {
            ctm,
            clip,
            fill: Paint::default(),
            stroke: Paint::default(),
            line_width: 1.0,
            text: TextState {
                font: None,
                size: 0.0,
                char_space: 0.0,
                word_space: 0.0,
                stretch: 1.0,
                leading: 0.0,
                rise: 0.0,
                mode: 0,
            },
        }
    }
}
