//! Stream filters with a bound: a few kilobytes can ask for gigabytes.
//!
//! The PDF crate decodes without a limit, so whatever a hostile file may choose the size of is decoded
//! here, or measured here before the crate is let near it.

use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Object, Stream};
use std::borrow::Cow;
use std::cell::RefCell;

/// Decodes a stream through all its filters, into at most `limit` bytes at every step.
///
/// `None` where it would be more, and for pictures. A damaged stream gives what could be read.
pub(super) fn stream(stream: &Stream<'_>, limit: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    append(stream, &mut out, limit).then_some(out)
}

/// As [`stream`], appending to `out`, which may grow to `limit` in all. `false` leaves `out` as it was.
pub(super) fn append(stream: &Stream<'_>, out: &mut Vec<u8>, limit: usize) -> bool {
    let start = out.len();
    let filters = stream.filters();
    let raw = stream.raw_data();
    if let [Filter::FlateDecode] = filters[..]
        && let Some(Predictor { kind: 1, .. }) | None = params(stream, 0)
    {
        // The common case writes straight into the buffer.
        if inflate(&raw, out, limit) {
            return true;
        }
        out.truncate(start);
        return false;
    }
    let mut data: Cow<'_, [u8]> = raw;
    for (i, filter) in filters.iter().enumerate() {
        let next = match filter {
            Filter::FlateDecode => {
                let mut plain = Vec::new();
                inflate(&data, &mut plain, limit).then_some(plain)
            }
            Filter::LzwDecode => lzw(&data, early_change(stream, i), limit),
            Filter::Ascii85Decode => Some(ascii_85(&data)),
            Filter::AsciiHexDecode => Some(ascii_hex(&data)),
            Filter::RunLengthDecode => run_length(&data, limit),
            Filter::Crypt => continue,
            _ => None,
        };
        let Some(mut next) = next else { return false };
        if matches!(filter, Filter::FlateDecode | Filter::LzwDecode)
            && let Some(p) = params(stream, i)
        {
            next = p.undo(next);
        }
        data = Cow::Owned(next);
    }
    if start.saturating_add(data.len()) > limit {
        return false;
    }
    out.extend_from_slice(&data);
    true
}

/// One pass of Flate or run lengths cannot grow data more than this.
pub(super) const GROWTH: usize = 1_040;

/// Whether decoding a stream without a bound stays under `limit` bytes. Cheap for small streams:
/// one pass of Flate or run lengths cannot grow data more than a thousandfold.
pub(super) fn fits(s: &Stream<'_>, limit: usize) -> bool {
    let filters = s.filters();
    let growing =
        |f: &&Filter| matches!(f, Filter::FlateDecode | Filter::LzwDecode | Filter::RunLengthDecode);
    let passes = filters.iter().filter(growing).count();
    if passes == 0 {
        return true;
    }
    if passes == 1 && s.raw_data().len().saturating_mul(GROWTH) <= limit {
        return true;
    }
    if let [Filter::FlateDecode] = filters[..] {
        return measure(&s.raw_data(), limit).is_some();
    }
    stream(s, limit).is_some()
}

thread_local! {
    /// One inflater a thread: making one costs more than most streams take.
    static INFLATER: RefCell<Decompress> = RefCell::new(Decompress::new(true));
}

/// How many bytes Flate data comes to, without keeping any of them; `None` where over `limit`.
pub(super) fn measure(raw: &[u8], limit: usize) -> Option<usize> {
    let mut scratch = Vec::with_capacity(64 << 10);
    INFLATER.with_borrow_mut(|inflater| {
        inflater.reset(true);
        loop {
            scratch.clear();
            let rest = raw.get(inflater.total_in() as usize..).unwrap_or_default();
            let status = inflater.decompress_vec(rest, &mut scratch, FlushDecompress::None);
            let total = inflater.total_out() as usize;
            if total > limit {
                return None;
            }
            if !matches!(status, Ok(Status::Ok)) || scratch.is_empty() {
                return Some(total);
            }
        }
    })
}

/// Inflates zlib or bare deflate data onto `out`, which may grow to `limit`. What comes before a fault is
/// kept.
fn inflate(raw: &[u8], out: &mut Vec<u8>, limit: usize) -> bool {
    let start = out.len();
    let whole = inflate_as(true, raw, out, limit);
    if !whole && out.len() == start {
        // No zlib header, or a wrong one.
        let bare = raw.get(2..).unwrap_or_default();
        for data in [raw, bare] {
            inflate_as(false, data, out, limit);
            if out.len() > start {
                break;
            }
        }
    }
    out.len() <= limit
}

