//! The program of a guide under its map, from its JSON, made ready to run. What it asks for and this engine lacks is an error here.

use crate::codes::{packed, Codes};
use crate::facts::Facts;
use crate::machine::{Candidate, Emit, LoopNode, Machine, Slot, Symbols, To};
use crate::rows;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Why a program cannot be run here.
pub type Refusal = String;
pub type Json = Map<String, Value>;

pub fn object(value: &Value) -> Result<&Json, Refusal> {
    value.as_object().ok_or_else(|| "an object is missing".to_string())
}

pub fn array<'a>(holder: &'a Json, name: &str) -> Result<&'a Vec<Value>, Refusal> {
    holder.get(name).and_then(Value::as_array).ok_or_else(|| format!("list {name} is missing"))
}

pub fn text<'a>(holder: &'a Json, name: &str) -> Result<&'a str, Refusal> {
    holder.get(name).and_then(Value::as_str).ok_or_else(|| format!("text {name} is missing"))
}

pub fn number(holder: &Json, name: &str) -> Result<usize, Refusal> {
    holder.get(name).and_then(Value::as_u64).map(|n| n as usize).ok_or_else(|| format!("number {name} is missing"))
}

pub fn texts(holder: &Json, name: &str) -> Result<Vec<String>, Refusal> {
    array(holder, name)?.iter().map(|one| one.as_str().map(str::to_string).ok_or_else(|| format!("{name} holds no texts"))).collect()
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(held) => held.is_empty(),
        _ => false,
    }
}

/// A key that is not known here and says something may change what all the others mean.
pub fn only(holder: &Json, known: &[&str]) -> Result<(), Refusal> {
    match holder.iter().find(|(name, value)| !known.contains(&name.as_str()) && !says_nothing(value)) {
        Some((name, _)) => Err(format!("{name} is not known")),
        None => Ok(()),
    }
}

/// Field names by number.
#[derive(Default)]
pub struct Names {
    pub list: Vec<String>,
    numbers: HashMap<String, u16>,
}

impl Names {
    pub fn number(&mut self, name: &str) -> u16 {
        if let Some(&known) = self.numbers.get(name) {
            return known;
        }
        let number = self.list.len() as u16;
        self.list.push(name.to_string());
        self.numbers.insert(name.to_string(), number);
        number
    }

    pub fn find(&self, name: &[u8]) -> Option<u16> {
        self.numbers.get(std::str::from_utf8(name).ok()?).copied()
    }
}

/// A segment line of the guide with the readers of its variants: by qualifier code, "" for the rest.
struct Line {
    tag: String,
    codes: Vec<String>,
    max: Option<u32>,
    required: bool,
    variants: HashMap<String, (u32, String)>,
    plain: u32,
}

impl Line {
    fn variant(&self, code: &str) -> (u32, String) {
        self.variants.get(code).or_else(|| self.variants.get("")).cloned().unwrap_or((self.plain, String::new()))
    }
}

pub fn machine(json: &[u8], component: u8, partial: bool, facts: &[u8]) -> Result<Machine, Refusal> {
    let value: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let program = object(&value)?;
    only(program, &["format", "map", "guide", "transaction", "versions", "loops", "segments", "emits", "required"])?;
    if number(program, "format")? != 1 {
        return Err("the format of the program is not known".to_string());
    }
    let facts = Facts::new(facts)?;
    let mut names = Names::default();
    let mut readers = Vec::new();
    let mut lines = Vec::new();
    let mut qualifiers: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for segment in array(program, "segments")? {
        lines.push(line(object(segment)?, partial, &facts, &mut names, &mut readers, &mut qualifiers)?);
    }
    for (segment, line) in array(program, "segments")?.iter().zip(&lines) {
        if line.variants.keys().any(|code| !code.is_empty()) && qualifier_of(object(segment)?)?.is_none() {
            qualifiers.entry(line.tag.clone()).or_insert((1, 0));
        }
    }
    let symbols = symbols(&lines, &qualifiers)?;
    let specs = array(program, "loops")?.iter().map(object).collect::<Result<Vec<_>, _>>()?;
    let (mut loops, slots) = loop_nodes(&specs, &mut names)?;
    let (emit, home) = emit(program, &loops, &mut names)?;
    finish_loops(&mut loops, home)?;
    let candidates = candidates(&specs, &mut loops, &lines, &symbols, &mut names)?;
    check_slots(&loops, &slots)?;
    let required = texts(program, "required")?.iter().map(|name| names.number(name)).collect();
    let checks = crate::checks::Checks::new(&emit.checks, &mut names)?;
    let clear = crate::clear::Clear::new(&emit.event, &mut names, &facts, &slots)?;
    let named = crate::reader::Named { start: names.number("start"), end: names.number("end") };
    let usage = names.number("use");
    let claims = text(program, "transaction")? == "837";
    let keys = names.list.iter().map(|name| format!("{}:", Value::from(name.as_str())).into_bytes()).collect();
    let (items, boundaries) = openers(&specs, &loops, &lines, &symbols)?;
    Ok(Machine {
        items,
        boundaries,
        component,
        partial,
        names,
        keys,
        named,
        usage,
        claims,
        readers,
        symbols,
        loops,
        slots,
        candidates,
        emit,
        required,
        checks,
        clear,
        facts,
    })
}

