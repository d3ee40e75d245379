//! Ordered JSON objects under construction: scalars are kept as the JSON text they will be written as.

use crate::text::quoted;

/// Number of a field name in the machine's list.
pub type Name = u16;
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// JSON text: start and length in the buffer.
    Raw(u32, u32),
    /// The same, of a string with escapes in it.
    Escaped(u32, u32),
    Object(u32),
    List(u32),
}

#[derive(Clone, Copy)]
struct Entry {
    name: Name,
    next: u32,
    value: Value,
}

/// An object or a list: its entries as a chain, and which names may be among them.
#[derive(Clone, Copy)]
struct Node {
    first: u32,
    last: u32,
    mask: u64,
}

/// The names as a mask for `may_have`.
pub fn mask_of(names: &[Name]) -> u64 {
    names.iter().fold(0, |mask, name| mask | 1 << (name & 63))
}

#[derive(Clone, Default)]
pub struct Tree {
    buffer: Vec<u8>,
    entries: Vec<Entry>,
    nodes: Vec<Node>,
    /// The segment being read holds nothing that JSON escapes.
    pub plain: bool,
}

/// A point to go back to, while nothing older was changed since.
#[derive(Clone, Copy)]
pub struct Mark(usize, usize, usize);

impl Tree {
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.entries.clear();
        self.nodes.clear();
    }

    pub fn mark(&self) -> Mark {
        Mark(self.buffer.len(), self.entries.len(), self.nodes.len())
    }

    pub fn back(&mut self, mark: Mark) {
        self.buffer.truncate(mark.0);
        self.entries.truncate(mark.1);
        self.nodes.truncate(mark.2);
    }

    pub fn node(&mut self) -> u32 {
        self.nodes.push(Node { first: NONE, last: NONE, mask: 0 });
        (self.nodes.len() - 1) as u32
    }

    pub fn is_empty(&self, node: u32) -> bool {
        self.nodes[node as usize].first == NONE
    }

    /// Whether any of the names of a mask may be among the entries.
    pub fn may_have(&self, node: u32, mask: u64) -> bool {
        self.nodes[node as usize].mask & mask != 0
    }

    pub fn find(&self, node: u32, name: Name) -> Option<Value> {
        let held = &self.nodes[node as usize];
        if held.mask & (1 << (name & 63)) == 0 {
            return None;
        }
        self.iter(node).find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// Entries in order.
    pub fn iter(&self, node: u32) -> impl Iterator<Item = (Name, Value)> + '_ {
        let mut at = self.nodes[node as usize].first;
        std::iter::from_fn(move || {
            let entry = self.entries.get(at as usize)?;
            at = entry.next;
            Some((entry.name, entry.value))
        })
    }

    /// Append an entry; the caller knows that the name is new.
    pub fn push(&mut self, node: u32, name: Name, value: Value) {
        let at = self.entries.len() as u32;
        self.entries.push(Entry { name, next: NONE, value });
        self.nodes[node as usize].mask |= 1 << (name & 63);
        self.chain(node, at, at);
    }

    /// Append an entry; false when the name is there.
    #[must_use]
    pub fn set(&mut self, node: u32, name: Name, value: Value) -> bool {
        if self.find(node, name).is_some() {
            return false;
        }
        self.push(node, name, value);
        true
    }

    fn chain(&mut self, node: u32, first: u32, last: u32) {
        let held = &mut self.nodes[node as usize];
        let before = held.last;
        held.last = last;
        if before == NONE {
            held.first = first;
        } else {
            self.entries[before as usize].next = first;
        }
    }

    /// The list of this name, made when it is not there; `None` when the name holds something else.
    pub fn list(&mut self, node: u32, name: Name) -> Option<u32> {
        match self.find(node, name) {
            Some(Value::List(list)) => Some(list),
            Some(_) => None,
            None => {
                let list = self.node();
                self.push(node, name, Value::List(list));
                Some(list)
            }
        }
    }

    /// Append the entries of one list to another.
    pub fn merge_list(&mut self, from: u32, into: u32) {
        let source = self.nodes[from as usize];
        if source.first != NONE {
            self.chain(into, source.first, source.last);
        }
    }

    /// Append the entries of one node to another; names that both have must be lists in both. False, and nothing changed, otherwise.
    #[must_use]
    pub fn merge(&mut self, from: u32, into: u32) -> bool {
        let source = self.nodes[from as usize];
        if source.first == NONE {
            return true;
        }
        let target = &mut self.nodes[into as usize];
        if target.mask & source.mask == 0 {
            target.mask |= source.mask;
            self.chain(into, source.first, source.last);
            return true;
        }
        let held: Vec<(Name, Value)> = self.iter(from).collect();
        for (name, value) in &held {
            match (self.find(into, *name), value) {
                (None, _) | (Some(Value::List(_)), Value::List(_)) => {}
                _ => return false,
            }
        }
        for (name, value) in held {
            match (self.find(into, name), value) {
                (Some(Value::List(list)), Value::List(more)) => self.merge_list(more, list),
                _ => self.push(into, name, value),
            }
        }
        true
    }

    pub fn string(&mut self, text: &[u8]) -> Value {
        let start = self.buffer.len();
        if self.plain {
            self.buffer.push(b'"');
            self.buffer.extend_from_slice(text);
            self.buffer.push(b'"');
            return self.raw_from(start);
        }
        quoted(text, &mut self.buffer);
        let size = self.buffer.len() - start;
        if size == text.len() + 2 {
            self.raw_from(start)
        } else {
            Value::Escaped(start as u32, size as u32)
        }
    }

    /// JSON text as it is.
    pub fn raw(&mut self, json: &[u8]) -> Value {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(json);
        self.raw_from(start)
    }

    /// What `write` appends, in quotation marks if wanted; `None` when it cannot.
    pub fn written(&mut self, marks: bool, write: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> Option<Value> {
        let start = self.buffer.len();
        if marks {
            self.buffer.push(b'"');
        }
        write(&mut self.buffer)?;
        if marks {
            self.buffer.push(b'"');
        }
        Some(self.raw_from(start))
    }

    fn raw_from(&self, start: usize) -> Value {
        Value::Raw(start as u32, (self.buffer.len() - start) as u32)
    }

    /// Text of a JSON string that needs no escape.
    pub fn text(&self, value: Value) -> Option<&[u8]> {
        let Value::Raw(start, size) = value else { return None };
        let json = &self.buffer[start as usize..(start + size) as usize];
        json.strip_prefix(b"\"")?.strip_suffix(b"\"")
    }

    /// JSON of a value; `keys` are the names as `"name":`.
    pub fn write(&self, value: Value, keys: &[Vec<u8>], out: &mut Vec<u8>) {
        match value {
            Value::Raw(start, size) | Value::Escaped(start, size) => out.extend_from_slice(&self.buffer[start as usize..(start + size) as usize]),
            Value::Object(node) => {
                out.push(b'{');
                self.write_entries(node, keys, out);
                out.push(b'}');
            }
            Value::List(node) => {
                out.push(b'[');
                let mut first = true;
                for (_, value) in self.iter(node) {
                    if !first {
                        out.push(b',');
                    }
                    first = false;
                    self.write(value, keys, out);
                }
                out.push(b']');
            }
        }
    }

    /// Entries of an object without its braces.
    pub fn write_entries(&self, node: u32, keys: &[Vec<u8>], out: &mut Vec<u8>) {
        let mut first = true;
        for (name, value) in self.iter(node) {
            if !first {
                out.push(b',');
            }
            first = false;
            out.extend_from_slice(&keys[name as usize]);
            self.write(value, keys, out);
        }
    }

    /// Read JSON written without blanks; `None` for a name that `name_of` does not know, or when it is not JSON.
    pub fn read(&mut self, json: &[u8], name_of: &dyn Fn(&[u8]) -> Option<Name>) -> Option<Value> {
        let mut at = 0;
        let value = self.read_at(json, &mut at, name_of)?;
        (at == json.len()).then_some(value)
    }

    fn read_at(&mut self, json: &[u8], at: &mut usize, name_of: &dyn Fn(&[u8]) -> Option<Name>) -> Option<Value> {
        let (object, close) = match json.get(*at)? {
            b'{' => (true, b'}'),
            b'[' => (false, b']'),
            _ => {
                let start = *at;
                *at = scalar_end(json, start)?;
                let held = self.raw(&json[start..*at]);
                return match held {
                    Value::Raw(from, size) if json[start..*at].contains(&b'\\') => Some(Value::Escaped(from, size)),
                    held => Some(held),
                };
            }
        };
        *at += 1;
        let node = self.node();
        while *json.get(*at)? != close {
            if json[*at] == b',' {
                *at += 1;
            }
            let mut name = 0;
            if object {
                let end = scalar_end(json, *at)?;
                name = name_of(json.get(*at + 1..end - 1)?)?;
                *at = end + 1;
            }
            let value = self.read_at(json, at, name_of)?;
            self.push(node, name, value);
        }
        *at += 1;
        Some(if object { Value::Object(node) } else { Value::List(node) })
    }
}

/// Where a string, number or word ends.
fn scalar_end(json: &[u8], start: usize) -> Option<usize> {
    if json.get(start)? != &b'"' {
        let size = json[start..].iter().position(|c| b",]}".contains(c)).unwrap_or(json.len() - start);
        return (size > 0).then_some(start + size);
    }
    let mut at = start + 1;
    loop {
        match json.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}
