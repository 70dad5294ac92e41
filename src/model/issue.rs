//! What went wrong, told to the reader.

use super::PageNo;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A loss or doubt, recorded in the output. Codes are stable; `docs/errors.md` explains each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Issue {
    /// Stable code: `no_text_layer`, `ledger_unbalanced` …
    pub code: String,
    /// The page, where it is of one page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<PageNo>,
    /// The stage that saw it.
    pub stage: String,
    /// What happened, in words.
    pub message: String,
    /// Something is missing from the output: the document is partial.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub loss: bool,
}

impl Issue {
    /// A doubt: nothing is missing.
    pub fn doubt(code: &str, page: Option<PageNo>, stage: &str, message: impl Into<String>) -> Self {
        Issue { code: code.into(), page, stage: stage.into(), message: message.into(), loss: false }
    }

    /// A loss: the document is partial.
    pub fn loss(code: &str, page: Option<PageNo>, stage: &str, message: impl Into<String>) -> Self {
        Issue { loss: true, ..Issue::doubt(code, page, stage, message) }
    }
}
