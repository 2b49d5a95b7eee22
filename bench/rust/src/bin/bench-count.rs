//! Runs one step of a call so many times, for a tool that counts instructions: `bench-count STEP TIMES`.
//!
//! The count of one is the difference between two runs, divided by the difference of their times: what starts and ends
//! the program drops out.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, SystemTime};

use paywelcome::internals::Steps;
use paywelcome::{CancelRequest, ClientOptions};

const TID: &str = "WPSBX_CARDwelcometst20260101120000000001";
const ANSWER: &str = "{\"ResultCode\":\"00\",\"ResultMsg\":\"정상처리되었습니다\",\"Mid\":\"welcometst\",\
    \"Tid\":\"WPSBX_CARDwelcometst20260101120000000001\",\"Moid\":\"order-20260101-0001\",\"Price\":\"1000\",\
    \"CancelDate\":\"20260101\",\"CancelTime\":\"120000\"}";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (step, times) = arguments.next().zip(arguments.next()).ok_or("usage: bench-count STEP TIMES")?;
    let times: u32 = times.parse()?;
    let options = ClientOptions {
        mid: "welcometst".into(),
        sign_key: "made-up".into(),
        environment: "test".into(),
        ..ClientOptions::default()
    };
    let request = CancelRequest::new("card", TID, 1_000);
    let steps = Steps::new(&options, &request)?;
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_236_400);
    let signature = steps.sign("20260101120000");
    let one: &dyn Fn() = match step.as_str() {
        "arguments" => &|| {
            black_box(CancelRequest::new(black_box("card"), black_box(TID), black_box(1_000)));
        },
        "check" => &|| {
            black_box(Steps::check(black_box(&request)));
        },
        "sign" => &|| {
            black_box(steps.sign(black_box("20260101120000")));
        },
        "sign_and_build" => &|| {
            let _ = black_box(steps.form(black_box(at)));
        },
        "read" => &|| {
            let _ = black_box(steps.read(black_box(ANSWER.as_bytes().to_vec()), black_box(&signature)));
        },
        _ => return Err(format!("no step {step}").into()),
    };
    for _ in 0..times {
        one();
    }
    Ok(())
}
