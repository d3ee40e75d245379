//! Offsets of times without one: asked of whoever knows time zones, once a day of the calendar, and remembered.

use super::values::{fixed_offset, moment};
use super::{Odd, Sure};
use crate::facts::Mixed;
use std::collections::HashMap;

/// Tells the offset ("+01:00") of a local time (YYYYMMDDHHMM, with SS where asked so).
pub type Lookup = Box<dyn FnMut(&str) -> Option<String> + Send + Sync>;

/// Years whose instants are read here; at the ends of the calendar a zone may leave it.
pub const FIRST: u32 = 1900;
pub const LAST: u32 = 2100;
/// Before this year offsets have seconds, and change at any second.
const EXACT: u32 = 1980;
const REMEMBERED: usize = 1 << 12;
const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

type Offset = [u8; 6];

/// A day of the calendar: year, month, day.
pub type Day = (u32, u32, u32);

fn packed((year, month, day): Day) -> u64 {
    u64::from(year * 10_000 + month * 100 + day)
}

pub fn day(year: u32, month: u32, day: u32) -> Option<Day> {
    (1..=month_length(year, month)).contains(&day).then_some((year, month, day))
}

fn month_length(year: u32, month: u32) -> u32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    DAYS[month as usize - 1] + u32::from(leap && month == 2)
}

fn next((year, month, day): Day) -> Day {
    if day < month_length(year, month) {
        (year, month, day + 1)
    } else if month < 12 {
        (year, month + 1, 1)
    } else {
        (year + 1, 1, 1)
    }
}

/// The zone of a message's instants.
pub struct Zone {
    lookup: Lookup,
    /// Offset of the message, where its MSH-7 has one that the site has not at that time.
    fixed: Option<Offset>,
    /// Offset of a whole day, none where it changes in it.
    days: HashMap<u64, Option<Offset>, Mixed>,
    /// Offsets of days in which they change, by time.
    times: HashMap<Vec<u8>, Offset>,
    held: Offset,
}

impl Zone {
    pub fn new(lookup: Lookup) -> Zone {
        Zone { lookup, fixed: None, days: HashMap::default(), times: HashMap::new(), held: *b"+00:00" }
    }

    /// Begins a message with this MSH-7: the site's zone where that has no offset or agrees with it, else the offset of MSH-7.
    pub fn begin(&mut self, sent: &str) -> Sure<()> {
        self.fixed = None;
        let Some(at) = sent.find(['+', '-']) else { return Ok(()) };
        moment(sent, self, &mut Vec::new())?;
        let digits = &sent.as_bytes()[..at];
        if digits.len() < 10 {
            return Err(Odd);
        }
        let fixed = fixed_offset(&sent.as_bytes()[at..])?;
        let number = |range: std::ops::Range<usize>| digits[range].iter().fold(0, |sum, c| sum * 10 + u32::from(c - b'0'));
        let date = day(number(0..4), number(4..6), number(6..8)).filter(|date| date.0 >= EXACT).ok_or(Odd)?;
        if *self.offset(date, &digits[..10])? != fixed {
            self.fixed = Some(fixed);
        }
        Ok(())
    }

    /// Offset of a local time: digits from the year to the hour, minute or second.
    pub fn offset(&mut self, date: Day, digits: &[u8]) -> Sure<&Offset> {
        if let Some(fixed) = &self.fixed {
            self.held = *fixed;
        } else if date.0 < EXACT {
            self.held = self.at(digits, 14)?;
        } else {
            self.held = match self.whole(date)? {
                Some(offset) => offset,
                None => self.at(digits, 12)?,
            };
        }
        Ok(&self.held)
    }

    /// Offset of a day that begins as it ends: no zone has changed twice between, to come back, in these years.
    fn whole(&mut self, date: Day) -> Sure<Option<Offset>> {
        if let Some(&known) = self.days.get(&packed(date)) {
            return Ok(known);
        }
        let mut ends = [Offset::default(); 2];
        for (end, day) in ends.iter_mut().zip([date, next(date)]) {
            *end = self.ask(&format!("{:08}0000", packed(day)))?;
        }
        let found = (ends[0] == ends[1]).then_some(ends[0]);
        if self.days.len() >= REMEMBERED {
            self.days.clear();
        }
        self.days.insert(packed(date), found);
        Ok(found)
    }

    /// Offset at a time, with zeros for what is not said of it.
    fn at(&mut self, digits: &[u8], size: usize) -> Sure<Offset> {
        let mut time = digits.to_vec();
        time.resize(size, b'0');
        if let Some(&known) = self.times.get(&time) {
            return Ok(known);
        }
        let found = self.ask(std::str::from_utf8(&time).map_err(|_| Odd)?)?;
        if self.times.len() >= REMEMBERED {
            self.times.clear();
        }
        self.times.insert(time, found);
        Ok(found)
    }

    fn ask(&mut self, time: &str) -> Sure<Offset> {
        let found = (self.lookup)(time).ok_or(Odd)?;
        found.as_bytes().try_into().map_err(|_| Odd)
    }
}
