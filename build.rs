//! Compiles the C-variadic entry points of the standalone flavour.

use std::error::Error;

const SOURCES: [&str; 3] =
    ["src/runtime/variadic.c", "src/runtime/object_variadic.c", "src/runtime/sockets/monitor.c"];

fn main() -> Result<(), Box<dyn Error>> {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    if std::env::var_os("CARGO_FEATURE_RUNTIME").is_none() {
        return Ok(());
    }
    pkg_config::Config::new().atleast_version("3.6.0").probe("gnutls")?;
    let glib = pkg_config::Config::new().cargo_metadata(false).probe("glib-2.0")?;
    cc::Build::new()
        .files(SOURCES)
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
