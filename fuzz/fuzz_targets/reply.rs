#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| paywelcome_tests::properties::reply(data));
