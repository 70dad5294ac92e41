//! Panics are bugs of ours: caught, told with their place, never printed raw.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::PanicHookInfo;
use std::sync::Mutex;

/// The last panics, as "message, at `file:line`".
static SEEN: Mutex<VecDeque<(String, String)>> = Mutex::new(VecDeque::new());

/// From now on panics print nothing; what they said is kept for [`told`].
pub fn keep_quiet() {
    std::panic::set_hook(Box::new(note));
}

fn note(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
    if let Ok(mut seen) = SEEN.lock() {
        if seen.len() >= 64 {
            seen.pop_front();
        }
        seen.push_back((message(info.payload()), place));
    }
}

/// What a caught panic said, and where.
pub fn told(payload: &(dyn Any + Send)) -> String {
    let said = message(payload);
    let place =
        SEEN.lock().ok().and_then(|s| s.iter().rev().find(|(m, _)| *m == said).map(|(_, p)| p.clone()));
    match place {
        Some(place) => format!("{said} (at {place})"),
        None => said,
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text =
        payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").lines().next().unwrap_or_default().to_owned()
}
