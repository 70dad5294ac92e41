//! Tesseract, the OCR program: found on the PATH, run as a child, its answer read.
//!
//! The only folder that knows how the program is called and what it writes.

mod hocr;
mod process;

pub use hocr::{TextLine, Word, parse, parse_pages};

use crate::limits;
use crate::picture::{Grey, to_tiff};
use process::Ended;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The first version whose answers are as expected: 4 reads lines with a neural network, but marks its
/// words less surely.
const LEAST: u32 = 4;

/// The program, as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tesseract {
    program: PathBuf,
    /// As it names itself: "5.3.0".
    pub version: String,
    /// Its language data, with the size of each file: other data reads otherwise.
    pub languages: Vec<(String, u64)>,
}

/// Why nothing can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// There is no such program.
    Program,
    /// It is too old, or does not answer.
    Version(String),
    /// It lacks the data of a language.
    Language(String),
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Missing::Program => f.write_str("tesseract is not installed"),
            Missing::Version(v) => write!(f, "tesseract {v} cannot be used (version {LEAST} or later can)"),
            Missing::Language(l) => write!(f, "tesseract has no data for the language \"{l}\""),
        }
    }
}

/// Why one picture was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It took longer than the limit.
    TooSlow,
    /// The user stopped the run.
    Stopped,
    /// It ended with an error.
    Failed(String),
}

/// How a picture is to be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish<'a> {
    /// Languages, as `eng` or `cym`.
    pub languages: &'a [String],
    /// Pixels an inch.
    pub resolution: f32,
}

