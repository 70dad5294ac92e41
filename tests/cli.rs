//! The command line as its users meet it: arguments, outputs, exit codes.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests are tests, too

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const MINUTES: &str = "samples/minutes.pdf";

fn agendapack() -> Command {
    Command::cargo_bin("agendapack").unwrap()
}

fn convert(out: &Path, more: &[&str]) -> Command {
    let mut command = agendapack();
    command.arg("convert").args(more).arg("--out").arg(out);
    command
}

/// All files below a folder but the work folder, by relative path.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, out: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                if !path.ends_with(".agendapack") {
                    walk(root, &path, out);
                }
            } else {
                out.insert(path.strip_prefix(root).unwrap().into(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(folder, folder, &mut out);
    out
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_pack_becomes_a_folder_of_files() {
    let out = tempfile::tempdir().unwrap();
    let run = convert(out.path(), &[MINUTES]).assert().code(0);
    assert!(text(&run.get_output().stderr).starts_with("1 document: 1 done"));
    assert!(run.get_output().stdout.is_empty());
    let files = tree(out.path());
    let md = text(&files[Path::new("minutes/pack.md")]);
    assert!(md.starts_with("---\n") && md.contains("<!-- page 2 -->"));
    let pack: serde_json::Value = serde_json::from_slice(&files[Path::new("minutes/pack.json")]).unwrap();
    assert_eq!(pack["schema"], "agendapack/pack");
    assert_eq!(pack["source"]["pages"], 4);
    assert!(files.contains_key(Path::new("minutes/observations.csv")));
    assert!(files.keys().any(|p| p.starts_with("minutes/tables")));
}

#[test]
fn what_is_fresh_is_skipped_until_something_changes() {
    let out = tempfile::tempdir().unwrap();
    let summary = |more: &[&str]| {
        let args: Vec<&str> = [MINUTES].iter().chain(more).copied().collect();
        text(&convert(out.path(), &args).assert().code(0).get_output().stderr)
    };
    assert!(summary(&[]).contains("1 done"));
    assert!(summary(&[]).contains("1 fresh"));
    assert!(summary(&["--force"]).contains("1 done"));
    assert!(summary(&["--tables", "html"]).contains("1 done"), "an option changed");
    std::fs::write(out.path().join("minutes/pack.md"), "edited").unwrap();
    assert!(summary(&["--tables", "html"]).contains("1 done"), "an output was edited");
    assert!(summary(&["--tables", "html"]).contains("1 fresh"));
}

#[test]
fn folders_globs_and_lists_are_inputs() {
    for (args, stdin) in [
        (vec!["samples"], String::new()),
        (vec!["samples/*.pdf"], String::new()),
        (
            vec!["-"],
            "samples/minutes.pdf\nsamples/scrutiny-panel.pdf\nsamples/committee-no-outline.pdf\n".into(),
        ),
    ] {
        let out = tempfile::tempdir().unwrap();
        convert(out.path(), &args).arg("--quiet").write_stdin(stdin).assert().code(0).stderr("");
        let packs =
            std::fs::read_dir(out.path()).unwrap().flatten().filter(|e| e.file_name() != ".agendapack");
        assert_eq!(packs.count(), 3, "{args:?}");
    }
}

#[test]
fn the_output_does_not_depend_on_the_number_of_threads() {
    let trees = ["1", "2", "7"].map(|jobs| {
        let out = tempfile::tempdir().unwrap();
        convert(out.path(), &["samples", "--quiet", "--jobs", jobs]).assert().code(0);
        tree(out.path())
    });
    assert!(trees[0].len() > 10);
    assert!(trees[0] == trees[1] && trees[0] == trees[2]);
}

#[test]
fn options_shape_the_markdown() {
    let out = tempfile::tempdir().unwrap();
    convert(out.path(), &[MINUTES, "--tables", "html", "--no-page-marks", "--split", "--quiet"])
        .assert()
        .code(0);
    let files = tree(out.path());
    let md = text(&files[Path::new("minutes/pack.md")]);
    assert!(md.contains("<table>") && !md.contains("<!-- page"));
    assert!(files.keys().any(|p| p.starts_with("minutes/sections")));
}

#[test]
fn a_pipeline_file_sets_options() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mine.toml");
    std::fs::write(&file, "keep = [\"lines\"]\n[emit]\nwrite = [\"markdown\"]\n").unwrap();
    let out = dir.path().join("out");
    convert(&out, &[MINUTES, "--quiet", "--pipeline", file.to_str().unwrap()]).assert().code(0);
    assert_eq!(tree(&out).keys().collect::<Vec<_>>(), [Path::new("minutes/pack.md")]);
    let kept = glob(&out.join(".agendapack/*/*.json"));
    assert!(
        kept.iter().any(|p| p.ends_with("lines.json")) && !kept.iter().any(|p| p.ends_with("blocks.json"))
    );
}

/// docs/profiles.md, done: a family of tables is added by files alone.
#[test]
fn a_file_adds_a_family_of_tables() {
    let guide = std::fs::read_to_string("docs/profiles.md").unwrap();
    let example = guide.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("my-words.toml"), example).unwrap();
    let pipeline = dir.path().join("mine.toml");
    std::fs::write(&pipeline, "vocabulary = \"my-words.toml\"\n").unwrap();
    let out = dir.path().join("out");
    let run = |pipeline: &str| {
        convert(&out, &["samples/scrutiny-panel.pdf", "--quiet", "--pipeline", pipeline]).assert().code(0);
        let files = tree(&out);
        let pack: serde_json::Value =
            serde_json::from_slice(&files[Path::new("scrutiny-panel/pack.json")]).unwrap();
        let observations = pack["observations"].as_array().unwrap().clone();
        let of = |o: &&serde_json::Value| o["profile"] == "school-absence";
        observations.iter().filter(of).cloned().collect::<Vec<_>>()
    };
    assert!(run("default").is_empty());
    let found = run(pipeline.to_str().unwrap());
    assert!(found.iter().any(|o| o["indicator_id"] == "absence_primary" && o["measure"] == "absence_rate"));
    std::fs::write(dir.path().join("my-words.toml"), "[[tables]]\nhedaers = []\n").unwrap();
    convert(&out, &[MINUTES, "--pipeline", pipeline.to_str().unwrap()]).assert().code(2);
}

fn glob(pattern: &Path) -> Vec<PathBuf> {
    glob::glob(pattern.to_str().unwrap()).unwrap().flatten().collect()
}

#[test]
fn one_bad_file_neither_stops_nor_hides() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(MINUTES, dir.path().join("good.pdf")).unwrap();
    std::fs::write(dir.path().join("bad.pdf"), "<html>404</html>").unwrap();
    let out = dir.path().join("out");
    let args = [dir.path().to_str().unwrap(), "--quiet"];
    let run = convert(&out, &args).assert().code(3);
    let err = text(&run.get_output().stderr);
    assert!(err.contains("bad.pdf") && err.contains("[not_pdf]") && err.contains("hint:"), "{err}");
    assert!(out.join("good/pack.md").exists() && !out.join("bad").exists());
    // A failure that will not change is remembered, and still told.
    let again = text(&convert(&out, &args).assert().code(3).get_output().stderr);
    assert!(again.contains("[not_pdf, as before]"), "{again}");
}

