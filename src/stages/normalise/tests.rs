use super::*;
use crate::model::{Cell, ColumnRole, Observation, PageNo, Span};

/// A table from rows of cells parted by "|"; "<" takes the cell to its left, "^" the one above.
pub(super) fn table(header_rows: u32, rows: &[&str]) -> Table {
    let grid: Vec<Vec<&str>> = rows.iter().map(|r| r.split('|').map(str::trim).collect()).collect();
    let cols = grid[0].len();
    let mut cells = Vec::new();
    for (r, row) in grid.iter().enumerate() {
        for (c, text) in row.iter().enumerate() {
            if matches!(*text, "<" | "^") {
                continue;
            }
            let wide = 1 + row[c + 1..].iter().take_while(|t| **t == "<").count();
            let high = 1 + grid[r + 1..].iter().take_while(|x| x[c] == "^").count();
            cells.push(Cell {
                row: r as u32,
                col: c as u32,
                row_span: high as u32,
                col_span: wide as u32,
                text: vec![Span::plain(*text)],
                page: PageNo(1),
                ..Cell::default()
            });
        }
    }
    let mut t = Table::build(grid.len() as u32, cols as u32, header_rows, cells).unwrap();
    t.id = "t1".into();
    t
}

/// What is told of a table.
pub(super) fn issues(t: Table) -> Vec<crate::model::Issue> {
    let flow = Flow { tables: vec![t], ..Flow::default() };
    Normalising::run((&flow, &Record::default()), &Options::default()).unwrap().issues
}

fn run(t: Table) -> Vec<Observation> {
    let flow = Flow { tables: vec![t], ..Flow::default() };
    Normalising::run((&flow, &Record::default()), &Options::default()).unwrap().observations
}

#[test]
fn a_corner_names_the_area_and_years_the_columns() {
    let o = run(table(
        1,
        &[
            "NORTHTOWN | 2021 | 2022 | % CHANGE",
            "Referrals | 4,436 | 4,612 | Up 3.9%",
            "Plans | 570 | 416 | Down 27%",
        ],
    ));
    assert_eq!(o.len(), 6);
    assert_eq!(
        (o[0].area.as_deref(), o[0].indicator.as_str(), o[0].value),
        (Some("NORTHTOWN"), "Referrals", Some(4436.0))
    );
    assert_eq!(o[0].period.as_ref().unwrap().start, "2021");
    assert_eq!(o[0].unit.as_deref(), Some("count"));
    assert_eq!(
        (o[5].value, o[5].unit.as_deref(), o[5].measure.as_deref()),
        (Some(-27.0), Some("%"), Some("change"))
    );
}

#[test]
fn two_header_rows_make_a_path_and_words_become_notes() {
    let o = run(table(
        2,
        &[
            "SOUTHTOWN | Last Year's Figures | < | This Year's Figures | < | Direction",
            "Indicator | Rate | Rank | Rate | Rank | ^",
            "School ready | 39.4/ 100,000. | 148/152 | N/K* | 150/152 | Improving",
        ],
    ));
    assert_eq!(o.len(), 4);
    assert_eq!(o[0].column, ["Last Year's Figures", "Rate"]);
    assert_eq!(o[0].area.as_deref(), Some("SOUTHTOWN"));
    assert_eq!(o[1].of, Some(152.0));
    assert_eq!((o[2].value, o[2].raw.as_str()), (None, "N/K*"));
    assert_eq!(o[0].note.as_deref(), Some("Improving"));
}

#[test]
fn a_corner_that_names_the_rows_is_no_area() {
    let o = run(table(1, &["Funding Agency | 2021-2022", "A Council | 65,000", " | 65,000"]));
    assert_eq!(o.len(), 2);
    assert!(o.iter().all(|o| o.area.is_none()));
    assert_eq!(o[1].indicator, "");
}

#[test]
fn headers_are_inferred_where_none_are_marked() {
    let o = run(table(
        0,
        &["Service | Budget £000 | Forecast £000", "Roads | 1,200.5 | (30.1)", "Parks | 40.0 | 41.0"],
    ));
    assert_eq!(o.len(), 4);
    assert_eq!(o[1].column, ["Forecast £000"]);
    assert_eq!((o[1].value, o[1].unit.as_deref()), (Some(-30.1), Some("GBP thousands")));
}

#[test]
fn rows_are_grouped_under_their_headings() {
    let o =
        run(table(1, &["Service | Cost", "Adults | ", "Homes | 12", "Care | 7", "Children | ", "Homes | 3"]));
    let names: Vec<&str> = o.iter().map(|o| o.indicator.as_str()).collect();
    assert_eq!(names, ["Adults / Homes", "Adults / Care", "Children / Homes"]);
}

#[test]
fn a_second_table_in_the_same_grid_has_its_own_corner() {
    let o = run(table(
        1,
        &["NORTHTOWN | 2021 | 2022", "Plans | 1 | 2", "SOUTHTOWN | 2021 | 2022", "Plans | 3 | 4"],
    ));
    let areas: Vec<_> = o.iter().map(|o| o.area.as_deref().unwrap()).collect();
    assert_eq!(areas, ["NORTHTOWN", "NORTHTOWN", "SOUTHTOWN", "SOUTHTOWN"]);
}

