//! Which files a list of files, folders, globs and "-" means.

use agendapack::Error;
use agendapack::engine::archive;
use agendapack::engine::source::{is_pdf, is_zip};
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// The packs that are meant: sorted, each once. A file that is named is taken whatever its name; in
/// folders, zip files and globs only `*.pdf` counts, and what says by its name that packs are in it.
/// What cannot be looked into is taken as a pack, so that it ends as one that failed.
///
/// # Errors
/// A list that cannot be read, a broken glob, or nothing found at all.
pub(crate) fn expand(inputs: &[PathBuf], stdin: &mut dyn BufRead) -> Result<Vec<PathBuf>, Error> {
    let mut found = Found::default();
    for input in inputs {
        if input.as_os_str() == "-" {
            for path in listed(stdin)? {
                found.named(&path)?;
            }
        } else {
            found.named(input)?;
        }
    }
    let mut out = found.packs;
    out.sort_unstable();
    out.dedup();
    if out.is_empty() {
        return Err(Error::Usage { detail: "no PDF was found in what was given".into() });
    }
    Ok(out)
}

/// A list of files: one a line or, where there are zero bytes, one between two of them.
fn listed(stdin: &mut dyn BufRead) -> Result<Vec<PathBuf>, Error> {
    let mut bytes = Vec::new();
    stdin.read_to_end(&mut bytes).map_err(|source| Error::Read { path: "-".into(), source })?;
    let end = if bytes.contains(&0) { 0 } else { b'\n' };
    let path = |line: &[u8]| {
        let line = if end == 0 { line } else { line.strip_suffix(b"\r").unwrap_or(line) };
        (!line.trim_ascii().is_empty()).then(|| name(line).into())
    };
    Ok(bytes.split(|b| *b == end).filter_map(path).collect())
}

#[cfg(unix)]
fn name(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(bytes).to_owned()
}

#[cfg(not(unix))]
fn name(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// What was found so far.
#[derive(Default)]
struct Found {
    packs: Vec<PathBuf>,
    /// Folders that were walked, as they are without links: each is walked once, so that links that
    /// lead back end.
    walked: HashSet<PathBuf>,
}

impl Found {
    /// What was named itself.
    fn named(&mut self, path: &Path) -> Result<(), Error> {
        let text = path.to_string_lossy();
        if !path.exists() && text.contains(['*', '?', '[']) {
            let wrong =
                |e: glob::PatternError| Error::Usage { detail: format!("the glob {text} is wrong: {e}") };
            let mut any = false;
            for hit in glob::glob(&text).map_err(wrong)?.flatten() {
                any |= hit.is_dir() || is_pdf(&hit) || is_zip(&hit);
                self.seen(whole(&hit));
            }
            if !any {
                return Err(Error::Usage { detail: format!("the glob {text} matches no PDF") });
            }
            return Ok(());
        }
        let path = whole(path);
        if path.is_dir() || is_zip(&path) {
            self.seen(path);
        } else {
            self.packs.push(path);
        }
        Ok(())
    }

    /// Something by its path without links: a folder, a zip file, a PDF, or nothing of ours.
    fn seen(&mut self, path: PathBuf) {
        if path.is_dir() {
            self.walk(path);
        } else if is_zip(&path) {
            self.unpack(path);
        } else if is_pdf(&path) {
            self.packs.push(path);
        }
    }

    /// A folder, and those in it: hidden ones left out.
    fn walk(&mut self, folder: PathBuf) {
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            if !self.walked.insert(folder.clone()) {
                continue;
            }
            let Ok(entries) = std::fs::read_dir(&folder) else {
                self.packs.push(folder);
                continue;
            };
            for entry in entries.flatten() {
                let (name, path) = (entry.file_name(), entry.path());
                let kind = entry.file_type().ok();
                if beside_the_point(Path::new(&name)) {
                    continue;
                }
                // A link may lead anywhere; what is no link has no other name than this one.
                let path = if kind.is_some_and(|k| k.is_symlink()) { whole(&path) } else { path };
                let is_folder = kind.is_some_and(|k| k.is_dir() || (k.is_symlink() && path.is_dir()));
                if is_folder {
                    if !name.to_string_lossy().starts_with('.') {
                        folders.push(path);
                    }
                } else if is_zip(&path) {
                    self.unpack(path);
                } else if is_pdf(&path) {
                    self.packs.push(path);
                }
            }
        }
    }

    /// The packs in a zip file; zip files in it and one that cannot be read are refused by name.
    fn unpack(&mut self, zip: PathBuf) {
        match archive::members(&zip) {
            Ok(members) => {
                let names = members.iter().map(|m| Path::new(&m.name));
                let packs =
                    names.filter(|n| !n.components().any(|c| beside_the_point(c.as_os_str().as_ref())));
                self.packs.extend(packs.filter(|n| is_pdf(n) || is_zip(n)).map(|n| zip.join(n)));
            }
            Err(_) => self.packs.push(zip),
        }
    }
}

