//! One page: its size, its content, its annotations.

use super::content::{Budget, Interpreter};
use super::damage::{CONTENT, Damage, RESOURCES};
use super::decode::State;
use super::fonts::Fonts;
use super::layers::Layers;
use super::matrix::Matrix;
use super::objects::is_lost;
use super::{annotations, decode};
use crate::model::{Issue, Page, PageNo};
use crate::{limits, model};
use hayro_syntax::object::{Object, Stream};
use hayro_syntax::page::Rotation;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

/// What all pages of a document share.
pub(super) struct Shared<'a> {
    /// Layers switched off.
    pub(super) layers: &'a Layers,
    /// Finds pages by their objects.
    pub(super) numbers: &'a annotations::PageNumbers,
    /// When the document must have ended.
    pub(super) deadline: Instant,
    /// Bytes that may still be kept.
    pub(super) memory: &'a AtomicUsize,
}

/// Reads a page. `content` is a buffer that is used again for the next.
pub(super) fn read<'d>(
    number: PageNo,
    source: &hayro_syntax::page::Page<'d>,
    fonts: &mut Fonts<'d>,
    shared: &Shared<'_>,
    content: &mut Vec<u8>,
) -> (model::Page, Vec<Issue>) {
    let mut issues = Vec::new();
    let loss = |code: &str, message: String| Issue::loss(code, Some(number), super::STAGE, message);
    let (empty, to_page, cut) = sheet(number, source);
    if cut {
        let message =
            format!("the page is larger than {} points; only that much is shown", limits::PAGE_SIDE);
        issues.push(Issue::doubt("page_too_large", Some(number), super::STAGE, message));
    }
    if Instant::now() > shared.deadline {
        issues.push(loss("out_of_time", "the time for this document ran out before this page".into()));
        return (empty, issues);
    }
    let mut damage = Damage::default();
    if !read_content(source, content, &mut damage) {
        let message = format!("the page's content is over {} bytes and was cut", limits::CONTENT_BYTES);
        issues.push(loss("content_too_large", message));
    }
    if is_lost(source.raw(), b"Resources") {
        damage.missing.insert(RESOURCES);
    }
    let budget = Budget::new(shared.deadline, shared.memory);
    let mut interpreter = Interpreter::new(empty, fonts, shared.layers, budget, damage);
    interpreter.page_content(content, source.resources(), to_page);
    annotations::read(source, to_page, shared, &mut interpreter);
    let (page, spent, damage) = interpreter.finish();
    issues.extend(damage.issues(number));
    if let Some(what) = spent {
        let message = format!("the page asks for too much ({what}); what came before is kept");
        issues.push(loss("page_over_limit", message));
    }
    if let Some(bytes) = page.dropped.get("no_font") {
        issues.push(loss("font_unreadable", format!("the font of {bytes} bytes of text cannot be read")));
    }
    (page, issues)
}

/// A height of the page's user space, in points from the top of the page as shown. `None` where the
/// page is turned on its side.
pub(super) fn height(page: &hayro_syntax::page::Page<'_>, y: f64) -> Option<f32> {
    let (sheet, to_page, _) = sheet(PageNo(0), page);
    let upright = sheet.rotation.is_multiple_of(180);
    upright.then(|| (to_page.apply(0.0, y).1 as f32).clamp(0.0, sheet.size[1]))
}

/// The page without content, the transform from its user space to points as shown, and whether its
/// size had to be cut.
fn sheet(number: PageNo, page: &hayro_syntax::page::Page<'_>) -> (Page, Matrix, bool) {
    let unit = page.raw().get::<f64>(b"UserUnit").filter(|u| (0.01..=100.0).contains(u)).unwrap_or(1.0);
    let (width, height) = page.render_dimensions();
    let size = [width, height].map(|v| v * unit as f32);
    let cut = size.iter().any(|v| *v > limits::PAGE_SIDE || !v.is_finite());
    let size = size.map(|v| if v.is_finite() { v.clamp(1.0, limits::PAGE_SIDE) } else { limits::PAGE_SIDE });
    let to_page =
        Matrix(page.initial_transform(true).as_coeffs()).then(&Matrix([unit, 0.0, 0.0, unit, 0.0, 0.0]));
    let rotation = match page.rotation() {
        Rotation::None => 0,
        Rotation::Horizontal => 90,
        Rotation::Flipped => 180,
        Rotation::FlippedHorizontal => 270,
    };
    (Page { page: number, size, rotation, ..Page::default() }, to_page, cut)
}

/// All content streams of a page, one after the other. `false` where some did not fit.
fn read_content(page: &hayro_syntax::page::Page<'_>, out: &mut Vec<u8>, damage: &mut Damage) -> bool {
    out.clear();
    let mut append = |stream: &Stream<'_>, damage: &mut Damage| {
        let state = decode::append(stream, out, limits::CONTENT_BYTES);
        damage.stream |= state == Some(State::Damaged);
        // Operators do not run on from one stream into the next.
        out.push(b'\n');
        state.is_some()
    };
    let page = page.raw();
    match page.get::<Object<'_>>(b"Contents") {
        Some(Object::Stream(stream)) => append(&stream, damage),
        Some(Object::Array(parts)) => {
            let streams: Vec<Stream<'_>> = parts.iter::<Stream<'_>>().collect();
            if streams.len() < parts.raw_iter().count() {
                damage.missing.insert(CONTENT);
            }
            streams.iter().all(|stream| append(stream, damage))
        }
        _ => {
            if is_lost(page, b"Contents") {
                damage.missing.insert(CONTENT);
            }
            true
        }
    }
}
