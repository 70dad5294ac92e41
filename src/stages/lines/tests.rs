use super::*;
use crate::model::{Font, Furniture, TextRun};

fn run(text: &str, x: f32, y: f32, size: f32) -> TextRun {
    let n = text.chars().count();
    TextRun {
        text: text.into(),
        offsets: (0..n).map(|i| i as f32 * size * 0.5).collect(),
        advances: vec![size * 0.5; n],
        origin: [x, y],
        size,
        ..TextRun::default()
    }
}

fn page(runs: Vec<TextRun>) -> Page {
    Page {
        page: crate::model::PageNo(1),
        size: [595.0, 842.0],
        fonts: vec![Font::default()],
        runs,
        ..Page::default()
    }
}

fn texts(p: &PageLines) -> Vec<String> {
    p.lines.iter().map(|l| p.text_of(l)).collect()
}

fn lines_of(pages: Vec<Page>) -> Vec<PageLines> {
    Lining::run(Extract { pages, ..Extract::default() }, &Options::default()).unwrap().pages
}

#[test]
fn words_part_at_spaces_and_gaps_whatever_the_order_of_painting() {
    let p = page_lines(page(vec![run("world", 50.0, 100.0, 10.0), run("hello", 20.0, 100.0, 10.0)]));
    assert_eq!(texts(&p), ["hello world"]);
    let p = page_lines(page(vec![run("one two", 20.0, 100.0, 10.0)]));
    assert_eq!(p.words.len(), 2);
}

#[test]
fn a_title_typed_with_spaces_between_its_letters_is_closed_up() {
    let p = page_lines(page(vec![run("A G E N D A", 20.0, 100.0, 10.0)]));
    assert_eq!(texts(&p), ["AGENDA"]);
    let p = page_lines(page(vec![run("A B C", 20.0, 100.0, 10.0)]));
    assert_eq!(texts(&p), ["A B C"]);
}

#[test]
fn a_wide_gap_ends_the_line() {
    let p = page_lines(page(vec![run("left", 20.0, 100.0, 10.0), run("right", 90.0, 100.0, 10.0)]));
    assert_eq!(texts(&p), ["left", "right"]);
}

#[test]
fn text_struck_twice_counts_once() {
    let p = page_lines(page(vec![run("Bold", 20.0, 100.0, 10.0), run("Bold", 20.4, 100.0, 10.0)]));
    assert_eq!(texts(&p), ["Bold"]);
    assert_eq!((p.read, p.duplicate), (8, 4));
}

#[test]
fn a_raised_ordinal_stays_with_its_number() {
    let p = page_lines(page(vec![
        run("13", 20.0, 100.0, 12.0),
        run("th", 32.0, 95.0, 7.0),
        run("May", 46.0, 100.0, 12.0),
    ]));
    assert_eq!(texts(&p), ["13th May"]);
    assert!(p.words[1].style.superscript && p.words[1].glued);
}

#[test]
fn letter_spaced_headings_keep_their_words() {
    let spaced = |text: &str| {
        let mut r = run(text, 20.0, 100.0, 10.0);
        r.offsets = (0..r.offsets.len()).map(|i| i as f32 * 8.0).collect();
        r
    };
    let p = page_lines(page(vec![spaced("AGENDA PACK")]));
    assert_eq!(texts(&p), ["AGENDA PACK"]);
}

#[test]
fn a_page_whose_text_reads_upwards_is_turned() {
    let mut r = run("A long enough line of text that reads upwards along the page", 100.0, 800.0, 10.0);
    r.angle = 270.0;
    let p = page_lines(page(vec![r]));
    assert_eq!(p.turned, Turn::Left);
    assert_eq!(p.size, [842.0, 595.0]);
    assert!(p.lines[0].bbox.left < 50.0 && p.lines[0].bbox.top > 80.0 && p.lines[0].bbox.bottom < 110.0);
    assert_eq!(p.lines[0].turn, Turn::None);
}

#[test]
fn stamps_upright_and_turned_are_furniture_and_a_page_of_one_line_is_not() {
    let mut pages = Vec::new();
    for n in 1..=4u32 {
        let mut turned = run(&format!("Page {n}"), 40.0, 300.0, 12.0);
        turned.angle = 90.0;
        let stamp = if n == 3 { turned } else { run(&format!("Page {n}"), 280.0, 805.0, 12.0) };
        pages.push(page(vec![run("Only this line is text", 60.0, 300.0, 12.0), stamp]));
    }
    for p in lines_of(pages) {
        assert_eq!(p.lines.iter().filter(|l| l.fate == LineFate::Body).count(), 1);
        assert!(p.lines.iter().any(|l| l.fate == LineFate::Furniture(Furniture::PageStamp)));
    }
}

#[test]
fn running_headers_go_and_first_lines_of_text_stay() {
    let mut pages = Vec::new();
    for n in 1..=5u32 {
        let mut runs = vec![run("Annual Report of the Partnership", 60.0, 40.0, 9.0)];
        for i in 0..20 {
            runs.push(run(
                &format!(
                    "{} is what line {i} says",
                    ["Snow", "Rain", "Wind", "Hail", "Sun"][(i + n as usize) % 5]
                ),
                60.0,
                80.0 + 14.0 * i as f32,
                11.0,
            ));
        }
        pages.push(page(runs));
    }
    for p in lines_of(pages) {
        let body = p.lines.iter().filter(|l| l.fate == LineFate::Body).count();
        assert_eq!(body, 20);
    }
}

