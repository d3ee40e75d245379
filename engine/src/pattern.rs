//! Forms of codes: characters, classes, groups and counts, matched against a whole short text by trying.

/// A part of a pattern that stands `least` to `most` times.
struct Piece {
    what: What,
    least: usize,
    most: usize,
}

enum What {
    Class(Box<[bool; 128]>),
    Group(Vec<Vec<Piece>>),
}

pub struct Pattern(Vec<Vec<Piece>>);

struct Source<'a> {
    text: &'a [u8],
    at: usize,
}

impl Pattern {
    /// `None` for what this does not know, such as looking ahead.
    pub fn new(text: &str) -> Option<Pattern> {
        let mut source = Source { text: text.as_bytes(), at: 0 };
        let choices = source.choices()?;
        (source.at == text.len()).then_some(Pattern(choices))
    }

    /// Whether the whole text has the form.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.0.iter().any(|pieces| follow(pieces, 0, text, &mut |rest| rest.is_empty()))
    }
}

/// The text begins with the pieces, the first of which stood `count` times already, and `then` takes what follows.
fn follow(pieces: &[Piece], count: usize, text: &[u8], then: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    let Some((piece, behind)) = pieces.split_first() else { return then(text) };
    if count < piece.most {
        let more = match &piece.what {
            What::Class(class) => match text.split_first() {
                Some((&c, rest)) if c < 128 && class[c as usize] => follow(pieces, count + 1, rest, then),
                _ => false,
            },
            What::Group(choices) => {
                choices.iter().any(|inner| follow(inner, 0, text, &mut |rest| rest.len() < text.len() && follow(pieces, count + 1, rest, then)))
            }
        };
        if more {
            return true;
        }
    }
    count >= piece.least && follow(behind, 0, text, then)
}

impl Source<'_> {
    fn next(&mut self) -> Option<u8> {
        let c = *self.text.get(self.at)?;
        self.at += 1;
        Some(c)
    }

    fn is_next(&mut self, wanted: &[u8]) -> bool {
        let there = self.text[self.at..].starts_with(wanted);
        self.at += if there { wanted.len() } else { 0 };
        there
    }

    fn choices(&mut self) -> Option<Vec<Vec<Piece>>> {
        let mut choices = vec![Vec::new()];
        while self.at < self.text.len() && self.text[self.at] != b')' {
            if self.is_next(b"|") {
                choices.push(Vec::new());
            } else {
                let piece = self.piece()?;
                choices.last_mut()?.push(piece);
            }
        }
        Some(choices)
    }

    fn piece(&mut self) -> Option<Piece> {
        let what = if self.is_next(b"(?:") {
            let choices = self.choices()?;
            if !self.is_next(b")") {
                return None;
            }
            What::Group(choices)
        } else {
            let mut class = Box::new([false; 128]);
            if self.is_next(b"[") {
                self.class(&mut class)?;
            } else if self.is_next(br"\d") {
                class[b'0' as usize..=b'9' as usize].fill(true);
            } else {
                match self.next()? {
                    c if c.is_ascii_alphanumeric() || c == b'-' => class[c as usize] = true,
                    _ => return None,
                }
            }
            What::Class(class)
        };
        let (least, most) = self.count()?;
        Some(Piece { what, least, most })
    }

    fn class(&mut self, class: &mut [bool; 128]) -> Option<()> {
        loop {
            let first = self.next()?;
            if first == b']' {
                return Some(());
            }
            let last = if self.is_next(b"-") { self.next()? } else { first };
            if !first.is_ascii_alphanumeric() || !last.is_ascii_alphanumeric() || last < first {
                return None;
            }
            class[first as usize..=last as usize].fill(true);
        }
    }

    fn count(&mut self) -> Option<(usize, usize)> {
        if self.is_next(b"?") {
            return Some((0, 1));
        }
        if !self.is_next(b"{") {
            return Some((1, 1));
        }
        let least = self.number()?;
        let most = if self.is_next(b",") { self.number()? } else { least };
        self.is_next(b"}").then_some((least, most))
    }

    fn number(&mut self) -> Option<usize> {
        let start = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        std::str::from_utf8(&self.text[start..self.at]).ok()?.parse().ok()
    }
}
