//! Rows of a segment in a program to flat plans of its fields, made when a message first has them.

use crate::v2::machine::{Codes, Component, Leaf, Line, Plan, Slot};
use crate::v2::observations;
use crate::v2::program::{items, path, string, strings, target, Made};
use crate::v2::store::{Key, Names};
use crate::v2::values::{converter, Converter};
use crate::v2::{Odd, Sure};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

/// Lines that are remembered for other programs.
const MOST_LINES: usize = 4096;
/// Deepest component and subcomponent, and field, that a path may name.
const MOST_PARTS: usize = 99;
const MOST_FIELDS: usize = 999;

/// The site's codes of a segment by place in it.
type Tables = HashMap<String, Arc<Codes>>;

/// What programs share: names of keys, and the lines that maps have in common, by what they were made of.
#[derive(Default)]
pub struct Shared {
    pub names: Names,
    lines: HashMap<[u8; 32], Arc<Line>>,
}

/// Rows as they stand in a program: where their values go, and their JSON.
pub struct Source {
    pub to: String,
    pub rows: Box<str>,
}

/// The lines of a segment in one group.
pub struct Lines {
    sources: Vec<Arc<Source>>,
    made: OnceLock<Sure<Vec<Arc<Line>>>>,
}

impl Lines {
    pub fn new(sources: Vec<Arc<Source>>) -> Lines {
        Lines { sources, made: OnceLock::new() }
    }

    /// Odd where they ask for what this engine lacks.
    pub fn get(&self, tag: [u8; 3], codes: &Value, shared: &Mutex<Shared>) -> Sure<&[Arc<Line>]> {
        let made = self.made.get_or_init(|| match shared.lock() {
            Ok(mut shared) => lines(tag, &self.sources, codes, &mut shared).map_err(|_| Odd),
            Err(_) => Err(Odd),
        });
        made.as_deref().map_err(|odd| *odd)
    }
}

fn lines(tag: [u8; 3], sources: &[Arc<Source>], codes: &Value, shared: &mut Shared) -> Made<Vec<Arc<Line>>> {
    let mut rows = Vec::new();
    let mut taken: Vec<usize> = if &tag == b"MSH" { vec![0, 1, 2] } else { vec![0] };
    for source in sources {
        let parsed: Vec<Value> = serde_json::from_str(&source.rows).map_err(|error| error.to_string())?;
        for feeds in parsed.iter().filter(|row| row[0] == "made").map(|row| &row[2]) {
            for feed in items(feeds)? {
                taken.push(string(&feed[1])?.parse().map_err(|_| "a feed is a field")?);
            }
        }
        rows.push(parsed);
    }
    let codes = codes_of(tag, codes)?;
    let mut made = Vec::new();
    for (source, rows) in sources.iter().zip(&rows) {
        let digest = digest(tag, source, &taken, &codes);
        let line = match shared.lines.get(&digest) {
            Some(line) => Arc::clone(line),
            None => Arc::new(Maker { names: &mut shared.names, codes: &codes }.line(&source.to, rows, &taken)?),
        };
        if shared.lines.len() >= MOST_LINES {
            shared.lines.clear();
        }
        shared.lines.insert(digest, Arc::clone(&line));
        made.push(line);
    }
    Ok(made)
}

fn digest(tag: [u8; 3], source: &Source, taken: &[usize], codes: &Tables) -> [u8; 32] {
    let mut codes: Vec<_> = codes.iter().map(|(place, table)| (place, table.iter().collect::<BTreeMap<_, _>>())).collect();
    codes.sort();
    Sha256::digest(format!("{tag:?} {:?} {taken:?} {codes:?} {}", source.to, source.rows)).into()
}

fn codes_of(tag: [u8; 3], codes: &Value) -> Made<Tables> {
    let mut found = HashMap::new();
    for (path, table) in codes.as_object().into_iter().flatten() {
        let Some((name, place)) = path.split_once('-') else { return Err("a place of codes".into()) };
        if name.as_bytes() == tag {
            let table = table.as_object().ok_or("codes are an object")?;
            let table = table.iter().map(|(code, value)| Ok((code.clone(), string(value)?.to_owned()))).collect::<Made<Codes>>()?;
            found.insert(place.to_owned(), Arc::new(table));
        }
    }
    Ok(found)
}

struct Maker<'a> {
    names: &'a mut Names,
    codes: &'a Tables,
}

