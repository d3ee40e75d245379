//! The fast lane: segments of a transaction set in, events of clean items out. It always stops between items, so that whoever goes on
//! from there needs the open loops and their objects only. Whatever is not clean is left where it starts.

use crate::event::{self, Made};
use crate::facts::Memory;
use crate::machine::{Candidate, Machine, To};
use crate::reader::{Clean, Segment, Unclean};
use crate::tree::{Tree, Value};
use std::sync::Arc;

#[derive(Clone, Copy, PartialEq)]
pub enum Fields {
    None,
    Item(u32),
    Slot(u8),
}

/// An open loop. `base` is where the counts of its children start.
#[derive(Clone)]
pub struct Frame {
    pub node: u16,
    pub pos: u32,
    pub base: u32,
    pub ordinal: u32,
    pub offset: u64,
    pub fields: Fields,
    pub hl: Vec<u8>,
    pub leaf: bool,
}

/// An object outside the items, with its JSON once an item has shown it.
#[derive(Clone, Default)]
pub struct Slot {
    pub tree: Tree,
    pub there: bool,
    pub json: Vec<u8>,
}

/// Everything that stands between two items.
#[derive(Clone, Default)]
pub struct State {
    pub frames: Vec<Frame>,
    /// How often each child stood, as its order counts it, and, for loops that may stand only so often, in all.
    pub counts: Vec<(u16, u32)>,
    pub slots: Vec<Slot>,
    /// By loop: the JSON of what no field takes.
    pub unmapped: Vec<(u16, Vec<Vec<u8>>)>,
    pub levels: Vec<(u16, u64)>,
    pub hl_last: u64,
    pub ordinal: u32,
}

/// The item being read, and what its loop's parent was before.
#[derive(Default)]
pub struct Item {
    pub tree: Tree,
    pub open: bool,
    pub ordinal: u32,
    pub offset: u64,
    parts: Vec<(u16, Vec<u32>)>,
    parts_used: usize,
    frames: usize,
    counts: usize,
    pos: u32,
    child: usize,
    count: (u16, u32),
    start: usize,
}

impl Item {
    /// Ordinals of the repeated parts by name, in the order in which the names came.
    pub fn parts(&self) -> &[(u16, Vec<u32>)] {
        &self.parts[..self.parts_used]
    }

