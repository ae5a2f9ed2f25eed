//! Panics that end at once.
//!
//! In a browser nobody reads what a Rust panic says: there is no standard error. It ends the program all the same, by the
//! instruction `unreachable`. Here the functions that make the message become that instruction, and with them goes all that
//! only a message needs: a third of what `panic = "immediate-abort"` does, which takes a nightly compiler.

use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module};

/// Functions that never return, by the start of their names.
const PANICS: [&str; 26] = [
    "core::panicking::",
    "core::option::unwrap_failed",
    "core::option::expect_failed",
    "core::result::unwrap_failed",
    "core::cell::panic_already_",
    "core::slice::index::slice_",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::slice::sort::shared::smallsort::panic_on_ord_violation",
    "core::str::slice_error_fail",
    "core::char::convert::from_u32_unchecked::precondition_check",
    "core::alloc::layout::Layout::is_size_align_valid::panic",
    "alloc::raw_vec::handle_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::alloc::handle_alloc_error",
    "alloc::vec::Vec<T,A>::swap_remove::assert_failed",
    "alloc::vec::Vec<T,A>::remove::assert_failed",
    "alloc::vec::Vec<T,A>::insert::assert_failed",
    "alloc::vec::Vec<T,A>::split_off::assert_failed",
    "std::thread::local::panic_access_error",
    "std::panicking::panic_handler",
    "std::panicking::begin_panic",
    "std::panicking::rust_panic",
    "__rustc::rust_begin_unwind",
    "__rustc::rust_panic",
    "std::process::abort",
    "wasm_bindgen::throw_str",
];

/// Whether the function of this mangled name only ever panics.
pub fn is_panic(mangled: &str) -> bool {
    let name = readable(mangled);
    PANICS.iter().any(|start| name.starts_with(start))
}

/// A name without hashes.
pub fn readable(mangled: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(mangled))
}

/// Makes every panic end at once, and returns how many functions that were.
pub fn abort_at_once(module: &mut Module) -> usize {
    let panics: Vec<FunctionId> = (module.funcs.iter_local())
        .map(|(id, function)| (id, function.ty()))
        // What returns something is none, whatever it is called.
        .filter(|(id, ty)| {
            module.types.get(*ty).results().is_empty() && is_panic(module.funcs.get(*id).name.as_deref().unwrap_or(""))
        })
        .map(|(id, _)| id)
        .collect();
    for id in &panics {
        let parameters = module.types.get(module.funcs.get(*id).ty()).params().to_vec();
        module.funcs.get_mut(*id).kind = FunctionKind::Local(trap(module, &parameters));
    }
    panics.len()
}

/// A function that traps.
pub fn trap(module: &mut Module, parameters: &[walrus::ValType]) -> walrus::LocalFunction {
    let arguments: Vec<_> = parameters.iter().map(|ty| module.locals.add(*ty)).collect();
    let mut builder = FunctionBuilder::new(&mut module.types, parameters, &[]);
    builder.func_body().unreachable();
    builder.local_func(arguments)
}
