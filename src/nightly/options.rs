//! `[nightly]` of a pipeline file: where packs are published, and how long old versions stay.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// How a night publishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NightlyOptions {
    /// The output folder; a relative one is taken from the pipeline file's. `--out` overrides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out: Option<PathBuf>,
    /// Versions of a pack that stay, the newest included. 0 keeps all.
    pub keep_versions: u32,
    /// Days that a version stays after it was replaced, whatever their number.
    pub keep_days: u32,
    /// Days that the PDF of a document and what its stages gave stay after it was last listed. Its
    /// published versions stay longer. 0 keeps all.
    pub keep_pdf_days: u32,
}

impl Default for NightlyOptions {
    fn default() -> Self {
        NightlyOptions { out: None, keep_versions: 3, keep_days: 30, keep_pdf_days: 180 }
    }
}

impl NightlyOptions {
    /// Takes a relative path from this folder.
    pub fn rebase(&mut self, folder: &Path) {
        self.out = self.out.take().map(|out| folder.join(out));
    }
}
