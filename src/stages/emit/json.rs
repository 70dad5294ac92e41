//! `pack.json`: one line an entry, so that two versions can be compared line by line.

use crate::model::Pack;
use serde::Serialize;

/// The pack as JSON: each field on a line, each entry of its lists on a line of its own.
pub(super) fn lines(pack: &Pack) -> String {
    let mut out = String::from("{\n");
    field(&mut out, "schema", &pack.schema);
    field(&mut out, "version", &pack.version);
    field(&mut out, "source", &pack.source);
    field(&mut out, "meeting", &pack.meeting);
    list(&mut out, "agenda", &pack.agenda);
    list(&mut out, "sections", &pack.sections);
    list(&mut out, "minutes", &pack.minutes);
    list(&mut out, "blocks", &pack.blocks);
    list(&mut out, "tables", &pack.tables);
    list(&mut out, "observations", &pack.observations);
    list(&mut out, "pages", &pack.pages);
    list(&mut out, "issues", &pack.issues);
    out.truncate(out.len() - 2);
    out.push_str("\n}\n");
    out
}

fn field(out: &mut String, name: &str, value: &impl Serialize) {
    out.extend(["\"", name, "\": "]);
    push(out, value);
    out.push_str(",\n");
}

fn list(out: &mut String, name: &str, values: &[impl Serialize]) {
    out.extend(["\"", name, "\": ["]);
    for (i, value) in values.iter().enumerate() {
        out.push_str(if i == 0 { "\n " } else { ",\n " });
        push(out, value);
    }
    out.push_str(if values.is_empty() { "],\n" } else { "\n],\n" });
}

fn push(out: &mut String, value: &impl Serialize) {
    // The types of the model have string keys only, so that this does not fail.
    out.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".into()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Flow, Normalised, PageRecord, Record};

    #[test]
    fn what_is_written_is_the_pack() {
        let flow = Flow { pages: vec![PageRecord::default(); 2], ..Flow::default() };
        let pack = Pack::new(&flow, &Record::default(), &Normalised::default());
        let text = lines(&pack);
        assert_eq!(serde_json::from_str::<Pack>(&text).unwrap(), pack);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, serde_json::to_value(&pack).unwrap(), "no field is forgotten");
    }
}
