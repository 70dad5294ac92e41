//! Tables as a whole: one test a phenomenon.

use super::testing::{across, down, grid, page};
use super::{Options, Tabling};
use crate::model::{Line, Lines, PageLines, PageNo, Rect, Table, TableEvidence, Tables, Word};
use crate::stages::Stage;

fn tables(pages: Vec<PageLines>) -> Tables {
    let pages =
        pages.into_iter().enumerate().map(|(i, p)| PageLines { page: PageNo::from_index(i), ..p }).collect();
    Tabling::run(&Lines { pages, ..Lines::default() }, &Options::default()).unwrap()
}

fn rows(t: &Table) -> Vec<Vec<String>> {
    let owners = t.owners();
    (0..t.rows as usize)
        .map(|r| {
            (0..t.cols as usize)
                .map(|c| {
                    let cell = &t.cells[owners[r * t.cols as usize + c]];
                    let first = cell.row as usize == r && cell.col as usize == c;
                    if first { cell.plain() } else { "^".into() }
                })
                .collect()
        })
        .collect()
}

const SAFEGUARDING: &[(f32, &[(f32, &str)])] = &[
    (50.0, &[(40.0, "North"), (200.0, "2021"), (280.0, "2022")]),
    (66.0, &[(40.0, "Referrals in"), (200.0, "4,436"), (280.0, "4,612")]),
    (77.0, &[(40.0, "the year")]),
    (93.0, &[(40.0, "Children in"), (200.0, "1,700"), (280.0, "1,369")]),
    (104.0, &[(40.0, "need")]),
    (120.0, &[(40.0, "Reviews"), (200.0, "4"), (280.0, "1")]),
];

#[test]
fn a_ruled_grid_with_a_spanning_header() {
    let mut p = page(&[
        (50.0, &[(110.0, "Last year")]),
        (70.0, &[(40.0, "Area"), (105.0, "Rate"), (160.0, "Rank")]),
        (90.0, &[(40.0, "North"), (105.0, "12.5"), (160.0, "3")]),
        (110.0, &[(40.0, "South"), (105.0, "11.0"), (160.0, "7")]),
    ]);
    grid(&mut p, &[35.0, 100.0, 155.0, 210.0], &[40.0, 58.0, 78.0, 98.0, 118.0]);
    // The wall between rate and rank does not reach into the first row.
    for r in p.graphics.rulings.iter_mut().filter(|r| !r.horizontal && r.at == 155.0) {
        r.start = 58.0;
    }
    let t = &tables(vec![p]).grids[0].table;
    assert_eq!(t.evidence, TableEvidence::Ruled);
    assert_eq!(rows(t)[0], ["", "Last year", "^"]);
    assert_eq!(rows(t)[2], ["North", "12.5", "3"]);
    assert_eq!(t.header_rows, 2);
}

#[test]
fn labels_of_two_lines_are_one_row_where_spacing_says_so() {
    let found = tables(vec![page(SAFEGUARDING)]);
    let t = &found.grids[0].table;
    assert_eq!(t.evidence, TableEvidence::Aligned);
    assert_eq!(
        rows(t),
        [
            ["North", "2021", "2022"],
            ["Referrals in the year", "4,436", "4,612"],
            ["Children in need", "1,700", "1,369"],
            ["Reviews", "4", "1"]
        ]
    );
    assert_eq!(t.header_rows, 1);
    let words = &found.grids[0].parts[0].words;
    assert!(words.is_sorted() && words.len() == 17);
}

#[test]
fn a_table_over_two_pages_is_one_and_its_split_row_is_whole() {
    let second = page(&[
        (50.0, &[(40.0, "North"), (200.0, "2021"), (280.0, "2022")]),
        (66.0, &[(40.0, "of practice")]),
        (82.0, &[(40.0, "Missing"), (200.0, "65"), (280.0, "74")]),
        (98.0, &[(40.0, "Private"), (200.0, "6"), (280.0, "8")]),
        (109.0, &[(40.0, "fostering")]),
    ]);
    let found = tables(vec![page(SAFEGUARDING), second]);
    assert_eq!(found.grids.len(), 1);
    let t = &found.grids[0].table;
    assert_eq!(rows(t)[3], ["Reviews of practice", "4", "1"]);
    assert_eq!(rows(t)[5], ["Private fostering", "6", "8"]);
    let part = &found.grids[0].parts[1];
    assert_eq!(part.repeated.len(), 3, "the repeated header's words are kept apart");
    assert!(part.repeated.iter().all(|w| part.words.contains(w)));
}

#[test]
fn a_table_with_a_header_of_its_own_is_another() {
    let second = page(&[
        (50.0, &[(40.0, "Fund"), (200.0, "Budget"), (280.0, "Spend")]),
        (66.0, &[(40.0, "Parks"), (200.0, "65.0"), (280.0, "74.0")]),
        (82.0, &[(40.0, "Roads"), (200.0, "6.0"), (280.0, "8.0")]),
    ]);
    assert_eq!(tables(vec![page(SAFEGUARDING), second]).grids.len(), 2);
}

