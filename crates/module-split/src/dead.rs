//! What only a panic would read: it need not be there, since panics end at once ([`crate::panics`]).

use anyhow::Result;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use wasmparser::{FuncType, FunctionBody, Operator};

/// The parameters of functions that nothing but panics read, as bits, by the functions' indices.
type Unread = HashMap<u32, u64>;

/// All functions of a module.
pub struct Functions<'a> {
    /// Their types, imports first.
    pub types: Vec<Option<&'a FuncType>>,
    /// How many are imported.
    pub imports: u32,
    /// The others' bodies.
    pub bodies: &'a [FunctionBody<'a>],
    /// Those that only ever panic.
    pub panics: HashSet<u32>,
}

impl Functions<'_> {
    /// For each body the places in the file whose values nothing but panics read.
    ///
    /// # Errors
    /// When a body cannot be read.
    pub fn dead(&self) -> Result<Vec<Vec<Range<usize>>>> {
        let mut unread: Unread = self.panics.iter().map(|index| (*index, u64::MAX)).collect();
        // What hands its parameter to a panic alone is found in the first round, what hands it to such a function in the next.
        loop {
            let mut found = Vec::new();
            let mut is_more = false;
            for (index, body) in (self.imports..).zip(self.bodies) {
                let (dead, read) = self.look(body, &unread)?;
                found.push(dead);
                is_more |= !self.panics.contains(&index)
                    && unread.insert(index, !read) != Some(!read)
                    && !read & self.parameters(index) != 0;
            }
            if !is_more {
                return Ok(found);
            }
        }
    }

    fn parameters(&self, index: u32) -> u64 {
        let count = self.types.get(index as usize).copied().flatten().map_or(0, |ty| ty.params().len());
        if count < 64 { (1 << count) - 1 } else { 0 }
    }

    /// What nothing but panics read of what a body computes, and which of its parameters something else reads.
    fn look(&self, body: &FunctionBody<'_>, unread: &Unread) -> Result<(Vec<Range<usize>>, u64)> {
        let mut look = Look { dead: Vec::new(), read: 0, read_here: 0, start: body.range().start, values: Vec::new() };
        for instruction in body.get_operators_reader()?.into_iter_with_offsets() {
            let (operator, at) = instruction?;
            match operator {
                Operator::LocalGet { local_index } => look.push(at, if local_index < 64 { 1 << local_index } else { 0 }),
                Operator::I32Const { .. } | Operator::I64Const { .. } | Operator::GlobalGet { .. } => look.push(at, 0),
                Operator::I32Add | Operator::I32Sub => look.join(),
                Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                    look.mix();
                    // It may be read as what it is set to.
                    look.read |= if local_index < 64 { 1 << local_index } else { 0 };
                }
                Operator::Call { function_index } if self.panics.contains(&function_index) => look.panic(at),
                Operator::Call { function_index } => {
                    let takes = self.types.get(function_index as usize).copied().flatten().map_or(0, |ty| ty.params().len());
                    look.call(at, takes, unread.get(&function_index).copied().unwrap_or(0));
                }
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::Else
                | Operator::End
                | Operator::Br { .. }
                | Operator::BrIf { .. }
                | Operator::BrTable { .. }
                | Operator::Return
                | Operator::Unreachable
                | Operator::CallIndirect { .. } => look.turn(at),
                _ => look.mix(),
            }
        }
        look.turn(body.range().end);
        Ok((look.dead, look.read))
    }
}

/// A look along a body.
struct Look {
    dead: Vec<Range<usize>>,
    /// The parameters that something reads, as far as is known by now.
    read: u64,
    /// The same since `start`.
    read_here: u64,
    /// Since here everything comes one after the other: what is done ends in a panic if the next turn is one.
    start: usize,
    /// The last values on the stack: where each is computed, and from which parameters.
    values: Vec<(usize, u64)>,
}

impl Look {
    fn push(&mut self, at: usize, parameters: u64) {
        self.values.push((at, parameters));
    }

    /// The last two values become one.
    fn join(&mut self) {
        match (self.values.pop(), self.values.pop()) {
            (Some((_, one)), Some((at, other))) => self.push(at, one | other),
            (last, _) => self.read_here |= last.map_or(0, |(_, parameters)| parameters),
        }
    }

    /// Something is done with the values that is not looked at.
    fn mix(&mut self) {
        self.read_here |= self.values.drain(..).fold(0, |sum, (_, parameters)| sum | parameters);
    }

    fn turn(&mut self, at: usize) {
        self.mix();
        self.read |= std::mem::take(&mut self.read_here);
        self.start = at;
    }

    fn panic(&mut self, at: usize) {
        self.dead.push(self.start..at);
        self.values.clear();
        self.read_here = 0;
        self.start = at;
    }

