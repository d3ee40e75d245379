//! Reading one segment: its checks and its mapping in one pass, as the tables say. Anything to report makes the segment unclean.

use crate::codes::{packed, Codes};
use crate::pattern::Pattern;
use crate::text;
use crate::tree::{Name, Tree, Value};

/// Something that the reader of all cases must look at: the item, or the segment outside an item, is handed back.
#[derive(Debug, PartialEq)]
pub struct Unclean;

pub type Clean<T> = Result<T, Unclean>;

/// A segment as bytes and where each element stands in it, the tag first.
pub struct Segment<'a> {
    pub data: &'a [u8],
    pub ends: &'a [(u32, u32)],
    pub component: u8,
}

impl<'a> Segment<'a> {
    /// Element by number, empty when the segment is shorter.
    pub fn get(&self, number: usize) -> &'a [u8] {
        self.ends.get(number).map_or(b"", |&(start, end)| &self.data[start as usize..end as usize])
    }

    pub fn parts(&self, value: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let component = self.component;
        value.split(move |&c| c == component)
    }

    fn part(&self, value: &'a [u8], number: usize) -> &'a [u8] {
        self.parts(value).nth(number - 1).unwrap_or(b"")
    }

    pub fn at(&self, (element, component): (usize, usize)) -> &'a [u8] {
        let value = self.get(element);
        if component == 0 {
            value
        } else {
            self.part(value, component)
        }
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Convert {
    Text,
    Money,
    Quantity,
    Integer,
    Date,
    Time,
    FormattedDate,
    Period,
    Upper,
    IsReversal,
}

/// Where a value goes: a field of the object, or of one of its nested objects (`heads` of the reader).
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub head: Option<u8>,
    pub name: Name,
}

pub enum Type {
    Any,
    Number,
    Date,
    Time,
}

/// Checks of a value that is there.
pub struct Check {
    pub codes: Option<Codes>,
    pub length: Option<(usize, usize)>,
    pub numeric: bool,
    pub kind: Type,
    pub pattern: Option<Pattern>,
}

/// What becomes of a value that no row takes.
pub enum Left {
    Taken,
    Only(u64),
    Unmapped,
}

/// An element or a component.
pub struct Part {
    pub required: bool,
    pub forbidden: bool,
    pub check: Option<Check>,
    pub fields: Vec<(Target, Convert)>,
    pub left: Left,
}

pub struct TextsOf {
    pub target: Target,
    pub first: usize,
    pub last: usize,
}

pub struct Element {
    pub part: Part,
    /// Components of a composite, with the lists made of them.
    pub parts: Vec<Part>,
    pub texts: Vec<TextsOf>,
    /// Uses something that this engine does not know.
    pub odd: bool,
}

pub struct Joint {
    pub keys: Vec<(usize, usize)>,
    pub target: Target,
    pub convert: Convert,
}

pub struct Choice {
    pub name: Name,
    pub many: bool,
    pub constants: Vec<(Name, Vec<u8>)>,
    pub fields: Vec<(Vec<usize>, Name, Convert)>,
    pub used: u64,
}

pub struct Group {
    pub name: Name,
    pub first: usize,
    pub step: usize,
    pub end: usize,
    pub shared: Vec<Joint>,
    pub fields: Vec<Joint>,
    pub heads: Vec<Name>,
    /// Per element of the group: `None` when a field takes it whole, else which components are taken.
    pub used: Vec<Option<u64>>,
}

pub enum Rows {
    Texts(Target, Vec<usize>),
    Group(Group),
    Choices { first: usize, end: usize, codes: Codes, choices: Vec<Choice> },
}

pub enum Syntax {
    Paired(u64),
    AtLeastOne(u64),
    AtMostOne(u64),
    ThenAll(usize, u64),
    ThenOne(usize, u64),
}

/// The reader of one segment line under one qualifier.
pub struct Reader {
    pub elements: Vec<Element>,
    pub last_required: usize,
    pub joints: Vec<Joint>,
    pub rows: Vec<Rows>,
    pub syntax: Vec<Syntax>,
    pub heads: Vec<Name>,
    pub npi: bool,
    pub odd: bool,
}

const HEADS: usize = 8;

