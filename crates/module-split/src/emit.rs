//! The two modules.

use crate::panics::trap;
use crate::reach::{self, Graph, Part};
use crate::relocations::Linked;
use anyhow::{Result, bail};
use std::collections::{BTreeMap, HashMap, HashSet};
use walrus::ir::{GlobalGet, GlobalSet, Value, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, DataKind, ElementItems, ElementKind, ExportItem, FunctionId, FunctionKind, GlobalId, GlobalKind, ImportedFunction,
    Module, ModuleConfig, TableId,
};

/// The module that the first imports its doors from.
pub const LATER: &str = "./later";
/// The module that the second imports everything of the first from.
pub const FIRST: &str = "./first";

/// Parses a module; two parsings of the same bytes number alike.
pub fn parse(bytes: &[u8]) -> Result<Module> {
    ModuleConfig::new().generate_producers_section(false).parse(bytes)
}

/// Takes away the exports of functions that no script calls: an export keeps alive all that it reaches.
pub fn keep_exports(module: &mut Module, called: &HashSet<&str>) {
    let is_dead =
        |export: &&walrus::Export| !called.contains(export.name.as_str()) && matches!(export.item, ExportItem::Function(_));
    let dead: Vec<_> = module.exports.iter().filter(is_dead).map(|export| export.id()).collect();
    dead.into_iter().for_each(|id| module.exports.delete(id));
}

/// Which function of one parsing is which of another.
pub struct Twin(HashMap<FunctionId, FunctionId>);

impl Twin {
    /// Of two parsings of the same bytes.
    pub fn of(one: &Module, other: &Module) -> Self {
        Self(one.funcs.iter().map(|it| it.id()).zip(other.funcs.iter().map(|it| it.id())).collect())
    }
    fn id(&self, id: FunctionId) -> FunctionId {
        self.0[&id]
    }
}

/// The first module: what the first part holds, with the second one's doors as imports, and what that needs as exports.
/// The second one's and nobody's places in the table and in memory are left empty.
pub fn first(mut module: Module, graph: &Graph<'_>, linked: &Linked, parts: [&Part; 2], needs: &Needs) -> Result<Module> {
    let [first, later] = parts;
    for (name, door) in &graph.doors {
        let ty = module.funcs.get(*door).ty();
        let import = module.imports.add(LATER, name, *door);
        module.funcs.get_mut(*door).kind = FunctionKind::Import(ImportedFunction { import, ty });
    }
    let hole = trap(&mut module, &[]);
    let hole = module.funcs.add_local(hole);
    // A function that only `later` calls through the table may be one that is called by its name here.
    let is_called = |slot: &u32| first.slots.contains(slot) || later.slots.contains(slot);
    let kept = graph.slots.iter().filter(|(slot, id)| is_called(slot) && first.functions.contains(id));
    let mut filled: BTreeMap<u32, FunctionId> = graph.slots.keys().map(|slot| (*slot, hole)).collect();
    filled.extend(kept.map(|(slot, id)| (*slot, *id)));
    let table = reach::table(&module)?;
    fill_table(&mut module, table, &filled)?;

    let is_covered = covered(linked, |_| true);
    let is_kept = covered(linked, |index| first.data.contains(&index));
    for data in memory_segments(&mut module)? {
        for (address, byte) in (data.0..).zip(&mut module.data.get_mut(data.1).value) {
            if is_covered(address) && !is_kept(address) {
                *byte = 0;
            }
        }
    }

    for (name, item) in &needs.exports {
        module.exports.add(name, *item);
    }
    clean(&mut module);
    Ok(module)
}

/// What the second module takes from the first.
pub struct Needs {
    /// New exports of the first.
    exports: BTreeMap<String, ExportItem>,
    functions: HashMap<FunctionId, String>,
    globals: HashMap<GlobalId, String>,
    tables: HashMap<TableId, String>,
    memory: String,
}

