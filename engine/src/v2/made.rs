//! What a maker makes: keys with the JSON of their values, and how lists, objects and texts of several lines are written.

use super::text::{unescape, write_string};
use super::Sure;

pub type Pairs = Vec<(&'static str, u32, u32)>;

/// What is being made, and a text to work in.
pub struct Made<'a> {
    bytes: &'a mut Vec<u8>,
    pairs: &'a mut Pairs,
    scratch: String,
}

impl<'a> Made<'a> {
    pub fn new(bytes: &'a mut Vec<u8>, pairs: &'a mut Pairs) -> Made<'a> {
        Made { bytes, pairs, scratch: String::new() }
    }

    /// A value that `write` writes as JSON.
    pub fn put(&mut self, key: &'static str, write: impl FnOnce(&mut Vec<u8>, &mut String) -> Sure<()>) -> Sure<()> {
        self.put_if(key, |out, scratch| write(out, scratch).map(|()| true))
    }

    /// As `put`, but none where `write` says that there is none.
    pub fn put_if(&mut self, key: &'static str, write: impl FnOnce(&mut Vec<u8>, &mut String) -> Sure<bool>) -> Sure<()> {
        let start = self.bytes.len();
        if write(self.bytes, &mut self.scratch)? {
            self.pairs.push((key, start as u32, self.bytes.len() as u32));
        } else {
            self.bytes.truncate(start);
        }
        Ok(())
    }

    pub fn json(&mut self, key: &'static str, json: &[u8]) -> Sure<()> {
        self.put(key, |out, _| {
            out.extend_from_slice(json);
            Ok(())
        })
    }

    pub fn string(&mut self, key: &'static str, text: &str) -> Sure<()> {
        self.put(key, |out, _| {
            write_string(text, out);
            Ok(())
        })
    }
}

/// Text with its escapes resolved, as JSON.
pub fn write_read(raw: &str, out: &mut Vec<u8>, scratch: &mut String) -> Sure<()> {
    write_string(unescape(raw, scratch)?, out);
    Ok(())
}

/// Texts as one, a line each, each added by `add`; nothing is written where they say nothing.
pub fn lines<'a>(texts: impl Iterator<Item = &'a str>, add: impl Fn(&str, &mut String) -> Sure<()>) -> Sure<String> {
    let mut whole = String::new();
    for (at, text) in texts.enumerate() {
        if at > 0 {
            whole.push('\n');
        }
        add(text, &mut whole)?;
    }
    Ok(whole)
}

/// Writes `[` what `write` makes of each, with commas between, `]`.
pub fn write_list<T>(items: impl Iterator<Item = T>, out: &mut Vec<u8>, mut write: impl FnMut(T, &mut Vec<u8>) -> Sure<()>) -> Sure<()> {
    out.push(b'[');
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(item, out)?;
    }
    out.push(b']');
    Ok(())
}

/// Begins a member of an object that was opened at `start`.
pub fn write_key(name: &str, start: usize, out: &mut Vec<u8>) {
    if out.len() > start + 1 {
        out.push(b',');
    }
    write_string(name, out);
    out.push(b':');
}