impl Maker<'_> {
    fn line(&mut self, to: &str, rows: &[Value], taken: &[usize]) -> Made<Line> {
        let (to, many) = target(self.names, to)?;
        let mut plans: HashMap<usize, Plan> = HashMap::new();
        let mut makers = Vec::new();
        for entry in rows {
            if entry[0] == "made" {
                let maker = observations::maker(string(&entry[1])?).ok_or("a maker that is not known")?;
                let keys = observations::KEYS.iter().map(|&name| Ok((name, self.names.add(name)?))).collect::<Made<_>>()?;
                makers.push((maker, keys));
                continue;
            }
            let entry = items(entry)?;
            let at = one_path(entry)?;
            let number = *at.first().filter(|number| (1..=MOST_FIELDS).contains(*number)).ok_or("no field")?;
            let plan = plans.entry(number).or_insert_with(|| Plan { number: number as u16, ..Plan::default() });
            self.row(plan, entry, &at[1..])?;
        }
        let last = plans.keys().chain(taken).copied().max().unwrap_or(0);
        let mut slots = Vec::new();
        for number in 0..=last {
            slots.push(match plans.remove(&number) {
                Some(plan) => slot(plan),
                None if taken.contains(&number) => Slot::Skip,
                None => Slot::Unread,
            });
        }
        Ok(Line { to, many, slots, makers })
    }

    fn row(&mut self, plan: &mut Plan, row: &[Value], below: &[usize]) -> Made<()> {
        let (kind, name) = (string(&row[0])?, self.names.add(string(&row[2])?)?);
        if let Some(ids) = row.get(4) {
            plan.ids = strings(items(ids)?)?.into_iter().map(str::to_owned).collect();
        }
        let many = matches!(kind, "values" | "parts");
        if many { &mut plan.lists } else { &mut plan.names }.push(name);
        match kind {
            "value" | "values" => {
                let leaf = self.leaf(plan, &[], row, below)?;
                add(plan, leaf, below, many)
            }
            "part" | "parts" => self.rows(plan, &[name], &row[3], below, many),
            _ => Err(format!("no row {kind}")),
        }
    }

    fn rows(&mut self, plan: &mut Plan, slot: &[Key], rows: &Value, below: &[usize], many: bool) -> Made<()> {
        for row in items(rows)? {
            let row = items(row)?;
            let at = [below, &one_path(row)?].concat();
            match string(&row[0])? {
                "value" => {
                    let leaf = self.leaf(plan, slot, row, &at)?;
                    add(plan, leaf, &at, many)?;
                }
                "part" => {
                    let name = self.names.add(string(&row[2])?)?;
                    self.rows(plan, &[slot, &[name]].concat(), &row[3], &at, many)?;
                }
                kind => return Err(format!("no row {kind} in another")),
            }
        }
        Ok(())
    }

    fn leaf(&mut self, plan: &Plan, slot: &[Key], row: &[Value], below: &[usize]) -> Made<Leaf> {
        let convert = string(row.get(3).ok_or("a row has a converter")?)?;
        let convert = converter(convert).ok_or_else(|| format!("no converter {convert}"))?;
        let parts = if below.is_empty() { &[1][..] } else { below };
        let place = parts.iter().fold(plan.number.to_string(), |place, part| format!("{place}.{part}"));
        let codes = self.codes.get(&place).filter(|held| !held.is_empty()).cloned();
        Ok(Leaf { slot: slot.into(), name: self.names.add(string(&row[2])?)?, convert, codes })
    }
}

/// The only path of a row. Rows over several are read in Python.
fn one_path(row: &[Value]) -> Made<Vec<usize>> {
    let [_, paths, _, _, ..] = row else { return Err("a row that is not known".into()) };
    match items(paths)? {
        [one] => path(string(one)?),
        _ => Err("a row over several paths".into()),
    }
}

fn add(plan: &mut Plan, leaf: Leaf, below: &[usize], many: bool) -> Made<()> {
    let holder = if many { &mut plan.every } else { &mut plan.first };
    let number = below.first().copied().unwrap_or(1);
    if below.len() > 2 || below.iter().any(|part| !(1..=MOST_PARTS).contains(part)) {
        return Err("a path that is too deep".into());
    }
    if holder.len() <= number {
        holder.resize_with(number + 1, || None);
    }
    let component = holder[number].get_or_insert_default();
    match below.get(1) {
        None => component.whole.push(leaf),
        Some(&part) => parts_of(component, part as u16).push(leaf),
    }
    Ok(())
}

fn parts_of(component: &mut Component, part: u16) -> &mut Vec<Leaf> {
    let at = component.parts.iter().position(|(number, _)| *number == part).unwrap_or(component.parts.len());
    if at == component.parts.len() {
        component.parts.push((part, Vec::new()));
    }
    &mut component.parts[at].1
}

/// All rows are in: what takes the first repetition is the rows of the first and of every one.
fn slot(mut plan: Plan) -> Slot {
    for (number, component) in plan.every.iter().enumerate() {
        let Some(component) = component else { continue };
        if plan.first.len() <= number {
            plan.first.resize_with(number + 1, || None);
        }
        let mine = plan.first[number].get_or_insert_default();
        mine.whole.extend(component.whole.iter().cloned());
        for (part, leaves) in &component.parts {
            parts_of(mine, *part).extend(leaves.iter().cloned());
        }
    }
    for component in plan.first.iter_mut().chain(&mut plan.every).flatten() {
        component.split =
            !component.parts.is_empty() || component.whole.iter().any(|leaf| !matches!(leaf.convert, Converter::Text | Converter::Upper));
    }
    match simple(&plan) {
        Some(leaf) => Slot::Simple(plan, leaf),
        None => Slot::Plan(plan),
    }
}

fn simple(plan: &Plan) -> Option<Leaf> {
    let [None, Some(component)] = &plan.first[..] else { return None };
    match &component.whole[..] {
        [leaf] if component.parts.is_empty() && plan.lists.is_empty() && leaf.slot.is_empty() => Some(leaf.clone()),
        _ => None,
    }
}
