//! A child process with a time limit: fed, listened to, ended.

use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// Well: what it wrote.
    Done { out: Vec<u8>, err: String },
    /// With an error of its own.
    Failed(String),
    /// It was ended at the time limit.
    TooSlow,
    /// It was ended because the run was stopped.
    Stopped,
}

/// Bytes read of what it warns of.
const WARNINGS: u64 = 64 << 10;
/// How often the stop is looked at.
const LOOK: Duration = Duration::from_millis(25);

/// Runs a command with `input` on its standard input, for at most `time`; reads at most `most` bytes of
/// what it writes. The child never outlives the call.
pub(super) fn run(
    mut command: Command,
    input: Vec<u8>,
    time: Duration,
    most: u64,
    stop: Option<&AtomicBool>,
) -> Ended {
    let until = Instant::now() + time;
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => Ending(child),
        Err(e) => return Ended::Failed(e.to_string()),
    };
    let (stdin, stdout, stderr) = (child.0.stdin.take(), child.0.stdout.take(), child.0.stderr.take());
    let stopped = || stop.is_some_and(|s| s.load(Ordering::Relaxed));
    // None of these threads is waited for: a child's own child may hold its pipes open.
    let (said, hear) = channel();
    let (warned, warnings) = channel();
    // A child that is not interested closes its end: that is no error of ours.
    thread::spawn(move || stdin.map(|mut pipe| pipe.write_all(&input)));
    thread::spawn(move || said.send(read(stdout, most)));
    thread::spawn(move || warned.send(read(stderr, WARNINGS)));
    let out = loop {
        match hear.recv_timeout(LOOK) {
            Ok(answer) => break answer,
            Err(RecvTimeoutError::Disconnected) => return Ended::Failed("it said nothing".into()),
            Err(RecvTimeoutError::Timeout) if stopped() => {
                child.end();
                return Ended::Stopped;
            }
            Err(RecvTimeoutError::Timeout) if Instant::now() > until => {
                child.end();
                return Ended::TooSlow;
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    };
    if out.len() as u64 >= most {
        child.end();
        return Ended::Failed("it wrote without end".into());
    }
    let Some(status) = child.ended(until) else { return Ended::TooSlow };
    let err = warnings.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
    let err = String::from_utf8_lossy(&err).trim().to_owned();
    match status {
        status if status.success() => Ended::Done { out, err },
        // An interrupt from the keyboard reaches the child, too.
        _ if stopped() => Ended::Stopped,
        status => Ended::Failed(format!("{status}: {}", err.lines().last().unwrap_or_default())),
    }
}

/// What comes out of a pipe, up to so many bytes.
fn read(pipe: Option<impl Read>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = pipe.map(|p| p.take(most).read_to_end(&mut bytes));
    bytes
}

/// A child that does not outlive its owner.
struct Ending(Child);

impl Ending {
    /// How it ended, once it has closed its output; ended at the time limit where it goes on.
    fn ended(&mut self, until: Instant) -> Option<ExitStatus> {
        loop {
            match self.0.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(1)),
                _ => {
                    self.end();
                    return None;
                }
            }
        }
    }

    fn end(&mut self) {
        let _ = self.0.kill();
        // Waited for, so that its time is counted as ours and nothing is left of it.
        let _ = self.0.wait();
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn what_goes_in_comes_out() {
        let input = vec![b'x'; 1 << 20];
        let ended = run(shell("cat; echo said >&2"), input.clone(), LONG, 4 << 20, None);
        assert_eq!(ended, Ended::Done { out: input, err: "said".into() });
    }

    #[test]
    fn a_child_that_does_not_end_is_ended() {
        let begun = Instant::now();
        assert_eq!(
            run(shell("exec sleep 60"), Vec::new(), Duration::from_millis(100), 99, None),
            Ended::TooSlow
        );
        // One that says nothing more, but stays.
        let shut = "exec >&- 2>&-; exec sleep 60";
        assert_eq!(run(shell(shut), Vec::new(), Duration::from_millis(100), 99, None), Ended::TooSlow);
        let stop = AtomicBool::new(true);
        assert_eq!(run(shell("exec sleep 60"), Vec::new(), LONG, 99, Some(&stop)), Ended::Stopped);
        assert!(begun.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn failures_are_told() {
        let Ended::Failed(why) = run(shell("echo no such data >&2; exit 3"), Vec::new(), LONG, 99, None)
        else {
            panic!("it fails")
        };
        assert!(why.contains("no such data"), "{why}");
        assert!(matches!(run(shell("exec yes"), Vec::new(), LONG, 1000, None), Ended::Failed(_)));
        assert!(matches!(run(Command::new("/nowhere/at-all"), Vec::new(), LONG, 9, None), Ended::Failed(_)));
    }
}
