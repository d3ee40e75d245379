//! HL7 v2: a whole message to its events where they are surely those that Python makes, else nothing.

mod checks;
mod coded;
mod contents;
mod event;
mod fields;
mod forms;
mod keys;
mod lane;
mod machine;
mod made;
mod marks;
mod numbers;
mod observations;
mod plans;
mod program;
mod reader;
mod rows;
mod segments;
mod shape;
mod store;
mod text;
mod tree;
mod values;
mod zone;

pub use lane::{V2Lane, V2Program, V2Programs};
pub use marks::v2_places;

/// Not surely the same: the message is read in Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Odd;

pub type Sure<T> = Result<T, Odd>;

pub const COMPONENT: u8 = 1;
pub const REPETITION: u8 = 2;
pub const ESCAPE: u8 = 4;
pub const SUBCOMPONENT: u8 = 8;
pub const QUOTE: u8 = 16;
pub const CONTROL: u8 = 32;
pub const HIGH: u8 = 64;
/// The first or the last byte is white space or no ASCII, so that there may be something to strip.
pub const OUTER: u8 = 128;

/// Bytes of the text of a message, and which kinds of bytes are among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub start: u32,
    pub end: u32,
    pub marks: u8,
}

impl Field {
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether any of these kinds of bytes is in it.
    pub fn has(self, marks: u8) -> bool {
        self.marks & marks != 0
    }
}

/// `fields[first..first + count]` of the message are its fields: [0] is the tag, and of MSH [1] the separator itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub tag: [u8; 3],
    pub start: u32,
    pub end: u32,
    pub first: u32,
    pub count: u32,
}

/// A message with the usual delimiters, split. `offset` is the byte of its first character in the file.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub text: &'a str,
    pub offset: u64,
    pub segments: &'a [Segment],
    pub fields: &'a [Field],
}

impl<'a> Message<'a> {
    pub fn of(&self, segment: &Segment) -> &'a [Field] {
        &self.fields[segment.first as usize..(segment.first + segment.count) as usize]
    }

    pub fn text(&self, field: Field) -> &'a str {
        &self.text[field.start as usize..field.end as usize]
    }

    /// `None` beyond the end of the segment.
    pub fn field(&self, segment: &Segment, number: usize) -> Option<Field> {
        self.of(segment).get(number).copied()
    }
}
