//! Scanned pages: pictures of our own samples, read back and compared with the text that they were made
//! from. Skipped with a line where tesseract is not installed.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::format_collect, clippy::format_push_string)]

mod common;

use agendapack::model::{PageNo, TextSource};
use agendapack::pdf::{Pictures, Refused};
use agendapack::picture::Grey;
use agendapack::stages::ocr::Mode;
use agendapack::tesseract::Tesseract;
use agendapack::{Converted, Options, convert};
use common::{HELVETICA, Pdf, deflate_repeated};
use std::collections::HashMap;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pixels a point: 200 dots an inch.
const SCALE: f32 = 200.0 / 72.0;

fn no_tesseract() -> bool {
    let missing = Tesseract::find().err();
    if let Some(why) = &missing {
        println!("skipped: {why}");
    }
    missing.is_some()
}

/// A page of a sample as a picture.
fn picture(sample: &str, page: u32) -> Grey {
    let bytes = std::fs::read(format!("samples/{sample}")).unwrap();
    Pictures::open(&Arc::new(bytes)).unwrap().draw(PageNo(page), SCALE).unwrap().grey
}

/// A PDF with a picture a page; `over` is drawn over each.
fn scanned(pictures: &[Grey], over: &str) -> Vec<u8> {
    let mut pdf = Pdf::default();
    let pages = pdf.reserve();
    let kids: Vec<usize> = pictures
        .iter()
        .map(|p| {
            let (w, h) = (p.width as f32 / SCALE, p.height as f32 / SCALE);
            let dict = format!(
                "/Type/XObject/Subtype/Image/Width {}/Height {}/ColorSpace/DeviceGray/BitsPerComponent 8",
                p.width, p.height
            );
            let image = pdf.packed(&dict, &p.pixels);
            let content = pdf.packed("", format!("q {w} 0 0 {h} 0 0 cm /I Do Q {over}").as_bytes());
            pdf.add(format!(
                "<</Type/Page/Parent {pages} 0 R/MediaBox[0 0 {w} {h}]/Contents {content} 0 R\
                 /Resources<</XObject<</I {image} 0 R>>{HELVETICA}>>>>"
            ))
        })
        .collect();
    let names: String = kids.iter().map(|k| format!("{k} 0 R ")).collect();
    pdf.set(pages, format!("<</Type/Pages/Count {}/Kids[{names}]>>", kids.len()));
    let root = pdf.add(format!("<</Type/Catalog/Pages {pages} 0 R>>"));
    pdf.finish(root, "")
}

fn with(mode: Mode) -> Options {
    let mut options = Options::default();
    options.ocr.mode = mode;
    options
}

/// Words of the Markdown, markup aside.
fn words(markdown: &str) -> Vec<String> {
    let body = markdown.split("\n---\n").nth(1).unwrap_or(markdown);
    let body = body.lines().filter(|l| !l.starts_with("<!--"));
    let all = body.flat_map(|l| l.split(|c: char| !c.is_alphanumeric()));
    all.filter(|w| w.len() > 1).map(str::to_lowercase).collect()
}

/// Share of the words of `whole` that `found` has, too.
fn recall(whole: &[String], found: &[String]) -> f32 {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for w in found {
        *left.entry(w).or_default() += 1;
    }
    let hit = whole.iter().filter(|w| {
        left.get_mut(w.as_str()).is_some_and(|n| {
            let any = *n > 0;
            *n = n.saturating_sub(1);
            any
        })
    });
    hit.count() as f32 / whole.len().max(1) as f32
}

fn native(sample: &str, page: u32) -> Vec<String> {
    let bytes = std::fs::read(format!("samples/{sample}")).unwrap();
    let converted = convert(bytes, sample, &Options::default()).unwrap();
    let text = converted.markdown();
    let from = text.find(&format!("<!-- page {page} -->")).unwrap();
    let to = text.find(&format!("<!-- page {} -->", page + 1)).unwrap_or(text.len());
    words(&text[from..to])
}

fn read(pictures: &[Grey], over: &str, mode: Mode) -> Converted {
    convert(scanned(pictures, over), "scan.pdf", &with(mode)).unwrap()
}

