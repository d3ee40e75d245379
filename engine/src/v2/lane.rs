//! What Python sees: programs, and the lane that reads messages under them.

use crate::v2::checks::Checks;
use crate::v2::event::One;
use crate::v2::keys::{patient_key, Identifier};
use crate::v2::machine::{Emit, Machine};
use crate::v2::program;
use crate::v2::reader::{message_type, part, Desk};
use crate::v2::rows::Shared;
use crate::v2::segments::{Limits, Split};
use crate::v2::shape::shape_of;
use crate::v2::values::{instant, Zone};
use crate::v2::{Message, Odd, Sure};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple, PyType};
use std::collections::HashMap;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex};

/// Message types, events and names of character sets that a lane remembers.
const MOST_REMEMBERED: usize = 512;
/// Bytes of a name that is remembered; no real one is so long.
const LONGEST_REMEMBERED: usize = 256;
/// Bytes of a message whose room is used again.
const MOST_KEPT: usize = 1 << 18;
const SENT: usize = 7;
const PROCESSING: usize = 11;
const CHARSET: usize = 18;

/// What the programs of a process share.
#[pyclass(frozen)]
pub struct V2Programs(Arc<Mutex<Shared>>);

/// A program. ValueError when it asks for something that this engine lacks.
#[pyclass(frozen)]
pub struct V2Program(Arc<Machine>);

#[pymethods]
impl V2Programs {
    #[new]
    fn new() -> V2Programs {
        V2Programs(Arc::default())
    }

    fn made(&self, program: &[u8], rules: &[u8], hash: &str) -> PyResult<V2Program> {
        match catch_unwind(AssertUnwindSafe(|| program::machine(program, rules, hash, &self.0))) {
            Ok(Ok(machine)) => Ok(V2Program(Arc::new(machine))),
            Ok(Err(refusal)) => Err(PyValueError::new_err(refusal)),
            Err(_) => Err(PyValueError::new_err("the program cannot be made ready")),
        }
    }
}

/// Reads messages of one site.
#[pyclass(frozen)]
pub struct V2Lane {
    hooks: Hooks,
    version: String,
    charset: String,
    limits: Limits,
    state: Mutex<State>,
}

/// What is asked of Python, once each.
struct Hooks {
    /// The class of events.
    event: Py<PyType>,
    /// (message type, trigger, shape) -> program, or None.
    program: Py<PyAny>,
    /// event -> attributes as they all have them.
    attributes: Py<PyAny>,
    /// MSH-18 -> name of the codec, None for an unknown one.
    codec: Py<PyAny>,
}

/// What is remembered from message to message, and room that is used again.
struct State {
    machines: HashMap<String, Option<Arc<Machine>>>,
    codecs: HashMap<String, Option<String>>,
    attributes: HashMap<String, Py<PyDict>>,
    zone: Zone,
    checks: Checks,
    split: Split,
    desk: Desk,
    time: String,
}

/// Events, whether neither reading nor a check has anything to say, whether the patient's identifier is missing, whether it is guessed.
type Answer<'py> = (Bound<'py, PyList>, bool, bool, bool);

/// Whose bytes a message is.
struct Owner<'a> {
    site: &'a str,
    receipt: &'a str,
    source: &'a Bound<'a, PyString>,
    usage: &'a str,
}

