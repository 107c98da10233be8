//! Compiles the C-variadic entry points of the standalone flavour.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src/runtime/variadic.c");
    if std::env::var_os("CARGO_FEATURE_RUNTIME").is_none() {
        return Ok(());
    }
    let glib = pkg_config::Config::new()
        .cargo_metadata(false)
        .probe("glib-2.0")?;
    cc::Build::new()
        .file("src/runtime/variadic.c")
        .includes(&glib.include_paths)
        .include("include")
        .std("gnu11")
        .define("_GNU_SOURCE", None)
        .warnings(true)
        .extra_warnings(true)
        .link_lib_modifier("+whole-archive")
        .compile("qiochannel_variadic");
    Ok(())
}
