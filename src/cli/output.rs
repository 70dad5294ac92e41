//! Standard output: a reader that goes away early ("| head") has seen enough.

use agendapack::Error;
use std::io::{ErrorKind, Write};

/// Writes text to standard output.
///
/// # Errors
/// It cannot be written; a closed pipe is no error.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Error::Write { path: "standard output".into(), source: e })
        }
        _ => Ok(()),
    }
}

/// Writes a line, and does without where nobody listens.
pub(crate) fn write_line(line: &str) {
    let _ = print(&format!("{line}\n"));
}
