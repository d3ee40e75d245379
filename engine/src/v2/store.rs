//! Values of a message being read: objects that keep the order of their keys, lists, and JSON texts in one buffer.

use std::collections::HashMap;

pub type Key = u16;

/// A part of the values of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    Null,
    /// From and to in `Store::json`.
    Json(u32, u32),
    Object(u32),
    List(u32),
}

/// Names of keys, each with its JSON.
#[derive(Default)]
pub struct Names {
    numbers: HashMap<String, Key>,
    shown: Vec<Box<[u8]>>,
}

impl Names {
    pub fn add(&mut self, name: &str) -> Result<Key, String> {
        if let Some(&found) = self.numbers.get(name) {
            return Ok(found);
        }
        let number = Key::try_from(self.shown.len()).map_err(|_| "too many names")?;
        let mut shown = Vec::new();
        super::text::write_string(name, &mut shown);
        shown.push(b':');
        self.shown.push(shown.into());
        self.numbers.insert(name.to_owned(), number);
        Ok(number)
    }

    /// The name as JSON with its colon.
    pub fn shown(&self, key: Key) -> &[u8] {
        &self.shown[key as usize]
    }
}

/// The room is used again by the next message.
#[derive(Default)]
pub struct Store {
    pub json: Vec<u8>,
    objects: Vec<Vec<(Key, Value)>>,
    lists: Vec<Vec<Value>>,
    used: (usize, usize),
}

impl Store {
    pub fn clear(&mut self) {
        self.json.clear();
        self.used = (0, 0);
    }

    pub fn object(&mut self) -> u32 {
        let number = self.used.0;
        self.used.0 += 1;
        match self.objects.get_mut(number) {
            Some(held) => held.clear(),
            None => self.objects.push(Vec::new()),
        }
        number as u32
    }

    pub fn list(&mut self) -> u32 {
        let number = self.used.1;
        self.used.1 += 1;
        match self.lists.get_mut(number) {
            Some(held) => held.clear(),
            None => self.lists.push(Vec::new()),
        }
        number as u32
    }

    pub fn entries(&self, object: u32) -> &[(Key, Value)] {
        &self.objects[object as usize]
    }

    pub fn items(&mut self, list: u32) -> &mut Vec<Value> {
        &mut self.lists[list as usize]
    }

    pub fn get(&self, object: u32, key: Key) -> Option<Value> {
        self.entries(object).iter().find(|entry| entry.0 == key).map(|entry| entry.1)
    }

    /// A key that is there keeps its place.
    pub fn set(&mut self, object: u32, key: Key, value: Value) {
        let held = &mut self.objects[object as usize];
        match held.iter_mut().find(|entry| entry.0 == key) {
            Some(entry) => entry.1 = value,
            None => held.push((key, value)),
        }
    }

    pub fn remove(&mut self, object: u32, key: Key) -> Option<Value> {
        let held = &mut self.objects[object as usize];
        held.iter().position(|entry| entry.0 == key).map(|at| held.remove(at).1)
    }

    /// Set every entry of another object.
    pub fn update(&mut self, object: u32, other: u32) {
        for at in 0..self.entries(other).len() {
            let (key, value) = self.entries(other)[at];
            self.set(object, key, value);
        }
    }

    pub fn text(&self, value: Value) -> &[u8] {
        match value {
            Value::Json(start, end) => &self.json[start as usize..end as usize],
            _ => b"",
        }
    }

    /// A value of what has been written to `json` since `start`.
    pub fn since(&self, start: usize) -> Value {
        Value::Json(start as u32, self.json.len() as u32)
    }

    pub fn write(&self, value: Value, names: &Names, out: &mut Vec<u8>) {
        match value {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Json(start, end) => out.extend_from_slice(&self.json[start as usize..end as usize]),
            Value::Object(number) => {
                out.push(b'{');
                for (at, &(key, value)) in self.entries(number).iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    out.extend_from_slice(names.shown(key));
                    self.write(value, names, out);
                }
                out.push(b'}');
            }
            Value::List(number) => {
                out.push(b'[');
                for (at, &value) in self.lists[number as usize].iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    self.write(value, names, out);
                }
                out.push(b']');
            }
        }
    }
}
