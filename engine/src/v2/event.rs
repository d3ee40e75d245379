//! The events of a message that has been read, as JSON.

use crate::v2::keys::{Identifier, Search};
use crate::v2::machine::{Emit, Groups, Machine, Subject, Test};
use crate::v2::store::{Key, Names, Store, Value};
use crate::v2::tree::{Walk, ROOT};
use crate::v2::{Message, Odd, Sure};
use std::io::Write;

/// Values that are looked for again when the next event is written.
const MOST_SHARED: usize = 64;
/// Bytes of the values and events of one message.
const MOST_BYTES: usize = 1 << 28;

/// An event: its place among the emits of the trigger, where its item stands in the file, from and to of its JSON, and whose it is.
pub struct One {
    pub emit: usize,
    pub offset: u64,
    pub start: usize,
    pub end: usize,
    pub patient: Option<Identifier>,
}

/// What no row took of a segment: the node it was put into, and its JSON.
pub struct Remainder {
    pub node: usize,
    pub entry: Value,
}

/// Events of one message. `guessed`, `missing`: of the patient's identifier.
#[derive(Default)]
pub struct Made {
    pub json: Vec<u8>,
    pub list: Vec<One>,
    pub guessed: bool,
    pub missing: bool,
    /// What several events share, where it has been written.
    shared: Vec<(Value, usize, usize)>,
}

impl Made {
    pub fn clear(&mut self) {
        self.json.clear();
        self.list.clear();
        self.shared.clear();
        (self.guessed, self.missing) = (false, false);
    }
}

pub struct Events<'a, 'm> {
    pub machine: &'m Machine,
    pub names: &'a Names,
    pub message: &'a Message<'a>,
    pub walk: &'a Walk<'m>,
    pub store: &'a mut Store,
    pub left: &'a [Remainder],
    /// JSON with which the provenance of each starts.
    pub provenance: &'a [u8],
}

impl Events<'_, '_> {
    pub fn make(&mut self, emits: &[Emit], made: &mut Made) -> Sure<()> {
        for (number, emit) in emits.iter().enumerate() {
            let none = emit.or_message && self.walk.nodes.iter().all(|node| node.group != emit.group);
            for node in 0..self.walk.nodes.len() {
                if self.walk.nodes[node].group != emit.group && !(none && node == ROOT) {
                    continue;
                }
                let data = self.facts(emit, node)?;
                if self.wanted(emit, data)? {
                    self.event((number, emit), node, data, made)?;
                }
            }
        }
        made.list.sort_by_key(|one| one.offset);
        Ok(())
    }

    /// What the message says without what belongs to other events, then what the groups around say, then the group itself.
    fn facts(&mut self, emit: &Emit, node: usize) -> Sure<u32> {
        let nodes = &self.walk.nodes;
        let node = told_of(emit, node);
        let mut chain = vec![node];
        while let Some(&one) = chain.last().filter(|one| **one != ROOT) {
            chain.push(nodes[one].parent);
        }
        let data = self.store.object();
        for &one in chain.iter().rev() {
            if one != ROOT && nodes[one].merged {
                continue;
            }
            let object = nodes[one].object;
            for at in 0..self.store.entries(object).len() {
                let (name, value) = self.store.entries(object)[at];
                if emit.drops.contains(&name) && (one != node || emit.group == 0) {
                    continue;
                }
                let value = self.merged(self.store.get(data, name), value)?;
                self.store.set(data, name, value);
            }
        }
        for (name, json) in &emit.constants {
            let start = self.store.json.len();
            self.store.json.extend_from_slice(json);
            let value = self.store.since(start);
            self.store.set(data, *name, value);
        }
        Ok(data)
    }

    /// Of two objects one with what both say, else the later value.
    fn merged(&mut self, held: Option<Value>, value: Value) -> Sure<Value> {
        let is_object = |one: Value| matches!(one, Value::Object(_)) || self.store.text(one).starts_with(b"{");
        match (held, value) {
            (Some(Value::Object(before)), Value::Object(now)) => {
                let both = self.store.object();
                self.store.update(both, before);
                self.store.update(both, now);
                Ok(Value::Object(both))
            }
            (Some(held), value) if is_object(held) && is_object(value) => Err(Odd),
            _ => Ok(value),
        }
    }

