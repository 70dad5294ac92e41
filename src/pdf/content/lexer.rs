//! Content streams to operators and what stands before them.
//!
//! Nearly all of a stream is plain numbers, names and strings, which are read here in one pass and where
//! they stand. At the first form that is not plain the PDF crate takes over for the rest of the stream,
//! so that odd files read as it reads them.

use hayro_syntax::content::UntypedIter;
use hayro_syntax::object::{Array, Dict, FromBytes, Name, Object, Stream};

/// So many operands are kept before one operator; more end the stream. The PDF crate has the same.
const OPERANDS: usize = 33;

/// What stands right before an operator.
#[derive(Clone, Copy)]
enum Last {
    Text(usize),
    /// Items from one place to another.
    Array(usize, usize),
    Name,
    Dict,
    Image,
    Other,
}

/// A string or number that is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Item<'c> {
    Number(f64),
    /// Codes as they stand in the stream.
    Plain(&'c [u8]),
    /// Codes that were written with escapes or in hex: from one place to another of what is unpacked.
    Unpacked(usize, usize),
}

impl<'c> Item<'c> {
    /// The codes of a string.
    pub(super) fn codes<'a>(&self, unpacked: &'a [u8]) -> Option<&'a [u8]>
    where
        'c: 'a,
    {
        match *self {
            Item::Number(_) => None,
            Item::Plain(codes) => Some(codes),
            Item::Unpacked(from, to) => unpacked.get(from..to),
        }
    }
}

/// What marked content says of itself.
pub(super) enum Properties<'l, 'c> {
    /// A dictionary that stands in the content.
    Dict(&'l Dict<'c>),
    /// One of the resources.
    Name(&'l Name<'c>),
}

/// Reads one content stream.
pub(super) struct Lexer<'c> {
    data: &'c [u8],
    at: usize,
    /// How many operands there are.
    count: usize,
    last: Last,
    numbers: Vec<f64>,
    names: Vec<Name<'c>>,
    dict: Option<Dict<'c>>,
    image: Option<Stream<'c>>,
    items: Vec<Item<'c>>,
    unpacked: Vec<u8>,
    /// Reads the rest, from the operator on whose operands were not plain.
    rest: Option<UntypedIter<'c>>,
}

/// The next token is not plain.
#[derive(Debug)]
struct Odd;

impl<'c> Lexer<'c> {
    /// At the start of a stream.
    pub(super) fn new(data: &'c [u8]) -> Self {
        Lexer {
            data,
            at: 0,
            count: 0,
            last: Last::Other,
            numbers: Vec::with_capacity(OPERANDS),
            names: Vec::new(),
            dict: None,
            image: None,
            items: Vec::new(),
            unpacked: Vec::new(),
            rest: None,
        }
    }

