//! The one error type: what failed, a stable code, and what to do about it.

use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::PathBuf;

/// What can end a document or a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read from disk.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The output cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The bytes are no PDF.
    #[error("not a PDF: {detail}")]
    NotPdf {
        /// What was found instead.
        detail: String,
    },
    /// A PDF so damaged that no page can be found.
    #[error("the PDF is damaged: {detail}")]
    Damaged {
        /// What is broken.
        detail: String,
    },
    /// Opening the file needs a password.
    #[error("the PDF needs a password")]
    Password,
    /// The encryption is of a kind that we cannot read.
    #[error("the PDF is encrypted in a way that is not supported: {detail}")]
    Encryption {
        /// What is not supported.
        detail: String,
    },
    /// A safety cap of `limits` was reached before anything could be saved.
    #[error("{what} is over the limit of {limit}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// The cap.
        limit: u64,
    },
    /// A bug of ours, caught.
    #[error("internal error in {stage}: {detail}")]
    Bug {
        /// The stage.
        stage: &'static str,
        /// What happened.
        detail: String,
    },
    /// A stored artefact is not what this version writes.
    #[error("the stored {stage} artefact at {path} cannot be read: {detail}")]
    Artefact {
        /// The stage that wrote it.
        stage: String,
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// A site does not answer, or says that it cannot.
    #[error("cannot reach {url}: {detail}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// Why.
        detail: String,
    },
    /// A site answers with a refusal.
    #[error("{url} answers with status {status}")]
    HttpStatus {
        /// What was asked for.
        url: String,
        /// The status.
        status: u16,
    },
    /// A link or redirect leads where a site must not send us.
    #[error("{url} is not asked for: {detail}")]
    AddressRefused {
        /// Where it leads.
        url: String,
        /// What is wrong with that.
        detail: String,
    },
    /// Nobody whom we trust says that a site is the one that it says it is.
    #[error("the certificate of {url} is refused: {detail}")]
    Certificate {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A site's list is no list that we can trust.
    #[error("the answer of {url} is refused: {detail}")]
    AnswerRefused {
        /// What was asked for.
        url: String,
        /// What is wrong with the answer.
        detail: String,
    },
    /// A download ended before its end.
    #[error("the download of {url} is not whole: {detail}")]
    Truncated {
        /// What was asked for.
        url: String,
        /// What is missing.
        detail: String,
    },
    /// A download took longer than it may.
    #[error("the download of {url} took longer than {seconds} seconds")]
    TooSlow {
        /// What was asked for.
        url: String,
        /// The cap.
        seconds: u64,
    },
    /// Another run is at work on the same output.
    #[error("another run is at work on {path}: {detail}")]
    OutputBusy {
        /// The output.
        path: PathBuf,
        /// Who holds it.
        detail: String,
    },
    /// A configuration or command line that makes no sense.
    #[error("{detail}")]
    Usage {
        /// What is wrong, and what would be right.
        detail: String,
    },
    /// A zip file that cannot be read, or a file in it.
    #[error("the zip file cannot be read: {detail}")]
    Zip {
        /// What is wrong with it.
        detail: String,
    },
    /// A zip file inside a zip file.
    #[error("a zip file inside a zip file is not opened")]
    NestedZip,
    /// The time for one document ran out.
    #[error("not finished after {seconds} seconds")]
    Timeout {
        /// The limit.
        seconds: u64,
    },
    /// A worker took more memory than it may.
    #[error("it took more than {limit_mb} MB of memory")]
    OutOfMemory {
        /// The limit.
        limit_mb: u64,
    },
    /// A worker process died.
    #[error("the worker process died: {detail}")]
    WorkerCrashed {
        /// How, and its last words.
        detail: String,
    },
    /// Another run is converting the same document to the same place.
    #[error("another run has had {name} in work for {seconds} seconds")]
    Locked {
        /// Name of the document's folder.
        name: String,
        /// How long was waited.
        seconds: u64,
    },
    /// Stopped by the user.
    #[error("interrupted")]
    Interrupted,
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The same input will fail again.
    Permanent,
    /// The disk, the network or a limit of the moment: try again later.
    Transient,
    /// A bug of ours: please report it.
    Bug,
}

