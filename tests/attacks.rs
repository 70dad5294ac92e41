//! Files made to hurt: each must end within seconds and half a gigabyte, with a code or an issue.
//!
//! Every attack runs in a process of its own, which reports what it took.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::format_collect, clippy::too_many_lines)]

mod common;

use agendapack::stages::Stage;
use agendapack::stages::extract::{Extraction, Input, Options};
use common::{HELVETICA, Pdf, deflate, deflate_repeated};
use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;

/// Seconds of CPU that an attack may take.
const SECONDS: f64 = 5.0;
/// Kilobytes of memory that it may take.
const KILOBYTES: u64 = 512 << 10;

/// What the child read.
#[derive(Debug)]
struct Report {
    /// `ok`, or the error's code.
    end: String,
    /// Codes of the issues, and characters read.
    issues: String,
    characters: usize,
}

/// Runs the file in a child, and checks what it took.
fn attack(name: &str, file: &[u8]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("{name}.pdf"));
    std::fs::write(&path, file).unwrap();
    let out = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"])
        .env("ATTACK", &path)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    let line = text.lines().find_map(|l| l.split("REPORT ").nth(1));
    let line = line.unwrap_or_else(|| {
        panic!("{name} ended the process: {:?}\n{}", out.status, String::from_utf8_lossy(&out.stderr))
    });
    let fields: Vec<&str> = line.split('|').collect();
    let seconds: f64 = fields[3].parse().unwrap();
    let memory: u64 = fields[4].parse().unwrap();
    println!("{name}: {line}");
    assert!(seconds <= SECONDS, "{name} took {seconds} s");
    assert!(memory <= KILOBYTES, "{name} took {memory} kB");
    Report { end: fields[0].into(), issues: fields[1].into(), characters: fields[2].parse().unwrap() }
}

#[test]
#[ignore = "run by the others, in a process of its own"]
fn child() {
    let Ok(path) = std::env::var("ATTACK") else { return };
    let bytes = Arc::new(std::fs::read(path).unwrap());
    let result = Extraction::run(
        Input { bytes, filename: "attack.pdf".into(), sha256: None, beside: None },
        &Options::default(),
    );
    let (end, issues, characters) = match &result {
        Ok(x) => {
            let codes: Vec<&str> = x.issues.iter().map(|i| i.code.as_str()).collect();
            let characters = x.pages.iter().flat_map(|p| &p.runs).map(|r| r.text.chars().count()).sum();
            ("ok", codes.join(","), characters)
        }
        Err(e) => (e.code(), String::new(), 0_usize),
    };
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let stat = read("/proc/self/stat");
    let ticks: f64 = stat
        .rsplit(") ")
        .next()
        .unwrap_or("")
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|v| v.parse::<f64>().ok())
        .sum();
    let peak = read("/proc/self/status");
    let peak = peak
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .unwrap_or("0")
        .trim()
        .trim_end_matches(" kB")
        .trim();
    println!("REPORT {end}|{issues}|{characters}|{}|{peak}", ticks / 100.0);
}

#[test]
fn flate_bomb_as_content() {
    let mut pdf = Pdf::default();
    let content = pdf.stream("/Filter/FlateDecode", &deflate_repeated(b"q Q ", 400 << 18));
    let r = attack("flate-bomb", &pdf.one_page("", content, ""));
    assert!(r.issues.contains("content_too_large"), "{r:?}");
}

#[test]
fn double_flate_bomb_as_content() {
    let mut pdf = Pdf::default();
    let twice = deflate(&deflate_repeated(&[0; 64], (1 << 30) / 64));
    let content = pdf.stream("/Filter[/FlateDecode/FlateDecode]", &twice);
    let r = attack("double-flate", &pdf.one_page("", content, ""));
    assert!(r.issues.contains("content_too_large"), "{r:?}");
}

#[test]
fn large_content_shared_by_thirty_pages() {
    let mut pdf = Pdf::default();
    let content =
        pdf.stream("/Filter/FlateDecode", &deflate_repeated(b"BT /F 9 Tf 9 9 Td (word) Tj ET\n", 1_500_000));
    let pages = pdf.reserve();
    let kids: String = (0..30)
        .map(|_| {
            let page = pdf.add(format!(
                "<</Type/Page/Parent {pages} 0 R/MediaBox[0 0 595 842]/Resources<<{HELVETICA}>>/Contents {content} 0 R>>"
            ));
            format!("{page} 0 R ")
        })
        .collect();
    pdf.set(pages, format!("<</Type/Pages/Count 30/Kids[{kids}]>>"));
    let root = pdf.add(format!("<</Type/Catalog/Pages {pages} 0 R>>"));
    let r = attack("shared-content", &pdf.finish(root, ""));
    assert!(r.issues.contains("page_over_limit") || r.issues.contains("out_of_time"), "{r:?}");
}

