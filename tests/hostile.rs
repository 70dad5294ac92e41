//! Damaged and odd files: nothing may panic, hang or vanish without a code.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::format_collect, clippy::too_many_lines)]

mod common;

use common::{HELVETICA, Pdf, deflate};

use agendapack::Error;
use agendapack::error::Class;
use agendapack::model::Extract;
use agendapack::stages::Stage;
use agendapack::stages::extract::{Extraction, Input, Options};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn extract(bytes: Vec<u8>) -> Result<Extract, Error> {
    Extraction::run(
        Input { bytes: Arc::new(bytes), filename: "hostile.pdf".into(), sha256: None, beside: None },
        &Options::default(),
    )
}

/// Ends as it should: pages in order, or an error that is no bug.
fn check(name: &str, result: &Result<Extract, Error>) {
    match result {
        Ok(x) => {
            assert!(!x.pages.is_empty(), "{name}: no pages and no error");
            for (i, page) in x.pages.iter().enumerate() {
                assert_eq!(page.page.index(), i, "{name}");
                for run in &page.runs {
                    let count = run.text.chars().count();
                    assert_eq!((run.offsets.len(), run.advances.len()), (count, count), "{name}");
                    let numbers = run.offsets.iter().chain(&run.advances).chain(&run.origin);
                    assert!(numbers.chain([&run.size]).all(|v| v.is_finite()), "{name}");
                    assert!(usize::from(run.font) < page.fonts.len(), "{name}");
                }
            }
            let panics = x.issues.iter().filter(|i| i.code == "page_panicked").count();
            assert_eq!(panics, 0, "{name}: a page panicked");
        }
        Err(e) => assert_ne!(e.class(), Class::Bug, "{name}: {e}"),
    }
}

#[test]
fn the_hostile_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/hostile");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return;
    };
    let mut files: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    files.sort();
    for path in files.iter().filter(|p| p.extension().is_some_and(|e| e == "pdf")) {
        let name = path.display().to_string();
        let begun = Instant::now();
        check(&name, &extract(std::fs::read(path).unwrap()));
        assert!(begun.elapsed() < Duration::from_secs(20), "{name} took {:?}", begun.elapsed());
    }
}

/// Small steps of a fixed generator: the same mutations on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

#[test]
fn bytes_changed_at_random_never_panic() {
    let whole = common::small_fixture();
    check("fixture", &extract(whole.clone()));
    let mut dice = Dice(2026);
    for round in 0..1500 {
        let mut file = whole.clone();
        match round % 4 {
            0 => file.truncate(dice.roll(whole.len())),
            1 => {
                let (at, length) = (dice.roll(file.len()), dice.roll(40));
                let end = (at + length).min(file.len());
                file.drain(at..end);
            }
            2 => {
                let (from, to) = (dice.roll(file.len()), dice.roll(file.len()));
                let piece: Vec<u8> = file[from..(from + 30).min(file.len())].to_vec();
                file.splice(to..to, piece);
            }
            _ => {}
        }
        for _ in 0..=dice.roll(8) {
            if file.is_empty() {
                break;
            }
            let at = dice.roll(file.len());
            file[at] = match dice.roll(3) {
                0 => dice.roll(256) as u8,
                1 => b'0' + dice.roll(10) as u8,
                _ => b"()<>[]/% R-"[dice.roll(11)],
            };
        }
        check(&format!("mutation {round}"), &extract(file));
    }
}

#[test]
fn the_small_fixture_is_read_in_full() {
    let x = extract(common::small_fixture()).unwrap();
    let page = &x.pages[0];
    let texts: Vec<&str> = page.runs.iter().map(|r| r.text.as_str()).collect();
    assert_eq!(texts, ["Hello", "world", "Afi", "Page 1"]);
    assert_eq!(page.runs[0].mcid, Some(0));
    assert_eq!((page.runs[0].origin, page.runs[0].size), ([72.0, 142.0], 12.0));
    assert_eq!((page.runs[3].depth, page.runs[3].origin), (1, [250.0, 817.0]));
    assert!(page.fonts[usize::from(page.runs[0].font)].bold);
    assert_eq!(
        (page.graphics.rulings.len(), page.graphics.fills.len(), page.graphics.links.len()),
        (4, 1, 1)
    );
    assert_eq!(page.graphics.fills[0].colour, 0x00FF_0000);
    assert_eq!(page.label.as_deref(), Some("i"));
    assert_eq!(x.document.title.as_deref(), Some("A small file"));
    assert_eq!(x.document.created.as_deref(), Some("2022-10-24T10:30:00Z"));
    assert_eq!((x.document.outline.len(), x.document.outline[0].top), (1, Some(142.0)));
    assert_eq!(x.document.structure.len(), 1);
    assert_eq!(x.document.structure[0].content, [(page.page, 0)]);
}

