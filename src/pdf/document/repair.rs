//! The fallback road: a file that the first reader cannot load, made whole by the second.

use crate::limits;
use lopdf::{Document, LoadOptions};

/// The file as `lopdf` understands it, written anew. `None` where it finds no pages either.
pub(in crate::pdf) fn repaired(bytes: &[u8]) -> Option<Vec<u8>> {
    let attempt = |force_reconstruct: bool| {
        let options = LoadOptions {
            max_decompressed_size: Some(limits::STREAM_BYTES),
            force_reconstruct,
            ..LoadOptions::default()
        };
        let mut doc = Document::load_mem_with_options(bytes, options).ok()?;
        doc.page_iter().next()?;
        let mut out = Vec::with_capacity(bytes.len());
        doc.save_to(&mut out).ok()?;
        Some(out)
    };
    attempt(false).or_else(|| attempt(true))
}
