//! Which group of a message a segment belongs to, told by what opens groups and what they hold.

use crate::v2::machine::{Groups, Machine, Opening, Tag};
use crate::v2::store::{Key, Store, Value};
use crate::v2::{Odd, Sure};
use std::collections::HashMap;

const NOTE: [u8; 3] = *b"NTE";
pub const ROOT: usize = 0;

/// One occurrence of a group, or the message itself: its object, and what has been read into it.
pub struct Node {
    pub group: usize,
    /// Of the message, itself.
    pub parent: usize,
    /// Number of the segment that opened it.
    pub first: Option<u32>,
    pub object: u32,
    /// It has no object of its own.
    pub merged: bool,
    pub lost: bool,
    /// The first segment of each tag here.
    pub seen: Vec<([u8; 3], u32)>,
    /// Ordinals of the segments that the entries of a list came from.
    pub parts: Vec<(Key, Vec<u32>)>,
    position: i32,
}

/// The groups open while a message is read; parents stand before children in `nodes`.
pub struct Walk<'m> {
    pub machine: &'m Machine,
    pub nodes: Vec<Node>,
    apart: Groups,
    stack: Vec<usize>,
    last: usize,
}

impl Node {
    fn new(group: usize, parent: usize, first: Option<u32>, object: u32) -> Node {
        Node { group, parent, first, object, merged: false, lost: false, seen: Vec::new(), parts: Vec::new(), position: -1 }
    }

    pub fn part(&mut self, name: Key, ordinal: u32) {
        match self.parts.iter_mut().find(|held| held.0 == name) {
            Some((_, ordinals)) => ordinals.push(ordinal),
            None => self.parts.push((name, vec![ordinal])),
        }
    }
}

