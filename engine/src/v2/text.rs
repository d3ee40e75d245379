//! Text of a message as values hold it: escape sequences resolved, blanks left out, formatting as line breaks; and JSON strings of it.
//!
//! Only the usual delimiters come here, so what each sequence stands for is known.

use super::{Odd, Sure};
use memchr::memchr;

/// What HL7 writes for "delete the value".
pub const NULL: &str = "\"\"";
/// Digits of a formatting command.
const MOST_DIGITS: usize = 3;

/// White space as Python strips it: Unicode's, and the four information separators.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

pub fn strip(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] | [first @ last] if (b'!'..=b'~').contains(first) && (b'!'..=b'~').contains(last) => text,
        _ => text.trim_matches(is_space),
    }
}

/// The parts of a text between marks, which are ASCII; for short texts quicker than to search for a character.
pub fn split(text: &str, mark: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let held = rest?;
        let Some(at) = held.bytes().position(|c| c == mark) else { return rest.take() };
        rest = Some(&held[at + 1..]);
        Some(&held[..at])
    })
}

/// In upper case; odd beyond ASCII, where it depends on the edition of Unicode.
pub fn upper(text: &str) -> Sure<String> {
    if text.is_ascii() {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(Odd)
    }
}

/// Text of a value: escapes resolved, blanks around it left out; the null is no text.
pub fn plain_text<'a>(raw: &'a str, buffer: &'a mut String) -> Sure<&'a str> {
    if raw == NULL {
        return Ok("");
    }
    unescape(raw, buffer).map(strip)
}

/// Escape sequences that stand for delimiters or bytes resolved; what is none stays as it was sent. Odd where another character set comes in.
pub fn unescape<'a>(raw: &'a str, buffer: &'a mut String) -> Sure<&'a str> {
    if memchr(b'\\', raw.as_bytes()).is_none() {
        return Ok(raw);
    }
    buffer.clear();
    add_unescaped(raw, buffer)?;
    Ok(buffer)
}

fn add_unescaped(raw: &str, out: &mut String) -> Sure<()> {
    let bytes = raw.as_bytes();
    let (mut done, mut at) = (0, 0);
    while let Some(found) = memchr(b'\\', &bytes[at..]) {
        let start = at + found;
        let name = &bytes[start + 1..];
        let length = sequence(name);
        if length == 0 {
            at = start + 1;
            continue;
        }
        out.push_str(&raw[done..start]);
        match name[0] {
            b'F' => out.push('|'),
            b'S' => out.push('^'),
            b'T' => out.push('&'),
            b'R' => out.push('~'),
            b'E' => out.push('\\'),
            b'X' => add_hexadecimal(&name[1..length], out)?,
            _ => return Err(Odd),
        }
        at = start + length + 2;
        done = at;
    }
    out.push_str(&raw[done..]);
    Ok(())
}

/// Length of the name of an escape sequence that stands for something, with its end behind it; 0 for none.
fn sequence(text: &[u8]) -> usize {
    let length = match text.first() {
        Some(b'F' | b'S' | b'T' | b'R' | b'E' | b'P') => 1,
        Some(b'X' | b'C' | b'M') => 1 + text[1..].iter().take_while(|c| c.is_ascii_hexdigit()).count(),
        _ => return 0,
    };
    let whole = match text[0] {
        b'X' => length > 2 && length % 2 == 1,
        b'C' => length == 5,
        b'M' => length == 5 || length == 7,
        _ => true,
    };
    if whole && text.get(length) == Some(&b'\\') {
        length
    } else {
        0
    }
}

/// Bytes of a hexadecimal escape that are UTF-8, as nearly all are; others depend on the set of the message, or are UTF-16.
fn add_hexadecimal(digits: &[u8], out: &mut String) -> Sure<()> {
    let half = |c: u8| (c as char).to_digit(16).map_or(0, |value| value as u8);
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| half(pair[0]) << 4 | half(pair[1])).collect();
    if bytes.len() > 1 && bytes.len() % 2 == 0 && bytes[0] == 0 {
        return Err(Odd);
    }
    out.push_str(std::str::from_utf8(&bytes).map_err(|_| Odd)?);
    Ok(())
}

/// As `unescape`, and formatting turned into line breaks and blanks; highlighting is dropped.
pub fn plain(raw: &str, out: &mut String) -> Sure<()> {
    let bytes = raw.as_bytes();
    let (mut done, mut at) = (0, 0);
    while let Some(found) = memchr(b'\\', &bytes[at..]) {
        let start = at + found;
        match format(&bytes[start + 1..])? {
            None => at = start + 1,
            Some((length, shown)) => {
                at = start + length + 2;
                if let Some((c, count)) = shown {
                    add_unescaped(&raw[done..start], out)?;
                    out.extend(std::iter::repeat_n(c, count));
                    done = at;
                }
            }
        }
    }
    add_unescaped(&raw[done..], out)
}

/// A character so many times.
type Shown = (char, usize);

/// Length of a formatting command, with its end behind it, and what it looks like; nothing for one that is only like a command.
fn format(text: &[u8]) -> Sure<Option<(usize, Option<Shown>)>> {
    if let [b'H' | b'N', b'\\', ..] = text {
        return Ok(Some((1, Some(('\n', 0)))));
    }
    let [b'.', first, second, rest @ ..] = text else { return Ok(None) };
    if !first.is_ascii_alphabetic() || !second.is_ascii_alphabetic() {
        return Ok(None);
    }
    let sign = rest.first().copied().filter(|c| b" +-".contains(c));
    let number = &rest[usize::from(sign.is_some())..];
    let count = number.iter().take(MOST_DIGITS).take_while(|c| c.is_ascii_digit()).count();
    match number.get(count) {
        Some(b'\\') => {}
        Some(c) if !c.is_ascii() && count < MOST_DIGITS => return Err(Odd), // digits of other scripts count, too
        _ => return Ok(None),
    }
    let digits = &number[..count];
    let length = 3 + usize::from(sign.is_some()) + count;
    Ok(Some((length, shown([first.to_ascii_lowercase(), second.to_ascii_lowercase()], sign, digits))))
}

fn shown(command: [u8; 2], sign: Option<u8>, digits: &[u8]) -> Option<Shown> {
    let alone = sign.is_none() && digits.is_empty();
    let number = digits.iter().fold(0, |sum, c| sum * 10 + usize::from(c - b'0'));
    match &command {
        b"br" | b"ce" if alone => Some(('\n', 1)),
        b"sp" if alone => Some(('\n', 1)),
        b"sp" if !digits.is_empty() && sign != Some(b'-') => Some(('\n', number)),
        b"sk" if !digits.is_empty() && sign != Some(b'-') => Some((' ', number)),
        b"fi" | b"nf" if alone => Some((' ', 0)),
        b"in" | b"ti" if !digits.is_empty() => Some((' ', 0)),
        _ => None,
    }
}

/// A JSON string, with its quotes.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    add_escaped(text.as_bytes(), out);
    out.push(b'"');
}

fn add_escaped(bytes: &[u8], out: &mut Vec<u8>) {
    let special = |c: u8| c < 0x20 || c == b'"' || c == b'\\';
    if !bytes.iter().fold(false, |any, &c| any | special(c)) {
        out.extend_from_slice(bytes);
        return;
    }
    for &c in bytes {
        match c {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', c]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            0..=0x1f => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[b'0' + (c >> 4), b"0123456789abcdef"[usize::from(c & 15)]]);
            }
            _ => out.push(c),
        }
    }
}