#[test]
fn an_ocr_layer_over_a_picture_is_the_text() {
    let mut r = run("scanned words here", 60.0, 300.0, 12.0);
    r.visibility = Visibility::Invisible;
    let mut scan = page(vec![r.clone()]);
    scan.graphics.images.push(ImageBox { bbox: Rect::new(0.0, 0.0, 595.0, 842.0), width: 10, height: 10 });
    let p = page_lines(scan);
    assert!(p.ocr_layer && p.lines[0].fate == LineFate::Body);
    let p = page_lines(page(vec![r]));
    assert_eq!(p.lines[0].fate, LineFate::Hidden(Visibility::Invisible));
}

#[test]
fn a_bullet_at_the_top_of_every_page_is_no_running_header() {
    let mut pages = Vec::new();
    for n in 0..4usize {
        let word = ["Snow", "Rain", "Wind", "Hail"][n];
        let mut runs = vec![
            run("•", 84.0, 82.0, 12.0),
            run(&format!("{word} was noted by the panel"), 108.0, 82.0, 12.0),
        ];
        runs.extend((0..9).map(|i| {
            run(
                &format!("{} lines of text follow on", ["a", "b", "c"][(i + n) % 3]),
                72.0,
                110.0 + 14.0 * i as f32,
                12.0,
            )
        }));
        pages.push(page(runs));
    }
    for p in lines_of(pages) {
        assert!(p.lines.iter().all(|l| l.fate == LineFate::Body));
    }
}

/// A page of text with a line at its foot and one at its head.
fn page_with_margins(n: u32, head: &str, foot: &str) -> Page {
    let mut runs: Vec<TextRun> = (0..20)
        .map(|i| run("a line of the text of this page", 60.0, 150.0 + 20.0 * i as f32, 10.0))
        .collect();
    runs.push(run(head, 60.0, 52.0, 10.0));
    runs.push(run(foot, 60.0, 790.0, 10.0));
    Page { page: crate::model::PageNo(n), ..page(runs) }
}

fn furniture_of(pages: &[PageLines]) -> Vec<String> {
    let gone = |l: &&crate::model::Line| matches!(l.fate, LineFate::Furniture(_));
    pages.iter().flat_map(|p| p.lines.iter().filter(gone).map(|l| p.text_of(l))).collect()
}

#[test]
fn a_last_line_that_comes_once_is_no_footer() {
    let feet = ["the last row of a table", "a sentence at the foot", "Minutes of the Panel"];
    let pages = (1..).zip(feet).map(|(n, foot)| page_with_margins(n, "Annual report", foot)).collect();
    assert_eq!(furniture_of(&lines_of(pages)), ["Annual report"; 3]);
}

#[test]
fn questions_that_count_on_are_no_running_header() {
    let pages = (1..4)
        .map(|n| {
            let mut page = page_with_margins(n, "", "");
            page.runs.push(run(&format!("Question {n}"), 400.0, 68.0, 10.0));
            page
        })
        .collect();
    assert_eq!(furniture_of(&lines_of(pages)), [""; 0]);
}

#[test]
fn a_unit_over_the_tables_of_some_pages_is_no_running_header() {
    let pages = (1..4).map(|n| page_with_margins(n, "All figures in £m", "")).collect();
    assert_eq!(furniture_of(&lines_of(pages)), [""; 0]);
}

#[test]
fn a_footnote_is_no_footer() {
    let mut page = page_with_margins(1, "", "");
    page.runs.push(run("7", 60.0, 775.0, 5.0));
    page.runs.push(run("In line with the rules of the fund", 64.0, 778.0, 8.0));
    page.runs.push(run("3", 290.0, 800.0, 10.0));
    assert_eq!(furniture_of(&lines_of(vec![page])), ["3"]);
}

#[test]
fn numbers_beside_every_line_are_furniture_and_paragraph_numbers_are_not() {
    let numbered = |pitch: f32| {
        let row = |i: usize| {
            let y = 100.0 + pitch * i as f32;
            [run(&format!("{}", i + 1), 30.0, y, 8.0), run("words of the line", 60.0, y, 10.0)]
        };
        lines_of(vec![page((0..12).flat_map(row).collect())])
    };
    assert_eq!(furniture_of(&numbered(14.0)).len(), 12);
    assert_eq!(furniture_of(&numbered(40.0)).len(), 0);
}

#[test]
fn columns_with_a_narrow_gutter_are_parted_where_their_lines_begin() {
    // The baselines of the columns meet in every third row only.
    let row = |i: usize| {
        let y = 100.0 + 14.0 * i as f32;
        let other = if i.is_multiple_of(3) { y } else { y + 7.0 };
        [run("some words of this column", 40.0, y, 10.0), run("and of that", 170.0, other, 10.0)]
    };
    let runs = (0..12).flat_map(row).collect();
    let texts = texts(&page_lines(page(runs)));
    assert!(texts.iter().all(|t| !t.ends_with("and of that") || t == "and of that"), "{texts:?}");
}