#[test]
fn a_box_with_a_header_rule_is_split_by_its_figures() {
    let mut p = page(&[
        (50.0, &[(40.0, "Cohort"), (140.0, "Group"), (220.0, "Total")]),
        (70.0, &[(40.0, "Three"), (140.0, "1,530"), (220.0, "2,559")]),
        (84.0, &[(40.0, "Four"), (140.0, "1,253"), (220.0, "2,108")]),
        (98.0, &[(40.0, "All"), (140.0, "2,783"), (220.0, "4,667")]),
    ]);
    grid(&mut p, &[35.0, 260.0], &[38.0, 57.0, 104.0]);
    let found = tables(vec![p]);
    assert_eq!(rows(&found.grids[0].table)[3], ["All", "2,783", "4,667"]);
}

#[test]
fn three_rules_and_a_spanner_over_two_columns() {
    let mut p = page(&[
        (50.0, &[(160.0, "All items"), (300.0, "New items")]),
        (66.0, &[(40.0, "Domain"), (150.0, "Number"), (200.0, "Share"), (290.0, "Number"), (340.0, "Share")]),
        (82.0, &[(40.0, "Fiction"), (155.0, "72"), (205.0, "53"), (295.0, "33"), (345.0, "55")]),
        (98.0, &[(40.0, "Facts"), (155.0, "63"), (205.0, "47"), (295.0, "27"), (345.0, "45")]),
        (114.0, &[(40.0, "Total"), (155.0, "135"), (205.0, "100"), (295.0, "60"), (345.0, "100")]),
    ]);
    for y in [38.0, 70.0, 118.0] {
        across(&mut p, y, 38.0, 370.0);
    }
    let t = &tables(vec![p]).grids[0].table;
    assert_eq!(rows(t)[0], ["", "All items", "^", "New items", "^"]);
    assert_eq!(rows(t)[4], ["Total", "135", "100", "60", "100"]);
}

#[test]
fn what_is_no_table_is_left_alone() {
    let line = "seven words of text in this line";
    let columns: Vec<(f32, Vec<(f32, &str)>)> =
        (0..9).map(|i| (50.0 + 12.0 * i as f32, vec![(40.0, line), (300.0, line)])).collect();
    let columns: Vec<(f32, &[(f32, &str)])> = columns.iter().map(|r| (r.0, r.1.as_slice())).collect();
    let bullets: &[(f32, &[(f32, &str)])] = &[
        (50.0, &[(40.0, "•"), (60.0, "Parks and gardens")]),
        (64.0, &[(40.0, "•"), (60.0, "Roads and bridges")]),
        (78.0, &[(40.0, "•"), (60.0, "Schools")]),
    ];
    let numbered: &[(f32, &[(f32, &str)])] = &[
        (50.0, &[(40.0, "14"), (70.0, "The panel heard from the director about")]),
        (62.0, &[(70.0, "the year and its pressures on the service")]),
        (78.0, &[(40.0, "15"), (70.0, "The chair thanked the officers for their")]),
        (90.0, &[(70.0, "report and asked for another in the spring")]),
    ];
    let contents: &[(f32, &[(f32, &str)])] = &[
        (50.0, &[(40.0, "Contents")]),
        (70.0, &[(40.0, "Foreword"), (400.0, "2")]),
        (86.0, &[(40.0, "Introduction"), (400.0, "3")]),
        (102.0, &[(40.0, "Local context"), (400.0, "11")]),
        (118.0, &[(40.0, "Budget"), (400.0, "46")]),
    ];
    for (name, p) in
        [("columns", &columns[..]), ("bullets", bullets), ("numbered", numbered), ("contents", contents)]
    {
        assert!(tables(vec![page(p)]).grids.is_empty(), "{name}");
    }
    let mut boxed = page(&[(50.0, &[(40.0, "A call-out")])]);
    grid(&mut boxed, &[30.0, 200.0], &[30.0, 60.0]);
    assert!(tables(vec![boxed]).grids.is_empty());
}

#[test]
fn words_belong_to_one_table_at_most() {
    let mut p = page(SAFEGUARDING);
    grid(&mut p, &[35.0, 190.0, 270.0, 330.0], &[38.0, 55.0, 82.0, 110.0, 125.0]);
    grid(&mut p, &[34.0, 331.0], &[20.0, 140.0]);
    let mut seen: Vec<u32> = tables(vec![p]).grids.iter().flat_map(|g| g.parts[0].words.clone()).collect();
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), all);
}

#[test]
fn a_page_full_of_lines_is_given_up_with_a_note() {
    let mut p = page(SAFEGUARDING);
    for i in 0..3_000 {
        let at = 0.19 * i as f32;
        across(&mut p, at, (i % 17) as f32, 400.0 + (i % 13) as f32);
        super::testing::down(&mut p, at * 0.9, (i % 17) as f32, 700.0);
    }
    // Merging may leave few enough lines; either way the page ends, and words are not lost.
    let found = tables(vec![p]);
    assert!(found.grids.len() + found.issues.len() <= 3);
}

