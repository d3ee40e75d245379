//! Runs the programs of Clearplane: clean items of an X12 transaction set, and HL7 v2 messages, to event JSON. All else is read in Python.

#![forbid(unsafe_code)]

mod checks;
mod clear;
mod codes;
mod event;
mod facts;
mod lane;
mod machine;
mod marks;
mod pattern;
mod program;
mod reader;
mod rows;
mod text;
mod tree;
mod v2;

use crate::lane::{Fields, Frame, Heading, Limits, Slot, State, Stop};
use crate::tree::Value;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple, PyType};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

/// A program under one component separator. ValueError when it asks for something that this engine lacks.
#[pyclass(frozen)]
struct Machine(Arc<machine::Machine>);

#[pymethods]
impl Machine {
    #[new]
    fn new(program: &[u8], component: u8, partial: bool, facts: &[u8]) -> PyResult<Machine> {
        let made = catch_unwind(|| program::machine(program, component, partial, facts));
        match made {
            Ok(Ok(machine)) => Ok(Machine(Arc::new(machine))),
            Ok(Err(refusal)) => Err(PyValueError::new_err(refusal)),
            Err(_) => Err(PyValueError::new_err("the program cannot be made ready")),
        }
    }

    /// Segment lines under one qualifier, and how many of them this engine cannot read.
    fn readers(&self) -> (usize, usize) {
        (self.0.readers.len(), self.0.readers.iter().filter(|reader| reader.odd).count())
    }
}

type FrameData = (usize, u32, Vec<(u16, u16)>, Vec<(u16, u32)>, u32, u64, Vec<u8>, bool);
type StateData = (Vec<FrameData>, Vec<(String, Vec<u8>)>, Vec<(u16, Vec<Vec<u8>>)>, Vec<(u16, u64)>, u64, u32);

/// Reads one chunk of a set.
#[pyclass]
struct Lane {
    lane: lane::Lane,
    event: Py<PyType>,
    attributes: Option<Py<PyDict>>,
}

