//! Where in a file a message, an envelope segment or a frame byte may be, for the first pass over it.

use memchr::{memchr2_iter, memmem};
use pyo3::prelude::*;

const NEEDLES: [&[u8]; 5] = [b"MSH", b"BHS", b"FHS", b"BTS", b"FTS"];
const FRAMES: (u8, u8) = (0x0b, 0x1c);

/// Where a mark may be in `window`, at or after `low` and before `high`, in order.
#[pyfunction]
pub fn v2_places(window: &[u8], low: usize, high: usize) -> Vec<usize> {
    let held = |size: usize| window.get(low..window.len().min(high + size - 1)).unwrap_or_default();
    let mut found: Vec<usize> = memchr2_iter(FRAMES.0, FRAMES.1, held(1)).collect();
    for needle in NEEDLES {
        found.extend(memmem::find_iter(held(needle.len()), needle));
    }
    found.iter_mut().for_each(|place| *place += low);
    found.sort_unstable();
    found
}
