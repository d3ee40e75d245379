//! The JSON of a program to a machine. What this engine does not know is refused, and Python runs the program.

use crate::v2::machine::{Emit, Group, Groups, Keys, Machine, Opening, Place, Rules, Subject, Tag, Test, MOST_GROUPS};
use crate::v2::rows::{Lines, Shared, Source};
use crate::v2::store::{Key, Names};
use crate::v2::text::write_string;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

pub type Made<T> = Result<T, String>;
pub type Object = Map<String, Value>;

const PROGRAM: &[&str] = &["format", "family", "map", "messages", "groups", "segments", "emits", "identifiers", "codes"];
const GROUP: &[&str] = &["name", "opens", "holds", "to", "parent", "again", "any_order"];
const EMIT: &[&str] = &["event", "triggers", "constants", "group", "subject", "needs", "topic", "checks", "when", "unless", "or_message", "whole"];

/// `rules`: the places of identifiers, as Python reads them from the program.
pub fn machine(program: &[u8], rules: &[u8], hash: &str, shared: &Arc<Mutex<Shared>>) -> Made<Machine> {
    let parts: HashMap<String, &RawValue> = serde_json::from_slice(program).map_err(|error| error.to_string())?;
    if let Some(name) = parts.keys().find(|name| !PROGRAM.contains(&name.as_str())) {
        return Err(format!("{name} is not known"));
    }
    let part = |name: &str| parts.get(name).map_or(Ok(Value::Null), |json| serde_json::from_str(json.get()).map_err(|error| error.to_string()));
    if part("format")?.as_u64() != Some(1) || part("family")? != "hl7v2" {
        return Err("another format".into());
    }
    let (groups, emits, codes) = (part("groups")?, part("emits")?, part("codes")?);
    let rules = rules_of(&serde_json::from_slice(rules).map_err(|error| error.to_string())?)?;
    let mut held = shared.lock().map_err(|_| "a fault before")?;
    let mut maker = Maker { names: &mut held.names, groups: items(&groups)? };
    let groups = maker.groups()?;
    let tags = maker.tags(&groups, parts.get("segments").ok_or("no segments")?)?;
    let emits = maker.emits(&groups, items(&emits)?)?;
    let others = emits.get("*").cloned().unwrap_or_default();
    let mut key = |name: &str| held.names.add(name);
    let keys = Keys {
        message: key("message")?,
        charset: key("charset")?,
        identity: key("identity")?,
        unmapped: key("unmapped")?,
        provenance: key("provenance")?,
    };
    Ok(Machine { hash: hash.into(), shared: Arc::clone(shared), keys, groups, tags, emits, others, rules, codes })
}

struct Maker<'a> {
    names: &'a mut Names,
    groups: &'a [Value],
}

fn object<'a>(value: &'a Value, known: &[&str]) -> Made<&'a Object> {
    let found = value.as_object().ok_or("an object is wanted")?;
    match found.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("{name} is not known")),
        None => Ok(found),
    }
}

pub fn text<'a>(object: &'a Object, name: &str) -> Made<&'a str> {
    object.get(name).map_or(Ok(""), |value| string(value))
}

pub fn string(value: &Value) -> Made<&str> {
    value.as_str().ok_or_else(|| "a text is wanted".into())
}

pub fn list<'a>(object: &'a Object, name: &str) -> Made<&'a [Value]> {
    object.get(name).map_or(Ok(&[]), items)
}

pub fn items(value: &Value) -> Made<&[Value]> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| "a list is wanted".into())
}

fn flag(object: &Object, name: &str) -> Made<bool> {
    object.get(name).map_or(Ok(false), |value| value.as_bool().ok_or_else(|| "true or false is wanted".into()))
}

pub fn strings(values: &[Value]) -> Made<Vec<&str>> {
    values.iter().map(string).collect()
}

fn tag_of(name: &str) -> Made<[u8; 3]> {
    name.as_bytes().try_into().map_err(|_| format!("{name} is no segment"))
}

/// Numbers of a path.
pub fn path(value: &str) -> Made<Vec<usize>> {
    value.split('.').map(|part| part.parse().map_err(|_| format!("{value} is no path"))).collect()
}

/// A key of a group or segment line: (name, whether it is a list), `None` for "".
pub fn target(names: &mut Names, to: &str) -> Made<(Option<Key>, bool)> {
    let name = to.strip_suffix("[]").unwrap_or(to);
    Ok((if name.is_empty() { None } else { Some(names.add(name)?) }, to.ends_with("[]")))
}

