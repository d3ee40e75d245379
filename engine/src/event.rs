//! A finished item as the JSON of its event, with the lane it belongs to.

use crate::clear::View;
use crate::lane::Lane;
use crate::machine::Machine;
use crate::reader::{Clean, Unclean};
use crate::text::{decimal_digits, hundredths, quoted};
use crate::tree::Value;
use sha2::{Digest, Sha256};

/// Characters of a patient control number that make the lane of a claim.
const KEY_LENGTH: usize = 20;

/// One event: where its item starts, where its JSON ends in the common buffer, and its lane ("" for that of the receipt).
pub struct One {
    pub offset: u64,
    pub end: usize,
    pub key: [u8; 26],
    pub keyed: bool,
}

/// Events of one run.
#[derive(Default)]
pub struct Made {
    pub json: Vec<u8>,
    pub list: Vec<One>,
    /// Text of the key of the only event, when it is the first under its header.
    pub first: Option<Vec<u8>>,
}

/// Judge the item and write its event; unclean leaves nothing behind.
pub fn write(lane: &mut Lane, machine: &Machine) -> Clean<()> {
    let start = lane.made.json.len();
    let written = judge(lane, machine).and_then(|key| {
        render(lane, machine)?;
        add_sums(lane, machine)?;
        Ok(key)
    });
    match written {
        Ok(key) => {
            if lane.header_changed {
                let text = lane.item.tree.find(0, machine.emit.key).and_then(|value| lane.item.tree.text(value));
                lane.made.first = Some(text.unwrap_or_default().to_vec());
            }
            let one = One { offset: lane.item.offset, end: lane.made.json.len(), key: key.unwrap_or_default(), keyed: key.is_some() };
            lane.made.list.push(one);
            Ok(())
        }
        Err(unclean) => {
            lane.made.json.truncate(start);
            Err(unclean)
        }
    }
}

/// The lane of the item, once all that must be there is there and the checks pass.
fn judge(lane: &mut Lane, machine: &Machine) -> Clean<Option<[u8; 26]>> {
    let tree = &lane.item.tree;
    if machine.required.iter().any(|&name| tree.find(0, name).is_none()) || tree.find(0, machine.usage).is_some() {
        return Err(Unclean);
    }
    machine.checks.run(&machine.facts, tree, 0)?;
    machine.clear.run(&mut View { tree, slots: &lane.state.slots, facts: &machine.facts, memory: &mut lane.memory })?;
    match tree.find(0, machine.emit.key) {
        None => Err(Unclean),
        Some(value) => {
            let text = tree.text(value).ok_or(Unclean)?;
            Ok((!text.is_empty()).then(|| claim_key(&lane.heading.site, text)))
        }
    }
}

/// Lane of a claim: that of site and the first characters of the number, upper-cased and without blanks around it.
fn claim_key(site: &[u8], number: &[u8]) -> [u8; 26] {
    let trimmed = number.trim_ascii();
    let mut hash = Sha256::new();
    hash.update(site);
    hash.update([0]);
    hash.update(trimmed[..trimmed.len().min(KEY_LENGTH)].to_ascii_uppercase());
    lane_of(hash)
}

/// Start of the base32 of a SHA-256.
pub fn lane_of(hash: Sha256) -> [u8; 26] {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let digest = hash.finalize();
    let mut key = [0u8; 26];
    let (mut bits, mut held, mut from) = (0u32, 0u32, digest.iter());
    for letter in &mut key {
        if held < 5 {
            bits = bits << 8 | u32::from(*from.next().unwrap_or(&0));
            held += 8;
        }
        held -= 5;
        *letter = LETTERS[(bits >> held & 31) as usize];
    }
    key
}