impl Error {
    /// A stable name that callers may branch on.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Read { .. } => "read_failed",
            Error::Write { .. } => "write_failed",
            Error::NotPdf { .. } => "not_pdf",
            Error::Damaged { .. } => "damaged",
            Error::Password => "password_required",
            Error::Encryption { .. } => "encryption_unsupported",
            Error::Limit { .. } => "limit_exceeded",
            Error::Bug { .. } => "bug",
            Error::Artefact { .. } => "artefact_unreadable",
            Error::Unreachable { .. } => "unreachable",
            Error::HttpStatus { .. } => "http_status",
            Error::AddressRefused { .. } => "address_refused",
            Error::Certificate { .. } => "certificate_refused",
            Error::AnswerRefused { .. } => "answer_refused",
            Error::Truncated { .. } => "truncated_download",
            Error::TooSlow { .. } => "too_slow",
            Error::OutputBusy { .. } => "output_busy",
            Error::Usage { .. } => "usage",
            Error::Zip { .. } => "zip_unreadable",
            Error::NestedZip => "nested_zip",
            Error::Timeout { .. } => "timeout",
            Error::OutOfMemory { .. } => "out_of_memory",
            Error::WorkerCrashed { .. } => "worker_crashed",
            Error::Locked { .. } => "locked",
            Error::Interrupted => "interrupted",
        }
    }

    /// Whether trying again can help.
    pub fn class(&self) -> Class {
        match self {
            Error::Read { .. }
            | Error::Write { .. }
            | Error::Artefact { .. }
            | Error::Locked { .. }
            | Error::Unreachable { .. }
            | Error::HttpStatus { .. }
            | Error::Truncated { .. }
            | Error::TooSlow { .. }
            | Error::OutputBusy { .. }
            | Error::Interrupted => Class::Transient,
            Error::Bug { .. } | Error::WorkerCrashed { .. } => Class::Bug,
            _ => Class::Permanent,
        }
    }

    /// Whether it may have passed in a few seconds: worth another try in the same run. A file that is
    /// not there, or that one may not read, will not have changed by then.
    pub fn may_pass(&self) -> bool {
        match self {
            Error::Read { source, .. } | Error::Write { source, .. } => !matches!(
                source.kind(),
                ErrorKind::NotFound
                    | ErrorKind::PermissionDenied
                    | ErrorKind::NotADirectory
                    | ErrorKind::IsADirectory
                    | ErrorKind::ReadOnlyFilesystem
                    | ErrorKind::InvalidFilename
                    | ErrorKind::InvalidInput
            ),
            Error::WorkerCrashed { .. } | Error::Locked { .. } => true,
            _ => false,
        }
    }

    /// Whether no other document could be written either: the disk is full, or may not be written.
    pub fn ends_the_run(&self) -> bool {
        let kinds = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::ReadOnlyFilesystem];
        matches!(self, Error::Write { source, .. } if kinds.contains(&source.kind()))
    }

    /// What the user can do about a failure that a stamp remembers, of which the code alone is known.
    pub fn hint_of(code: &str) -> Option<&'static str> {
        let none = String::new;
        let remembered = [
            Error::NotPdf { detail: none() },
            Error::Damaged { detail: none() },
            Error::Password,
            Error::Encryption { detail: none() },
            Error::Limit { what: "", limit: 0 },
            Error::Zip { detail: none() },
            Error::NestedZip,
            Error::Timeout { seconds: 0 },
            Error::OutOfMemory { limit_mb: 0 },
            Error::Interrupted,
        ];
        remembered.iter().find(|e| e.code() == code).map(Error::hint)
    }

    /// What the user can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Error::Read { .. } => "check that the file exists and that you may read it",
            Error::Write { .. } => "check free space and permissions of the output folder",
            Error::NotPdf { .. } => {
                "open the file: a download may have saved an error page instead of the pack"
            }
            Error::Damaged { .. } => "fetch the file again; a truncated download looks like this",
            Error::Password => "save a copy without a password, and convert that",
            Error::Encryption { .. } => "open it in a PDF reader and print it to a new PDF",
            Error::Limit { .. } => {
                "the file is far larger than any real pack; split it, or report it if it is real"
            }
            Error::Bug { .. } => {
                "please report this with the file, or with its name and version if it is not public"
            }
            Error::Artefact { .. } => "delete the work folder, or run the stage with --force",
            Error::Unreachable { .. } => {
                "the next run asks again; open the address in a browser if it stays so"
            }
            Error::HttpStatus { .. } => "open the address in a browser; the document may have been moved",
            Error::AddressRefused { .. } => {
                "a source is asked for its own site alone: configure another site as a source of its own"
            }
            Error::Certificate { .. } => {
                "open the address in a browser; if that trusts it, report it: nothing was fetched"
            }
            Error::AnswerRefused { .. } => {
                "open the address in a browser; if the site is healthy, report the answer"
            }
            Error::Truncated { .. } => "the next run asks again",
            Error::TooSlow { .. } => "the next run asks again; raise download_s if the site is always slow",
            Error::OutputBusy { .. } => "wait until it has ended, or give each run an output of its own",
            Error::Usage { .. } => "see --help",
            Error::Zip { .. } => "fetch it again, or unpack it and convert the folder",
            Error::NestedZip => "unpack the outer zip file and convert the folder",
            Error::Timeout { .. } => {
                "raise document_s in the pipeline, and report the file if it is an ordinary pack"
            }
            Error::OutOfMemory { .. } => {
                "raise memory_mb in the pipeline, and report the file if it is an ordinary pack"
            }
            Error::WorkerCrashed { .. } => {
                "if it comes again, please report it with the file; the machine may have been out of memory"
            }
            Error::Locked { .. } => "let the other run end, then run the same command again",
            Error::Interrupted => "run the same command again to go on",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stable() {
        let io = || std::io::Error::other("x");
        let all = [
            (Error::Read { path: "a".into(), source: io() }, "read_failed"),
            (Error::Write { path: "a".into(), source: io() }, "write_failed"),
            (Error::NotPdf { detail: String::new() }, "not_pdf"),
            (Error::Damaged { detail: String::new() }, "damaged"),
            (Error::Password, "password_required"),
            (Error::Encryption { detail: String::new() }, "encryption_unsupported"),
            (Error::Limit { what: "x", limit: 1 }, "limit_exceeded"),
            (Error::Bug { stage: "x", detail: String::new() }, "bug"),
            (Error::Unreachable { url: String::new(), detail: String::new() }, "unreachable"),
            (Error::HttpStatus { url: String::new(), status: 404 }, "http_status"),
            (Error::AddressRefused { url: String::new(), detail: String::new() }, "address_refused"),
            (Error::Certificate { url: String::new(), detail: String::new() }, "certificate_refused"),
            (Error::AnswerRefused { url: String::new(), detail: String::new() }, "answer_refused"),
            (Error::Truncated { url: String::new(), detail: String::new() }, "truncated_download"),
            (Error::TooSlow { url: String::new(), seconds: 1 }, "too_slow"),
            (Error::OutputBusy { path: "a".into(), detail: String::new() }, "output_busy"),
            (Error::Usage { detail: String::new() }, "usage"),
            (Error::Zip { detail: String::new() }, "zip_unreadable"),
            (Error::NestedZip, "nested_zip"),
            (Error::Timeout { seconds: 1 }, "timeout"),
            (Error::OutOfMemory { limit_mb: 1 }, "out_of_memory"),
            (Error::WorkerCrashed { detail: String::new() }, "worker_crashed"),
            (Error::Locked { name: String::new(), seconds: 1 }, "locked"),
            (Error::Interrupted, "interrupted"),
        ];
        for (error, code) in all {
            assert_eq!(error.code(), code);
            assert!(!error.hint().is_empty());
            // What a site answers is no failure of a document: no stamp remembers it.
            let of_a_document = code != "usage" && !code.ends_with("_refused");
            if error.class() == Class::Permanent && of_a_document {
                assert_eq!(Error::hint_of(code), Some(error.hint()), "{code} is remembered in stamps");
            }
        }
    }

    #[test]
    fn what_will_not_have_changed_in_seconds_is_not_tried_again() {
        let read = |kind: ErrorKind| Error::Read { path: "a".into(), source: kind.into() };
        let write = |kind: ErrorKind| Error::Write { path: "a".into(), source: kind.into() };
        assert!(read(ErrorKind::TimedOut).may_pass() && write(ErrorKind::StorageFull).may_pass());
        assert!(!read(ErrorKind::NotFound).may_pass() && !Error::Password.may_pass());
        assert!(!Error::Timeout { seconds: 1 }.may_pass());
        assert!(write(ErrorKind::StorageFull).ends_the_run() && !read(ErrorKind::StorageFull).ends_the_run());
        assert!(!write(ErrorKind::PermissionDenied).ends_the_run());
    }
}