impl Maker<'_> {
    fn group(&self, name: &str) -> Made<usize> {
        if name.is_empty() {
            return Ok(0);
        }
        let found = self.groups.iter().position(|group| group.get("name").and_then(Value::as_str) == Some(name));
        found.map(|at| at + 1).ok_or_else(|| format!("no group {name}"))
    }

    fn groups(&mut self) -> Made<Vec<Group>> {
        if self.groups.len() > MOST_GROUPS {
            return Err("too many groups".into());
        }
        let mut made = vec![Group { name: b"\"\"".to_vec(), parent: 0, to: None, many: false, again: Vec::new(), any_order: false }];
        for (at, group) in self.groups.iter().enumerate() {
            let group = object(group, GROUP)?;
            let parent = self.group(text(group, "parent")?)?;
            let (to, many) = target(self.names, text(group, "to")?)?;
            let mut name = Vec::new();
            write_string(text(group, "name")?, &mut name);
            if parent > at || (many && to.is_none()) {
                return Err("a group in one behind it".into());
            }
            let again = strings(list(group, "again")?)?.into_iter().map(tag_of).collect::<Made<_>>()?;
            made.push(Group { name, parent, to, many, again, any_order: flag(group, "any_order")? });
        }
        Ok(made)
    }

    fn tags(&mut self, groups: &[Group], segments: &RawValue) -> Made<Vec<Tag>> {
        let mut rows = self.segments(groups.len(), segments)?;
        let mut tags: BTreeSet<[u8; 3]> = rows.keys().map(|(tag, _)| *tag).collect();
        for group in self.groups {
            for name in ["opens", "holds"] {
                for tag in strings(list(object(group, GROUP)?, name)?)? {
                    tags.insert(tag_of(tag)?);
                }
            }
        }
        let mut made = Vec::new();
        for tag in tags {
            let (opened, held) = (self.groups_of("opens", tag)?, self.groups_of("holds", tag)?);
            let outer = opened.iter().filter(|(at, _)| !opened.iter().any(|(other, _)| *other == groups[*at].parent));
            let openings = outer.map(|&one| opening(one, tag, &opened, groups)).collect();
            let holders = held.iter().fold(0 as Groups, |set, (at, _)| set | 1 << at);
            let lines = (0..groups.len()).map(|number| Lines::new(rows.remove(&(tag, number)).unwrap_or_default())).collect();
            made.push(Tag { tag, openings, holders, lines });
        }
        Ok(made)
    }

    /// Rows of a segment by tag and number of the group; those for every group come last.
    fn segments(&self, groups: usize, segments: &RawValue) -> Made<HashMap<([u8; 3], usize), Vec<Arc<Source>>>> {
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        let segments: Vec<HashMap<String, &RawValue>> = serde_json::from_str(segments.get()).map_err(|error| error.to_string())?;
        for everywhere in [false, true] {
            for segment in &segments {
                let text = |name: &str| {
                    segment.get(name).map_or(Ok(String::new()), |json| serde_json::from_str(json.get()).map_err(|error| error.to_string()))
                };
                let (tag, group) = (tag_of(&text("tag")?)?, text("group")?);
                if (group == "*") != everywhere {
                    continue;
                }
                let mut at: Vec<usize> = if everywhere { (0..groups).collect() } else { vec![self.group(&group)?] };
                at.retain(|number| !everywhere || found.contains_key(&(tag, *number)));
                let source = Arc::new(Source { to: text("to")?, rows: segment.get("rows").ok_or("no rows")?.get().into() });
                for number in if at.is_empty() { vec![0] } else { at } {
                    found.entry((tag, number)).or_default().push(Arc::clone(&source));
                }
            }
        }
        Ok(found)
    }

    /// Groups whose list of this name has the tag, each with its place there.
    fn groups_of(&self, name: &str, tag: [u8; 3]) -> Made<Vec<(usize, i32)>> {
        let mut found = Vec::new();
        for (number, group) in (1..).zip(self.groups) {
            let held = strings(list(object(group, GROUP)?, name)?)?;
            found.extend(held.iter().position(|held| held.as_bytes() == tag).map(|place| (number, place as i32)));
        }
        Ok(found)
    }

    /// Events by trigger.
    fn emits(&mut self, groups: &[Group], emits: &[Value]) -> Made<HashMap<String, Vec<Emit>>> {
        let rows = emits.iter().map(|row| object(row, EMIT)).collect::<Made<Vec<_>>>()?;
        let mut triggers = BTreeSet::new();
        for row in &rows {
            triggers.extend(strings(list(row, "triggers")?)?);
        }
        let mut made = HashMap::new();
        for trigger in triggers {
            made.insert(trigger.to_owned(), self.of_trigger(trigger, &rows, groups)?);
        }
        Ok(made)
    }

    fn of_trigger(&mut self, trigger: &str, rows: &[&Object], groups: &[Group]) -> Made<Vec<Emit>> {
        let mut wanted = Vec::new();
        for row in rows {
            if strings(list(row, "triggers")?)?.contains(&trigger) && !text(row, "event")?.is_empty() {
                wanted.push(*row);
            }
        }
        let mut apart: Groups = 0;
        for row in &wanted {
            let mut at = if flag(row, "whole")? { 0 } else { self.group(text(row, "group")?)? };
            while at > 0 {
                apart |= 1 << at;
                at = groups[at].parent;
            }
        }
        let drops: Vec<Key> = (1..groups.len()).filter(|at| apart >> at & 1 == 1).filter_map(|at| groups[at].to).collect();
        wanted.iter().map(|row| self.emit(row, &drops, apart)).collect()
    }

    fn emit(&mut self, row: &Object, drops: &[Key], apart: Groups) -> Made<Emit> {
        let subject = match text(row, "subject")? {
            "" | "patient" => Subject::Patient,
            "retired" => Subject::Retired,
            "receipt" => Subject::Receipt,
            other => return Err(format!("no subject {other}")),
        };
        let checks = strings(list(row, "checks")?)?;
        if checks.iter().any(|check| *check != "merge") {
            return Err("a check that is not known".into());
        }
        let mut constants = Vec::new();
        for pair in list(row, "constants")? {
            let pair = strings(items(pair)?)?;
            let [name, value] = pair[..] else { return Err("a constant is a pair".into()) };
            let mut json = Vec::new();
            write_string(value, &mut json);
            constants.push((self.names.add(name)?, json));
        }
        Ok(Emit {
            event: text(row, "event")?.into(),
            topic: text(row, "topic")?.into(),
            constants,
            group: self.group(text(row, "group")?)?,
            subject,
            merge: !checks.is_empty(),
            needs: strings(list(row, "needs")?)?.into_iter().map(|path| self.keys(path)).collect::<Made<_>>()?,
            when: self.tests(list(row, "when")?)?,
            unless: self.tests(list(row, "unless")?)?,
            drops: drops.to_vec(),
            apart,
            or_message: flag(row, "or_message")?,
            whole: flag(row, "whole")?,
        })
    }

    fn keys(&mut self, path: &str) -> Made<Vec<Key>> {
        path.split('.').map(|name| self.names.add(name)).collect()
    }

    fn tests(&mut self, rows: &[Value]) -> Made<Vec<Test>> {
        let mut made = Vec::new();
        for row in rows {
            let [path, values] = items(row)? else { return Err("a test is a pair".into()) };
            let values = strings(items(values)?)?;
            let shown = |value: &&str| {
                let mut json = Vec::new();
                write_string(value, &mut json);
                json
            };
            let texts = values.iter().map(shown).collect();
            made.push(Test { path: self.keys(string(path)?)?, absent: values.contains(&""), any: values.contains(&"*"), texts });
        }
        Ok(made)
    }
}