    /// The next operator; what stands before it is asked for by the other functions.
    pub(super) fn next(&mut self) -> Option<&'c [u8]> {
        self.clear();
        if self.rest.is_none() {
            let start = self.at;
            if let Ok(operator) = self.plain() {
                return operator;
            }
            self.clear();
            self.rest = Some(UntypedIter::new(self.data.get(start..)?));
        }
        self.odd()
    }

    /// Whether something stands behind the last operator that no operator follows. To be asked at the
    /// end.
    pub(super) fn breaks_off(&self) -> bool {
        self.rest.is_none() && self.count > 0 || self.rest.is_some() && self.more_behind()
    }

    /// Whether more than space and comments stands behind the last operator of the odd part.
    fn more_behind(&self) -> bool {
        let mut behind = Lexer::new(self.data.get(self.at..).unwrap_or_default());
        behind.skip_space();
        behind.at < behind.data.len()
    }

    /// Whether an operator that shows text has none.
    pub(super) fn lacks_text(&self, operator: &[u8]) -> bool {
        match operator {
            b"Tj" | b"'" | b"\"" => !matches!(self.last, Last::Text(_)),
            b"TJ" => !matches!(self.last, Last::Array(..)),
            b"Tf" => self.names.is_empty(),
            _ => false,
        }
    }

    fn clear(&mut self) {
        self.count = 0;
        self.last = Last::Other;
        self.numbers.clear();
        self.names.clear();
        self.items.clear();
        self.unpacked.clear();
    }

    /// The last `N` numbers.
    pub(super) fn numbers<const N: usize>(&self) -> Option<[f64; N]> {
        self.numbers.last_chunk().copied()
    }

    /// All numbers.
    pub(super) fn all_numbers(&self) -> &[f64] {
        &self.numbers
    }

    /// The last name.
    pub(super) fn name(&self) -> Option<&Name<'c>> {
        self.names.last()
    }

    /// The first name.
    pub(super) fn first_name(&self) -> Option<&Name<'c>> {
        self.names.first()
    }

    /// The last operand as properties of marked content.
    pub(super) fn properties(&self) -> Option<Properties<'_, 'c>> {
        match self.last {
            Last::Dict => self.dict.as_ref().map(Properties::Dict),
            Last::Name => self.names.last().map(Properties::Name),
            _ => None,
        }
    }

    /// The inline picture that stands last.
    pub(super) fn image(&self) -> Option<&Stream<'c>> {
        self.image.as_ref().filter(|_| matches!(self.last, Last::Image))
    }

    /// The string that stands last.
    pub(super) fn text(&self) -> &[Item<'c>] {
        match self.last {
            Last::Text(at) => self.items.get(at..=at).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The strings and numbers of the array that stands last.
    pub(super) fn array(&self) -> &[Item<'c>] {
        match self.last {
            Last::Array(from, to) => self.items.get(from..to).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Where the codes of unpacked items stand.
    pub(super) fn unpacked(&self) -> &[u8] {
        &self.unpacked
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.data.get(self.at) {
            match CLASS[usize::from(*byte)] {
                Class::Space => self.at += 1,
                _ if *byte == b'%' => {
                    let comment = &self.data[self.at..];
                    self.at += memchr::memchr2(b'\n', b'\r', comment).unwrap_or(comment.len());
                }
                _ => return,
            }
        }
    }

    /// The next operator, as long as all is plain.
    fn plain(&mut self) -> Result<Option<&'c [u8]>, Odd> {
        loop {
            self.skip_space();
            let Some(first) = self.data.get(self.at) else { return Ok(None) };
            self.last = match first {
                b'.' | b'+' | b'-' | b'0'..=b'9' => {
                    let number = self.number()?;
                    self.numbers.push(number);
                    Last::Other
                }
                b'/' => {
                    let end = self.end_of_word(self.at + 1);
                    self.names.push(Name::new(&self.data[self.at + 1..end]).ok_or(Odd)?);
                    self.at = end;
                    Last::Name
                }
                b'(' => {
                    let item = self.literal()?;
                    self.items.push(item);
                    Last::Text(self.items.len() - 1)
                }
                b'<' if self.data.get(self.at + 1) == Some(&b'<') => {
                    self.dict = Some(self.dict()?);
                    Last::Dict
                }
                b'<' => {
                    let item = self.hex()?;
                    self.items.push(item);
                    Last::Text(self.items.len() - 1)
                }
                b'[' => self.list()?,
                _ => {
                    let end = self.end_of_word(self.at);
                    let word = &self.data[self.at..end];
                    if word.is_empty() || word == b"BI" || word.contains(&b'#') {
                        return Err(Odd);
                    }
                    self.at = end;
                    return Ok(Some(word));
                }
            };
            self.count += 1;
            if self.count > OPERANDS {
                return Err(Odd);
            }
        }
    }

    /// Where the regular characters from a place on end.
    fn end_of_word(&self, from: usize) -> usize {
        let rest = self.data.get(from..).unwrap_or_default();
        from + rest.iter().position(|b| CLASS[usize::from(*b)] != Class::Regular).unwrap_or(rest.len())
    }

    /// A number of up to 18 digits.
    #[inline]
    fn number(&mut self) -> Result<f64, Odd> {
        let mut rest = self.data.get(self.at..).unwrap_or_default();
        let negative = rest.first() == Some(&b'-');
        if let [b'-' | b'+', behind @ ..] = rest {
            rest = behind;
        }
        let mut mantissa = 0_u64;
        let whole = digits(&mut rest, &mut mantissa);
        let decimals = if let [b'.', behind @ ..] = rest {
            rest = behind;
            Some(digits(&mut rest, &mut mantissa))
        } else {
            None
        };
        let count = whole + decimals.unwrap_or(0);
        if rest.first().is_some_and(|b| CLASS[usize::from(*b)] == Class::Regular) || count == 0 || count > 18
        {
            return Err(Odd);
        }
        self.at = self.data.len() - rest.len();
        let value = match decimals {
            Some(n) => mantissa as f64 / TENS[n],
            // A whole number has no negative zero.
            None if mantissa == 0 => return Ok(0.0),
            None => mantissa as f64,
        };
        Ok(if negative { -value } else { value })
    }

    /// A string in round brackets.
    fn literal(&mut self) -> Result<Item<'c>, Odd> {
        let start = self.at + 1;
        let (mut at, mut depth, mut plain) = (start, 1_usize, true);
        loop {
            match self.data.get(at) {
                Some(b'\\') => {
                    plain = false;
                    at += 1;
                }
                Some(b'\n' | b'\r') => plain = false,
                Some(b'(') => depth += 1,
                Some(b')') => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                Some(_) => {}
                None => return Err(Odd),
            }
            at += 1;
        }
        self.at = at + 1;
        let text = &self.data[start..at];
        if plain {
            return Ok(Item::Plain(text));
        }
        let from = self.unpacked.len();
        unescape(text, &mut self.unpacked);
        Ok(Item::Unpacked(from, self.unpacked.len()))
    }

    /// A string in hex, without spaces.
    fn hex(&mut self) -> Result<Item<'c>, Odd> {
        let start = self.at + 1;
        let rest = &self.data[start..];
        let digits = &rest[..memchr::memchr(b'>', rest).ok_or(Odd)?];
        let from = self.unpacked.len();
        for pair in digits.chunks(2) {
            let high = HEX[usize::from(pair[0])];
            let low = pair.get(1).map_or(0, |b| HEX[usize::from(*b)]);
            if high > 15 || low > 15 {
                return Err(Odd);
            }
            self.unpacked.push(high << 4 | low);
        }
        self.at = start + digits.len() + 1;
        Ok(Item::Unpacked(from, self.unpacked.len()))
    }

    /// An array of strings and numbers.
    fn list(&mut self) -> Result<Last, Odd> {
        let from = self.items.len();
        self.at += 1;
        loop {
            self.skip_space();
            let item = match self.data.get(self.at) {
                Some(b'.' | b'+' | b'-' | b'0'..=b'9') => Item::Number(self.number()?),
                Some(b'(') => self.literal()?,
                Some(b'<') => self.hex()?,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Last::Array(from, self.items.len()));
                }
                _ => return Err(Odd),
            };
            self.items.push(item);
        }
    }

    fn dict(&mut self) -> Result<Dict<'c>, Odd> {
        let dict = Dict::from_bytes(&self.data[self.at..]).ok_or(Odd)?;
        self.at += dict.data().len();
        self.skip_space();
        let streams = self.data[self.at..].starts_with(b"stream");
        if streams { Err(Odd) } else { Ok(dict) }
    }

    /// The next operator as the PDF crate reads it.
    fn odd(&mut self) -> Option<&'c [u8]> {
        let Lexer { data, numbers, names, items, unpacked, rest, .. } = self;
        let read = rest.as_mut()?.next()?;
        let end = |part: &[u8]| (part.as_ptr() as usize + part.len()).saturating_sub(data.as_ptr() as usize);
        if end(read.operator) <= data.len() {
            self.at = end(read.operator);
        }
        let mut text = |s: &[u8]| {
            let from = unpacked.len();
            unpacked.extend_from_slice(s);
            Item::Unpacked(from, unpacked.len())
        };
        for object in read.operands() {
            self.last = match object {
                Object::Number(n) => {
                    numbers.push(n.as_f64());
                    Last::Other
                }
                Object::Name(n) => {
                    names.push(n.clone());
                    Last::Name
                }
                Object::String(s) => {
                    items.push(text(s));
                    Last::Text(items.len() - 1)
                }
                Object::Array(a) => {
                    let from = items.len();
                    items.extend(Array::iter::<Object<'_>>(a).filter_map(|o| match o {
                        Object::Number(n) => Some(Item::Number(n.as_f64())),
                        Object::String(s) => Some(text(&s)),
                        _ => None,
                    }));
                    Last::Array(from, items.len())
                }
                Object::Dict(d) => {
                    self.dict = Some(d.clone());
                    Last::Dict
                }
                Object::Stream(s) => {
                    // Behind the data stands its `EI`.
                    self.at = (end(&s.raw_data()) + 2).min(data.len());
                    self.image = Some(s.clone());
                    Last::Image
                }
                _ => Last::Other,
            };
        }
        // Only the operators that the specification names are asked for.
        let known = KNOWN.iter().chain(&IGNORED).find(|k| **k == &**read.operator);
        Some(known.copied().unwrap_or(b"?"))
    }
}

