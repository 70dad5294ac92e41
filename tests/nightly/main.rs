//! Nights against a site of our own: what is published, what is refused, and what is left in peace.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests are tests, too

mod site;

use assert_cmd::Command;
use serde_json::Value;
use site::{PACK, Reply, Site, link, meeting};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Small packs of our own.
fn pdf(name: &str) -> Vec<u8> {
    std::fs::read(format!("tests/golden/{name}/input.pdf")).unwrap()
}

/// A place with a pipeline file and an output.
struct Place {
    dir: TempDir,
    day: &'static str,
}

/// How a night ended.
struct Night {
    code: i32,
    report: Value,
    stderr: String,
}

impl Place {
    fn new(sources: &str) -> Place {
        let place = Place { dir: tempfile::tempdir().unwrap(), day: "2026-11-25" };
        place.pipeline("", sources);
        place
    }

    /// A site as the only source, asked without pauses.
    fn of(site: &Site) -> Place {
        Place::new(&moderngov(&site.url))
    }

    fn pipeline(&self, more: &str, sources: &str) {
        let text = format!(
            "{more}\n[emit]\nwrite = [\"markdown\", \"json\"]\n[fetch]\ncontact = \"keeper@example.org\"\ndelay_ms = 0\n\
             retries = 1\ntimeout_s = 5\ndownload_s = 2\nmax_mb = 1\n{sources}"
        );
        std::fs::write(self.dir.path().join("council.toml"), text).unwrap();
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::cargo_bin("agendapack").unwrap();
        command.args(["nightly", "--date", self.day, "--pipeline"]).arg(self.dir.path().join("council.toml"));
        command.arg("--out").arg(self.out()).args(more);
        command
    }

    fn night(&self) -> Night {
        let run = self.command(&[]).output().unwrap();
        let report = std::fs::read(self.out().join("reports/latest.json")).unwrap_or_default();
        Night {
            code: run.status.code().unwrap(),
            report: serde_json::from_slice(&report).unwrap_or_default(),
            stderr: String::from_utf8_lossy(&run.stderr).into_owned(),
        }
    }

    fn current(&self) -> PathBuf {
        self.out().join("current").canonicalize().unwrap()
    }

    /// Names of the packs that readers see.
    fn packs(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.current()).unwrap().flatten();
        let mut names: Vec<String> = entries.map(|e| e.file_name().into_string().unwrap()).collect();
        names.retain(|n| n != "index.json");
        names.sort();
        names
    }
}

impl Night {
    fn list(&self, name: &str) -> Vec<&Value> {
        self.report[name].as_array().unwrap_or_else(|| panic!("no {name}: {}", self.stderr)).iter().collect()
    }

    /// How many entries each list has, the empty ones left out.
    fn counts(&self) -> BTreeMap<&str, usize> {
        let lists = self.report.as_object().unwrap().iter();
        let lists = lists.filter_map(|(k, v)| Some((k.as_str(), v.as_array()?.len())));
        lists.filter(|(_, n)| *n > 0).collect()
    }

    /// The codes of a list.
    fn codes(&self, name: &str) -> Vec<&str> {
        self.list(name).iter().map(|e| e["code"].as_str().unwrap()).collect()
    }
}

fn moderngov(url: &str) -> String {
    format!("[[source]]\nkind = \"moderngov\"\nname = \"hallow\"\nsite = \"{url}\"\n")
}