#[test]
fn scanned_minutes_read_like_the_minutes() {
    if no_tesseract() {
        return;
    }
    let upright = picture("minutes.pdf", 1);
    let truth = native("minutes.pdf", 1);
    let turned = [upright.clone(), upright.turned(1), upright.turned(2), upright.straightened(-0.012)];
    for (i, picture) in turned.into_iter().enumerate() {
        let scan = read(&[picture], "", Mode::Auto);
        let found = recall(&truth, &words(scan.markdown()));
        assert!(found > 0.97, "picture {i}: {found}\n{}", scan.markdown());
        let page = &scan.pack.pages[0];
        assert_eq!(page.text, TextSource::Ocr);
        assert!(page.ledger.balances() && page.ledger.read > 0, "{:?}", page.ledger);
        let ocr = page.ocr.as_ref().unwrap();
        assert!(ocr.confidence.is_some_and(|c| c > 0.8), "picture {i}: {ocr:?}");
        assert_eq!(ocr.turned, [0, 270, 180, 0][i], "picture {i}");
        assert!((ocr.skew.abs() > 0.5) == (i == 3), "picture {i}: {ocr:?}");
    }
}

#[test]
fn a_scanned_table_has_its_cells() {
    if no_tesseract() {
        return;
    }
    // Page 48 of the sample is a ruled table.
    let scan = read(&[picture("scrutiny-panel.pdf", 47)], "", Mode::Auto);
    let bytes = std::fs::read("samples/scrutiny-panel.pdf").unwrap();
    let whole = convert(bytes, "x.pdf", &Options::default()).unwrap();
    let shape = |c: &Converted, page: u32| {
        let on = |t: &&agendapack::model::Table| t.origin.first().is_some_and(|o| o.page == PageNo(page));
        c.pack.tables.iter().find(on).map(|t| t.cols)
    };
    assert!(shape(&whole, 47).is_some(), "the sample has a table there");
    assert_eq!(shape(&scan, 1), shape(&whole, 47));
    let read = scan.pack.tables[0].cells.iter().filter(|c| !c.is_empty());
    assert!(read.clone().count() > 5 && read.clone().all(|c| c.confidence.is_some()));
}

/// A page of our own as a picture.
fn drawn_page(content: &str) -> Grey {
    let mut pdf = Pdf::default();
    let content = pdf.packed("", content.as_bytes());
    let file = pdf.one_page(HELVETICA, content, "");
    Pictures::open(&Arc::new(file)).unwrap().draw(PageNo(1), SCALE).unwrap().grey
}

#[test]
fn the_raised_ending_of_a_number_is_no_figure() {
    if no_tesseract() {
        return;
    }
    let mut content = String::new();
    let days = [("21", "st"), ("22", "nd"), ("3", "rd"), ("14", "th"), ("22", "nd"), ("30", "th")];
    for (i, (day, end)) in days.into_iter().enumerate() {
        let y = 740 - 24 * i;
        content += &format!("BT /F 12 Tf 60 {y} Td (Read a third time on the {day}) Tj ET ");
        // By the widths of Helvetica.
        let start = 60.0 + 131.4 + 6.67 * day.len() as f32;
        content += &format!("BT /F 7.5 Tf {start} {} Td ({end}) Tj ET ", y as f32 + 4.2);
        content += &format!("BT /F 12 Tf {} {y} Td (day of October and passed) Tj ET ", start + 12.0);
    }
    let scan = read(&[drawn_page(&content)], "", Mode::Auto);
    let found =
        days.iter().filter(|(day, end)| scan.markdown().contains(&format!("the {day}{end} day"))).count();
    assert!(found >= 5, "{found} of 6\n{}", scan.markdown());
}

#[test]
fn tinted_cells_parted_by_white_gaps_are_a_table() {
    if no_tesseract() {
        return;
    }
    // Three tall rows of three cells, each with lines of its own, on two tints that hardly differ.
    let mut content = String::from("0.925 g 60 560 400 180 re f 0.88 g 60 620 400 60 re f 1 g ");
    content += "60 619 400 1.4 re f 60 679 400 1.4 re f 139 560 1.4 180 re f 339 560 1.4 180 re f 0 g ";
    for (row, year) in ["2025", "2026", "2027"].into_iter().enumerate() {
        let y = 725 - 60 * row;
        content += &format!("BT /F 11 Tf 66 {y} Td ({year}) Tj ET ");
        for (i, name) in ["Harbour reserve", "Community centre", "Fitness rooms"].into_iter().enumerate() {
            let y = y - 14 * i;
            content +=
                &format!("BT /F 11 Tf 146 {y} Td ({name}) Tj ET BT /F 11 Tf 346 {y} Td ($2,5{i}0) Tj ET ");
        }
    }
    let scan = read(&[drawn_page(&content)], "", Mode::Auto);
    let table = scan.pack.tables.first().expect("a table");
    assert_eq!((table.rows, table.cols), (3, 3), "{}", scan.markdown());
    assert!(table.cells.iter().any(|c| c.plain() == "Harbour reserve Community centre Fitness rooms"));
}

