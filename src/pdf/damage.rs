//! What is damaged or missing: nothing of a file is lost in silence.

use super::{STAGE, decode};
use crate::limits;
use crate::model::{Issue, PageNo};
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, ObjectIdentifier, Stream};
use std::collections::BTreeSet;

/// What the document as a whole has lost. `objects` are the streams that its objects are packed in.
pub(super) fn of_document(pdf: &Pdf, objects: &[ObjectIdentifier]) -> Vec<Issue> {
    let loss = |code, message: String| Issue::loss(code, None, STAGE, message);
    let mut issues = Vec::new();
    let whole = |id: &ObjectIdentifier| {
        // One that is not listed is of an earlier version of the file.
        let stream = pdf.xref().get::<Stream<'_>>(*id);
        stream.is_none_or(|s| decode::is_whole(&s, limits::OBJECT_BYTES))
    };
    if !objects.iter().all(whole) {
        let message = "a stream of packed objects is damaged: fonts, pictures or pages may be missing";
        issues.push(loss("stream_damaged", message.into()));
    }
    let root = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let tree = root.and_then(|r| r.get::<Dict<'_>>(b"Pages"));
    let count = tree.as_ref().and_then(|t| t.get::<i64>(b"Count"));
    let found = pdf.pages().len();
    match count.and_then(|c| usize::try_from(c).ok()) {
        Some(count) if count > found => {
            issues.push(loss("pages_missing", format!("the file counts {count} pages; {found} are there")));
        }
        None if tree.is_none_or(|t| t.get::<Array<'_>>(b"Kids").is_none()) => {
            let message = "the list of pages is damaged; those that could be found were read";
            issues.push(loss("pages_missing", message.into()));
        }
        _ => {}
    }
    issues
}

/// What a page can name and not find.
pub(super) const CONTENT: &str = "content";
pub(super) const RESOURCES: &str = "a list of fonts and forms";
pub(super) const DRAWING: &str = "a form or picture";
pub(super) const ANNOTATION: &str = "an annotation";

/// The damage of one page. Each kind is told once, however often it is met.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Damage {
    /// A stream that the page is drawn from breaks off, or is not what was written.
    pub(super) stream: bool,
    /// The content has operators that nobody knows, or that lack what they need, or breaks off.
    pub(super) content: bool,
    /// A font that text is shown in lost a part of itself.
    pub(super) font: bool,
    /// What is named and is not there.
    pub(super) missing: BTreeSet<&'static str>,
}

impl Damage {
    /// As issues.
    pub(super) fn issues(self, page: PageNo) -> Vec<Issue> {
        let mut issues = Vec::new();
        let mut loss = |code: &str, is: bool, message: &str| {
            issues.extend(is.then(|| Issue::loss(code, Some(page), STAGE, message)));
        };
        let message = "a stream that the page is drawn from is damaged; what could be read of it is kept";
        loss("stream_damaged", self.stream, message);
        let message = "the content has operators that cannot be read; the others are kept";
        loss("content_damaged", self.content, message);
        let message = "a font is damaged: letters, or the spaces between words, may be missing or wrong";
        loss("font_damaged", self.font, message);
        for what in self.missing {
            loss("object_missing", true, &format!("{what} that the page names is not in the file"));
        }
        issues
    }
}
