//! The named converters of the HL7 v2 tables: text to the JSON of an event value. Odd for text that they refuse, or might.

use super::text::{upper, write_string};
pub use super::zone::Zone;
use super::zone::{day, FIRST, LAST};
use super::{Odd, Sure};
use crate::text;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Converter {
    Text,
    Upper,
    Clock,
    Money,
    Quantity,
    Integer,
    Outcome,
    Time,
    Date,
}

/// A converter by its name in the tables.
pub fn converter(name: &str) -> Option<Converter> {
    Some(match name {
        "text" | "code" => Converter::Text,
        "upper" => Converter::Upper,
        "clock" => Converter::Clock,
        "money" => Converter::Money,
        "quantity" => Converter::Quantity,
        "integer" => Converter::Integer,
        "ack_outcome" => Converter::Outcome,
        "time" | "datetime" => Converter::Time,
        "date" => Converter::Date,
        _ => return None,
    })
}

/// Writes the value as JSON.
pub fn convert(converter: Converter, text: &str, zone: &mut Zone, out: &mut Vec<u8>) -> Sure<()> {
    match converter {
        Converter::Text => write_string(text, out),
        Converter::Upper => write_string(&upper(text)?, out),
        Converter::Integer => text::integer(text.as_bytes(), out).ok_or(Odd)?,
        Converter::Outcome => write_string(outcome(text)?, out),
        Converter::Clock => quoted(out, |out| clock(text.as_bytes(), out))?,
        Converter::Money => quoted(out, |out| money(text, out))?,
        Converter::Quantity => quoted(out, |out| quantity(text, out))?,
        Converter::Time => quoted(out, |out| moment(text, zone, out))?,
        Converter::Date => quoted(out, |out| {
            let start = out.len();
            moment(text, zone, out)?;
            out.truncate(out.len().min(start + "2026-03-04".len()));
            Ok(())
        })?,
    }
    Ok(())
}

fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Sure<()>) -> Sure<()> {
    out.push(b'"');
    write(out)?;
    out.push(b'"');
    Ok(())
}

/// A dollar sign and thousands commas are left out.
fn money(text: &str, out: &mut Vec<u8>) -> Sure<()> {
    let bare = text.strip_prefix('$').unwrap_or(text);
    let written = if bare.contains(',') { text::money(bare.replace(',', "").as_bytes(), out) } else { text::money(bare.as_bytes(), out) };
    written.ok_or(Odd)
}

/// A plus sign is left out.
pub fn quantity(text: &str, out: &mut Vec<u8>) -> Sure<()> {
    text::quantity(text.strip_prefix('+').unwrap_or(text).as_bytes(), out).ok_or(Odd)
}

fn outcome(code: &str) -> Sure<&'static str> {
    match code {
        "AA" | "CA" => Ok("accepted"),
        "AE" | "CE" => Ok("error"),
        "AR" | "CR" => Ok("rejected"),
        _ => Err(Odd),
    }
}

/// Two digits as a number, that is less than `limit`.
fn two(text: &[u8], limit: u32) -> Sure<u32> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', ..] => {
            let value = u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
            if value < limit {
                Ok(value)
            } else {
                Err(Odd)
            }
        }
        _ => Err(Odd),
    }
}

fn is_offset(text: &[u8]) -> bool {
    matches!(text, [b'+' | b'-', rest @ ..] if rest.len() == 4 && rest.iter().all(u8::is_ascii_digit))
}

/// Text before an offset, and that where there is one.
fn split_offset(text: &[u8]) -> Sure<(&[u8], &[u8])> {
    match text.iter().position(|&c| c == b'+' || c == b'-') {
        None => Ok((text, b"")),
        Some(at) if is_offset(&text[at..]) => Ok(text.split_at(at)),
        _ => Err(Odd),
    }
}

/// Digits before a fraction, and its digits.
fn split_fraction(text: &[u8]) -> Sure<(&[u8], &[u8])> {
    match text.iter().position(|&c| c == b'.') {
        None => Ok((text, b"")),
        Some(at) => {
            let fraction = &text[at + 1..];
            if (1..=9).contains(&fraction.len()) && fraction.iter().all(u8::is_ascii_digit) {
                Ok((&text[..at], fraction))
            } else {
                Err(Odd)
            }
        }
    }
}

