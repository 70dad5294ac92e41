//! hOCR, the HTML in which OCR programs say what stands where.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::{Deserialize, Serialize};

/// A line of words, places in pixels from the top left.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TextLine {
    /// `[left, top, right, bottom]`.
    pub bbox: [f32; 4],
    /// Slope of the baseline, and where it stands at the line's left edge, from the bottom of the box.
    pub baseline: [f32; 2],
    /// Height of the line from descenders to ascenders.
    pub height: f32,
    /// Of that, what descenders take.
    pub descenders: f32,
    /// Of that, what ascenders take: what is left is the height of small letters.
    pub ascenders: f32,
    /// Its words, left to right.
    pub words: Vec<Word>,
}

/// A word.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// Its characters.
    pub text: String,
    /// `[left, top, right, bottom]`.
    pub bbox: [f32; 4],
    /// How sure, 0 to 1.
    pub confidence: f32,
}

impl TextLine {
    /// The font size, in pixels: from how high its tallest letters stand above the baseline, which are
    /// seven tenths of it in most text fonts, those of small letters a little more.
    pub fn em(&self) -> f32 {
        let small = self.words.iter().any(|w| w.text.chars().any(char::is_lowercase));
        (self.height - self.descenders).max(1.0) / if small { 0.73 } else { 0.70 }
    }

    /// Characters of its words.
    pub fn chars(&self) -> usize {
        self.words.iter().map(|w| w.text.chars().count()).sum()
    }

    /// y of the baseline at `x`.
    pub fn baseline_at(&self, x: f32) -> f32 {
        let [slope, offset] = self.baseline;
        self.bbox[3] + offset + slope * (x - self.bbox[0])
    }
}

/// Reads hOCR into lines with words; lines without words are left out.
///
/// # Errors
/// The text is not XML.
pub fn parse(text: &str) -> Result<Vec<TextLine>, quick_xml::Error> {
    Ok(parse_pages(text)?.into_iter().flatten().collect())
}

/// The same page by page.
///
/// # Errors
/// The text is not XML.
pub fn parse_pages(text: &str) -> Result<Vec<Vec<TextLine>>, quick_xml::Error> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut pages: Vec<Vec<TextLine>> = Vec::new();
    let mut word: Option<Word> = None;
    // Elements inside the open word: <strong>, <em>.
    let mut inside = 0_usize;
    loop {
        match reader.read_event()? {
            Event::Eof => break,
            Event::Start(_) if word.is_some() => inside += 1,
            Event::Start(element) => {
                let Some((class, title)) = class_and_title(&element) else { continue };
                match class.as_str() {
                    "ocr_page" => pages.push(Vec::new()),
                    "ocr_line" | "ocr_caption" | "ocr_header" | "ocr_footer" | "ocr_textfloat" => {
                        if let Some(lines) = pages.last_mut() {
                            lines.push(line(&title));
                        }
                    }
                    "ocrx_word" => word = Some(word_of(&title)),
                    _ => {}
                }
            }
            Event::End(_) if inside > 0 => inside -= 1,
            Event::End(_) => {
                if let (Some(w), Some(line)) = (word.take(), pages.last_mut().and_then(|p| p.last_mut()))
                    && !w.text.trim().is_empty()
                {
                    line.words.push(Word { text: w.text.trim().to_owned(), ..w });
                }
            }
            Event::Text(t) => {
                if let Some(w) = &mut word {
                    w.text.push_str(&t);
                }
            }
            Event::GeneralRef(r) => {
                if let Some(w) = &mut word {
                    match r.resolve_char_ref()? {
                        Some(c) => w.text.push(c),
                        None => w.text.push_str(named(&r)),
                    }
                }
            }
            _ => {}
        }
    }
    for lines in &mut pages {
        lines.retain(|l| !l.words.is_empty());
    }
    Ok(pages)
}

fn named(entity: &str) -> &'static str {
    match entity {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => " ",
        _ => "\u{FFFD}",
    }
}

