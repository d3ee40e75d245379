//! From the rows of a segment line to its reader. A row that this engine lacks makes the segments of its line unclean, not the program unknown.

use crate::codes::{packed, Codes};
use crate::pattern::Pattern;
use crate::program::{array, number, object, only, text, texts, Json, Names, Refusal};
use crate::reader::{Check, Choice, Convert, Element, Group, Joint, Left, Part, Reader, Rows, Syntax, Target, TextsOf, Type};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const MOST_HEADS: usize = 8;
const MOST_ELEMENTS: usize = 60;
const MOST_TEXTS: usize = 4;
type Key = (usize, usize);

/// A row of one field.
struct Field {
    keys: Vec<Key>,
    name: String,
    convert: Convert,
}

/// Rows of a variant, sorted by what they are.
#[derive(Default)]
struct Sorted {
    single: BTreeMap<Key, Vec<(String, Convert)>>,
    joint: Vec<Field>,
    texts: Vec<(Vec<Key>, String)>,
    others: Vec<Json>,
    order: Vec<Other>,
    taken: BTreeSet<Key>,
    grouped: BTreeSet<usize>,
    heads: BTreeSet<String>,
    any: bool,
}

/// Rows that make lists, in the order of the table.
enum Other {
    Texts(usize),
    Row(usize),
}

fn key(path: &str) -> Result<Key, Refusal> {
    let (element, component) = path.split_once('-').unwrap_or((path, "0"));
    match (element.parse(), component.parse()) {
        (Ok(element), Ok(component)) => Ok((element, component)),
        _ => Err(format!("path {path} is none")),
    }
}

fn converter(name: &str) -> Result<Convert, Refusal> {
    Ok(match name {
        "text" => Convert::Text,
        "money" => Convert::Money,
        "quantity" => Convert::Quantity,
        "integer" => Convert::Integer,
        "date" => Convert::Date,
        "time" => Convert::Time,
        "formatted_date" => Convert::FormattedDate,
        "period" => Convert::Period,
        "upper" => Convert::Upper,
        "is_reversal" => Convert::IsReversal,
        _ => return Err(format!("converter {name} is not known")),
    })
}

fn field(value: &Value) -> Result<Field, Refusal> {
    let parts = value.as_array().filter(|parts| parts.len() == 3).ok_or("a field is no triple")?;
    let paths = parts[0].as_array().ok_or("a field has no paths")?;
    let keys = paths.iter().map(|path| key(path.as_str().unwrap_or(""))).collect::<Result<Vec<_>, _>>()?;
    let (Some(name), Some(convert)) = (parts[1].as_str(), parts[2].as_str()) else { return Err("a field has no name".to_string()) };
    let convert = converter(convert)?;
    let wanted = if matches!(convert, Convert::FormattedDate | Convert::Period) { 2 } else { 1 };
    if keys.len() != wanted || keys.len() > MOST_TEXTS {
        return Err(format!("{name} is made of {} texts", keys.len()));
    }
    Ok(Field { keys, name: name.to_string(), convert })
}

/// The reader of a segment line under one variant; `None` for a line without rows. In a line that is `structure`, what no row takes is no content.
pub fn reader(segment: &Json, variant: Option<&Json>, place: Key, partial: bool, structure: bool, names: &mut Names) -> Result<Reader, Refusal> {
    match Builder::new(segment, variant, place, partial, structure).and_then(|builder| builder.build(names)) {
        Ok(reader) => Ok(reader),
        Err(_) => Ok(Reader {
            elements: Vec::new(),
            last_required: 0,
            joints: Vec::new(),
            rows: Vec::new(),
            syntax: Vec::new(),
            heads: Vec::new(),
            npi: false,
            odd: true,
        }),
    }
}

struct Builder<'a> {
    segment: &'a Json,
    sorted: Sorted,
    heads: Vec<String>,
    structure: bool,
    partial: bool,
}