/// Rules between rows, a coloured bar behind the names, and prose in the last column, in a page frame.
fn framed_list() -> PageLines {
    let mut p = page(&[
        (64.0, &[(40.0, "Service"), (150.0, "Budget"), (200.0, "Spent"), (250.0, "Detail")]),
        (84.0, &[(250.0, "more children were placed in homes outside")]),
        (
            95.0,
            &[
                (40.0, "Homes"),
                (150.0, "12.5"),
                (200.0, "13.0"),
                (250.0, "the county than had been planned for and"),
            ],
        ),
        (106.0, &[(250.0, "fewer foster carers came forward")]),
        (
            126.0,
            &[
                (40.0, "Transport"),
                (150.0, "7.0"),
                (200.0, "6.5"),
                (250.0, "a mild winter and lower prices of fuel than"),
            ],
        ),
        (137.0, &[(250.0, "the budget allowed")]),
        (157.0, &[(40.0, "Schools"), (150.0, "1.0"), (200.0, "1.5"), (250.0, "posts that were filled late")]),
    ]);
    for y in [50.0, 70.0, 112.0, 143.0, 165.0] {
        across(&mut p, y, 36.0, 480.0);
    }
    for (top, bottom) in [(70.0, 112.0), (112.0, 143.0), (143.0, 165.0)] {
        let bbox = crate::model::Rect::new(110.0, top, 120.0, bottom);
        p.graphics.fills.push(crate::model::Fill { bbox, colour: 0x0020_6070 });
    }
    grid(&mut p, &[20.0, 575.0], &[20.0, 820.0]);
    p
}

#[test]
fn a_list_with_prose_in_its_last_column_keeps_its_figures_apart() {
    let found = tables(vec![framed_list()]);
    assert_eq!(found.grids.len(), 1, "the frame of the page is no table");
    let r = rows(&found.grids[0].table);
    assert_eq!(r[0], ["Service", "Budget", "Spent", "Detail"]);
    assert_eq!(r[1][..3], ["Homes", "12.5", "13.0"]);
    assert!(r[1][3].starts_with("more children") && r[1][3].ends_with("came forward"), "{:?}", r[1]);
    assert_eq!(r.len(), 4);
}

#[test]
fn a_page_of_one_cell_goes_on_with_the_table_before_it() {
    let mut first = page(&[
        (700.0, &[(40.0, "Symptom"), (150.0, "Assessment")]),
        (720.0, &[(40.0, "Reserves"), (150.0, "They were drawn on for two years")]),
        (740.0, &[(40.0, "Savings"), (150.0, "Most of them were delivered and the rest of")]),
    ]);
    grid(&mut first, &[36.0, 140.0, 500.0], &[690.0, 705.0, 728.0, 750.0]);
    let rest = |text: &[(f32, &str)]| {
        let mut p = page(&[(60.0, text), (72.0, text)]);
        grid(&mut p, &[36.0, 140.0, 500.0], &[45.0, 90.0]);
        p
    };
    let second = rest(&[(150.0, "them will be in the coming year when the")]);
    let found = tables(vec![first, second.clone()]);
    assert_eq!((found.grids.len(), found.grids[0].parts.len()), (1, 2));
    let r = rows(&found.grids[0].table);
    assert_eq!(r.len(), 3);
    assert!(r[2][1].starts_with("Most of them") && r[2][1].ends_with("year when the"), "{:?}", r[2]);
    assert!(tables(vec![second]).grids.is_empty(), "alone it is a text in a box");
}

const FORM: &[(f32, &[(f32, &str)])] = &[
    (50.0, &[(40.0, "Name:"), (200.0, "Bus fares")]),
    (70.0, &[(40.0, "Directorate:"), (200.0, "Transport")]),
    (90.0, &[(40.0, "Proposer:"), (200.0, "A councillor")]),
    (110.0, &[(40.0, "Amount:"), (200.0, "The whole reserve")]),
];

fn form() -> PageLines {
    let mut p = page(FORM);
    grid(&mut p, &[35.0, 190.0, 350.0], &[38.0, 56.0, 76.0, 96.0, 116.0]);
    p
}

#[test]
fn forms_of_one_make_and_tables_behind_a_blank_page_are_not_joined() {
    assert_eq!(tables(vec![form(), form()]).grids.len(), 2, "the labels begin again");
    let mut rest = page(&[
        (50.0, &[(40.0, "Seconder:"), (200.0, "Another")]),
        (70.0, &[(40.0, "Date:"), (200.0, "Thursday")]),
    ]);
    grid(&mut rest, &[35.0, 190.0, 350.0], &[38.0, 56.0, 76.0]);
    assert_eq!(tables(vec![form(), rest.clone()]).grids.len(), 1);
    assert_eq!(tables(vec![form(), page(&[]), rest]).grids.len(), 2, "a blank page lies between");
}

#[test]
fn a_total_above_each_page_of_a_list_does_not_cut_it() {
    let part = |name: &str| {
        let rows: &[(f32, &[(f32, &str)])] = &[
            (40.0, &[(200.0, "Total"), (300.0, "345.0")]),
            (70.0, &[(40.0, "Risk"), (200.0, "Cause"), (300.0, "Exposure")]),
            (90.0, &[(40.0, name), (200.0, "Rain and wind"), (300.0, "12.0")]),
            (110.0, &[(40.0, "Another"), (200.0, "Rising prices"), (300.0, "7.5")]),
        ];
        let mut p = page(rows);
        grid(&mut p, &[190.0, 290.0, 350.0], &[30.0, 44.0]);
        grid(&mut p, &[35.0, 190.0, 290.0, 350.0], &[58.0, 76.0, 96.0, 116.0]);
        p
    };
    let found = tables(vec![part("Flood"), part("Storm"), part("Snow")]);
    let list: Vec<_> = found.grids.iter().filter(|g| g.table.rows > 1).collect();
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].table.rows, list[0].parts.len()), (7, 3));
    assert_eq!(found.grids.len(), 4, "each total stays a table of its own");
}