/// Cuts digits off the front and adds them to a number. Gives how many there were.
#[inline]
fn digits(rest: &mut &[u8], mantissa: &mut u64) -> usize {
    let mut count = 0;
    while let [d @ b'0'..=b'9', behind @ ..] = rest {
        *mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(d - b'0'));
        *rest = behind;
        count += 1;
    }
    count
}

/// Undoes the escapes of a string in round brackets.
fn unescape(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    // A line's end is one line feed, however it is written.
    let line_end = |first: u8, rest: &[u8]| usize::from(first == b'\r' && rest.first() == Some(&b'\n'));
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'\n' | b'\r' => {
                rest = &rest[line_end(byte, rest)..];
                out.push(b'\n');
            }
            b'\\' => {
                let Some((&next, behind)) = rest.split_first() else { return };
                rest = behind;
                match next {
                    b'\n' | b'\r' => rest = &rest[line_end(next, rest)..],
                    b'n' => out.push(b'\n'),
                    b'r' => out.push(b'\r'),
                    b't' => out.push(b'\t'),
                    b'b' => out.push(8),
                    b'f' => out.push(12),
                    b'0'..=b'7' => {
                        let more = rest.iter().take(2).take_while(|b| matches!(b, b'0'..=b'7')).count();
                        let code = rest[..more]
                            .iter()
                            .fold(u32::from(next - b'0'), |n, d| n * 8 + u32::from(d - b'0'));
                        rest = &rest[more..];
                        // What is more than a byte stands for nothing.
                        out.extend(u8::try_from(code).ok());
                    }
                    other => out.push(other),
                }
            }
            other => out.push(other),
        }
    }
}