#[pymethods]
impl V2Lane {
    #[new]
    #[pyo3(signature = (*, event, program, attributes, codec, offset, ask, version, charset, limits))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        event: Py<PyType>,
        program: Py<PyAny>,
        attributes: Py<PyAny>,
        codec: Py<PyAny>,
        offset: Py<PyAny>,
        ask: Py<PyAny>,
        version: String,
        charset: String,
        limits: (usize, usize),
    ) -> PyResult<V2Lane> {
        let offset_of = move |digits: &str| Python::attach(|py| offset.call1(py, (digits,)).and_then(|found| found.extract(py)).ok().flatten());
        let asked = move |what: &str, parts: &[&str]| {
            Python::attach(|py| ask.call1(py, (what, parts.to_vec())).and_then(|found| found.extract::<Option<Vec<u8>>>(py)).ok().flatten())
        };
        let state = State {
            machines: HashMap::new(),
            codecs: HashMap::new(),
            attributes: HashMap::new(),
            zone: Zone::new(Box::new(offset_of)),
            checks: Checks::new(Box::new(asked)).map_err(PyValueError::new_err)?,
            split: Split::default(),
            desk: Desk::default(),
            time: String::new(),
        };
        let hooks = Hooks { event, program, attributes, codec };
        let limits = Limits { segments: limits.0, fields: limits.1 };
        Ok(V2Lane { hooks, version, charset, limits, state: Mutex::new(state) })
    }

    /// The message in `raw`, which is byte `offset` of the file, as (events, whether neither reading nor a check has anything to say, whether the
    /// patient's identifier is missing, whether it is guessed). None when it is not surely what Python makes of it.
    #[allow(clippy::too_many_arguments)]
    fn read<'py>(
        &self,
        py: Python<'py>,
        raw: &[u8],
        offset: u64,
        site: &str,
        receipt: &str,
        source: &Bound<'py, PyString>,
        usage: &str,
    ) -> PyResult<Option<Answer<'py>>> {
        let Ok(mut state) = self.state.try_lock() else { return Ok(None) };
        let owner = Owner { site, receipt, source, usage };
        let read = catch_unwind(AssertUnwindSafe(|| self.message(py, &mut state, raw, offset, &owner)));
        Ok(read.unwrap_or(Err(Odd)).ok())
    }
}

impl V2Lane {
    fn message<'py>(&self, py: Python<'py>, state: &mut State, raw: &[u8], offset: u64, owner: &Owner<'_>) -> Sure<Answer<'py>> {
        let text = std::str::from_utf8(raw).map_err(|_| Odd)?;
        state.split.read(text, self.limits)?;
        let split = std::mem::take(&mut state.split);
        let message = Message { text, offset, segments: &split.segments, fields: &split.fields };
        let made = self.read_split(py, state, &message, owner);
        if raw.len() <= MOST_KEPT {
            state.split = split;
        } else {
            state.desk = Desk::default();
        }
        made
    }