#[test]
fn paragraphs_with_numbers_in_the_margin_are_no_table() {
    let decimals: &[(f32, &[(f32, &str)])] = &[
        (50.0, &[(40.0, "1"), (80.0, "Introduction")]),
        (
            74.0,
            &[(40.0, "1.1"), (80.0, "The recommendations above and the appendices to this report show the")],
        ),
        (86.0, &[(80.0, "budget as the cabinet proposed it in the last week of January")]),
        (110.0, &[(40.0, "1.2"), (80.0, "It was published on the website on the day after that meeting")]),
    ];
    assert!(tables(vec![page(decimals)]).grids.is_empty());
    let named: &[(f32, &[(f32, &str)])] =
        &[(50.0, &[(40.0, "1"), (80.0, "Parks")]), (66.0, &[(40.0, "2"), (80.0, "Roads")])];
    let mut p = page(named);
    grid(&mut p, &[36.0, 70.0, 200.0], &[38.0, 54.0, 70.0]);
    assert_eq!(tables(vec![p]).grids.len(), 1, "drawn, it is");
}

#[test]
fn a_chapters_title_beside_its_number_in_a_box_is_no_table() {
    let mut p = page(&[(60.0, &[(300.0, "Background and Context"), (511.0, "2")])]);
    for w in &mut p.words {
        w.style.bold = true;
    }
    grid(&mut p, &[290.0, 500.0, 530.0], &[48.0, 64.0]);
    let bbox = crate::model::Rect::new(500.0, 48.0, 530.0, 64.0);
    p.graphics.fills.push(crate::model::Fill { bbox, colour: 0 });
    assert!(tables(vec![p.clone()]).grids.is_empty());
    p.words[3].text = "2.5".into();
    assert_eq!(tables(vec![p]).grids.len(), 1, "a figure is none");
}

/// A list under a title between two rules across, its header under a rule that ends early; a bar stands
/// beside its names, and its last column is prose.
fn barred_list(p: &mut PageLines, top: f32, rows: &[f32], end: f32) {
    across(p, top, 36.0, end);
    across(p, top + 20.0, 36.0, 480.0);
    let mut from = top + 20.0;
    for y in rows {
        across(p, *y, 36.0, 480.0);
        let bbox = crate::model::Rect::new(110.0, from, 120.0, *y);
        p.graphics.fills.push(crate::model::Fill { bbox, colour: 0x0020_6070 });
        from = *y;
    }
}

#[test]
fn the_rest_of_a_list_takes_the_columns_of_its_first_part() {
    let head: &[(f32, &str)] = &[(40.0, "Service"), (150.0, "Budget"), (200.0, "Spent"), (250.0, "Detail")];
    let mut first = page(&[
        (64.0, head),
        (84.0, &[(40.0, "Homes"), (150.0, "12.5"), (200.0, "13.0"), (250.0, "more children came")]),
        (104.0, &[(40.0, "Buses"), (150.0, "7.0"), (200.0, "6.5"), (250.0, "a mild winter.")]),
        (124.0, &[(40.0, "Roads"), (150.0, "9.0"), (200.0, "9.5"), (250.0, "salt was bought.")]),
    ]);
    barred_list(&mut first, 50.0, &[90.0, 110.0, 130.0], 300.0);
    let mut second = page(&[
        (64.0, head),
        (84.0, &[(250.0, "Storms in December brought down trees and the")]),
        (95.0, &[(250.0, "work on them went on until the spring")]),
    ]);
    barred_list(&mut second, 50.0, &[110.0], 300.0);
    let found = tables(vec![first, second]);
    assert_eq!(found.grids.len(), 1);
    let r = rows(&found.grids[0].table);
    assert_eq!((r.len(), found.grids[0].table.header_rows), (4, 1), "{r:?}");
    assert_eq!(r[0], ["Service", "Budget", "Spent", "Detail"]);
    assert_eq!(r[3][..3], ["Roads", "9.0", "9.5"]);
    assert!(r[3][3].starts_with("salt") && r[3][3].ends_with("until the spring"), "{:?}", r[3]);
}

#[test]
fn a_second_list_under_a_title_of_its_own_begins_a_table() {
    let head: &[(f32, &str)] = &[(40.0, "Service"), (150.0, "Budget"), (200.0, "Spent"), (250.0, "Detail")];
    let mut p = page(&[
        (64.0, head),
        (84.0, &[(40.0, "Homes"), (150.0, "12.5"), (200.0, "13.0"), (250.0, "more children came")]),
        (104.0, &[(40.0, "Buses"), (150.0, "7.0"), (200.0, "6.5"), (250.0, "a mild winter.")]),
        (135.0, &[(40.0, "Reported before")]),
        (164.0, head),
        (184.0, &[(40.0, "Roads"), (150.0, "9.0"), (200.0, "9.5"), (250.0, "salt was bought.")]),
        (204.0, &[(40.0, "Parks"), (150.0, "3.0"), (200.0, "3.5"), (250.0, "trees fell.")]),
    ]);
    barred_list(&mut p, 50.0, &[90.0, 110.0], 300.0);
    barred_list(&mut p, 150.0, &[190.0, 210.0], 200.0);
    let found = tables(vec![p]);
    assert_eq!(found.grids.len(), 2);
    assert!(found.grids.iter().all(|g| rows(&g.table)[0] == ["Service", "Budget", "Spent", "Detail"]));
    assert_eq!(rows(&found.grids[1].table)[2], ["Parks", "3.0", "3.5", "trees fell."]);
}

