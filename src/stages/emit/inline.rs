//! Styled text as Markdown: what is written parses back to the words that were meant.
//!
//! Two rules keep this small. Styles are rounded to whole words, so that every `**` stands beside a
//! space and needs no look at what is around it. And characters are escaped only where they would be
//! read as markup, so that ordinary text (`3.2 The fund & its costs_2024`) stays as it is printed.

use crate::model::Span;
use smallvec::SmallVec;

/// Where the text will stand: what has to be escaped depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// Paragraph or list item: line breaks are kept, and each line after the first begins with this.
    Lines(&'a str),
    /// Heading: one line.
    Heading,
    /// Cell of a pipe table: one line, `|` escaped, breaks as `<br>`.
    Cell,
}

/// Style of a word, after rounding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct WordStyle<'a> {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) strike: bool,
    pub(super) href: Option<&'a str>,
}

/// One word: its characters with the index of the span that each comes from.
#[derive(Debug, Default)]
pub(super) struct Piece<'a> {
    pub(super) style: WordStyle<'a>,
    /// A line break stands before it.
    pub(super) breaks: bool,
    /// Stretches of the word, each with its raised or lowered state.
    pub(super) parts: SmallVec<[(&'a str, Level); 1]>,
}

/// Raised, lowered or neither.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Level {
    #[default]
    Base,
    Super,
    Sub,
}

/// Cuts spans into words and rounds styles to them: the style of most of a word's characters.
pub(super) fn words(spans: &[Span]) -> Vec<Piece<'_>> {
    let letters: usize = spans.iter().map(|s| s.text.len()).sum();
    let mut out: Vec<Piece<'_>> = Vec::with_capacity(letters / 6 + 1);
    let mut word: Vec<(&str, &Span)> = Vec::new();
    let (mut breaks, mut next_breaks) = (false, false);
    for span in spans {
        let mut rest = span.text.as_str();
        while !rest.is_empty() {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            if end > 0 {
                word.push((&rest[..end], span));
            }
            rest = &rest[end..];
            let Some(c) = rest.chars().next() else { break };
            next_breaks |= c == '\n';
            if !word.is_empty() {
                out.push(piece(&word, breaks));
                word.clear();
                breaks = false;
            }
            breaks |= next_breaks && !out.is_empty();
            next_breaks = false;
            rest = &rest[c.len_utf8()..];
        }
    }
    if !word.is_empty() {
        out.push(piece(&word, breaks));
    }
    out
}

fn piece<'a>(word: &[(&'a str, &'a Span)], breaks: bool) -> Piece<'a> {
    let weight = |test: &dyn Fn(&Span) -> bool| {
        // "&" and "–" between bold words are bold with them.
        let signs = !word.iter().any(|(t, _)| t.contains(char::is_alphanumeric));
        let count = |s: &str| s.chars().filter(|c| signs || c.is_alphanumeric()).count();
        let all: usize = word.iter().map(|(t, _)| count(t)).sum();
        let with: usize = word.iter().filter(|(_, s)| test(s)).map(|(t, _)| count(t)).sum();
        with * 2 > all
    };
    let linked = word.iter().filter(|(_, s)| s.href.is_some()).max_by_key(|(t, _)| t.len());
    let styled = word.iter().any(|(_, s)| s.bold || s.italic || s.strike || s.href.is_some());
    let style = if styled {
        WordStyle {
            bold: weight(&|s| s.bold),
            italic: weight(&|s| s.italic),
            strike: weight(&|s| s.strike),
            href: linked.filter(|_| weight(&|s| s.href.is_some())).and_then(|(_, s)| s.href.as_deref()),
        }
    } else {
        WordStyle::default()
    };
    let level = |s: &Span| match (s.superscript, s.subscript) {
        (true, _) => Level::Super,
        (_, true) => Level::Sub,
        _ => Level::Base,
    };
    Piece { style, breaks, parts: word.iter().map(|(t, s)| (*t, level(s))).collect() }
}