fn render(lane: &mut Lane, machine: &Machine) -> Clean<()> {
    let tree = &lane.item.tree;
    let out = &mut lane.made.json;
    let slots = &mut lane.state.slots;
    out.push(b'{');
    let head = machine.loops[0].slot.ok_or(Unclean)? as usize;
    let said = if machine.claims && slots[head].there { slots[head].tree.find(0, machine.usage) } else { None };
    if !lane.heading.usage.is_empty() || said.is_some() {
        let usage = if lane.heading.usage.is_empty() {
            let said = said.and_then(|value| slots[head].tree.text(value)).ok_or(Unclean)?;
            lane.heading.uses.iter().find(|(code, _)| code == said).map_or("claim", |(_, name)| name)
        } else {
            &lane.heading.usage
        };
        out.extend_from_slice(b"\"use\":");
        quoted(usage.as_bytes(), out);
        out.push(b',');
    }
    tree.write_entries(0, &machine.keys, out);
    let mut shown: u64 = 0;
    for (index, &name) in machine.emit.context.iter().enumerate() {
        let Some(number) = machine.slot(name) else { continue };
        let slot = &mut slots[number];
        if slot.there && !slot.tree.is_empty(0) {
            if tree.find(0, name).is_some() {
                return Err(Unclean);
            }
            if slot.json.is_empty() {
                slot.tree.write(Value::Object(0), &machine.keys, &mut slot.json);
            }
            shown |= 1 << index;
            member(&machine.keys[name as usize], &slot.json, out);
        }
    }
    for &(name, other) in &machine.emit.alias {
        let place = |wanted| machine.emit.context.iter().position(|held| *held == wanted).filter(|at| shown & (1 << at) != 0);
        if tree.find(0, name).is_some() || tree.find(0, other).is_some() {
            return Err(Unclean);
        }
        if let (None, Some(_), Some(number)) = (place(name), place(other), machine.slot(other)) {
            member(&machine.keys[name as usize], &slots[number].json, out);
        }
    }
    if !lane.state.unmapped.is_empty() {
        out.extend_from_slice(b",\"unmapped\":[");
        for (index, entry) in lane.state.unmapped.iter().flat_map(|(_, entries)| entries).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(entry);
        }
        out.push(b']');
    }
    member(b"\"envelope\":", &lane.heading.common, out);
    out.extend_from_slice(b",\"provenance\":");
    provenance(lane, machine);
    Ok(())
}

fn member(key: &[u8], json: &[u8], out: &mut Vec<u8>) {
    out.push(b',');
    out.extend_from_slice(key);
    out.extend_from_slice(json);
}

/// Ends the provenance, and with it the event.
fn provenance(lane: &mut Lane, machine: &Machine) {
    let out = &mut lane.made.json;
    out.extend_from_slice(&lane.heading.provenance);
    out.extend_from_slice(b",\"levels\":{");
    for (index, (node, offset)) in lane.state.levels.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        quoted(machine.loops[*node as usize].id.as_bytes(), out);
        out.push(b':');
        decimal_digits(*offset, out);
    }
    out.extend_from_slice(b"},\"item\":");
    decimal_digits(lane.item.offset, out);
    out.extend_from_slice(b",\"ordinal\":");
    decimal_digits(u64::from(lane.item.ordinal), out);
    out.extend_from_slice(b",\"parts\":{");
    for (index, (name, ordinals)) in lane.item.parts().iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&machine.keys[*name as usize]);
        out.push(b'[');
        for (at, ordinal) in ordinals.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            decimal_digits(u64::from(*ordinal), out);
        }
        out.push(b']');
    }
    out.extend_from_slice(b"}}}");
}

/// Totals of the fields that the set adds up, in the order in which they first came.
fn add_sums(lane: &mut Lane, machine: &Machine) -> Clean<()> {
    let mut found = Vec::with_capacity(machine.emit.counted.len());
    for (name, _) in &machine.emit.counted {
        if let Some(value) = lane.item.tree.find(0, *name) {
            found.push((*name, lane.item.tree.text(value).and_then(hundredths).ok_or(Unclean)?));
        }
    }
    for (name, value) in found {
        match lane.totals.iter_mut().find(|(held, _)| *held == name) {
            Some((_, total)) => *total += i128::from(value),
            None => lane.totals.push((name, i128::from(value))),
        }
    }
    Ok(())
}
