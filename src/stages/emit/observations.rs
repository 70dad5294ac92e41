//! `observations.csv`: one figure a row, each row read alone.

use super::table::{in_one_line, one_line};
use crate::model::{Flow, Normalised, Observation, PageNo, Record};
use crate::threads::part;
use rayon::prelude::*;
use std::borrow::Cow;

/// A column of the file: name, Frictionless type, what it holds.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) about: &'static str,
}

const fn field(name: &'static str, kind: &'static str, about: &'static str) -> Field {
    Field { name, kind, about }
}

/// The columns, in order.
pub(super) const FIELDS: [Field; 25] = [
    field("body", "string", "The body that met, or the council where the body has no name"),
    field("date", "date", "Date of the meeting"),
    field("document", "string", "File name of the PDF"),
    field("section", "string", "Title of the part of the pack"),
    field("page", "integer", "Page of the PDF that the figure stands on, from 1"),
    field("table", "string", "Id of the table: tables/<id>.csv, and tables in pack.json"),
    field("table_title", "string", "Title of the table, or the heading above it on its page"),
    field("profile", "string", "Family of the table"),
    field("indicator", "string", "Name of the row, behind its group's where rows are grouped"),
    field("indicator_id", "string", "What the family calls the indicator in every year and at every council"),
    field("area", "string", "What the table is about, where its corner cell says so"),
    field("column", "string", "Header of the column, from top to bottom"),
    field("measure", "string", "What the column measures: rate, rank, budget …"),
    field("period", "string", "The time that the figure is of, as printed"),
    field("period_start", "string", "Its year, month or day as ISO 8601"),
    field("value", "number", "The figure; empty where the cell says that there is none, or cannot be read"),
    field("unit", "string", "Its unit: count, %, GBP, GBP thousands, per 10,000, rank …"),
    field("raw", "string", "The cell as printed"),
    field("direction", "string", "up or down, where printed with the figure"),
    field("of", "number", "The whole in \"148/152\""),
    field("rating", "string", "The row's rating: red, amber, green, blue"),
    field("travel", "string", "Which way the row is going: improving, worsening, steady, up, down"),
    field("note", "string", "Words of the row, a footnote, or why there is no value"),
    field("row", "integer", "Row of the cell in its table, from 0"),
    field("col", "integer", "Column of the cell, from 0"),
];

/// The observations as CSV with a header row.
pub(super) fn csv(flow: &Flow, record: &Record, normalised: &Normalised) -> String {
    let meeting = &record.meeting;
    let organization = &meeting.organization;
    let body = organization.name.as_ref().or(meeting.name.as_ref()).or(organization.parent.as_ref());
    let pack = [
        body.map(|b| one_line(b)).unwrap_or_default(),
        meeting.start_date.as_deref().map(day).unwrap_or_default(),
        flow.document.filename.clone(),
    ];
    let head = written(0, |writer| {
        let _ = writer.write_record(FIELDS.iter().map(|f| f.name));
    });
    let parts = normalised.observations.par_chunks(part(normalised.observations.len())).with_max_len(1);
    let mut parts: Vec<String> = parts.map(|some| rows(some, &pack, record, normalised)).collect();
    parts.insert(0, head);
    parts.concat()
}

/// Bytes of a row, more or less.
const ROW: usize = 260;

/// What is written to memory, which does not fail, as text.
fn written(room: usize, write: impl FnOnce(&mut csv::Writer<Vec<u8>>)) -> String {
    let mut writer = csv::Writer::from_writer(Vec::with_capacity(room));
    write(&mut writer);
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// Rows of some observations; `pack` is what all have in common.
fn rows(some: &[Observation], pack: &[String; 3], record: &Record, normalised: &Normalised) -> String {
    written(ROW * some.len(), |writer| {
        let mut section: Option<(u32, Option<&str>)> = None;
        for o in some {
            if section.is_none_or(|s| s.0 != o.page) {
                let found = record.sections.iter().find(|s| s.has(PageNo(o.page)));
                section = Some((o.page, found.and_then(|s| s.title.as_deref())));
            }
            let title = normalised.tables.get(&o.table).and_then(|t| t.title.as_deref());
            let number = |v: Option<f64>| Cow::from(v.map(|v| v.to_string()).unwrap_or_default());
            let period = o.period.as_ref();
            let row: [Cow<'_, str>; FIELDS.len()] = [
                pack[0].as_str().into(),
                pack[1].as_str().into(),
                pack[2].as_str().into(),
                text(section.and_then(|s| s.1)),
                o.page.to_string().into(),
                o.table.as_str().into(),
                text(title),
                text(o.profile.as_deref()),
                in_one_line(&o.indicator),
                text(o.indicator_id.as_deref()),
                text(o.area.as_deref()),
                one_line(&o.column.join(" / ")).into(),
                text(o.measure.as_deref()),
                text(period.map(|p| p.label.as_str())),
                period.map_or("", |p| p.start.as_str()).into(),
                number(o.value),
                text(o.unit.as_deref()),
                in_one_line(&o.raw),
                text(o.direction.as_deref()),
                number(o.of),
                text(o.rating.as_deref()),
                text(o.travel.as_deref()),
                text(o.note.as_deref()),
                o.cell[0].to_string().into(),
                o.cell[1].to_string().into(),
            ];
            let _ = writer.write_record(row.iter().map(|field| field.as_bytes()));
        }
    })
}

fn text(value: Option<&str>) -> Cow<'_, str> {
    value.map(in_one_line).unwrap_or_default()
}

/// The day of a date and time.
fn day(date: &str) -> String {
    let day = date.get(..10).unwrap_or_default();
    let whole = day.len() == 10
        && day
            .bytes()
            .enumerate()
            .all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    if whole { day.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_alone_and_a_missing_value_is_an_empty_field() {
        let o = Observation { table: "t1".into(), raw: "N/K, \"see\"".into(), ..Observation::default() };
        let normalised = Normalised { observations: vec![o], ..Normalised::default() };
        let mut flow = Flow::default();
        flow.document.filename = "a.pdf".into();
        let mut record = Record::default();
        record.meeting.start_date = Some("2024-05-01T10:30".into());
        record.meeting.name = Some("A\nPanel".into());
        let text = csv(&flow, &record, &normalised);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        let get = |name: &str| row.get(FIELDS.iter().position(|f| f.name == name).unwrap()).unwrap();
        assert_eq!([get("body"), get("date"), get("document")], ["A Panel", "2024-05-01", "a.pdf"]);
        assert_eq!([get("table"), get("value"), get("raw")], ["t1", "", "N/K, \"see\""]);
    }
}
