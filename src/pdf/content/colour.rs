//! Colours and colour spaces, resolved to 0xRRGGBB.
//!
//! Only good enough to tell text from its ground, red cells from green ones and rules from paper:
//! profiles are taken as the device space of the same number of components.

use hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use hayro_syntax::page::Resources;
use std::rc::Rc;

use crate::pdf::decode;

/// What is painted with.
#[derive(Clone)]
pub(super) struct Paint {
    /// 0xRRGGBB.
    pub(super) rgb: u32,
    /// 0 is transparent.
    pub(super) alpha: f32,
    /// A pattern or shading: the colour is only a guess.
    pub(super) pattern: bool,
    /// The space that operands are read in.
    pub(super) space: Space,
}

impl Default for Paint {
    fn default() -> Self {
        Paint { rgb: 0, alpha: 1.0, pattern: false, space: Space::Gray }
    }
}

/// A colour space, as far as it is told apart.
#[derive(Debug, Clone)]
pub(super) enum Space {
    Gray,
    Rgb,
    Cmyk,
    Lab,
    /// A table of colours in a base space.
    Indexed {
        base: Rc<Space>,
        table: Rc<[u8]>,
    },
    /// Tints of one or more inks: the colour of full ink, which tints fade to white.
    Tint {
        full: u32,
    },
    Pattern,
}

/// Colour spaces inside colour spaces.
const DEPTH: u8 = 4;

impl Space {
    /// Finds a space by the name that `cs` gives.
    pub(super) fn named(name: &Name<'_>, resources: &Resources<'_>) -> Space {
        match name.as_ref() {
            b"DeviceGray" | b"G" | b"CalGray" => Space::Gray,
            b"DeviceRGB" | b"RGB" | b"CalRGB" => Space::Rgb,
            b"DeviceCMYK" | b"CMYK" => Space::Cmyk,
            b"Pattern" => Space::Pattern,
            _ => match resources.get_color_space(name) {
                Some(object) => Space::read(&object, DEPTH),
                None => Space::Gray,
            },
        }
    }

    fn read(object: &Object<'_>, depth: u8) -> Space {
        let array = match object {
            Object::Name(n) => return Space::device(n.as_ref()),
            Object::Array(a) if depth > 0 => a,
            _ => return Space::Gray,
        };
        let mut items = array.iter::<Object<'_>>();
        let Some(Object::Name(family)) = items.next() else { return Space::Gray };
        match family.as_ref() {
            b"ICCBased" => items.next().and_then(Object::into_stream).map_or(Space::Rgb, |s| {
                match s.dict().get::<i32>(b"N") {
                    Some(1) => Space::Gray,
                    Some(4) => Space::Cmyk,
                    _ => Space::Rgb,
                }
            }),
            b"Lab" => Space::Lab,
            b"Indexed" | b"I" => {
                let base = items.next().map_or(Space::Rgb, |o| Space::read(&o, depth - 1));
                let table = match items.nth(1) {
                    Some(Object::String(s)) => s.as_bytes().to_vec(),
                    Some(Object::Stream(s)) => {
                        decode::stream(&s, 64 << 10).map(|(data, _)| data).unwrap_or_default()
                    }
                    _ => Vec::new(),
                };
                Space::Indexed { base: Rc::new(base), table: table.into() }
            }
            b"Separation" | b"DeviceN" => {
                let black =
                    matches!(items.next(), Some(Object::Name(n)) if matches!(n.as_ref(), b"Black" | b"All"));
                let base = items.next().map_or(Space::Gray, |o| Space::read(&o, depth - 1));
                let full = if black { None } else { items.next().and_then(|f| full_tint(&f, &base)) };
                Space::Tint { full: full.unwrap_or(0) }
            }
            other => Space::device(other),
        }
    }

    fn device(name: &[u8]) -> Space {
        match name {
            b"DeviceRGB" | b"RGB" | b"CalRGB" => Space::Rgb,
            b"DeviceCMYK" | b"CMYK" => Space::Cmyk,
            b"Pattern" => Space::Pattern,
            _ => Space::Gray,
        }
    }

    /// The colour that a space begins with.
    pub(super) fn initial(&self) -> u32 {
        match self {
            Space::Tint { full } => *full,
            Space::Indexed { .. } => self.colour(&[0.0]),
            _ => 0,
        }
    }

    /// The colour of operands.
    pub(super) fn colour(&self, v: &[f64]) -> u32 {
        let at = |i: usize| v.get(i).copied().unwrap_or(0.0);
        match self {
            Space::Gray => gray(at(0)),
            Space::Rgb => rgb(at(0), at(1), at(2)),
            Space::Cmyk => cmyk(at(0), at(1), at(2), at(3)),
            Space::Lab => lab(at(0), at(1), at(2)),
            Space::Indexed { base, table } => {
                let width = match **base {
                    Space::Gray | Space::Tint { .. } => 1,
                    Space::Cmyk => 4,
                    _ => 3,
                };
                let index = at(0).clamp(0.0, 255.0) as usize * width;
                let entry = table.get(index..index + width).unwrap_or(&[]);
                base.colour(&entry.iter().map(|b| f64::from(*b) / 255.0).collect::<Vec<_>>())
            }
            Space::Tint { full } => {
                // Of several inks the strongest decides.
                let tint = v.iter().copied().fold(0.0, f64::max);
                let part = |shift: u32| 1.0 - tint * (1.0 - f64::from(full >> shift & 0xFF) / 255.0);
                rgb(part(16), part(8), part(0))
            }
            Space::Pattern => 0x80_80_80,
        }
    }
}