/// Inflates data with or without the header of zlib. Gives whether its end was reached, or the limit.
fn inflate_as(zlib: bool, raw: &[u8], out: &mut Vec<u8>, limit: usize) -> bool {
    out.reserve(raw.len().saturating_mul(3).clamp(64, limit.saturating_sub(out.len()).max(64)));
    INFLATER.with_borrow_mut(|inflater| {
        inflater.reset(zlib);
        loop {
            let rest = raw.get(inflater.total_in() as usize..).unwrap_or_default();
            match inflater.decompress_vec(rest, out, FlushDecompress::None) {
                Ok(Status::StreamEnd) => return true,
                _ if out.len() > limit => return true,
                // Twice the room each time, but never more than it takes to see that the limit is passed.
                Ok(_) if out.len() == out.capacity() => {
                    out.reserve_exact(out.len().clamp(64, 16 << 20).min(limit + 1 - out.len()));
                }
                // Broken, or cut off.
                Ok(_) | Err(_) => return false,
            }
        }
    })
}

/// `DecodeParms` of the n-th filter.
fn parms<'a>(s: &Stream<'a>, index: usize) -> Option<Dict<'a>> {
    let d = s.dict();
    let object = d.get::<Object<'a>>(b"DecodeParms").or_else(|| d.get::<Object<'a>>(b"DP"))?;
    match object {
        Object::Dict(p) if index == 0 => Some(p),
        Object::Array(a) => Array::iter::<Object<'a>>(&a).nth(index)?.into_dict(),
        _ => None,
    }
}

fn early_change(s: &Stream<'_>, index: usize) -> bool {
    parms(s, index).and_then(|p| p.get::<i32>(b"EarlyChange")) != Some(0)
}

fn params(s: &Stream<'_>, index: usize) -> Option<Predictor> {
    let p = parms(s, index)?;
    let get = |key: &[u8], default: usize| p.get::<u32>(key).map_or(default, |v| v as usize);
    Some(Predictor {
        kind: get(b"Predictor", 1),
        colors: get(b"Colors", 1).clamp(1, 32),
        bits: get(b"BitsPerComponent", 8).clamp(1, 16),
        columns: get(b"Columns", 1).clamp(1, 1 << 20),
    })
}

/// How rows were made more compressible.
struct Predictor {
    kind: usize,
    colors: usize,
    bits: usize,
    columns: usize,
}

impl Predictor {
    fn undo(&self, mut data: Vec<u8>) -> Vec<u8> {
        let pixel = (self.colors * self.bits).div_ceil(8);
        let row = (self.colors * self.bits * self.columns).div_ceil(8);
        match self.kind {
            2 if self.bits == 8 => {
                for line in data.chunks_mut(row) {
                    for i in pixel..line.len() {
                        line[i] = line[i].wrapping_add(line[i - pixel]);
                    }
                }
                data
            }
            10.. => png(&data, pixel, row),
            _ => data,
        }
    }
}

/// Undoes PNG's row filters.
fn png(data: &[u8], pixel: usize, row: usize) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut above = vec![0; row];
    for line in data.chunks(row + 1) {
        let Some((kind, line)) = line.split_first() else { break };
        let mut now = vec![0; row];
        for (i, byte) in line.iter().enumerate() {
            let left = if i >= pixel { now[i - pixel] } else { 0 };
            let up = above[i];
            let corner = if i >= pixel { above[i - pixel] } else { 0 };
            let guess = match kind {
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => 0,
            };
            now[i] = byte.wrapping_add(guess);
        }
        out.extend_from_slice(&now[..line.len()]);
        above = now;
    }
    out
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let p = a + b - c;
    let (da, db, dc) = ((p - a).abs(), (p - b).abs(), (p - c).abs());
    if da <= db && da <= dc {
        left
    } else if db <= dc {
        up
    } else {
        corner
    }
}

