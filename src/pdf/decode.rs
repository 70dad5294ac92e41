//! Stream filters with a bound: a few kilobytes can ask for gigabytes.
//!
//! The PDF crate decodes without a limit, so whatever a hostile file may choose the size of is decoded
//! here, or measured here before the crate is let near it.

use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Object, Stream};
use std::borrow::Cow;
use std::cell::RefCell;

/// Whether data came through a filter as it was written, or only a part of it, or something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum State {
    /// Its end was reached, and its checksum is right where it has one.
    Whole,
    /// What could be read of it is there.
    Damaged,
}

impl State {
    fn whole(is: bool) -> State {
        if is { State::Whole } else { State::Damaged }
    }

    fn and(self, other: State) -> State {
        State::whole(self == State::Whole && other == State::Whole)
    }
}

/// Decodes a stream through all its filters, into at most `limit` bytes at every step.
///
/// `None` where it would be more, and for pictures. A damaged stream gives what could be read.
pub(super) fn stream(stream: &Stream<'_>, limit: usize) -> Option<(Vec<u8>, State)> {
    let mut out = Vec::new();
    append(stream, &mut out, limit).map(|state| (out, state))
}

/// As [`stream`], appending to `out`, which may grow to `limit` in all. `None` leaves `out` as it was.
pub(super) fn append(stream: &Stream<'_>, out: &mut Vec<u8>, limit: usize) -> Option<State> {
    let start = out.len();
    let filters = stream.filters();
    let raw = stream.raw_data();
    if let [Filter::FlateDecode] = filters[..]
        && let Some(Predictor { kind: 1, .. }) | None = params(stream, 0)
    {
        // The common case writes straight into the buffer.
        let state = inflate(&raw, out, limit);
        if state.is_none() {
            out.truncate(start);
        }
        return state;
    }
    // Filters that nobody knows are left out of the list.
    let mut state = State::whole(!filters.is_empty() || !has_filter(stream));
    let mut data: Cow<'_, [u8]> = raw;
    for (i, filter) in filters.iter().enumerate() {
        let mut next = Vec::new();
        let own = match filter {
            Filter::FlateDecode => inflate(&data, &mut next, limit)?,
            Filter::LzwDecode => lzw(&data, early_change(stream, i), &mut next, limit)?,
            Filter::Ascii85Decode => ascii_85(&data, &mut next),
            Filter::AsciiHexDecode => ascii_hex(&data, &mut next),
            Filter::RunLengthDecode => run_length(&data, &mut next, limit)?,
            Filter::Crypt => continue,
            _ => return None,
        };
        state = state.and(own);
        if matches!(filter, Filter::FlateDecode | Filter::LzwDecode)
            && let Some(p) = params(stream, i)
        {
            next = p.undo(next);
        }
        data = Cow::Owned(next);
    }
    if start.saturating_add(data.len()) > limit {
        return None;
    }
    out.extend_from_slice(&data);
    Some(state)
}

fn has_filter(stream: &Stream<'_>) -> bool {
    let filter = stream.dict().get::<Object<'_>>(b"Filter");
    match filter {
        Some(Object::Array(a)) => a.raw_iter().next().is_some(),
        Some(Object::Null(_)) | None => false,
        Some(_) => true,
    }
}

/// Whether a stream can be decoded within `limit` bytes and is as it was written.
pub(super) fn is_whole(s: &Stream<'_>, limit: usize) -> bool {
    if let [Filter::FlateDecode] = s.filters()[..] {
        return inflates(&s.raw_data(), limit);
    }
    matches!(stream(s, limit), Some((_, State::Whole)))
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
pub(super) fn measure(raw: &[u8], limit: usize) -> Option<(usize, State)> {
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
                return Some((total, State::whole(matches!(status, Ok(Status::StreamEnd)))));
            }
        }
    })
}

/// Inflates zlib or bare deflate data onto `out`, which may grow to `limit`; `None` where it would be more.
/// What comes before a fault is kept.
fn inflate(raw: &[u8], out: &mut Vec<u8>, limit: usize) -> Option<State> {
    let start = out.len();
    let mut whole = inflate_as(true, raw, out, limit) || raw.is_empty();
    if !whole && out.len() == start {
        // No zlib header, or a wrong one.
        let bare = raw.get(2..).unwrap_or_default();
        for data in [raw, bare] {
            whole = inflate_as(false, data, out, limit) && out.len() > start;
            if out.len() > start {
                break;
            }
        }
    }
    (out.len() <= limit).then_some(State::whole(whole))
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

/// Whether data is all of what was deflated.
pub(super) fn inflates(raw: &[u8], limit: usize) -> bool {
    match measure(raw, limit) {
        // There may be no zlib header.
        Some((0, State::Damaged)) => inflate(raw, &mut Vec::new(), limit) == Some(State::Whole),
        measured => matches!(measured, Some((_, State::Whole))),
    }
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

fn lzw(data: &[u8], early: bool, out: &mut Vec<u8>, limit: usize) -> Option<State> {
    // Each entry is a stretch of the output: where it starts, and how long it is.
    let mut table: Vec<(usize, usize)> = Vec::with_capacity(4096);
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
                _ => return Some(State::Damaged),
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
    Some(State::Whole)
}

fn ascii_85(data: &[u8], out: &mut Vec<u8>) -> State {
    out.reserve(data.len() / 5 * 4);
    let (mut word, mut count, mut whole) = (0_u32, 0, true);
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
            _ => whole &= is_space(*b),
        }
    }
    if count > 1 {
        for _ in count..5 {
            word = word.wrapping_mul(85).wrapping_add(84);
        }
        out.extend_from_slice(&word.to_be_bytes()[..count - 1]);
    }
    State::whole(whole)
}