#[test]
fn years_over_names_over_units_are_three_header_rows_and_a_group_has_its_own() {
    // One drawn row holds it all; only the labels have walls.
    let mut p = page(&[
        (50.0, &[(82.0, "2024-25"), (382.0, "2025-26")]),
        (
            64.0,
            &[
                (50.0, "Core"),
                (87.0, "Grant"),
                (130.0, "Total"),
                (350.0, "Core"),
                (387.0, "Grant"),
                (430.0, "Total"),
            ],
        ),
        (
            78.0,
            &[
                (45.0, "£000s"),
                (87.0, "£000s"),
                (130.0, "£000s"),
                (345.0, "£000s"),
                (387.0, "£000s"),
                (430.0, "£000s"),
            ],
        ),
        (92.0, &[(170.0, "SPENDING")]),
        (
            106.0,
            &[
                (45.0, "101.5"),
                (92.0, "19.0"),
                (130.0, "120.5"),
                (170.0, "Base changes"),
                (345.0, "110.5"),
                (392.0, "20.0"),
                (430.0, "130.5"),
            ],
        ),
        (
            120.0,
            &[
                (45.0, "201.5"),
                (92.0, "19.0"),
                (130.0, "220.5"),
                (170.0, "Pay"),
                (345.0, "210.5"),
                (392.0, "20.0"),
                (430.0, "230.5"),
            ],
        ),
        (
            134.0,
            &[
                (45.0, "301.5"),
                (92.0, "19.0"),
                (130.0, "320.5"),
                (170.0, "Prices"),
                (345.0, "310.5"),
                (392.0, "20.0"),
                (430.0, "330.5"),
            ],
        ),
    ]);
    for w in p.words.iter_mut().filter(|w| w.text == "SPENDING") {
        w.style.bold = true;
    }
    grid(&mut p, &[38.0, 165.0, 338.0, 465.0], &[38.0, 140.0]);
    let t = &tables(vec![p]).grids[0].table;
    assert_eq!(rows(t)[0], ["2024-25", "^", "^", "", "2025-26", "^", "^"]);
    assert_eq!(rows(t)[1], ["Core", "Grant", "Total", "", "Core", "Grant", "Total"]);
    assert_eq!(rows(t)[2], ["£000s", "£000s", "£000s", "", "£000s", "£000s", "£000s"]);
    assert_eq!(rows(t)[3], ["", "", "", "SPENDING", "", "", ""]);
    assert_eq!(rows(t)[4], ["101.5", "19.0", "120.5", "Base changes", "110.5", "20.0", "130.5"]);
    assert_eq!(t.header_rows, 3);
}

#[test]
fn names_set_closer_than_columns_are_parted_where_they_are_aligned() {
    // "Target" and "Forecast now" have no more than a space between them.
    let mut p = page(&[
        (50.0, &[(200.0, "Forecast")]),
        (62.0, &[(40.0, "Saving"), (150.0, "Savings"), (225.0, "made")]),
        (74.0, &[(155.0, "Target against all"), (300.0, "Left")]),
        (98.0, &[(40.0, "Reviews"), (160.0, "-41.5"), (215.0, "-33.5"), (295.0, "-40.5")]),
        (112.0, &[(40.0, "Contracts"), (160.0, "-21.5"), (215.0, "-13.5"), (295.0, "-20.5")]),
        (126.0, &[(40.0, "Fees"), (160.0, "-11.5"), (215.0, "-12.5"), (295.0, "-10.5")]),
    ]);
    grid(&mut p, &[30.0, 330.0], &[38.0, 84.0, 134.0]);
    let t = &tables(vec![p]).grids[0].table;
    assert_eq!(rows(t)[0], ["Saving", "Savings Target", "Forecast made against all", "Left"]);
    assert_eq!(rows(t)[1], ["Reviews", "-41.5", "-33.5", "-40.5"]);
}

#[test]
fn labels_around_their_figures_are_one_row() {
    // The figures stand at the middle of a label of two lines.
    let p = page(&[
        (50.0, &[(40.0, "Measure"), (220.0, "2021"), (280.0, "2022")]),
        (70.0, &[(40.0, "Income of all households")]),
        (75.0, &[(220.0, "4,436"), (280.0, "4,612")]),
        (80.0, &[(40.0, "in the county")]),
        (94.0, &[(40.0, "Deaths before the age of")]),
        (99.0, &[(220.0, "1,700"), (280.0, "1,369")]),
        (104.0, &[(40.0, "seventy-five")]),
        (118.0, &[(40.0, "Rate of inequality in the")]),
        (123.0, &[(220.0, "0.41"), (280.0, "0.45")]),
        (128.0, &[(40.0, "whole population")]),
    ]);
    let t = &tables(vec![p]).grids[0].table;
    assert_eq!(rows(t)[1], ["Income of all households in the county", "4,436", "4,612"]);
    assert_eq!(rows(t)[3], ["Rate of inequality in the whole population", "0.41", "0.45"]);
    assert_eq!(t.rows, 4);
}