/// What a reader makes: the object, and its nested objects until they are put into it.
struct Made {
    node: u32,
    heads: [Option<u32>; HEADS],
}

impl Made {
    fn set(&mut self, tree: &mut Tree, target: Target, value: Value) -> Clean<()> {
        let node = match target.head {
            None => self.node,
            Some(head) => *self.heads[head as usize].get_or_insert_with(|| tree.node()),
        };
        clean(tree.set(node, target.name, value))
    }

    fn extend(&mut self, tree: &mut Tree, target: Target, list: u32) -> Clean<()> {
        if target.head.is_some() {
            return self.set(tree, target, Value::List(list));
        }
        let held = tree.list(self.node, target.name).ok_or(Unclean)?;
        tree.merge_list(list, held);
        Ok(())
    }
}

fn clean(well: bool) -> Clean<()> {
    if well {
        Ok(())
    } else {
        Err(Unclean)
    }
}

impl Convert {
    /// The value of the last text, the ones before it being its qualifiers.
    fn apply(self, texts: &[&[u8]], names: &Named, tree: &mut Tree) -> Clean<Value> {
        let value = texts[texts.len() - 1];
        let qualifier = if texts.len() > 1 { texts[0] } else { b"" };
        let made = match self {
            Convert::Text => Some(tree.string(value)),
            Convert::Money => tree.written(true, |out| text::money(value, out)),
            Convert::Quantity => tree.written(true, |out| text::quantity(value, out)),
            Convert::Integer => tree.written(false, |out| text::integer(value, out)),
            Convert::Date => tree.written(true, |out| text::date(value, out)),
            Convert::Time => tree.written(true, |out| text::time(value, out)),
            Convert::FormattedDate => tree.written(true, |out| text::formatted_date(qualifier, value, out)),
            Convert::Period => period(qualifier, value, names, tree),
            Convert::Upper => Some(tree.string(&value.to_ascii_uppercase())),
            Convert::IsReversal => Some(tree.raw(if value == b"22" { b"true" } else { b"false" })),
        };
        made.ok_or(Unclean)
    }
}

/// Names that converters use.
#[derive(Clone, Copy)]
pub struct Named {
    pub start: Name,
    pub end: Name,
}

fn period(qualifier: &[u8], value: &[u8], names: &Named, tree: &mut Tree) -> Option<Value> {
    let node = tree.node();
    if qualifier == b"RD8" {
        let dash = value.iter().position(|&c| c == b'-')?;
        let (start, end) = (&value[..dash], &value[dash + 1..]);
        if end < start {
            return None;
        }
        let first = tree.written(true, |out| text::date(start, out))?;
        let last = tree.written(true, |out| text::date(end, out))?;
        tree.push(node, names.start, first);
        tree.push(node, names.end, last);
    } else {
        let day = tree.written(true, |out| text::formatted_date(qualifier, value, out))?;
        tree.push(node, names.start, day);
    }
    Some(Value::Object(node))
}

impl Check {
    /// `typed`: a converter looks at the type.
    fn passes(&self, value: &[u8], typed: bool) -> bool {
        if let Some(codes) = &self.codes {
            if codes.get(packed(value)).is_none() {
                return false;
            }
        } else if let Some((least, most)) = self.length {
            if value.len() > most && !(self.numeric && value.iter().filter(|&&c| c != b'-' && c != b'.').count() <= most) {
                return false;
            }
            if value.len() < least {
                return false;
            }
        }
        if !typed {
            let mut unused = Vec::new();
            let well = match self.kind {
                Type::Any => true,
                Type::Number => text::is_number(value),
                Type::Date => text::date(value, &mut unused).is_some(),
                Type::Time => text::time(value, &mut unused).is_some(),
            };
            if !well {
                return false;
            }
        }
        self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(value))
    }
}

impl Part {
    fn read(&self, value: &[u8], names: &Named, tree: &mut Tree, made: &mut Made) -> Clean<()> {
        if self.forbidden {
            return Err(Unclean);
        }
        let mut typed = false;
        for &(target, convert) in &self.fields {
            let found = convert.apply(&[value], names, tree)?;
            made.set(tree, target, found)?;
            typed |= convert != Convert::Text;
        }
        if let Some(check) = &self.check {
            clean(check.passes(value, typed))?;
        }
        self.leave(value)
    }

