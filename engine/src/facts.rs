//! Facts that the checks look codes up in, handed over as data: what codes look like, which are known, and what names their code set.

use crate::codes::packed;
use crate::pattern::Pattern;
use crate::program::{object, texts, Json, Refusal};
use std::collections::{HashMap, HashSet};

const REMEMBERED: usize = 1 << 14;

/// One code set: the form of its codes, and the list of them where one is shipped.
struct Form {
    pattern: Option<Pattern>,
    known: Option<HashSet<Vec<u8>>>,
}

#[derive(Default)]
pub struct Facts {
    names: HashMap<String, u8>,
    forms: Vec<Form>,
    pub provinces: HashSet<Vec<u8>>,
    procedures: HashMap<u64, Option<u8>, Mixed>,
    diagnoses: HashMap<u64, u8, Mixed>,
    /// Qualifiers of ICD-9 codes.
    pub old: HashSet<u64, Mixed>,
    /// Duties by (group, reason); group 0 for one that the guide does not know.
    pub duties: HashMap<(u64, u64), u8, Mixed>,
    pub alerts: HashSet<Vec<u8>>,
    /// Tags whose elements are structure: what no row takes is not content.
    pub structure: HashSet<Vec<u8>>,
    pub rules: HashMap<String, Vec<String>>,
}

/// Answers given before, by code set and code.
#[derive(Default)]
pub struct Memory {
    held: HashMap<(u8, u128), bool, Mixed>,
}

#[derive(Clone, Default)]
pub struct Mixed;

impl std::hash::BuildHasher for Mixed {
    type Hasher = Mixer;

    fn build_hasher(&self) -> Mixer {
        Mixer(0)
    }
}

/// A plain mix of what is hashed; the bound on what is remembered keeps anyone from making it slow.
pub struct Mixer(u64);

impl std::hash::Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(u64::from(byte)));
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_u128(&mut self, value: u128) {
        self.write_u64(value as u64);
        self.write_u64((value >> 64) as u64);
    }
}

fn set(holder: &Json, name: &str) -> Result<HashSet<Vec<u8>>, Refusal> {
    Ok(texts(holder, name)?.into_iter().map(String::into_bytes).collect())
}

fn pairs(holder: &Json, name: &str) -> Result<Vec<(String, String)>, Refusal> {
    let held = object(holder.get(name).ok_or_else(|| format!("{name} is missing"))?)?;
    held.iter()
        .map(|(key, value)| value.as_str().map(|text| (key.clone(), text.to_string())).ok_or_else(|| format!("{name} holds no texts")))
        .collect()
}

impl Facts {
    pub fn new(json: &[u8]) -> Result<Facts, Refusal> {
        let value: serde_json::Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let held = object(&value)?;
        let mut facts =
            Facts { provinces: set(held, "provinces")?, alerts: set(held, "alerts")?, structure: set(held, "structure")?, ..Facts::default() };
        let known = object(&held["known"])?;
        for (name, pattern) in pairs(held, "forms")? {
            let known = if known.contains_key(&name) { Some(set(known, &name)?) } else { None };
            facts.names.insert(name, facts.forms.len() as u8);
            // A pattern that cannot be read here clears no code.
            facts.forms.push(Form { pattern: Pattern::new(&pattern), known });
        }
        for (qualifier, name) in pairs(held, "procedures")? {
            // Three code sets share a qualifier: which one it is says the code.
            let form = if name == "hcpcs" { None } else { Some(facts.form(&name)?) };
            facts.procedures.insert(packed(qualifier.as_bytes()), form);
        }
        for (qualifier, name) in pairs(held, "diagnoses")? {
            let form = facts.form(&name)?;
            facts.diagnoses.insert(packed(qualifier.as_bytes()), form);
        }
        facts.old = texts(held, "old")?.iter().map(|text| packed(text.as_bytes())).collect();
        for (group, reasons) in object(&held["duties"])? {
            for (reason, bits) in object(reasons)? {
                let bits = bits.as_u64().and_then(|bits| u8::try_from(bits).ok()).ok_or("duties are bits")?;
                facts.duties.insert((packed(group.as_bytes()), packed(reason.as_bytes())), bits);
            }
        }
        let rules = object(&held["rules"])?;
        for name in rules.keys() {
            facts.rules.insert(name.clone(), texts(rules, name)?);
        }
        Ok(facts)
    }

    pub fn form(&self, name: &str) -> Result<u8, Refusal> {
        self.names.get(name).copied().ok_or_else(|| format!("form {name} is not known"))
    }

    /// Whether the code has the form of its set, and is in the list of it, where there is one.
    pub fn has_form(&self, form: u8, code: &[u8], memory: &mut Memory) -> bool {
        if code.len() > 16 {
            return false;
        }
        let key = (form, code.iter().fold(0u128, |sum, &c| sum << 8 | u128::from(c)));
        if let Some(&known) = memory.held.get(&key) {
            return known;
        }
        let held = &self.forms[form as usize];
        let matches = held.pattern.as_ref().is_some_and(|pattern| pattern.is_match(code));
        let answer = matches && held.known.as_ref().is_none_or(|known| known.contains(code));
        if memory.held.len() >= REMEMBERED {
            memory.held.clear();
        }
        memory.held.insert(key, answer);
        answer
    }

    /// The code set of an HI composite; `None` when its qualifier names none.
    pub fn diagnosis_form(&self, qualifier: &[u8]) -> Option<u8> {
        self.diagnoses.get(&packed(qualifier)).copied()
    }

    /// The code set of a procedure; `None` when its qualifier names none.
    pub fn procedure_form(&self, qualifier: &[u8], code: &[u8], sets: [u8; 3]) -> Option<u8> {
        let [dental, level_two, level_one] = sets;
        match self.procedures.get(&packed(qualifier))? {
            Some(form) => Some(*form),
            None => Some(match code.first() {
                Some(b'D') => dental,
                Some(first) if first.is_ascii_alphabetic() => level_two,
                _ => level_one,
            }),
        }
    }
}