fn ascii_hex(data: &[u8], out: &mut Vec<u8>) -> State {
    let told = || data.iter().take_while(|b| **b != b'>');
    let digits: Vec<u8> = told().filter_map(|b| char::from(*b).to_digit(16).map(|d| d as u8)).collect();
    out.extend(digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0)));
    State::whole(told().all(|b| b.is_ascii_hexdigit() || is_space(*b)))
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0
}

fn run_length(data: &[u8], out: &mut Vec<u8>, limit: usize) -> Option<State> {
    let mut rest = data;
    while let Some((length, tail)) = rest.split_first() {
        rest = match length {
            0..=127 => {
                let n = usize::from(*length) + 1;
                if tail.len() < n {
                    out.extend_from_slice(tail);
                    return Some(State::Damaged);
                }
                out.extend_from_slice(&tail[..n]);
                &tail[n..]
            }
            128 => break,
            _ => {
                let Some((byte, tail)) = tail.split_first() else { return Some(State::Damaged) };
                out.resize(out.len() + 257 - usize::from(*length), *byte);
                tail
            }
        };
        if out.len() > limit {
            return None;
        }
    }
    Some(State::Whole)
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
        assert_eq!(inflate(&bomb, &mut out, 1000), None);
        assert!(out.len() <= 1001);
        assert_eq!(measure(&bomb, 1000), None);
        assert_eq!(measure(&bomb, 1 << 20), Some((1 << 20, State::Whole)));
        assert_eq!(measure(&bomb[..bomb.len() - 1], 1 << 20), Some((1 << 20, State::Damaged)));
        assert!(inflates(&bomb, 1 << 20) && !inflates(&bomb, 1000) && !inflates(&bomb[..99], 1 << 20));
        assert!(inflates(&bomb[2..bomb.len() - 4], 1 << 20) && inflates(b"", 9), "bare, and nothing");
    }

    #[test]
    fn a_cut_stream_gives_what_came_before_and_is_no_whole_one() {
        let text: Vec<u8> = (0..10_000_u32).flat_map(|i| (i * 7919).to_le_bytes()).collect();
        let whole = deflate(&text);
        let read = |data: &[u8]| {
            let mut out = Vec::new();
            let state = inflate(data, &mut out, 1 << 20).unwrap();
            (out, state)
        };
        assert_eq!(read(&whole), (text.clone(), State::Whole));
        assert_eq!(read(&whole[2..whole.len() - 4]), (text.clone(), State::Whole), "bare");
        let (half, state) = read(&whole[..whole.len() / 2]);
        assert!(half.len() > 100 && text.starts_with(&half) && state == State::Damaged);
        let mut wrong = whole.clone();
        *wrong.last_mut().unwrap() ^= 1;
        assert_eq!(read(&wrong), (text, State::Damaged), "the checksum is another's");
        assert_eq!(read(b""), (vec![], State::Whole), "an empty stream lost nothing");
    }

    fn decoded(read: impl FnOnce(&mut Vec<u8>) -> State) -> (Vec<u8>, State) {
        let mut out = Vec::new();
        let state = read(&mut out);
        (out, state)
    }

    #[test]
    fn the_small_filters() {
        let whole = |text: &[u8]| (text.to_vec(), State::Whole);
        let damaged = |text: &[u8]| (text.to_vec(), State::Damaged);
        assert_eq!(decoded(|o| ascii_hex(b"48 65 6C6c6F>zz", o)), whole(b"Hello"));
        assert_eq!(decoded(|o| ascii_hex(b"48 6?5", o)), damaged(b"He"));
        assert_eq!(decoded(|o| ascii_85(b"87cUR\nD]j7BEbo80~>", o)), whole(b"Hello world!"));
        assert_eq!(decoded(|o| ascii_85(b"87cUR\xFFD]j7BEbo80~>", o)), damaged(b"Hello world!"));
        let runs = [2, b'a', b'b', b'c', 254, b'x', 128, 9];
        assert_eq!(decoded(|o| run_length(&runs, o, 99).unwrap()), whole(b"abcxxx"));
        assert_eq!(decoded(|o| run_length(&runs[..3], o, 99).unwrap()), damaged(b"ab"));
        assert!(run_length(&[129, b'x'].repeat(100), &mut Vec::new(), 1000).is_none());
        let packed = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        let example = decoded(|o| lzw(&packed, true, o, 99).unwrap());
        assert_eq!(example, whole(b"-----A---B"), "the specification's example");
    }

    #[test]
    fn png_rows_are_undone() {
        assert_eq!(png(&[1, 1, 1, 1, 2, 1, 1, 1], 1, 3), [1, 2, 3, 2, 3, 4]);
    }
}
