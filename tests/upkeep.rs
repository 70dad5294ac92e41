//! Looking after an output folder: `status`, `verify`, `prune`, and what they leave alone.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests are tests, too

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn agendapack(args: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("agendapack").unwrap().args(args).assert()
}

fn stdout(run: &assert_cmd::assert::Assert) -> String {
    String::from_utf8_lossy(&run.get_output().stdout).into_owned()
}

/// Packs in a folder of their own, converted with everything kept.
struct Place {
    _dir: tempfile::TempDir,
    packs: PathBuf,
    out: PathBuf,
}

impl Place {
    fn new(names: &[&str]) -> Place {
        let dir = tempfile::tempdir().unwrap();
        let (packs, out) = (dir.path().join("packs"), dir.path().join("out"));
        std::fs::create_dir(&packs).unwrap();
        for (i, name) in names.iter().enumerate() {
            let sample = ["minutes", "committee-no-outline"][i % 2];
            std::fs::copy(format!("samples/{sample}.pdf"), packs.join(format!("{name}.pdf"))).unwrap();
        }
        let place = Place { _dir: dir, packs, out };
        place.convert();
        place
    }

    fn convert(&self) {
        let (packs, out) = (self.packs.to_str().unwrap(), self.out.to_str().unwrap());
        agendapack(&["convert", packs, "--out", out, "--pipeline", "develop", "--quiet"]).code(0);
    }

    fn run(&self, command: &str, more: &[&str]) -> assert_cmd::assert::Assert {
        let args: Vec<&str> = [command, self.out.to_str().unwrap()].iter().chain(more).copied().collect();
        agendapack(&args)
    }

    fn json(&self, command: &str, code: i32) -> Value {
        serde_json::from_str(&stdout(&self.run(command, &["--json"]).code(code))).unwrap()
    }

    /// Codes and files of what `verify` finds.
    fn faults(&self) -> Vec<(String, String)> {
        let found = self.json("verify", 8);
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        found["problems"].as_array().unwrap().iter().map(|p| (text(&p["code"]), text(&p["file"]))).collect()
    }

    /// Writes a file as a bug of ours would have: its stamp knows of it.
    fn forge(&self, file: &str, change: impl Fn(String) -> String) {
        let path = self.out.join("a").join(file);
        let text = change(std::fs::read_to_string(&path).unwrap());
        std::fs::write(&path, &text).unwrap();
        let stamp = self.out.join(".agendapack/done/a.json");
        let mut value: Value = serde_json::from_slice(&std::fs::read(&stamp).unwrap()).unwrap();
        for written in value["files"].as_array_mut().unwrap().iter_mut().filter(|w| w["path"] == file) {
            written["blake3"] = blake3::hash(text.as_bytes()).to_hex().as_str().into();
            written.as_object_mut().unwrap().remove("seen");
        }
        std::fs::write(&stamp, value.to_string()).unwrap();
    }
}

fn exists(path: &Path, below: &str) -> bool {
    path.join(below).exists()
}

#[test]
fn status_counts_lists_and_says_by_its_exit_code_whether_all_is_fresh() {
    let place = Place::new(&["a", "b"]);
    assert_eq!(stdout(&place.run("status", &[]).code(0)), "2 packs: 2 fresh\n");
    assert!(stdout(&place.run("status", &["--all"]).code(0)).contains("\nfresh       b\n"));
    std::fs::write(place.packs.join("c.pdf"), "<html>404</html>").unwrap();
    agendapack(&["convert", place.packs.to_str().unwrap(), "--out", place.out.to_str().unwrap(), "--quiet"])
        .code(3);
    place.convert_some("a");
    std::fs::write(place.out.join("a/pack.md"), "edited").unwrap();
    std::fs::remove_file(place.packs.join("b.pdf")).unwrap();
    let told = stdout(&place.run("status", &[]).code(8));
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "3 packs: 1 stale, 1 failed, 1 orphaned");
    assert_eq!(lines[1..3], ["stale       a", "              output edited: pack.md"]);
    assert!(lines[3].starts_with("orphaned    b") && lines[5].starts_with("failed      c"), "{told}");
    assert!(lines[6].ends_with("[not_pdf]") && lines[7].contains("hint: "), "{told}");
    let json = place.json("status", 8);
    assert_eq!(json["counts"]["orphaned"], 1);
    assert_eq!(json["packs"][0]["reasons"][0], serde_json::json!({"why": "edited", "file": "pack.md"}));
    agendapack(&["status", "samples"]).code(2);
}