impl<'a> Builder<'a> {
    fn new(segment: &'a Json, variant: Option<&Json>, place: Key, partial: bool, structure: bool) -> Result<Builder<'a>, Refusal> {
        let mut sorted = Sorted::default();
        if let Some(variant) = variant {
            if variant.get("implied").and_then(Value::as_bool).unwrap_or(false) {
                sorted.taken.insert(place);
            }
            for row in array(variant, "rows")? {
                sorted.add(object(row)?)?;
            }
        }
        let heads: Vec<String> = sorted.heads.iter().cloned().collect();
        if heads.len() > MOST_HEADS || array(segment, "elements")?.len() > MOST_ELEMENTS {
            return Err("too large".to_string());
        }
        Ok(Builder { segment, sorted, heads, structure, partial })
    }

    fn build(mut self, names: &mut Names) -> Result<Reader, Refusal> {
        let specs = array(self.segment, "elements")?.iter().map(object).collect::<Result<Vec<_>, _>>()?;
        let mut elements = Vec::new();
        for (index, spec) in specs.iter().enumerate() {
            elements.push(self.element(index + 1, spec, names)?);
        }
        let mut joints = Vec::new();
        for joint in std::mem::take(&mut self.sorted.joint) {
            joints.push(self.joint(&joint, names)?);
        }
        let mut rows = Vec::new();
        for other in std::mem::take(&mut self.sorted.order) {
            match other {
                Other::Texts(at) => {
                    let (keys, name) = &self.sorted.texts[at];
                    if keys[0].1 == 0 {
                        rows.push(Rows::Texts(self.target(name, names)?, keys.iter().map(|key| key.0).collect()));
                    }
                }
                Other::Row(at) => {
                    let row = self.sorted.others[at].clone();
                    rows.push(if text(&row, "kind")? == "each" { Rows::Group(self.group(&row, names)?) } else { choices(&row, names)? });
                }
            }
        }
        let mut syntax = Vec::new();
        for rule in texts(self.segment, "syntax")? {
            syntax.extend(syntax_of(&rule, &specs)?);
        }
        let last_required = elements.iter().rposition(|element| element.part.required).map_or(0, |at| at + 1);
        Ok(Reader {
            last_required,
            joints,
            rows,
            syntax,
            heads: self.heads.iter().map(|name| names.number(name)).collect(),
            npi: text(self.segment, "tag")? == "NM1" && elements.len() >= 9,
            odd: false,
            elements,
        })
    }

    fn target(&self, name: &str, names: &mut Names) -> Result<Target, Refusal> {
        match name.split_once('.') {
            None => Ok(Target { head: None, name: names.number(name) }),
            Some((head, tail)) => {
                let at = self.heads.iter().position(|held| held == head).ok_or("a nested object that nobody makes")?;
                Ok(Target { head: Some(at as u8), name: names.number(tail) })
            }
        }
    }

    fn joint(&self, field: &Field, names: &mut Names) -> Result<Joint, Refusal> {
        Ok(Joint { keys: field.keys.clone(), target: self.target(&field.name, names)?, convert: field.convert })
    }

    fn element(&self, number: usize, spec: &Json, names: &mut Names) -> Result<Element, Refusal> {
        let grouped = self.sorted.grouped.contains(&number);
        let mut part = self.part((number, 0), spec, grouped, names)?;
        let odd = only(spec, &["req", "type", "min", "max", "codes", "components", "pattern"]).is_err();
        let mut parts = Vec::new();
        let mut lists = Vec::new();
        if let Some(components) = spec.get("components").and_then(Value::as_array) {
            for (index, component) in components.iter().enumerate() {
                let component = object(component)?;
                only(component, &["req", "type", "min", "max", "codes", "pattern"])?;
                parts.push(self.part((number, index + 1), component, grouped, names)?);
            }
            for (keys, name) in self.sorted.texts.iter().filter(|(keys, _)| keys[0].0 == number && keys[0].1 > 0 && !grouped) {
                let first = keys.iter().map(|key| key.1).min().unwrap_or(1);
                let last = keys.iter().map(|key| key.1).max().unwrap_or(1);
                lists.push(TextsOf { target: self.target(name, names)?, first, last });
            }
            part.check = None;
        }
        Ok(Element { part, parts, texts: lists, odd })
    }

    fn part(&self, key: Key, spec: &Json, grouped: bool, names: &mut Names) -> Result<Part, Refusal> {
        let required = text(spec, "req")? == "R" && !self.partial;
        let unused = text(spec, "req")? == "N";
        let mut fields = Vec::new();
        if !grouped {
            for (name, convert) in self.sorted.single.get(&key).into_iter().flatten() {
                fields.push((self.target(name, names)?, *convert));
            }
        }
        let codes = if spec.contains_key("codes") { texts(spec, "codes")? } else { Vec::new() };
        if codes.iter().any(|code| packed(code.as_bytes()) == 0) {
            return Err("a code is too long".to_string());
        }
        let left = if grouped || self.structure || self.sorted.taken.contains(&key) {
            Left::Taken
        } else if codes.len() == 1 && self.sorted.any {
            Left::Only(packed(codes[0].as_bytes()))
        } else {
            Left::Unmapped
        };
        let check = if unused { None } else { Some(check(spec, &codes)?) };
        Ok(Part { required, forbidden: unused && !self.partial, check, fields, left })
    }

    fn group(&self, row: &Json, names: &mut Names) -> Result<Group, Refusal> {
        only(row, &["kind", "name", "first", "step", "count", "fields", "shared"])?;
        let (first, step) = (number(row, "first")?, number(row, "step")?);
        let fields = array(row, "fields")?.iter().map(field).collect::<Result<Vec<_>, _>>()?;
        let heads: BTreeSet<String> = fields.iter().filter_map(|field| field.name.split_once('.').map(|(head, _)| head.to_string())).collect();
        let heads: Vec<String> = heads.into_iter().collect();
        if step == 0 || heads.len() > MOST_HEADS {
            return Err("a group is none".to_string());
        }
        let mut used: Vec<Option<u64>> = vec![Some(0); step];
        for (element, component) in fields.iter().flat_map(|field| field.keys.iter()) {
            let held = used.get_mut(*element).ok_or("a group is too short")?;
            *held = if *component == 0 { None } else { held.map(|bits| bits | 1 << component) };
        }
        let inner = Builder { segment: self.segment, sorted: Sorted::default(), heads, structure: false, partial: self.partial };
        let shared = array(row, "shared")?.iter().map(field).collect::<Result<Vec<_>, _>>()?;
        Ok(Group {
            name: names.number(text(row, "name")?),
            first,
            step,
            end: first + step * number(row, "count")?,
            shared: shared.iter().map(|one| inner.joint(one, names)).collect::<Result<Vec<_>, _>>()?,
            fields: fields.iter().map(|one| inner.joint(one, names)).collect::<Result<Vec<_>, _>>()?,
            heads: inner.heads.iter().map(|name| names.number(name)).collect(),
            used,
        })
    }
}

impl Sorted {
    fn add(&mut self, row: &Json) -> Result<(), Refusal> {
        self.any = true;
        match text(row, "kind")? {
            "field" => {
                only(row, &["kind", "field"])?;
                let field = field(row.get("field").ok_or("a row without a field")?)?;
                if let Some((head, _)) = field.name.split_once('.') {
                    self.heads.insert(head.to_string());
                }
                if field.keys.iter().any(|key| key.0 == 0) {
                    return Err("a path is none".to_string());
                }
                self.taken.extend(field.keys.iter().copied());
                if let [key] = field.keys[..] {
                    self.single.entry(key).or_default().push((field.name, field.convert));
                } else {
                    self.joint.push(field);
                }
            }
            "texts" => {
                only(row, &["kind", "paths", "name", "convert"])?;
                if text(row, "convert")? != "text" {
                    return Err("a list of converted texts".to_string());
                }
                let keys = texts(row, "paths")?.iter().map(|path| key(path)).collect::<Result<Vec<_>, _>>()?;
                if keys.is_empty() || keys.iter().any(|key| (key.1 == 0) != (keys[0].1 == 0) || (key.1 > 0 && key.0 != keys[0].0)) {
                    return Err("a list of mixed places".to_string());
                }
                self.taken.extend(keys.iter().copied());
                self.order.push(Other::Texts(self.texts.len()));
                self.texts.push((keys, text(row, "name")?.to_string()));
            }
            "each" | "choice" => {
                let (first, count) = (number(row, "first")?, number(row, "count")?);
                let step = row.get("step").and_then(Value::as_u64).unwrap_or(1) as usize;
                self.grouped.extend(first..first + step * count);
                if let Some(shared) = row.get("shared").and_then(Value::as_array) {
                    for one in shared {
                        self.taken.extend(field(one)?.keys);
                    }
                }
                self.order.push(Other::Row(self.others.len()));
                self.others.push(row.clone());
            }
            kind => return Err(format!("row {kind} is not known")),
        }
        Ok(())
    }
}

fn choices(row: &Json, names: &mut Names) -> Result<Rows, Refusal> {
    only(row, &["kind", "first", "count", "choices"])?;
    let mut codes = Vec::new();
    let mut list = Vec::new();
    for (code, choice) in object(row.get("choices").ok_or("no choices")?)? {
        let choice = object(choice)?;
        only(choice, &["name", "fields", "constants", "many"])?;
        if packed(code.as_bytes()) == 0 {
            return Err("a code is too long".to_string());
        }
        let mut used = 1 << 1;
        let mut fields = Vec::new();
        for one in array(choice, "fields")?.iter().map(field) {
            let one = one?;
            let wanted: Vec<usize> = one.keys.iter().map(|key| key.0).collect();
            if wanted.iter().any(|&at| at == 0 || at > 62) {
                return Err("a component too far".to_string());
            }
            used |= wanted.iter().fold(0, |bits, at| bits | 1u64 << at);
            fields.push((wanted, names.number(&one.name), one.convert));
        }
        let mut constants = Vec::new();
        for pair in array(choice, "constants")? {
            match pair.as_array().map(Vec::as_slice) {
                Some([Value::String(name), value]) if !value.is_object() && !value.is_array() && !value.is_f64() => {
                    constants.push((names.number(name), value.to_string().into_bytes()));
                }
                _ => return Err("a constant is no pair".to_string()),
            }
        }
        codes.push((packed(code.as_bytes()), list.len() as u16));
        let many = choice.get("many").and_then(Value::as_bool).unwrap_or(false);
        list.push(Choice { name: names.number(text(choice, "name")?), many, constants, fields, used });
    }
    let first = number(row, "first")?;
    Ok(Rows::Choices { first, end: first + number(row, "count")?, codes: Codes::new(&codes), choices: list })
}

fn check(spec: &Json, codes: &[String]) -> Result<Check, Refusal> {
    let kind = spec.get("type").and_then(Value::as_str).unwrap_or("");
    if !matches!(kind, "" | "ID" | "AN" | "R" | "N0" | "N2" | "DT" | "TM") {
        return Err(format!("type {kind} is not known"));
    }
    let listed: Vec<(u64, u16)> = codes.iter().map(|code| (packed(code.as_bytes()), 0)).collect();
    let length = if kind.is_empty() || !codes.is_empty() { None } else { Some((number(spec, "min")?, number(spec, "max")?)) };
    Ok(Check {
        codes: if codes.is_empty() { None } else { Some(Codes::new(&listed)) },
        length,
        numeric: matches!(kind, "R" | "N0" | "N2"),
        kind: match kind {
            "R" | "N0" | "N2" => Type::Number,
            "DT" => Type::Date,
            "TM" => Type::Time,
            _ => Type::Any,
        },
        pattern: match spec.get("pattern").and_then(Value::as_str).unwrap_or("") {
            "" => None,
            pattern => Some(Pattern::new(pattern).ok_or_else(|| format!("pattern {pattern} is not known"))?),
        },
    })
}

/// A syntax note, unless one of its elements is not used by the guide; of several of which one must be there, the used ones count.
fn syntax_of(rule: &str, specs: &[&Json]) -> Result<Option<Syntax>, Refusal> {
    let bad = || format!("syntax note {rule} is none");
    let kind = rule.chars().next().ok_or_else(bad)?;
    let mut numbers: Vec<usize> = Vec::new();
    for at in (1..rule.len()).step_by(2) {
        numbers.push(rule.get(at..at + 2).and_then(|pair| pair.parse().ok()).ok_or_else(bad)?);
    }
    let count = numbers.len();
    let mut used = Vec::new();
    for number in numbers {
        if number > 0 && text(specs.get(number - 1).ok_or_else(bad)?, "req")? != "N" {
            used.push(number);
        }
    }
    let numbers = used;
    if numbers.is_empty() || (kind != 'R' && numbers.len() < count) {
        return Ok(None);
    }
    let (&first, rest) = numbers.split_first().ok_or_else(bad)?;
    let rest = rest.iter().fold(0, |bits, number| bits | 1u64 << number);
    let all = rest | 1 << first;
    Ok(Some(match kind {
        'P' => Syntax::Paired(all),
        'R' => Syntax::AtLeastOne(all),
        'E' => Syntax::AtMostOne(all),
        'C' => Syntax::ThenAll(first, rest),
        'L' => Syntax::ThenOne(first, rest),
        _ => return Err(bad()),
    }))
}
