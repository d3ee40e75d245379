//! A program made ready to run under one component separator.

use crate::checks::Checks;
use crate::clear::Clear;
use crate::codes::{packed, Codes};
use crate::facts::Facts;
use crate::program::Names;
use crate::reader::{Named, Reader};
use crate::tree::Name;

/// Numbers of tags and of the codes behind them.
#[derive(Default)]
pub struct Symbols {
    /// (tag, code) by number; the code is empty for the tag with any other code or none.
    pub list: Vec<(String, String)>,
    pub by_tag: Codes,
    /// Per tag: the element and component (0: whole) of its code, its number without code, its numbers by code.
    pub tags: Vec<((usize, usize), u16, Codes)>,
}

/// Where the values of a segment go in the object of its loop.
#[derive(Clone, Copy)]
pub enum To {
    Object,
    Field(Name),
    List(Name),
}

/// A child of a loop that a symbol may be: `full` is how often it may stand in its order (0: no bound), `most` how far it is counted.
#[derive(Clone, Copy)]
pub struct Candidate {
    pub child: u16,
    pub pos: u32,
    pub full: u32,
    pub most: u16,
    pub inner: Option<u16>,
    pub reader: u32,
    pub to: To,
}

/// A loop. `slot` is its object outside the items, `name` the name of its object, `slots` the objects that end when it is entered anew, `below`
/// itself and the loops in it, `marked` that it encloses items, `inside` that it is an item's loop or in one.
#[derive(Default)]
pub struct LoopNode {
    pub id: String,
    pub parent: Option<usize>,
    pub children: usize,
    pub required: Vec<u16>,
    pub candidates: Vec<(u32, u32)>,
    pub first_pos: u32,
    pub max: Option<u32>,
    pub counted: bool,
    pub level: bool,
    pub marked: bool,
    pub item: bool,
    pub inside: bool,
    pub many: bool,
    pub name: Option<Name>,
    pub slot: Option<u8>,
    pub slots: Vec<u8>,
    pub below: Vec<usize>,
}

/// An object outside the items, by the name under which the program knows it.
pub struct Slot {
    pub name: String,
    pub field: Name,
}

/// What an item becomes.
pub struct Emit {
    pub event: String,
    pub topic: String,
    pub key: Name,
    pub context: Vec<Name>,
    pub alias: Vec<(Name, Name)>,
    pub checks: Vec<String>,
    pub counted: Vec<(Name, String)>,
}

pub struct Machine {
    pub component: u8,
    pub partial: bool,
    pub names: Names,
    /// Names as they are written: `"name":`.
    pub keys: Vec<Vec<u8>>,
    pub named: Named,
    pub usage: Name,
    /// Claims say what they are for.
    pub claims: bool,
    pub readers: Vec<Reader>,
    pub symbols: Symbols,
    pub loops: Vec<LoopNode>,
    pub slots: Vec<Slot>,
    pub candidates: Vec<Candidate>,
    pub emit: Emit,
    /// Numbers of the tags that open an item; of those and of the tags that open a level around one.
    pub items: Vec<u16>,
    pub boundaries: Vec<u16>,
    pub required: Vec<Name>,
    pub checks: Checks,
    pub clear: Clear,
    pub facts: Facts,
}

impl Symbols {
    /// Number of a tag.
    pub fn number(&self, tag: &[u8]) -> Option<u16> {
        self.by_tag.get(packed(tag))
    }

    /// Number of a segment by its tag and code; `None` for a tag that the guide lacks.
    pub fn find<'a>(&self, tag: &[u8], at: impl FnOnce((usize, usize)) -> &'a [u8]) -> Option<u16> {
        let (place, plain, codes) = &self.tags[self.by_tag.get(packed(tag))? as usize];
        if place.0 == 0 {
            return Some(*plain);
        }
        Some(codes.get(packed(at(*place))).unwrap_or(*plain))
    }
}

impl Machine {
    pub fn slot(&self, field: Name) -> Option<usize> {
        self.slots.iter().position(|slot| slot.field == field)
    }
}
