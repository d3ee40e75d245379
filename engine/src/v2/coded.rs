//! Coded values: the codes of each repetition, and what they say in words.

use super::made::{lines, write_key, write_list, Made};
use super::observations::filled;
use super::text::{split, unescape, write_string, NULL};
use super::{Message, Segment, Sure};

const INFORMATION: usize = 13;
/// Components of CWE by their names in events.
pub const CODED: [&str; 22] = [
    "code",
    "text",
    "system",
    "alternate_code",
    "alternate_text",
    "alternate_system",
    "version",
    "alternate_version",
    "original_text",
    "second_alternate_code",
    "second_alternate_text",
    "second_alternate_system",
    "second_alternate_version",
    "system_id",
    "value_set_id",
    "value_set_version",
    "alternate_system_id",
    "alternate_value_set_id",
    "alternate_value_set_version",
    "second_alternate_system_id",
    "second_alternate_value_set_id",
    "second_alternate_value_set_version",
];

/// OBR-13: words of each repetition, and the codes of those that have more than words.
pub fn coded_text(message: &Message, segment: &Segment, made: &mut Made) -> Sure<()> {
    let Some(field) = filled(message, segment, INFORMATION) else { return Ok(()) };
    let text = message.text(field);
    if text == NULL {
        return made.json("clinical_information", b"[null]");
    }
    let codes = codes_of(text)?;
    if codes.iter().any(|code| !code.words.is_empty()) {
        made.put("clinical_information", |out, _| {
            write_list(codes.iter().filter(|code| !code.words.is_empty()), out, |code, out| {
                write_string(&code.words, out);
                Ok(())
            })
        })?;
    }
    write_codes("clinical_codes", &codes, 2, made)
}

/// A code of one repetition: its JSON, how many components say something, and what it says in words.
struct Code {
    json: Vec<u8>,
    filled: usize,
    words: String,
}

fn codes_of(text: &str) -> Sure<Vec<Code>> {
    split(text, b'~').map(code_of).collect()
}

fn code_of(raw: &str) -> Sure<Code> {
    let mut code = Code { json: Vec::with_capacity(2 * raw.len() + 32), filled: 0, words: String::new() };
    let mut scratch = String::new();
    let mut rank = 0;
    code.json.push(b'{');
    for (name, part) in CODED.iter().zip(split(raw, b'^')).filter(|(_, part)| !part.is_empty()) {
        write_key(name, 0, &mut code.json);
        code.filled += 1;
        if part == NULL {
            code.json.extend_from_slice(b"null");
            continue;
        }
        let read = unescape(part, &mut scratch)?;
        write_string(read, &mut code.json);
        let better = match *name {
            "text" => 3,
            "original_text" => 2,
            "code" => 1,
            _ => 0,
        };
        if better > rank && !read.is_empty() {
            rank = better;
            code.words.clear();
            code.words.push_str(read);
        }
    }
    code.json.push(b'}');
    Ok(code)
}

/// Those codes of which at least so many components say something.
fn write_codes(key: &'static str, codes: &[Code], least: usize, made: &mut Made) -> Sure<()> {
    if codes.iter().all(|code| code.filled < least) {
        return Ok(());
    }
    made.put(key, |out, _| {
        write_list(codes.iter().filter(|code| code.filled >= least), out, |code, out| {
            out.extend_from_slice(&code.json);
            Ok(())
        })
    })
}

/// CE, CWE, CNE, CF, IS, ID: the codes, and what they say in words.
pub fn coded(text: &str, made: &mut Made) -> Sure<()> {
    let codes = codes_of(text)?;
    let words = lines(codes.iter().map(|code| code.words.as_str()).filter(|words| !words.is_empty()), |words, whole| {
        whole.push_str(words);
        Ok(())
    })?;
    if !words.is_empty() {
        made.string("value", &words)?;
    }
    write_codes("codes", &codes, 1, made)
}