/// A path without links, where it is there.
fn whole(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// What one system leaves beside every file for itself.
fn beside_the_point(name: &Path) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("._") || name == "__MACOSX"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_folders_globs_and_lists_are_found_once() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("in/deep/.hidden")).unwrap();
        for name in ["in/b.pdf", "in/deep/a.PDF", "in/notes.txt", "in/deep/.hidden/c.pdf", "odd.bin"] {
            std::fs::write(root.join(name), "x").unwrap();
        }
        let names = |inputs: &[&str], list: &str| {
            let inputs: Vec<PathBuf> =
                inputs.iter().map(|i| if *i == "-" { "-".into() } else { root.join(i) }).collect();
            let found = expand(&inputs, &mut list.as_bytes());
            found.map(|f| {
                f.iter().map(|p| p.strip_prefix(&root).unwrap().display().to_string()).collect::<Vec<_>>()
            })
        };
        assert_eq!(names(&["in"], "").unwrap(), ["in/b.pdf", "in/deep/a.PDF"]);
        assert_eq!(names(&["in/*.pdf", "in/b.pdf", "odd.bin"], "").unwrap(), ["in/b.pdf", "odd.bin"]);
        let zeros = format!("{}\0{}\0", root.join("odd.bin").display(), root.join("in/b.pdf").display());
        assert_eq!(names(&["-"], &zeros).unwrap(), ["in/b.pdf", "odd.bin"]);
        let list = format!("{}\r\n\n{}\n", root.join("odd.bin").display(), root.join("in/b.pdf").display());
        assert_eq!(names(&["-"], &list).unwrap(), ["in/b.pdf", "odd.bin"]);
        assert_eq!(names(&["in/deep/*.txt"], "").unwrap_err().code(), "usage");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_once_and_names_may_be_odd() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("in/deep")).unwrap();
        std::fs::create_dir_all(root.join("else")).unwrap();
        std::fs::write(root.join("else/far.pdf"), "x").unwrap();
        std::fs::write(root.join("in/deep/._far.pdf"), "x").unwrap();
        let odd = root.join(name(b"in/caf\xE9 \n.pdf"));
        std::fs::write(&odd, "x").unwrap();
        symlink(root.join("in"), root.join("in/deep/loop")).unwrap();
        symlink(root.join("else"), root.join("in/to-folder")).unwrap();
        symlink(root.join("else/far.pdf"), root.join("in/to-file.pdf")).unwrap();
        symlink(root.join("nowhere"), root.join("in/dangling.pdf")).unwrap();
        let found = expand(&[root.join("in")], &mut &b""[..]).unwrap();
        assert_eq!(found, [root.join("else/far.pdf"), odd, root.join("in/dangling.pdf")]);
    }

    #[test]
    fn zip_files_are_looked_into_and_broken_ones_taken_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let mut zip = zip::ZipWriter::new(std::fs::File::create(root.join("a.zip")).unwrap());
        for name in ["b/pack.pdf", "notes.txt", "in.zip", "__MACOSX/b/._pack.pdf"] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        }
        zip.finish().unwrap();
        std::fs::write(root.join("bad.zip"), "x").unwrap();
        let found = expand(std::slice::from_ref(&root), &mut &b""[..]).unwrap();
        assert_eq!(found, ["a.zip/b/pack.pdf", "a.zip/in.zip", "bad.zip"].map(|n| root.join(n)));
    }
}
