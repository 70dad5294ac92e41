//! Tells people and programs how a run goes.

use super::output::write_line;
use super::settings::Telling;
use agendapack::engine::{Event, Outcome, Report, Summary, Watcher};
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The watcher that is wanted.
pub(crate) fn watcher(telling: Telling, quiet: bool) -> Box<dyn Watcher> {
    match telling {
        Telling::Programs => Box::new(Programs { quiet }),
        Telling::Nobody => Box::new(Quiet),
        Telling::People if std::io::stderr().is_terminal() => Box::new(Terminal::new()),
        Telling::People => Box::new(Plain::new()),
    }
}

/// Standard error may be closed; that stops no conversion.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// A failure in two lines: what, and what to do.
fn failure(r: &Report) -> Option<String> {
    let (Outcome::Failed, Some(code)) = (r.outcome, &r.code) else { return None };
    if code == "interrupted" {
        return None;
    }
    let message = r.message.as_deref().unwrap_or_default();
    let known = if r.known { ", as before" } else { "" };
    let mut line = format!("error: {}: {message} [{code}{known}]", r.source.display());
    if let Some(hint) = &r.hint {
        line.push_str("\n  hint: ");
        line.push_str(hint);
    }
    Some(line)
}

/// Seconds from which on the slowest document is named.
const SLOW: f64 = 10.0;

/// The run in a few lines.
fn summary(s: &Summary) -> String {
    let parts = [
        (s.done, "done"),
        (s.partial, "partial (see the issues in pack.json)"),
        (s.failed, "failed"),
        (s.skipped, "fresh, skipped"),
        (s.duplicates, "copies of others"),
        (s.left, "left for the next run"),
    ];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, t)| format!("{n} {t}")).collect();
    let rate = if s.pages > 0 && s.seconds > 0.0 {
        format!(" · {} pages in {:.1} s, {:.0} a second", s.pages, s.seconds, s.pages as f64 / s.seconds)
    } else {
        String::new()
    };
    let mut out = format!(
        "{} document{}: {}{rate}",
        s.documents,
        if s.documents == 1 { "" } else { "s" },
        parts.join(", ")
    );
    for (code, n) in &s.codes {
        out.extend(["\n  ", &n.to_string(), " × ", code]);
    }
    if let Some(slow) = s.slowest.first().filter(|slow| slow.seconds > SLOW) {
        let name = slow.source.file_name().unwrap_or_default().to_string_lossy();
        out.extend(["\n  slowest: ", &name, &format!(", {:.1} s for {} pages", slow.seconds, slow.pages)]);
    }
    if s.interrupted {
        out.push_str("\ninterrupted: run the same command again to go on");
    }
    out
}

/// Errors only.
struct Quiet;

impl Watcher for Quiet {
    fn event(&self, event: &Event<'_>) {
        if let Event::Finished(report) = event
            && let Some(line) = failure(report)
        {
            say(&line);
        }
    }
}

/// JSON Lines on standard output; errors in words on standard error unless quiet.
struct Programs {
    quiet: bool,
}

impl Watcher for Programs {
    fn event(&self, event: &Event<'_>) {
        write_line(&event.line());
        if !self.quiet {
            Quiet.event(event);
        }
    }
}

/// Whether a document took work: what was fresh says nothing about how fast the rest will go.
fn at_work(r: &Report) -> bool {
    !r.known && r.outcome != Outcome::Duplicate
}

/// A line now and then, for logs.
struct Plain {
    begun: Instant,
    last: Mutex<Instant>,
    total: AtomicUsize,
    finished: AtomicUsize,
    pages: AtomicUsize,
    bytes: AtomicU64,
    /// Bytes of all, but for those that were found fresh at once.
    all: AtomicU64,
}

impl Plain {
    /// Seconds between two lines.
    const PAUSE: Duration = Duration::from_secs(10);

    fn new() -> Plain {
        let now = Instant::now();
        let zero = || AtomicUsize::new(0);
        Plain {
            begun: now,
            last: Mutex::new(now),
            total: zero(),
            finished: zero(),
            pages: zero(),
            bytes: AtomicU64::new(0),
            all: AtomicU64::new(0),
        }
    }
}