#[pymethods]
impl Lane {
    #[new]
    #[pyo3(signature = (machine, *, delimiters, usage, uses, common, provenance, site, receipt, limits, event))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        machine: &Machine,
        delimiters: (u8, u8),
        usage: String,
        uses: Vec<(String, String)>,
        common: Vec<u8>,
        mut provenance: Vec<u8>,
        site: String,
        receipt: String,
        limits: (usize, u32),
        event: Py<PyType>,
    ) -> Lane {
        provenance.pop();
        let uses = uses.into_iter().map(|(code, name)| (code.into_bytes(), name)).collect();
        let heading = Heading { usage, uses, common, provenance, site: site.into_bytes(), receipt };
        let lane = lane::Lane {
            machine: Arc::clone(&machine.0),
            heading,
            limits: Limits { segment: limits.0, item: limits.1 },
            element: delimiters.0,
            plain: false,
            terminator: delimiters.1,
            state: State::default(),
            header_changed: true,
            totals: Vec::new(),
            item: lane::Item::default(),
            made: event::Made::default(),
            memory: facts::Memory::default(),
            parts: Vec::new(),
        };
        Lane { lane, event, attributes: None }
    }

    /// Go on from this state. ValueError when it holds something unknown here.
    fn take(&mut self, state: StateData) -> PyResult<()> {
        self.lane.state = state_of(&self.lane.machine, state).ok_or_else(|| PyValueError::new_err("the state is not known"))?;
        self.lane.header_changed = true;
        Ok(())
    }

    /// The state between the items, for whoever goes on.
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
        let machine = &self.lane.machine;
        let state = &self.lane.state;
        let mut frames = Vec::new();
        for frame in &state.frames {
            let base = frame.base as usize;
            let counts = &state.counts[base..base + machine.loops[frame.node as usize].children];
            let stood: Vec<(usize, u16)> = counts.iter().enumerate().filter(|(_, count)| count.0 > 0).map(|(at, count)| (at, count.0)).collect();
            let seen: Vec<(usize, u32)> = counts.iter().enumerate().filter(|(_, count)| count.1 > 0).map(|(at, count)| (at, count.1)).collect();
            frames.push((
                frame.node,
                frame.pos,
                stood,
                seen,
                frame.ordinal,
                frame.offset,
                String::from_utf8_lossy(&frame.hl).into_owned(),
                frame.leaf,
            ));
        }
        let mut context = Vec::new();
        for (slot, held) in machine.slots.iter().zip(&state.slots).filter(|(_, held)| held.there) {
            let mut json = Vec::new();
            held.tree.write(Value::Object(0), &machine.keys, &mut json);
            context.push((slot.name.as_str(), PyBytes::new(py, &json)));
        }
        let unmapped: Vec<(u16, Vec<Bound<'_, PyBytes>>)> =
            state.unmapped.iter().map(|(node, entries)| (*node, entries.iter().map(|entry| PyBytes::new(py, entry)).collect())).collect();
        let levels: Vec<(u16, u64)> = state.levels.clone();
        Ok((frames, context, unmapped, levels, state.hl_last, state.ordinal).into_pyobject(py)?.unbind())
    }

    /// (field, hundredths) of what the set adds up, since the last call, in the order in which the fields came.
    fn sums(&mut self) -> Vec<(String, i128)> {
        let emit = &self.lane.machine.emit;
        let totals = std::mem::take(&mut self.lane.totals);
        totals
            .into_iter()
            .filter_map(|(name, total)| emit.counted.iter().find(|(held, _)| *held == name).map(|(_, text)| (text.clone(), total)))
            .collect()
    }

    /// JSON of the set's own object.
    fn head_json<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let machine = &self.lane.machine;
        let mut json = Vec::new();
        if let Some(slot) = machine.loops[0].slot {
            self.lane.state.slots[slot as usize].tree.write(Value::Object(0), &machine.keys, &mut json);
        }
        PyBytes::new(py, &json)
    }

    /// Attributes of an event under the header, which those that follow share but for id, subject and partition key.
    fn head(&mut self, attributes: Py<PyDict>) {
        self.attributes = Some(attributes);
        self.lane.header_changed = false;
    }

    /// Offset, key and JSON of the first event under a header.
    fn first<'py>(&self, py: Python<'py>) -> PyResult<(u64, String, Bound<'py, PyBytes>)> {
        let made = &self.lane.made;
        match (&made.first, &made.list[..]) {
            (Some(key), [one]) => Ok((one.offset, String::from_utf8_lossy(key).into_owned(), PyBytes::new(py, &made.json))),
            _ => Err(PyRuntimeError::new_err("no event is the first")),
        }
    }

    /// Read `data`, which is byte `offset` of the file: bytes done with, why no more (0 all is read, 1 what follows is not clean, 2 there is one
    /// event under a new header, 3 go on), events. RuntimeError after a fault of this engine, with the state as it was before.
    fn run(&mut self, py: Python<'_>, data: &[u8], offset: u64, last: bool) -> PyResult<(usize, u8, Py<PyList>)> {
        let lane = &mut self.lane;
        let ran = py.detach(|| {
            lane.made.json.clear();
            lane.made.list.clear();
            lane.made.first = None;
            let (state, totals) = (lane.state.clone(), lane.totals.clone());
            catch_unwind(AssertUnwindSafe(|| lane.run(data, offset, last))).map_err(|_| {
                (lane.state, lane.totals) = (state, totals);
                lane.item = lane::Item::default();
            })
        });
        let Ok((done, stop)) = ran else { return Err(PyRuntimeError::new_err("the compiled engine failed")) };
        let why = match stop {
            Stop::End => 0,
            Stop::Unclean => 1,
            Stop::Header => 2,
            Stop::Again => 3,
        };
        let events = if stop == Stop::Header { PyList::empty(py).unbind() } else { self.events(py)? };
        Ok((done, why, events))
    }

    /// Where the first segment behind the one at `at` starts that may end an item; -1 when there is none.
    fn boundary(&self, data: &[u8], at: usize) -> isize {
        self.lane.boundary(data, at).map_or(-1, |at| at as isize)
    }
}

static NEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

