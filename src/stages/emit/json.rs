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
    let mut out = Vec::with_capacity(room);
    out.extend(b"{\n");
    field(&mut out, "schema", &pack.schema);
    field(&mut out, "version", &pack.version);
    field(&mut out, "source", &pack.source);
    field(&mut out, "meeting", &pack.meeting);
    list(&mut out, "agenda", &pack.agenda, push);
    list(&mut out, "sections", &pack.sections, push);
    list(&mut out, "minutes", &pack.minutes, push);
    list(&mut out, "blocks", &flow.blocks, |out, b| push(out, &Pack::block(b)));
    list(&mut out, "tables", &flow.tables, |out, t| push(out, &Pack::table(t, normalised)));
    list(&mut out, "observations", &normalised.observations, push);
    list(&mut out, "pages", &flow.pages, |out, p| push(out, &Pack::page(p)));
    list(&mut out, "issues", &pack.issues, push);
    out.truncate(out.len() - 2);
    out.extend(b"\n}\n");
    String::from_utf8(out).unwrap_or_default()
}

/// Bytes that a block takes, more or less.
const BLOCK: usize = 400;
/// Bytes of a cell.
const CELL: usize = 170;
/// Bytes of an observation.
const OBSERVATION: usize = 360;
/// Entries that one thread writes as fast as several.
const FEW: usize = 64;
/// Bytes for all else in a short pack.
const ROOM: usize = 64 << 10;

fn field(out: &mut Vec<u8>, name: &str, value: &impl Serialize) {
    out.extend(b"\"");
    out.extend(name.as_bytes());
    out.extend(b"\": ");
    push(out, value);
    out.extend(b",\n");
}

/// A list of entries, each on a line. Many are shared among the threads; alone, this would only cost room
/// and copying.
fn list<T: Sync>(out: &mut Vec<u8>, name: &str, entries: &[T], write: impl Fn(&mut Vec<u8>, &T) + Sync) {
    out.extend(b"\"");
    out.extend(name.as_bytes());
    out.extend(b"\": [");
    let some = |out: &mut Vec<u8>, entries: &[T], first: bool| {
        for (i, entry) in entries.iter().enumerate() {
            out.extend_from_slice(if first && i == 0 { b"\n " } else { b",\n " });
            write(out, entry);
        }
    };
    let together = part(entries.len());
    if together >= entries.len() || entries.len() < FEW {
        some(out, entries, true);
    } else {
        let own = |(i, entries): (usize, &[T])| {
            let mut own = Vec::new();
            some(&mut own, entries, i == 0);
            own
        };
        let parts = entries.par_chunks(together).with_max_len(1);
        let parts: Vec<Vec<u8>> = parts.enumerate().map(own).collect();
        for part in parts {
            out.extend(part);
        }
    }
    out.extend_from_slice(if entries.is_empty() { b"],\n" } else { b"\n],\n" });
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