/// Groups words of one style: `(style, first, end)`.
pub(super) fn runs<'a>(words: &[Piece<'a>]) -> Vec<(WordStyle<'a>, usize, usize)> {
    let mut out: Vec<(WordStyle<'a>, usize, usize)> = Vec::new();
    for (i, w) in words.iter().enumerate() {
        match out.last_mut() {
            Some((style, _, end)) if *style == w.style => *end = i + 1,
            _ => out.push((w.style, i, i + 1)),
        }
    }
    out
}

/// A raised stretch as text: ordinals plain ("13th"), figures as raised digits, so that a footnote's
/// mark is never read as part of a number.
pub(super) enum Raised<'a> {
    /// Print as it is.
    Plain(&'a str),
    /// Print these characters instead.
    Digits(String),
    /// Print in a tag.
    Tagged(&'a str),
}

pub(super) fn raised<'a>(text: &'a str, unit: &str) -> Raised<'a> {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits: Option<String> = text
        .chars()
        .map(|c| if c == ',' { Some(',') } else { c.to_digit(10).map(|d| DIGITS[d as usize]) })
        .collect();
    match (text, digits) {
        ("st" | "nd" | "rd" | "th", _) => Raised::Plain(text),
        // "m²" is one sign; any other raised figure is the mark of a note, and stands apart in its tag.
        (_, Some(d)) if matches!(unit, "m" | "km" | "cm" | "mm" | "ft") => Raised::Digits(d),
        _ => Raised::Tagged(text),
    }
}

/// Spans as inline Markdown.
pub(super) fn markdown(spans: &[Span], place: Place<'_>) -> String {
    let words = words(spans);
    let mut out = String::with_capacity(spans.iter().map(|s| s.text.len() + 8).sum());
    let mut line = 0; // where the current line begins in `out`
    let any = |c: char| spans.iter().any(|s| s.text.contains(c));
    let angle_closes = any('>');
    let defines = any(']') && any(':');
    let ctx = Context { place, angle_closes, in_label: false };
    for (style, first, end) in runs(&words) {
        let group = &words[first..end];
        let href = style.href.and_then(safe_href).filter(|h| !says_the_same(group, h));
        let ctx = Context { in_label: href.is_some(), ..ctx };
        // A style on a lone dash or bullet shows nothing and clutters the source.
        let letters = group.iter().flat_map(|w| &w.parts).any(|(t, _)| t.contains(char::is_alphanumeric));
        let heading = place == Place::Heading;
        let (bold, italic) = (style.bold && letters && !heading, style.italic && letters);
        for (i, word) in group.iter().enumerate() {
            if !out.is_empty() {
                line = separate(&mut out, line, word.breaks, place, defines);
            }
            if i == 0 {
                out.push_str(if style.strike { "~~" } else { "" });
                out.push_str(if bold { "**" } else { "" });
                out.push_str(if italic { "*" } else { "" });
                out.push_str(if href.is_some() { "[" } else { "" });
            }
            push_word(&mut out, word, ctx);
        }
        if let Some(href) = &href {
            out.push_str("](");
            out.push_str(href);
            out.push(')');
        }
        out.push_str(if italic { "*" } else { "" });
        out.push_str(if bold { "**" } else { "" });
        out.push_str(if style.strike { "~~" } else { "" });
    }
    match place {
        Place::Lines(_) => guard_line(&mut out, line, defines),
        Place::Heading => guard_closing_hashes(&mut out),
        Place::Cell => {}
    }
    out
}

/// Writes a space or a line break; gives where the current line begins.
fn separate(out: &mut String, line: usize, breaks: bool, place: Place<'_>, defines: bool) -> usize {
    match place {
        Place::Lines(indent) if breaks => {
            guard_line(out, line, defines);
            out.push_str("  \n");
            out.push_str(indent);
            return out.len();
        }
        Place::Cell if breaks => out.push_str("<br>"),
        _ => out.push(' '),
    }
    line
}

#[derive(Clone, Copy)]
struct Context<'a> {
    place: Place<'a>,
    angle_closes: bool,
    in_label: bool,
}