fn opening((group, position): (usize, i32), tag: [u8; 3], opened: &[(usize, i32)], groups: &[Group]) -> Opening {
    let below = opened.iter().filter(|(at, _)| groups[*at].parent == group && *at != group);
    let children = below.map(|&one| opening(one, tag, opened, groups)).collect();
    Opening { group, position, children, tag: groups[group].any_order.then_some(tag) }
}

fn rules_of(rules: &Value) -> Made<Rules> {
    let rules = object(rules, &["roles", "anywhere", "prior", "prior_anywhere"])?;
    let [roles, prior] = ["roles", "prior"].map(|name| -> Made<[Vec<Place>; 3]> {
        let found = list(rules, name)?.iter().map(|role| places(items(role)?)).collect::<Made<Vec<_>>>()?;
        found.try_into().map_err(|_| "three roles are known".into())
    });
    let [anywhere, prior_anywhere] = ["anywhere", "prior_anywhere"].map(|name| places(list(rules, name)?));
    Ok(Rules { roles: roles?, anywhere: anywhere?, prior: prior?, prior_anywhere: prior_anywhere? })
}

fn places(rules: &[Value]) -> Made<Vec<Place>> {
    let place = |rule: &Value| -> Made<Place> {
        let [tag, field, authority, kind] = items(rule)? else { return Err("a rule has four parts".into()) };
        let field = field.as_u64().filter(|field| (1..=999).contains(field)).ok_or("no field")? as usize;
        Ok(Place { tag: tag_of(string(tag)?)?, field, authority: string(authority)?.into(), kind: string(kind)?.into() })
    };
    rules.iter().map(place).collect()
}