/// Codes of what was lost, and the text.
fn lost(bytes: Vec<u8>) -> (Vec<String>, String) {
    let x = extract(bytes).unwrap();
    let text = x.pages.iter().flat_map(|p| &p.runs).map(|r| r.text.as_str()).collect::<Vec<_>>().join(" ");
    assert!(x.issues.iter().all(|i| i.loss), "{:?}", x.issues);
    (x.issues.into_iter().map(|i| i.code).collect(), text)
}

fn codes(bytes: &[u8]) -> Vec<String> {
    lost(bytes.to_vec()).0
}

/// A page with Helvetica as `F`, and whatever stands in its content.
fn page(content: &[u8]) -> Vec<u8> {
    let mut pdf = Pdf::default();
    let content = pdf.stream("", content);
    pdf.one_page(HELVETICA, content, "")
}

/// A download that broke off was converted as if nothing was missing.
#[test]
fn a_file_whose_end_is_missing_says_so() {
    let whole = std::fs::read("samples/minutes.pdf").unwrap();
    assert!(codes(&whole).is_empty());
    assert_eq!(codes(&whole[..whole.len() - whole.len() / 20]), ["repaired"]);
    // Bytes behind the end are no matter.
    assert!(codes(&[&whole[..], b"\n% more\n"].concat()).is_empty());
    // Made for the web: there is a table at the start, too, and the length.
    let mut web = whole.clone();
    web.splice(9..9, b"%/Linearized 1/L 99999999>> startxref\n".iter().copied());
    assert_eq!(codes(&web), ["repaired"]);
}

/// Half of a page was gone, and nobody was told.
#[test]
fn a_content_stream_that_breaks_off_says_so() {
    let text: String =
        (0..400).map(|i| format!("BT /F 9 Tf 50 {i} Td (line {}) Tj ET\n", i * 7919)).collect();
    let whole = deflate(text.as_bytes());
    let file = |data: &[u8]| {
        let mut pdf = Pdf::default();
        let content = pdf.stream("/Filter/FlateDecode", data);
        pdf.one_page(HELVETICA, content, "")
    };
    assert!(codes(&file(&whole)).is_empty());
    let (codes, text) = lost(file(&whole[..whole.len() / 2]));
    assert_eq!(codes[0], "stream_damaged");
    assert!(text.starts_with("line 0"), "what came before is kept: {text}");
    let mut wrong = whole.clone();
    let middle = wrong.len() / 2;
    wrong[middle] ^= 0x10;
    assert_eq!(lost(file(&wrong)).0[0], "stream_damaged", "text that is another than was written");
}

#[test]
fn a_form_that_is_damaged_or_missing_says_so() {
    let file = |data: &[u8], named: &str| {
        let mut pdf = Pdf::default();
        let form = pdf.stream("/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Filter/FlateDecode", data);
        let content = pdf.packed("", format!("/{named} Do").as_bytes());
        pdf.one_page(&format!("{HELVETICA}/XObject<</X {form} 0 R/Y 99 0 R>>"), content, "")
    };
    let whole = deflate(b"BT /F 9 Tf (A form of some length, so that it can lose its end) Tj ET");
    assert!(codes(&file(&whole, "X")).is_empty());
    assert_eq!(codes(&file(&whole[..whole.len() - 9], "X"))[0], "stream_damaged");
    assert_eq!(codes(&file(&whole, "Y")), ["object_missing"], "the file does not have it");
    assert_eq!(codes(&file(&whole, "Z")), ["object_missing"], "the page does not know it");
}

