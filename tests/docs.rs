//! The documents say what is true: examples are what the program prints, every code is explained.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests are tests, too

use assert_cmd::Command;
use std::collections::BTreeSet;

/// The README's examples: after `<!-- printed by: ARGS -->` (with `, /json/pointer` for a part), the
/// next fenced block is what the program prints. `UPDATE=1` rewrites them.
#[test]
fn the_readme_shows_what_the_program_prints() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let mut parts = readme.split("<!-- printed by: ");
    let mut out = parts.next().unwrap().to_owned();
    let mut count = 0;
    for part in parts {
        let (command, rest) = part.split_once(" -->\n```").unwrap();
        let (language, rest) = rest.split_once('\n').unwrap();
        let (_, after) = rest.split_once("\n```\n").unwrap();
        let (args, pointer) = command.split_once(", ").unwrap_or((command, ""));
        let body = printed(args, pointer);
        let parts =
            ["<!-- printed by: ", command, " -->\n```", language, "\n", body.trim_end(), "\n```\n", after];
        out.extend(parts);
        count += 1;
    }
    assert!(count >= 3);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write("README.md", &out).unwrap();
    } else {
        assert!(readme == out, "the README's examples are stale: run `UPDATE=1 cargo test --test docs`");
    }
}

fn printed(args: &str, pointer: &str) -> String {
    let run = Command::cargo_bin("agendapack").unwrap().args(args.split_whitespace()).assert().success();
    let text = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    if pointer.is_empty() {
        return text;
    }
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let part = json.pointer(pointer).unwrap_or_else(|| panic!("{args} prints no {pointer}"));
    serde_json::to_string_pretty(part).unwrap()
}

/// Every code in the source, of errors and of issues.
fn codes() -> BTreeSet<String> {
    let error = regex::Regex::new(r#"Error::\w+ *(?:\{ \.\. \})? => "([a-z_]+)","#).unwrap();
    let fault = regex::Regex::new(r#"Fault::\w+ => "([a-z_]+)","#).unwrap();
    let issue = regex::Regex::new(r#"\b(?:loss|doubt)\(\s*"([a-z_]+)""#).unwrap();
    let mut out = BTreeSet::new();
    for path in glob::glob("src/**/*.rs").unwrap().flatten() {
        let text = std::fs::read_to_string(path).unwrap();
        let found = error.captures_iter(&text).chain(issue.captures_iter(&text));
        for found in found.chain(fault.captures_iter(&text)) {
            out.insert(found[1].to_owned());
        }
    }
    out
}

#[test]
fn every_code_is_explained_and_no_other() {
    let text = std::fs::read_to_string("docs/errors.md").unwrap();
    let row = regex::Regex::new(r"(?m)^\| `([a-z_]+)` \|").unwrap();
    let explained: BTreeSet<String> = row.captures_iter(&text).map(|c| c[1].to_owned()).collect();
    let codes = codes();
    assert!(codes.contains("not_pdf") && codes.contains("ledger_unbalanced"));
    let missing: Vec<_> = codes.difference(&explained).collect();
    let gone: Vec<_> = explained.difference(&codes).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "docs/errors.md lacks {missing:?}, and explains {gone:?} for nothing"
    );
}

#[test]
fn every_make_target_is_explained() {
    let makefile = std::fs::read_to_string("Makefile").unwrap();
    for target in ["help", "demo", "build", "test", "check", "bench", "quality", "soak", "fuzz", "clean"] {
        assert!(makefile.contains(&format!("\n{target}: ## ")), "{target}");
    }
}
