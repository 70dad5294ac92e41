//! Turns council agenda packs (PDF) into clean Markdown and JSON.

pub mod error;
pub mod limits;
pub mod model;
pub mod pdf;
pub mod stages;
pub mod vocabulary;

pub use error::Error;
