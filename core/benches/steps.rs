//! What each step of a call costs, without a network: `make bench-micro`.
#![allow(missing_docs)]

use std::time::{Duration, SystemTime};

use divan::Bencher;
use paywelcome::internals::Steps;
use paywelcome::{CancelRequest, ClientOptions};

const TID: &str = "WPSBX_CARDwelcometst20260101120000000001";
const ANSWER: &str = "{\"ResultCode\":\"00\",\"ResultMsg\":\"정상처리되었습니다\",\"Mid\":\"welcometst\",\
    \"Tid\":\"WPSBX_CARDwelcometst20260101120000000001\",\"Moid\":\"order-20260101-0001\",\"Price\":\"1000\",\
    \"CancelDate\":\"20260101\",\"CancelTime\":\"120000\"}";

fn main() {
    divan::main();
}

fn request() -> CancelRequest {
    CancelRequest::new("card", TID, 1_000)
}

fn steps() -> Steps {
    let options = ClientOptions {
        mid: "welcometst".into(),
        sign_key: "made-up".into(),
        environment: "test".into(),
        ..ClientOptions::default()
    };
    Steps::new(&options, &request()).expect("the settings and the arguments are right")
}

#[divan::bench]
fn check(bencher: Bencher<'_, '_>) {
    let request = request();
    bencher.bench_local(|| Steps::check(&request));
}

#[divan::bench]
fn sign(bencher: Bencher<'_, '_>) {
    let steps = steps();
    bencher.bench_local(|| steps.sign("20260101120000"));
}

#[divan::bench]
fn sign_and_build(bencher: Bencher<'_, '_>) {
    let (steps, at) = (steps(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_236_400));
    bencher.bench_local(|| steps.form(at));
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let steps = steps();
    let signature = steps.sign("20260101120000");
    let answer = || ANSWER.as_bytes().to_vec();
    bencher.with_inputs(answer).bench_local_values(|answer| steps.read(answer, &signature));
}