fn push_word(out: &mut String, word: &Piece<'_>, ctx: Context<'_>) {
    for (i, (text, level)) in word.parts.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|k| word.parts[k].0.chars().next_back());
        let after = word.parts.get(i + 1).and_then(|(t, _)| t.chars().next());
        match level {
            Level::Base => push_escaped(out, text, before, after, ctx),
            Level::Super => match raised(text, i.checked_sub(1).map_or("", |k| word.parts[k].0)) {
                Raised::Plain(t) => push_escaped(out, t, before, after, ctx),
                Raised::Digits(d) => out.push_str(&d),
                Raised::Tagged(t) => tagged(out, "sup", t, ctx),
            },
            // "NO2", "CO2": chemists' figures are read in their line.
            Level::Sub if text.chars().all(|c| c.is_ascii_digit()) => {
                push_escaped(out, text, before, after, ctx);
            }
            Level::Sub => tagged(out, "sub", text, ctx),
        }
    }
}

fn tagged(out: &mut String, tag: &str, text: &str, ctx: Context<'_>) {
    out.extend(["<", tag, ">"]);
    push_escaped(out, text, None, None, ctx);
    out.extend(["</", tag, ">"]);
}

/// Writes text with a backslash or an entity where a character would be read as markup.
fn push_escaped(out: &mut String, text: &str, before: Option<char>, after: Option<char>, ctx: Context<'_>) {
    const SUSPECTS: &[char] = &['\\', '`', '*', '_', '~', '<', '&', '[', ']', '(', '|', '!'];
    if !text.contains(|c: char| SUSPECTS.contains(&c) || c.is_control()) {
        out.push_str(text);
        return;
    }
    let mut previous = before;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c).or(after);
        let inside_word =
            previous.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric);
        match c {
            _ if c.is_control() => continue,
            '<' if ctx.angle_closes || next.is_some_and(|n| n.is_ascii_alphabetic() || "/!?".contains(n)) => {
                out.push_str("&lt;");
            }
            '&' if text[at..].contains(';')
                && next.is_some_and(|n| n.is_ascii_alphanumeric() || n == '#') =>
            {
                out.push_str("&amp;");
            }
            '\\' | '`' | '*' | '~' => out.extend(['\\', c]),
            '_' if !inside_word => out.push_str("\\_"),
            // Without the parenthesis, a bracket makes no link: nothing is defined to refer to.
            '(' if previous == Some(']') => out.push_str("\\("),
            '[' | ']' if ctx.in_label => out.extend(['\\', c]),
            '|' if ctx.place == Place::Cell => out.push_str("\\|"),
            _ => out.push(c),
        }
        previous = Some(c);
    }
}

/// Escapes what would make a block of the line that begins at `from`: `#`, `1.`, `-` … and `[x]:`,
/// where the text `defines`: has both characters, maybe lines apart.
fn guard_line(out: &mut String, from: usize, defines: bool) {
    let Some(line) = out.get(from..) else { return };
    let Some(first) = line.chars().next() else { return };
    let at = match first {
        '#' => {
            let hashes = line.bytes().take_while(|b| *b == b'#').count();
            (hashes <= 6 && ends_or_space(line, hashes)).then_some(0)
        }
        '>' => Some(0),
        '+' | '-' if ends_or_space(line, 1) => Some(0),
        // Rules, underlines of headings and rows that part a table's header.
        '-' | '=' | ':' | '|' if line.chars().all(|c| "-=:| \\".contains(c)) => Some(0),
        '[' if defines || line.starts_with("[ ]") || line[1..].starts_with(['x', 'X']) => Some(0),
        '0'..='9' => {
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            let mark = line.as_bytes().get(digits).is_some_and(|b| matches!(b, b'.' | b')'));
            (mark && digits <= 9 && ends_or_space(line, digits + 1)).then_some(digits)
        }
        _ => None,
    };
    if let Some(at) = at {
        out.insert(from + at, '\\');
    }
}

fn ends_or_space(line: &str, at: usize) -> bool {
    line.as_bytes().get(at).is_none_or(|b| *b == b' ')
}

/// "C #" would lose its "#" as a heading's closing mark.
fn guard_closing_hashes(out: &mut String) {
    let body = out.trim_end_matches('#').len();
    if body < out.len() && (body == 0 || out[..body].ends_with(' ')) {
        out.insert(body, '\\');
    }
}

