//! Every fixed safety cap, with the reason for its size.
//!
//! The largest real pack seen has 1,500 pages, 10,000 glyphs on its fullest page and 60 MB; caps lie
//! far above that and far below what hurts a machine.

use std::time::Duration;

/// Largest PDF read, in bytes. Packs over this are video-laden and rare.
pub const FILE_BYTES: u64 = 1 << 30;
/// Files in one zip file.
pub const ARCHIVE_ENTRIES: usize = 20_000;
/// Bytes that the files of one zip file say they come to.
pub const ARCHIVE_BYTES: u64 = 64 << 30;
/// Pages read; the rest is a recorded loss.
pub const PAGES: usize = 20_000;
/// Bytes of one decoded stream: a 3 MB bomb inflates to 3 GB.
pub const STREAM_BYTES: usize = 96 << 20;
/// Bytes of one page's content, all streams together.
pub const CONTENT_BYTES: usize = 64 << 20;
/// Content operators of one page, its forms included: nested forms multiply without bound.
pub const OPERATORS: usize = 5_000_000;
/// Bytes of text and drawings kept of one document: many pages can share one content.
pub const DOCUMENT_BYTES: usize = 256 << 20;
/// Glyphs of one page.
pub const GLYPHS: usize = 500_000;
/// Rulings, fills and shapes each kept of one page: maps draw a million.
pub const DRAWINGS: usize = 20_000;
/// Images and links each kept of one page.
pub const IMAGES: usize = 5_000;
/// Forms inside forms.
pub const FORM_DEPTH: u8 = 12;
/// Forms drawn on one page, nested ones included: ten that call the next ten make 10⁹.
pub const FORMS: usize = 20_000;
/// Saved graphics states.
pub const STATE_DEPTH: usize = 256;
/// Marked content inside marked content.
pub const MARK_DEPTH: usize = 256;
/// Bytes of one `ToUnicode` or embedded `CMap`.
pub const CMAP_BYTES: usize = 8 << 20;
/// Entries of a font's `/W` array, after ranges are spread: the code space of a composite font.
pub const FONT_WIDTHS: usize = 65_536;
/// Bytes of one embedded font program.
pub const FONT_BYTES: usize = 64 << 20;
/// Largest side of a page in points (PDF's own limit is 14,400 units).
pub const PAGE_SIDE: f32 = 20_000.0;
/// Bookmarks kept.
pub const OUTLINE_ENTRIES: usize = 20_000;
/// Depth of bookmarks, structure tree and page tree.
pub const TREE_DEPTH: usize = 64;
/// Structure elements kept.
pub const STRUCTURE_ELEMENTS: usize = 1_000_000;
/// Characters of one metadata string.
pub const METADATA_CHARS: usize = 4_096;
/// Bytes of the meeting's record beside a PDF, and of any other answer of a site in XML; real ones have a few hundred thousand.
pub const MEETING_XML_BYTES: usize = 8 << 20;
/// Entries of a feed, meetings of a list, documents of a meeting; real ones have a few hundred.
pub const FEED_ENTRIES: usize = 2_000;
/// Documents that a site may list in one night; a large council has a hundred.
pub const LISTED_DOCUMENTS: usize = 10_000;
/// Bytes of XMP metadata.
pub const XMP_BYTES: usize = 4 << 20;
/// Bytes that all object and cross-reference streams come to: they are kept while the file is read.
pub const OBJECT_BYTES: usize = 128 << 20;
/// Dictionaries inside dictionaries; real files have ten.
pub const NESTING: usize = 2_000;
/// Bytes of a journal before a new one is begun: three lines of it tell of a pack, in about a kilobyte.
pub const JOURNAL_BYTES: u64 = 128 << 20;
/// Earlier journals that stay.
pub const JOURNALS: u32 = 2;
/// Positions of one table's grid.
pub const TABLE_CELLS: u64 = 1_000_000;
/// Time for reading one document, after which the rest of its pages is a recorded loss: this much, and
/// [`PAGE_TIME`] for each page, but never over [`MOST_TIME`].
pub const DOCUMENT_TIME: Duration = Duration::from_secs(4);
/// Time for each page more; one of a real pack takes half a millisecond.
pub const PAGE_TIME: Duration = Duration::from_millis(10);
/// The longest that reading may take.
pub const MOST_TIME: Duration = Duration::from_secs(20);
/// Pixels of all pictures of a page that is drawn for OCR: a sheet of A0 at 300 dots an inch has 140
/// million, a hostile one 60,000 by 60,000.
pub const PICTURE_PIXELS: u64 = 160_000_000;
/// Bytes that the data of one such picture may come to.
pub const PICTURE_BYTES: usize = 512 << 20;
/// Pictures of a page that is drawn for OCR; scanners cut one into a few dozen.
pub const PICTURES: usize = 2_000;
/// Time for drawing a page for OCR; a real one takes a twentieth of a second.
pub const DRAWING_TIME: Duration = Duration::from_secs(20);
/// Pixels of a page that is read by OCR: A3 at 300 dots an inch has 17 million.
pub const OCR_PIXELS: f32 = 24_000_000.0;
/// Time for OCR of one page; a full one takes two seconds.
pub const OCR_TIME: Duration = Duration::from_mins(1);
/// Pages of a document that may run into one of these times; those after them are not tried.
pub const SLOW_PAGES: usize = 4;
/// Bytes of what OCR says of one page; a full one has 200 thousand.
pub const HOCR_BYTES: u64 = 16 << 20;