impl Needs {
    /// Looks for them.
    pub fn new(module: &Module, first: &Part, later: &Part) -> Result<Self> {
        let mut exports = BTreeMap::new();
        let known =
            |item: &dyn Fn(&ExportItem) -> bool| module.exports.iter().find(|it| item(&it.item)).map(|it| it.name.clone());
        let mut seen = Seen::default();
        let mut functions = HashMap::new();
        for id in sorted(module, &later.functions) {
            let FunctionKind::Local(function) = &module.funcs.get(id).kind else { continue };
            dfs_in_order(&mut seen, function, function.entry_block());
        }
        let taken: HashSet<FunctionId> =
            seen.functions.iter().copied().filter(|id| first.functions.contains(id) && !reach::is_import(module, *id)).collect();
        for id in sorted(module, &taken) {
            let name = known(&|item| matches!(item, ExportItem::Function(it) if *it == id)).unwrap_or_else(|| {
                let name = format!("function{}", functions.len());
                exports.insert(name.clone(), ExportItem::Function(id));
                name
            });
            functions.insert(id, name);
        }
        let mut globals = HashMap::new();
        for (index, global) in module.globals.iter().enumerate().filter(|(_, it)| seen.globals.contains(&it.id())) {
            let id = global.id();
            let name = known(&|item| matches!(item, ExportItem::Global(it) if *it == id)).unwrap_or_else(|| {
                let name = format!("global{index}");
                exports.insert(name.clone(), ExportItem::Global(id));
                name
            });
            globals.insert(id, name);
        }
        let mut tables = HashMap::new();
        for (index, table) in module.tables.iter().enumerate() {
            let id = table.id();
            let name = known(&|item| matches!(item, ExportItem::Table(it) if *it == id)).unwrap_or_else(|| {
                let name = format!("table{index}");
                exports.insert(name.clone(), ExportItem::Table(id));
                name
            });
            tables.insert(id, name);
        }
        let Some(memory) = known(&|item| matches!(item, ExportItem::Memory(_))) else { bail!("the memory is not exported") };
        Ok(Self { exports, functions, globals, tables, memory })
    }
}

/// The second module. `module` is a parsing of its own.
pub fn later(mut module: Module, twin: &Twin, graph: &Graph<'_>, linked: &Linked, later: &Part, needs: &Needs) -> Result<Module> {
    for (id, name) in &needs.functions {
        let id = twin.id(*id);
        let ty = module.funcs.get(id).ty();
        let import = module.imports.add(FIRST, name, id);
        module.funcs.get_mut(id).kind = FunctionKind::Import(ImportedFunction { import, ty });
    }
    for (id, name) in module.tables.iter().map(|it| it.id()).zip(names_in_order(&needs.tables)).collect::<Vec<_>>() {
        let import = module.imports.add(FIRST, name, id);
        module.tables.get_mut(id).import = Some(import);
    }
    let globals: Vec<GlobalId> = module.globals.iter().map(|it| it.id()).collect();
    for (id, name) in &needs.globals {
        let id = globals[id.index()];
        let import = module.imports.add(FIRST, name, id);
        module.globals.get_mut(id).kind = GlobalKind::Import(import);
    }
    let Some(memory) = module.memories.iter().next().map(|it| it.id()) else { bail!("there is no memory") };
    let import = module.imports.add(FIRST, &needs.memory, memory);
    module.memories.get_mut(memory).import = Some(import);

    let is_own = covered(linked, |index| later.data.contains(&index));
    for (base, id) in memory_segments(&mut module)? {
        let value = std::mem::take(&mut module.data.get_mut(id).value);
        module.data.delete(id);
        module.memories.get_mut(memory).data_segments.remove(&id);
        let own = (base..).zip(value).filter(|(address, _)| is_own(*address));
        for (address, bytes) in runs(own) {
            let offset = ConstExpr::Value(Value::I32(address as i32));
            let id = module.data.add(DataKind::Active { memory, offset }, bytes);
            module.memories.get_mut(memory).data_segments.insert(id);
        }
    }
    let table = reach::table(&module)?;
    let filled = graph.slots.iter().filter(|(slot, id)| later.slots.contains(slot) && later.functions.contains(id));
    fill_table(&mut module, table, &filled.map(|(slot, id)| (*slot, twin.id(*id))).collect())?;

    module.start = None;
    let exports: Vec<_> = module.exports.iter().map(|it| it.id()).collect();
    exports.into_iter().for_each(|id| module.exports.delete(id));
    for (name, door) in &graph.doors {
        module.exports.add(name, twin.id(*door));
    }
    clean(&mut module);
    Ok(module)
}