impl<'m> Walk<'m> {
    /// `apart`: groups that get events of their own.
    pub fn new(machine: &'m Machine, apart: Groups, store: &mut Store) -> Walk<'m> {
        Walk { machine, nodes: vec![Node::new(0, ROOT, None, store.object())], apart, stack: vec![ROOT], last: ROOT }
    }

    /// The first segment with this tag in a node or around it; of the message, wherever it stands.
    pub fn find(&self, mut node: usize, tag: [u8; 3]) -> Option<u32> {
        if node == ROOT {
            let all = self.nodes.iter().flat_map(|node| &node.seen).filter(|seen| seen.0 == tag);
            return all.map(|seen| seen.1).min();
        }
        loop {
            if let Some(seen) = self.nodes[node].seen.iter().find(|seen| seen.0 == tag) {
                return Some(seen.1);
            }
            if node == ROOT {
                return None;
            }
            node = self.nodes[node].parent;
        }
    }

    /// The node a segment belongs to; groups are opened and ended as it asks. `segment`: its number, from 0.
    pub fn place(&mut self, segment: u32, name: [u8; 3], tag: Option<&Tag>, store: &mut Store) -> Sure<usize> {
        let note = name == NOTE;
        match tag {
            Some(tag) if !tag.openings.is_empty() => self.last = self.open(segment, &tag.openings, store)?,
            Some(tag) if tag.holders != 0 => self.last = self.held(note, tag.holders),
            _ if note => return Ok(ROOT),
            _ => self.last = ROOT,
        }
        Ok(if note && tag.is_none_or(|tag| tag.holders == 0) { ROOT } else { self.last })
    }

    /// The innermost open group that holds it, which may go on afterwards; a note goes by the segment before it.
    fn held(&self, note: bool, holders: Groups) -> usize {
        let mut node = if note { self.last } else { *self.stack.last().unwrap_or(&ROOT) };
        while node != ROOT && holders >> self.nodes[node].group & 1 == 0 {
            node = self.nodes[node].parent;
        }
        node
    }

    /// Place of the innermost open occurrence of a group.
    fn depth(&self, group: usize) -> Option<usize> {
        self.stack.iter().rposition(|&node| self.nodes[node].group == group)
    }

    fn open(&mut self, segment: u32, openings: &[Opening], store: &mut Store) -> Sure<usize> {
        let (mut best, mut anchor) = (&openings[0], None);
        for opening in openings {
            let mut at = self.depth(opening.group);
            if at.is_none_or(|at| !self.free(at, opening)) {
                at = self.depth(self.machine.groups[opening.group].parent);
            }
            if at > anchor {
                (best, anchor) = (opening, at);
            }
        }
        let mut node = self.enter(segment, best, store)?;
        let mut children = &best.children;
        while let Some(first) = children.first() {
            node = self.enter(segment, first, store)?;
            children = &first.children;
        }
        Ok(node)
    }

    /// Whether an open occurrence still lacks what a tag brings: the tags behind it as well, or where they stand in any order nothing but the tag, as
    /// long as no group below it has begun.
    fn free(&self, at: usize, opening: &Opening) -> bool {
        let node = &self.nodes[self.stack[at]];
        match opening.tag {
            Some(tag) => at + 1 == self.stack.len() && node.seen.iter().all(|seen| seen.0 != tag),
            None => node.position < opening.position,
        }
    }

    /// Join the open occurrence where the tag has its place still free there, else begin the next.
    fn enter(&mut self, segment: u32, opening: &Opening, store: &mut Store) -> Sure<usize> {
        let joined = self.depth(opening.group).filter(|&at| self.free(at, opening));
        let node = match joined {
            Some(at) => {
                self.stack.truncate(at + 1);
                self.stack[at]
            }
            None => self.begin(segment, opening.group, store)?,
        };
        self.nodes[node].position = opening.position;
        Ok(node)
    }

    fn begin(&mut self, segment: u32, group: usize, store: &mut Store) -> Sure<usize> {
        let parent = self.machine.groups[group].parent;
        match self.depth(parent) {
            Some(at) => self.stack.truncate(at + 1),
            None => {
                self.begin(segment, parent, store)?;
            }
        }
        let node = self.child(*self.stack.last().ok_or(Odd)?, group, segment, store)?;
        self.nodes.push(node);
        self.stack.push(self.nodes.len() - 1);
        Ok(self.nodes.len() - 1)
    }

    fn child(&mut self, parent: usize, number: usize, segment: u32, store: &mut Store) -> Sure<Node> {
        let group = &self.machine.groups[number];
        let around = self.nodes[parent].object;
        let Some(to) = group.to else {
            let mut node = Node::new(number, parent, Some(segment), around);
            node.merged = true;
            return Ok(node);
        };
        let mut node = Node::new(number, parent, Some(segment), store.object());
        let held = store.get(around, to);
        if group.many {
            append(store, around, to, Value::Object(node.object))?;
            self.nodes[parent].part(to, segment + 1);
        } else if held.is_some() {
            node.lost = self.apart >> number & 1 == 0;
        } else {
            store.set(around, to, Value::Object(node.object));
        }
        Ok(node)
    }

    /// Objects of groups that nothing was put into are left out; children first, and those of a list at once.
    pub fn prune(&mut self, store: &mut Store) {
        let mut empty: HashMap<usize, Vec<Key>> = HashMap::new();
        for at in (0..self.nodes.len()).rev() {
            if !empty.is_empty() {
                for to in empty.remove(&at).unwrap_or_default() {
                    self.leave_out(at, to, store);
                }
            }
            let node = &self.nodes[at];
            if at == ROOT || node.merged || node.lost || !store.entries(node.object).is_empty() {
                continue;
            }
            let Some(to) = self.machine.groups[node.group].to else { continue };
            let places = empty.entry(node.parent).or_default();
            if !places.contains(&to) {
                places.push(to);
            }
        }
    }

    /// What is empty in a place of a group's occurrence.
    fn leave_out(&mut self, at: usize, to: Key, store: &mut Store) {
        let node = &mut self.nodes[at];
        match store.get(node.object, to) {
            Some(Value::List(list)) => {
                let mut entries = std::mem::take(store.items(list));
                let filled: Vec<bool> =
                    entries.iter().map(|entry| !matches!(entry, Value::Object(object) if store.entries(*object).is_empty())).collect();
                keep(&mut entries, &filled);
                for (_, ordinals) in node.parts.iter_mut().filter(|held| held.0 == to) {
                    keep(ordinals, &filled);
                }
                if entries.is_empty() {
                    store.remove(node.object, to);
                    node.parts.retain(|held| held.0 != to);
                }
                *store.items(list) = entries;
            }
            Some(Value::Object(held)) if store.entries(held).is_empty() => drop(store.remove(node.object, to)),
            _ => {}
        }
    }
}

/// The entries whose places are filled.
fn keep<T>(entries: &mut Vec<T>, filled: &[bool]) {
    let mut filled = filled.iter();
    entries.retain(|_| filled.next().is_none_or(|&filled| filled));
}

/// Add to the list under a key, which is made when there is none.
pub fn append(store: &mut Store, object: u32, name: Key, value: Value) -> Sure<()> {
    let list = match store.get(object, name) {
        Some(Value::List(found)) => found,
        None => {
            let made = store.list();
            store.set(object, name, Value::List(made));
            made
        }
        Some(_) => return Err(Odd),
    };
    store.items(list).push(value);
    Ok(())
}
