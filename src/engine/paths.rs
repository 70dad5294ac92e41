//! Paths in JSON: for `#[serde(with = "paths")]`.
//!
//! A path that is UTF-8 stands as it is. One that is not, which file systems allow, stands as a
//! `file:` URL with its bytes in percent-encoding, so that none is lost and two never look the same:
//! `file:///archive/caf%E9.pdf`. A name that itself begins with `file:` is written so, too.

use serde::{Deserialize, Deserializer, Serializer};
use std::path::{Path, PathBuf};

const SCHEME: &str = "file:";

/// Writes a path.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(path))
}

/// Reads a path.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Ok(path(&String::deserialize(deserializer)?))
}

/// A path as text that says all of it.
pub fn text(path: &Path) -> String {
    match path.to_str() {
        Some(text) if !text.starts_with(SCHEME) => text.to_owned(),
        _ => {
            // An absolute path gives `file:///…`; a relative one has no host either.
            let slashes = if path.is_absolute() { "//" } else { "" };
            format!("{SCHEME}{slashes}{}", escaped(&bytes(path)))
        }
    }
}

/// The path that a text names.
pub fn path(text: &str) -> PathBuf {
    let Some(rest) = text.strip_prefix(SCHEME) else { return text.into() };
    from_bytes(unescaped(rest.strip_prefix("//").unwrap_or(rest)))
}

fn escaped(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(bytes.len());
    for b in bytes {
        if b.is_ascii_alphanumeric() || b"/-._~".contains(b) {
            out.push(char::from(*b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
    }
    out
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|h| u8::from_str_radix(std::str::from_utf8(h).ok()?, 16).ok());
        match (*first, code) {
            (b'%', Some(code)) => {
                out.push(code);
                rest = &after[2..];
            }
            (other, _) => {
                out.push(other);
                rest = after;
            }
        }
    }
    out
}

#[cfg(unix)]
fn bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

/// Elsewhere paths are Unicode but for halves of surrogate pairs, which are lost.
#[cfg(not(unix))]
fn bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}

#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_comes_back_as_it_was() {
        for name in ["/a b/ä%41.pdf", "rel.pdf", "file:x", "file:///x", "/a.zip/b/c.pdf"] {
            assert_eq!(path(&text(Path::new(name))), Path::new(name), "{name}");
        }
        assert_eq!(text(Path::new("/a b/ä%41.pdf")), "/a b/ä%41.pdf");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_survive() {
        let odd = from_bytes(b"/archive/caf\xE9 100%.pdf".to_vec());
        assert_eq!(text(&odd), "file:///archive/caf%E9%20100%25.pdf");
        assert_eq!(path(&text(&odd)), odd);
        let relative = from_bytes(b"caf\xE9".to_vec());
        assert_eq!(path(&text(&relative)), relative);
    }
}
