//! The value of an observation (OBX-5), read as its value type (OBX-2) says, notes, and a text that later became coded.

use super::coded::{coded, coded_text};
use super::contents::{encapsulated, long, pointer};
use super::made::{lines, write_key, write_list, write_read, Made, Pairs};
use super::numbers::{number_of, numbers, structured};
use super::text::{plain, split, strip, unescape, upper, write_string, NULL};
use super::values::{convert, Converter, Zone};
use super::{Field, Message, Segment, Sure, COMPONENT, ESCAPE, REPETITION};
use crate::text::decimal_digits;

/// Characters of a value that an event holds; a longer one is given by reference.
pub const TEXT_LIMIT: usize = 1 << 16;

const COMMENT: usize = 3;
const TYPE: usize = 2;
const SUB_ID: usize = 4;
const VALUE: usize = 5;
const RANGE: usize = 7;

const LEVELS: [&str; 6] = ["mds", "vmd", "channel", "metric", "facet", "subfacet"];
/// All that a maker can make.
pub const KEYS: &[&str] = &[
    "value",
    "components",
    "number",
    "numbers",
    "structured",
    "time",
    "period",
    "codes",
    "contents",
    "containment",
    "reference_range",
    "texts",
    "clinical_information",
    "clinical_codes",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    Observation,
    Note,
    CodedText,
}

/// A maker by its name in the tables.
pub fn maker(name: &str) -> Option<Maker> {
    Some(match name {
        "observation" => Maker::Observation,
        "note" => Maker::Note,
        "coded_text" => Maker::CodedText,
        _ => return None,
    })
}

/// Adds the JSON of each value to `bytes`, and its key and place there to `pairs`.
pub fn make(maker: Maker, message: &Message, segment: &Segment, zone: &mut Zone, bytes: &mut Vec<u8>, pairs: &mut Pairs) -> Sure<()> {
    let mut made = Made::new(bytes, pairs);
    match maker {
        Maker::Observation => observation(message, segment, zone, &mut made),
        Maker::Note => note(message, segment, &mut made),
        Maker::CodedText => coded_text(message, segment, &mut made),
    }
}

pub fn filled(message: &Message, segment: &Segment, number: usize) -> Option<Field> {
    message.field(segment, number).filter(|field| !field.is_empty())
}

fn observation(message: &Message, segment: &Segment, zone: &mut Zone, made: &mut Made) -> Sure<()> {
    if let Some(field) = filled(message, segment, VALUE) {
        value(message, segment, field, zone, made)?;
    }
    if let Some(field) = filled(message, segment, SUB_ID) {
        containment(message.text(field), made)?;
    }
    match filled(message, segment, RANGE) {
        Some(field) => {
            let text = message.text(field);
            made.put("reference_range", |out, scratch| write_whole(text, field.has(ESCAPE), out, scratch))
        }
        None => Ok(()),
    }
}

/// NTE-3, a text for each repetition.
fn note(message: &Message, segment: &Segment, made: &mut Made) -> Sure<()> {
    let Some(field) = filled(message, segment, COMMENT) else { return Ok(()) };
    let text = message.text(field);
    if text.bytes().all(|c| c == b'~') {
        return Ok(());
    }
    made.put("texts", |out, scratch| {
        let said = split(text, b'~').filter(|raw| !raw.is_empty());
        write_list(said, out, |raw, out| write_whole(raw, field.has(ESCAPE), out, scratch))
    })
}

/// A text that may hold a component separator nobody escaped, with its formatting as line breaks and blanks.
fn write_whole(raw: &str, escaped: bool, out: &mut Vec<u8>, scratch: &mut String) -> Sure<()> {
    if raw == NULL {
        out.extend_from_slice(b"null");
    } else if escaped {
        scratch.clear();
        plain(raw, scratch)?;
        write_string(scratch, out);
    } else {
        write_string(raw, out);
    }
    Ok(())
}