fn qualifier_of(segment: &Json) -> Result<Option<(usize, usize)>, Refusal> {
    let Some(place) = segment.get("qualifier").and_then(Value::as_array) else { return Ok(None) };
    let element = place.first().and_then(Value::as_u64).ok_or("a qualifier has no element")?;
    Ok(Some((element as usize, place.get(1).and_then(Value::as_u64).unwrap_or(0) as usize)))
}

fn line(
    segment: &Json,
    partial: bool,
    facts: &Facts,
    names: &mut Names,
    readers: &mut Vec<crate::reader::Reader>,
    qualifiers: &mut BTreeMap<String, (usize, usize)>,
) -> Result<Line, Refusal> {
    only(segment, &["loop", "tag", "req", "max", "syntax", "elements", "qualifier", "codes", "variants"])?;
    let tag = text(segment, "tag")?.to_string();
    if let Some(place) = qualifier_of(segment)? {
        qualifiers.insert(tag.clone(), place);
    }
    let place = qualifier_of(segment)?.unwrap_or((1, 0));
    let structure = facts.structure.contains(tag.as_bytes());
    let mut variants = HashMap::new();
    for (code, variant) in object(segment.get("variants").ok_or("variants are missing")?)? {
        let variant = object(variant)?;
        only(variant, &["rows", "to", "implied"])?;
        readers.push(rows::reader(segment, Some(variant), place, partial, structure, names)?);
        variants.insert(code.clone(), ((readers.len() - 1) as u32, text(variant, "to")?.to_string()));
    }
    readers.push(rows::reader(segment, None, place, partial, structure, names)?);
    Ok(Line {
        tag,
        codes: texts(segment, "codes")?,
        max: segment.get("max").and_then(Value::as_u64).map(|n| n as u32),
        required: text(segment, "req")? == "R",
        variants,
        plain: (readers.len() - 1) as u32,
    })
}

/// A number for each tag, and for each tag with one of the codes that tell its lines apart.
fn symbols(lines: &[Line], qualifiers: &BTreeMap<String, (usize, usize)>) -> Result<Symbols, Refusal> {
    let mut codes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in lines {
        let held = codes.entry(&line.tag).or_default();
        held.extend(line.codes.iter().map(String::as_str));
        held.extend(line.variants.keys().map(String::as_str).filter(|code| !code.is_empty()));
    }
    let mut symbols = Symbols::default();
    let mut tags = Vec::new();
    for (tag, held) in codes {
        if packed(tag.as_bytes()) == 0 || held.iter().any(|code| packed(code.as_bytes()) == 0) {
            return Err(format!("a code of {tag} is too long"));
        }
        tags.push((packed(tag.as_bytes()), symbols.tags.len() as u16));
        let place = qualifiers.get(tag).copied().unwrap_or((0, 0));
        let first = symbols.list.len() as u16;
        symbols.list.push((tag.to_string(), String::new()));
        let mut numbers = Vec::new();
        if place.0 > 0 {
            for code in held {
                numbers.push((packed(code.as_bytes()), symbols.list.len() as u16));
                symbols.list.push((tag.to_string(), code.to_string()));
            }
        }
        symbols.tags.push((place, first, Codes::new(&numbers)));
    }
    symbols.by_tag = Codes::new(&tags);
    Ok(symbols)
}