#[test]
fn stamps_over_a_scan_are_kept_and_not_read_twice() {
    if no_tesseract() {
        return;
    }
    let stamp = "BT /F 12 Tf 280 20 Td (Page 15) Tj ET";
    let scan = read(&[picture("minutes.pdf", 2)], stamp, Mode::Auto);
    let page = &scan.pack.pages[0];
    assert_eq!(page.text, TextSource::Mixed);
    assert_eq!(page.printed.as_deref(), Some("15"));
    let stamps = scan.files.get("pack.json").unwrap().matches("Page 15").count();
    assert_eq!(stamps, 1, "the stamp is native text, and its picture is not read");
}

#[test]
fn text_without_a_table_of_letters_is_read_from_its_picture() {
    if no_tesseract() {
        return;
    }
    // Every letter is moved on by three in the font's own table: what is shown is right, what is said wrong.
    let mut pdf = Pdf::default();
    let map: String =
        (b'a'..=b'z').map(|b| format!("<{b:02x}> <00{:02x}>\n", (b - b'a' + 3) % 26 + b'a')).collect();
    let cmap = pdf.packed("", format!("begincmap 1 begincodespacerange <00> <ff> endcodespacerange 26 beginbfchar {map}endbfchar endcmap").as_bytes());
    let sentence = "the committee noted the report and agreed that a further one would follow in the spring";
    let lines: String =
        (0..6).map(|i| format!("BT /G 12 Tf 60 {} Td ({sentence}) Tj ET ", 700 - 20 * i)).collect();
    let content = pdf.packed("", lines.as_bytes());
    let font = format!(
        "/Font<</G<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding/ToUnicode {cmap} 0 R>>>>"
    );
    let file = pdf.one_page(&font, content, "");
    let off = convert(file.clone(), "x.pdf", &with(Mode::Off)).unwrap();
    assert!(off.markdown().contains("wkh frpplwwhh"), "the table is wrong: {}", off.markdown());
    let auto = convert(file, "x.pdf", &Options::default()).unwrap();
    assert_eq!(auto.markdown().matches("the committee noted the report").count(), 6, "{}", auto.markdown());
    assert!(!auto.markdown().contains("wkh"));
    assert!(auto.pack.pages[0].ledger.hidden > 300, "what stood there before is kept as hidden");
    assert!(auto.pack.pages[0].ledger.balances());
}

#[test]
fn force_reads_all_pages_and_off_none() {
    if no_tesseract() {
        return;
    }
    let bytes = std::fs::read("samples/minutes.pdf").unwrap();
    let forced = convert(bytes.clone(), "m.pdf", &with(Mode::Force)).unwrap();
    assert!(forced.pack.pages.iter().all(|p| p.ledger.balances()));
    assert_eq!(forced.pack.pages[0].text, TextSource::Ocr);
    let auto = convert(bytes, "m.pdf", &Options::default()).unwrap();
    assert!(recall(&words(auto.markdown()), &words(forced.markdown())) > 0.95);
    let off = read(&[picture("minutes.pdf", 1)], "", Mode::Off);
    assert!(off.pack.issues.iter().any(|i| i.code == "no_text_layer" && i.loss));
}

fn agendapack() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin("agendapack"))
}

#[test]
fn without_tesseract_a_scan_is_partial_and_says_what_to_install() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("scan.pdf");
    let mut grey = Grey::white(400, 500);
    grey.pixels[50_000..60_000].fill(0);
    std::fs::write(&file, scanned(&[grey], "")).unwrap();
    // Whether or not the stages' outputs are kept.
    for pipeline in ["default", "develop"] {
        let out = dir.path().join(pipeline);
        let convert = |path: &str| {
            let mut command = agendapack();
            command.arg("convert").arg(&file).args(["--json", "--pipeline", pipeline, "--out"]).arg(&out);
            command.env("PATH", path).output().unwrap()
        };
        let done = convert("/nowhere");
        assert_eq!(done.status.code(), Some(0), "a partial document counts as done");
        let events = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(events.contains("\"partial\"") && events.contains("no_text_layer"), "{events}");
        let json = std::fs::read_to_string(out.join("scan/pack.json")).unwrap();
        assert!(json.contains("apt install tesseract-ocr"), "the hint says how to install it");
        assert_eq!(json.matches("\"no_text_layer\"").count(), 1, "told once");
        assert!(String::from_utf8_lossy(&convert("/nowhere").stdout).contains("\"outcome\":\"skipped\""));
        if no_tesseract() {
            continue;
        }
        // Now that there is a reader, the same command reads it.
        let path = std::env::var("PATH").unwrap();
        let again = String::from_utf8_lossy(&convert(&path).stdout).into_owned();
        assert!(!again.contains("\"outcome\":\"skipped\"") && !again.contains("no_text_layer"), "{again}");
    }
}