#[test]
fn the_axes_of_two_charts_side_by_side_are_no_table() {
    let p = page(&[
        (50.0, &[(40.0, "300"), (240.0, "300")]),
        (80.0, &[(40.0, "250"), (240.0, "250")]),
        (110.0, &[(40.0, "200"), (240.0, "200")]),
        (140.0, &[(40.0, "150"), (240.0, "150")]),
        (170.0, &[(40.0, "100"), (240.0, "100")]),
    ]);
    assert!(tables(vec![p]).grids.is_empty());
}

/// A justified line set short of words has wide spaces: one row of a front sheet fell apart at them.
#[test]
fn the_wide_spaces_of_a_justified_line_part_no_columns() {
    let mut p = page(&[
        (100.0, &[(50.0, "Thursday the twelfth of May, at ten"), (240.0, "Ask for:"), (300.0, "A Clerk")]),
        (114.0, &[(240.0, "Telephone:"), (300.0, "01234 567890")]),
        (128.0, &[(50.0, "Town Hall"), (240.0, "Email:"), (300.0, "clerk@example.org")]),
    ]);
    let mut x = 50.0;
    for word in ["Chamber,", "First", "Floor,", "Main"] {
        let right = x + 5.0 * word.len() as f32;
        let bbox = Rect::new(x, 106.0, right, 116.0);
        let first = p.words.len() as u32;
        p.words.push(Word { text: word.into(), bbox, size: 10.0, ..Word::default() });
        p.lines.push(Line { first, count: 1, bbox, baseline: 114.0, size: 10.0, ..Line::default() });
        x = right + 16.0;
    }
    let found = tables(vec![p]);
    assert_eq!(
        rows(&found.grids[0].table),
        [
            ["Thursday the twelfth of May, at ten", "Ask for:", "A Clerk"],
            ["Chamber, First Floor, Main", "Telephone:", "01234 567890"],
            ["Town Hall", "Email:", "clerk@example.org"],
        ]
    );
}

/// Two tables in one frame, a line of text between them: the second's header stood among the first's rows.
#[test]
fn a_header_that_comes_again_below_a_line_of_text_begins_a_table() {
    let mut p = page(&[
        (20.0, &[(30.0, "Project"), (150.0, "Variance"), (230.0, "Detail")]),
        (40.0, &[(30.0, "Bridge"), (150.0, "-2.1"), (230.0, "Late steel")]),
        (60.0, &[(30.0, "Reported before")]),
        (80.0, &[(30.0, "Project"), (150.0, "Variance"), (230.0, "Detail")]),
        (100.0, &[(30.0, "School"), (150.0, "-5.9"), (230.0, "Wet ground")]),
        (120.0, &[(30.0, "Library"), (150.0, "0.4"), (230.0, "More shelves")]),
    ]);
    for y in [8.0, 28.0, 48.0, 68.0, 88.0, 108.0, 128.0] {
        across(&mut p, y, 25.0, 330.0);
    }
    for (top, bottom) in [(8.0, 48.0), (68.0, 128.0)] {
        for x in [140.0, 220.0] {
            down(&mut p, x, top, bottom);
        }
    }
    for x in [25.0, 330.0] {
        down(&mut p, x, 8.0, 128.0);
    }
    let found = tables(vec![p]);
    let sizes: Vec<_> = found.grids.iter().map(|g| (g.table.rows, g.table.header_rows)).collect();
    assert_eq!(sizes, [(2, 1), (3, 1)]);
}

/// The remark below the last row of figures, closed by a rule alone, was a paragraph after the table.
#[test]
fn the_last_remark_over_all_columns_belongs_to_its_table() {
    let mut p = page(&[
        (20.0, &[(30.0, "Saving"), (150.0, "Target"), (230.0, "Forecast")]),
        (40.0, &[(30.0, "Fleet"), (150.0, "-2.1"), (230.0, "-1.9")]),
        (60.0, &[(60.0, "Two vans were sold late in the year.")]),
        (80.0, &[(30.0, "Postage"), (150.0, "-0.4"), (230.0, "-0.4")]),
        (100.0, &[(60.0, "More letters went by electronic mail.")]),
    ]);
    for y in [8.0, 28.0, 48.0, 68.0, 88.0, 108.0] {
        across(&mut p, y, 25.0, 330.0);
    }
    for x in [140.0, 220.0] {
        down(&mut p, x, 8.0, 48.0);
        down(&mut p, x, 68.0, 88.0);
    }
    for x in [25.0, 330.0] {
        down(&mut p, x, 8.0, 88.0);
    }
    let found = tables(vec![p]);
    assert_eq!(found.grids.len(), 1);
    assert_eq!(rows(&found.grids[0].table)[4][0], "More letters went by electronic mail.");
}

/// The name of a group over all columns came to be the header's last row.
#[test]
fn a_group_below_the_header_is_no_header() {
    let mut p = page(&[
        (20.0, &[(30.0, "Project"), (150.0, "Cost"), (230.0, "Year 1")]),
        (40.0, &[(30.0, "Roads")]),
        (60.0, &[(30.0, "Bridge"), (150.0, "12"), (230.0, "4")]),
        (80.0, &[(30.0, "Tunnel"), (150.0, "90"), (230.0, "7")]),
    ]);
    for w in p.words.iter_mut().take(5) {
        w.style.bold = true;
    }
    grid(&mut p, &[25.0, 140.0, 220.0, 330.0], &[8.0, 28.0, 48.0, 68.0, 88.0]);
    p.graphics.rulings.retain(|r| r.horizontal || r.at < 30.0 || r.at > 300.0);
    for x in [140.0, 220.0] {
        down(&mut p, x, 8.0, 28.0);
        down(&mut p, x, 48.0, 88.0);
    }
    let found = tables(vec![p]);
    assert_eq!((found.grids[0].table.rows, found.grids[0].table.header_rows), (4, 1));
}

