//! What a pipeline file says of its sources.

use super::name::slug;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A `[[source]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum SourceOptions {
    /// A folder of PDFs.
    Folder(FolderOptions),
    /// A ModernGov site.
    Moderngov(ModernGovOptions),
    /// An RSS or Atom feed.
    Rss(RssOptions),
}

/// `kind = "folder"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderOptions {
    /// What it is called in reports [default: the folder's name].
    pub name: Option<String>,
    /// The folder; a relative one is taken from the pipeline file's.
    pub path: PathBuf,
}

/// `kind = "moderngov"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModernGovOptions {
    /// What it is called in reports and in the names of its packs [default: the host].
    pub name: Option<String>,
    /// The site: `https://democracy.example.gov.uk`.
    pub site: String,
    /// Whose meetings.
    #[serde(default)]
    pub committees: Committees,
    /// Meetings from so many days before today.
    #[serde(default = "week")]
    pub days_back: u16,
    /// Meetings until so many days after today.
    #[serde(default = "fortnight")]
    pub days_ahead: u16,
    /// Whether the site stands on a private network.
    #[serde(default)]
    pub private_network: bool,
}

/// `kind = "rss"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RssOptions {
    /// What it is called in reports and in the names of its packs [default: the host].
    pub name: Option<String>,
    /// The feed.
    pub url: String,
    /// Whether the site stands on a private network.
    #[serde(default)]
    pub private_network: bool,
}

/// Whose meetings: `"all"`, or the numbers of committees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "committees must be \"all\" or a list of numbers")]
pub enum Committees {
    /// A word for all of them.
    Word(CommitteesWord),
    /// These.
    These(Vec<u32>),
}

/// All of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommitteesWord {
    /// Every committee.
    All,
}

impl Default for Committees {
    fn default() -> Self {
        Committees::Word(CommitteesWord::All)
    }
}

fn week() -> u16 {
    7
}

fn fortnight() -> u16 {
    14
}

/// `[fetch]`: how sites are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetchOptions {
    /// Whom a site's keeper can ask: an address of mail or of a page. It stands in every request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Milliseconds between two requests to one host.
    pub delay_ms: u64,
    /// Tries again after a failure that may pass.
    pub retries: u32,
    /// The longest that a host's `Retry-After` is waited for, in seconds.
    pub wait_s: u64,
    /// Seconds until the answer must begin.
    pub timeout_s: u64,
    /// Seconds until an answer must be whole.
    pub download_s: u64,
    /// Megabytes of the largest PDF.
    pub max_mb: u64,
}

impl Default for FetchOptions {
    fn default() -> Self {
        FetchOptions {
            contact: None,
            delay_ms: 1000,
            retries: 3,
            wait_s: 120,
            timeout_s: 30,
            download_s: 600,
            max_mb: 200,
        }
    }
}

impl SourceOptions {
    /// What it is called.
    pub fn name(&self) -> String {
        let host = |url: &str| {
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            slug(rest.split(['/', '?']).next().unwrap_or_default())
        };
        let (given, default) = match self {
            SourceOptions::Folder(o) => {
                (&o.name, slug(&o.path.file_name().unwrap_or_default().to_string_lossy()))
            }
            SourceOptions::Moderngov(o) => (&o.name, host(&o.site)),
            SourceOptions::Rss(o) => (&o.name, host(&o.url)),
        };
        given.clone().unwrap_or(default)
    }

    /// The host that is asked; of folders none.
    pub fn host(&self) -> String {
        let url = match self {
            SourceOptions::Folder(_) => return String::new(),
            SourceOptions::Moderngov(o) => &o.site,
            SourceOptions::Rss(o) => &o.url,
        };
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // Two ports of a host are one machine.
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        name.map_or(host, |(name, _)| name).to_ascii_lowercase()
    }

    /// Takes relative paths from this folder.
    pub fn rebase(&mut self, folder: &Path) {
        if let SourceOptions::Folder(o) = self {
            o.path = folder.join(&o.path);
        }
    }
}

