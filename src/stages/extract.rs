//! The first stage: what the PDF holds, before anybody says what it means.

use super::Stage;
use crate::digest::sha256;
use crate::error::Error;
use crate::model::{Extract, Issue};
use crate::moderngov;
use crate::pdf;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Reads a PDF into runs of text, drawings and the document's own structure.
pub struct Extraction;

/// A PDF in memory.
#[derive(Debug, Clone)]
pub struct Input {
    /// The file.
    pub bytes: Arc<Vec<u8>>,
    /// Its name without folders.
    pub filename: String,
    /// Its SHA-256 in hex, where somebody knows it already.
    pub sha256: Option<String>,
    /// The meeting's record that lay beside it (`<stem>.xml`).
    pub beside: Option<Arc<Vec<u8>>>,
}

/// Nothing can be set yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Options {}

impl Stage for Extraction {
    type In<'a> = Input;
    type Out = Extract;
    type Options = Options;
    const NAME: &'static str = "extract";
    const VERSION: u32 = 4;

    fn run(input: Input, _: &Options) -> Result<Extract, Error> {
        // On one thread alone this hash takes as long as a quarter of all pages on sixteen.
        let known = input.sha256;
        let hash = || known.unwrap_or_else(|| sha256(&input.bytes));
        let (read, sha256) = rayon::join(|| pdf::read(&input.bytes), hash);
        let mut out = read?;
        out.document.sha256 = sha256;
        out.document.filename = input.filename;
        match input.beside.map(|xml| moderngov::read(&xml)) {
            Some(Ok(record)) => out.document.beside = Some(record),
            Some(Err(why)) => out.issues.push(Issue::doubt(
                "meeting_record_refused",
                None,
                Self::NAME,
                format!("the XML beside the PDF was not read: {why}"),
            )),
            None => {}
        }
        Ok(out)
    }
}
