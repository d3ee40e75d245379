//! Values of observations that are numbers, or are made of some.

use super::made::{write_key, Made};
use super::observations::other;
use super::text::{split, strip, unescape, write_string};
use super::values::quantity;
use super::{Field, Odd, Sure, ESCAPE, REPETITION};

/// Adds `number` where the text is one.
pub fn number_of(raw: &str, made: &mut Made) -> Sure<()> {
    made.put_if("number", |out, scratch| write_quantity(raw, out, scratch))
}

/// Writes a number, and says whether the text is one; nothing is written where not.
fn write_quantity(raw: &str, out: &mut Vec<u8>, scratch: &mut String) -> Sure<bool> {
    let start = out.len();
    out.push(b'"');
    if quantity(unescape(raw, scratch)?, out).is_err() {
        out.truncate(start);
        return Ok(false);
    }
    out.push(b'"');
    Ok(true)
}

/// NM: one number, or several.
pub fn numbers(text: &str, field: Field, made: &mut Made) -> Sure<()> {
    other(text, field, made)?;
    if !field.has(REPETITION) {
        return number_of(strip(text), made);
    }
    made.put_if("numbers", |out, scratch| {
        out.push(b'[');
        for (at, raw) in split(text, b'~').enumerate() {
            if at > 0 {
                out.push(b',');
            }
            if !write_quantity(strip(raw), out, scratch)? {
                return Ok(false);
            }
        }
        out.push(b']');
        Ok(true)
    })
}

/// SN: comparator, number, separator, second number. One number that is just equal is `number`, too.
pub fn structured(text: &str, field: Field, made: &mut Made) -> Sure<()> {
    if field.has(ESCAPE) {
        return Err(Odd); // such a text would be read twice
    }
    let mut parts = [""; 7];
    for (part, said) in parts.iter_mut().zip(split(text, b'^')) {
        *part = strip(said);
    }
    let [comparator, number, separator, second, ..] = parts;
    if field.has(REPETITION) || parts[4..].iter().any(|part| !part.is_empty()) || !is_number(number) {
        return other(text, field, made);
    }
    made.string("value", &parts[..4].concat())?;
    made.put("structured", |out, scratch| {
        let start = out.len();
        out.push(b'{');
        for (name, part, is_quantity) in
            [("comparator", comparator, false), ("number", number, true), ("separator", separator, false), ("second_number", second, true)]
        {
            let before = out.len();
            write_key(name, start, out);
            if !is_quantity && !part.is_empty() {
                write_string(part, out);
            } else if !is_quantity || !write_quantity(part, out, scratch)? {
                out.truncate(before);
            }
        }
        out.push(b'}');
        Ok(())
    })?;
    if matches!(comparator, "" | "=") && separator.is_empty() && second.is_empty() {
        number_of(number, made)?;
    }
    Ok(())
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    !unsigned.starts_with('-') && crate::text::is_number(unsigned.as_bytes())
}