    fn read_split<'py>(&self, py: Python<'py>, state: &mut State, message: &Message<'_>, owner: &Owner<'_>) -> Sure<Answer<'py>> {
        let codec = self.codec(py, state, message)?;
        let (kind, trigger) = message_type(message)?;
        let Some(machine) = self.machine(py, state, (&kind, &trigger, shape_of(message.segments)))? else { return Err(Odd) };
        let emits = machine.emits(&trigger);
        if emits.is_empty() {
            return Err(Odd);
        }
        let sent = part(message, SENT, 1);
        state.zone.begin(sent)?;
        state.time.clear();
        instant(sent, &mut state.zone, &mut state.time)?;
        state.desk.read(&machine, emits, message, &mut state.zone, (&codec, owner.receipt))?;
        if state.desk.made.list.is_empty() {
            return Err(Odd);
        }
        let usage = match owner.usage {
            "" if part(message, PROCESSING, 1) == "P" => "production",
            "" => "test",
            said => said,
        };
        let events = self.events(py, state, emits, owner, usage).map_err(|_| Odd)??;
        let clean = message.text.ends_with(['\r', '\n']) && state.checks.clean(message, &self.version);
        Ok((events, clean, state.desk.made.missing, state.desk.made.guessed))
    }

    /// Name of the set that the message is in.
    fn codec(&self, py: Python<'_>, state: &mut State, message: &Message<'_>) -> Sure<String> {
        let said = message.field(&message.segments[0], CHARSET).map_or("", |field| message.text(field));
        let name = if self.charset.is_empty() { said } else { &self.charset };
        let found = match state.codecs.get(name) {
            Some(found) => found.clone(),
            None => {
                let found: Option<String> = self.hooks.codec.call1(py, (name,)).and_then(|found| found.extract(py)).map_err(|_| Odd)?;
                remember(&mut state.codecs, name, &found);
                found
            }
        };
        let found = found.ok_or(Odd)?;
        let ascii = message.text.is_ascii();
        match found.as_str() {
            "" if ascii => Ok("ascii".into()),
            "utf-8" => Ok(found),
            _ if ascii => Ok(found),
            _ => Err(Odd),
        }
    }

    fn machine(&self, py: Python<'_>, state: &mut State, about: (&str, &str, &str)) -> Sure<Option<Arc<Machine>>> {
        let (kind, trigger, shape) = about;
        let name = format!("{kind}^{trigger} {shape}");
        if let Some(found) = state.machines.get(&name) {
            return Ok(found.clone());
        }
        let found = self.hooks.program.call1(py, about).map_err(|_| Odd)?;
        let found: Option<Py<V2Program>> = found.extract(py).map_err(|_| Odd)?;
        let found = found.map(|program| Arc::clone(&program.get().0));
        remember(&mut state.machines, &name, &found);
        Ok(found)
    }

    fn events<'py>(&self, py: Python<'py>, state: &mut State, emits: &[Emit], owner: &Owner<'_>, usage: &str) -> PyResult<Sure<Bound<'py, PyList>>> {
        let names =
            NAMES.get_or_init(py, || ["id", "source", "subject", "partitionkey", "usage", "time"].map(|name| PyString::intern(py, name).unbind()));
        let [id, source, subject, partition, use_, time] = names;
        let make = NEW.get_or_try_init(py, || py.get_type::<PyTuple>().getattr("__new__").map(Bound::unbind))?.bind(py);
        let (usage, sent) = (PyString::new(py, usage), PyString::new(py, &state.time));
        let receipt = PyString::new(py, owner.receipt);
        let mut known: Option<(&Identifier, Bound<'_, PyString>)> = None;
        let list = PyList::empty(py);
        for One { emit, offset, start, end, patient } in &state.desk.made.list {
            let emit = &emits[*emit];
            let key = match (patient, &known) {
                (None, _) => receipt.clone(),
                (Some(whose), Some((held, key))) if whose == *held => key.clone(),
                (Some(whose), _) => {
                    let Ok(key) = patient_key(owner.site, whose) else { return Ok(Err(Odd)) };
                    let key = PyString::new(py, std::str::from_utf8(&key)?);
                    known = Some((whose, key.clone()));
                    key
                }
            };
            let attributes = match state.attributes.get(&emit.event) {
                Some(found) => found.bind(py).copy()?,
                None => {
                    let found: Py<PyDict> = self.hooks.attributes.call1(py, (&emit.event,))?.extract(py)?;
                    let copy = found.bind(py).copy()?;
                    state.attributes.insert(emit.event.clone(), found);
                    copy
                }
            };
            attributes.set_item(id, format!("{}.{offset}.{}", owner.receipt, emit.event))?;
            attributes.set_item(source, owner.source)?;
            attributes.set_item(subject, &key)?;
            attributes.set_item(partition, &key)?;
            attributes.set_item(use_, &usage)?;
            if state.time.is_empty() {
                attributes.del_item(time)?;
            } else {
                attributes.set_item(time, &sent)?;
            }
            let data = PyBytes::new(py, &state.desk.made.json[*start..*end]);
            let fields = (attributes, data, PyString::intern(py, &emit.topic), *offset).into_pyobject(py)?;
            list.append(make.call1((&self.hooks.event, fields))?)?;
        }
        Ok(Ok(list))
    }
}

static NAMES: PyOnceLock<[Py<PyString>; 6]> = PyOnceLock::new();
static NEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn remember<T: Clone>(held: &mut HashMap<String, T>, name: &str, found: &T) {
    if name.len() > LONGEST_REMEMBERED {
        return;
    }
    if held.len() >= MOST_REMEMBERED {
        held.clear();
    }
    held.insert(name.to_owned(), found.clone());
}
