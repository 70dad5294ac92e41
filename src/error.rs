//! The one error type: what failed, a stable code, and what to do about it.

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
    /// A configuration or command line that makes no sense.
    #[error("{detail}")]
    Usage {
        /// What is wrong, and what would be right.
        detail: String,
    },
    /// Stopped by the user.
    #[error("interrupted")]
    Interrupted,
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
            Error::Usage { .. } => "usage",
            Error::Interrupted => "interrupted",
        }
    }

    /// Whether trying again can help.
    pub fn class(&self) -> Class {
        match self {
            Error::Read { .. } | Error::Write { .. } | Error::Artefact { .. } | Error::Interrupted => {
                Class::Transient
            }
            Error::Bug { .. } => Class::Bug,
            _ => Class::Permanent,
        }
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
            Error::Usage { .. } => "see --help",
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
            (Error::Usage { detail: String::new() }, "usage"),
            (Error::Interrupted, "interrupted"),
        ];
        for (error, code) in all {
            assert_eq!(error.code(), code);
            assert!(!error.hint().is_empty());
        }
    }
}