impl Place {
    fn convert_some(&self, name: &str) {
        let (pdf, out) = (self.packs.join(format!("{name}.pdf")), self.out.to_str().unwrap());
        agendapack(&["convert", pdf.to_str().unwrap(), "--out", out, "--pipeline", "develop", "--quiet"])
            .code(0);
    }
}

#[test]
fn status_compares_with_a_pipeline_where_one_is_named() {
    let place = Place::new(&["a"]);
    let told = stdout(&place.run("status", &["--pipeline", "archive"]).code(8));
    assert!(told.contains("option changed: emit.tables was \"pipe\", is \"auto\""), "{told}");
    place.run("status", &["--pipeline", "no-such"]).code(2);
}

#[test]
fn what_convert_writes_is_whole() {
    let place = Place::new(&["a", "b"]);
    let found = place.json("verify", 0);
    assert_eq!((&found["packs"], found["problems"].as_array().map(Vec::len)), (&2.into(), Some(0)));
    assert!(found["files"].as_u64() > Some(8) && found["artefacts"].as_u64() >= Some(14), "{found}");
    assert!(stdout(&place.run("verify", &[]).code(0)).ends_with("all well\n"));
}

#[test]
fn verify_finds_what_was_done_to_files() {
    let place = Place::new(&["a"]);
    std::fs::write(place.out.join("a/pack.md"), "edited").unwrap();
    std::fs::remove_file(place.out.join("a/observations.csv")).unwrap();
    std::fs::write(place.out.join("a/note.txt"), "a reader's own").unwrap();
    std::fs::write(place.out.join("a/.writing-x"), "half").unwrap();
    let kept =
        glob::glob(place.out.join(".agendapack/*/lines.json").to_str().unwrap()).unwrap().next().unwrap();
    let text = std::fs::read_to_string(kept.as_ref().unwrap()).unwrap();
    std::fs::write(kept.unwrap(), text.replace("\"page\":1", "\"page\":2")).unwrap();
    std::fs::write(place.out.join(".agendapack/done/b.json"), "{").unwrap();
    let faults = place.faults();
    let codes: Vec<&str> = faults.iter().map(|(code, _)| code.as_str()).collect();
    let wanted =
        ["stamp_unreadable", "artefact_damaged", "left_over", "file_unknown", "file_missing", "file_edited"];
    for code in wanted {
        assert_eq!(codes.iter().filter(|c| **c == code).count(), 1, "{code}: {faults:?}");
    }
    assert_eq!(codes.len(), wanted.len(), "{faults:?}");
    assert!(faults.contains(&("file_edited".into(), "a/pack.md".into())));
}

#[test]
fn verify_finds_what_should_never_have_been_written() {
    let place = Place::new(&["a"]);
    let found = |file: &str, from: &str, to: &str| {
        let before = std::fs::read_to_string(place.out.join("a").join(file)).unwrap();
        assert!(before.contains(from), "{from} is in {file}");
        place.forge(file, |text| text.replacen(from, to, 1));
        let faults = place.faults();
        place.forge(file, |_| before.clone());
        faults.into_iter().map(|(code, _)| code).collect::<Vec<_>>()
    };
    assert_eq!(found("pack.json", "\"version\": \"1", "\"version\": \"9"), ["schema_version"]);
    assert_eq!(found("pack.json", "\"pages\":4", "\"pages\":\"four\""), ["schema_violated"]);
    assert_eq!(found("pack.json", "{", "["), ["schema_violated"]);
    let read = std::fs::read_to_string(place.out.join("a/pack.json")).unwrap();
    let read = &read[read.find("\"read\":").unwrap()..];
    let read = &read[..read.find(',').unwrap()];
    assert_eq!(found("pack.json", read, "\"read\":1"), ["page_unbalanced"]);
    let table = read_dir(&place.out.join("a/tables"));
    let first = format!("tables/{table}");
    place.forge(&first, |text| text + "one,more\n");
    let faults = place.faults();
    assert_eq!(faults[0].0, "table_mismatch");
    place.forge(&first, |text| text.replace("one,more\n", ""));
    place.forge("observations.csv", |text| {
        let last = text.trim_end().rfind('\n').unwrap();
        text[..=last].to_owned()
    });
    assert_eq!(place.faults()[0].0, "observations_mismatch");
}

