//! A program made ready to run: what each tag opens and holds, readers of its fields by group, events by trigger.

use crate::v2::observations::Maker;
use crate::v2::rows::{Lines, Shared};
use crate::v2::store::Key;
use crate::v2::values::Converter;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Groups by number, as a set: bit 0 is the message itself.
pub type Groups = u64;
pub const MOST_GROUPS: usize = 63;

pub struct Machine {
    pub hash: String,
    pub shared: Arc<Mutex<Shared>>,
    pub keys: Keys,
    pub groups: Vec<Group>,
    /// Sorted by tag.
    pub tags: Vec<Tag>,
    pub emits: HashMap<String, Vec<Emit>>,
    /// Of all triggers that no emit names.
    pub others: Vec<Emit>,
    pub rules: Rules,
    /// The site's, as they stand in the program.
    pub codes: Value,
}

/// Keys that every program has.
pub struct Keys {
    pub message: Key,
    pub charset: Key,
    pub identity: Key,
    pub unmapped: Key,
    pub provenance: Key,
}

/// `name` is JSON. `to`: where its object goes in that of its parent. `again`: tags of which a second one begins another occurrence.
/// `any_order`: its openers stand in any order.
pub struct Group {
    pub name: Vec<u8>,
    pub parent: usize,
    pub to: Option<Key>,
    pub many: bool,
    pub again: Vec<[u8; 3]>,
    pub any_order: bool,
}

/// What a tag does: groups it opens, groups that hold it, and its readers by group.
pub struct Tag {
    pub tag: [u8; 3],
    pub openings: Vec<Opening>,
    pub holders: Groups,
    pub lines: Vec<Lines>,
}

/// `position`: place of the tag among those that open the group; `children`: groups in it that the tag opens as well. `tag`: set where the openers of
/// the group stand in any order.
pub struct Opening {
    pub group: usize,
    pub position: i32,
    pub children: Vec<Opening>,
    pub tag: Option<[u8; 3]>,
}

/// Rows of a segment. `to`: where its values go in the object of the group, `many` to a list there.
pub struct Line {
    pub to: Option<Key>,
    pub many: bool,
    pub slots: Vec<Slot>,
    pub makers: Vec<(Maker, Vec<(&'static str, Key)>)>,
}

pub enum Slot {
    /// No row takes the field.
    Unread,
    /// Taken by what reads the whole segment, or no content.
    Skip,
    /// One value of the field as a whole, unless it has separators.
    Simple(Plan, Leaf),
    Plan(Plan),
}

/// All rows of one field; those of the first repetition and those of every other one, by component.
#[derive(Default)]
pub struct Plan {
    pub number: u16,
    pub first: Vec<Option<Component>>,
    pub every: Vec<Option<Component>>,
    pub lists: Vec<Key>,
    pub names: Vec<Key>,
    pub ids: Vec<String>,
}

/// What takes a component: values of the whole, values by subcomponent. `split`: an unescaped separator in it is one.
#[derive(Default, Clone)]
pub struct Component {
    pub whole: Vec<Leaf>,
    pub parts: Vec<(u16, Vec<Leaf>)>,
    pub split: bool,
}

/// A site's code -> the one of the standard.
pub type Codes = HashMap<String, String>;

/// One value: keys of the objects around it, its own key, how it is made, and the site's codes for it.
#[derive(Clone)]
pub struct Leaf {
    pub slot: Arc<[Key]>,
    pub name: Key,
    pub convert: Converter,
    pub codes: Option<Arc<Codes>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Patient,
    Retired,
    Receipt,
}

/// Values of which one is wanted of a path; `absent` and `any` are "" and "*" among them, `texts` are JSON.
#[derive(Clone)]
pub struct Test {
    pub path: Vec<Key>,
    pub absent: bool,
    pub any: bool,
    pub texts: Vec<Vec<u8>>,
}

/// An event of a trigger. `drops` are keys of the groups in `apart`, which have events of their own or stand around one that has.
#[derive(Clone)]
pub struct Emit {
    pub event: String,
    pub topic: String,
    pub constants: Vec<(Key, Vec<u8>)>,
    pub group: usize,
    pub subject: Subject,
    pub merge: bool,
    pub needs: Vec<Vec<Key>>,
    pub when: Vec<Test>,
    pub unless: Vec<Test>,
    pub drops: Vec<Key>,
    pub apart: Groups,
    pub or_message: bool,
    pub whole: bool,
}

/// A place of an identifier: tag and field, and the authority and type it must have there ("" any).
#[derive(Clone)]
pub struct Place {
    pub tag: [u8; 3],
    pub field: usize,
    pub authority: String,
    pub kind: String,
}

/// Places by role (patient, account, visit), those of the patient when no rule is met, and those of the side of a merge that ends.
pub struct Rules {
    pub roles: [Vec<Place>; 3],
    pub anywhere: Vec<Place>,
    pub prior: [Vec<Place>; 3],
    pub prior_anywhere: Vec<Place>,
}

impl Machine {
    pub fn tag(&self, tag: [u8; 3]) -> Option<&Tag> {
        self.tags.binary_search_by(|held| held.tag.cmp(&tag)).ok().map(|at| &self.tags[at])
    }

    pub fn emits(&self, trigger: &str) -> &[Emit] {
        self.emits.get(trigger).unwrap_or(&self.others)
    }
}