#[test]
fn the_number_of_a_chapter_stays_with_its_title() {
    let bold = Font { bold: true, ..Font::default() };
    let pages = [("Background", "2"), ("Council tax", "6"), ("Reserves", "12")]
        .into_iter()
        .enumerate()
        .map(|(i, (title, number))| {
            let mut page = page_with_margins(i as u32 + 1, "", "");
            page.fonts.push(bold.clone());
            page.runs.push(TextRun { font: 1, ..run(title, 300.0, 60.0, 10.0) });
            page.runs.push(TextRun { font: 1, ..run(number, 500.0, 60.0, 10.0) });
            page
        })
        .collect();
    assert_eq!(furniture_of(&lines_of(pages)), [""; 0]);
}

#[test]
fn a_word_that_overruns_its_cell_is_parted_from_the_next_cell_at_the_rule() {
    let mut two = page(vec![run("Information", 20.0, 100.0, 10.0), run("Ref", 74.5, 100.0, 10.0)]);
    assert_eq!(texts(&page_lines(two.clone())), ["InformationRef"]);
    let rule =
        crate::model::Ruling { horizontal: false, at: 73.0, start: 80.0, end: 140.0, width: 0.5, colour: 0 };
    two.graphics.rulings.push(rule);
    assert_eq!(texts(&page_lines(two)), ["Information", "Ref"]);
}

/// "2028" in the last row of a slide's table, where its page number would stand, was lost.
#[test]
fn a_last_figure_is_no_page_number_unless_it_counts_on() {
    let pages = |numbers: [&str; 4]| {
        let page = |(n, foot): (usize, &str)| page_with_margins(n as u32 + 1, "", foot);
        lines_of(numbers.into_iter().enumerate().map(page).collect())
    };
    assert_eq!(furniture_of(&pages(["2028", "2026", "5", "12"])), [""; 0]);
    assert_eq!(furniture_of(&pages(["7", "8", "9", "10"])), ["7", "8", "9", "10"]);
    assert_eq!(furniture_of(&pages(["7", "2028", "9", "10"])), ["7", "9", "10"]);
}

/// A page of paragraphs of a line each, under what stands at its top.
fn single_page(top: Vec<TextRun>, rules: &[f32]) -> PageLines {
    let mut runs = top;
    runs.extend(
        (0..12).map(|i| run("The panel heard what had been done.", 72.0, 120.0 + 30.0 * i as f32, 11.0)),
    );
    let mut page = page(runs);
    for at in rules {
        let rule = crate::model::Ruling {
            horizontal: true,
            at: *at,
            start: 70.0,
            end: 525.0,
            width: 1.0,
            colour: 0,
        };
        page.graphics.rulings.push(rule);
    }
    lines_of(vec![page]).remove(0)
}

fn fate_of(page: &PageLines, text: &str) -> LineFate {
    let line = page.lines.iter().find(|l| page.text_of(l) == text).unwrap();
    line.fate
}

#[test]
fn the_first_line_of_a_single_page_is_its_title_unless_it_stands_off() {
    let near =
        single_page(vec![run("Town Committee", 72.0, 48.0, 11.0), run("Minutes", 72.0, 76.0, 11.0)], &[]);
    assert_eq!(fate_of(&near, "Town Committee"), LineFate::Body);
    let far = single_page(vec![run("Town Committee", 72.0, 48.0, 11.0)], &[]);
    assert!(matches!(fate_of(&far, "Town Committee"), LineFate::Furniture(_)));
    let aside = vec![run("Appendix 1", 460.0, 48.0, 11.0), run("Minutes", 72.0, 76.0, 11.0)];
    assert!(matches!(fate_of(&single_page(aside, &[]), "Appendix 1"), LineFate::Furniture(_)));
}

#[test]
fn what_a_rule_along_the_margin_shuts_off_is_furniture() {
    let top = || vec![run("Minutes: Board", 72.0, 60.0, 10.0), run("Date: 25 May", 72.0, 73.0, 10.0)];
    let mut runs = top();
    runs.extend([run("Town", 280.0, 790.0, 9.0), run("Page 2 of 9", 460.0, 815.0, 8.0)]);
    let page = single_page(runs, &[78.0, 775.0]);
    for text in ["Minutes: Board", "Date: 25 May", "Town", "Page 2 of 9"] {
        assert!(matches!(fate_of(&page, text), LineFate::Furniture(_)), "{text}");
    }
    assert_eq!(fate_of(&single_page(top(), &[]), "Date: 25 May"), LineFate::Body, "too far in without one");
    let header = [(72.0, "Service"), (200.0, "Budget"), (300.0, "Actual"), (400.0, "Change")];
    let header = header.map(|(x, text)| run(text, x, 70.0, 10.0)).to_vec();
    assert_eq!(fate_of(&single_page(header, &[76.0]), "Budget"), LineFate::Body, "a table's header");
}