impl Watcher for Plain {
    fn event(&self, event: &Event<'_>) {
        Quiet.event(event);
        match event {
            Event::RunStarted { documents, bytes } => {
                self.total.store(*documents, Ordering::Relaxed);
                self.all.store(*bytes, Ordering::Relaxed);
            }
            Event::Finished(r) => {
                let finished = self.finished.fetch_add(1, Ordering::Relaxed) + 1;
                if !at_work(r) {
                    self.all.fetch_sub(r.bytes, Ordering::Relaxed);
                    return;
                }
                let pages = self.pages.fetch_add(r.pages, Ordering::Relaxed) + r.pages;
                let bytes = self.bytes.fetch_add(r.bytes, Ordering::Relaxed) + r.bytes;
                let due = self.last.lock().is_ok_and(|mut last| {
                    let due = last.elapsed() >= Plain::PAUSE;
                    if due {
                        *last = Instant::now();
                    }
                    due
                });
                if due {
                    let total = self.total.load(Ordering::Relaxed);
                    let elapsed = self.begun.elapsed();
                    let rate = pages as f64 / elapsed.as_secs_f64();
                    let left = remaining(elapsed, bytes, self.all.load(Ordering::Relaxed));
                    say(&format!(
                        "{finished} of {total} documents, {pages} pages, {rate:.0} pages a second, \
                         about {left} left"
                    ));
                }
            }
            Event::RunFinished(s) => say(&summary(s)),
            Event::Started { .. } | Event::Retried { .. } => {}
        }
    }
}

/// How long the rest will take, as long as the part before did for each byte.
fn remaining(elapsed: Duration, bytes: u64, total: u64) -> String {
    if bytes == 0 {
        return "some time".into();
    }
    let left = elapsed.as_secs_f64() * total.saturating_sub(bytes) as f64 / bytes as f64;
    HumanDuration(Duration::from_secs(left as u64)).to_string()
}

/// A bar on a terminal: documents, pages, rate, time left, the current file.
struct Terminal {
    bar: ProgressBar,
    begun: Instant,
    finished: AtomicUsize,
    total: AtomicUsize,
    pages: AtomicUsize,
}

impl Terminal {
    fn new() -> Terminal {
        // Bytes measure the work: documents differ a thousandfold, and pages are known only once read.
        let style = ProgressStyle::with_template("{bar:24} {prefix} · {eta} left\n{wide_msg}");
        let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        let zero = || AtomicUsize::new(0);
        Terminal { bar, begun: Instant::now(), finished: zero(), total: zero(), pages: zero() }
    }

    fn counts(&self) {
        let pages = self.pages.load(Ordering::Relaxed);
        let rate = pages as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
        let (finished, total) = (self.finished.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        self.bar.set_prefix(format!("{finished}/{total} documents · {pages} pages · {rate:.0} pages/s"));
    }
}

impl Watcher for Terminal {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::RunStarted { documents, bytes } => {
                self.total.store(*documents, Ordering::Relaxed);
                self.bar.set_length(*bytes);
                self.counts();
            }
            Event::Started { source } => {
                let name = source.file_name().unwrap_or_default().to_string_lossy();
                self.bar.set_message(name.into_owned());
            }
            Event::Finished(r) => {
                self.finished.fetch_add(1, Ordering::Relaxed);
                if at_work(r) {
                    self.pages.fetch_add(r.pages, Ordering::Relaxed);
                    self.bar.inc(r.bytes);
                } else {
                    self.bar.dec_length(r.bytes);
                }
                self.counts();
                if let Some(line) = failure(r) {
                    self.bar.suspend(|| say(&line));
                }
            }
            Event::Retried { source, code, .. } => {
                let name = source.file_name().unwrap_or_default().to_string_lossy();
                self.bar.set_message(format!("{name}: {code}, again soon"));
            }
            Event::RunFinished(s) => {
                self.bar.finish_and_clear();
                say(&format!("{} ({})", summary(s), HumanBytes(s.bytes)));
            }
        }
    }
}
