//! What is reached from where.

use crate::panics::readable;
use crate::relocations::{Linked, References, bound_name};
use anyhow::{Result, bail};
use std::collections::{BTreeMap, HashMap, HashSet};
use walrus::ir::{Call, RefFunc, ReturnCall, Visitor, dfs_in_order};
use walrus::{ElementItems, ElementKind, ExportItem, FunctionId, FunctionKind, Module, TableId};

/// A module with all that its parts refer to.
pub struct Graph<'a> {
    linked: &'a Linked,
    calls: HashMap<FunctionId, Vec<FunctionId>>,
    references: HashMap<FunctionId, &'a References>,
    /// What lies in the table of functions.
    pub slots: BTreeMap<u32, FunctionId>,
    /// The functions that begin the second part, by their names.
    pub doors: BTreeMap<String, FunctionId>,
}

/// What belongs together.
#[derive(Debug, Default, Clone)]
pub struct Part {
    /// Its functions.
    pub functions: HashSet<FunctionId>,
    /// Its places in the function table.
    pub slots: HashSet<u32>,
    /// Its constants and variables, indices of [`Linked::data`].
    pub data: HashSet<usize>,
}

impl<'a> Graph<'a> {
    /// Reads the module. Doors are the functions right below the path `doors`.
    ///
    /// # Errors
    /// When the module is not one that rustc and wasm-bindgen made.
    pub fn new(module: &Module, linked: &'a Linked, doors: &str) -> Result<Self> {
        let mut graph =
            Self { linked, calls: HashMap::new(), references: HashMap::new(), slots: slots(module)?, doors: BTreeMap::new() };
        for (id, function) in module.funcs.iter_local() {
            let mut called = Called::default();
            dfs_in_order(&mut called, function, function.entry_block());
            let is_trap = function.size() == 1 && called.0.is_empty();
            graph.calls.insert(id, called.0);
            let Some(name) = &module.funcs.get(id).name else { continue };
            match linked.functions.get(bound_name(name)) {
                Some(references) if !is_trap => drop(graph.references.insert(id, references)),
                Some(_) => {}
                None if is_of_wasm_bindgen(name) => {}
                None => bail!("what `{name}` refers to is not known: are both files of the same build?"),
            }
            if let Some(door) = readable(name).strip_prefix(doors)
                && door.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            {
                graph.doors.insert(door.to_owned(), id);
            }
        }
        Ok(graph)
    }

    /// All that these functions reach, without what only `closed` ones reach; those are not in it.
    pub fn reached(&self, from: impl IntoIterator<Item = FunctionId>, closed: &HashSet<FunctionId>) -> Part {
        let mut part = Part::default();
        let mut functions: Vec<FunctionId> = from.into_iter().collect();
        let mut data: Vec<usize> = Vec::new();
        loop {
            let references = if let Some(function) = functions.pop() {
                if closed.contains(&function) || !part.functions.insert(function) {
                    continue;
                }
                functions.extend(self.calls.get(&function).into_iter().flatten());
                self.references.get(&function).copied()
            } else if let Some(index) = data.pop() {
                Some(&self.linked.data[index].references)
            } else {
                return part;
            };
            let Some(references) = references else { continue };
            data.extend(references.data.iter().filter(|index| part.data.insert(**index)));
            for slot in &references.slots {
                part.slots.insert(*slot);
                functions.extend(self.slots.get(slot));
            }
        }
    }
}

impl Part {
    /// Takes away what another part has.
    pub fn subtract(&mut self, other: &Self) {
        self.functions.retain(|id| !other.functions.contains(id));
        self.slots.retain(|slot| !other.slots.contains(slot));
        self.data.retain(|index| !other.data.contains(index));
    }
}

/// Whether wasm-bindgen made the function: it refers to nothing in memory.
fn is_of_wasm_bindgen(name: &str) -> bool {
    name.ends_with(" shim") || name.starts_with("__wb") || name.contains("__wbg_")
}

/// What the module's host calls: exports, and what runs at the start.
pub fn roots(module: &Module) -> Vec<FunctionId> {
    let exported = module.exports.iter().filter_map(|export| match export.item {
        ExportItem::Function(id) => Some(id),
        _ => None,
    });
    exported.chain(module.start).collect()
}

/// The table through which functions are called.
///
/// # Errors
/// When there is none.
pub fn table(module: &Module) -> Result<TableId> {
    match module.tables.main_function_table()? {
        Some(table) => Ok(table),
        None => bail!("the module has no table of functions"),
    }
}

fn slots(module: &Module) -> Result<BTreeMap<u32, FunctionId>> {
    let table = table(module)?;
    let mut slots = BTreeMap::new();
    for element in module.elements.iter() {
        let ElementKind::Active { table: of, offset } = &element.kind else { continue };
        if *of != table {
            continue;
        }
        let (walrus::ConstExpr::Value(walrus::ir::Value::I32(base)), ElementItems::Functions(functions)) =
            (offset, &element.items)
        else {
            bail!("an element segment of a kind that the linker does not make")
        };
        slots.extend((*base as u32..).zip(functions.iter().copied()));
    }
    Ok(slots)
}

/// Whether it is imported from JavaScript.
pub fn is_import(module: &Module, id: FunctionId) -> bool {
    matches!(module.funcs.get(id).kind, FunctionKind::Import(_))
}

#[derive(Default)]
struct Called(Vec<FunctionId>);

impl Visitor<'_> for Called {
    fn visit_call(&mut self, call: &Call) {
        self.0.push(call.func);
    }
    fn visit_return_call(&mut self, call: &ReturnCall) {
        self.0.push(call.func);
    }
    fn visit_ref_func(&mut self, it: &RefFunc) {
        self.0.push(it.func);
    }
}
