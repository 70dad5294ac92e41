//! Exit codes: what each means is in the help, and tested.

use agendapack::Error;
use agendapack::engine::Summary;
use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All done; a partial document counts as done.
    Done = 0,
    /// A bug of ours.
    Bug = 1,
    /// A command line or a pipeline that makes no sense.
    Usage = 2,
    /// Some documents failed.
    SomeFailed = 3,
    /// The only document failed.
    OnlyFailed = 4,
    /// The output cannot be written.
    Write = 5,
    /// Of a night: something could not be reached.
    Unreachable = 6,
    /// Another run is at work on the same output.
    Locked = 7,
    /// `status` or `verify` found something.
    Found = 8,
    /// Stopped by the user.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

impl From<&Summary> for Exit {
    fn from(s: &Summary) -> Self {
        if s.interrupted {
            Exit::Interrupted
        } else if s.with_code("write_failed") > 0 {
            Exit::Write
        } else if s.with_code("bug") + s.with_code("worker_crashed") > 0 {
            Exit::Bug
        } else if s.failed == 0 {
            Exit::Done
        } else if s.documents == 1 {
            Exit::OnlyFailed
        } else {
            Exit::SomeFailed
        }
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error.code() {
            "write_failed" => Exit::Write,
            "bug" => Exit::Bug,
            "usage" => Exit::Usage,
            "output_busy" => Exit::Locked,
            "interrupted" => Exit::Interrupted,
            _ => Exit::OnlyFailed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_follow_the_summary() {
        let exit = |documents, failed, codes: &[&str]| {
            let codes = codes.iter().map(|c| ((*c).to_owned(), 1)).collect();
            Exit::from(&Summary { documents, failed, codes, ..Summary::default() })
        };
        assert_eq!(exit(3, 0, &[]), Exit::Done);
        assert_eq!(exit(3, 1, &["not_pdf"]), Exit::SomeFailed);
        assert_eq!(exit(3, 3, &["not_pdf"]), Exit::SomeFailed);
        assert_eq!(exit(1, 1, &["not_pdf"]), Exit::OnlyFailed);
        assert_eq!(exit(2, 2, &["not_pdf", "bug"]), Exit::Bug);
        assert_eq!(exit(2, 1, &["worker_crashed"]), Exit::Bug);
        assert_eq!(exit(2, 1, &["timeout"]), Exit::SomeFailed);
        assert_eq!(exit(2, 2, &["write_failed", "bug"]), Exit::Write);
        let stopped = Summary { interrupted: true, failed: 1, documents: 2, ..Summary::default() };
        assert_eq!(Exit::from(&stopped), Exit::Interrupted);
    }
}