    /// A call of a function that takes so many values, of which it reads none that are among `unread`.
    fn call(&mut self, at: usize, takes: usize, unread: u64) {
        let first = self.values.len().saturating_sub(takes);
        let missing = takes - (self.values.len() - first);
        let mut end = at;
        for (place, (start, parameters)) in self.values.split_off(first).into_iter().enumerate().rev() {
            if place + missing < 64 && unread >> (place + missing) & 1 == 1 {
                self.dead.push(start..end);
            } else {
                self.read_here |= parameters;
            }
            end = start;
        }
        self.turn(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use walrus::ir::{BinaryOp, MemArg, StoreKind};
    use walrus::{FunctionBuilder, Module, ModuleConfig, ValType};
    use wasmparser::{Parser, Payload};

    /// Numbers from 1000 on are read by panics alone, directly or handed on, those from 2000 on by others.
    #[test]
    fn should_find_what_only_panics_read() {
        let mut module = Module::with_config(ModuleConfig::new());
        let memory = module.memories.add_local(false, false, 1, None, None);
        let argument = MemArg { align: 4, offset: 0 };
        let [condition, place] = [(); 2].map(|()| module.locals.add(ValType::I32));

        let mut panic = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[]);
        panic.func_body().unreachable();
        let panic = panic.finish(vec![module.locals.add(ValType::I32)], &mut module.funcs);

        // What is handed on: the second parameter is read by the panic alone.
        let mut unwrap = FunctionBuilder::new(&mut module.types, &[ValType::I32, ValType::I32], &[]);
        let ends = |then: &mut walrus::InstrSeqBuilder<'_>| {
            then.local_get(place).call(panic).unreachable();
        };
        unwrap.func_body().local_get(condition).if_else(None, ends, |_| {});
        let unwrap = unwrap.finish(vec![condition, place], &mut module.funcs);

        // What is handed on to be read is read.
        let mut handing = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[]);
        handing.func_body().local_get(condition).i32_const(1005).call(unwrap);
        let handing = handing.finish(vec![condition], &mut module.funcs);

        let mut caller = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[]);
        let message = |then: &mut walrus::InstrSeqBuilder<'_>| {
            then.i32_const(0).i32_const(1001).store(memory, StoreKind::I32 { atomic: false }, argument);
            then.i32_const(1002).i32_const(1003).binop(BinaryOp::I32Add).call(panic).unreachable();
        };
        (caller.func_body())
            .i32_const(2001)
            .i32_const(1004)
            .call(unwrap)
            .i32_const(2003)
            .call(handing)
            .i32_const(0)
            .i32_const(2002)
            .store(memory, StoreKind::I32 { atomic: false }, argument)
            .local_get(condition)
            .if_else(None, message, |_| {});
        let caller = caller.finish(vec![condition], &mut module.funcs);
        for (name, id) in [("panic", panic), ("unwrap", unwrap), ("handing", handing), ("caller", caller)] {
            module.exports.add(name, id);
        }

        let bytes = module.emit_wasm();
        let (mut types, mut functions, mut bodies, mut exports) = (Vec::new(), Vec::new(), Vec::new(), HashMap::new());
        for payload in Parser::new(0).parse_all(&bytes) {
            match payload.unwrap() {
                Payload::TypeSection(section) => {
                    types.extend(
                        section.into_iter().flat_map(|group| group.unwrap().into_types()).map(|ty| ty.unwrap_func().clone()),
                    );
                }
                Payload::FunctionSection(section) => functions.extend(section.into_iter().map(Result::unwrap)),
                Payload::ExportSection(section) => {
                    exports.extend(section.into_iter().map(Result::unwrap).map(|export| (export.name, export.index)));
                }
                Payload::CodeSectionEntry(body) => bodies.push(body),
                _ => {}
            }
        }
        let types = functions.iter().map(|ty| types.get(*ty as usize)).collect();
        let dead = Functions { types, imports: 0, bodies: &bodies, panics: HashSet::from([exports["panic"]]) }.dead().unwrap();
        let at = exports["caller"] as usize;
        let mut numbers = [Vec::new(), Vec::new()];
        for instruction in bodies[at].get_operators_reader().unwrap().into_iter_with_offsets() {
            if let (Operator::I32Const { value: value @ 1.. }, offset) = instruction.unwrap() {
                numbers[usize::from(dead[at].iter().any(|range| range.contains(&offset)))].push(value);
            }
        }
        numbers.iter_mut().for_each(|numbers| numbers.sort_unstable());
        assert_eq!(numbers, [vec![2001, 2002, 2003], vec![1001, 1002, 1003, 1004]]);
    }
}
