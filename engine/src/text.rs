//! Element text to event value, as the named converters of the tables do it. `None` for text that cannot be converted.

/// Two decimal digits as a number.
fn two(text: &[u8]) -> u32 {
    u32::from(text[0] - b'0') * 10 + u32::from(text[1] - b'0')
}

fn digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

/// `-?(digits[.digits] | .digits)`, the form of every number.
pub fn is_number(text: &[u8]) -> bool {
    let body = text.strip_prefix(b"-").unwrap_or(text);
    match body.iter().position(|&c| c == b'.') {
        None => !body.is_empty() && digits(body),
        Some(at) => digits(&body[..at]) && digits(&body[at + 1..]) && body.len() > 1,
    }
}

/// Sign, whole digits and decimals without zeros that say nothing.
fn decimal(text: &[u8]) -> Option<(bool, &[u8], &[u8])> {
    if !is_number(text) {
        return None;
    }
    let (minus, body) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let at = body.iter().position(|&c| c == b'.').unwrap_or(body.len());
    let whole = &body[..at];
    let whole = &whole[whole.iter().position(|&c| c != b'0').unwrap_or(whole.len())..];
    let decimals = body.get(at + 1..).unwrap_or(b"");
    let decimals = &decimals[..decimals.iter().rposition(|&c| c != b'0').map_or(0, |last| last + 1)];
    let zero = whole.is_empty() && decimals.is_empty();
    Some((minus && !zero, if whole.is_empty() { b"0" } else { whole }, decimals))
}

/// `.5` is `0.50`, `1500` is `1500.00`, `12.3450` is `12.345`.
pub fn money(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (minus, whole, decimals) = decimal(text)?;
    if minus {
        out.push(b'-');
    }
    out.extend_from_slice(whole);
    out.push(b'.');
    out.extend_from_slice(decimals);
    out.extend_from_slice(&b"00"[decimals.len().min(2)..]);
    Some(())
}

/// `1.0` is `1`, `.25` is `0.25`.
pub fn quantity(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (minus, whole, decimals) = decimal(text)?;
    if minus {
        out.push(b'-');
    }
    out.extend_from_slice(whole);
    if !decimals.is_empty() {
        out.push(b'.');
        out.extend_from_slice(decimals);
    }
    Some(())
}

/// A whole number of at most 18 digits, without leading zeros.
pub fn integer(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    if text.is_empty() || text.len() > 18 || !digits(text) {
        return None;
    }
    let start = text.iter().position(|&c| c != b'0').unwrap_or(text.len() - 1);
    out.extend_from_slice(&text[start..]);
    Some(())
}

const DAYS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// CCYYMMDD or YYMMDD (1970 to 2069) to an ISO date.
pub fn date(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut full = [0u8; 8];
    match text.len() {
        6 => {
            full[..2].copy_from_slice(if text[0] >= b'7' { b"19" } else { b"20" });
            full[2..].copy_from_slice(text);
        }
        8 => full.copy_from_slice(text),
        _ => return None,
    }
    if !digits(&full) {
        return None;
    }
    let (year, month, day) = (two(&full) * 100 + two(&full[2..]), two(&full[4..]), two(&full[6..]));
    if year == 0 || !(1..=12).contains(&month) || day == 0 || day > DAYS[month as usize - 1] {
        return None;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if month == 2 && day == 29 && !leap {
        return None;
    }
    out.extend_from_slice(&full[..4]);
    out.push(b'-');
    out.extend_from_slice(&full[4..6]);
    out.push(b'-');
    out.extend_from_slice(&full[6..]);
    Some(())
}

/// HHMM, HHMMSS or HHMMSSD(D) to an ISO time of day.
pub fn time(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    if !matches!(text.len(), 4 | 6 | 7 | 8) || !digits(text) || two(text) > 23 || two(&text[2..]) > 59 {
        return None;
    }
    if text.len() > 4 && two(&text[4..]) > 59 {
        return None;
    }
    out.extend_from_slice(&text[..2]);
    out.push(b':');
    out.extend_from_slice(&text[2..4]);
    if text.len() > 4 {
        out.push(b':');
        out.extend_from_slice(&text[4..6]);
    }
    if text.len() > 6 {
        out.push(b'.');
        out.extend_from_slice(&text[6..]);
    }
    Some(())
}

/// One date by its format qualifier: D8 a day, DT a day and time, TM a time, D6 a short day.
pub fn formatted_date(qualifier: &[u8], text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    match qualifier {
        b"DT" => {
            let (day, clock) = text.split_at_checked(8)?;
            date(day, out)?;
            out.push(b'T');
            time(clock, out)
        }
        b"TM" => time(text, out),
        b"D8" | b"D6" | b"" => date(text, out),
        _ => None,
    }
}

/// NPI: 10 digits, first 1 or 2, Luhn over 80840 + NPI (constant 24).
pub fn npi_valid(text: &[u8]) -> bool {
    if text.len() != 10 || !matches!(text[0], b'1' | b'2') || !digits(text) {
        return false;
    }
    let sum: u32 = text
        .chunks(2)
        .map(|pair| {
            let doubled = u32::from(pair[0] - b'0') * 2;
            doubled / 10 + doubled % 10 + u32::from(pair[1] - b'0')
        })
        .sum();
    (24 + sum) % 10 == 0
}

/// Hundredths of an amount with exactly two decimals; other amounts are left to exact arithmetic elsewhere.
pub fn hundredths(text: &[u8]) -> Option<i64> {
    let (minus, body) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let size = body.len();
    if !(4..=17).contains(&size) || body[size - 3] != b'.' {
        return None;
    }
    let mut value = 0i64;
    for &c in body[..size - 3].iter().chain(&body[size - 2..]) {
        if !c.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(c - b'0');
    }
    Some(if minus { -value } else { value })
}

/// A JSON string of printable ASCII text.
pub fn quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    if text.iter().any(|&c| c == b'"' || c == b'\\') {
        for &c in text {
            if c == b'"' || c == b'\\' {
                out.push(b'\\');
            }
            out.push(c);
        }
    } else {
        out.extend_from_slice(text);
    }
    out.push(b'"');
}

pub fn decimal_digits(mut value: u64, out: &mut Vec<u8>) {
    let mut held = [0u8; 20];
    let mut at = held.len();
    loop {
        at -= 1;
        held[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&held[at..]);
}