#[test]
fn tables_of_names_dates_and_actions_give_nothing() {
    assert!(
        run(table(1, &["Action | Responsible Officer | Deadline", "1 | A Person | May 2022"])).is_empty()
    );
    assert!(run(table(1, &["Name | Date", "Plan | 12 May 2022", "Scheme | 13 May 2022"])).is_empty());
    assert!(run(table(1, &["No | Appendix", "1 | None", "2 | Plan"])).is_empty());
}

#[test]
fn a_header_row_that_lost_its_first_cell_is_set_right() {
    let o = run(table(
        2,
        &["POLICE DATA | Last Year | This Year", "Rate | Rate | ", "Offences | 12 | 14", "Incidents | 3 | 4"],
    ));
    assert_eq!(o[1].column, ["This Year", "Rate"]);
    assert_eq!(o[1].area.as_deref(), Some("POLICE DATA"));
}

#[test]
fn titles_inside_the_grid_are_no_headers() {
    let o = run(table(
        0,
        &[
            "Capital changes | < | <",
            "Project | Amount (£m) | Reason",
            "Roads | +0.5 | Grant",
            "Parks | -0.2 | Saved",
        ],
    ));
    assert_eq!(o[0].column, ["Amount (£m)"]);
    assert_eq!(o[0].unit.as_deref(), Some("GBP millions"));
}

#[test]
fn paragraph_numbers_beside_prose_are_no_figures() {
    let long = "a long paragraph of a report that goes on and on about the proposals and what they mean for the borough over many words";
    assert!(
        run(table(0, &[&format!("7 | {long}"), &format!("8 | {long}"), &format!("9 | {long}")])).is_empty()
    );
}

#[test]
fn numbers_of_rows_in_the_middle_of_a_list_are_no_figures() {
    let o = run(table(0, &["147 | CORE | 5.0", "148 | OTHER | 6.0", "149 | TOTAL | 11.0"]));
    assert_eq!(o.len(), 3);
    assert!(o.iter().all(|o| o.cell[1] == 2));
}

#[test]
fn millions_under_a_pound_sign_are_money() {
    let o = run(table(1, &["Fund | Cost (£)", "A | 3.2m", "B | 400k", "C | (1.5m)"]));
    let values: Vec<_> = o.iter().map(|o| (o.value, o.unit.as_deref())).collect();
    assert_eq!(values[0], (Some(3_200_000.0), Some("GBP")));
    assert_eq!(values[1], (Some(400_000.0), Some("GBP")));
    assert_eq!(values[2], (Some(-1_500_000.0), Some("GBP")));
}

#[test]
fn a_row_has_its_rating_and_its_direction() {
    let o = run(table(
        1,
        &[
            "Indicator | Latest | Target | RAG | DoT",
            "Homes built | 422 | 400 | GREEN | \u{2191}",
            "Calls answered | 84% | 92% | R | Worse",
        ],
    ));
    let of = |i: usize| (o[i].rating.as_deref(), o[i].travel.as_deref(), o[i].measure.as_deref());
    assert_eq!(of(0), (Some("green"), Some("up"), Some("latest")));
    assert_eq!(of(3), (Some("red"), Some("worsening"), Some("target")));
    assert_eq!(o[0].profile.as_deref(), Some("scorecard"));
}

#[test]
fn last_year_is_counted_from_the_section_where_the_table_names_no_year() {
    let mut t =
        table(1, &["Data | Last Year\u{2019}s Figures | This Year\u{2019}s Figures", "Visits | 12 | 14"]);
    t.origin = vec![crate::model::Origin { page: PageNo(1), ..Default::default() }];
    let flow = Flow { tables: vec![t], ..Flow::default() };
    let section = crate::model::Section {
        title: Some("Annual Report 2021-22".into()),
        pages: [1, 3],
        ..Default::default()
    };
    let record = Record { sections: vec![section], ..Record::default() };
    let o = Normalising::run((&flow, &record), &Options::default()).unwrap().observations;
    let starts: Vec<_> = o.iter().map(|o| o.period.as_ref().unwrap().start.as_str()).collect();
    assert_eq!(starts, ["2020", "2021"]);
}

#[test]
fn columns_tell_their_unit_scale_and_role() {
    let t = table(
        1,
        &[
            "Service | Budget £000 | Variance £000 | Reason",
            "Roads | 1,200.5 | (30.1) | Mild winter",
            "Parks | 40.0 | 1.0 | Late",
        ],
    );
    let flow = Flow { tables: vec![t], ..Flow::default() };
    let out = Normalising::run((&flow, &Record::default()), &Options::default()).unwrap();
    let columns = &out.tables["t1"].columns;
    let roles: Vec<_> = columns.iter().map(|c| c.role).collect();
    assert_eq!(roles, [ColumnRole::Indicator, ColumnRole::Value, ColumnRole::Change, ColumnRole::Comment]);
    assert_eq!((columns[1].scale, columns[1].unit.as_deref()), (Some(1000.0), Some("GBP thousands")));
}
