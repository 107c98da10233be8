//! Compiles the C parts of the standalone flavour: C-variadic entry points, mostly.
//!
//! The test host (`tools/test-host`) has the same entry points and builds them with
//! this script too; paths are relative to the library's directory, not to its own.

use std::error::Error;
use std::path::{Path, PathBuf};

const SOURCES: [&str; 4] = [
    "src/runtime/variadic.c",
    "src/runtime/object_variadic.c",
    "src/runtime/sockets/monitor.c",
    "src/runtime/thread.c",
];

/// The library's directory: that of the package or one above it.
fn library_directory() -> Result<PathBuf, Box<dyn Error>> {
    // Asked when running: checkouts that share a target directory share this program.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo does not run this")?;
    Path::new(&package)
        .ancestors()
        .find(|directory| directory.join(SOURCES[0]).exists())
        .map(Path::to_owned)
        .ok_or_else(|| format!("{} is not there", SOURCES[0]).into())
}

fn main() -> Result<(), Box<dyn Error>> {
    let root = library_directory()?;
    let sources: Vec<PathBuf> = SOURCES.iter().map(|source| root.join(source)).collect();
    for source in &sources {
        println!("cargo::rerun-if-changed={}", source.display());
    }
    if std::env::var_os("CARGO_FEATURE_RUNTIME").is_none() {
        return Ok(());
    }
    pkg_config::Config::new().atleast_version("3.6.0").probe("gnutls")?;
    if std::env::var_os("CARGO_FEATURE_PAM").is_some() {
        println!("cargo::rustc-link-lib=pam");
    }
    let glib = pkg_config::Config::new().cargo_metadata(false).probe("glib-2.0")?;
    cc::Build::new()
        .files(&sources)
        .includes(&glib.include_paths)
        .include(root.join("include"))
        .std("gnu11")
        .define("_GNU_SOURCE", None)
        .warnings(true)
        .extra_warnings(true)
        .link_lib_modifier("+whole-archive")
        .compile("qiochannel_variadic");
    Ok(())
}
