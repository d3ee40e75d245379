//! Whether a message is surely without a problem. What is not is judged elsewhere, and so is what only might be one.
//!
//! Whoever made the tables is asked for them when they are first met, and for the verdict on header and structure.

use super::coded::CODED;
use super::forms::form;
use super::plans::{Plan, Rule};
use super::{Field, Message, Segment};
use crate::facts::Mixed;
use serde_json::Value;
use std::collections::HashMap;

/// Answers a question with JSON.
pub type Ask = Box<dyn FnMut(&str, &[&str]) -> Option<Vec<u8>> + Send + Sync>;

const REMEMBERED: usize = 1 << 12;
/// Bytes of a frame that is remembered; nobody needs a longer one.
const LONGEST: usize = 1 << 10;
const CONTROL_ID: usize = 10;
const TYPE: usize = 9;
const VERSION: usize = 12;
const VALUE_TYPE: usize = 2;
const VALUE: usize = 5;

/// Plans of one version, by tag.
type Plans = HashMap<u64, Plan, Mixed>;

pub struct Checks {
    ask: Ask,
    /// Types of an observation's value with the form it must have, if any.
    values: HashMap<String, Option<Rule>>,
    versions: HashMap<String, usize>,
    plans: Vec<(String, Plans)>,
    /// Verdicts on header and structure.
    frames: HashMap<Vec<u8>, bool>,
    frame: Vec<u8>,
}

impl Checks {
    /// Err when the tables are not those that this engine was written for.
    pub fn new(mut ask: Ask) -> Result<Checks, String> {
        let common = question(&mut ask, "common", &[]).ok_or("the checks give no tables")?;
        let coded: Vec<&str> = common["coded"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if coded != CODED {
            return Err("the components of a code are not known".to_string());
        }
        let mut values: HashMap<String, Option<Rule>> = HashMap::new();
        for kind in common["types"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            values.insert(kind.to_string(), None);
        }
        for (kind, name) in common["forms"].as_object().into_iter().flatten() {
            let form = name.as_str().and_then(form).ok_or_else(|| format!("form {name} is not known"))?;
            values.insert(kind.clone(), Some(Rule::of_form(form)));
        }
        let (versions, plans, frames) = (HashMap::new(), Vec::new(), HashMap::new());
        Ok(Checks { ask, values, versions, plans, frames, frame: Vec::new() })
    }

    /// `version` stands for MSH-12 where the site says so.
    pub fn clean(&mut self, message: &Message, version: &str) -> bool {
        self.frame_clean(message, version) && self.fields_clean(message, version).unwrap_or(false)
    }

    fn frame_clean(&mut self, message: &Message, version: &str) -> bool {
        let [header, ..] = message.segments else { return false };
        if message.field(header, CONTROL_ID).is_none_or(Field::is_empty) {
            return false;
        }
        let mut frame = std::mem::take(&mut self.frame);
        frame.clear();
        write_frame(message, version, &mut frame);
        let answer = match self.frames.get(&frame) {
            Some(&known) => known,
            None if frame.len() > LONGEST => false,
            None => {
                let parts: Vec<&str> = std::str::from_utf8(&frame).map_or_else(|_| Vec::new(), |text| text.split('\r').collect());
                let answer = question(&mut self.ask, "frame", &parts) == Some(Value::Bool(true));
                if self.frames.len() >= REMEMBERED {
                    self.frames.clear();
                }
                self.frames.insert(frame.clone(), answer);
                answer
            }
        };
        self.frame = frame;
        answer
    }

    fn fields_clean(&mut self, message: &Message, version: &str) -> Option<bool> {
        let header = message.segments.first()?;
        let named = message.field(header, VERSION).map_or("", |field| message.text(field));
        let at = self.version(if version.is_empty() { named } else { version })?;
        let (name, plans) = self.plans.get_mut(at)?;
        for segment in message.segments {
            let key = segment.tag.iter().fold(0, |sum, &c| sum << 8 | u64::from(c));
            if !plans.contains_key(&key) {
                if plans.len() >= REMEMBERED {
                    plans.clear();
                }
                let tag = std::str::from_utf8(&segment.tag).ok()?;
                plans.insert(key, Plan::new(&question(&mut self.ask, "rules", &[tag, name])?)?);
            }
            if !plans.get(&key)?.clean(message, segment) || (segment.tag == *b"OBX" && !value_clean(&self.values, message, segment)) {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Number of the version whose tables count where this one is named.
    fn version(&mut self, named: &str) -> Option<usize> {
        if named.len() > LONGEST {
            return None;
        }
        if let Some(&known) = self.versions.get(named) {
            return Some(known);
        }
        let found = question(&mut self.ask, "version", &[named])?.as_str()?.to_string();
        let at = self.plans.iter().position(|(name, _)| *name == found).unwrap_or(self.plans.len());
        if at == self.plans.len() {
            self.plans.push((found, Plans::default()));
        }
        if self.versions.len() >= REMEMBERED {
            self.versions.clear();
        }
        self.versions.insert(named.to_string(), at);
        Some(at)
    }
}

fn question(ask: &mut Ask, what: &str, parts: &[&str]) -> Option<Value> {
    serde_json::from_slice(&ask(what, parts)?).ok()
}

/// What the verdict on header and structure hangs on: MSH-9, MSH-12, the site's version, EVN-1, and the tags. Which tags there are counts, the first
/// two places of each, and the row of PID and PV1; so further places of a tag are left out.
fn write_frame(message: &Message, version: &str, frame: &mut Vec<u8>) {
    let of = |segment: Option<&Segment>, number| segment.and_then(|segment| message.field(segment, number)).map_or("", |field| message.text(field));
    let header = message.segments.first();
    let recorded = message.segments.iter().find(|segment| segment.tag == *b"EVN");
    for text in [of(header, TYPE), of(header, VERSION), version, of(recorded, 1)] {
        frame.extend_from_slice(text.as_bytes());
        frame.push(b'\r');
    }
    let mut seen: Vec<([u8; 3], bool)> = Vec::with_capacity(32);
    for segment in message.segments {
        match seen.iter_mut().find(|(tag, _)| *tag == segment.tag) {
            Some(_) if matches!(&segment.tag, b"PID" | b"PV1") => {}
            Some((_, true)) => continue,
            Some((_, twice)) => *twice = true,
            None => seen.push((segment.tag, false)),
        }
        frame.extend_from_slice(&segment.tag);
        if frame.len() > LONGEST {
            return; // no verdict is asked for on a longer one
        }
    }
}

/// OBX-5 against the data type of OBX-2.
fn value_clean(values: &HashMap<String, Option<Rule>>, message: &Message, segment: &Segment) -> bool {
    let Some(field) = message.field(segment, VALUE).filter(|field| !field.is_empty()) else { return true };
    let kind = message.field(segment, VALUE_TYPE).map_or("", |field| message.text(field));
    match values.get(kind.split('^').next().unwrap_or("")) {
        None => false,
        Some(None) => true,
        Some(Some(rule)) => rule.clean(message.text(field).as_bytes(), field.marks),
    }
}