/// Checks what the sources say, before any is asked.
///
/// # Errors
/// A name that is no folder's name or stands twice, or sources on the web without a contact.
pub fn check(sources: &[SourceOptions], fetch: &FetchOptions) -> Result<(), Error> {
    let wrong = |detail: String| Err(Error::Usage { detail });
    let mut names = BTreeSet::new();
    for source in sources {
        let name = source.name();
        if name.is_empty() || slug(&name) != name {
            let detail = format!("the source name {name:?} is wrong: use small letters, digits and hyphens");
            return wrong(detail);
        }
        if !names.insert(name.clone()) {
            return wrong(format!("two sources are called {name}: give one a `name = \"…\"` of its own"));
        }
    }
    // Times are added to clocks, and must not run over.
    for (key, value, most) in [
        ("delay_ms", fetch.delay_ms, 3_600_000),
        ("retries", u64::from(fetch.retries), 20),
        ("wait_s", fetch.wait_s, 86_400),
        ("timeout_s", fetch.timeout_s, 3_600),
        ("download_s", fetch.download_s, 86_400),
    ] {
        if value > most {
            return wrong(format!("[fetch] {key} = {value} is too much: {most} is the most"));
        }
    }
    let contact = fetch.contact.as_deref().unwrap_or_default();
    let web = sources.iter().any(|s| !matches!(s, SourceOptions::Folder(_)));
    if web && contact.trim().is_empty() {
        return wrong(
            "sites are told whom they can ask about our requests: add this to the pipeline file, with an \
             address of yours\n\n    [fetch]\n    contact = \"name@example.org\"\n"
                .into(),
        );
    }
    // It becomes part of a header.
    if contact.chars().any(|c| !(' '..='~').contains(&c)) || contact.len() > 200 {
        return wrong("[fetch] contact must be plain ASCII of at most 200 characters".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(text: &str) -> Vec<SourceOptions> {
        #[derive(Deserialize)]
        struct File {
            source: Vec<SourceOptions>,
        }
        toml::from_str::<File>(text).unwrap().source
    }

    #[test]
    fn sources_have_names_of_their_own() {
        let all = sources(
            "[[source]]\nkind = \"folder\"\npath = \"in/New Papers\"\n\
             [[source]]\nkind = \"moderngov\"\nsite = \"https://Democracy.example.org/x\"\ncommittees = [1, 2]\n\
             [[source]]\nkind = \"rss\"\nname = \"feed\"\nurl = \"https://example.org/rss\"\n",
        );
        let names: Vec<String> = all.iter().map(SourceOptions::name).collect();
        assert_eq!(names, ["new-papers", "democracy-example-org", "feed"]);
        let fetch = FetchOptions { contact: Some("a@example.org".into()), ..FetchOptions::default() };
        assert!(check(&all, &fetch).is_ok());
        assert!(check(&all[..1], &FetchOptions::default()).is_ok(), "folders are told nothing");
        assert_eq!(check(&all, &FetchOptions::default()).unwrap_err().code(), "usage");
        let twice = [all[1].clone(), all[1].clone()];
        assert!(check(&twice, &fetch).unwrap_err().to_string().contains("two sources"));
        let header = FetchOptions { contact: Some("a\r\nHost: b".into()), ..fetch };
        assert_eq!(check(&all, &header).unwrap_err().code(), "usage");
    }

    #[test]
    fn sources_of_one_host_are_known() {
        let host = |url: &str| {
            let rss = RssOptions { name: None, url: url.into(), private_network: false };
            SourceOptions::Rss(rss).host()
        };
        assert_eq!(host("https://Example.org/rss?a:1"), "example.org");
        assert_eq!(host("http://example.org:8080/x"), "example.org");
        assert_eq!(host("http://[::1]:81/x"), "[::1]");
        assert_eq!(host("http://[fe80::1]/x"), "[fe80::1]");
    }

    #[test]
    fn a_name_is_no_way_out() {
        for name in ["../up", "a/b", "", ".", "A"] {
            let text = format!("[[source]]\nkind = \"folder\"\npath = \"x\"\nname = {name:?}\n");
            assert_eq!(
                check(&sources(&text), &FetchOptions::default()).unwrap_err().code(),
                "usage",
                "{name}"
            );
        }
    }
}