    fn wanted(&self, emit: &Emit, data: u32) -> Sure<bool> {
        for path in &emit.needs {
            if self.at(data, path)?.is_none_or(|value| self.store.text(value) == b"\"\"") {
                return Ok(false);
            }
        }
        for (tests, expected) in [(&emit.when, true), (&emit.unless, false)] {
            for test in tests {
                if self.matches(data, test)? != expected {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn matches(&self, data: u32, test: &Test) -> Sure<bool> {
        Ok(match self.at(data, &test.path)? {
            None => test.absent,
            Some(value) => test.any || test.texts.iter().any(|text| text == self.store.text(value)),
        })
    }

    /// `None` for what is not there, or null.
    fn at(&self, object: u32, path: &[Key]) -> Sure<Option<Value>> {
        let Some((first, below)) = path.split_first() else { return Ok(Some(Value::Object(object))) };
        match self.store.get(object, *first) {
            None | Some(Value::Null) => Ok(None),
            Some(value) if below.is_empty() => Ok(Some(value)),
            Some(Value::Object(inner)) => self.at(inner, below),
            Some(value) if self.store.text(value).starts_with(b"{") => Err(Odd),
            Some(_) => Ok(None),
        }
    }

    fn event(&mut self, (number, emit): (usize, &Emit), node: usize, data: u32, made: &mut Made) -> Sure<()> {
        if self.store.json.len() + made.json.len() > MOST_BYTES {
            return Err(Odd);
        }
        let machine = self.machine;
        let search = Search { message: self.message, walk: self.walk };
        let mut identity = search.identity(machine, node)?;
        let retires = emit.subject == Subject::Retired;
        if emit.merge || retires {
            let prior = search.retired(machine, node)?;
            let Some(gone) = prior.patient() else { return Ok(()) };
            if identity.patient().is_some_and(|stays| stays.same(gone)) {
                return Ok(());
            }
            made.guessed |= prior.guessed;
            if retires {
                identity = prior;
            }
        }
        if emit.subject == Subject::Patient && (node != ROOT || !emit.or_message) {
            made.guessed |= identity.guessed;
            made.missing |= identity.patient().is_none();
        }
        let start = self.store.json.len();
        if identity.write(&mut self.store.json) {
            let shown = self.store.since(start);
            self.store.set(data, machine.keys.identity, shown);
        }
        if let Some(left) = self.left(emit, node) {
            self.store.set(data, machine.keys.unmapped, left);
        }
        let (offset, provenance) = self.provenance(node, told_of(emit, node), data)?;
        self.store.set(data, machine.keys.provenance, provenance);
        let start = made.json.len();
        self.write(data, made);
        let patient = if emit.subject == Subject::Receipt { None } else { identity.into_patient() };
        made.list.push(One { emit: number, offset, start, end: made.json.len(), patient });
        Ok(())
    }

    /// What no row took of the segments that this event speaks of, in their order.
    fn left(&mut self, emit: &Emit, node: usize) -> Option<Value> {
        let start = self.store.json.len();
        for remainder in self.left {
            if self.speaks_of(emit, node, remainder.node) {
                let Value::Json(from, to) = remainder.entry else { continue };
                self.store.json.push(if self.store.json.len() == start { b'[' } else { b',' });
                self.store.json.extend_from_within(from as usize..to as usize);
            }
        }
        if self.store.json.len() == start {
            return None;
        }
        self.store.json.push(b']');
        Some(self.store.since(start))
    }

    /// Whether another node stands around the item, below it, or nowhere near another item.
    fn speaks_of(&self, emit: &Emit, node: usize, other: usize) -> bool {
        self.within(node, other) || (emit.group != 0 && self.within(other, node)) || !self.apart(emit.apart, other)
    }

    fn within(&self, mut node: usize, around: usize) -> bool {
        while node != around && node != ROOT {
            node = self.walk.nodes[node].parent;
        }
        node == around
    }

    fn apart(&self, groups: Groups, mut node: usize) -> bool {
        while node != ROOT {
            if groups >> self.walk.nodes[node].group & 1 == 1 {
                return true;
            }
            node = self.walk.nodes[node].parent;
        }
        false
    }

    /// `told`: the node whose lists the event has.
    fn provenance(&mut self, node: usize, told: usize, data: u32) -> Sure<(u64, Value)> {
        let first = self.walk.nodes[node].first.unwrap_or(0);
        let offset = self.message.offset + u64::from(self.message.segments[first as usize].start);
        let start = self.store.json.len();
        self.store.json.extend_from_slice(self.provenance);
        write!(self.store.json, ",\"item\":{offset},\"ordinal\":{}", first + 1).map_err(|_| Odd)?;
        let mut seen: Vec<Key> = Vec::new();
        let mut one = told;
        loop {
            for (name, ordinals) in &self.walk.nodes[one].parts {
                if seen.contains(name) || self.store.get(data, *name).is_none() {
                    continue;
                }
                self.store.json.extend_from_slice(if seen.is_empty() { b",\"parts\":{" } else { b"," });
                seen.push(*name);
                self.store.json.extend_from_slice(self.names.shown(*name));
                for (at, ordinal) in ordinals.iter().enumerate() {
                    write!(self.store.json, "{}{ordinal}", if at == 0 { '[' } else { ',' }).map_err(|_| Odd)?;
                }
                self.store.json.push(b']');
            }
            if one == ROOT {
                break;
            }
            one = self.walk.nodes[one].parent;
        }
        self.store.json.extend_from_slice(if seen.is_empty() { b"}" } else { b"}}" });
        Ok((offset, self.store.since(start)))
    }

    fn write(&self, data: u32, made: &mut Made) {
        made.json.push(b'{');
        for (at, &(name, value)) in self.store.entries(data).iter().enumerate() {
            if at > 0 {
                made.json.push(b',');
            }
            made.json.extend_from_slice(self.names.shown(name));
            if let Some(&(_, start, end)) = made.shared.iter().find(|held| held.0 == value) {
                made.json.extend_from_within(start..end);
                continue;
            }
            let start = made.json.len();
            self.store.write(value, self.names, &mut made.json);
            if made.shared.len() < MOST_SHARED && matches!(value, Value::Object(_) | Value::List(_)) {
                made.shared.push((value, start, made.json.len()));
            }
        }
        made.json.push(b'}');
    }
}

/// What an event of a node tells of: the node, or the whole message.
fn told_of(emit: &Emit, node: usize) -> usize {
    if emit.whole {
        ROOT
    } else {
        node
    }
}
