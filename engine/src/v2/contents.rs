//! Values by reference: documents and long texts stay in the file, the event says where their bytes are and gives their SHA-256.

use super::made::{lines, write_key, write_list, write_read, Made};
use super::observations::{other, TEXT_LIMIT};
use super::text::{plain, split, unescape};
use super::{Field, Message, Sure};
use crate::text::decimal_digits;
use sha2::{Digest, Sha256};

/// Component of an ED that holds the data.
const DATA: usize = 5;
/// Separators in a long value up to which its documents are told apart; beyond, the field is one.
const MOST_PARTS: usize = 256;
const DESCRIBED: [&str; 3] = ["type", "subtype", "encoding"];
const POINTER: [&str; 3] = ["pointer", "type", "subtype"];
const APPLICATION: [&str; 3] = ["application", "application_id", "application_id_type"];

/// Gives a field whole by reference that is too long for the event, and says whether it did.
pub fn long(message: &Message, field: Field, kind: &str, made: &mut Made) -> Sure<bool> {
    let text = message.text(field);
    let told_apart = matches!(kind, "ED" | "RP") && text.bytes().filter(|c| matches!(c, b'~' | b'^')).count() <= MOST_PARTS;
    if told_apart || text.chars().count() <= TEXT_LIMIT {
        return Ok(false);
    }
    made.put("contents", |out, _| {
        out.push(b'[');
        write_place(text, message.offset + u64::from(field.start), out);
        out.extend_from_slice(b"}]");
        Ok(())
    })?;
    Ok(true)
}

/// Opens the object of a content: its place in the file, its length and its hash.
fn write_place(data: &str, offset: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"offset\":");
    decimal_digits(offset, out);
    out.extend_from_slice(b",\"length\":");
    decimal_digits(data.len() as u64, out);
    out.extend_from_slice(b",\"sha256\":\"");
    for byte in Sha256::digest(data.as_bytes()) {
        let digit = |half: u8| b"0123456789abcdef"[usize::from(half)];
        out.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    out.push(b'"');
}

fn write_parts<'a>(parts: impl Iterator<Item = (&'static str, &'a str)>, start: usize, out: &mut Vec<u8>, scratch: &mut String) -> Sure<()> {
    for (name, part) in parts.filter(|(_, part)| !part.is_empty()) {
        write_key(name, start, out);
        write_read(part, out, scratch)?;
    }
    Ok(())
}

fn application(raw: &str) -> impl Iterator<Item = (&'static str, &str)> {
    APPLICATION.into_iter().zip(split(raw, b'&'))
}

/// ED: what the data is, and where. Short text that is not encoded is given as `value`, too.
pub fn encapsulated(message: &Message, field: Field, made: &mut Made) -> Sure<()> {
    let text = message.text(field);
    let begin = message.offset + u64::from(field.start);
    let mut shown: Vec<&str> = Vec::new();
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut scratch = String::new();
    let mut at = 0;
    for raw in split(text, b'~') {
        let parts: Vec<&str> = raw.splitn(DATA, '^').collect();
        let data = if parts.len() == DATA { parts[DATA - 1] } else { raw };
        let mut content = Vec::new();
        write_place(data, begin + (at + raw.len() - data.len()) as u64, &mut content);
        if parts.len() == DATA {
            write_parts(application(parts[0]).chain(DESCRIBED.into_iter().zip(parts[1..4].iter().copied())), 0, &mut content, &mut scratch)?;
            if unescape(parts[3], &mut scratch)?.eq_ignore_ascii_case("A") && data.len() <= TEXT_LIMIT {
                shown.push(data);
            }
        }
        content.push(b'}');
        if !data.is_empty() {
            found.push(content);
        }
        at += raw.len() + 1;
    }
    put_contents(&found, made)?;
    let value = lines(shown.into_iter(), plain)?;
    if value.is_empty() {
        return Ok(());
    }
    made.string("value", &value)
}

fn put_contents(found: &[Vec<u8>], made: &mut Made) -> Sure<()> {
    if found.is_empty() {
        return Ok(());
    }
    made.put("contents", |out, _| {
        write_list(found.iter(), out, |content, out| {
            out.extend_from_slice(content);
            Ok(())
        })
    })
}

/// RP: where another system keeps the data.
pub fn pointer(text: &str, field: Field, made: &mut Made) -> Sure<()> {
    if split(text, b'~').any(|raw| split(raw, b'^').count() > POINTER.len() + 1) {
        return other(text, field, made);
    }
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut scratch = String::new();
    for raw in split(text, b'~') {
        let mut parts = [""; 4];
        for (part, said) in parts.iter_mut().zip(split(raw, b'^')) {
            *part = said;
        }
        let mut content = vec![b'{'];
        let named = POINTER.into_iter().zip([parts[0], parts[2], parts[3]]);
        write_parts(application(parts[1]).chain(named), 0, &mut content, &mut scratch)?;
        content.push(b'}');
        if content.len() > 2 {
            found.push(content);
        }
    }
    put_contents(&found, made)
}
