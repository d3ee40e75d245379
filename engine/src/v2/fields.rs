//! The fields of a segment under its rows: values into an object, and what no row took.

use crate::v2::machine::{Component, Leaf, Line, Plan, Slot};
use crate::v2::observations;
use crate::v2::store::{Key, Store, Value};
use crate::v2::text::{plain_text, split, strip};
use crate::v2::values::{convert, Zone};
use crate::v2::{Field, Message, Odd, Segment, Sure, COMPONENT, ESCAPE, QUOTE, REPETITION, SUBCOMPONENT};

const NULL: &str = "\"\"";
/// Components of a person that say whose and what kind of identifier it has.
const KINDS: [usize; 2] = [13, 9];
const SEPARATORS: u8 = COMPONENT | REPETITION | SUBCOMPONENT | ESCAPE | QUOTE;

/// Where a value stands: field, repetition from 1, component and subcomponent (0 the whole).
pub type Spot = (u32, u32, u32, u32);

/// What no row took: where it stands, and from and to in the text of the message.
#[derive(Debug, Clone, Copy)]
pub struct Left {
    pub spot: Spot,
    pub start: u32,
    pub end: u32,
}

/// One message being read.
pub struct Reading<'a> {
    pub message: &'a Message<'a>,
    pub store: &'a mut Store,
    pub zone: &'a mut Zone,
    pub room: &'a mut Room,
}

/// Room that is used again.
#[derive(Default)]
pub struct Room {
    /// Of the line read last.
    pub left: Vec<Left>,
    lists: Vec<(Key, u32)>,
    pairs: Vec<(&'static str, u32, u32)>,
    buffer: String,
}

/// A repetition of a field: its number, and what takes it.
#[derive(Clone, Copy)]
struct Taker<'p> {
    field: u32,
    repetition: u32,
    escaped: bool,
    components: &'p [Option<Component>],
}