    fn part(&mut self, name: u16, ordinal: u32) {
        let used = self.parts_used;
        if let Some((_, ordinals)) = self.parts[..used].iter_mut().find(|(held, _)| *held == name) {
            ordinals.push(ordinal);
            return;
        }
        if used == self.parts.len() {
            self.parts.push((name, Vec::new()));
        }
        let (held, ordinals) = &mut self.parts[used];
        *held = name;
        ordinals.clear();
        ordinals.push(ordinal);
        self.parts_used += 1;
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Stop {
    /// All that could be read is read.
    End,
    /// What follows is not clean.
    Unclean,
    /// One event is made, the first under a header that has changed.
    Header,
    /// The header has changed behind the events made.
    Again,
}

pub struct Limits {
    pub segment: usize,
    pub item: u32,
}

/// What is the same for all events of a set.
pub struct Heading {
    pub usage: String,
    pub uses: Vec<(Vec<u8>, String)>,
    pub common: Vec<u8>,
    pub provenance: Vec<u8>,
    pub site: Vec<u8>,
    pub receipt: String,
}

pub struct Lane {
    pub machine: Arc<Machine>,
    pub heading: Heading,
    pub limits: Limits,
    pub element: u8,
    /// The segment being read holds nothing that JSON escapes.
    pub plain: bool,
    pub terminator: u8,
    pub state: State,
    pub header_changed: bool,
    pub totals: Vec<(u16, i128)>,
    pub item: Item,
    pub made: Made,
    pub memory: Memory,
    pub parts: Vec<(u32, u32)>,
}

const BLANKS: &[u8] = b" \t\r\n";
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES * 0x80;
const LOW: u64 = ONES * 0x7f;

/// The high bit of every byte of a word that is this one.
fn equal(word: u64, wanted: u8) -> u64 {
    let other = word ^ (ONES * u64::from(wanted));
    !(((other & LOW) + LOW) | other | LOW)
}

impl Lane {
    /// Read from the start of `data`, which is byte `offset` of the file: how many bytes are done with, and why no more. `last`: nothing
    /// follows the data, so that an item may end with it.
    pub fn run(&mut self, data: &[u8], offset: u64, last: bool) -> (usize, Stop) {
        let machine = Arc::clone(&self.machine);
        let (mut at, mut done) = (0, 0);
        while at < data.len() {
            let end = match memchr::memchr(self.terminator, &data[at..]) {
                Some(size) => at + size,
                None if last => data.len(),
                None => break,
            };
            let next = (end + 1).min(data.len());
            let lead = data[at..end].iter().take_while(|c| BLANKS.contains(c)).count();
            let trail = data[at + lead..end].iter().rev().take_while(|c| b"\r\n".contains(c)).count();
            let segment = &data[at + lead..end - trail];
            if !segment.is_empty() {
                if self.header_changed && !self.made.list.is_empty() && !self.item.open && self.opens_item(segment) {
                    return (at, Stop::Again);
                }
                let open = self.item.open;
                let before = self.state.ordinal;
                self.state.ordinal += 1;
                let read = self.segment(&machine, segment, offset + (at + lead) as u64, at, &mut done);
                if read.is_err() {
                    if self.item.open {
                        done = self.drop_item();
                    } else {
                        self.state.ordinal = before;
                        done = if open { done } else { at };
                    }
                    return (done, if self.made.first.is_some() { Stop::Header } else { Stop::Unclean });
                }
            }
            at = next;
            if !self.item.open {
                done = at;
            }
        }
        if last && self.item.open && at >= data.len() {
            if self.close_item(&machine).is_err() {
                return (self.drop_item(), Stop::Unclean);
            }
            done = at;
        }
        if self.item.open {
            done = self.drop_item();
        }
        (done, if self.made.first.is_some() { Stop::Header } else { Stop::End })
    }

    fn opens_item(&self, segment: &[u8]) -> bool {
        let tag = segment.split(|&c| c == self.element).next().unwrap_or(b"");
        self.machine.symbols.number(tag).is_some_and(|tag| self.machine.items.contains(&tag))
    }

    /// Where the first segment behind the one at `at` starts whose tag opens an item or a level around one.
    pub fn boundary(&self, data: &[u8], at: usize) -> Option<usize> {
        let mut at = at + memchr::memchr(self.terminator, &data[at..])? + 1;
        loop {
            let end = at + memchr::memchr(self.terminator, &data[at..])?;
            let lead = data[at..end].iter().take_while(|c| BLANKS.contains(c)).count();
            let tag = data[at + lead..end].split(|&c| c == self.element).next().unwrap_or(b"");
            let opens = self.machine.symbols.number(tag).is_some_and(|tag| self.machine.boundaries.contains(&tag));
            if opens {
                return Some(at);
            }
            at = end + 1;
        }
    }

    /// Cut into elements; anything but printable ASCII is unclean.
    fn split(&mut self, segment: &[u8]) -> Clean<()> {
        if segment.len() > self.limits.segment {
            return Err(Unclean);
        }
        self.plain = true;
        self.parts.clear();
        let (mut start, mut odd, mut at) = (0u32, 0u64, 0u32);
        let mut words = segment.chunks_exact(8);
        for word in &mut words {
            let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
            odd |= (word | (word.wrapping_add(ONES))) | !((word & LOW).wrapping_add(ONES * 0x60) | word);
            self.plain &= equal(word, b'"') | equal(word, b'\\') == 0;
            let mut ends = equal(word, self.element);
            while ends != 0 {
                let end = at + ends.trailing_zeros() / 8;
                self.parts.push((start, end));
                start = end + 1;
                ends &= ends - 1;
            }
            at += 8;
        }
        let mut foreign = odd & HIGH != 0;
        for &c in words.remainder() {
            foreign |= !(0x20..0x7f).contains(&c);
            self.plain &= c != b'"' && c != b'\\';
            if c == self.element {
                self.parts.push((start, at));
                start = at + 1;
            }
            at += 1;
        }
        self.parts.push((start, at));
        if foreign {
            Err(Unclean)
        } else {
            Ok(())
        }
    }

    fn segment(&mut self, machine: &Machine, data: &[u8], offset: u64, at: usize, done: &mut usize) -> Clean<()> {
        self.split(data)?;
        let parts = std::mem::take(&mut self.parts);
        let segment = Segment { data, ends: &parts, component: machine.component };
        let read = self.place(machine, &segment, offset, at, done);
        self.parts = parts;
        read
    }

    fn place(&mut self, machine: &Machine, segment: &Segment, offset: u64, at: usize, done: &mut usize) -> Clean<()> {
        let symbol = machine.symbols.find(segment.get(0), |place| segment.at(place)).ok_or(Unclean)?;
        let (depth, candidate) = self.find(machine, symbol).ok_or(Unclean)?;
        if depth + 1 < self.state.frames.len() {
            self.close_to(machine, depth, at, done)?;
        }
        if self.item.open && self.state.ordinal - self.item.ordinal > self.limits.item {
            return Err(Unclean);
        }
        match candidate.inner {
            Some(inner) if self.item.open => self.open_inner(machine, depth, candidate, inner, segment, offset),
            Some(inner) if machine.loops[inner as usize].item => self.open_item(machine, depth, candidate, inner, segment, offset, at),
            Some(inner) => self.open_level(machine, depth, candidate, inner, segment, offset),
            None if self.item.open => {
                self.count(depth, candidate);
                let values = self.read(machine, candidate, segment)?;
                let fields = self.state.frames[depth].fields;
                put(&mut self.item.tree, values, fields, candidate.to)
            }
            None => self.take_level(machine, depth, candidate, segment),
        }
    }

    /// The innermost loop that takes the symbol in its order, and as what.
    fn find(&self, machine: &Machine, symbol: u16) -> Option<(usize, Candidate)> {
        for depth in (0..self.state.frames.len()).rev() {
            let frame = &self.state.frames[depth];
            let (start, end) = machine.loops[frame.node as usize].candidates[symbol as usize];
            for candidate in &machine.candidates[start as usize..end as usize] {
                let stood = self.state.counts[frame.base as usize + candidate.child as usize].0;
                if candidate.pos >= frame.pos && (candidate.full == 0 || u32::from(stood) < candidate.full) {
                    return Some((depth, *candidate));
                }
            }
        }
        None
    }

    fn count(&mut self, depth: usize, candidate: Candidate) {
        let frame = &mut self.state.frames[depth];
        frame.pos = candidate.pos;
        let stood = &mut self.state.counts[frame.base as usize + candidate.child as usize].0;
        *stood = (*stood + 1).min(candidate.most);
    }

    /// Whether one more of a loop may stand here, where only so many may.
    fn may_open(&self, machine: &Machine, depth: usize, candidate: Candidate, inner: u16) -> Clean<()> {
        let node = &machine.loops[inner as usize];
        let seen = self.state.counts[self.state.frames[depth].base as usize + candidate.child as usize].1;
        if node.counted && node.max.is_some_and(|max| seen >= max) {
            return Err(Unclean);
        }
        Ok(())
    }

    fn count_loop(&mut self, machine: &Machine, depth: usize, candidate: Candidate, inner: u16) {
        self.count(depth, candidate);
        if machine.loops[inner as usize].counted {
            let base = self.state.frames[depth].base as usize;
            self.state.counts[base + candidate.child as usize].1 += 1;
        }
    }

    fn read(&mut self, machine: &Machine, candidate: Candidate, segment: &Segment) -> Clean<u32> {
        self.item.tree.plain = self.plain;
        machine.readers[candidate.reader as usize].read(segment, &machine.named, &mut self.item.tree)
    }

    fn push(&mut self, machine: &Machine, inner: u16, offset: u64, fields: Fields) {
        let node = &machine.loops[inner as usize];
        let base = self.state.counts.len();
        self.state.counts.resize(base + node.children, (0, 0));
        self.state.counts[base].0 = 1;
        let ordinal = self.state.ordinal;
        self.state.frames.push(Frame { node: inner, pos: node.first_pos, base: base as u32, ordinal, offset, fields, hl: Vec::new(), leaf: false });
    }

    fn pop(&mut self) {
        if let Some(frame) = self.state.frames.pop() {
            self.state.counts.truncate(frame.base as usize);
        }
    }

    fn complete(&self, machine: &Machine, depth: usize) -> bool {
        let frame = &self.state.frames[depth];
        let required = &machine.loops[frame.node as usize].required;
        machine.partial || required.iter().all(|&child| self.state.counts[frame.base as usize + child as usize].0 > 0)
    }

    /// Leave the loops below this one; between items, each one left is done with.
    fn close_to(&mut self, machine: &Machine, depth: usize, at: usize, done: &mut usize) -> Clean<()> {
        if self.item.open && depth < self.item.frames {
            self.close_item(machine)?;
            *done = at;
            if self.made.first.is_some() {
                return Err(Unclean); // to stop here
            }
        }
        while self.state.frames.len() > depth + 1 {
            if !self.complete(machine, self.state.frames.len() - 1) {
                return Err(Unclean);
            }
            self.pop();
        }
        Ok(())
    }

    // -- items

    #[allow(clippy::too_many_arguments)]
    fn open_item(
        &mut self,
        machine: &Machine,
        depth: usize,
        candidate: Candidate,
        inner: u16,
        segment: &Segment,
        offset: u64,
        at: usize,
    ) -> Clean<()> {
        let frame = &self.state.frames[depth];
        let child = frame.base as usize + candidate.child as usize;
        self.item.tree.clear();
        self.item.parts_used = 0;
        self.item.frames = self.state.frames.len();
        self.item.counts = self.state.counts.len();
        self.item.pos = frame.pos;
        self.item.child = child;
        self.item.count = self.state.counts[child];
        self.item.start = at;
        self.item.ordinal = self.state.ordinal;
        self.item.offset = offset;
        self.item.open = true;
        let object = self.item.tree.node();
        self.may_open(machine, depth, candidate, inner)?;
        self.count_loop(machine, depth, candidate, inner);
        self.push(machine, inner, offset, Fields::Item(object));
        let values = self.read(machine, candidate, segment)?;
        put(&mut self.item.tree, values, Fields::Item(object), candidate.to)
    }

    fn open_inner(&mut self, machine: &Machine, depth: usize, candidate: Candidate, inner: u16, segment: &Segment, offset: u64) -> Clean<()> {
        self.may_open(machine, depth, candidate, inner)?;
        self.count_loop(machine, depth, candidate, inner);
        let fields = self.inner_object(machine, depth, inner)?;
        self.push(machine, inner, offset, fields);
        let values = self.read(machine, candidate, segment)?;
        put(&mut self.item.tree, values, fields, candidate.to)
    }

    /// The object of a loop inside an item, in the nearest loop around it that has one.
    fn inner_object(&mut self, machine: &Machine, depth: usize, inner: u16) -> Clean<Fields> {
        let node = &machine.loops[inner as usize];
        let Some(name) = node.name else { return Ok(Fields::None) };
        let owner = self.state.frames[..=depth].iter().rev().find(|frame| machine.loops[frame.node as usize].name.is_some());
        let Some(Fields::Item(owner)) = owner.map(|frame| frame.fields) else { return Err(Unclean) };
        let object = self.item.tree.node();
        if !node.many {
            return if self.item.tree.set(owner, name, Value::Object(object)) { Ok(Fields::Item(object)) } else { Err(Unclean) };
        }
        let list = self.item.tree.list(owner, name).ok_or(Unclean)?;
        self.item.tree.push(list, 0, Value::Object(object));
        if machine.loops[self.state.frames[depth].node as usize].item {
            let ordinal = self.state.ordinal;
            self.item.part(name, ordinal);
        }
        Ok(Fields::Item(object))
    }

    /// The item is complete: its loops are left, it is judged and written.
    fn close_item(&mut self, machine: &Machine) -> Clean<()> {
        if (self.item.frames..self.state.frames.len()).any(|depth| !self.complete(machine, depth)) {
            return Err(Unclean);
        }
        event::write(self, machine)?;
        self.item.open = false;
        self.state.frames.truncate(self.item.frames);
        self.state.counts.truncate(self.item.counts);
        Ok(())
    }

    /// Back to where the item starts, which is returned: nothing of it was read.
    fn drop_item(&mut self) -> usize {
        self.item.open = false;
        self.state.frames.truncate(self.item.frames);
        self.state.counts.truncate(self.item.counts);
        if self.item.child < self.state.counts.len() {
            self.state.counts[self.item.child] = self.item.count;
        }
        if let Some(frame) = self.state.frames.last_mut() {
            frame.pos = self.item.pos;
        }
        self.state.ordinal = self.item.ordinal - 1;
        self.item.start
    }

    // -- levels around the items: nothing is changed before all is known to be clean

    fn take_level(&mut self, machine: &Machine, depth: usize, candidate: Candidate, segment: &Segment) -> Clean<()> {
        if let Fields::Slot(number) = self.state.frames[depth].fields {
            let slot = &mut self.state.slots[number as usize];
            read_into(machine, candidate, segment, &mut slot.tree, self.plain)?;
            slot.json.clear();
            self.header_changed |= depth == 0;
        } else {
            self.item.tree.clear();
            let values = self.read(machine, candidate, segment)?;
            if !self.item.tree.is_empty(values) {
                return Err(Unclean);
            }
        }
        self.count(depth, candidate);
        Ok(())
    }

    fn open_level(&mut self, machine: &Machine, depth: usize, candidate: Candidate, inner: u16, segment: &Segment, offset: u64) -> Clean<()> {
        let node = &machine.loops[inner as usize];
        self.may_open(machine, depth, candidate, inner)?;
        if node.level {
            self.check_level(machine, segment)?;
        }
        let kept = machine.loops[self.state.frames[depth].node as usize].slot;
        let fields = match node.slot {
            Some(number) if kept == Some(number) => {
                read_into(machine, candidate, segment, &mut self.state.slots[number as usize].tree, self.plain)?;
                Fields::Slot(number)
            }
            held => {
                let fresh = &mut self.item.tree;
                fresh.clear();
                fresh.node();
                read_into(machine, candidate, segment, fresh, self.plain)?;
                if held.is_none() && !fresh.is_empty(0) {
                    return Err(Unclean);
                }
                held.map_or(Fields::None, Fields::Slot)
            }
        };
        for &number in node.slots.iter().filter(|&&number| kept != Some(number)) {
            self.state.slots[number as usize].there = false;
        }
        if let Fields::Slot(number) = fields {
            let slot = &mut self.state.slots[number as usize];
            if kept != Some(number) {
                std::mem::swap(&mut slot.tree, &mut self.item.tree);
                slot.there = true;
            }
            slot.json.clear();
        }
        self.state.unmapped.retain(|(held, _)| !node.below.contains(&(*held as usize)));
        if node.marked {
            self.state.levels.retain(|(held, _)| machine.loops[*held as usize].id < node.id);
            self.state.levels.push((inner, offset));
        }
        self.count_loop(machine, depth, candidate, inner);
        self.push(machine, inner, offset, fields);
        if let Some(frame) = self.state.frames.last_mut().filter(|_| node.level) {
            self.state.hl_last += 1;
            frame.hl = segment.get(1).to_vec();
            frame.leaf = segment.get(4) == b"0";
        }
        Ok(())
    }

    /// The number of an HL is the next one and its parent is the level around it, which has said that there is something below.
    fn check_level(&self, machine: &Machine, segment: &Segment) -> Clean<()> {
        let outer = self.state.frames.iter().rev().find(|frame| machine.loops[frame.node as usize].level && !frame.hl.is_empty());
        let mut wanted = Vec::new();
        crate::text::decimal_digits(self.state.hl_last + 1, &mut wanted);
        let above: &[u8] = outer.map_or(b"", |frame| &frame.hl);
        if outer.is_some_and(|frame| frame.leaf) || segment.get(1) != wanted || segment.get(2) != above {
            return Err(Unclean);
        }
        Ok(())
    }
}

/// Read a segment into the object of a tree, or leave the tree as it was.
fn read_into(machine: &Machine, candidate: Candidate, segment: &Segment, tree: &mut Tree, plain: bool) -> Clean<()> {
    let mark = tree.mark();
    tree.plain = plain;
    let reader = &machine.readers[candidate.reader as usize];
    let read = reader.read(segment, &machine.named, tree).and_then(|values| put(tree, values, Fields::Item(0), candidate.to));
    if read.is_err() {
        tree.back(mark);
    }
    read
}

/// Put the values of a segment where they belong in an object of the same tree.
fn put(tree: &mut Tree, values: u32, fields: Fields, to: To) -> Clean<()> {
    if tree.is_empty(values) {
        return Ok(());
    }
    let Fields::Item(object) = fields else { return Err(Unclean) };
    let well = match to {
        To::Object => tree.merge(values, object),
        To::Field(name) => tree.set(object, name, Value::Object(values)),
        To::List(name) => match tree.list(object, name) {
            Some(list) => {
                tree.push(list, 0, Value::Object(values));
                true
            }
            None => false,
        },
    };
    if well {
        Ok(())
    } else {
        Err(Unclean)
    }
}