fn loop_nodes(specs: &[&Json], names: &mut Names) -> Result<(Vec<LoopNode>, Vec<Slot>), Refusal> {
    let mut loops: Vec<LoopNode> = Vec::new();
    let mut slots: Vec<Slot> = Vec::new();
    for spec in specs {
        only(spec, &["id", "parent", "pos", "req", "max", "target", "children"])?;
        let parent = spec.get("parent").and_then(Value::as_i64).ok_or("a loop has no parent")?;
        let target = spec.get("target").and_then(Value::as_str);
        if target.is_some_and(|target| target.starts_with('/')) {
            return Err("an object that stands directly in the event".to_string());
        }
        let name = target.map(|target| target.trim_end_matches("[]"));
        let mut slot = None;
        let wanted = if parent < 0 { Some(name.unwrap_or("")) } else { name };
        if let Some(wanted) = wanted {
            let number = slots.iter().position(|held| held.name == wanted).unwrap_or_else(|| {
                slots.push(Slot { name: wanted.to_string(), field: names.number(wanted) });
                slots.len() - 1
            });
            slot = Some(number as u8);
        }
        loops.push(LoopNode {
            id: text(spec, "id")?.to_string(),
            parent: usize::try_from(parent).ok(),
            children: array(spec, "children")?.len(),
            max: spec.get("max").and_then(Value::as_u64).map(|n| n as u32),
            many: target.is_some_and(|target| target.ends_with("[]")),
            name: name.map(|name| names.number(name)),
            slot,
            counted: spec.get("max").and_then(Value::as_u64).is_some_and(|max| max != 1),
            ..LoopNode::default()
        });
    }
    if slots.len() > 200 {
        return Err("too many objects".to_string());
    }
    Ok((loops, slots))
}

fn emit(program: &Json, loops: &[LoopNode], names: &mut Names) -> Result<(Emit, Vec<usize>), Refusal> {
    let root = &loops[0].id;
    let mut items = Vec::new();
    for one in array(program, "emits")? {
        let one = object(one)?;
        if text(one, "loop")? != root {
            items.push(one);
        }
    }
    let [one] = items[..] else { return Err("not one kind of item".to_string()) };
    only(one, &["event", "loop", "item", "key", "lane", "topic", "context", "alias", "checks", "counted"])?;
    if text(one, "lane")? != "claim" {
        return Err("the lane of the items is not known".to_string());
    }
    let home: Vec<usize> = (0..loops.len()).filter(|&number| loops[number].id == one["loop"].as_str().unwrap_or("")).collect();
    let mut alias = Vec::new();
    for pair in array(one, "alias")? {
        match pair.as_array().map(Vec::as_slice) {
            Some([Value::String(first), Value::String(second)]) => alias.push((names.number(first), names.number(second))),
            _ => return Err("an alias is no pair".to_string()),
        }
    }
    if home.is_empty() {
        return Err("the items have no loop".to_string());
    }
    let emit = Emit {
        event: text(one, "event")?.to_string(),
        topic: text(one, "topic")?.to_string(),
        key: names.number(text(one, "key")?),
        context: texts(one, "context")?.iter().map(|name| names.number(name)).collect(),
        alias,
        checks: texts(one, "checks")?,
        counted: texts(one, "counted")?.iter().map(|name| (names.number(name), name.clone())).collect(),
    };
    Ok((emit, home))
}

/// What follows from where the items are.
fn finish_loops(loops: &mut [LoopNode], home: Vec<usize>) -> Result<(), Refusal> {
    for number in home {
        loops[number].item = true;
        let mut above = loops[number].parent;
        while let Some(at) = above {
            if loops[at].parent.is_some() {
                loops[at].marked = true;
            }
            above = loops[at].parent;
        }
    }
    for number in 0..loops.len() {
        let above = loops[number].parent;
        loops[number].inside = loops[number].item || above.is_some_and(|at| loops[at].inside);
        if loops[number].item && above.is_some_and(|at| loops[at].inside) {
            return Err("an item inside an item".to_string());
        }
    }
    for number in (0..loops.len()).rev() {
        let mut own: BTreeSet<u8> = loops[number].slot.into_iter().collect();
        let mut below = vec![number];
        for child in number + 1..loops.len() {
            if loops[child].parent == Some(number) {
                own.extend(loops[child].slots.iter().copied());
                below.extend(loops[child].below.iter().copied());
            }
        }
        loops[number].slots = if loops[number].inside { Vec::new() } else { own.into_iter().collect() };
        loops[number].below = below;
    }
    Ok(())
}