#[test]
fn the_only_document_failing_is_exit_4() {
    let dir = tempfile::tempdir().unwrap();
    let bad = dir.path().join("bad.pdf");
    std::fs::write(&bad, "no PDF").unwrap();
    let out = dir.path().join("out");
    convert(&out, &[bad.to_str().unwrap()]).assert().code(4);
    let missing = convert(&out, &["no-such-file.pdf"]).assert().code(4);
    assert!(text(&missing.get_output().stderr).contains("[read_failed]"));
}

#[test]
fn what_makes_no_sense_is_exit_2() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    agendapack().assert().code(2);
    agendapack().args(["convert", MINUTES]).assert().code(2);
    convert(dir.path(), &[MINUTES, "--tables", "word"]).assert().code(2);
    convert(dir.path(), &[MINUTES, "--pipeline", "no-such"]).assert().code(2);
    convert(dir.path(), &[folder]).assert().code(2);
    convert(Path::new(MINUTES), &[MINUTES]).assert().code(2);
    agendapack().args(["show", "lines", folder]).assert().code(2);
    agendapack().args(["inspect", MINUTES, "--page", "99"]).assert().code(2);
}

#[test]
fn an_output_that_cannot_be_written_is_exit_5() {
    let run = convert(&Path::new(MINUTES).join("below-a-file"), &[MINUTES]).assert().code(5);
    assert!(text(&run.get_output().stderr).contains("[write_failed]"));
}