fn read_dir(folder: &Path) -> String {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().flatten().map(|e| e.file_name().into_string().unwrap()).collect();
    names.sort();
    names.remove(0)
}

#[test]
fn prune_removes_what_has_no_source_and_nothing_that_is_not_ours() {
    let place = Place::new(&["a", "b"]);
    std::fs::write(place.out.join("a/note.txt"), "a reader's own").unwrap();
    std::fs::write(place.out.join("b/.writing-x"), "half").unwrap();
    std::fs::write(place.out.join("top.txt"), "nobody's").unwrap();
    let kept = || glob::glob(place.out.join(".agendapack/*/emit.json").to_str().unwrap()).unwrap().count();
    assert_eq!(kept(), 2);
    std::fs::remove_file(place.packs.join("a.pdf")).unwrap();

    let before = stdout(&place.run("prune", &["--dry-run"]).code(0));
    assert!(exists(&place.out, "a/pack.md") && exists(&place.out, "b/.writing-x"), "nothing is removed");
    let after = stdout(&place.run("prune", &[]).code(0));
    assert_eq!(before.replace("would remove", "removed"), after);
    assert!(after.contains("removed a/pack.md\n") && after.contains("left a/note.txt\n"), "{after}");
    assert!(!exists(&place.out, "a/pack.md") && !exists(&place.out, "a/tables"), "{after}");
    assert!(
        exists(&place.out, "a/note.txt") && exists(&place.out, "top.txt") && exists(&place.out, "b/pack.md")
    );
    assert!(!exists(&place.out, ".agendapack/done/a.json") && !exists(&place.out, "b/.writing-x"));
    assert_eq!(kept(), 1);
    assert_eq!(stdout(&place.run("status", &[]).code(0)), "1 pack: 1 fresh\n");
    let again = place.json("prune", 0);
    assert_eq!((&again["removed"], &again["bytes"]), (&serde_json::json!([]), &0.into()));
}

#[test]
fn prune_believes_no_drive_that_is_not_mounted() {
    let place = Place::new(&["a", "b"]);
    std::fs::rename(&place.packs, place.packs.with_extension("away")).unwrap();
    let run = place.run("prune", &[]).code(2);
    assert!(String::from_utf8_lossy(&run.get_output().stderr).contains("--all-gone"));
    assert!(exists(&place.out, "a/pack.md"));
    place.run("prune", &["--all-gone"]).code(0);
    assert!(!exists(&place.out, "a") && !exists(&place.out, "b"));
}

#[test]
fn an_edited_file_of_a_gone_source_is_left_and_named() {
    let place = Place::new(&["a"]);
    std::fs::write(place.out.join("a/pack.md"), "with my notes").unwrap();
    std::fs::remove_file(place.packs.join("a.pdf")).unwrap();
    let told = stdout(&place.run("prune", &[]).code(0));
    assert!(told.contains("left a/pack.md\n") && exists(&place.out, "a/pack.md"), "{told}");
    assert!(!exists(&place.out, "a/pack.json"));
}

#[test]
fn prune_refuses_while_a_run_is_at_work() {
    let place = Place::new(&["a"]);
    let running = place.out.join(".agendapack/running");
    std::fs::create_dir_all(&running).unwrap();
    let run = std::fs::File::create(running.join("20240101T000000.000Z-1")).unwrap();
    run.lock().unwrap();
    let refused = place.run("prune", &[]).code(7);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("[output_busy]"));
    drop(run);
    place.run("prune", &[]).code(0);
}
