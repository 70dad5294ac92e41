//! Pages as pictures, for OCR.

use super::{decode, load};
use crate::error::Error;
use crate::limits;
use crate::model::{Extract, PageNo};
use crate::picture::Grey;
use hayro::hayro_interpret::{InterpreterSettings, InterpreterWarning};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Stream};
use hayro_syntax::{Filter, Pdf};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

/// A document whose pages can be drawn.
pub struct Pictures {
    pdf: Arc<Pdf>,
}

/// A page, drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// The picture.
    pub grey: Grey,
    /// A picture on the page could not be decoded: it is not in the drawing.
    pub damaged: bool,
}

/// Why a page could not be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// A picture on it has more pixels than the limit.
    TooLarge,
    /// It has more pictures than the limit.
    TooMany,
    /// Drawing it took longer than the limit.
    TooSlow,
    /// It cannot be drawn: the page or a picture is damaged.
    Damaged,
}

impl Pictures {
    /// Opens a document again, by the road on which it was read.
    ///
    /// # Errors
    /// It cannot be loaded.
    pub fn open(bytes: &Arc<Vec<u8>>) -> Result<Pictures, Error> {
        // What a repair has to say was said when the document was read.
        let pdf = load(bytes, false, &mut Extract::default())?;
        Ok(Pictures { pdf: Arc::new(pdf) })
    }

    /// Draws a page as shown, at so many pixels a point.
    ///
    /// # Errors
    /// The page asks for more than the limits allow, or cannot be drawn.
    pub fn draw(&self, page: PageNo, scale: f32) -> Result<Drawn, Refused> {
        let pdf = Arc::clone(&self.pdf);
        let index = page.index();
        check(&pdf, index)?;
        let (done, wait) = mpsc::channel();
        // A decoder that does not end cannot be stopped, only left behind.
        std::thread::Builder::new()
            .name("draw".into())
            .stack_size(16 << 20)
            .spawn(move || {
                let _ = done.send(catch_unwind(AssertUnwindSafe(|| draw(&pdf, index, scale))));
            })
            .map_err(|_| Refused::Damaged)?;
        match wait.recv_timeout(limits::DRAWING_TIME) {
            Ok(Ok(Some(drawn))) => Ok(drawn),
            Ok(_) | Err(mpsc::RecvTimeoutError::Disconnected) => Err(Refused::Damaged),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(Refused::TooSlow),
        }
    }
}

fn draw(pdf: &Pdf, index: usize, scale: f32) -> Option<Drawn> {
    let page = pdf.pages().get(index)?;
    let unit = page.raw().get::<f32>(b"UserUnit").filter(|u| (0.01..=100.0).contains(u)).unwrap_or(1.0);
    let scale = scale * unit;
    let damaged = Arc::new(AtomicBool::new(false));
    let tell = Arc::clone(&damaged);
    let settings = InterpreterSettings {
        warning_sink: Arc::new(move |warning| {
            if matches!(warning, InterpreterWarning::ImageDecodeFailure) {
                tell.store(true, Ordering::Relaxed);
            }
        }),
        ..InterpreterSettings::default()
    };
    let pixmap = hayro::render(
        page,
        &RenderCache::new(),
        &settings,
        // Pictures rarely lie pixel on pixel: blended they keep the shapes of their letters.
        &RenderSettings { force_image_interpolation: true, ..RenderSettings::default() },
        &PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE },
    );
    let (width, height) = (usize::from(pixmap.width()), usize::from(pixmap.height()));
    // Shades as eyes weigh colours; the pixels are opaque.
    let shade =
        |p: &[u8]| ((u32::from(p[0]) * 77 + u32::from(p[1]) * 150 + u32::from(p[2]) * 29 + 128) >> 8) as u8;
    let pixels = pixmap.data_as_u8_slice().chunks_exact(4).map(shade).collect();
    Some(Drawn { grey: Grey { width, height, pixels }, damaged: damaged.load(Ordering::Relaxed) })
}

/// Refuses pages whose pictures come to more pixels than the limit, before any is decoded: decoders
/// take what a picture's head asks for.
fn check(pdf: &Pdf, index: usize) -> Result<(), Refused> {
    let page = pdf.pages().get(index).ok_or(Refused::Damaged)?;
    let mut look = Look { seen: HashSet::new(), pixels: 0, pictures: 0 };
    let resources = page.raw().get::<Dict<'_>>(b"Resources");
    // Resources may be inherited: the page's own view of them has all.
    let names = &page.resources().x_objects;
    look.x_objects(names, 0)?;
    resources.map_or(Ok(()), |r| look.resources(&r, 0))
}

struct Look {
    seen: HashSet<ObjectIdentifier>,
    pixels: u64,
    pictures: usize,
}