impl Lane {
    fn events(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
        let list = PyList::empty(py);
        let made = &self.lane.made;
        if made.list.is_empty() {
            return Ok(list.unbind());
        }
        let Some(attributes) = &self.attributes else { return Err(PyRuntimeError::new_err("no attributes")) };
        let make = NEW.get_or_try_init(py, || py.get_type::<PyTuple>().getattr("__new__").map(Bound::unbind))?.bind(py);
        let attributes = attributes.bind(py);
        let (id, subject, partition) = (PyString::intern(py, "id"), PyString::intern(py, "subject"), PyString::intern(py, "partitionkey"));
        let emit = &self.lane.machine.emit;
        let topic = PyString::intern(py, &emit.topic);
        let receipt = PyString::new(py, &self.lane.heading.receipt);
        let mut start = 0;
        let mut text = String::new();
        for one in &made.list {
            text.clear();
            std::fmt::Write::write_fmt(&mut text, format_args!("{}.{}.{}", self.lane.heading.receipt, one.offset, emit.event))
                .map_err(|_| PyRuntimeError::new_err("no id"))?;
            let held = attributes.copy()?;
            held.set_item(&id, &text)?;
            let key = if one.keyed { PyString::new(py, std::str::from_utf8(&one.key)?) } else { receipt.clone() };
            held.set_item(&subject, &key)?;
            held.set_item(&partition, &key)?;
            let data = PyBytes::new(py, &made.json[start..one.end]);
            start = one.end;
            let fields = (held, data, &topic, one.offset).into_pyobject(py)?;
            list.append(make.call1((&self.event, fields))?)?;
        }
        Ok(list.unbind())
    }
}

/// `None` when a loop is inside an item or a field has no name here.
fn state_of(machine: &machine::Machine, data: StateData) -> Option<State> {
    let (frames, context, unmapped, levels, hl_last, ordinal) = data;
    let mut state = State { hl_last, ordinal, levels, unmapped, ..State::default() };
    state.slots.resize_with(machine.slots.len(), Slot::default);
    for (name, json) in context {
        let number = machine.slots.iter().position(|slot| slot.name == name)?;
        let slot = &mut state.slots[number];
        slot.tree.read(&json, &|name| machine.names.find(name))?;
        slot.there = true;
    }
    for (node, pos, stood, seen, ordinal, offset, hl, leaf) in frames {
        let held = machine.loops.get(node).filter(|held| !held.inside)?;
        let base = state.counts.len();
        state.counts.resize(base + held.children, (0, 0));
        for (child, count) in stood {
            state.counts.get_mut(base + child as usize)?.0 = count;
        }
        for (child, count) in seen {
            state.counts.get_mut(base + child as usize)?.1 = count;
        }
        let fields = held.slot.map_or(Fields::None, Fields::Slot);
        if held.slot.is_some_and(|slot| !state.slots[slot as usize].there) {
            return None;
        }
        state.frames.push(Frame { node: node as u16, pos, base: base as u32, ordinal, offset, fields, hl, leaf });
    }
    if state.levels.iter().any(|(node, _)| *node as usize >= machine.loops.len()) || state.frames.is_empty() {
        return None;
    }
    Some(state)
}

/// (position, tag, number of segments before it, -1 for a plain tag) of every segment of `data` that has one of these tags, and
/// (length, "", number of segments) at the end. Blank segments are none; `tags` are (tag, whether it is plain).
#[pyfunction]
fn find<'py>(py: Python<'py>, data: &[u8], delimiters: (u8, u8), tags: Vec<(Bound<'py, PyString>, bool)>) -> PyResult<Bound<'py, PyList>> {
    let names: Vec<&str> = tags.iter().map(|(tag, _)| tag.to_str()).collect::<PyResult<_>>()?;
    let codes: Vec<(u64, u16)> = names.iter().zip(0..).map(|(tag, at)| (codes::packed(tag.as_bytes()), at)).collect();
    if codes.iter().any(|(code, _)| *code == 0) {
        return Err(PyValueError::new_err("a tag is too long"));
    }
    let (found, count) = py.detach(|| marks::find(data, delimiters, &codes::Codes::new(&codes)));
    let list = PyList::empty(py);
    for (at, tag, before) in found {
        let (tag, plain) = &tags[tag as usize];
        list.append((at, tag, if *plain { -1 } else { before }))?;
    }
    list.append((data.len(), "", count))?;
    Ok(list)
}

#[pymodule]
fn clearplane_engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // a fault is caught where it happens, and its text may hold data of a patient
    std::panic::set_hook(Box::new(|_| ()));
    module.add("VERSION", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(find, module)?)?;
    module.add_function(wrap_pyfunction!(v2::v2_places, module)?)?;
    module.add_class::<Machine>()?;
    module.add_class::<Lane>()?;
    module.add_class::<v2::V2Program>()?;
    module.add_class::<v2::V2Programs>()?;
    module.add_class::<v2::V2Lane>()
}