/// A link target that a browser may follow, made safe for the parentheses; `None` for other schemes.
pub(super) fn safe_href(href: &str) -> Option<String> {
    let href = href.trim();
    if is_own(href) {
        return Some(href.to_owned());
    }
    let scheme = href.split(':').next().unwrap_or_default().to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https" | "mailto") || href.len() > 2048 {
        return None;
    }
    let mut out = String::with_capacity(href.len());
    for c in href.chars() {
        match c {
            ' ' => out.push_str("%20"),
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            '*' => out.push_str("%2A"),
            '`' => out.push_str("%60"),
            '|' => out.push_str("%7C"),
            '[' => out.push_str("%5B"),
            ']' => out.push_str("%5D"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() || c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    Some(out)
}

/// A link to a section of the pack itself: "#s3".
fn is_own(href: &str) -> bool {
    href.strip_prefix("#s")
        .is_some_and(|n| !n.is_empty() && n.len() < 8 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether the words are the address itself: readers link those by themselves.
fn says_the_same(group: &[Piece<'_>], href: &str) -> bool {
    let [word] = group else { return false };
    let text: String = word.parts.iter().map(|(t, _)| *t).collect();
    let bare = |s: &str| {
        let s = s.trim_start_matches("mailto:").trim_start_matches("https://").trim_start_matches("http://");
        s.trim_end_matches(['/', '.', ',', ';']).to_ascii_lowercase()
    };
    bare(&text) == bare(href)
}

#[cfg(test)]
mod tests {
    use super::*;
    use comrak::nodes::{AstNode, NodeValue};
    use comrak::{Arena, Options, parse_document};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn line(text: &str) -> String {
        markdown(&[Span::plain(text)], Place::Lines(""))
    }

    /// What a GFM reader sees: paragraphs' text with `\n` for hard breaks, and marks for the styles.
    fn read(source: &str) -> (Vec<&'static str>, String) {
        fn walk<'a>(node: &'a AstNode<'a>, blocks: &mut Vec<&'static str>, out: &mut String) {
            let (open, close) = match &node.data.borrow().value {
                NodeValue::Document => ("", ""),
                NodeValue::Text(t) => {
                    out.push_str(t);
                    ("", "")
                }
                NodeValue::LineBreak => ("\n", ""),
                NodeValue::SoftBreak => ("<soft>", ""),
                NodeValue::Strong => ("<b>", "</b>"),
                NodeValue::Emph => ("<i>", "</i>"),
                NodeValue::Strikethrough => ("<s>", "</s>"),
                NodeValue::Link(_) => ("<a>", "</a>"),
                NodeValue::HtmlInline(h) => {
                    out.push_str(h);
                    ("", "")
                }
                NodeValue::Paragraph => {
                    blocks.push("paragraph");
                    ("", "")
                }
                NodeValue::Heading(_) => {
                    blocks.push("heading");
                    ("", "")
                }
                _ => {
                    blocks.push("other");
                    ("", "")
                }
            };
            out.push_str(open);
            for child in node.children() {
                walk(child, blocks, out);
            }
            out.push_str(close);
        }
        let mut options = Options::default();
        options.extension.table = true;
        options.extension.strikethrough = true;
        options.extension.tasklist = true;
        options.extension.footnotes = true;
        let arena = Arena::new();
        let (mut blocks, mut out) = (Vec::new(), String::new());
        walk(parse_document(&arena, source, &options), &mut blocks, &mut out);
        (blocks, out)
    }

    #[test]
    fn ordinary_text_stays_as_printed() {
        for text in [
            "3.2 The fund & its costs_2024",
            "Q&A [draft]",
            "£1,200 (5%) - agreed",
            "2022/23 < 5",
            "#1 choice",
        ] {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn block_marks_at_a_line_start_are_escaped() {
        for (text, wanted) in [
            ("# not a heading", "\\# not a heading"),
            ("1. not an item", "1\\. not an item"),
            ("12) not an item", "12\\) not an item"),
            ("- not an item", "\\- not an item"),
            ("+", "\\+"),
            ("> not a quote", "\\> not a quote"),
            ("---", "\\---"),
            ("===", "\\==="),
            ("[x]: y", "\\[x]: y"),
        ] {
            assert_eq!(line(text), wanted);
            assert_eq!(read(wanted), (vec!["paragraph"], text.to_owned()));
        }
    }

    #[test]
    fn later_lines_of_a_paragraph_are_guarded_too() {
        let text = "a | b\n--- | ---\n# c\n1. d\n===";
        assert_eq!(read(&line(text)), (vec!["paragraph"], text.to_owned()));
    }

    #[test]
    fn a_link_definition_over_two_lines_is_escaped() {
        assert_eq!(line("[a\nb]: c"), "\\[a  \nb]: c");
    }

    #[test]
    fn styles_never_split_a_word() {
        let spans = [
            Span { bold: true, ..Span::plain("W") },
            Span::plain("ords of "),
            Span { bold: true, ..Span::plain("great weigh") },
            Span::plain("t."),
        ];
        assert_eq!(markdown(&spans, Place::Lines("")), "Words of **great weight.**");
    }

    #[test]
    fn raised_figures_do_not_join_numbers() {
        let up = |t: &str| Span { superscript: true, ..Span::plain(t) };
        let spans =
            [Span::plain("1,369"), up("1"), Span::plain(" on the 13"), up("th"), Span::plain(" a"), up("*")];
        assert_eq!(markdown(&spans, Place::Lines("")), "1,369<sup>1</sup> on the 13th a<sup>\\*</sup>");
    }

    #[test]
    fn links_are_written_only_where_they_say_more() {
        let to =
            |t: &str, h: &str| markdown(&[Span { href: Some(h.into()), ..Span::plain(t) }], Place::Lines(""));
        assert_eq!(
            to("the plan", "https://example.org/a (1)"),
            "[the plan](https://example.org/a%20%281%29)"
        );
        assert_eq!(to("www.example.org", "http://www.example.org/"), "www.example.org");
        assert_eq!(to("click", "javascript:alert(1)"), "click");
        assert_eq!(read(&to("see [1] below", "https://example.org")).1, "<a>see [1] below</a>");
    }

    #[test]
    fn headings_keep_a_closing_hash() {
        let md = format!("# {}", markdown(&[Span::plain("The letter C #")], Place::Heading));
        assert_eq!(read(&md), (vec!["heading"], "The letter C #".to_owned()));
    }

    /// Text that is all traps.
    fn traps() -> impl Strategy<Value = String> {
        let token = prop::sample::select(vec![
            "a", "Bc", "1", "12", ".", ")", "(", "#", "##", "-", "--", "+", "*", "**", "_", "__", "~", "~~",
            "`", "``", "<", ">", "<b>", "</b>", "<!--", "-->", "&", "&amp;", "&#35;", "[", "]", "[x]", "](",
            "]:", "!", "|", ":", "=", "\\", "\\\\", "\n", " ", " ", "£", "é", "[^1]", "$", "\"", "'",
        ]);
        prop::collection::vec(token, 1..14).prop_map(|t| t.concat())
    }

    /// Words parted by single spaces, lines by `\n`, as the reader should see them.
    fn tidy(text: &str) -> String {
        let lines = text.split('\n').map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn text_is_read_back_as_meant(text in traps()) {
            let wanted = tidy(&text);
            prop_assume!(!wanted.is_empty());
            let (blocks, got) = read(&line(&text));
            prop_assert_eq!(blocks, vec!["paragraph"], "{:?}", line(&text));
            prop_assert_eq!(got, wanted, "{:?}", line(&text));
        }

        #[test]
        fn styled_text_is_read_back_as_meant(parts in prop::collection::vec((traps(), 0u8..8), 1..4)) {
            let spans: Vec<Span> = parts
                .iter()
                .map(|(t, s)| Span { bold: s & 1 > 0, italic: s & 2 > 0, strike: s & 4 > 0, ..Span::plain(t.as_str()) })
                .collect();
            let wanted = tidy(&crate::model::plain(&spans));
            prop_assume!(!wanted.is_empty());
            let md = markdown(&spans, Place::Lines(""));
            let (blocks, got) = read(&md);
            let unstyled = ["<b>", "</b>", "<i>", "</i>", "<s>", "</s>"];
            let bare = |s: &str| unstyled.iter().fold(s.to_owned(), |s, t| s.replace(t, ""));
            prop_assert_eq!(blocks, vec!["paragraph"], "{:?}", md);
            prop_assert_eq!(bare(&got), bare(&wanted), "{:?}", md);
        }
    }
}