/// The colour of full ink, where the tint transform is an interpolation.
fn full_tint(function: &Object<'_>, base: &Space) -> Option<u32> {
    let dict: Dict<'_> = match function {
        Object::Dict(d) => d.clone(),
        Object::Stream(s) => return sampled_tint(s, base),
        _ => return None,
    };
    let numbers = |a: Array<'_>| a.iter::<f64>().take(8).collect::<Vec<f64>>();
    if let Some(c1) = dict.get::<Array<'_>>(b"C1") {
        return Some(base.colour(&numbers(c1)));
    }
    let last = dict.get::<Array<'_>>(b"Functions")?.iter::<Dict<'_>>().last()?;
    Some(base.colour(&numbers(last.get::<Array<'_>>(b"C1")?)))
}

/// The last sample of a sampled function, or the result of a short PostScript one.
fn sampled_tint(stream: &Stream<'_>, base: &Space) -> Option<u32> {
    let kind = stream.dict().get::<i32>(b"FunctionType")?;
    let (data, _) = decode::stream(stream, 64 << 10)?;
    let width = match base {
        Space::Gray | Space::Tint { .. } => 1,
        Space::Cmyk => 4,
        _ => 3,
    };
    if kind == 0 && stream.dict().get::<i32>(b"BitsPerSample") == Some(8) {
        let tail = data.get(data.len().checked_sub(width)?..)?;
        return Some(base.colour(&tail.iter().map(|b| f64::from(*b) / 255.0).collect::<Vec<_>>()));
    }
    // `{dup 0.5 mul exch dup 0.2 mul …}`: the factors, in order, are the colour of full ink.
    let text = std::str::from_utf8(&data).ok()?;
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == '{' || c == '}').collect();
    let factors: Vec<f64> =
        words.windows(2).filter(|w| w[1] == "mul").filter_map(|w| w[0].parse().ok()).take(width).collect();
    (kind == 4 && factors.len() == width).then(|| base.colour(&factors))
}

/// A guess at the colour of a pattern: the first colour of a shading, else middle grey.
pub(super) fn pattern_colour(pattern: Option<Object<'_>>) -> u32 {
    let shading = pattern.and_then(|p| match p {
        Object::Dict(d) => d.get::<Dict<'_>>(b"Shading"),
        _ => None,
    });
    shading.and_then(|s| shading_colour(&s)).unwrap_or(0x80_80_80)
}

/// The first colour of a shading.
pub(super) fn shading_colour(shading: &Dict<'_>) -> Option<u32> {
    let space = Space::read(&shading.get::<Object<'_>>(b"ColorSpace")?, DEPTH);
    let function = shading.get::<Dict<'_>>(b"Function")?;
    let first = match function.get::<Array<'_>>(b"Functions") {
        Some(parts) => parts.iter::<Dict<'_>>().next()?,
        None => function,
    };
    let c0: Vec<f64> = first.get::<Array<'_>>(b"C0")?.iter::<f64>().take(8).collect();
    Some(space.colour(&c0))
}

fn byte(v: f64) -> u32 {
    (v.clamp(0.0, 1.0) * 255.0).round() as u32
}

/// A device gray.
pub(super) fn gray(v: f64) -> u32 {
    byte(v) * 0x01_01_01
}

/// A device RGB colour.
pub(super) fn rgb(r: f64, g: f64, b: f64) -> u32 {
    byte(r) << 16 | byte(g) << 8 | byte(b)
}

/// A device CMYK colour.
pub(super) fn cmyk(c: f64, m: f64, y: f64, k: f64) -> u32 {
    let mix = |v: f64| (1.0 - v.clamp(0.0, 1.0)) * (1.0 - k.clamp(0.0, 1.0));
    rgb(mix(c), mix(m), mix(y))
}

#[expect(clippy::many_single_char_names, reason = "the names of the colour spaces' axes")]
fn lab(l: f64, a: f64, b: f64) -> u32 {
    let m = (l + 16.0) / 116.0;
    let g = |t: f64| if t > 6.0 / 29.0 { t.powi(3) } else { (t - 4.0 / 29.0) * 108.0 / 841.0 };
    let (x, y, z) = (0.9505 * g(m + a / 500.0), g(m), 1.089 * g(m - b / 200.0));
    let gamma = |v: f64| if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
    rgb(
        gamma(3.2406 * x - 1.5372 * y - 0.4986 * z),
        gamma(-0.9689 * x + 1.8758 * y + 0.0415 * z),
        gamma(0.0557 * x - 0.204 * y + 1.057 * z),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_colours() {
        assert_eq!(gray(1.0), 0xFF_FF_FF);
        assert_eq!(rgb(1.0, 0.5, 0.0), 0xFF_80_00);
        assert_eq!(cmyk(0.0, 0.0, 0.0, 1.0), 0);
        assert_eq!(lab(100.0, 0.0, 0.0) & 0xF0_F0_F0, 0xF0_F0_F0);
    }

    #[test]
    fn tints_fade_to_white() {
        let ink = Space::Tint { full: 0xFF_00_00 };
        assert_eq!(ink.colour(&[0.0]), 0xFF_FF_FF);
        assert_eq!(ink.colour(&[1.0]), 0xFF_00_00);
        assert_eq!(Space::Tint { full: 0 }.colour(&[1.0]), 0);
    }

    #[test]
    fn an_index_outside_its_table_is_no_panic() {
        let space = Space::Indexed { base: Rc::new(Space::Rgb), table: Rc::new([255, 0, 0]) };
        assert_eq!(space.colour(&[0.0]), 0xFF_00_00);
        assert_eq!(space.colour(&[9.0]), 0);
    }
}