fn names_in_order(tables: &HashMap<TableId, String>) -> Vec<&str> {
    let mut tables: Vec<_> = tables.iter().collect();
    tables.sort_by_key(|(id, _)| id.index());
    tables.into_iter().map(|(_, name)| name.as_str()).collect()
}

/// Puts functions into the table, and nothing else.
fn fill_table(module: &mut Module, table: TableId, filled: &BTreeMap<u32, FunctionId>) -> Result<()> {
    let of_table = |kind: &ElementKind| matches!(kind, ElementKind::Active { table: of, .. } if *of == table);
    let old: Vec<_> = module.elements.iter().filter(|it| of_table(&it.kind)).map(|it| it.id()).collect();
    for id in old {
        module.elements.delete(id);
        module.tables.get_mut(table).elem_segments.remove(&id);
    }
    for (base, functions) in runs(filled.iter().map(|(slot, id)| (*slot, *id))) {
        let offset = ConstExpr::Value(Value::I32(base as i32));
        let id = module.elements.add(ElementKind::Active { table, offset }, ElementItems::Functions(functions));
        module.tables.get_mut(table).elem_segments.insert(id);
    }
    Ok(())
}

/// Neighbours put together.
fn runs<T>(items: impl Iterator<Item = (u32, T)>) -> Vec<(u32, Vec<T>)> {
    let mut runs: Vec<(u32, Vec<T>)> = Vec::new();
    for (at, item) in items {
        match runs.last_mut() {
            Some((start, run)) if *start + run.len() as u32 == at => run.push(item),
            _ => runs.push((at, vec![item])),
        }
    }
    runs
}

fn memory_segments(module: &mut Module) -> Result<Vec<(u32, walrus::DataId)>> {
    let segments = module.data.iter().map(|data| match data.kind {
        DataKind::Active { offset: ConstExpr::Value(Value::I32(address)), .. } => Ok((address as u32, data.id())),
        _ => bail!("a data segment of a kind that the linker does not make"),
    });
    segments.collect()
}

/// Whether an address lies in one of these symbols.
fn covered(linked: &Linked, which: impl Fn(usize) -> bool) -> impl Fn(u32) -> bool {
    let places = linked.data.iter().enumerate().filter(|(index, _)| which(*index));
    let addresses: HashSet<u32> = places.flat_map(|(_, symbol)| symbol.place.clone()).collect();
    move |address| addresses.contains(&address)
}

fn sorted(module: &Module, ids: &HashSet<FunctionId>) -> Vec<FunctionId> {
    module.funcs.iter().map(|it| it.id()).filter(|id| ids.contains(id)).collect()
}

/// Takes away what nothing refers to any more, and what only the linker reads.
fn clean(module: &mut Module) {
    let linker: Vec<_> = module.customs.iter().map(|(id, section)| (id, section.name().to_owned())).collect();
    for (id, name) in linker {
        if name != "target_features" {
            module.customs.delete(id);
        }
    }
    walrus::passes::gc::run(module);
}

#[derive(Default)]
struct Seen {
    functions: HashSet<FunctionId>,
    globals: HashSet<GlobalId>,
}

impl Visitor<'_> for Seen {
    fn visit_function_id(&mut self, id: &FunctionId) {
        self.functions.insert(*id);
    }
    fn visit_global_get(&mut self, it: &GlobalGet) {
        self.globals.insert(it.global);
    }
    fn visit_global_set(&mut self, it: &GlobalSet) {
        self.globals.insert(it.global);
    }
}
