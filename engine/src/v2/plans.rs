//! What the fields of a segment of one tag and version are held against.

use super::forms::{escapes_right, form, has_form, without_blanks, Form};
use super::text::NULL;
use super::{Message, Segment, COMPONENT, CONTROL, ESCAPE, REPETITION, SUBCOMPONENT};
use crate::codes::{packed, Codes};
use serde_json::Value;

/// The most bytes of a code that is looked up.
const CODE: usize = 8;

/// What a field must be like, repetition by repetition.
#[derive(Default)]
pub struct Rule {
    /// MSH-1 and MSH-2, which hold no text.
    header: bool,
    required: bool,
    repeats: bool,
    /// The most that it may have; 0: no limit, and nothing is judged.
    components: usize,
    form: Option<Form>,
    inner: Vec<Option<Form>>,
    codes: Option<Codes>,
    /// The most characters; 0: no limit.
    length: usize,
    /// A text without components and repetitions cannot be wrong.
    easy: bool,
}

impl Rule {
    /// Of an observation's value.
    pub fn of_form(form: Form) -> Rule {
        Rule { repeats: true, components: 1, form: Some(form), ..Rule::default() }
    }

    fn new(row: &Value) -> Option<Rule> {
        let named = |value: &Value| match value.as_str()? {
            "" => Some(None),
            name => form(name).map(Some),
        };
        let number = |name: &str| usize::try_from(row[name].as_u64()?).ok();
        let codes = match &row["codes"] {
            Value::Null => None,
            given => Some(codes_of(given)?),
        };
        let mut rule = Rule {
            header: row["header"].as_bool()?,
            required: row["required"].as_bool()?,
            repeats: row["repeats"].as_bool()?,
            components: number("components")?,
            form: named(&row["form"])?,
            inner: row["inner"].as_array()?.iter().map(named).collect::<Option<_>>()?,
            codes,
            length: number("length")?,
            easy: false,
        };
        let limited = rule.components == 1 && rule.length > 0;
        rule.easy = rule.components == 0 || (rule.form.is_none() && rule.codes.is_none() && rule.inner.is_empty() && !limited);
        Some(rule)
    }

    /// Whether nothing is wrong with a text that is not empty; `marks` say which kinds of bytes are in it.
    pub fn clean(&self, text: &[u8], marks: u8) -> bool {
        if self.header {
            return true;
        }
        if marks & CONTROL != 0 && text.iter().any(|&c| c == 0x7f || (c < 0x20 && !matches!(c, b'\t' | b'\n' | b'\r'))) {
            return false;
        }
        if marks & ESCAPE != 0 && !escapes_right(text) {
            return false;
        }
        if marks & REPETITION == 0 {
            return (self.easy && marks & COMPONENT == 0) || self.one_clean(text, marks);
        }
        self.repeats && split(text, b'~').all(|one| one.is_empty() || self.one_clean(one, marks))
    }

    /// One repetition.
    fn one_clean(&self, text: &[u8], marks: u8) -> bool {
        if self.components == 0 {
            return true;
        }
        let first = if marks & COMPONENT == 0 { text } else { before(text, b'^') };
        if let Some(form) = self.form {
            if !part_clean(form, first, marks) {
                return false;
            }
        } else if let Some(codes) = &self.codes {
            let code = without_blanks(first);
            if !code.is_empty() && code != NULL.as_bytes() && (code.len() > CODE || codes.get(packed(code)).is_none()) {
                return false;
            }
        } else if self.components == 1 && self.length > 0 && first.len() > self.length && characters(first) > self.length {
            return false;
        }
        if marks & COMPONENT == 0 {
            return self.inner.first().copied().flatten().is_none_or(|form| part_clean(form, text, marks));
        }
        split(text, b'^').enumerate().all(|(at, part)| {
            let form = self.inner.get(at).copied().flatten();
            part.is_empty() || (at < self.components && form.is_none_or(|form| part_clean(form, part, marks)))
        })
    }
}

fn part_clean(form: Form, text: &[u8], marks: u8) -> bool {
    has_form(form, if marks & SUBCOMPONENT == 0 { text } else { before(text, b'&') })
}

fn split(text: &[u8], mark: u8) -> impl Iterator<Item = &[u8]> {
    text.split(move |&c| c == mark)
}

fn before(text: &[u8], mark: u8) -> &[u8] {
    split(text, mark).next().unwrap_or_default()
}

/// How many characters the bytes of a text in UTF-8 are.
fn characters(text: &[u8]) -> usize {
    text.iter().filter(|&&c| c & 0xc0 != 0x80).count()
}

/// `None` when one is too long to be looked up.
fn codes_of(given: &Value) -> Option<Codes> {
    let texts: Vec<&str> = given.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
    let held: Vec<(u64, u16)> = texts.iter().map(|code| (packed(code.as_bytes()), 1)).collect();
    held.iter().all(|(code, _)| *code != 0).then(|| Codes::new(&held))
}

/// The rules of a segment by number, from 1.
pub struct Plan {
    rules: Vec<Rule>,
    /// The last field that must be there.
    required: usize,
}

impl Plan {
    pub fn new(rows: &Value) -> Option<Plan> {
        let rules: Vec<Rule> = rows.as_array()?.iter().map(Rule::new).collect::<Option<_>>()?;
        let required = rules.iter().rposition(|rule| rule.required).map_or(0, |at| at + 1);
        Some(Plan { rules, required })
    }

    /// Whether nothing is wrong with the fields of a segment; one that no version has is not judged.
    pub fn clean(&self, message: &Message, segment: &Segment) -> bool {
        let fields = message.of(segment).get(1..).unwrap_or_default();
        if self.rules.is_empty() {
            return true;
        }
        if fields.len() < self.required {
            return false;
        }
        let (held, extra) = fields.split_at(fields.len().min(self.rules.len()));
        extra.iter().all(|field| field.is_empty())
            && held.iter().zip(&self.rules).all(|(&field, rule)| {
                if field.is_empty() {
                    !rule.required
                } else {
                    rule.clean(message.text(field).as_bytes(), field.marks)
                }
            })
    }
}