impl Tesseract {
    /// The program on the PATH; looked for once.
    ///
    /// # Errors
    /// It is not there or too old.
    pub fn find() -> Result<&'static Tesseract, Missing> {
        static FOUND: OnceLock<Result<Tesseract, Missing>> = OnceLock::new();
        FOUND.get_or_init(Tesseract::look).as_ref().map_err(Clone::clone)
    }

    fn look() -> Result<Tesseract, Missing> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let name = format!("tesseract{}", std::env::consts::EXE_SUFFIX);
        let program = std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|p| p.is_file());
        let program = program.ok_or(Missing::Program)?;
        let ask = |argument: &str| {
            let mut command = Command::new(&program);
            command.arg(argument);
            process::run(command, Vec::new(), Duration::from_secs(10), 1 << 20, None)
        };
        let silent = || Missing::Version("that does not answer".into());
        let Ended::Done { out, err } = ask("--version") else { return Err(silent()) };
        // Old versions answer on standard error.
        let text = if out.is_empty() { err } else { String::from_utf8_lossy(&out).into_owned() };
        let version = text.split_whitespace().nth(1).unwrap_or_default().trim_start_matches('v').to_owned();
        let major: u32 = version.split('.').next().and_then(|n| n.parse().ok()).ok_or_else(silent)?;
        if major < LEAST {
            return Err(Missing::Version(version));
        }
        let Ended::Done { out, .. } = ask("--list-langs") else { return Err(silent()) };
        let text = String::from_utf8_lossy(&out).into_owned();
        let mut lines = text.lines();
        // `List of available languages in "/usr/share/…/tessdata/" (3):`
        let folder = lines.next().and_then(|l| l.split('"').nth(1)).map(PathBuf::from).unwrap_or_default();
        let size =
            |l: &str| std::fs::metadata(folder.join(format!("{l}.traineddata"))).map_or(0, |m| m.len());
        let mut languages: Vec<(String, u64)> =
            lines.map(|l| (l.trim().to_owned(), size(l.trim()))).collect();
        languages.sort();
        Ok(Tesseract { program, version, languages })
    }

    /// Sees to it that it has the data of these languages.
    ///
    /// # Errors
    /// The first that it lacks.
    pub fn knows(&self, languages: &[String]) -> Result<(), Missing> {
        let lacks = |l: &&String| !self.languages.iter().any(|(name, _)| name == *l);
        languages.iter().find(lacks).map_or(Ok(()), |l| Err(Missing::Language(l.clone())))
    }

    /// What tells its readings from those of other versions and data.
    pub fn identity(&self, languages: &[String]) -> String {
        let mut out = format!("tesseract {}", self.version);
        for (name, size) in self.languages.iter().filter(|(name, _)| languages.contains(name)) {
            let _ = write!(out, " {name}:{size}");
        }
        out
    }

    /// Reads a picture.
    ///
    /// # Errors
    /// The program failed, took too long, or the run was stopped.
    pub fn read(
        &self,
        picture: &Grey,
        wish: &Wish<'_>,
        stop: Option<&AtomicBool>,
    ) -> Result<Vec<TextLine>, Failure> {
        let mut command = self.command(wish);
        command.args(["--psm", "3", "-c", "tessedit_create_hocr=1"]);
        let out = answer(command, picture.to_pgm(), stop)?;
        parse(&out).map_err(unlike_hocr)
    }

    /// Reads pictures of a line each: for each what stands in it.
    ///
    /// # Errors
    /// As [`Tesseract::read`].
    pub fn read_lines(
        &self,
        pictures: &[Grey],
        wish: &Wish<'_>,
        stop: Option<&AtomicBool>,
    ) -> Result<Vec<Vec<TextLine>>, Failure> {
        let mut command = self.command(wish);
        command.args(["--psm", "7", "-c", "tessedit_create_hocr=1"]);
        let out = answer(command, to_tiff(pictures), stop)?;
        parse_pages(&out).map_err(unlike_hocr)
    }

    /// By how many quarter turns clockwise a picture must be turned to be upright, where it can tell.
    ///
    /// # Errors
    /// As [`Tesseract::read`].
    pub fn upright(
        &self,
        picture: &Grey,
        wish: &Wish<'_>,
        stop: Option<&AtomicBool>,
    ) -> Result<Option<u8>, Failure> {
        let languages = ["osd".to_owned()];
        if self.knows(&languages).is_err() {
            return Ok(None);
        }
        let mut command = self.command(&Wish { languages: &languages, ..wish.clone() });
        command.args(["--psm", "0"]);
        match answer(command, picture.to_pgm(), stop) {
            // It fails where there are too few letters to tell.
            Err(Failure::Failed(_)) => Ok(None),
            Err(other) => Err(other),
            Ok(text) => Ok(turns(&text)),
        }
    }

    fn command(&self, wish: &Wish<'_>) -> Command {
        let mut command = Command::new(&self.program);
        // Pages are read in parallel: threads inside one only get in each other's way.
        command.env("OMP_THREAD_LIMIT", "1");
        command.args(["stdin", "stdout", "-l", &wish.languages.join("+"), "--dpi"]);
        command.arg(format!("{:.0}", wish.resolution));
        command
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as map_err gives it")]
fn unlike_hocr(error: quick_xml::Error) -> Failure {
    Failure::Failed(format!("its answer cannot be read: {error}"))
}

fn answer(command: Command, picture: Vec<u8>, stop: Option<&AtomicBool>) -> Result<String, Failure> {
    match process::run(command, picture, limits::OCR_TIME, limits::HOCR_BYTES, stop) {
        Ended::Done { out, .. } => Ok(String::from_utf8_lossy(&out).into_owned()),
        Ended::Failed(why) => Err(Failure::Failed(why)),
        Ended::TooSlow => Err(Failure::TooSlow),
        Ended::Stopped => Err(Failure::Stopped),
    }
}

/// From `Rotate: 90` and how sure it is.
fn turns(text: &str) -> Option<u8> {
    let value = |name: &str| text.lines().find_map(|l| l.strip_prefix(name)).map(str::trim);
    let degrees: u16 = value("Rotate:")?.parse().ok()?;
    let sure: f32 = value("Orientation confidence:")?.parse().ok()?;
    (sure >= 1.0).then_some((degrees / 90 % 4) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_on_orientation_is_read() {
        let text = "Page number: 0\nOrientation in degrees: 270\nRotate: 90\nOrientation confidence: 5.2\nScript: Latin\n";
        assert_eq!(turns(text), Some(1));
        assert_eq!(turns(&text.replace("5.2", "0.3")), None);
        assert_eq!(turns("Too few characters"), None);
    }

    #[test]
    fn other_data_is_another_reader() {
        let t = |size| Tesseract {
            program: PathBuf::new(),
            version: "5.3.0".into(),
            languages: vec![("cym".into(), 1), ("eng".into(), size)],
        };
        let eng = ["eng".to_owned()];
        assert_eq!(t(5).identity(&eng), "tesseract 5.3.0 eng:5");
        assert_ne!(t(5).identity(&eng), t(6).identity(&eng));
        assert_eq!(t(5).knows(&["deu".to_owned()]), Err(Missing::Language("deu".into())));
    }
}