impl Look {
    fn resources(&mut self, dict: &Dict<'_>, depth: u8) -> Result<(), Refused> {
        if let Some(names) = dict.get::<Dict<'_>>(b"XObject") {
            self.x_objects(&names, depth)?;
        }
        if let Some(patterns) = dict.get::<Dict<'_>>(b"Pattern") {
            self.x_objects(&patterns, depth)?;
        }
        Ok(())
    }

    fn x_objects(&mut self, names: &Dict<'_>, depth: u8) -> Result<(), Refused> {
        if depth > limits::FORM_DEPTH {
            return Ok(());
        }
        for name in names.keys() {
            let Some(stream) = names.get::<Stream<'_>>(name.as_ref()) else { continue };
            if !self.seen.insert(stream.obj_id()) {
                continue;
            }
            let dict = stream.dict();
            if dict.get::<Name<'_>>(b"Subtype").as_deref() == Some(b"Image") {
                self.picture(&stream, 0)?;
            } else if let Some(own) = dict.get::<Dict<'_>>(b"Resources") {
                self.resources(&own, depth + 1)?;
            }
        }
        Ok(())
    }

    fn picture(&mut self, stream: &Stream<'_>, depth: u8) -> Result<(), Refused> {
        self.pictures += 1;
        if self.pictures > limits::PICTURES {
            return Err(Refused::TooMany);
        }
        let pixels = told(stream).max(in_data(stream));
        self.pixels = self.pixels.saturating_add(pixels);
        if self.pixels > limits::PICTURE_PIXELS || !decode::fits(stream, limits::PICTURE_BYTES) {
            return Err(Refused::TooLarge);
        }
        for mask in [&b"SMask"[..], b"Mask"] {
            if let Some(mask) = stream.dict().get::<Stream<'_>>(mask)
                && depth < 2
            {
                self.picture(&mask, depth + 1)?;
            }
        }
        Ok(())
    }
}

/// Pixels that a picture's dictionary asks for.
fn told(stream: &Stream<'_>) -> u64 {
    let dict = stream.dict();
    let side = |key: &[u8]| u64::from(dict.get::<u32>(key).unwrap_or(0));
    let mut width = side(b"Width");
    // Facsimile rows are as long as their own parameters say.
    let parms = dict.get::<Object<'_>>(b"DecodeParms");
    let columns = |p: Dict<'_>| p.get::<u32>(b"Columns").map(u64::from);
    let columns = match parms {
        Some(Object::Dict(p)) => columns(p),
        Some(Object::Array(a)) => Array::iter::<Dict<'_>>(&a).filter_map(columns).max(),
        _ => None,
    };
    width = width.max(columns.unwrap_or(0));
    width.saturating_mul(side(b"Height").max(1))
}

/// Pixels that the head of JBIG2 or JPEG 2000 data asks for, whatever the dictionary says.
fn in_data(stream: &Stream<'_>) -> u64 {
    let filters = stream.filters();
    let raw = stream.raw_data();
    match filters.last() {
        Some(Filter::JpxDecode) => jpeg_2000(&raw),
        Some(Filter::Jbig2Decode) => jbig2(&raw),
        _ => 0,
    }
}

fn long(data: &[u8], at: usize) -> Option<u64> {
    let bytes = data.get(at..at + 4)?;
    Some(u64::from(u32::from_be_bytes(bytes.try_into().ok()?)))
}

/// From the `SIZ` marker: the reference grid, times its components.
fn jpeg_2000(data: &[u8]) -> u64 {
    let find = memchr::memmem::find(data, &[0xFF, 0x4F, 0xFF, 0x51]);
    let Some(at) = find else { return 0 };
    let (Some(x), Some(y)) = (long(data, at + 8), long(data, at + 12)) else { return 0 };
    let components = data.get(at + 40..at + 42).map_or(1, |c| u64::from(c[0]) << 8 | u64::from(c[1]));
    x.saturating_mul(y).saturating_mul(components.max(1)) / 3 + 1
}

/// From the segments: pages and regions, the largest of them.
fn jbig2(data: &[u8]) -> u64 {
    let mut most = 0_u64;
    let mut at = 0;
    for _ in 0..limits::PICTURES {
        let Some(flags) = data.get(at + 4) else { break };
        let kind = flags & 0x3F;
        let Some(head) = segment_head(data, at) else { break };
        let Some(length) = long(data, at + head - 4) else { break };
        let body = at + head;
        // Page information and regions begin with their width and height.
        if matches!(kind, 4..=7 | 20..=23 | 36..=43 | 48)
            && let (Some(x), Some(y)) = (long(data, body), long(data, body + 4))
        {
            // The height of a page may be left open.
            most = most.max(x.saturating_mul(if y == u64::from(u32::MAX) { 1 } else { y }));
        }
        if length == u64::from(u32::MAX) {
            break;
        }
        at = body.saturating_add(length as usize);
    }
    most
}

/// How long the head of a JBIG2 segment is, its length field at the end included.
fn segment_head(data: &[u8], at: usize) -> Option<usize> {
    let number = long(data, at)?;
    let flags = *data.get(at + 4)?;
    let count = *data.get(at + 5)?;
    let (refs, before) = match count >> 5 {
        7 => {
            let n = long(data, at + 5)? & 0x1FFF_FFFF;
            (n, 4 + (n + 1).div_ceil(8))
        }
        n => (u64::from(n), 1),
    };
    let each = match number {
        0..=256 => 1,
        257..=65_536 => 2,
        _ => 4,
    };
    let page = if flags & 0x40 == 0 { 1 } else { 4 };
    usize::try_from(5 + before + refs * each + page + 4).ok()
}