/// A contact list with lines of one pitch, the last wrapped: two people came to share a row.
#[test]
fn two_full_lines_with_figures_are_two_rows() {
    let p = page(&[
        (20.0, &[(30.0, "Director of Roads"), (170.0, "A Person"), (260.0, "01234 500 066")]),
        (31.0, &[(30.0, "Head of Schools"), (170.0, "B Person"), (260.0, "01234 500 067")]),
        (45.0, &[(30.0, "Head of Plans, Buildings"), (170.0, "C Person"), (260.0, "01234 500 068")]),
        (56.0, &[(30.0, "and Strategy")]),
    ]);
    let found = tables(vec![p]);
    let t = rows(&found.grids[0].table);
    assert_eq!(
        t.iter().map(|r| r[0].as_str()).collect::<Vec<_>>(),
        ["Director of Roads", "Head of Schools", "Head of Plans, Buildings and Strategy"]
    );
}

/// Rules that leave out the column of labels made one cell of all of them, and the figures below lost theirs.
#[test]
fn labels_beside_rules_that_leave_them_out_stand_row_by_row() {
    let mut p = page(&[
        (20.0, &[(30.0, "Plans"), (160.0, "12.5"), (230.0, "13.5")]),
        (32.0, &[(30.0, "Roads"), (160.0, "22.5"), (230.0, "23.5")]),
        (48.0, &[(30.0, "Change"), (160.0, "35.0"), (230.0, "37.0")]),
        (64.0, &[(30.0, "Parks"), (160.0, "42.5"), (230.0, "43.5")]),
        (76.0, &[(30.0, "Schools"), (160.0, "52.5"), (230.0, "53.5")]),
    ]);
    for y in [8.0, 82.0] {
        across(&mut p, y, 25.0, 300.0);
    }
    for y in [36.0, 52.0] {
        across(&mut p, y, 140.0, 300.0);
    }
    for x in [25.0, 140.0, 300.0] {
        down(&mut p, x, 8.0, 82.0);
    }
    let found = tables(vec![p]);
    let labels: Vec<String> = rows(&found.grids[0].table).iter().map(|r| r[0].clone()).collect();
    assert_eq!(labels, ["Plans", "Roads", "Change", "Parks", "Schools"]);
}

/// A column of years ("Timescale") made its first rows headers of the rest.
#[test]
fn a_year_over_years_heads_nothing() {
    let mut p = page(&[
        (20.0, &[(30.0, "Aim"), (150.0, "Timescale")]),
        (40.0, &[(30.0, "More trees"), (150.0, "2027")]),
        (60.0, &[(30.0, "Fewer floods"), (150.0, "2028")]),
        (80.0, &[(30.0, "Cleaner air"), (150.0, "2028")]),
    ]);
    grid(&mut p, &[25.0, 140.0, 220.0], &[8.0, 28.0, 48.0, 68.0, 88.0]);
    assert_eq!(tables(vec![p]).grids[0].table.header_rows, 1);
}

/// A page of a list without walls begins with the rest of a row, and its last column is prose.
#[test]
fn the_rest_of_a_row_below_the_first_rule_of_a_page_goes_on() {
    const PROSE: &str = "the council lends and borrows at rates that are known in";
    let bars = |p: &mut PageLines, ys: &[f32]| ys.iter().for_each(|y| across(p, *y, 28.0, 520.0));
    let mut first = page(&[
        (700.0, &[(30.0, "8.1"), (60.0, "What it all comes to this"), (220.0, PROSE)]),
        (712.0, &[(60.0, "year as it stands now for"), (220.0, PROSE)]),
        (724.0, &[(60.0, "every part of the county"), (220.0, "advance.")]),
        (744.0, &[(30.0, "8.2"), (60.0, "What is due to be paid"), (220.0, PROSE)]),
        (756.0, &[(60.0, "in the next five years it"), (220.0, PROSE)]),
    ]);
    bars(&mut first, &[688.0, 730.0, 762.0]);
    let mut second = page(&[
        (50.0, &[(220.0, "advance, of which half is due soon.")]),
        (74.0, &[(220.0, PROSE)]),
        (86.0, &[(220.0, "later years.")]),
        (106.0, &[(30.0, "8.3"), (60.0, "Advice"), (220.0, PROSE)]),
        (118.0, &[(220.0, PROSE)]),
        (138.0, &[(30.0, "8.4"), (60.0, "Reports"), (220.0, PROSE)]),
        (150.0, &[(220.0, "advance.")]),
    ]);
    bars(&mut second, &[38.0, 92.0, 124.0, 156.0]);
    let found = tables(vec![first, second]);
    assert_eq!(found.grids.len(), 1);
    let numbers: Vec<String> = rows(&found.grids[0].table).iter().map(|r| r[0].clone()).collect();
    assert_eq!(numbers, ["8.1", "8.2", "8.3", "8.4"]);
}