fn place_of(to: &str, names: &mut Names) -> To {
    match to.strip_suffix("[]") {
        Some(name) => To::List(names.number(name)),
        None if to.is_empty() => To::Object,
        None => To::Field(names.number(to)),
    }
}

/// Which children of which loop a symbol may be, in guide order, each with its reader.
fn candidates(specs: &[&Json], loops: &mut [LoopNode], lines: &[Line], symbols: &Symbols, names: &mut Names) -> Result<Vec<Candidate>, Refusal> {
    let mut all = Vec::new();
    for (number, spec) in specs.iter().enumerate() {
        let mut children: Vec<(&Line, usize, Option<usize>)> = Vec::new();
        for (index, child) in array(spec, "children")?.iter().enumerate() {
            let bad = || "a child is not one".to_string();
            let parts = child.as_array().filter(|parts| parts.len() == 3).ok_or_else(bad)?;
            let at = parts[1].as_u64().ok_or_else(bad)? as usize;
            let pos = parts[2].as_u64().ok_or_else(bad)? as usize;
            if parts[0] == "segment" {
                let line = lines.get(at).ok_or_else(bad)?;
                if line.required {
                    loops[number].required.push(index as u16);
                }
                children.push((line, pos, None));
            } else {
                let first = specs.get(at).and_then(|inner| inner["children"][0].as_array()).ok_or_else(bad)?;
                let trigger = first.get(1).and_then(Value::as_u64).filter(|_| first[0] == "segment").ok_or_else(bad)?;
                if text(specs[at], "req")? == "R" {
                    loops[number].required.push(index as u16);
                }
                children.push((&lines[trigger as usize], pos, Some(at)));
            }
        }
        let (first, pos, _) = children.first().ok_or("a loop without a segment")?;
        loops[number].first_pos = *pos as u32;
        loops[number].level = first.tag == "HL";
        if loops[number].level && loops[number].inside {
            return Err("a level inside an item".to_string());
        }
        for (tag, code) in &symbols.list {
            let mut found: Vec<usize> =
                (0..children.len()).filter(|&at| !code.is_empty() && children[at].0.tag == *tag && children[at].0.codes.contains(code)).collect();
            if found.is_empty() {
                found = (0..children.len()).filter(|&at| children[at].0.tag == *tag && children[at].0.codes.is_empty()).collect();
            }
            let start = all.len() as u32;
            for at in found {
                let (line, pos, inner) = children[at];
                let (reader, to) = line.variant(code);
                let max = match inner {
                    Some(inner) => loops[inner].max.filter(|&max| max == 1),
                    None => line.max,
                };
                let to = place_of(&to, names);
                let most = if inner.is_some() { 1 } else { line.max.unwrap_or(1).min(60_000) as u16 };
                all.push(Candidate { child: at as u16, pos: pos as u32, full: max.unwrap_or(0), most, inner: inner.map(|n| n as u16), reader, to });
            }
            loops[number].candidates.push((start, all.len() as u32));
        }
    }
    Ok(all)
}

/// Numbers of the tags that open items, and of those that open items or levels around them.
fn openers(specs: &[&Json], loops: &[LoopNode], lines: &[Line], symbols: &Symbols) -> Result<(Vec<u16>, Vec<u16>), Refusal> {
    let (mut items, mut boundaries) = (BTreeSet::new(), BTreeSet::new());
    for (node, spec) in loops.iter().zip(specs) {
        let first = spec["children"][0][1].as_u64().and_then(|at| lines.get(at as usize)).ok_or("a loop without a segment")?;
        let tag = symbols.number(first.tag.as_bytes()).ok_or("a tag without a number")?;
        if node.item {
            items.insert(tag);
        }
        if node.item || node.marked {
            boundaries.insert(tag);
        }
    }
    Ok((items.into_iter().collect(), boundaries.into_iter().collect()))
}

/// A context object has one owner on every way down, so that an open loop and its object stay together.
fn check_slots(loops: &[LoopNode], slots: &[Slot]) -> Result<(), Refusal> {
    for node in loops.iter().filter(|node| !node.inside && node.slot.is_some()) {
        if node.many {
            return Err("a list outside the items".to_string());
        }
        let mut above = node.parent.and_then(|at| loops[at].parent);
        while let Some(at) = above {
            if loops[at].slot == node.slot {
                return Err(format!("{} belongs to two levels", slots[node.slot.unwrap_or(0) as usize].name));
            }
            above = loops[at].parent;
        }
    }
    Ok(())
}
