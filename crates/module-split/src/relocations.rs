//! What the linker knows of a module and no module says: which function and which constant refers to which.
//!
//! `wasm-ld --emit-relocs` keeps a table of every place where it wrote an address. Without it, a number in a function may be an
//! address or a number.

use crate::dead::Functions;
use crate::panics;
use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use std::ops::Range;
use wasmparser::{
    BinaryReader, DataKind, ElementItems, ElementKind, FunctionBody, Linking, LinkingSectionReader, Operator, Parser, Payload,
    RelocSectionReader, RelocationType, SymbolInfo, TypeRef,
};

/// What one function or one constant refers to, besides the functions that it calls.
#[derive(Debug, Default, Clone)]
pub struct References {
    /// Places of the function table.
    pub slots: Vec<u32>,
    /// Indices of [`Linked::data`].
    pub data: Vec<usize>,
}

/// A constant or a variable, as it lies in memory.
#[derive(Debug)]
pub struct DataSymbol {
    /// Its addresses.
    pub place: Range<u32>,
    /// What it refers to.
    pub references: References,
}

/// What the linker says of a module.
#[derive(Debug, Default)]
pub struct Linked {
    /// The references of functions, by their mangled names. Where several have one name, all of theirs.
    pub functions: HashMap<String, References>,
    /// All that lies in memory from the start.
    pub data: Vec<DataSymbol>,
}

/// A relocation that matters here: where it is in its section, and what it points to.
struct Relocation {
    offset: u32,
    target: Target,
}

#[derive(Clone, Copy)]
enum Target {
    Slot(u32),
    Data(usize),
}

#[derive(Default)]
struct Reader<'a> {
    types: Vec<wasmparser::FuncType>,
    /// The type of each function, imports first.
    functions: Vec<u32>,
    imports: u32,
    slots: HashMap<u32, u32>,
    bodies: Vec<FunctionBody<'a>>,
    code_start: usize,
    /// Where each segment lies in the data section and in memory.
    segments: Vec<(usize, u32)>,
    data_start: usize,
    symbols: Vec<SymbolInfo<'a>>,
    names: HashMap<u32, &'a str>,
    relocations: Vec<RelocSectionReader<'a>>,
    sections: Vec<u8>,
}

/// Reads a module that was linked with `--emit-relocs`.
///
/// # Errors
/// When it was linked otherwise, or is no module.
pub fn read(module: &[u8]) -> Result<Linked> {
    let mut reader = Reader::default();
    for payload in Parser::new(0).parse_all(module) {
        reader.take(payload?)?;
    }
    if reader.symbols.is_empty() || reader.relocations.is_empty() {
        bail!("it has no relocations: was it linked with --emit-relocs?");
    }
    reader.linked()
}

impl<'a> Reader<'a> {
    fn take(&mut self, payload: Payload<'a>) -> Result<()> {
        if let Some((id, _)) = payload.as_section()
            && !matches!(payload, Payload::CodeSectionEntry(_))
        {
            self.sections.push(id);
        }
        match payload {
            Payload::TypeSection(types) => {
                for group in types {
                    self.types.extend(group?.into_types().map(|it| it.unwrap_func().clone()));
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    if let TypeRef::Func(ty) = import?.ty {
                        self.functions.push(ty);
                        self.imports += 1;
                    }
                }
            }
            Payload::FunctionSection(types) => {
                for ty in types {
                    self.functions.push(ty?);
                }
            }
            Payload::ElementSection(elements) => {
                for element in elements {
                    let element = element?;
                    let (ElementKind::Active { offset_expr, .. }, ElementItems::Functions(functions)) =
                        (element.kind, element.items)
                    else {
                        bail!("an element segment of a kind that the linker does not make")
                    };
                    let base = constant(&offset_expr)?;
                    for (slot, function) in (base..).zip(functions) {
                        self.slots.insert(function?, slot);
                    }
                }
            }
            Payload::CodeSectionStart { range, .. } => self.code_start = range.start,
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(segments) => {
                self.data_start = segments.range().start;
                for segment in segments {
                    let segment = segment?;
                    let DataKind::Active { offset_expr, .. } = segment.kind else { bail!("a data segment without an address") };
                    self.segments.push((segment.range.end - segment.data.len(), constant(&offset_expr)?));
                }
            }
            Payload::CustomSection(section) => self.take_custom(section.name(), section.data(), section.data_offset())?,
            _ => {}
        }
        Ok(())
    }

    fn take_custom(&mut self, name: &str, data: &'a [u8], offset: usize) -> Result<()> {
        let reader = BinaryReader::new(data, offset);
        if name == "linking" {
            for subsection in LinkingSectionReader::new(reader)?.subsections() {
                if let Linking::SymbolTable(symbols) = subsection? {
                    self.symbols = symbols.into_iter().collect::<Result<_, _>>()?;
                }
            }
        } else if name.starts_with("reloc.") {
            self.relocations.push(RelocSectionReader::new(reader)?);
        } else if name == "name" {
            for part in wasmparser::NameSectionReader::new(reader) {
                if let wasmparser::Name::Function(names) = part? {
                    for naming in names {
                        let naming = naming?;
                        self.names.insert(naming.index, naming.name);
                    }
                }
            }
        }
        Ok(())
    }