fn lzw(data: &[u8], early: bool, limit: usize) -> Option<Vec<u8>> {
    // Each entry is a stretch of the output: where it starts, and how long it is.
    let mut table: Vec<(usize, usize)> = Vec::with_capacity(4096);
    let mut out: Vec<u8> = Vec::new();
    let (mut bits, mut held, mut width) = (0_u32, 0_u32, 9_u32);
    let mut before: Option<(usize, usize)> = None;
    for byte in data {
        bits = bits << 8 | u32::from(*byte);
        held += 8;
        if held < width {
            continue;
        }
        held -= width;
        let code = (bits >> held & ((1 << width) - 1)) as usize;
        bits &= (1 << held) - 1;
        match code {
            256 => {
                table.clear();
                width = 9;
                before = None;
                continue;
            }
            257 => break,
            _ => {}
        }
        let start = out.len();
        if code < 256 {
            out.push(code as u8);
        } else {
            let (from, len) = match (table.get(code - 258), before) {
                (Some(entry), _) => *entry,
                (None, Some((from, len))) if code - 258 == table.len() => (from, len + 1),
                _ => break,
            };
            for i in from..from + len {
                let b = *out.get(i)?;
                out.push(b);
            }
        }
        if out.len() > limit {
            return None;
        }
        // An entry is what came before with the first byte of this: the next byte of the output.
        if let Some((from, len)) = before
            && table.len() < 4096 - 258
        {
            table.push((from, len + 1));
        }
        before = Some((start, out.len() - start));
        width = match table.len() + 258 + usize::from(early) + 1 {
            ..=512 => 9,
            513..=1024 => 10,
            1025..=2048 => 11,
            _ => 12,
        };
    }
    Some(out)
}

fn ascii_85(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 5 * 4);
    let (mut word, mut count) = (0_u32, 0);
    for b in data {
        match b {
            b'z' if count == 0 => out.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => {
                word = word.wrapping_mul(85).wrapping_add(u32::from(b - b'!'));
                count += 1;
                if count == 5 {
                    out.extend_from_slice(&word.to_be_bytes());
                    (word, count) = (0, 0);
                }
            }
            b'~' => break,
            _ => {}
        }
    }
    if count > 1 {
        for _ in count..5 {
            word = word.wrapping_mul(85).wrapping_add(84);
        }
        out.extend_from_slice(&word.to_be_bytes()[..count - 1]);
    }
    out
}

fn ascii_hex(data: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = data
        .iter()
        .take_while(|b| **b != b'>')
        .filter_map(|b| char::from(*b).to_digit(16).map(|d| d as u8))
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0)).collect()
}

fn run_length(data: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = data;
    while let Some((length, tail)) = rest.split_first() {
        rest = match length {
            0..=127 => {
                let n = (usize::from(*length) + 1).min(tail.len());
                out.extend_from_slice(&tail[..n]);
                &tail[n..]
            }
            128 => break,
            _ => {
                let Some((byte, tail)) = tail.split_first() else { break };
                out.resize(out.len() + 257 - usize::from(*length), *byte);
                tail
            }
        };
        if out.len() > limit {
            return None;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn deflate(data: &[u8]) -> Vec<u8> {
        let mut e = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        e.write_all(data).unwrap();
        e.finish().unwrap()
    }

    #[test]
    fn inflating_stops_at_the_limit() {
        let bomb = deflate(&vec![0; 1 << 20]);
        assert!(bomb.len() < 2000);
        let mut out = Vec::new();
        assert!(!inflate(&bomb, &mut out, 1000));
        assert!(out.len() <= 1001);
        assert_eq!((measure(&bomb, 1000), measure(&bomb, 1 << 20)), (None, Some(1 << 20)));
    }

    #[test]
    fn a_cut_stream_gives_what_came_before() {
        let text: Vec<u8> = (0..10_000_u32).flat_map(|i| (i * 7919).to_le_bytes()).collect();
        let whole = deflate(&text);
        let mut out = Vec::new();
        assert!(inflate(&whole[..whole.len() / 2], &mut out, 1 << 20));
        assert!(out.len() > 100 && text.starts_with(&out));
    }

    #[test]
    fn the_small_filters() {
        assert_eq!(ascii_hex(b"48 65 6C6c6F>zz"), b"Hello");
        assert_eq!(ascii_85(b"87cURD]j7BEbo80~>"), b"Hello world!");
        assert_eq!(run_length(&[2, b'a', b'b', b'c', 254, b'x', 128, 9], 99).unwrap(), b"abcxxx");
        assert!(run_length(&[129, b'x'].repeat(100), 1000).is_none());
        let packed = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        assert_eq!(lzw(&packed, true, 99).unwrap(), b"-----A---B", "the specification's example");
    }

    #[test]
    fn png_rows_are_undone() {
        assert_eq!(png(&[1, 1, 1, 1, 2, 1, 1, 1], 1, 3), [1, 2, 3, 2, 3, 4]);
    }
}