    fn leave(&self, value: &[u8]) -> Clean<()> {
        match self.left {
            Left::Taken => Ok(()),
            Left::Only(code) => clean(packed(value) == code),
            Left::Unmapped => Err(Unclean),
        }
    }
}

impl Element {
    fn read(&self, value: &[u8], segment: &Segment, names: &Named, tree: &mut Tree, made: &mut Made) -> Clean<()> {
        if self.odd {
            return Err(Unclean);
        }
        if self.parts.is_empty() {
            return self.part.read(value, names, tree, made);
        }
        if self.part.forbidden {
            return Err(Unclean);
        }
        let mut count = 0;
        for piece in segment.parts(value) {
            let part = self.parts.get(count).ok_or(Unclean)?;
            count += 1;
            if piece.is_empty() {
                clean(!part.required)?;
            } else {
                part.read(piece, names, tree, made)?;
            }
        }
        clean(!self.parts[count..].iter().any(|part| part.required))?;
        for texts in &self.texts {
            let list = tree.node();
            for piece in segment.parts(value).take(texts.last).skip(texts.first - 1).filter(|piece| !piece.is_empty()) {
                let text = tree.string(piece);
                tree.push(list, 0, text);
            }
            if !tree.is_empty(list) {
                made.extend(tree, texts.target, list)?;
            }
        }
        Ok(())
    }
}

impl Reader {
    /// What the segment feeds, as a node of its own.
    pub fn read(&self, segment: &Segment, names: &Named, tree: &mut Tree) -> Clean<u32> {
        let count = segment.ends.len() - 1;
        if self.odd || count > self.elements.len() || count < self.last_required {
            return Err(Unclean);
        }
        let mut made = Made { node: tree.node(), heads: [None; HEADS] };
        let mut there = 0u64;
        for (number, element) in (1..=count).zip(&self.elements) {
            let value = segment.get(number);
            if value.is_empty() {
                clean(!element.part.required)?;
            } else {
                there |= 1 << number;
                element.read(value, segment, names, tree, &mut made)?;
            }
        }
        for joint in &self.joints {
            if let Some(value) = joint.value(segment, names, tree)? {
                made.set(tree, joint.target, value)?;
            }
        }
        for rows in &self.rows {
            rows.read(segment, names, tree, &mut made)?;
        }
        clean(self.syntax.iter().all(|rule| rule.holds(there)))?;
        if self.npi && segment.get(8) == b"XX" && !segment.get(9).is_empty() {
            clean(text::npi_valid(segment.get(9)))?;
        }
        for (head, &name) in made.heads.iter().zip(&self.heads) {
            if let Some(node) = *head {
                clean(tree.set(made.node, name, Value::Object(node)))?;
            }
        }
        Ok(made.node)
    }
}

/// Most texts that a converter looks at.
const TEXTS: usize = 4;

impl Joint {
    fn value(&self, segment: &Segment, names: &Named, tree: &mut Tree) -> Clean<Option<Value>> {
        let mut texts: [&[u8]; TEXTS] = [b""; TEXTS];
        for (text, &key) in texts.iter_mut().zip(&self.keys) {
            *text = segment.at(key);
        }
        let texts = &texts[..self.keys.len()];
        if texts[texts.len() - 1].is_empty() {
            return Ok(None);
        }
        self.convert.apply(texts, names, tree).map(Some)
    }

    /// As `value`, with element numbers counted from `base`.
    fn value_from(&self, base: usize, segment: &Segment, names: &Named, tree: &mut Tree) -> Clean<Option<Value>> {
        let mut texts: [&[u8]; TEXTS] = [b""; TEXTS];
        for (text, &(element, component)) in texts.iter_mut().zip(&self.keys) {
            *text = segment.at((base + element, component));
        }
        let texts = &texts[..self.keys.len()];
        if texts[texts.len() - 1].is_empty() {
            return Ok(None);
        }
        self.convert.apply(texts, names, tree).map(Some)
    }
}