impl Reading<'_> {
    /// Values of a segment into an object; what is left over is in the room.
    pub fn line(&mut self, line: &Line, segment: &Segment, object: u32) -> Sure<()> {
        self.room.left.clear();
        let message = self.message;
        for (number, &field) in message.of(segment).iter().enumerate() {
            if field.is_empty() {
                continue;
            }
            match line.slots.get(number) {
                Some(Slot::Skip) => {}
                Some(Slot::Simple(_, leaf)) if !field.has(SEPARATORS) => self.leaf(leaf, message.text(field), false, object)?,
                Some(Slot::Simple(plan, _) | Slot::Plan(plan)) => self.field(plan, field, object)?,
                Some(Slot::Unread) | None => self.leave((number as u32, 1, 0, 0), message.text(field)),
            }
        }
        for (maker, keys) in &line.makers {
            self.room.pairs.clear();
            observations::make(*maker, message, segment, self.zone, &mut self.store.json, &mut self.room.pairs)?;
            for &(name, start, end) in &self.room.pairs {
                let key = keys.iter().find(|(held, _)| *held == name).ok_or(Odd)?.1;
                self.store.set(object, key, Value::Json(start, end));
            }
        }
        Ok(())
    }

    /// All that no row reads.
    pub fn unread(&mut self, segment: &Segment) {
        self.room.left.clear();
        for (number, &field) in self.message.of(segment).iter().enumerate().skip(1).filter(|(_, field)| !field.is_empty()) {
            self.leave((number as u32, 1, 0, 0), self.message.text(field));
        }
    }

    fn leave(&mut self, spot: Spot, text: &str) {
        let start = (text.as_ptr() as usize - self.message.text.as_ptr() as usize) as u32;
        self.room.left.push(Left { spot, start, end: start + text.len() as u32 });
    }

    fn field(&mut self, plan: &Plan, field: Field, object: u32) -> Sure<()> {
        let raw = self.message.text(field);
        if raw == NULL {
            for &name in plan.names.iter().chain(&plan.lists) {
                self.store.set(object, name, Value::Null);
            }
            return Ok(());
        }
        self.room.lists.clear();
        let values = self.store.object();
        let escaped = field.has(ESCAPE);
        if !field.has(REPETITION) {
            self.repetition(plan, 1, true, raw, escaped, values)?;
        } else if plan.ids.is_empty() {
            for (number, text) in (1..).zip(split(raw, b'~')) {
                self.repetition(plan, number, number == 1, text, escaped, values)?;
            }
        } else {
            let mut texts: Vec<(u32, &str)> = (1..).zip(split(raw, b'~')).collect();
            texts.sort_by_key(|(_, text)| preference(&plan.ids, text));
            for (at, &(number, text)) in texts.iter().enumerate() {
                self.repetition(plan, number, at == 0, text, escaped, values)?;
            }
        }
        self.store.update(object, values);
        for at in 0..self.room.lists.len() {
            let (name, list) = self.room.lists[at];
            self.store.set(object, name, Value::List(list));
        }
        Ok(())
    }

    fn repetition(&mut self, plan: &Plan, number: u32, first: bool, text: &str, escaped: bool, values: u32) -> Sure<()> {
        if text.is_empty() {
            return Ok(());
        }
        let components = if first { &plan.first } else { &plan.every };
        let taker = Taker { field: u32::from(plan.number), repetition: number, escaped, components };
        if components.is_empty() {
            self.leave((taker.field, number, 0, 0), text);
            return Ok(());
        }
        let out = if first { values } else { self.store.object() };
        for (at, part) in (1..).zip(split(text, b'^')) {
            if !part.is_empty() {
                self.component(taker, at, part, out)?;
            }
        }
        for &name in &plan.lists {
            if let Some(value) = self.store.remove(out, name) {
                let list = self.list(name);
                self.store.items(list).push(value);
            }
        }
        Ok(())
    }

    /// The list of this name that the field makes.
    fn list(&mut self, name: Key) -> u32 {
        if let Some(found) = self.room.lists.iter().find(|held| held.0 == name) {
            return found.1;
        }
        let list = self.store.list();
        self.room.lists.push((name, list));
        list
    }

    fn component(&mut self, taker: Taker<'_>, number: u32, part: &str, out: u32) -> Sure<()> {
        let Some(Some(component)) = taker.components.get(number as usize) else {
            self.leave((taker.field, taker.repetition, number, 0), part);
            return Ok(());
        };
        if !component.split || !part.contains('&') {
            self.leaves(&component.whole, part, taker.escaped, out)?;
            return if component.parts.is_empty() { Ok(()) } else { self.subcomponent(taker, component, (number, 1), part, out) };
        }
        for (at, piece) in (1..).zip(split(part, b'&')).filter(|(_, piece)| !piece.is_empty()) {
            if at == 1 {
                self.leaves(&component.whole, piece, taker.escaped, out)?;
            }
            self.subcomponent(taker, component, (number, at), piece, out)?;
        }
        Ok(())
    }

    fn subcomponent(&mut self, taker: Taker<'_>, component: &Component, (number, part): (u32, u32), piece: &str, out: u32) -> Sure<()> {
        match component.parts.iter().find(|(held, _)| u32::from(*held) == part) {
            Some((_, leaves)) => self.leaves(leaves, piece, taker.escaped, out)?,
            None if part > 1 || component.whole.is_empty() => self.leave((taker.field, taker.repetition, number, part), piece),
            None => {}
        }
        Ok(())
    }

    fn leaves(&mut self, leaves: &[Leaf], raw: &str, escaped: bool, out: u32) -> Sure<()> {
        leaves.iter().try_for_each(|leaf| self.leaf(leaf, raw, escaped, out))
    }

    fn leaf(&mut self, leaf: &Leaf, raw: &str, escaped: bool, out: u32) -> Sure<()> {
        let value = if raw == NULL {
            Value::Null
        } else {
            let text = if escaped { plain_text(raw, &mut self.room.buffer)? } else { strip(raw) };
            if text.is_empty() {
                return Ok(());
            }
            let text = leaf.codes.as_ref().and_then(|codes| codes.get(text)).map_or(text, String::as_str);
            if text.is_empty() {
                return Err(Odd);
            }
            let start = self.store.json.len();
            convert(leaf.convert, text, self.zone, &mut self.store.json)?;
            self.store.since(start)
        };
        let mut object = out;
        for &name in leaf.slot.iter() {
            object = child(self.store, object, name)?;
        }
        self.store.set(object, leaf.name, value);
        Ok(())
    }
}

/// The object under a key, made when there is none.
pub fn child(store: &mut Store, object: u32, name: Key) -> Sure<u32> {
    match store.get(object, name) {
        Some(Value::Object(found)) => Ok(found),
        None => {
            let made = store.object();
            store.set(object, name, Value::Object(made));
            Ok(made)
        }
        Some(_) => Err(Odd),
    }
}

/// Place of a person's kind of identifier among those that the site prefers.
fn preference(ids: &[String], text: &str) -> usize {
    let place = |at: usize| split(text, b'^').nth(at - 1).and_then(|kind| ids.iter().position(|id| id == kind));
    KINDS.into_iter().filter_map(place).min().unwrap_or(ids.len())
}

/// What two readers of one segment both leave over; one may leave a field whole of which the other leaves a part.
pub fn both(first: &[Left], second: &[Left]) -> Vec<Left> {
    let exact = |one: &Left, among: &[Left]| among.iter().any(|other| other.spot == one.spot);
    let within = |one: &Left, among: &[Left]| {
        let (field, repetition, ..) = one.spot;
        exact(one, among) || among.iter().any(|other| other.spot == (field, repetition, 0, 0) || other.spot == (field, 1, 0, 0))
    };
    let is_whole = |one: &Left| matches!(one.spot, (_, 1, 0, 0));
    let kept = |one: &Left| !is_whole(one) || (exact(one, first) && exact(one, second));
    let mine = first.iter().filter(|one| within(one, second));
    let theirs = second.iter().filter(|one| within(one, first) && !(exact(one, first) && within(one, second)));
    mine.chain(theirs).filter(|one| kept(one)).copied().collect()
}