#[test]
fn help_and_version_are_no_errors() {
    for args in [vec!["--help"], vec!["--version"], vec!["convert", "--help"], vec!["inspect", "--help"]] {
        agendapack().args(args).assert().code(0);
    }
    let help = text(&agendapack().args(["convert", "--help"]).assert().get_output().stdout);
    assert!(help.contains("Examples:") && help.contains("Exit codes:"));
}

#[test]
fn events_are_json_lines() {
    let out = tempfile::tempdir().unwrap();
    let run = convert(out.path(), &[MINUTES, "--json"]).assert().code(0);
    let events: Vec<serde_json::Value> =
        text(&run.get_output().stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let names: Vec<&str> = events.iter().filter_map(|e| e["event"].as_str()).collect();
    assert_eq!(names, ["run_started", "started", "finished", "run_finished"]);
    assert_eq!(events[2]["outcome"], "done");
    assert_eq!(events[2]["pages"], 4);
    let journal = std::fs::read_to_string(out.path().join(".agendapack/journal.jsonl")).unwrap();
    assert_eq!(journal.lines().count(), 4);
}

#[test]
fn stages_run_alone_on_stored_inputs() {
    let dir = tempfile::tempdir().unwrap();
    let work = dir.path().to_str().unwrap();
    let stage = |name: &str| {
        let run = agendapack().args(["stage", name, MINUTES, "--work", work]).assert().code(0);
        let text = text(&run.get_output().stdout);
        text.lines().filter(|l| l.ends_with(" ms")).map(|l| l[..10].trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(stage("tables"), ["extract", "ocr", "lines", "tables"]);
    assert_eq!(stage("tables"), ["tables"], "its input is stored");
    assert_eq!(stage("emit"), ["blocks", "sections", "normalise", "emit"]);
}

#[test]
fn what_a_stage_made_can_be_shown() {
    let show = |stage: &str, page: &str| {
        text(
            &agendapack().args(["show", stage, MINUTES, "--page", page]).assert().code(0).get_output().stdout,
        )
    };
    for stage in ["extract", "lines", "tables", "blocks", "sections", "normalise"] {
        let value: serde_json::Value = serde_json::from_str(&show(stage, "2")).unwrap();
        assert!(value.is_object(), "{stage}");
    }
    let lines: serde_json::Value = serde_json::from_str(&show("lines", "2")).unwrap();
    assert_eq!(lines["pages"].as_array().map(Vec::len), Some(1));
    assert!(show("emit", "2").starts_with("<!-- page 2 -->"));
}

#[test]
fn a_converted_pack_is_looked_at_by_its_folder() {
    let out = tempfile::tempdir().unwrap();
    convert(out.path(), &[MINUTES, "--quiet"]).assert().code(0);
    let folder = out.path().join("minutes");
    let run = agendapack().args(["show", "emit"]).arg(&folder).assert().code(0);
    assert_eq!(run.get_output().stdout, std::fs::read(folder.join("pack.md")).unwrap());
}

#[test]
fn a_page_is_drawn_with_its_layers() {
    let run = agendapack().args(["inspect", MINUTES, "--page", "1"]).assert().code(0);
    let svg = text(&run.get_output().stdout);
    for layer in ["fills", "rulings", "images", "words", "lines", "cells", "blocks", "furniture", "legend"] {
        assert!(svg.contains(&format!("<g class=\"{layer}\"")), "{layer}");
    }
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    let run = agendapack().args(["inspect", MINUTES, "--page", "1", "--layers", "words"]).assert().code(0);
    assert!(!text(&run.get_output().stdout).contains("class=\"blocks\""));
}

#[test]
fn completions_name_the_commands() {
    let run = agendapack().args(["completions", "bash"]).assert().code(0);
    assert!(text(&run.get_output().stdout).contains("convert"));
}

/// What a shell would do: start, read a little, go away.
#[cfg(unix)]
mod processes {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};

    fn agendapack(args: &[&str]) -> std::process::Child {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("agendapack"));
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    }

    #[test]
    fn a_reader_that_goes_away_has_seen_enough() {
        let mut child = agendapack(&["show", "lines", "samples/scrutiny-panel.pdf"]);
        let mut some = [0; 16];
        child.stdout.take().unwrap().read_exact(&mut some).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }

    #[test]
    fn an_interrupted_run_is_exit_130_and_goes_on_later() {
        let dir = tempfile::tempdir().unwrap();
        let packs = dir.path().join("packs");
        std::fs::create_dir(&packs).unwrap();
        for i in 0..300 {
            std::fs::copy("samples/minutes.pdf", packs.join(format!("{i}.pdf"))).unwrap();
        }
        let (packs, out) = (packs.to_str().unwrap(), dir.path().join("out"));
        let out = out.to_str().unwrap();
        let mut child = agendapack(&["convert", packs, "--out", out, "--json", "--jobs", "1"]);
        let mut events = BufReader::new(child.stdout.take().unwrap()).lines();
        events.next().unwrap().unwrap();
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let last = events.map_while(Result::ok).last().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let summary: serde_json::Value = serde_json::from_str(&last).unwrap();
        assert_eq!(summary["event"], "run_finished");
        assert!(summary["left"].as_u64().unwrap() > 0, "{last}");
    }
}

#[test]
fn the_meetings_record_beside_a_pdf_is_laid_beside_the_pack() {
    let dir = tempfile::tempdir().unwrap();
    let pdf = dir.path().join("minutes.pdf");
    std::fs::copy(MINUTES, &pdf).unwrap();
    let out = dir.path().join("out");
    let xml = dir.path().join("minutes.xml");
    let pack = || -> serde_json::Value {
        convert(&out, &[pdf.to_str().unwrap(), "--quiet"]).assert().success();
        serde_json::from_slice(&std::fs::read(out.join("minutes/pack.json")).unwrap()).unwrap()
    };
    let codes = |pack: &serde_json::Value| -> Vec<String> {
        pack["issues"].as_array().unwrap().iter().map(|i| i["code"].as_str().unwrap().to_owned()).collect()
    };
    let alone = pack();
    assert!(alone["meeting"].get("identifiers").is_none());
    // A record that appears later makes the output stale; where it differs, the pack stands.
    std::fs::write(&xml, "<meeting><meetingid>77</meetingid><meetingdate>01/01/1999</meetingdate></meeting>")
        .unwrap();
    let beside = pack();
    assert_eq!(beside["meeting"]["identifiers"][0]["identifier"], "77");
    assert_eq!(beside["meeting"]["start_date"], alone["meeting"]["start_date"]);
    assert!(codes(&beside).contains(&"meeting_record_differs".to_owned()));
    // A hostile one is refused, with a code.
    std::fs::write(&xml, "<!DOCTYPE x [<!ENTITY a \"b\">]><meeting><meetingid>&a;</meetingid></meeting>")
        .unwrap();
    let refused = pack();
    assert!(codes(&refused).contains(&"meeting_record_refused".to_owned()));
    assert!(refused["meeting"].get("identifiers").is_none());
}
