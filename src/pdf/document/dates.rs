//! Dates of PDF to ISO 8601.

/// `D:20221024103000+01'00'` to `2022-10-24T10:30:00+01:00`; shorter dates give what they say.
pub(super) fn iso(date: &str) -> Option<String> {
    let rest = date.trim().trim_start_matches("D:");
    if rest.len() >= 10 && rest.as_bytes().get(4) == Some(&b'-') {
        // Some write ISO dates here, too.
        return Some(rest.to_owned()).filter(|r| r.chars().all(|c| c.is_ascii_graphic()));
    }
    let digits: String = rest.chars().take_while(char::is_ascii_digit).take(14).collect();
    let part = |from: usize, to: usize| digits.get(from..to);
    let year = part(0, 4)?;
    let in_range = |v: &str, low: u32, high: u32| v.parse::<u32>().is_ok_and(|n| (low..=high).contains(&n));
    let mut out = year.to_owned();
    for (from, low, high, mark) in
        [(4, 1, 12, '-'), (6, 1, 31, '-'), (8, 0, 23, 'T'), (10, 0, 59, ':'), (12, 0, 60, ':')]
    {
        let Some(v) = part(from, from + 2).filter(|v| in_range(v, low, high)) else { break };
        out.push(mark);
        out.push_str(v);
    }
    if out.len() == 13 {
        out.push_str(":00");
    }
    if out.len() >= 16 {
        out.push_str(&zone(&rest[digits.len()..]));
    }
    Some(out)
}

/// `+01'00'` to `+01:00`.
fn zone(text: &str) -> String {
    let sign = match text.chars().next() {
        Some('Z') => return "Z".into(),
        Some(sign @ ('+' | '-')) => sign,
        _ => return String::new(),
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).take(4).collect();
    match (digits.get(0..2), digits.get(2..4)) {
        (Some(h), m) => format!("{sign}{h}:{}", m.unwrap_or("00")),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_length() {
        let is = |a: &str, b: &str| assert_eq!(iso(a).as_deref(), Some(b));
        is("D:20221024103000+01'00'", "2022-10-24T10:30:00+01:00");
        is("D:20221024103000Z", "2022-10-24T10:30:00Z");
        is("20221024", "2022-10-24");
        is("D:2022102410", "2022-10-24T10:00");
        is("D:2022", "2022");
        is("2022-10-24T10:30:00", "2022-10-24T10:30:00");
        assert_eq!(iso("yesterday"), None);
    }
}
