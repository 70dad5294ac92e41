//! Which files a list of files, folders, globs and "-" means.

use agendapack::Error;
use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// The PDFs that are meant: sorted, each once. A file that is named is taken whatever its name; in
/// folders and globs only `*.pdf` counts.
///
/// # Errors
/// A folder that cannot be read, a broken glob, or nothing found at all.
pub(crate) fn expand(inputs: &[PathBuf], stdin: &mut dyn BufRead) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for input in inputs {
        if input.as_os_str() == "-" {
            for line in stdin.lines() {
                let line = line.map_err(|source| Error::Read { path: "-".into(), source })?;
                if !line.trim().is_empty() {
                    add(Path::new(line.trim_end_matches('\r')), &mut found)?;
                }
            }
        } else {
            add(input, &mut found)?;
        }
    }
    let mut seen = BTreeSet::new();
    let mut out: Vec<PathBuf> =
        found.into_iter().map(|p| p.canonicalize().unwrap_or(p)).filter(|p| seen.insert(p.clone())).collect();
    out.sort();
    if out.is_empty() {
        return Err(Error::Usage { detail: "no PDF was found in what was given".into() });
    }
    Ok(out)
}

fn add(path: &Path, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    if path.is_dir() {
        return walk(path, found, 0);
    }
    let text = path.to_string_lossy();
    if !path.exists() && text.contains(['*', '?', '[']) {
        let wrong = |e: glob::PatternError| Error::Usage { detail: format!("the glob {text} is wrong: {e}") };
        let before = found.len();
        for hit in glob::glob(&text).map_err(wrong)?.flatten() {
            if hit.is_dir() {
                walk(&hit, found, 0)?;
            } else if is_pdf(&hit) {
                found.push(hit);
            }
        }
        if found.len() == before {
            return Err(Error::Usage { detail: format!("the glob {text} matches no PDF") });
        }
        return Ok(());
    }
    found.push(path.to_owned());
    Ok(())
}

/// Folders are walked in order, hidden ones left out.
fn walk(folder: &Path, found: &mut Vec<PathBuf>, depth: u8) -> Result<(), Error> {
    let wrong = |source| Error::Read { path: folder.to_owned(), source };
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).map_err(wrong)?.flatten().map(|e| e.path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            let hidden = entry.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
            // A link to a folder above would never end.
            if !hidden && depth < 32 && !entry.is_symlink() {
                walk(&entry, found, depth + 1)?;
            }
        } else if is_pdf(&entry) {
            found.push(entry);
        }
    }
    Ok(())
}

fn is_pdf(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf"))
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
        let list = format!("{}\r\n\n{}\n", root.join("odd.bin").display(), root.join("in/b.pdf").display());
        assert_eq!(names(&["-"], &list).unwrap(), ["in/b.pdf", "odd.bin"]);
        assert_eq!(names(&["in/deep/*.txt"], "").unwrap_err().code(), "usage");
    }
}