/// Kinds of byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Delimiter,
    Regular,
}

const CLASS: [Class; 256] = {
    let mut table = [Class::Regular; 256];
    let mut i = 0;
    while i < b"\0\t\n\x0C\r ".len() {
        table[b"\0\t\n\x0C\r "[i] as usize] = Class::Space;
        i += 1;
    }
    i = 0;
    while i < b"()<>[]{}/%".len() {
        table[b"()<>[]{}/%"[i] as usize] = Class::Delimiter;
        i += 1;
    }
    table
};

/// Values of hex digits; 255 for what is none.
const HEX: [u8; 256] = {
    let mut table = [255; 256];
    let mut i = 0;
    while i < 16 {
        table[b"0123456789abcdef"[i] as usize] = i as u8;
        table[b"0123456789ABCDEF"[i] as usize] = i as u8;
        i += 1;
    }
    table
};

const TENS: [f64; 19] =
    [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

/// The operators that mean something here.
const KNOWN: [&[u8]; 61] = [
    b"q", b"Q", b"BMC", b"BDC", b"EMC", b"Do", b"BI", b"sh", b"BT", b"ET", b"Tc", b"Tw", b"TL", b"Ts", b"Tz",
    b"Tr", b"Tf", b"Td", b"TD", b"Tm", b"T*", b"Tj", b"TJ", b"'", b"\"", b"m", b"l", b"c", b"v", b"y", b"re",
    b"h", b"W", b"W*", b"n", b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"cm", b"w", b"gs",
    b"g", b"G", b"rg", b"RG", b"k", b"K", b"cs", b"CS", b"sc", b"SC", b"scn", b"SCN", b"d0", b"d1",
];

/// The operators of the specification that mean nothing here.
const IGNORED: [&[u8]; 10] = [b"i", b"j", b"J", b"M", b"d", b"ri", b"MP", b"DP", b"BX", b"EX"];

/// Whether the specification has an operator.
pub(super) fn is_known(operator: &[u8]) -> bool {
    IGNORED.contains(&operator) || KNOWN.contains(&operator)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Operators with their numbers, names and texts, as words.
    fn read(data: &[u8]) -> Vec<String> {
        let mut lexer = Lexer::new(data);
        let mut out = Vec::new();
        while let Some(word) = lexer.next() {
            let mut line = vec![format!("{} {:?}", String::from_utf8_lossy(word), lexer.all_numbers())];
            line.extend(lexer.name().map(|n| format!("/{}", n.as_str())));
            let items = lexer.text().iter().chain(lexer.array());
            line.extend(items.map(|item| match item.codes(lexer.unpacked()) {
                Some(codes) => format!("({})", codes.escape_ascii()),
                None => format!("{item:?}"),
            }));
            out.push(line.join(" "));
        }
        out
    }

    /// The same as the PDF crate reads it from the start.
    fn read_odd(data: &[u8]) -> Vec<String> {
        // A number of too many digits is not plain.
        let mut odd = b"0000000000000000000 w ".to_vec();
        odd.extend_from_slice(data);
        read(&odd).split_off(1)
    }

    #[test]
    fn plain_and_odd_reading_agree() {
        for data in [
            &b"q 1 0 0 -1 .5 -.25 cm /F1 12 Tf BT (Hello (world)) Tj ET Q"[..],
            b"[(A) -20.5 (B\\)C) <414> 3.] TJ % note\n0 g",
            b"(a\\\r\nb\\101\\7\\400\\n\r\nc) Tj",
            b"/Span <</MCID 3>> BDC (x)' EMC 1 2(y)\"",
            b"1 2 l 3 4 l 5a 6 7 w",
            b"[/x 1] 0 d (z) Tj",
            b"/A#42 gs ) (never) Tj",
            b"(open",
            b"1 0 0 1 0 0 cm BI /W 1 /H 1 ID x EI (after) Tj",
            b"<41 42> Tj <4x> Tj",
        ] {
            assert_eq!(read(data), read_odd(data), "{}", data.escape_ascii());
        }
    }

    #[test]
    fn what_is_read() {
        assert_eq!(read(b"/F1 9.5 Tf [(A) -20 <4243>] TJ"), ["Tf [9.5] /F1", "TJ [] (A) Number(-20.0) (BC)"]);
    }

    #[test]
    fn too_many_operands_end_the_stream() {
        let mut data = b"1 w ".to_vec();
        data.extend(b"1 ".repeat(OPERANDS + 1));
        data.extend(b"w 2 w");
        assert_eq!(read(&data).len(), 1);
    }
}
