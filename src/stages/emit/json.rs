//! `pack.json`: one line an entry, so that two versions can be compared line by line.

use crate::model::{Flow, Normalised, Pack, Record};
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
    list(&mut out, "agenda", pack.agenda.iter());
    list(&mut out, "sections", pack.sections.iter());
    list(&mut out, "minutes", pack.minutes.iter());
    let blocks = |out: &mut Vec<u8>| list(out, "blocks", flow.blocks.iter().map(Pack::block));
    let tables = |out: &mut Vec<u8>| {
        list(out, "tables", flow.tables.iter().map(|t| Pack::table(t, normalised)));
    };
    let figures = |out: &mut Vec<u8>| list(out, "observations", normalised.observations.iter());
    if rayon::current_num_threads() == 1 {
        blocks(&mut out);
        tables(&mut out);
        figures(&mut out);
    } else {
        // The long lists at once. Alone, this would only cost room and copying.
        let own = |write: &(dyn Fn(&mut Vec<u8>) + Sync), room: usize| {
            let mut own = Vec::with_capacity(room);
            write(&mut own);
            own
        };
        let observed = OBSERVATION * normalised.observations.len();
        let ((), (cells, figures)) = rayon::join(
            || blocks(&mut out),
            || rayon::join(|| own(&tables, CELL * cells), || own(&figures, observed)),
        );
        out.extend(cells);
        out.extend(figures);
    }
    list(&mut out, "pages", flow.pages.iter().map(Pack::page));
    list(&mut out, "issues", pack.issues.iter());
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
/// Bytes for all else in a short pack.
const ROOM: usize = 64 << 10;

fn field(out: &mut Vec<u8>, name: &str, value: &impl Serialize) {
    out.extend(b"\"");
    out.extend(name.as_bytes());
    out.extend(b"\": ");
    push(out, value);
    out.extend(b",\n");
}

fn list<T: Serialize>(out: &mut Vec<u8>, name: &str, values: impl Iterator<Item = T>) {
    out.extend(b"\"");
    out.extend(name.as_bytes());
    out.extend(b"\": [");
    let mut any = false;
    for value in values {
        out.extend_from_slice(if any { b",\n " } else { b"\n " });
        push(out, &value);
        any = true;
    }
    out.extend_from_slice(if any { b"\n],\n" } else { b"],\n" });
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
        let flow = Flow { pages: vec![PageRecord::default(); 2], ..Flow::default() };
        let (record, normalised) = (Record::default(), Normalised::default());
        let pack = Pack::new(&flow, &record, &normalised);
        let text = lines(&flow, &record, &normalised);
        assert_eq!(serde_json::from_str::<Pack>(&text).unwrap(), pack);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, serde_json::to_value(&pack).unwrap(), "no field is forgotten");
    }
}