#[test]
fn content_that_is_not_there_says_so() {
    let file = |contents: &str| {
        let mut pdf = Pdf::default();
        let first = pdf.packed("", b"BT /F 9 Tf (First) Tj ET");
        let pages = pdf.reserve();
        let page = pdf.add(format!(
            "<</Type/Page/Parent {pages} 0 R/MediaBox[0 0 99 99]/Resources<<{HELVETICA}>>{contents}>>"
        ));
        pdf.set(pages, format!("<</Type/Pages/Count 1/Kids[{page} 0 R]>>"));
        let root = pdf.add(format!("<</Type/Catalog/Pages {pages} 0 R>>"));
        assert_eq!(first, 1);
        pdf.finish(root, "")
    };
    for sound in ["/Contents 1 0 R", "/Contents[1 0 R 1 0 R]", "/Contents[]", "/Contents null", ""] {
        assert!(codes(&file(sound)).is_empty(), "{sound}");
    }
    for broken in ["/Contents 99 0 R", "/Contents[1 0 R 99 0 R]"] {
        assert_eq!(codes(&file(broken)), ["object_missing"], "{broken}");
    }
}

#[test]
fn operators_that_cannot_be_read_say_so() {
    let sound: [&[u8]; 4] = [
        b"BT /F 9 Tf (a) Tj [] TJ ET 0 i 1 j BX EX % the end",
        b"q BI /W 1 /H 1 ID x EI",
        b"q BI /W 1 /H 1 ID x EI Q\n",
        b"/A#42 gs [/x 1] 0 d",
    ];
    for content in sound {
        assert!(codes(&page(content)).is_empty(), "{}", content.escape_ascii());
    }
    let broken: [&[u8]; 7] = [
        b"BT /F 9 Tf (a) Xj ET",
        b"BT /F 9 Tf Tj ET",
        b"BT /F 9 Tf (a) TJ ET",
        b"BT 9 Tf ET",
        b"BT /F 9 Tf (a) Tj (no end of it ET",
        b"BT /F 9 Tf (a) Tj ET ) (never) Tj",
        b"BT /F 9 Tf (a) Tj ET 1 0 0",
    ];
    for content in broken {
        assert_eq!(codes(&page(content)), ["content_damaged"], "{}", content.escape_ascii());
    }
}

#[test]
fn a_font_whose_letters_are_damaged_says_so() {
    let file = |map: &[u8]| {
        let mut pdf = Pdf::default();
        let unicode = pdf.stream("/Filter/FlateDecode", map);
        let content = pdf.packed("", b"BT /G 10 Tf 72 600 Td <00010002> Tj ET");
        let font = format!(
            "/Font<</G<</Type/Font/Subtype/Type0/BaseFont/Some/Encoding/Identity-H/ToUnicode {unicode} 0 R\
             /DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/Some\
             /CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/W[1[600 700]]>>]>>>>"
        );
        pdf.one_page(&font, content, "")
    };
    let map = deflate(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange
          2 beginbfchar <0001> <0041> <0002> <0042> endbfchar endcmap",
    );
    assert_eq!(lost(file(&map)), (vec![], "AB".to_owned()));
    assert_eq!(codes(&file(&map[..map.len() - 4])), ["font_damaged"]);
}

/// Pages that the tree counts and nobody finds were missing without a word.
#[test]
fn pages_that_are_missing_say_so() {
    let file = |count: &str, kids: &str| {
        let mut pdf = Pdf::default();
        let content = pdf.packed("", b"BT /F 9 Tf (First) Tj ET");
        let page = pdf.reserve();
        let pages = pdf.add(format!("<</Type/Pages{count}/Kids{kids}>>"));
        let body = format!("<</Type/Page/Parent {pages} 0 R/MediaBox[0 0 99 99]/Contents {content} 0 R>>");
        pdf.set(page, body.replace("/Contents", &format!("/Resources<<{HELVETICA}>>/Contents")));
        let root = pdf.add(format!("<</Type/Catalog/Pages {pages} 0 R>>"));
        pdf.finish(root, "")
    };
    assert!(codes(&file("/Count 1", "[2 0 R]")).is_empty());
    assert_eq!(codes(&file("/Count 2", "[2 0 R 99 0 R]")), ["pages_missing"]);
    assert_eq!(lost(file("", "(no list)")), (vec!["pages_missing".into()], "First".into()));
}