/// A time of day (TM): `09:15`, `09:15:02.5`, with its offset where it has one.
fn clock(text: &[u8], out: &mut Vec<u8>) -> Sure<()> {
    let (local, offset) = split_offset(text)?;
    let (digits, fraction) = split_fraction(local)?;
    if !matches!(digits.len(), 2 | 4 | 6) || (!fraction.is_empty() && digits.len() < 6) {
        return Err(Odd);
    }
    two(digits, 24)?;
    out.extend_from_slice(&digits[..2]);
    for pair in digits[2..].chunks(2) {
        two(pair, 60)?;
        out.push(b':');
        out.extend_from_slice(pair);
    }
    if digits.len() == 2 {
        out.extend_from_slice(b":00");
    }
    add_fraction(fraction, out);
    if let [sign, rest @ ..] = offset {
        out.push(*sign);
        out.extend_from_slice(&rest[..2]);
        out.push(b':');
        out.extend_from_slice(&rest[2..]);
    }
    Ok(())
}

fn add_fraction(fraction: &[u8], out: &mut Vec<u8>) {
    if !fraction.is_empty() {
        out.push(b'.');
        out.extend_from_slice(fraction);
    }
}

/// A DTM with the precision it has; an instant gets its offset, or that of the zone.
pub fn moment(text: &str, zone: &mut Zone, out: &mut Vec<u8>) -> Sure<()> {
    let (local, offset) = split_offset(text.as_bytes())?;
    let (digits, fraction) = split_fraction(local)?;
    let size = digits.len();
    if !matches!(size, 4 | 6 | 8 | 10 | 12 | 14) || !digits.iter().all(u8::is_ascii_digit) || (!fraction.is_empty() && size < 14) {
        return Err(Odd);
    }
    let year = two(digits, 100)? * 100 + two(&digits[2..], 100)?;
    if year == 0 {
        return Err(Odd);
    }
    out.extend_from_slice(&digits[..4]);
    if size == 4 {
        return Ok(());
    }
    let month = two(&digits[4..], 13)?;
    if month == 0 {
        return Err(Odd);
    }
    add_part(b'-', &digits[4..6], out);
    if size == 6 {
        return Ok(());
    }
    let date = day(year, month, two(&digits[6..], 32)?).ok_or(Odd)?;
    add_part(b'-', &digits[6..8], out);
    if size == 8 {
        return Ok(());
    }
    if !(FIRST..=LAST).contains(&year) {
        return Err(Odd);
    }
    two(&digits[8..], 24)?;
    add_part(b'T', &digits[8..10], out);
    if size == 10 {
        out.extend_from_slice(b":00");
    }
    for pair in digits[10..].chunks(2) {
        two(pair, 60)?;
        add_part(b':', pair, out);
    }
    add_fraction(fraction, out);
    if offset.is_empty() {
        out.extend_from_slice(zone.offset(date, digits)?);
    } else {
        out.extend_from_slice(&fixed_offset(offset)?);
    }
    Ok(())
}

fn add_part(mark: u8, digits: &[u8], out: &mut Vec<u8>) {
    out.push(mark);
    out.extend_from_slice(digits);
}

/// `+0100` as `+01:00`. Odd for an offset that no place has.
pub fn fixed_offset(text: &[u8]) -> Sure<[u8; 6]> {
    let (hours, minutes) = (two(&text[1..], 15)?, two(&text[3..], 60)?);
    let sign = if hours + minutes == 0 { b'+' } else { text[0] };
    Ok([sign, text[1], text[2], b':', text[3], text[4]])
}

/// RFC 3339 time of a DTM, a day alone at 00:00 in the zone; "" when less than a day.
pub fn instant(text: &str, zone: &mut Zone, out: &mut String) -> Sure<()> {
    let text = super::text::strip(text);
    let mut said = Vec::with_capacity(40);
    if text.is_empty() {
        return Ok(());
    }
    moment(text, zone, &mut said)?;
    match said.len() {
        0..10 => return Ok(()),
        10 => {
            let digits = text.get(..8).ok_or(Odd)?;
            said.clear();
            moment(&format!("{digits}000000"), zone, &mut said)?;
        }
        _ if said[16] != b':' => {
            said.splice(16..16, *b":00");
        }
        _ => {}
    }
    out.push_str(std::str::from_utf8(&said).map_err(|_| Odd)?);
    Ok(())
}