#[test]
fn without_tesseract_pages_that_were_to_be_read_again_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let (text, scan) = (dir.path().join("text.pdf"), dir.path().join("scan.pdf"));
    std::fs::copy("samples/minutes.pdf", &text).unwrap();
    let mut grey = Grey::white(400, 500);
    grey.pixels[50_000..60_000].fill(0);
    std::fs::write(&scan, scanned(&[grey], "")).unwrap();
    let out = dir.path().join("out");
    let forced = |path: &str| {
        let mut command = agendapack();
        command.arg("convert").args([&text, &scan]).args(["--json", "--ocr", "force", "--out"]).arg(&out);
        String::from_utf8_lossy(&command.env("PATH", path).output().unwrap().stdout).into_owned()
    };
    forced("/nowhere");
    let json = |name: &str| std::fs::read_to_string(out.join(name).join("pack.json")).unwrap();
    assert!(json("text").contains("\"not_read_again\"") && !json("text").contains("no_text_layer"));
    let lost = json("scan").matches("\"no_text_layer\"").count();
    assert!(lost == 1 && !json("scan").contains("not_read_again"), "it has nothing that could stand");
    if !no_tesseract() {
        let again = forced(&std::env::var("PATH").unwrap());
        assert!(
            !again.contains("\"outcome\":\"skipped\"") && !json("text").contains("not_read_again"),
            "{again}"
        );
    }
}