#[test]
fn packed_objects_that_are_damaged_say_so() {
    let file = |cut: usize| {
        // The catalogue and the list of pages are packed; the stream goes on behind them.
        let (root, pages) = ("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>");
        let head = format!("1 0 2 {} ", root.len() + 1);
        let packed = deflate(format!("{head}{root} {pages} {}", "(more) ".repeat(9)).as_bytes());
        let data = &packed[..packed.len() - cut];
        let mut out = b"%PDF-1.7\n".to_vec();
        let mut places = [0; 7];
        let mut add = |number: usize, body: &[u8], out: &mut Vec<u8>| {
            places[number] = out.len();
            out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
            out.extend_from_slice(body);
            out.extend_from_slice(b"\nendobj\n");
        };
        let stream = |dict: &str, data: &[u8]| {
            let head = format!("<<{dict}/Length {}>>\nstream\n", data.len());
            [head.as_bytes(), data, b"\nendstream"].concat()
        };
        let page = format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Resources<<{HELVETICA}>>/Contents 4 0 R>>"
        );
        add(3, page.as_bytes(), &mut out);
        add(4, &stream("", b"BT /F 9 Tf (First) Tj ET"), &mut out);
        let dict = format!("/Type/ObjStm/N 2/First {}/Filter/FlateDecode", head.len());
        add(5, &stream(&dict, data), &mut out);
        let start = out.len();
        let entry = |kind: u8, place: usize, third: u8| [kind, (place >> 8) as u8, place as u8, third];
        let table = [
            entry(0, 0, 0),
            entry(2, 5, 0),
            entry(2, 5, 1),
            entry(1, places[3], 0),
            entry(1, places[4], 0),
            entry(1, places[5], 0),
            entry(1, start, 0),
        ]
        .concat();
        out.extend_from_slice(b"6 0 obj\n");
        out.extend(stream("/Type/XRef/Size 7/W[1 2 1]/Root 1 0 R", &table));
        out.extend_from_slice(format!("\nendobj\nstartxref\n{start}\n%%EOF\n").as_bytes());
        out
    };
    assert_eq!(lost(file(0)), (vec![], "First".into()));
    assert_eq!(lost(file(3)), (vec!["stream_damaged".into()], "First".into()));
}

/// A table of objects that leads nowhere: they were searched for, and nobody was told.
#[test]
fn a_table_of_objects_that_is_damaged_says_so() {
    let whole = page(b"BT /F 9 Tf (a) Tj ET");
    assert!(codes(&whole).is_empty());
    let text = String::from_utf8_lossy(&whole);
    let at = text.find("startxref").unwrap() - (text.len() - whole.len());
    let mut broken = whole.clone();
    broken[at + 10] = b'9';
    assert_eq!(codes(&broken), ["repaired"]);
}

/// Whatever byte of a packed stream is another: the text is the same, or something is told.
#[test]
fn no_byte_of_a_stream_changes_text_in_silence() {
    let whole = std::fs::read("samples/minutes.pdf").unwrap();
    let (codes, text) = lost(whole.clone());
    assert!(codes.is_empty());
    let find = |word: &[u8], from: usize| {
        whole[from..].windows(word.len()).position(|w| w == word).map(|at| from + at)
    };
    let (mut streams, mut at) = (Vec::new(), 0);
    while let Some(start) = find(b"stream\n", at) {
        let end = find(b"endstream", start).unwrap();
        streams.push(start + 7..end - 1);
        at = end + 9;
    }
    assert!(streams.len() > 5);
    let (mut dice, mut told) = (Dice(7), 0);
    for stream in streams {
        for _ in 0..40 {
            let mut file = whole.clone();
            let place = stream.start + dice.roll(stream.len());
            file[place] ^= 1 << dice.roll(8);
            let (codes, now) = lost(file);
            assert!(now == text || !codes.is_empty(), "byte {place} changes the text in silence");
            told += usize::from(!codes.is_empty());
        }
    }
    assert!(told > 40, "the content stream alone is hit 40 times: {told}");
}