/// A report's header: the number of a decision made names of columns of the lines above it.
#[test]
fn one_figure_in_a_list_of_labels_makes_no_header_of_the_rows_above() {
    let p = page(&[
        (20.0, &[(30.0, "From:"), (150.0, "A Person, Leader")]),
        (40.0, &[(150.0, "B Person, Director")]),
        (60.0, &[(30.0, "To:"), (150.0, "Cabinet, 30 January")]),
        (80.0, &[(30.0, "Decision:"), (150.0, "24/00115")]),
        (100.0, &[(30.0, "Subject:"), (150.0, "A plan for the county and")]),
        (111.0, &[(150.0, "its delivery")]),
        (131.0, &[(30.0, "Status:"), (150.0, "Unrestricted")]),
    ]);
    let found = tables(vec![p]);
    let labels: Vec<String> = rows(&found.grids[0].table).iter().map(|r| r[0].clone()).collect();
    assert!(labels.contains(&"To:".to_owned()), "{labels:?}");
}

/// The boxes of a slide stood side by side, and their lines came out as rows of a table.
#[test]
fn boxes_of_text_side_by_side_are_no_table() {
    let mut p = page(&[
        (30.0, &[(30.0, "Give all children"), (200.0, "Support them well"), (370.0, "Grow the workforce")]),
        (42.0, &[(30.0, "the best start"), (200.0, "where they live"), (370.0, "and keep it")]),
        (54.0, &[(30.0, "in their life"), (200.0, "and learn"), (370.0, "for years")]),
    ]);
    for left in [20.0, 190.0, 360.0] {
        let bbox = Rect::new(left, 15.0, left + 140.0, 65.0);
        p.graphics.fills.push(crate::model::Fill { bbox, colour: 0x00_80_80 });
    }
    assert!(tables(vec![p]).grids.is_empty());
}

#[test]
fn text_under_the_closing_rule_is_no_row_of_a_table_ruled_between_its_rows() {
    let mut rows =
        vec![(50.0, vec![(40.0, "Name:"), (160.0, "For:"), (220.0, "Against:"), (270.0, "Abstain:")])];
    for (i, name) in ["Rowan Ash", "Hazel Birch", "Ivy Thorn", "Basil Reed"].into_iter().enumerate() {
        rows.push((64.0 + 14.0 * i as f32, vec![(40.0, name), (160.0, "x")]));
    }
    rows.push((132.0, vec![(40.0, "Carried")]));
    rows.push((158.0, vec![(40.0, "3.0"), (90.0, "INTERESTS")]));
    rows.push((186.0, vec![(40.0, "None were declared.")]));
    let rows: Vec<(f32, &[(f32, &str)])> = rows.iter().map(|(y, p)| (*y, p.as_slice())).collect();
    let mut p = page(&rows);
    for i in 0..5 {
        across(&mut p, 54.0 + 14.0 * i as f32, 38.0, 312.0);
    }
    let found = tables(vec![p]);
    assert_eq!(found.grids.len(), 1);
    let t = &found.grids[0].table;
    assert_eq!(self::rows(t)[0], ["Name:", "For:", "Against:", "Abstain:"], "a narrow gap parts names");
    assert_eq!(
        (t.rows, self::rows(t)[4].clone()),
        (5, ["Basil Reed", "x", "", ""].map(String::from).to_vec())
    );
}

#[test]
fn a_bold_line_set_apart_is_the_title_of_the_next_table() {
    let mut p = page(&[
        (20.0, &[(40.0, "Action"), (200.0, "Officer"), (280.0, "Deadline")]),
        (38.0, &[(40.0, "Notify"), (200.0, "Clerk"), (280.0, "May")]),
        (65.0, &[(40.0, "Appendices")]),
        (83.0, &[(40.0, "1"), (200.0, "None")]),
        (101.0, &[(40.0, "2"), (200.0, "A map")]),
    ]);
    for word in p.words.iter_mut().filter(|w| w.text == "Appendices") {
        word.style.bold = true;
    }
    let found = tables(vec![p]);
    let firsts: Vec<String> = found.grids.iter().map(|g| rows(&g.table)[0][0].clone()).collect();
    assert_eq!(firsts, ["Action", "1"]);
}

/// A year in a cell of its own beside a list of funds and one of their amounts: a row as drawn.
#[test]
fn lists_in_the_cells_of_records_are_no_rows() {
    let years: Vec<(f32, Vec<(f32, &str)>)> = (0..9)
        .map(|i| {
            let mut pieces =
                vec![(110.0, ["Harbour fund", "Town hall fund", "Rink fund"][i % 3]), (230.0, "2,500")];
            if i % 3 == 0 {
                pieces.insert(0, (30.0, ["2025", "2026", "2027"][i / 3]));
            }
            (20.0 + 12.0 * i as f32 + 4.0 * (i / 3) as f32, pieces)
        })
        .collect();
    let lines: Vec<(f32, &[(f32, &str)])> = years.iter().map(|(y, p)| (*y, p.as_slice())).collect();
    let mut p = page(&lines);
    grid(&mut p, &[25.0, 100.0, 220.0, 300.0], &[10.0, 50.0, 90.0, 130.0]);
    let found = tables(vec![p]);
    let t = &found.grids[0].table;
    assert_eq!(
        (t.rows, rows(t)[1].clone()),
        (
            3,
            ["2026", "Harbour fund Town hall fund Rink fund", "2,500 2,500 2,500"].map(String::from).to_vec()
        )
    );
}