/// All files below a folder, by relative path; links are not followed.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, out: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_symlink() {
                out.insert(path.strip_prefix(root).unwrap().into(), Vec::new());
            } else if path.is_dir() {
                walk(root, &path, out);
            } else {
                out.insert(path.strip_prefix(root).unwrap().into(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(folder, folder, &mut out);
    out
}

const NAME: &str = "hallow-2026-11-30-works-ways-panel-g34";

#[test]
fn a_new_pack_is_fetched_converted_and_published() {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes")));
    let place = Place::of(&site);
    let night = place.night();
    assert_eq!((night.code, night.counts()), (0, [("new", 1)].into()), "{}", night.stderr);
    assert_eq!(night.report["restricted"], 1);
    assert_eq!(place.packs(), [NAME]);
    let pack = std::fs::read(place.current().join(NAME).join("pack.json")).unwrap();
    let pack: Value = serde_json::from_slice(&pack).unwrap();
    assert_eq!(pack["source"]["filename"], format!("{NAME}.pdf"));
    let meeting = &pack["meeting"]["identifiers"];
    assert!(meeting.to_string().contains("\"34\""), "the meeting's record lies beside the PDF: {meeting}");
    let page = std::fs::read_to_string(place.out().join("reports/2026-11-25.md")).unwrap();
    assert!(page.contains("## New") && page.contains(&format!("../packs/{NAME}/v1/pack.md")), "{page}");
    for request in site.asked() {
        assert!(
            request.head.contains("(+keeper@example.org)") && request.head.contains("agendapack/"),
            "{request:?}"
        );
        assert!(!request.target.contains("s666"), "a restricted document was asked for");
    }
}

#[test]
fn what_did_not_change_is_not_sent_again() {
    let site = Site::new();
    site.one_pack(Reply::tagged(pdf("minutes"), "\"one\""));
    let place = Place::of(&site);
    assert_eq!(place.night().code, 0);
    let (before, night_before) = (tree(&place.out().join("packs")), place.current());
    site.asked();
    let night = place.night();
    assert_eq!((night.code, night.counts()), (0, BTreeMap::new()), "{}", night.stderr);
    assert_eq!(night.report["unchanged"], 1);
    let asked = site.asked();
    let pack = asked.iter().find(|r| r.target == PACK).unwrap();
    assert!(pack.head.to_lowercase().contains("if-none-match: \"one\""), "{pack:?}");
    assert_eq!((before, night_before), (tree(&place.out().join("packs")), place.current()));
}

#[test]
fn answers_in_xml_are_asked_for_with_a_condition_too() {
    let site = Site::new();
    let feed = format!(
        "<rss><channel><item><title>Plan</title><link>{}/plan.pdf</link></item></channel></rss>",
        site.url
    );
    site.on("/feed", Reply::tagged(&feed, "\"f\"")).on("/plan.pdf", Reply::ok(pdf("minutes")));
    let place =
        Place::new(&format!("[[source]]\nkind = \"rss\"\nname = \"feed\"\nurl = \"{}/feed\"\n", site.url));
    assert_eq!(place.night().counts(), [("new", 1)].into());
    site.asked();
    let night = place.night();
    assert_eq!(
        (night.code, &night.report["listed"]),
        (0, &Value::from(1)),
        "a feed that is the same lists the same"
    );
    assert!(site.asked()[0].head.to_lowercase().contains("if-none-match: \"f\""));
}

#[test]
fn a_republished_pack_is_a_new_version_and_the_old_one_stays() {
    let site = Site::new();
    site.one_pack(Reply::tagged(pdf("minutes"), "\"one\""));
    let mut place = Place::of(&site);
    place.night();
    let first = std::fs::read(place.current().join(NAME).join("pack.md")).unwrap();
    site.one_pack(Reply::tagged(pdf("front-sheet"), "\"two\""));
    place.day = "2026-11-26";
    let night = place.night();
    assert_eq!((night.code, night.counts()), (0, [("changed", 1)].into()), "{}", night.stderr);
    assert_eq!(night.list("changed")[0]["version"], 2);
    let second = std::fs::read(place.current().join(NAME).join("pack.md")).unwrap();
    assert!(second != first);
    assert_eq!(std::fs::read(place.out().join("packs").join(NAME).join("v1/pack.md")).unwrap(), first);
}

#[test]
fn old_versions_go_when_they_are_no_longer_kept() {
    let site = Site::new();
    let mut place = Place::of(&site);
    place.pipeline("nightly = { keep_versions = 1, keep_days = 0 }", &moderngov(&site.url));
    for (day, name) in
        [("2026-11-25", "minutes"), ("2026-11-26", "front-sheet"), ("2026-11-27", "group-rows")]
    {
        site.one_pack(Reply::ok(pdf(name)));
        place.day = day;
        assert_eq!(place.night().code, 0);
    }
    let versions = tree(&place.out().join("packs").join(NAME));
    let has = |v: &str| versions.keys().any(|p| p.starts_with(v));
    assert!(
        !has("v1") && has("v2") && has("v3"),
        "the night before can still be read: {:?}",
        versions.keys()
    );
}

#[test]
fn a_withdrawn_pack_is_told_and_its_output_kept() {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes")));
    let mut place = Place::of(&site);
    place.night();
    site.meetings(&[]);
    place.day = "2026-11-26";
    let night = place.night();
    assert_eq!((night.code, night.counts()), (0, [("withdrawn", 1)].into()), "{}", night.stderr);
    assert_eq!(place.packs(), [NAME]);
    let index: Value =
        serde_json::from_slice(&std::fs::read(place.current().join("index.json")).unwrap()).unwrap();
    assert_eq!(index["packs"][0]["withdrawn"], "2026-11-26");
    assert_eq!(place.night().counts(), BTreeMap::new(), "it is told once");
    site.one_pack(Reply::ok(pdf("minutes")));
    assert_eq!(place.night().counts(), [("returned", 1)].into());
}

#[test]
fn what_left_the_window_is_not_withdrawn() {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes")));
    let mut place = Place::of(&site);
    place.night();
    site.meetings(&[]);
    place.day = "2026-12-20";
    assert_eq!(place.night().counts(), BTreeMap::new());
}

#[test]
fn nothing_is_withdrawn_while_a_part_of_the_list_is_missing() {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes")));
    let place = Place::of(&site);
    place.night();
    site.on("/mgWebService.asmx/GetMeeting?lMeetingId=34", Reply::status(500));
    let night = place.night();
    assert_eq!((night.code, night.counts()), (6, [("unreachable", 1)].into()), "{}", night.stderr);
    assert_eq!(place.packs(), [NAME]);
}

#[test]
fn an_unlisted_pack_is_asked_for_and_where_it_is_not_the_documents_are() {
    let site = Site::new();
    let report = link("A report", "documents/s9/A report.pdf", "False");
    site.meetings(&[(34, "30/11/2026", &report)])
        .on("/documents/s9/A%20report.pdf", Reply::ok(pdf("minutes")));
    let place = Place::of(&site);
    let night = place.night();
    assert_eq!((night.code, night.counts()), (0, [("new", 1)].into()), "{}", night.stderr);
    assert_eq!(place.packs(), ["hallow-2026-11-30-works-ways-panel-a-report-s9"]);
    // A page of HTML with status 200 is as good as a 404.
    site.on("/documents/g34/", Reply::ok("<!DOCTYPE html><p>Not found</p>"));
    assert_eq!(place.night().code, 0);
    site.on("/documents/g34/", Reply::ok(pdf("front-sheet")));
    let night = place.night();
    assert_eq!(night.counts(), [("new", 1), ("withdrawn", 1)].into(), "the pack stands for its documents");
}

#[test]
fn restricted_documents_are_never_asked_for() {
    let site = Site::new();
    let documents = [
        link("Public reports pack", PACK, "True"),
        link("Closed", "documents/s667/Closed.pdf", "True"),
        link("Odd", "documents/s668/Odd.pdf", "perhaps"),
        link("Open", "documents/s9/Open.pdf", "False"),
    ];
    site.meetings(&[(34, "30/11/2026", &documents.concat())]).on("/documents/s9/", Reply::ok(pdf("minutes")));
    let place = Place::of(&site);
    let night = place.night();
    assert_eq!((night.code, &night.report["restricted"]), (0, &Value::from(4)), "{}", night.stderr);
    let asked: Vec<String> = site.asked().into_iter().map(|r| r.target).collect();
    assert!(asked.iter().any(|t| t.contains("/s9/")));
    assert!(asked.iter().all(|t| !t.contains("/s66") && !t.contains("/g34/")), "{asked:?}");
}

/// The code that a pack's answer ends with, and how often it was asked for.
fn refused(reply: Reply, list: &str, exit: i32) -> (String, usize) {
    let site = Site::new();
    site.one_pack(reply);
    let place = Place::of(&site);
    let night = place.night();
    assert_eq!((night.code, night.counts()), (exit, [(list, 1)].into()), "{}", night.stderr);
    assert!(place.packs().is_empty());
    let left = tree(&place.out().join(".agendapack/sources/hallow"));
    assert!(left.is_empty(), "nothing of it is left: {:?}", left.keys());
    (night.codes(list)[0].to_owned(), site.asked().iter().filter(|r| r.target == PACK).count())
}

#[test]
fn html_instead_of_a_pdf_is_refused() {
    assert_eq!(refused(Reply::ok("<!DOCTYPE html><p>Sorry</p>"), "failed", 3), ("not_pdf".into(), 1));
}

#[test]
fn an_empty_answer_is_refused() {
    assert_eq!(refused(Reply::ok(""), "failed", 3), ("not_pdf".into(), 1));
}

#[test]
fn a_truncated_download_is_asked_for_again_then_refused() {
    let whole = pdf("minutes");
    let short = Reply::Short(whole.len(), whole[..whole.len() / 2].to_vec());
    assert_eq!(refused(short, "failed", 3), ("truncated_download".into(), 2));
}

#[test]
fn a_download_over_the_limit_is_refused() {
    let large = vec![b'%'; (1 << 20) + 1];
    assert_eq!(refused(Reply::ok(&large), "failed", 3), ("limit_exceeded".into(), 1));
    assert_eq!(
        refused(Reply::Short(usize::MAX, large), "failed", 3).0,
        "limit_exceeded",
        "by its promise alone"
    );
}

#[test]
fn a_download_that_never_ends_is_cut_off() {
    assert_eq!(refused(Reply::Drip, "unreachable", 6), ("too_slow".into(), 1));
}

#[test]
fn redirects_to_other_hosts_and_local_addresses_are_refused() {
    for to in [
        "https://elsewhere.example.org/pack.pdf",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/pack.pdf",
        "http://localhost/pack.pdf",
        "//[::1]/pack.pdf",
        "file:///etc/passwd",
        "http://name@127.0.0.1/pack.pdf",
        "",
    ] {
        assert_eq!(refused(Reply::to(to), "failed", 3).0, "address_refused", "{to}");
    }
}

#[test]
fn redirects_on_the_site_are_followed_but_not_for_ever() {
    assert_eq!(refused(Reply::to(PACK), "failed", 3), ("address_refused".into(), 1));
    let site = Site::new();
    site.one_pack(Reply::to("../../moved.pdf")).on("/moved.pdf", Reply::ok(pdf("minutes")));
    assert_eq!(Place::of(&site).night().counts(), [("new", 1)].into());
}

#[test]
fn links_to_other_hosts_are_refused_unasked() {
    let site = Site::new();
    let elsewhere = link("Public reports pack", "http://10.0.0.1/documents/g34/x.pdf?T=10", "False");
    site.meetings(&[(34, "30/11/2026", &elsewhere)]);
    let night = Place::of(&site).night();
    assert_eq!((night.code, night.codes("failed")), (3, vec!["address_refused"]));
}

#[test]
fn a_missing_document_is_a_failure_with_its_status() {
    let (code, asked) = refused(Reply::status(404), "failed", 3);
    assert_eq!((code.as_str(), asked), ("http_status", 1));
}

#[test]
fn a_busy_site_is_asked_again_when_it_says() {
    let site = Site::new();
    let busy = Reply::Whole(503, vec![("Retry-After", "0".into())], vec![]);
    site.one_pack(Reply::Then(Box::new(busy), Box::new(Reply::ok(pdf("minutes")))));
    assert_eq!(Place::of(&site).night().counts(), [("new", 1)].into());
}

#[test]
fn a_site_that_wants_peace_for_long_gets_it() {
    let busy = Reply::Whole(429, vec![("Retry-After", "86400".into())], vec![]);
    assert_eq!(refused(busy.clone(), "unreachable", 6), ("unreachable".into(), 1));
    let site = Site::new();
    let pack = |id| link("Public reports pack", &format!("documents/g{id}/x.pdf?T=10"), "False");
    site.meetings(&[(34, "30/11/2026", &pack(34)), (35, "30/11/2026", &pack(35))]).on("/documents/", busy);
    let night = Place::of(&site).night();
    assert_eq!(night.codes("unreachable"), ["unreachable", "unreachable"]);
    assert_eq!(site.asked().iter().filter(|r| r.target.starts_with("/documents/")).count(), 1);
}

#[test]
fn a_pack_without_an_end_mark_is_taken_with_a_doubt() {
    let site = Site::new();
    let mut cut = pdf("minutes");
    cut.truncate(cut.len() - 6);
    site.one_pack(Reply::ok(&cut));
    let night = Place::of(&site).night();
    assert_eq!(night.codes("warnings"), ["no_end_mark"], "{}", night.stderr);
    assert_eq!(night.list("new").len(), 1);
}

/// The code that a list's answer ends with.
fn list_refused(body: &str) -> String {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes"))).on("/mgWebService.asmx/GetAllMeetingsByDate", Reply::ok(body));
    let place = Place::of(&site);
    let night = place.night();
    assert_eq!((night.code, night.list("failed").len()), (3, 1), "{}", night.stderr);
    assert!(place.packs().is_empty());
    night.codes("failed")[0].to_owned()
}

#[test]
fn entity_bombs_are_refused() {
    let mut bomb = String::from("<!DOCTYPE b [<!ENTITY a0 \"ha\">");
    for n in 1..30 {
        let _ = write!(bomb, "<!ENTITY a{n} \"&a{0};&a{0};\">", n - 1);
    }
    bomb.push_str("]><getmeetings><meeting><meetingid>&a29;</meetingid></meeting></getmeetings>");
    assert_eq!(list_refused(&bomb), "answer_refused");
}

#[test]
fn broken_xml_is_refused() {
    assert_eq!(list_refused("<getmeetings><meeting>"), "answer_refused");
    assert_eq!(list_refused("<html><p>Down for repair</p></html>"), "answer_refused");
    assert_eq!(list_refused(""), "answer_refused");
}

#[test]
fn oversized_xml_is_refused() {
    assert_eq!(list_refused(&" ".repeat((8 << 20) + 1)), "limit_exceeded");
    let many =
        "<meeting><meetingid>1</meetingid><meetingdate>30/11/2026</meetingdate></meeting>".repeat(3000);
    assert_eq!(list_refused(&format!("<getmeetings>{many}</getmeetings>")), "limit_exceeded");
    assert_eq!(list_refused(&"<a>".repeat(1000)), "answer_refused");
}

#[test]
fn numbers_that_are_none_are_refused() {
    let one = |id: &str, day: &str| {
        format!(
            "<getmeetings><meeting><meetingid>{id}</meetingid><meetingdate>{day}</meetingdate></meeting></getmeetings>"
        )
    };
    assert_eq!(list_refused(&one("../../34", "30/11/2026")), "answer_refused");
    assert_eq!(list_refused(&one("34&amp;x=1", "30/11/2026")), "answer_refused");
    assert_eq!(list_refused(&one("34", "soon")), "answer_refused");
}

#[test]
fn the_record_of_another_meeting_is_refused() {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes")));
    let other = meeting(99, "30/11/2026", &link("Public reports pack", PACK, "False"));
    site.on("/mgWebService.asmx/GetMeeting?lMeetingId=34", Reply::ok(other));
    let night = Place::of(&site).night();
    assert_eq!((night.code, night.codes("failed")), (3, vec!["answer_refused"]));
}

#[test]
fn tricks_in_titles_lead_nowhere() {
    let site = Site::new();
    let tricks = [
        "../../../escaped",
        "/etc/cron.d/x",
        "..\\\\..\\\\x",
        "con",
        "&amp;#0;&amp;#10;# Big",
        "\u{202e}fdp",
        ".hidden",
    ];
    let documents: String = tricks
        .iter()
        .enumerate()
        .map(|(i, t)| link(t, &format!("documents/b{i}/x.pdf?T=9"), "False"))
        .collect();
    let xml =
        meeting(34, "30/11/2026", &documents).replace("Works &amp;amp; Ways Panel", "../../../../tmp/out");
    site.meetings(&[(34, "30/11/2026", "")]).on("/documents/b", Reply::ok(pdf("minutes")));
    site.on("/mgWebService.asmx/GetMeeting?lMeetingId=34", Reply::ok(xml));
    let place = Place::of(&site);
    let night = place.night();
    assert_eq!((night.code, night.list("new").len()), (0, tricks.len()), "{}", night.stderr);
    let beside: Vec<_> =
        std::fs::read_dir(place.dir.path()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(beside.len(), 2, "only the pipeline and the output: {beside:?}");
    for name in place.packs() {
        assert!(
            name.starts_with("hallow-2026-11-30-tmp-out-")
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'),
            "{name}"
        );
    }
}

#[test]
fn a_dry_run_writes_nothing_and_fetches_no_document() {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes")));
    let place = Place::of(&site);
    let run = place.command(&["--dry-run"]).assert().code(0);
    let told = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    assert!(told.contains("## Would be fetched") && told.contains("Works \\& Ways Panel"), "{told}");
    assert!(!place.out().exists());
    assert!(site.asked().iter().all(|r| !r.target.starts_with("/documents/")));
    place.night();
    let before = tree(&place.out());
    place.command(&["--dry-run", "--json"]).assert().code(0);
    assert!(before == tree(&place.out()));
}

#[test]
fn two_nights_do_not_overlap() {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes")));
    let place = Place::of(&site);
    place.night();
    let lock =
        std::fs::File::options().write(true).open(place.out().join(".agendapack/nightly.lock")).unwrap();
    lock.lock().unwrap();
    let before = tree(&place.out());
    let night = place.night();
    assert_eq!(night.code, 7);
    assert!(night.stderr.contains("[output_busy]") && night.stderr.contains("process "), "{}", night.stderr);
    assert!(before == tree(&place.out()));
    drop(lock);
    assert_eq!(place.night().code, 0);
}

#[test]
fn a_site_that_cannot_be_reached_stops_no_other_and_withdraws_nothing() {
    let (site, down) = (Site::new(), Site::new());
    site.one_pack(Reply::ok(pdf("minutes")));
    down.on("/", Reply::HangUp);
    let place =
        Place::new(&format!("{}{}", moderngov(&down.url).replace("hallow", "down"), moderngov(&site.url)));
    let night = place.night();
    assert_eq!(
        (night.code, night.counts()),
        (6, [("new", 1), ("unreachable", 1)].into()),
        "{}",
        night.stderr
    );
    assert_eq!(night.list("unreachable")[0]["source"], "down");
}

#[test]
fn a_site_that_does_not_speak_tls_is_told_as_out_of_reach() {
    let site = Site::new();
    let night = Place::new(&moderngov(&site.url.replace("http:", "https:"))).night();
    assert_eq!((night.code, night.codes("unreachable")), (6, vec!["unreachable"]), "{}", night.stderr);
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (url, trusted) = site::untrusted();
    let night = Place::new(&moderngov(&url)).night();
    assert_eq!((night.code, night.codes("failed")), (3, vec!["certificate_refused"]), "{}", night.stderr);
    assert!(night.stderr.contains("UnknownIssuer"), "{}", night.stderr);
    assert_eq!(*trusted.lock().unwrap(), 0, "no request was sent");
}

#[cfg(target_os = "linux")]
#[test]
fn hosts_are_asked_at_once_and_one_host_once_at_a_time() {
    // Each of two hosts answers only once the other was asked, too.
    let (one, other) = (Site::new(), Site::at("127.0.0.2"));
    let both = std::sync::Arc::new(std::sync::Barrier::new(2));
    for site in [&one, &other] {
        site.one_pack(Reply::ok(pdf("minutes")));
        let both = std::sync::Arc::clone(&both);
        let wait = std::sync::Arc::new(move || {
            both.wait();
        });
        let list = "<?xml version=\"1.0\"?><getmeetings><meetings/></getmeetings>";
        site.on("/mgWebService.asmx/GetAllMeetingsByDate", Reply::Doing(wait, Box::new(Reply::ok(list))));
    }
    let second = moderngov(&other.url).replace("hallow", "low");
    let night = Place::new(&format!("{}{second}", moderngov(&one.url))).night();
    assert_eq!((night.code, night.counts()), (0, BTreeMap::new()), "{}", night.stderr);

    // Two sites of one host: never two requests at once.
    let (one, other) = (Site::new(), Site::new());
    let counts = std::sync::Arc::new(std::sync::Mutex::new((0, 0)));
    for site in [&one, &other] {
        let counts = std::sync::Arc::clone(&counts);
        let count = std::sync::Arc::new(move || {
            let add = |n: i32| {
                let mut counts = counts.lock().unwrap();
                counts.0 += n;
                counts.1 = counts.1.max(counts.0);
            };
            add(1);
            std::thread::sleep(std::time::Duration::from_millis(100));
            add(-1);
        });
        site.one_pack(Reply::Doing(count, Box::new(Reply::ok(pdf("minutes")))));
    }
    let second = moderngov(&other.url).replace("hallow", "low");
    let night = Place::new(&format!("{}{second}", moderngov(&one.url))).night();
    assert_eq!((night.code, night.counts()), (0, [("new", 2)].into()), "{}", night.stderr);
    assert_eq!(*counts.lock().unwrap(), (0, 1));
}

#[test]
fn what_was_not_listed_for_long_is_let_go_and_stays_published() {
    let inbox = tempfile::tempdir().unwrap();
    for name in ["minutes", "front-sheet"] {
        std::fs::write(inbox.path().join(format!("{name}.pdf")), pdf(name)).unwrap();
    }
    let source = format!("[[source]]\nkind = \"folder\"\nname = \"inbox\"\npath = {:?}\n", inbox.path());
    let mut place = Place::new("");
    place.pipeline("keep = \"all\"\n[nightly]\nkeep_pdf_days = 10", &source);
    assert_eq!(place.night().counts(), [("new", 2)].into());
    let fetched = |place: &Place| {
        let files = tree(&place.out().join(".agendapack/sources"));
        files.keys().filter(|p| p.extension().is_some_and(|e| e == "pdf")).count()
    };
    let kept = |place: &Place| tree(&place.out().join("staging/.agendapack")).len();
    assert_eq!(fetched(&place), 2);
    let before = kept(&place);
    std::fs::remove_file(inbox.path().join("minutes.pdf")).unwrap();
    place.day = "2026-12-05";
    assert_eq!(place.night().counts(), [("withdrawn", 1)].into());
    assert_eq!((fetched(&place), kept(&place)), (2, before), "it was listed ten days ago");
    place.day = "2026-12-06";
    assert_eq!(place.night().counts(), BTreeMap::new());
    assert_eq!(fetched(&place), 1);
    assert!(kept(&place) < before - 5, "its stamp and what its stages gave");
    let published = |place: &Place| place.packs().iter().any(|p| p.contains("minutes"));
    assert!(published(&place), "readers still have it");
    // It comes back as what it was.
    std::fs::write(inbox.path().join("minutes.pdf"), pdf("minutes")).unwrap();
    place.day = "2026-12-07";
    let night = place.night();
    assert_eq!((night.counts(), fetched(&place)), ([("returned", 1)].into(), 2), "{}", night.stderr);
    assert_eq!(place.packs().len(), 2);
}

/// A night at work, once it has asked for this.
fn started(place: &Place, site: &Site, target: &str) -> std::process::Child {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_agendapack"));
    command.args(["nightly", "--quiet", "--date", place.day, "--pipeline"]);
    command.arg(place.dir.path().join("council.toml")).arg("--out").arg(place.out());
    let running = command.spawn().unwrap();
    while !site.asked().iter().any(|r| r.target.contains(target)) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    running
}

#[cfg(unix)]
#[test]
fn a_night_that_is_interrupted_ends_at_once_and_publishes_nothing() {
    let site = Site::new();
    site.one_pack(Reply::Drip);
    let place = Place::of(&site);
    let mut running = started(&place, &site, PACK);
    let id = running.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(running.wait().unwrap().code(), Some(130));
    assert!(!place.out().join("current").exists() && !place.out().join("reports").exists());
    site.one_pack(Reply::ok(pdf("minutes")));
    assert_eq!(place.night().counts(), [("new", 1)].into());
}

#[test]
fn a_night_that_is_killed_changes_nothing_and_the_next_one_goes_on() {
    let site = Site::new();
    let pack = |id: u32| {
        link("Public reports pack", &format!("documents/g{id}/Public%20reports%20pack.pdf?T=10"), "False")
    };
    site.one_pack(Reply::ok(pdf("minutes")));
    let place = Place::of(&site);
    place.night();
    let before = (place.current(), place.packs(), tree(&place.current()));
    site.meetings(&[(34, "30/11/2026", &pack(34)), (35, "30/11/2026", &pack(35))]);
    site.on(PACK, Reply::ok(pdf("front-sheet"))).on("/documents/g35/", Reply::Drip);
    site.asked();
    let mut running = started(&place, &site, "/g35/");
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(before == (place.current(), place.packs(), tree(&place.current())));
    site.on("/documents/g35/", Reply::ok(pdf("group-rows")));
    let night = place.night();
    assert_eq!((night.code, night.counts()), (0, [("changed", 1), ("new", 1)].into()), "{}", night.stderr);
    let undisturbed = Place::of(&site);
    undisturbed.night();
    let newest = |p: &Place| -> Vec<_> {
        p.packs().iter().map(|n| tree(&p.current().join(n).canonicalize().unwrap())).collect()
    };
    assert!(newest(&place) == newest(&undisturbed));
    let left = tree(&place.out());
    assert!(
        !left.keys().any(|p| p.components().any(|c| c.as_os_str().to_string_lossy().starts_with(".making-")))
    );
}

#[test]
fn the_same_packs_give_the_same_bytes_on_any_day() {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes")));
    let trees = ["2026-11-25", "2026-11-28"].map(|day| {
        let mut place = Place::of(&site);
        place.day = day;
        assert_eq!(place.night().code, 0);
        tree(&place.out().join("packs"))
    });
    assert!(trees[0].len() >= 2);
    assert!(trees[0] == trees[1]);
}

#[test]
fn an_option_that_changes_converts_again() {
    let site = Site::new();
    site.one_pack(Reply::tagged(pdf("minutes"), "\"one\""));
    let place = Place::of(&site);
    place.night();
    place.pipeline("emit.page_marks = false", "");
    let text = std::fs::read_to_string(place.dir.path().join("council.toml")).unwrap();
    let text =
        text.replace("emit.page_marks = false\n", "").replace("[emit]\n", "[emit]\npage_marks = false\n");
    std::fs::write(place.dir.path().join("council.toml"), text + &moderngov(&site.url)).unwrap();
    let night = place.night();
    assert_eq!((night.code, night.counts()), (0, [("reconverted", 1)].into()), "{}", night.stderr);
}

#[test]
fn a_night_that_fails_leaves_what_is_published() {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes")));
    let place = Place::of(&site);
    place.night();
    let before = place.current();
    site.one_pack(Reply::ok("%PDF-1.7 and nothing more"));
    let night = place.night();
    assert_eq!((night.code, night.list("failed").len()), (3, 1), "{}", night.stderr);
    assert_eq!((place.current(), place.packs()), (before, vec![NAME.to_owned()]));
}

#[test]
fn a_document_of_two_sources_is_taken_once() {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes")));
    let feed = format!(
        "<rss><channel><item><title>Agenda</title><link>{0}/ieListDocuments.aspx?CId=12&amp;MId=34</link></item>\
         <item><title>Plan</title><link>{0}/plan.pdf</link></item></channel></rss>",
        site.url
    );
    site.on("/mgRss.aspx?XXR=0", Reply::ok(feed)).on("/plan.pdf", Reply::ok(pdf("group-rows")));
    let rss =
        format!("[[source]]\nkind = \"rss\"\nname = \"feed\"\nurl = \"{}/mgRss.aspx?XXR=0\"\n", site.url);
    let place = Place::new(&(moderngov(&site.url) + &rss));
    let night = place.night();
    assert_eq!((night.code, night.counts()), (0, [("new", 2)].into()), "{}", night.stderr);
    assert_eq!(place.packs(), ["feed-plan", NAME]);
    assert_eq!(site.asked().iter().filter(|r| r.target == PACK).count(), 1);
}

#[test]
fn committees_are_asked_for_by_number() {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes")));
    let place = Place::new(&(moderngov(&site.url) + "committees = [12]\ndays_back = 2\ndays_ahead = 9\n"));
    assert_eq!(place.night().counts(), [("new", 1)].into());
    let first = &site.asked()[0].target;
    assert_eq!(
        first,
        "/mgWebService.asmx/GetMeetings?lCommitteeId=12&sFromDate=23/11/2026&sToDate=04/12/2026"
    );
}

#[test]
fn a_folder_is_a_source() {
    let place = Place::new("[[source]]\nkind = \"folder\"\npath = \"inbox\"\n");
    assert_eq!(place.night().codes("unreachable"), ["read_failed"], "a mount that is not there");
    let inbox = place.dir.path().join("inbox");
    std::fs::create_dir_all(inbox.join("more")).unwrap();
    std::fs::write(inbox.join("Minutes of May.pdf"), pdf("minutes")).unwrap();
    std::fs::write(inbox.join("more/minutes of may.pdf"), pdf("front-sheet")).unwrap();
    assert_eq!(place.night().counts(), [("new", 2)].into());
    assert_eq!(place.packs(), ["minutes-of-may", "minutes-of-may-2"]);
    std::fs::remove_file(inbox.join("Minutes of May.pdf")).unwrap();
    assert_eq!(place.night().counts(), [("withdrawn", 1)].into());
}

#[test]
fn a_pipeline_without_sources_says_how_to_add_one() {
    let mut command = Command::cargo_bin("agendapack").unwrap();
    let run = command.args(["nightly", "--pipeline", "pipelines/nightly.toml"]).assert().code(2);
    let told = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(told.contains("[[source]]") && told.contains("kind = \"moderngov\""), "{told}");
}

#[test]
fn the_examples_of_the_pipeline_file_and_its_guide_are_right() {
    let right = |text: &str, sources: usize| {
        let pipeline = agendapack::engine::Pipeline::parse(text, "example").unwrap();
        agendapack::sources::options::check(&pipeline.sources, &pipeline.fetch).unwrap();
        assert_eq!(pipeline.sources.len(), sources);
        pipeline
    };
    let file = std::fs::read_to_string("pipelines/nightly.toml").unwrap();
    let example = regex::Regex::new(r"(?m)^# (\w+ = |\[\[)").unwrap();
    let shown = right(&example.replace_all(&file, "$1"), 3);
    assert_eq!(
        agendapack::sources::FetchOptions { contact: None, ..shown.fetch },
        agendapack::sources::FetchOptions::default()
    );
    assert_eq!(
        agendapack::nightly::NightlyOptions { out: None, ..shown.nightly },
        agendapack::nightly::NightlyOptions::default()
    );
    let guide = std::fs::read_to_string("docs/nightly.md").unwrap();
    let (_, rest) = guide.split_once("```toml\n").unwrap();
    right(rest.split_once("```").unwrap().0, 1);
}

#[test]
fn what_a_source_does_not_know_is_an_error() {
    for (text, said) in [
        ("[[source]]\nkind = \"modernvog\"\nsite = \"https://a\"\n", "moderngov"),
        ("[[source]]\nkind = \"moderngov\"\nsite = \"https://a\"\ndays_bakc = 3\n", "days_bakc"),
        ("[[source]]\nkind = \"moderngov\"\nsite = \"a.example\"\n", "https://"),
        ("[[source]]\nkind = \"moderngov\"\nsite = \"https://a\"\ncommittees = \"some\"\n", "committees"),
        ("[[source]]\nkind = \"folder\"\n", "path"),
    ] {
        let night = Place::new(text).night();
        assert!(night.code == 2 && night.stderr.contains(said), "{text}{}", night.stderr);
    }
}

#[test]
fn what_happens_is_told_as_json_lines() {
    let site = Site::new();
    site.one_pack(Reply::ok(pdf("minutes")));
    let place = Place::of(&site);
    let run = place.command(&["--json", "--quiet"]).assert().code(0).stderr("");
    let lines = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    let events: Vec<String> = lines
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap()["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        events,
        ["listed", "fetched", "run_started", "started", "finished", "run_finished", "night_finished"]
    );
    Place::of(&site).command(&["--quiet"]).assert().code(0).stdout("").stderr("");
}
