#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| order_documents_proxy::fuzzing::ids(data));
