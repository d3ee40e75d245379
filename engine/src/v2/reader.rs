//! One message under its program: segments into the objects of their groups, then the events of its trigger.

use crate::v2::event::{Events, Made, Remainder};
use crate::v2::fields::{both, child, Left, Reading, Room};
use crate::v2::machine::{Emit, Line, Machine};
use crate::v2::store::{Store, Value};
use crate::v2::text::{split, strip, write_string};
use crate::v2::tree::{append, Walk, ROOT};
use crate::v2::values::Zone;
use crate::v2::{Message, Odd, Segment, Sure};
use std::io::Write;
use std::sync::Arc;

const TYPE: usize = 9;
/// What is left over times occurrences of groups: each event looks at all of what is left, so beyond this Python is quicker.
const MOST_LOOKS: usize = 1 << 24;

/// Room that is used again, and the events of the message read last.
#[derive(Default)]
pub struct Desk {
    pub made: Made,
    store: Store,
    room: Room,
    left: Vec<Remainder>,
    provenance: Vec<u8>,
}

/// A component of a field of MSH as it stands, "" when it is not there.
pub fn part<'a>(message: &Message<'a>, field: usize, component: usize) -> &'a str {
    let text = message.field(&message.segments[0], field).map_or("", |field| message.text(field));
    let first = split(text, b'~').next().unwrap_or("");
    strip(split(first, b'^').nth(component - 1).unwrap_or(""))
}

/// MSH-9.1 and MSH-9.2; versions before 2.3 may name the event in EVN-1 alone.
pub fn message_type(message: &Message<'_>) -> Sure<(String, String)> {
    let (kind, mut trigger) = (part(message, TYPE, 1), part(message, TYPE, 2));
    if trigger.is_empty() {
        let event = message.segments.iter().find(|segment| &segment.tag == b"EVN").and_then(|segment| message.field(segment, 1));
        trigger = strip(event.map_or("", |field| message.text(field)));
    }
    if !kind.is_ascii() || !trigger.is_ascii() {
        return Err(Odd);
    }
    Ok((kind.to_ascii_uppercase(), trigger.to_ascii_uppercase()))
}

impl Desk {
    /// The events of a message into `made`. `about`: name of its codec, receipt of its file.
    pub fn read(&mut self, machine: &Machine, emits: &[Emit], message: &Message<'_>, zone: &mut Zone, about: (&str, &str)) -> Sure<()> {
        let (codec, receipt) = about;
        let Desk { store, room, left, made, provenance } = self;
        store.clear();
        left.clear();
        made.clear();
        let mut walk = Walk::new(machine, emits[0].apart, store);
        for (number, segment) in (0..).zip(message.segments) {
            let tag = machine.tag(segment.tag);
            let node = walk.place(number, segment.tag, tag, store)?;
            let lines = match tag {
                Some(tag) => tag.lines[walk.nodes[node].group].get(segment.tag, &machine.codes, &machine.shared)?,
                None => &[],
            };
            let mut reading = Reading { message, store, zone, room };
            if read_segment(&mut reading, &mut walk, node, (number, segment), lines)? {
                let entry = remainder(store, message, machine, walk.nodes[node].group, (number, segment), &room.left);
                left.push(Remainder { node, entry });
            }
        }
        if left.len() * walk.nodes.len() > MOST_LOOKS {
            return Err(Odd);
        }
        walk.prune(store);
        let header = child(store, walk.nodes[ROOT].object, machine.keys.message)?;
        let start = store.json.len();
        write_string(codec, &mut store.json);
        let codec = store.since(start);
        store.set(header, machine.keys.charset, codec);
        provenance.clear();
        provenance.extend_from_slice(b"{\"receipt\":");
        write_string(receipt, provenance);
        write!(provenance, ",\"map\":\"{}\",\"msh\":{}", machine.hash, message.offset).map_err(|_| Odd)?;
        let names = &machine.shared.lock().map_err(|_| Odd)?.names;
        Events { machine, names, message, walk: &walk, store, left, provenance }.make(emits, made)
    }
}

/// Put a segment into its node. Whether something of it is left over, which then is in the room.
fn read_segment(reading: &mut Reading<'_>, walk: &mut Walk<'_>, node: usize, (number, segment): (u32, &Segment), lines: &[Arc<Line>]) -> Sure<bool> {
    let held = &mut walk.nodes[node];
    let first = held.seen.iter().all(|seen| seen.0 != segment.tag);
    if first {
        held.seen.push((segment.tag, number));
    } else if walk.machine.groups[held.group].again.contains(&segment.tag) {
        return Err(Odd);
    }
    let mut before: Option<Vec<Left>> = None;
    let mut read = false;
    let lost = held.lost;
    for line in lines.iter().filter(|line| (first || line.many) && !lost) {
        // what has one place only is not overwritten by a second segment
        if read {
            before = Some(match before {
                Some(before) => both(&before, &reading.room.left),
                None => reading.room.left.clone(),
            });
        }
        put(reading, walk, node, (number, segment), line)?;
        read = true;
    }
    if !read {
        reading.unread(segment);
    } else if let Some(before) = before {
        reading.room.left = both(&before, &reading.room.left);
    }
    Ok(!reading.room.left.is_empty())
}

fn put(reading: &mut Reading<'_>, walk: &mut Walk<'_>, node: usize, (number, segment): (u32, &Segment), line: &Line) -> Sure<()> {
    let object = walk.nodes[node].object;
    let Some(to) = line.to else { return reading.line(line, segment, object) };
    let values = reading.store.object();
    reading.line(line, segment, values)?;
    if reading.store.entries(values).is_empty() {
        return Ok(());
    }
    if line.many {
        append(reading.store, object, to, Value::Object(values))?;
        walk.nodes[node].part(to, number + 1);
        return Ok(());
    }
    match reading.store.get(object, to) {
        None | Some(Value::Null) => reading.store.set(object, to, Value::Object(values)),
        Some(Value::Object(held)) => reading.store.update(held, values),
        Some(_) => return Err(Odd),
    }
    Ok(())
}

/// What is left of a segment, as events show it.
fn remainder(store: &mut Store, message: &Message<'_>, machine: &Machine, group: usize, (number, segment): (u32, &Segment), left: &[Left]) -> Value {
    let start = store.json.len();
    let json = &mut store.json;
    let tag = String::from_utf8_lossy(&segment.tag);
    let _ = write!(json, "{{\"ordinal\":{},\"tag\":\"{tag}\",\"group\":", number + 1);
    json.extend_from_slice(&machine.groups[group].name);
    for (at, one) in left.iter().enumerate() {
        json.extend_from_slice(if at == 0 { b",\"elements\":{\"" } else { b",\"" });
        let (field, repetition, component, subcomponent) = one.spot;
        let _ = write!(json, "{field}");
        if repetition != 1 {
            let _ = write!(json, "({repetition})");
        }
        if component != 0 {
            let _ = write!(json, ".{component}");
        }
        if subcomponent != 0 {
            let _ = write!(json, ".{subcomponent}");
        }
        json.extend_from_slice(b"\":");
        write_string(&message.text[one.start as usize..one.end as usize], json);
    }
    json.extend_from_slice(b"}}");
    store.since(start)
}