    fn linked(self) -> Result<Linked> {
        // Symbols of data, with their places in the list of them.
        let mut data = Vec::new();
        let mut of_symbol = HashMap::new();
        for (index, symbol) in self.symbols.iter().enumerate() {
            if let SymbolInfo::Data { symbol: Some(symbol), .. } = symbol
                && let Some((_, base)) = self.segments.get(symbol.index as usize)
            {
                let start = base + symbol.offset;
                of_symbol.insert(index as u32, data.len());
                data.push(DataSymbol { place: start..start + symbol.size, references: References::default() });
            }
        }
        let (code, in_data) = self.targets(&of_symbol)?;

        let mut functions: HashMap<String, References> = HashMap::new();
        let dead = self.functions().dead()?;
        for ((index, body), dead) in (self.imports..).zip(&self.bodies).zip(dead) {
            let Some(name) = self.names.get(&index) else { continue };
            let range = body.range();
            let (start, end) = ((range.start - self.code_start) as u32, (range.end - self.code_start) as u32);
            let references = functions.entry(bound_name(name).to_owned()).or_default();
            let first = code.partition_point(|relocation| relocation.offset < start);
            for relocation in code[first..].iter().take_while(|relocation| relocation.offset < end) {
                if !dead.iter().any(|range| range.contains(&(relocation.offset as usize + self.code_start))) {
                    references.add(relocation.target);
                }
            }
        }

        // A relocation in data belongs to every symbol that covers it.
        let mut by_address: Vec<(u32, Target)> = Vec::new();
        for relocation in &in_data {
            let at = self.data_start + relocation.offset as usize;
            let segment = self.segments.iter().rev().find(|(start, _)| *start <= at).context("a relocation before all data")?;
            by_address.push((segment.1 + (at - segment.0) as u32, relocation.target));
        }
        by_address.sort_unstable_by_key(|(address, _)| *address);
        for symbol in &mut data {
            let first = by_address.partition_point(|(address, _)| *address < symbol.place.start);
            for (_, target) in by_address[first..].iter().take_while(|(address, _)| *address < symbol.place.end) {
                symbol.references.add(*target);
            }
        }
        Ok(Linked { functions, data })
    }

    fn functions(&self) -> Functions<'_> {
        let types: Vec<_> = self.functions.iter().map(|ty| self.types.get(*ty as usize)).collect();
        let returns = |index: u32| types.get(index as usize).copied().flatten().is_none_or(|ty| !ty.results().is_empty());
        let panics = self.names.iter().filter(|(index, name)| !returns(**index) && panics::is_panic(name));
        let panics = panics.map(|(index, _)| *index).collect();
        Functions { types, imports: self.imports, bodies: &self.bodies, panics }
    }

    /// The relocations of the code and of the data section that point to slots of the table and into memory, in their order.
    fn targets(&self, of_symbol: &HashMap<u32, usize>) -> Result<(Vec<Relocation>, Vec<Relocation>)> {
        let (mut code, mut data) = (Vec::new(), Vec::new());
        for section in &self.relocations {
            let list = match self.sections.get(section.section_index() as usize) {
                Some(10) => &mut code,
                Some(11) => &mut data,
                _ => continue,
            };
            for entry in section.entries() {
                let entry = entry?;
                use RelocationType as Type;
                let target = match entry.ty {
                    Type::TableIndexSleb | Type::TableIndexI32 => {
                        let Some(SymbolInfo::Func { index, .. }) = self.symbols.get(entry.index as usize) else {
                            bail!("a place of the table without a function")
                        };
                        // What was never put into the table cannot be called through it.
                        self.slots.get(index).copied().map(Target::Slot)
                    }
                    Type::MemoryAddrLeb | Type::MemoryAddrSleb | Type::MemoryAddrI32 => {
                        of_symbol.get(&entry.index).copied().map(Target::Data)
                    }
                    Type::FunctionIndexLeb
                    | Type::TypeIndexLeb
                    | Type::GlobalIndexLeb
                    | Type::TableNumberLeb
                    | Type::FunctionOffsetI32
                    | Type::SectionOffsetI32
                    | Type::EventIndexLeb => None,
                    other => bail!("a relocation of a kind that only shared libraries have: {other:?}"),
                };
                list.extend(target.map(|target| Relocation { offset: entry.offset, target }));
            }
        }
        code.sort_by_key(|relocation| relocation.offset);
        data.sort_by_key(|relocation| relocation.offset);
        Ok((code, data))
    }
}

/// The name after wasm-bindgen: it takes a crate's hash off what it exports, `handle_set_0123456789abcdef`.
pub fn bound_name(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((start, hash)) if hash.len() == 16 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()) => start,
        _ => name,
    }
}

impl References {
    fn add(&mut self, target: Target) {
        match target {
            Target::Slot(slot) => self.slots.push(slot),
            Target::Data(index) => self.data.push(index),
        }
    }
}

fn constant(expression: &wasmparser::ConstExpr<'_>) -> Result<u32> {
    match expression.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(value as u32),
        other => bail!("an address that is computed: {other:?}"),
    }
}
