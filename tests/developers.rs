//! One stage again, on what was kept: what runs, what stops, what is said to have changed.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests are tests, too

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn agendapack(args: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("agendapack").unwrap().args(args).assert()
}

fn stdout(run: &assert_cmd::assert::Assert) -> String {
    String::from_utf8_lossy(&run.get_output().stdout).into_owned()
}

/// The samples, converted.
struct Place {
    dir: tempfile::TempDir,
    out: PathBuf,
}

impl Place {
    fn new(pipeline: &str) -> Place {
        let dir = tempfile::tempdir().unwrap();
        let packs = dir.path().join("packs");
        std::fs::create_dir(&packs).unwrap();
        for name in ["committee-no-outline", "minutes"] {
            std::fs::copy(format!("samples/{name}.pdf"), packs.join(format!("{name}.pdf"))).unwrap();
        }
        let out = dir.path().join("out");
        let args =
            ["convert", packs.to_str().unwrap(), "--out", out.to_str().unwrap(), "--quiet", "--pipeline"];
        agendapack(&[&args[..], &[pipeline]].concat()).code(0);
        Place { dir, out }
    }

    fn stage(&self, stage: &str, more: &[&str]) -> assert_cmd::assert::Assert {
        agendapack(&[&["stage", stage, self.out.to_str().unwrap()][..], more].concat())
    }

    /// A pipeline like the one that all is kept by, with other tables.
    fn html(&self) -> String {
        let path = self.dir.path().join("html.toml");
        std::fs::write(&path, "keep = \"all\"\n[emit]\ntables = \"html\"\n").unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn kept(&self, stage: &str) -> PathBuf {
        let stamp = std::fs::read(self.out.join(".agendapack/done/minutes.json")).unwrap();
        let stamp: serde_json::Value = serde_json::from_slice(&stamp).unwrap();
        let sha256 = stamp["sha256"].as_str().unwrap();
        self.out.join(format!(".agendapack/{sha256}/{stage}.json"))
    }

    /// Every file, but those that tell of runs.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let pattern = self.out.join("**/*");
        let options = glob::MatchOptions::default();
        let paths = glob::glob_with(pattern.to_str().unwrap(), options).unwrap().flatten();
        let told = ["journal.jsonl", "summary.json", "names.jsonl"];
        let paths = paths.filter(|p| p.is_file() && !told.iter().any(|t| p.ends_with(t)));
        // Stamps hold times and numbers of files.
        let paths = paths.filter(|p| !p.parent().is_some_and(|p| p.ends_with("done")));
        paths.map(|p| (p.strip_prefix(&self.out).unwrap().to_owned(), std::fs::read(&p).unwrap())).collect()
    }
}

#[test]
fn an_equal_output_stops_the_cascade() {
    let place = Place::new("develop");
    let before = place.files();
    let told = stdout(&place.stage("tables", &["--to", "emit"]).code(0));
    assert_eq!(told, "committee-no-outline: tables unchanged, stops\nminutes: tables unchanged, stops\n");
    assert!(before == place.files());
    let told = stdout(&place.stage("blocks", &["--from", "lines"]).code(0));
    assert!(
        told.starts_with("committee-no-outline: lines unchanged, tables unchanged, blocks unchanged\n"),
        "{told}"
    );
    agendapack(&["status", place.out.to_str().unwrap()]).code(0);
}

#[test]
fn a_changed_output_goes_on_to_the_files_and_the_pack_is_fresh() {
    let place = Place::new("develop");
    let html = place.html();
    let told = stdout(&place.stage("emit", &["--pipeline", &html]).code(0));
    assert!(
        told.contains("minutes: emit changed, 2 files differ\n")
            || told.contains("emit changed, 1 file differs"),
        "{told}"
    );
    let md = std::fs::read_to_string(place.out.join("minutes/pack.md")).unwrap();
    assert!(md.contains("<table>"));
    // As `convert` would have written it.
    let packs = place.dir.path().join("packs");
    let other = place.dir.path().join("other");
    let args = [
        "convert",
        packs.to_str().unwrap(),
        "--out",
        other.to_str().unwrap(),
        "--quiet",
        "--pipeline",
        &html,
    ];
    agendapack(&args).code(0);
    let other = Place { dir: tempfile::tempdir().unwrap(), out: other.clone() };
    let outputs = |place: &Place| {
        let mut files = place.files();
        files.retain(|p, _| !p.starts_with(".agendapack/plans"));
        files
    };
    assert!(outputs(&place) == outputs(&other));
    agendapack(&["status", place.out.to_str().unwrap(), "--pipeline", &html]).code(0);
    let again =
        agendapack(&[&args[..2], &["--out", place.out.to_str().unwrap(), "--pipeline", &html]].concat());
    assert!(String::from_utf8_lossy(&again.code(0).get_output().stderr).contains("2 fresh"));
}