fn class_and_title(element: &BytesStart<'_>) -> Option<(String, String)> {
    let get = |name: &str| {
        let attribute = element.try_get_attribute(name).ok()??;
        Some(attribute.value.into_owned())
    };
    Some((get("class")?, get("title").unwrap_or_default()))
}

/// The numbers behind a name in a title: `bbox 10 20 30 40; baseline 0.01 -5`.
fn numbers(title: &str, name: &str) -> Vec<f32> {
    let property = title.split(';').map(str::trim).find(|p| p.split(' ').next() == Some(name));
    let values = property.map(|p| p.split(' ').skip(1).filter_map(|n| n.parse().ok()).collect());
    values.unwrap_or_default()
}

fn first<const N: usize>(title: &str, name: &str) -> [f32; N] {
    let mut out = [0.0; N];
    for (to, from) in out.iter_mut().zip(numbers(title, name)) {
        *to = from;
    }
    out
}

fn line(title: &str) -> TextLine {
    TextLine {
        bbox: first(title, "bbox"),
        baseline: first(title, "baseline"),
        height: first::<1>(title, "x_size")[0],
        descenders: first::<1>(title, "x_descenders")[0],
        ascenders: first::<1>(title, "x_ascenders")[0],
        words: Vec::new(),
    }
}

fn word_of(title: &str) -> Word {
    Word {
        text: String::new(),
        bbox: first(title, "bbox"),
        confidence: (first::<1>(title, "x_wconf")[0] / 100.0).clamp(0.0, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_words_are_read() {
        let text = r#"<?xml version="1.0"?><html><body><div class='ocr_page' title='image "x"; bbox 0 0 9 9'>
            <div class='ocr_carea'><p class='ocr_par'>
            <span class='ocr_line' title="bbox 10 20 110 50; baseline 0.01 -5; x_size 30; x_descenders 6; x_ascenders 7">
              <span class='ocrx_word' title='bbox 10 20 50 50; x_wconf 96'><strong>Tea</strong></span>
              <span class='ocrx_word' title='bbox 60 20 110 50; x_wconf 42'>&amp;cake&#39;s</span>
              <span class='ocrx_word' title='bbox 60 20 110 50; x_wconf 95'> </span>
            </span>
            <span class='ocr_line' title="bbox 0 0 1 1"></span></p></div></div></body></html>"#;
        let lines = parse(text).unwrap();
        assert_eq!(lines.len(), 1);
        let line = &lines[0];
        assert_eq!((line.bbox, line.height, line.ascenders), ([10.0, 20.0, 110.0, 50.0], 30.0, 7.0));
        assert_eq!(line.baseline_at(110.0), 46.0);
        let words: Vec<(&str, f32)> = line.words.iter().map(|w| (w.text.as_str(), w.confidence)).collect();
        assert_eq!(words, [("Tea", 0.96), ("&cake's", 0.42)]);
    }

    #[test]
    fn pages_are_kept_apart() {
        let page = |word: &str| {
            format!(
                "<div class='ocr_page'><span class='ocr_line' title='bbox 1 1 9 9'><span class='ocrx_word' title='bbox 1 1 9 9; x_wconf 90'>{word}</span></span></div>"
            )
        };
        let text = format!("<body>{}<div class='ocr_page'></div>{}</body>", page("a"), page("b"));
        let pages = parse_pages(&text).unwrap();
        let words =
            |p: &[TextLine]| p.iter().flat_map(|l| &l.words).map(|w| w.text.clone()).collect::<String>();
        assert_eq!(pages.iter().map(|p| words(p)).collect::<Vec<_>>(), ["a", "", "b"]);
    }

    #[test]
    fn what_is_no_hocr_gives_no_lines() {
        assert_eq!(parse("").unwrap(), []);
        assert_eq!(parse("<html><body><span class='ocrx_word'>x</span></body></html>").unwrap(), []);
        assert!(parse("<html><a <b").is_err());
    }
}
