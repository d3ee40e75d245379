//! Whose facts they are: the identifiers that the rules of a program choose, by authority and type.

use crate::event::lane_of;
use crate::v2::machine::{Machine, Place};
use crate::v2::text::{plain_text, split, write_string};
use crate::v2::tree::Walk;
use crate::v2::{Message, Odd, Sure};
use sha2::{Digest, Sha256};

const ROLES: [&str; 3] = ["patient", "account", "visit"];
const PARTS: [&str; 3] = ["value", "authority", "type"];
const VALUE: usize = 0;
const AUTHORITY: usize = 3;
const KIND: usize = 4;

/// An identifier. `authority`: its name, else its universal id, which `authority_id` is too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    pub value: String,
    pub authority: String,
    authority_id: String,
    kind: String,
}

impl Identifier {
    /// The same value, of one authority as far as both name one.
    pub fn same(&self, other: &Identifier) -> bool {
        let mine = [&self.authority, &self.authority_id];
        let theirs = [&other.authority, &other.authority_id];
        let named = |names: [&String; 2]| names.iter().any(|name| !name.is_empty());
        let shared = mine.iter().any(|name| !name.is_empty() && theirs.contains(name));
        self.value == other.value && (!named(mine) || !named(theirs) || shared)
    }
}

/// By role; `guessed` when no rule for the patient was met.
pub struct Identity {
    roles: [Option<Identifier>; 3],
    pub guessed: bool,
}

impl Identity {
    pub fn patient(&self) -> Option<&Identifier> {
        self.roles[0].as_ref()
    }

    pub fn into_patient(self) -> Option<Identifier> {
        let [patient, ..] = self.roles;
        patient
    }

    /// As events show it; false when there is nothing to show.
    pub fn write(&self, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        for (role, found) in ROLES.iter().zip(&self.roles) {
            let Some(found) = found else { continue };
            out.push(if out.len() == start { b'{' } else { b',' });
            write_string(role, out);
            out.push(b':');
            let parts = PARTS.iter().zip([&found.value, &found.authority, &found.kind]);
            for (at, (name, text)) in parts.filter(|(_, text)| !text.is_empty()).enumerate() {
                out.push(if at == 0 { b'{' } else { b',' });
                write_string(name, out);
                out.push(b':');
                write_string(text, out);
            }
            out.push(b'}');
        }
        let shown = out.len() > start;
        if shown {
            out.push(b'}');
        }
        shown
    }
}

/// Looks for identifiers in a message.
pub struct Search<'a, 'm> {
    pub message: &'a Message<'a>,
    pub walk: &'a Walk<'m>,
}

impl Search<'_, '_> {
    /// Of what a node says and what stands around it; of a whole message, wherever in it that stands.
    pub fn identity(&self, machine: &Machine, node: usize) -> Sure<Identity> {
        let [patient, account, visit] = &machine.rules.roles;
        self.chosen(node, (patient, account, visit), &machine.rules.anywhere)
    }

    fn chosen(&self, node: usize, (patient, account, visit): (&[Place], &[Place], &[Place]), anywhere: &[Place]) -> Sure<Identity> {
        let mut found = self.first(node, patient)?;
        let guessed = found.is_none();
        if guessed {
            found = self.first(node, anywhere)?;
        }
        let guessed = guessed && found.is_some();
        Ok(Identity { roles: [found, self.first(node, account)?, self.first(node, visit)?], guessed })
    }

    /// Of the side of a merge that ends.
    pub fn retired(&self, machine: &Machine, node: usize) -> Sure<Identity> {
        let [patient, account, visit] = &machine.rules.prior;
        self.chosen(node, (patient, account, visit), &machine.rules.prior_anywhere)
    }

    fn first(&self, node: usize, places: &[Place]) -> Sure<Option<Identifier>> {
        for place in places {
            let Some(segment) = self.walk.find(node, place.tag) else { continue };
            let Some(field) = self.message.field(&self.message.segments[segment as usize], place.field) else { continue };
            for text in split(self.message.text(field), b'~') {
                if let Some(found) = identifier(text, place)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }
}

/// The CX of one repetition, if it has a value and is of the wanted authority and type.
fn identifier(text: &str, place: &Place) -> Sure<Option<Identifier>> {
    let mut parts = [""; KIND + 1];
    for (part, held) in split(text, b'^').zip(&mut parts) {
        *held = part;
    }
    let value = plain(parts[VALUE])?;
    if value.is_empty() {
        return Ok(None);
    }
    let mut names = split(parts[AUTHORITY], b'&');
    let mut name = || plain(names.next().unwrap_or(""));
    let (authority, authority_id, kind) = (name()?, name()?, plain(parts[KIND])?);
    let known = place.authority.is_empty() || place.authority == authority || place.authority == authority_id;
    if !known || !(place.kind.is_empty() || place.kind == kind) {
        return Ok(None);
    }
    let authority = if authority.is_empty() { authority_id.clone() } else { authority };
    Ok(Some(Identifier { value, authority, authority_id, kind }))
}

fn plain(raw: &str) -> Sure<String> {
    plain_text(raw, &mut String::new()).map(str::to_owned)
}

/// Lane of a patient.
pub fn patient_key(site: &str, whose: &Identifier) -> Sure<[u8; 26]> {
    let mut hash = Sha256::new();
    hash.update(site);
    hash.update(b"\0patient");
    for part in [&whose.authority, &whose.value] {
        if !part.is_ascii() {
            return Err(Odd);
        }
        hash.update([0]);
        hash.update(part.trim().to_ascii_uppercase());
    }
    Ok(lane_of(hash))
}