#[test]
fn a_diff_says_what_would_change_and_a_dry_run_writes_nothing() {
    let place = Place::new("develop");
    let before = place.files();
    let run = place.stage("emit", &["--pipeline", &place.html(), "--diff", "--dry-run"]).code(0);
    let told = stdout(&run);
    assert!(
        told.contains("--- a/minutes/pack.md\n+++ b/minutes/pack.md\n@@ ") && told.contains("\n+<table>"),
        "{told}"
    );
    assert!(
        String::from_utf8_lossy(&run.get_output().stderr).starts_with("2 packs: 2 would change, 0 unchanged")
    );
    assert!(before == place.files());

    // An observation that stands otherwise in the kept files than it would be written.
    let csv = place.out.join("minutes/observations.csv");
    let text = std::fs::read_to_string(&csv).unwrap();
    let last = text.trim_end().rfind('\n').unwrap();
    std::fs::write(&csv, &text[..=last]).unwrap();
    let run = place.stage("normalise", &["--diff"]).code(0);
    let told = stdout(&run);
    assert!(
        told.contains("minutes: normalise unchanged, stops, 1 file differs\n--- a/minutes/observations\n"),
        "{told}"
    );
    let err = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(err.contains("observations: 1 added, 0 removed, 0 changed"), "{err}");
    assert_eq!(std::fs::read_to_string(&csv).unwrap(), text, "it is written, too");
    assert_eq!(stdout(&place.stage("normalise", &["--diff"]).code(0)).lines().count(), 2);
}

#[test]
fn what_is_missing_is_made_and_said() {
    let place = Place::new("default");
    let first = stdout(&place.stage("tables", &[]).code(0));
    assert!(first.contains("minutes: extract"), "{first}");
    assert!(first.contains("lines missing, made, tables made\n"), "{first}");
    std::fs::remove_file(place.kept("lines")).unwrap();
    let told = stdout(&place.stage("blocks", &["--to", "emit"]).code(0));
    assert!(
        told.contains(
            "minutes: lines missing, made, blocks made, sections made, normalise made, emit made\n"
        ),
        "{told}"
    );
    agendapack(&["status", place.out.to_str().unwrap()]).code(0);
}

#[test]
fn one_pack_that_fails_stops_no_other() {
    let place = Place::new("develop");
    std::fs::remove_file(place.dir.path().join("packs/committee-no-outline.pdf")).unwrap();
    // All else is kept: only the stage that reads the PDF misses it.
    place.stage("sections", &[]).code(0);
    let run = place.stage("extract", &[]).code(3);
    assert_eq!(stdout(&run), "minutes: extract unchanged\n");
    let err = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(
        err.contains("error: committee-no-outline: ")
            && err.contains("[read_failed]")
            && err.contains("1 failed")
    );
    let folder = place.out.join("committee-no-outline");
    agendapack(&["stage", "extract", folder.to_str().unwrap()]).code(4);
    let folder = place.out.join("minutes");
    assert_eq!(
        stdout(&agendapack(&["stage", "extract", folder.to_str().unwrap()]).code(0)),
        "minutes: extract unchanged\n"
    );
}

#[test]
fn the_number_of_jobs_changes_no_byte() {
    let runs = ["1", "2", "8"].map(|jobs| {
        let place = Place::new("develop");
        std::fs::copy("samples/scrutiny-panel.pdf", place.dir.path().join("packs/more.pdf")).unwrap();
        let packs = place.dir.path().join("packs");
        agendapack(&["convert", packs.to_str().unwrap(), "--out", place.out.to_str().unwrap(), "--quiet"])
            .code(0);
        let more = ["--pipeline", &place.html(), "--from", "lines", "--to", "emit", "--diff", "--jobs", jobs];
        let told = stdout(&place.stage("tables", &more).code(0));
        (told, place.files())
    });
    assert!(runs[0].0.contains("more: ") && runs[0].1.len() > 20);
    assert!(runs[0] == runs[1] && runs[0] == runs[2]);
}

#[test]
fn show_and_inspect_read_a_kept_output_itself() {
    let place = Place::new("develop");
    let folder = place.out.join("minutes");
    for stage in ["lines", "tables", "sections"] {
        let file =
            stdout(&agendapack(&["show", stage, place.kept(stage).to_str().unwrap(), "--page", "2"]).code(0));
        let pack = stdout(&agendapack(&["show", stage, folder.to_str().unwrap(), "--page", "2"]).code(0));
        assert_eq!(file, pack, "{stage}");
    }
    let md = stdout(&agendapack(&["show", "emit", place.kept("emit").to_str().unwrap()]).code(0));
    assert_eq!(md, std::fs::read_to_string(folder.join("pack.md")).unwrap());
    let page = |path: &Path| stdout(&agendapack(&["inspect", path.to_str().unwrap(), "--page", "1"]).code(0));
    assert_eq!(page(&place.kept("tables")), page(&folder));
    // The PDF need not be there.
    std::fs::remove_dir_all(place.dir.path().join("packs")).unwrap();
    page(&place.kept("blocks"));
    std::fs::write(place.kept("tables"), "{\"stage\":\"tables\",\"key\":\"\",\"content\":\"\"}\n{}").unwrap();
    let run = agendapack(&["show", "tables", place.kept("tables").to_str().unwrap()]).code(4);
    assert!(String::from_utf8_lossy(&run.get_output().stderr).contains("[artefact_unreadable]"));
}

#[test]
fn stages_in_the_wrong_order_make_no_sense() {
    let place = Place::new("develop");
    place.stage("tables", &["--from", "blocks"]).code(2);
    place.stage("tables", &["--to", "lines"]).code(2);
    place.stage("tables", &["--to", "blocks", "--diff"]).code(2);
    place.stage("tables", &["--work", "elsewhere"]).code(2);
    agendapack(&["stage", "tables", "samples/minutes.pdf", "--diff"]).code(2);
    agendapack(&["stage", "tables", place.dir.path().to_str().unwrap()]).code(2);
}