impl Rows {
    fn read(&self, segment: &Segment, names: &Named, tree: &mut Tree, made: &mut Made) -> Clean<()> {
        match self {
            Rows::Texts(target, wanted) => {
                let list = tree.node();
                for &number in wanted {
                    let value = segment.get(number);
                    if !value.is_empty() {
                        let text = tree.string(value);
                        tree.push(list, 0, text);
                    }
                }
                if tree.is_empty(list) {
                    return Ok(());
                }
                made.extend(tree, *target, list)
            }
            Rows::Group(group) => group.read(segment, names, tree, made),
            Rows::Choices { first, end, codes, choices } => {
                for number in *first..(*end).min(segment.ends.len()) {
                    let value = segment.get(number);
                    if !value.is_empty() {
                        let code = packed(segment.parts(value).next().unwrap_or(b""));
                        let chosen = codes.get(code).ok_or(Unclean)?;
                        choices[chosen as usize].read(value, segment, names, tree, made)?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl Choice {
    fn read(&self, value: &[u8], segment: &Segment, names: &Named, tree: &mut Tree, made: &mut Made) -> Clean<()> {
        let entry = tree.node();
        for (name, json) in &self.constants {
            let held = tree.raw(json);
            tree.push(entry, *name, held);
        }
        for (wanted, name, convert) in &self.fields {
            let mut texts: [&[u8]; TEXTS] = [b""; TEXTS];
            for (text, &number) in texts.iter_mut().zip(wanted) {
                *text = segment.part(value, number);
            }
            let texts = &texts[..wanted.len()];
            if !texts[texts.len() - 1].is_empty() {
                let found = convert.apply(texts, names, tree)?;
                clean(tree.set(entry, *name, found))?;
            }
        }
        for (index, piece) in segment.parts(value).enumerate() {
            clean(piece.is_empty() || (index < 63 && self.used & (1 << (index + 1)) != 0))?;
        }
        if self.many {
            let list = tree.list(made.node, self.name).ok_or(Unclean)?;
            tree.push(list, 0, Value::Object(entry));
            return Ok(());
        }
        clean(tree.set(made.node, self.name, Value::Object(entry)))
    }
}

impl Group {
    fn read(&self, segment: &Segment, names: &Named, tree: &mut Tree, made: &mut Made) -> Clean<()> {
        let mut list = None;
        for base in (self.first..segment.ends.len().min(self.end)).step_by(self.step) {
            if (base..base + self.step).all(|number| segment.get(number).is_empty()) {
                continue;
            }
            let entry = self.entry(base, segment, names, tree)?;
            let list = *list.get_or_insert_with(|| tree.node());
            tree.push(list, 0, Value::Object(entry));
        }
        match list {
            Some(list) => made.extend(tree, Target { head: None, name: self.name }, list),
            None => Ok(()),
        }
    }

    fn entry(&self, base: usize, segment: &Segment, names: &Named, tree: &mut Tree) -> Clean<u32> {
        let mut made = Made { node: tree.node(), heads: [None; HEADS] };
        for shared in &self.shared {
            if let Some(value) = shared.value(segment, names, tree)? {
                made.set(tree, shared.target, value)?;
            }
        }
        for field in &self.fields {
            if let Some(value) = field.value_from(base, segment, names, tree)? {
                made.set(tree, field.target, value)?;
            }
        }
        for (head, &name) in made.heads.iter().zip(&self.heads) {
            if let Some(node) = *head {
                clean(tree.set(made.node, name, Value::Object(node)))?;
            }
        }
        for (offset, used) in self.used.iter().enumerate() {
            if let Some(used) = used {
                for (index, piece) in segment.parts(segment.get(base + offset)).enumerate() {
                    clean(piece.is_empty() || (index < 63 && used & (1 << (index + 1)) != 0))?;
                }
            }
        }
        Ok(made.node)
    }
}

impl Syntax {
    /// `there`: bit n says that element n holds something.
    fn holds(&self, there: u64) -> bool {
        match *self {
            Syntax::Paired(all) => there & all == 0 || there & all == all,
            Syntax::AtLeastOne(any) => there & any != 0,
            Syntax::AtMostOne(any) => (there & any).count_ones() <= 1,
            Syntax::ThenAll(first, rest) => there & (1 << first) == 0 || there & rest == rest,
            Syntax::ThenOne(first, rest) => there & (1 << first) == 0 || there & rest != 0,
        }
    }
}