/// Starting a program, even to ask its version, costs as much as the stage.
#[cfg(unix)]
#[test]
fn a_stage_of_a_pack_without_scanned_pages_starts_no_reader() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let (out, asked) = (dir.path().join("out"), dir.path().join("asked"));
    let program = dir.path().join("tesseract");
    std::fs::write(&program, format!("#!/bin/sh\necho >>'{}'\necho tesseract 5.0\n", asked.display()))
        .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let run = |arguments: &[&str]| {
        let done = agendapack().args(arguments).env("PATH", dir.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let folder = out.to_str().unwrap();
    run(&["convert", "samples/minutes.pdf", "--pipeline", "develop", "--out", folder]);
    run(&["stage", "sections", out.join("minutes").to_str().unwrap()]);
    run(&["convert", "samples/minutes.pdf", "--pipeline", "develop", "--force", "--out", folder]);
    assert!(!asked.exists());
}

#[test]
fn a_picture_is_read_once_for_two_packs() {
    if no_tesseract() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let page = picture("minutes.pdf", 1);
    // The same sheet under two stamps.
    for (name, number) in [("a", 7), ("b", 19)] {
        let stamp = format!("BT /F 12 Tf 280 20 Td (Page {number}) Tj ET");
        std::fs::write(dir.path().join(format!("{name}.pdf")), scanned(std::slice::from_ref(&page), &stamp))
            .unwrap();
    }
    let out = dir.path().join("out");
    let status = agendapack()
        .args(["convert", "--quiet", "--jobs", "1", "--out"])
        .arg(&out)
        .arg(dir.path())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    let kept = || -> usize {
        let folders = std::fs::read_dir(out.join(".agendapack/ocr")).unwrap().flatten();
        folders.map(|d| std::fs::read_dir(d.path()).unwrap().count()).sum()
    };
    assert_eq!(kept(), 1);
    let prune = |more: &[&str]| agendapack().arg("prune").arg(&out).args(more).status().unwrap().success();
    std::fs::remove_file(dir.path().join("a.pdf")).unwrap();
    assert!(prune(&[]) && kept() == 1, "the other pack has it, too");
    std::fs::remove_file(dir.path().join("b.pdf")).unwrap();
    assert!(prune(&["--all-gone"]) && kept() == 0, "no pack has it any more");
}

#[test]
fn languages_that_are_none_are_a_usage_error() {
    for langs in ["", "eng+", "-psm", "eng;rm"] {
        let out = agendapack()
            .args(["convert", "samples/minutes.pdf", "--out", "/nowhere", "--ocr-lang"])
            .arg(format!("{langs} "))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{langs}: {text}");
    }
}

/// A page of one picture, as hostile as its dictionary and data make it.
fn hostile(dict: &str, data: &[u8]) -> Vec<u8> {
    let mut pdf = Pdf::default();
    let image = pdf.stream(&format!("/Type/XObject/Subtype/Image{dict}"), data);
    let content = pdf.packed("", b"q 595 0 0 842 0 0 cm /I Do Q");
    pdf.one_page(&format!("/XObject<</I {image} 0 R>>"), content, "")
}

fn drawn(file: Vec<u8>) -> Result<bool, Refused> {
    let begun = Instant::now();
    let drawn = Pictures::open(&Arc::new(file)).unwrap().draw(PageNo(1), 1.0).map(|d| d.damaged);
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    drawn
}

#[test]
fn pictures_of_sixty_thousand_pixels_a_side_are_refused() {
    let sides = "/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceGray";
    let bomb = deflate_repeated(&[0; 1024], 60_000);
    assert_eq!(drawn(hostile(&format!("{sides}/Filter/FlateDecode"), &bomb)), Err(Refused::TooLarge));
    let fax = "/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 60000/Rows 60000>>";
    let small = "/Width 10/Height 60000/BitsPerComponent 1/ColorSpace/DeviceGray";
    assert_eq!(drawn(hostile(&format!("{small}{fax}"), &[0; 64])), Err(Refused::TooLarge));
    // The dictionary says little; the data ask for more.
    let modest = "/Width 10/Height 10/BitsPerComponent 1/ColorSpace/DeviceGray";
    let side = 60_000_u32.to_be_bytes();
    let mut page = vec![0, 0, 0, 0, 48, 0, 1, 0, 0, 0, 19];
    page.extend([side, side].concat());
    page.extend([0; 11]);
    assert_eq!(drawn(hostile(&format!("{modest}/Filter/JBIG2Decode"), &page)), Err(Refused::TooLarge));
    let mut jpx = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0];
    jpx.extend([side, side, [0; 4], [0; 4], side, side, [0; 4], [0; 4]].concat());
    jpx.extend([0, 1, 7, 1, 1]);
    assert_eq!(drawn(hostile(&format!("{modest}/Filter/JPXDecode"), &jpx)), Err(Refused::TooLarge));
}

#[test]
fn broken_pictures_are_told() {
    let sides = "/Width 1000/Height 1400/BitsPerComponent 1/ColorSpace/DeviceGray";
    let noise: Vec<u8> = (0..4000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for filter in ["JBIG2Decode", "JPXDecode", "DCTDecode", "CCITTFaxDecode"] {
        // Facsimile data can be read as something, whatever they are.
        let told = drawn(hostile(&format!("{sides}/Filter/{filter}"), &noise));
        assert!(told == Ok(true) || filter == "CCITTFaxDecode" && told.is_ok(), "{filter}: {told:?}");
        if no_tesseract() {
            continue;
        }
        let file = hostile(&format!("{sides}/Filter/{filter}"), &noise);
        let converted = convert(file, "x.pdf", &Options::default()).unwrap();
        let told = converted.pack.issues.iter().any(|i| i.code == "picture_unreadable" && i.loss);
        assert!(told || filter == "CCITTFaxDecode", "{filter}: {:?}", converted.pack.issues);
    }
}

#[test]
fn thousands_of_tiny_pictures_are_refused() {
    let mut pdf = Pdf::default();
    let dict = "/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray";
    let images: Vec<usize> = (0..3000).map(|_| pdf.stream(dict, &[0])).collect();
    let names: String = images.iter().map(|i| format!("/I{i} {i} 0 R")).collect();
    let draws: String = images.iter().map(|i| format!("q 595 0 0 842 0 0 cm /I{i} Do Q ")).collect();
    let content = pdf.packed("", draws.as_bytes());
    let file = pdf.one_page(&format!("/XObject<<{names}>>"), content, "");
    assert_eq!(drawn(file.clone()), Err(Refused::TooMany));
    if no_tesseract() {
        return;
    }
    let converted = convert(file, "x.pdf", &Options::default()).unwrap();
    assert!(converted.pack.issues.iter().any(|i| i.code == "picture_over_limit" && i.loss));
}
