//! What is published: the ledger of a night, written as `index.json` beside its packs. It says what was
//! published before, too: the ledger and the packs that it speaks of change by the same rename.

use crate::error::Error;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a night publishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// What this is: "agendapack/index".
    pub schema: String,
    /// Version of its layout.
    pub version: String,
    /// Name of the night.
    pub night: String,
    /// The packs, by name.
    pub packs: Vec<Published>,
}

/// A pack that is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Its name: that of its folder, for good.
    pub name: String,
    /// The source that lists it.
    pub source: String,
    /// What it is called there.
    pub key: String,
    /// Its title.
    pub title: String,
    /// The body that meets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The day of the meeting, or of the publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Where it was fetched from.
    pub url: String,
    /// Since when it is no longer listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Date>,
    /// Its versions that are kept, newest first.
    pub versions: Vec<Version>,
}

/// A version of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number, from 1.
    pub number: u32,
    /// The day on which it was published.
    pub published: Date,
    /// The day on which the next one took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Date>,
    /// SHA-256 of the PDF.
    pub sha256: String,
    /// SHA-256 of the meeting's record beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// What the stages and their options were.
    pub plan: String,
    /// Hash of the files.
    pub output: String,
}

impl Default for Index {
    fn default() -> Self {
        Index {
            schema: "agendapack/index".into(),
            version: "1.0".into(),
            night: String::new(),
            packs: Vec::new(),
        }
    }
}

impl Index {
    /// What `current` holds; nothing where there is no night yet.
    ///
    /// # Errors
    /// There is one, and it cannot be read.
    pub fn load(current: &Path) -> Result<Index, Error> {
        let path = current.join("index.json");
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|e| Error::Read { path, source: e.into() }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !current.is_symlink() => {
                Ok(Index::default())
            }
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    /// The ledger as JSON.
    pub fn json(&self) -> String {
        format!("{}\n", serde_json::to_string_pretty(self).unwrap_or_default())
    }

    /// The pack that a source calls so.
    pub fn find(&self, source: &str, key: &str) -> Option<&Published> {
        self.packs.iter().find(|p| p.source == source && p.key == key)
    }

    /// The pack that a source calls so, to be changed.
    pub fn find_mut(&mut self, source: &str, key: &str) -> Option<&mut Published> {
        self.packs.iter_mut().find(|p| p.source == source && p.key == key)
    }
}

impl Version {
    /// Name of its folder.
    pub fn folder(&self) -> String {
        format!("v{}", self.number)
    }
}

impl Published {
    /// Where a version lies, below the output.
    pub fn path(&self, version: &Version) -> String {
        format!("packs/{}/{}", self.name, version.folder())
    }
}
