//! Short texts as numbers, so that tags, qualifiers and code lists are compared at once.

/// A text of at most eight bytes as a number; longer ones share 0, as does the empty text. No text holds NUL.
pub fn packed(text: &[u8]) -> u64 {
    if text.len() > 8 {
        return 0;
    }
    text.iter().fold(0, |sum, &c| sum << 8 | u64::from(c))
}

/// A small map from packed texts to numbers, by open addressing.
#[derive(Clone, Default)]
pub struct Codes {
    slots: Vec<(u64, u16)>,
}

impl Codes {
    pub fn new(pairs: &[(u64, u16)]) -> Codes {
        let size = (pairs.len() * 2 + 1).next_power_of_two();
        let mut codes = Codes { slots: vec![(0, 0); size] };
        for &(code, number) in pairs {
            let mut at = codes.place(code);
            while codes.slots[at].0 != 0 && codes.slots[at].0 != code {
                at = (at + 1) & (size - 1);
            }
            codes.slots[at] = (code, number);
        }
        codes
    }

    /// The codes.
    pub fn list(&self) -> impl Iterator<Item = u64> + '_ {
        self.slots.iter().map(|slot| slot.0).filter(|&code| code != 0)
    }

    fn place(&self, code: u64) -> usize {
        let mixed = code.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 40) as usize & (self.slots.len() - 1)
    }

    pub fn get(&self, code: u64) -> Option<u16> {
        if code == 0 || self.slots.is_empty() {
            return None;
        }
        let mut at = self.place(code);
        loop {
            let (held, number) = self.slots[at];
            if held == code {
                return Some(number);
            }
            if held == 0 {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}
