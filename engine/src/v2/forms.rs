//! The form of a text by its data type, and which escape sequences are some, as the checks judge them.

use super::zone::day;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Date,
    Clock,
    Number,
    Sequence,
}

/// A form by its name in the tables.
pub fn form(name: &str) -> Option<Form> {
    Some(match name {
        "date" => Form::Date,
        "clock" => Form::Clock,
        "number" => Form::Number,
        "sequence" => Form::Sequence,
        _ => return None,
    })
}

/// Whether a text has the form. Blanks behind it are no part of it, and the null has any.
pub fn has_form(form: Form, text: &[u8]) -> bool {
    let text = without_blanks(text);
    if matches!(text, [] | [b'"', b'"']) {
        return true;
    }
    match form {
        Form::Sequence => digits(text),
        Form::Number => number(text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"-")).unwrap_or(text)),
        Form::Date => without_offset(text).is_some_and(date),
        Form::Clock => without_offset(text).is_some_and(clock),
    }
}

/// Without the blanks behind it.
pub fn without_blanks(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let [rest @ .., b' '] = text {
        text = rest;
    }
    text
}

fn digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

fn number(text: &[u8]) -> bool {
    match text.iter().position(|&c| c == b'.') {
        None => !text.is_empty() && digits(text),
        Some(at) => text.len() > 1 && digits(&text[..at]) && digits(&text[at + 1..]),
    }
}

/// Two digits up to a number.
fn two(text: &[u8], most: u32) -> Option<u32> {
    let &[tens @ b'0'..=b'9', ones @ b'0'..=b'9', ..] = text else { return None };
    let value = u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
    (value <= most).then_some(value)
}

fn without_offset(text: &[u8]) -> Option<&[u8]> {
    match text.iter().position(|&c| c == b'+' || c == b'-') {
        None => Some(text),
        Some(at) => {
            let offset = &text[at + 1..];
            let right = offset.len() == 4 && two(offset, 14).is_some() && two(&offset[2..], 59).is_some();
            right.then_some(&text[..at])
        }
    }
}

/// Hours, minutes, seconds and up to four digits of a fraction.
fn clock(text: &[u8]) -> bool {
    let whole = match text.len() {
        2 | 4 | 6 => text,
        8..=11 if text[6] == b'.' && digits(&text[7..]) => &text[..6],
        _ => return false,
    };
    whole.chunks(2).zip([23, 59, 59]).all(|(pair, most)| two(pair, most).is_some())
}

/// A year, month or day, and a time behind a day.
fn date(text: &[u8]) -> bool {
    let (Some(century), Some(rest)) = (two(text, 99), text.get(2..).and_then(|rest| two(rest, 99))) else { return false };
    let year = century * 100 + rest;
    if year == 0 || text.len() == 4 {
        return year > 0;
    }
    let Some(month) = two(&text[4..], 12).filter(|&month| month > 0) else { return false };
    if text.len() == 6 {
        return true;
    }
    two(&text[6..], 31).is_some_and(|number| day(year, month, number).is_some()) && (text.len() == 8 || clock(&text[8..]))
}

/// Whether each escape character begins or ends a sequence of the standard, local ones among them.
pub fn escapes_right(text: &[u8]) -> bool {
    let mut parts = text.split(|&c| c == b'\\');
    parts.next();
    loop {
        match (parts.next(), parts.next()) {
            (None, _) => return true,
            (Some(inner), Some(_)) if is_escape(inner) => {}
            _ => return false,
        }
    }
}

fn is_escape(inner: &[u8]) -> bool {
    let hexadecimal = |text: &[u8]| text.iter().all(u8::is_ascii_hexdigit);
    match inner {
        [b'F' | b'S' | b'T' | b'R' | b'E' | b'P' | b'H' | b'N'] | [b'Z', ..] => true,
        [b'X', rest @ ..] => !rest.is_empty() && rest.len() % 2 == 0 && hexadecimal(rest),
        [b'C', rest @ ..] => rest.len() == 4 && hexadecimal(rest),
        [b'M', rest @ ..] => matches!(rest.len(), 4 | 6) && hexadecimal(rest),
        [b'.', first, second, rest @ ..] => {
            let count = rest.strip_prefix(b" ").or_else(|| rest.strip_prefix(b"+")).or_else(|| rest.strip_prefix(b"-")).unwrap_or(rest);
            first.is_ascii_alphabetic() && second.is_ascii_alphabetic() && count.len() <= 3 && digits(count)
        }
        _ => false,
    }
}
