//! Sets the linker's flags for an addon.

fn main() {
    napi_build::setup();
    // Cargo keeps the symbols of a package whose profile sets its own opt-level.
    let is = |name, value| std::env::var(name).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("PROFILE", "release") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,--strip-all");
    }
}
