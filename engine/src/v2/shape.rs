//! What the orders of a message stand below, told by the order of its segments alone.

use crate::v2::Segment;

/// "specimen" or "container" where that comes before its orders; "" where it follows them, or all that come before are those of each order.
pub fn shape_of(segments: &[Segment]) -> &'static str {
    if !segments.iter().any(|segment| matches!(&segment.tag, b"SPM" | b"SAC")) {
        return "";
    }
    let letters: String = segments.iter().filter_map(|segment| letter(segment.tag)).collect();
    let Some((before, after)) = letters.split_once('O') else { return "" };
    if before.is_empty() || (before.matches('S').count() > 1 && !after.contains(['S', 'C'])) {
        return "";
    }
    let alone = !before.contains('S') || (letters.contains("OC") && !letters.contains("CC"));
    if alone {
        "container"
    } else {
        "specimen"
    }
}

fn letter(tag: [u8; 3]) -> Option<char> {
    match &tag {
        b"SPM" => Some('S'),
        b"SAC" => Some('C'),
        b"ORC" | b"OBR" => Some('O'),
        _ => None,
    }
}
