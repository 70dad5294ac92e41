//! `pack.json`: one line an entry, so that two versions can be compared line by line.

use crate::model::{Flow, Normalised, Pack, Record};
use crate::threads::part;
use rayon::prelude::*;
use serde::Serialize;

/// The pack as JSON: each field on a line, each entry of its lists on a line of its own.
pub(super) fn lines(flow: &Flow, record: &Record, normalised: &Normalised) -> String {
    let pack = Pack::frame(flow, record, normalised);
    let cells: usize = flow.tables.iter().map(|t| t.cells.len()).sum();
    let room = BLOCK * flow.blocks.len() + CELL * cells + OBSERVATION * normalised.observations.len() + ROOM;
    let mut pieces = Pieces::default();
    pieces.field("schema", &pack.schema);
    pieces.field("version", &pack.version);
    pieces.field("source", &pack.source);
    pieces.field("meeting", &pack.meeting);
    pieces.list("agenda", &pack.agenda, FEW, push);
    pieces.list("sections", &pack.sections, FEW, push);
    pieces.list("minutes", &pack.minutes, FEW, push);
    pieces.list("blocks", &flow.blocks, FEW, |out, b| push(out, &Pack::block(b)));
    pieces.list("tables", &flow.tables, 1, |out, t| push(out, &Pack::table(t, normalised)));
    pieces.list("observations", &normalised.observations, FEW, push);
    pieces.list("pages", &flow.pages, FEW, |out, p| push(out, &Pack::page(p)));
    pieces.list("issues", &pack.issues, FEW, push);
    pieces.written(room)
}

/// Bytes that a block takes, more or less.
const BLOCK: usize = 400;
/// Bytes of a cell.
const CELL: usize = 170;
/// Bytes of an observation.
const OBSERVATION: usize = 360;
/// Short entries that one thread writes as fast as several.
const FEW: usize = 64;
/// Bytes for all else in a short pack.
const ROOM: usize = 64 << 10;

/// The text in pieces that are written each by itself.
#[derive(Default)]
struct Pieces<'p>(Vec<Piece<'p>>);

type Piece<'p> = Box<dyn Fn(&mut Vec<u8>) + Send + 'p>;

impl<'p> Pieces<'p> {
    /// The name of the next field.
    fn name(&self, name: &'p str) -> impl Fn(&mut Vec<u8>) + use<'p> {
        let before = if self.0.is_empty() { "{\n\"" } else { ",\n\"" };
        move |out| {
            for text in [before, name, "\": "] {
                out.extend_from_slice(text.as_bytes());
            }
        }
    }

    fn field(&mut self, name: &'p str, value: &'p (impl Serialize + Sync)) {
        let name = self.name(name);
        self.0.push(Box::new(move |out| {
            name(out);
            push(out, value);
        }));
    }

    /// A list of entries, each on a line; a piece has as many as keep the threads busy, but not `fewer`.
    fn list<T: Sync>(
        &mut self,
        name: &'p str,
        entries: &'p [T],
        fewer: usize,
        write: impl Fn(&mut Vec<u8>, &T) + Copy + Send + 'p,
    ) {
        let name = self.name(name);
        self.0.push(Box::new(move |out| {
            name(out);
            out.extend_from_slice(b"[");
        }));
        for (i, some) in entries.chunks(part(entries.len()).max(fewer)).enumerate() {
            self.0.push(Box::new(move |out| {
                for (j, entry) in some.iter().enumerate() {
                    out.extend_from_slice(if i + j == 0 { b"\n " } else { b",\n " });
                    write(out, entry);
                }
            }));
        }
        let end: &[u8] = if entries.is_empty() { b"]" } else { b"\n]" };
        self.0.push(Box::new(move |out| out.extend_from_slice(end)));
    }

    /// The whole, which takes about as many bytes as `room`.
    fn written(mut self, room: usize) -> String {
        self.0.push(Box::new(|out| out.extend_from_slice(b"\n}\n")));
        // Alone, pieces of their own would only cost room and copying.
        if rayon::current_num_threads() == 1 {
            let mut out = Vec::with_capacity(room);
            self.0.iter().for_each(|piece| piece(&mut out));
            return String::from_utf8(out).unwrap_or_default();
        }
        let own = |piece: Piece<'_>| {
            let mut out = Vec::new();
            piece(&mut out);
            String::from_utf8(out).unwrap_or_default()
        };
        self.0.into_par_iter().with_max_len(1).map(own).collect::<Vec<String>>().concat()
    }
}

fn push(out: &mut Vec<u8>, value: &impl Serialize) {
    // The types of the model have string keys only, so that this does not fail.
    let start = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(start);
        out.extend(b"null");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PageRecord;

    #[test]
    fn what_is_written_is_the_pack() {
        // Enough pages for several threads.
        let page = |n: u32| PageRecord { page: crate::model::PageNo(n), ..PageRecord::default() };
        let flow = Flow { pages: (1..=3 * FEW as u32 + 1).map(page).collect(), ..Flow::default() };
        let (record, normalised) = (Record::default(), Normalised::default());
        let pack = Pack::new(&flow, &record, &normalised);
        let text = lines(&flow, &record, &normalised);
        assert_eq!(serde_json::from_str::<Pack>(&text).unwrap(), pack);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert!(pool.install(|| lines(&flow, &record, &normalised)) == text, "{threads} threads");
        }
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, serde_json::to_value(&pack).unwrap(), "no field is forgotten");
    }
}
