//! `observations.csv`: one figure a row.

use crate::model::Observation;

const HEADER: [&str; 16] = [
    "table",
    "page",
    "row",
    "col",
    "indicator",
    "area",
    "column",
    "period_start",
    "period",
    "measure",
    "value",
    "unit",
    "direction",
    "of",
    "raw",
    "note",
];

/// The observations as CSV with a header row.
pub(super) fn csv(observations: &[Observation]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(HEADER);
    for o in observations {
        let number = |v: Option<f64>| v.map(|v| v.to_string()).unwrap_or_default();
        let text = |v: &Option<String>| v.clone().unwrap_or_default();
        let period = o.period.clone().unwrap_or_default();
        let _ = writer.write_record([
            o.table.clone(),
            o.page.to_string(),
            o.cell[0].to_string(),
            o.cell[1].to_string(),
            o.indicator.clone(),
            text(&o.area),
            o.column.join(" / "),
            period.start,
            period.label,
            text(&o.measure),
            number(o.value),
            text(&o.unit),
            text(&o.direction),
            number(o.of),
            o.raw.clone(),
            text(&o.note),
        ]);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_is_an_empty_field() {
        let o = Observation { table: "t1".into(), raw: "N/K, \"see\"".into(), ..Observation::default() };
        let text = csv(&[o]);
        assert_eq!(text.lines().nth(1), Some("t1,0,0,0,,,,,,,,,,,\"N/K, \"\"see\"\"\","));
    }
}
