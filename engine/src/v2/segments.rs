//! The text of a message into segments and fields, in one pass over its bytes.

use crate::v2::{Field, Odd, Segment, Sure, COMPONENT, CONTROL, ESCAPE, HIGH, OUTER, QUOTE, REPETITION, SUBCOMPONENT};

/// How much of a message is taken.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub segments: usize,
    pub fields: usize,
}

/// A message split; the room is used again by the next one.
#[derive(Default)]
pub struct Split {
    pub segments: Vec<Segment>,
    pub fields: Vec<Field>,
}

/// Bytes of a message; a longer one is read in Python.
const MOST_BYTES: usize = 64 << 20;
/// Bytes that end a field or are not read here.
const STOP: u8 = OUTER;
const KINDS: [u8; 256] = kinds();

const fn kinds() -> [u8; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = match at as u8 {
            b'|' | b'\r' | b'\n' | 0x1b => STOP,
            b'^' => COMPONENT,
            b'~' => REPETITION,
            b'\\' => ESCAPE,
            b'&' => SUBCOMPONENT,
            b'"' => QUOTE,
            0..=0x1f | 0x7f => CONTROL,
            0x80..=0xff => HIGH,
            _ => 0,
        };
        at += 1;
    }
    table
}

/// White space as Python strips it, or a byte of a character that may be some.
fn outer(byte: u8) -> bool {
    matches!(byte, b' ' | 0x09..=0x0d | 0x1c..=0x1f | 0x80..=0xff)
}

impl Split {
    /// Odd for anything but proper segments with the usual delimiters, each ended by a carriage return; the last one need not be.
    pub fn read(&mut self, text: &str, limits: Limits) -> Sure<()> {
        self.segments.clear();
        self.fields.clear();
        let body = text.trim_end_matches(['\r', '\n']).as_bytes();
        let usual = body.starts_with(b"MSH|^~\\&|") || body.starts_with(b"MSH|^~\\&#|");
        if !usual || text.len() > MOST_BYTES {
            return Err(Odd);
        }
        let (mut first, mut start, mut line, mut marks) = (0, 0, 0, 0);
        for (at, &byte) in body.iter().enumerate() {
            let kind = KINDS[byte as usize];
            if kind != STOP {
                marks |= kind;
                continue;
            }
            self.field(body, start, at, marks);
            (start, marks) = (at + 1, 0);
            if byte == b'\r' {
                self.segment(body, line, at, first)?;
                (line, first) = (at + 1, self.fields.len());
            } else if byte != b'|' {
                return Err(Odd);
            }
        }
        self.field(body, start, body.len(), marks);
        self.segment(body, line, body.len(), first)?;
        let inside = self.segments.len() <= limits.segments && self.fields.len() <= limits.fields;
        inside.then_some(()).ok_or(Odd)
    }

    fn field(&mut self, body: &[u8], start: usize, end: usize, mut marks: u8) {
        if start < end && (outer(body[start]) || outer(body[end - 1])) {
            marks |= OUTER;
        }
        self.fields.push(Field { start: start as u32, end: end as u32, marks });
        if self.segments.is_empty() && self.fields.len() == 1 {
            self.fields.push(Field { start: 3, end: 4, marks: 0 });
        }
    }

    fn segment(&mut self, body: &[u8], start: usize, end: usize, first: usize) -> Sure<()> {
        let name = self.fields[first];
        let Ok(tag) = <[u8; 3]>::try_from(&body[name.start as usize..name.end as usize]) else { return Err(Odd) };
        let proper = tag[0].is_ascii_uppercase() && tag[1..].iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !proper || (&tag == b"MSH") != self.segments.is_empty() {
            return Err(Odd);
        }
        let count = (self.fields.len() - first) as u32;
        self.segments.push(Segment { tag, start: start as u32, end: end as u32, first: first as u32, count });
        Ok(())
    }
}