/// A composite font with these entries in its descendant and itself, showing two codes.
fn composite(descendant: &str, own: &str, unicode: Option<Vec<u8>>) -> Vec<u8> {
    let mut pdf = Pdf::default();
    let mut own = own.to_owned();
    if let Some(data) = unicode {
        let stream = pdf.stream("/Filter/FlateDecode", &data);
        write!(own, "/ToUnicode {stream} 0 R").unwrap();
    }
    let content = pdf.packed("", b"BT /G 10 Tf 72 700 Td <00010002> Tj ET");
    let font = format!(
        "/Font<</G<</Type/Font/Subtype/Type0/BaseFont/Some/Encoding/Identity-H{own}/DescendantFonts[<</Type/Font\
         /Subtype/CIDFontType2/BaseFont/Some/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>{descendant}>>]>>>>"
    );
    pdf.one_page(&font, content, "")
}

#[test]
fn widths_without_end() {
    let r = attack("giant-w", &composite("/W[0 4294967290 500]", "", None));
    assert_eq!(r.end, "ok");
    attack("giant-w2", &composite("/W2[0 4294967290 500 0 0]", "", None));
    let many = "0 60000 500 ".repeat(100_000);
    attack("many-w", &composite(&format!("/W[{many}]"), "", None));
}

#[test]
fn to_unicode_of_gigabytes() {
    let r = attack("to-unicode", &composite("", "", Some(deflate_repeated(&[b' '; 64], (2 << 30) / 64))));
    assert_eq!(r.end, "ok");
    let entries = deflate_repeated(b"1 beginbfrange <0000> <ffff> <0041> endbfrange\n", 170_000);
    attack("to-unicode-entries", &composite("", "", Some(entries)));
    let wide = deflate(b"begincmap 1 begincodespacerange <00000000> <ffffffff> endcodespacerange
        1 beginbfrange <00000000> <ffffffff> <0041> endbfrange 1 begincidrange <00000000> <ffffffff> 0 endcidrange endcmap");
    attack("to-unicode-wide", &composite("", "", Some(wide)));
}

/// Forms of which each draws the next one ten times.
#[test]
fn nested_forms_times_ten() {
    let mut pdf = Pdf::default();
    let numbers: Vec<usize> = (0..10).map(|_| pdf.reserve()).collect();
    for (i, number) in numbers.iter().enumerate() {
        let next = numbers.get(i + 1).map(|n| format!("/XObject<</X {n} 0 R>>")).unwrap_or_default();
        let body = if next.is_empty() { "0 0 1 1 re f".to_owned() } else { "/X Do ".repeat(10) };
        let dict =
            format!("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<{next}>>/Length {}", body.len());
        pdf.set(*number, format!("<<{dict}>>\nstream\n{body}\nendstream"));
    }
    let content = pdf.stream("", b"/X Do");
    let resources = format!("/XObject<</X {} 0 R>>", numbers[0]);
    let r = attack("nested-forms", &pdf.one_page(&resources, content, ""));
    assert!(r.issues.contains("page_over_limit"), "{r:?}");
}

#[test]
fn a_form_that_draws_itself() {
    let mut pdf = Pdf::default();
    let form = pdf.reserve();
    let dict = format!("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X {form} 0 R>>>>");
    pdf.set(form, format!("<<{dict}/Length 12>>\nstream\n/X Do /X Do \nendstream"));
    let content = pdf.stream("", b"/X Do BT ET");
    let r = attack("recursive-form", &pdf.one_page(&format!("/XObject<</X {form} 0 R>>"), content, ""));
    assert_eq!(r.end, "ok");
}

#[test]
fn page_trees_that_bite_their_tail() {
    let mut pdf = Pdf::default();
    let pages = pdf.reserve();
    pdf.set(pages, format!("<</Type/Pages/Count 9/Kids[{pages} 0 R {pages} 0 R]>>"));
    let root = pdf.add(format!("<</Type/Catalog/Pages {pages} 0 R>>"));
    let r = attack("page-tree-loop", &pdf.finish(root, ""));
    assert_eq!(r.end, "damaged");

    let mut pdf = Pdf::default();
    let first = pdf.reserve();
    let mut last = first;
    for _ in 0..50_000 {
        let next = pdf.reserve();
        pdf.set(last, format!("<</Type/Pages/Count 1/Kids[{next} 0 R]>>"));
        last = next;
    }
    pdf.set(last, "<</Type/Page/MediaBox[0 0 9 9]>>");
    let root = pdf.add(format!("<</Type/Catalog/Pages {first} 0 R>>"));
    attack("page-tree-deep", &pdf.finish(root, ""));
}

#[test]
fn a_page_of_fourteen_million_points() {
    let mut pdf = Pdf::default();
    let content =
        pdf.stream("", b"BT /F 12 Tf 1e7 1e7 Td (far) Tj ET 0 0 1.4e7 1.4e7 re f 0 0 m 1.4e7 0 l S");
    let pages = pdf.reserve();
    let page = pdf.add(format!(
        "<</Type/Page/Parent {pages} 0 R/MediaBox[0 0 14000000 14000000]/UserUnit 75000/Resources<<{HELVETICA}>>/Contents {content} 0 R>>"
    ));
    pdf.set(pages, format!("<</Type/Pages/Count 1/Kids[{page} 0 R]>>"));
    let root = pdf.add(format!("<</Type/Catalog/Pages {pages} 0 R>>"));
    let r = attack("huge-page", &pdf.finish(root, ""));
    assert!(r.issues.contains("page_too_large"), "{r:?}");
    assert_eq!(r.characters, 3, "the text is kept, off the page");
}

#[test]
fn outlines_and_trees_in_circles() {
    let mut pdf = Pdf::default();
    let content = pdf.stream("", b"BT ET");
    let outline = pdf.reserve();
    let (a, b) = (pdf.reserve(), pdf.reserve());
    pdf.set(outline, format!("<</First {a} 0 R/Last {b} 0 R>>"));
    pdf.set(a, format!("<</Title(A)/Next {b} 0 R/First {b} 0 R/Parent {outline} 0 R>>"));
    pdf.set(b, format!("<</Title(B)/Next {a} 0 R/First {a} 0 R/Parent {a} 0 R>>"));
    let tree = pdf.reserve();
    let element = pdf.reserve();
    pdf.set(tree, format!("<</Type/StructTreeRoot/K {element} 0 R/RoleMap<</X/Y/Y/X>>>>"));
    pdf.set(element, format!("<</S/X/K[{element} 0 R {tree} 0 R [[[{element} 0 R]]] 0]>>"));
    let names = pdf.reserve();
    pdf.set(names, format!("<</Kids[{names} 0 R {names} 0 R]/Names[(a)[0 /Fit]]/Nums[0<</S/r>>]>>"));
    let more = format!(
        "/Outlines {outline} 0 R/StructTreeRoot {tree} 0 R/Names<</Dests {names} 0 R/EmbeddedFiles {names} 0 R>>/PageLabels {names} 0 R"
    );
    let r = attack("circles", &pdf.one_page("", content, &more));
    assert_eq!(r.end, "ok");
}

#[test]
fn cross_references_in_circles() {
    let mut file = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n".to_vec();
    let start = file.len();
    file.extend_from_slice(
        format!("xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 3/Root 1 0 R/Prev {start}/XRefStm {start}>>\nstartxref\n{start}\n%%EOF").as_bytes(),
    );
    let r = attack("xref-loop", &file);
    assert_eq!(r.end, "damaged");
}

#[test]
fn arrays_and_dictionaries_without_bottom() {
    let mut pdf = Pdf::default();
    let deep = "[".repeat(2_000_000);
    let content = pdf.packed("", format!("{deep} TJ BT ET").as_bytes());
    attack("deep-array-content", &pdf.one_page(HELVETICA, content, ""));
    let mut pdf = Pdf::default();
    let content = pdf.stream("", b"BT ET");
    let more = format!("/X {}", "<</A ".repeat(500_000));
    attack("deep-dict", &pdf.one_page(HELVETICA, content, &more));
    let mut pdf = Pdf::default();
    let content = pdf.packed("", format!("BT /F 9 Tf {} ET", "(".repeat(3_000_000)).as_bytes());
    attack("deep-string", &pdf.one_page(HELVETICA, content, ""));
}

#[test]
fn object_stream_bomb() {
    let mut pdf = Pdf::default();
    let content = pdf.stream("", b"BT ET");
    pdf.stream("/Type/ObjStm/N 1/First 4/Filter/FlateDecode", &deflate_repeated(&[b' '; 64], (1 << 30) / 64));
    let r = attack("object-stream", &pdf.one_page("", content, ""));
    assert_eq!(r.end, "limit_exceeded");
}

#[test]
fn marks_states_and_paths_without_end() {
    let mut pdf = Pdf::default();
    let mut body = "q /P <</MCID 1>> BDC ".repeat(300_000);
    body.push_str(&"0 0 m 1 1 l ".repeat(300_000));
    body.push_str("S BT /F 9 Tf (x) Tj ET");
    let content = pdf.packed("", body.as_bytes());
    let r = attack("deep-states", &pdf.one_page(HELVETICA, content, ""));
    assert_eq!(r.end, "ok");
}

#[test]
fn a_field_of_annotations() {
    let mut pdf = Pdf::default();
    let form = pdf.stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", &b"0 0 m 9 9 l S ".repeat(20_000));
    let content = pdf.stream("", b"BT ET");
    let annotation = pdf.add(format!("<</Subtype/Stamp/Rect[0 0 9 9]/AP<</N {form} 0 R>>>>"));
    let all = format!("{annotation} 0 R ").repeat(20_000);
    let pages = pdf.reserve();
    let page = pdf.add(format!(
        "<</Type/Page/Parent {pages} 0 R/MediaBox[0 0 595 842]/Contents {content} 0 R/Annots[{all}]>>"
    ));
    pdf.set(pages, format!("<</Type/Pages/Count 1/Kids[{page} 0 R]>>"));
    let root = pdf.add(format!("<</Type/Catalog/Pages {pages} 0 R>>"));
    let r = attack("annotations", &pdf.finish(root, ""));
    assert!(r.issues.contains("page_over_limit"), "{r:?}");
}
