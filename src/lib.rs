//! Turns council agenda packs (PDF) into clean Markdown and JSON.
//!
//! ```
//! use agendapack::{Options, convert};
//!
//! let pdf = std::fs::read("samples/minutes.pdf")?;
//! let converted = convert(pdf, "minutes.pdf", &Options::default())?;
//! for section in &converted.pack.sections {
//!     println!("{:?} on pages {:?}", section.classification, section.pages);
//! }
//! assert!(converted.markdown().starts_with("---\n"));
//! // Every character that was read has exactly one fate.
//! assert!(converted.pack.pages.iter().all(|page| page.ledger.balances()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A document passes the [`stages`] in order; each is a pure function that can be run alone. The
//! [`engine`] runs many documents, keeps what is asked for and skips what is fresh.

pub mod digest;
pub mod engine;
pub mod error;
pub mod limits;
pub mod model;
pub mod moderngov;
pub mod nightly;
pub mod pdf;
pub mod picture;
pub mod sources;
pub mod stages;
pub mod tesseract;
mod threads;
pub mod vocabulary;
pub mod xml;

pub use engine::StageOptions as Options;
pub use error::Error;

use engine::{Pipeline, Plan, Road};
use model::Pack;
use stages::emit::Emitted;
use std::sync::Arc;

/// A pack that was converted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Converted {
    /// All of it, as in `pack.json`.
    pub pack: Pack,
    /// The files, as `agendapack convert` writes them.
    pub files: Emitted,
}

impl Converted {
    /// The text of `pack.md`.
    pub fn markdown(&self) -> &str {
        self.files.get("pack.md").unwrap_or_default()
    }
}

/// Converts one pack in memory. `filename` is only named in the output.
///
/// # Errors
/// Only where nothing can be saved: what was lost on the way is in [`Pack::issues`].
pub fn convert(pdf: impl Into<Vec<u8>>, filename: &str, options: &Options) -> Result<Converted, Error> {
    let plan = Plan::new(&Pipeline { stages: options.clone(), ..Pipeline::default() });
    let mut road = Road::new(&plan, Arc::new(pdf.into()), filename);
    let files = road.emitted()?.clone();
    let (flow, record, normalised) = road.published()?;
    Ok(Converted { pack: Pack::new(flow, record, normalised), files })
}

/// The JSON Schema of `pack.json`, made from the types of [`model::Pack`].
pub fn schema() -> String {
    let schema = schemars::schema_for!(Pack);
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap_or_default())
}