/// OBX-4 of a device observation: system, virtual device, channel, metric, facet, counted with dots between.
fn containment(sub_id: &str, made: &mut Made) -> Sure<()> {
    let parts: Vec<&str> = split(sub_id, b'.').take(LEVELS.len() + 1).collect();
    let counts = |part: &&str| (1..=9).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit());
    if !(4..=LEVELS.len()).contains(&parts.len()) || !parts.iter().all(counts) {
        return Ok(());
    }
    made.put("containment", |out, _| {
        let start = out.len();
        out.push(b'{');
        for (level, part) in LEVELS.iter().zip(&parts) {
            write_key(level, start, out);
            decimal_digits(part.bytes().fold(0, |sum, c| sum * 10 + u64::from(c - b'0')), out);
        }
        out.push(b'}');
        Ok(())
    })
}

// -- values by their type

fn value(message: &Message, segment: &Segment, field: Field, zone: &mut Zone, made: &mut Made) -> Sure<()> {
    let text = message.text(field);
    if text == NULL {
        return made.json("value", b"null");
    }
    let named = strip(message.field(segment, TYPE).map_or("", |field| message.text(field)));
    let shouted;
    let kind = if named.bytes().all(|c| c.is_ascii_uppercase()) {
        named
    } else {
        shouted = upper(named)?;
        &shouted
    };
    if text.len() > TEXT_LIMIT && long(message, field, kind, made)? {
        return Ok(());
    }
    match kind {
        "TX" | "FT" | "ST" if !field.has(ESCAPE | REPETITION) => made.string("value", text),
        "TX" | "FT" | "ST" => {
            let shown = lines(split(text, b'~'), plain)?;
            if shown.is_empty() {
                Ok(())
            } else {
                made.string("value", &shown)
            }
        }
        "NM" => numbers(text, field, made),
        "NA" | "MA" => array(text, made),
        "SN" => structured(text, field, made),
        "DT" | "TS" | "DTM" => {
            other(text, field, made)?;
            let time = strip(first(first(text, b'~'), b'^'));
            made.put("time", |out, scratch| convert(Converter::Time, unescape(time, scratch)?, zone, out))
        }
        "DR" => range(text, field, zone, made),
        "CQ" | "MO" | "CP" => {
            other(text, field, made)?;
            let number = strip(first(first(first(text, b'~'), b'^'), b'&'));
            number_of(number, made)
        }
        "CE" | "CWE" | "CNE" | "CF" | "IS" | "ID" => coded(text, made),
        "ED" => encapsulated(message, field, made),
        "RP" => pointer(text, field, made),
        _ => other(text, field, made),
    }
}

fn first(text: &str, mark: u8) -> &str {
    split(text, mark).next().unwrap_or("")
}

/// A value as text, and its components where it has some.
pub fn other(text: &str, field: Field, made: &mut Made) -> Sure<()> {
    if field.has(ESCAPE | REPETITION) {
        let read = lines(split(text, b'~'), |raw, whole| {
            let mut buffer = String::new();
            whole.push_str(unescape(raw, &mut buffer)?);
            Ok(())
        })?;
        made.string("value", &read)?;
    } else {
        made.string("value", text)?;
    }
    if field.has(COMPONENT) {
        components(text, made)
    } else {
        Ok(())
    }
}

fn components(text: &str, made: &mut Made) -> Sure<()> {
    made.put("components", |out, scratch| {
        write_list(split(text, b'~'), out, |raw, out| write_list(split(raw, b'^'), out, |part, out| write_read(part, out, scratch)))
    })
}

/// NA, MA: the numbers of the repetitions in `components`, also of one alone.
fn array(text: &str, made: &mut Made) -> Sure<()> {
    let all = Field { start: 0, end: 0, marks: COMPONENT | ESCAPE | REPETITION };
    other(text, all, made)
}

/// DR: start and end.
fn range(text: &str, field: Field, zone: &mut Zone, made: &mut Made) -> Sure<()> {
    other(text, field, made)?;
    let mut ends = split(first(text, b'~'), b'^').take(2);
    let pair = [("start", ends.next().unwrap_or("")), ("end", ends.next().unwrap_or(""))];
    if pair.iter().all(|(_, part)| part.is_empty()) {
        return Ok(());
    }
    made.put("period", |out, scratch| {
        let start = out.len();
        out.push(b'{');
        for (name, part) in pair.iter().filter(|(_, part)| !part.is_empty()) {
            write_key(name, start, out);
            convert(Converter::Time, unescape(strip(part), scratch)?, zone, out)?;
        }
        out.push(b'}');
        Ok(())
    })
}
