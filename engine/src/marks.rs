//! Where segments of interest start in a stretch of bytes.

use crate::codes::{packed, Codes};

const LONGEST_TAG: usize = 8;

fn is_blank(c: u8) -> bool {
    matches!(c, b' ' | b'\t' | b'\r' | b'\n')
}

/// First byte of a packed tag.
fn first_of(tag: u64) -> usize {
    (tag >> (56 - tag.leading_zeros() / 8 * 8)) as usize & 0xff
}

/// (position, number of its tag, segments before it) of each, and how many segments end in the data. Blank segments do not count.
pub fn find(data: &[u8], (element, terminator): (u8, u8), tags: &Codes) -> (Vec<(usize, u16, i64)>, i64) {
    let (mut found, mut start, mut before) = (Vec::new(), 0, 0);
    let mut starts = [false; 256];
    tags.list().for_each(|tag| starts[first_of(tag)] = true);
    b" \t\r\n".iter().for_each(|&c| starts[usize::from(c)] = true);
    loop {
        let end = memchr::memchr(terminator, &data[start..]).map(|size| start + size);
        let segment = &data[start..end.unwrap_or(data.len())];
        if segment.first().is_some_and(|&c| !starts[usize::from(c)]) {
            let Some(end) = end else { return (found, before) };
            before += 1;
            start = end + 1;
            continue;
        }
        let lead = segment.iter().take_while(|&&c| is_blank(c)).count();
        let head = &segment[lead..segment.len().min(lead + LONGEST_TAG + 1)];
        let size = head.iter().position(|&c| c == element || is_blank(c)).unwrap_or(head.len());
        // Behind the tag come blanks at most before the first element, or the end.
        let after = segment[lead + size..].iter().find(|&&c| !is_blank(c));
        if size <= LONGEST_TAG && after.is_none_or(|&c| c == element) {
            if let Some(tag) = tags.get(packed(&head[..size])) {
                found.push((start + lead, tag, before));
            }
        }
        let Some(end) = end else { return (found, before) };
        before += i64::from(lead < segment.len());
        start = end + 1;
    }
}
