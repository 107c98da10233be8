//! GnuTLS, as far as sessions, credentials and secrets need it.
//!
//! `bindings` is generated (`scripts/gnutls-bindings.sh`); the rest are thin owners
//! of GnuTLS's handles that turn its numbers into [`Reason`]s.

#[allow(
    dead_code,
    missing_docs,
    non_camel_case_types,
    unreachable_pub,
    clippy::missing_safety_doc,
    reason = "generated from GnuTLS's headers"
)]
pub(crate) mod bindings;
pub(crate) mod certificate;
pub(crate) mod cipher;
pub(crate) mod credentials;
pub(crate) mod session;

use std::ffi::{CStr, c_int};
use std::fmt;

use bindings as ffi;

/// Why a GnuTLS function failed: a negative number of GnuTLS's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reason(c_int);

impl Reason {
    /// The result of a call: a negative number is a failure.
    pub(crate) fn check(result: c_int) -> Result<c_int, Self> {
        if result < 0 { Err(Self(result)) } else { Ok(result) }
    }

    /// The number.
    pub(crate) fn code(self) -> c_int {
        self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: GnuTLS has a static text for every number.
        let text = unsafe { CStr::from_ptr(ffi::gnutls_strerror(self.0)) };
        formatter.write_str(&text.to_string_lossy())
    }
}

/// Initialises the library; calling it again, or never, does no harm.
pub(crate) fn initialise() -> Result<(), Reason> {
    // SAFETY: may be called at any time, from any thread.
    Reason::check(unsafe { ffi::gnutls_global_init() }).map(drop)
}

/// Fills `bytes` with random numbers fit for keys.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), Reason> {
    // SAFETY: the slice is writable for its length.
    let result =
        unsafe { ffi::gnutls_rnd(ffi::GNUTLS_RND_RANDOM, bytes.as_mut_ptr().cast(), bytes.len()) };
    Reason::check(result).map(drop)
}

/// A datum over borrowed bytes; GnuTLS only reads them.
fn datum(bytes: &[u8]) -> Option<ffi::gnutls_datum_t> {
    let size = u32::try_from(bytes.len()).ok()?;
    Some(ffi::gnutls_datum_t { data: bytes.as_ptr().cast_mut(), size })
}

/// Memory that GnuTLS allocated, freed when dropped.
struct OwnedDatum(ffi::gnutls_datum_t);

impl OwnedDatum {
    const EMPTY: Self = Self(ffi::gnutls_datum_t { data: std::ptr::null_mut(), size: 0 });

    fn bytes(&self) -> &[u8] {
        if self.0.data.is_null() {
            return &[];
        }
        // SAFETY: GnuTLS filled in a pointer to `size` bytes.
        unsafe { std::slice::from_raw_parts(self.0.data, self.0.size as usize) }
    }
}

impl Drop for OwnedDatum {
    fn drop(&mut self) {
        // SAFETY: the memory is GnuTLS's, and this value owns it.
        unsafe { free(self.0.data.cast()) };
    }
}

/// Frees memory that GnuTLS allocated; NULL is fine.
unsafe fn free(memory: *mut std::ffi::c_void) {
    // SAFETY: the variable is set while the process starts and never again.
    if let Some(free) = unsafe { ffi::gnutls_free } {
        // SAFETY: the caller gives up memory of GnuTLS's allocator.
        unsafe { free(memory) };
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::process::Command;

    /// Each `pub const GNUTLS_NAME: TYPE = VALUE;` of the bindings.
    fn constants() -> Vec<(&'static str, &'static str)> {
        let constant = |line: &'static str| {
            let (name, value) =
                line.strip_prefix("pub const ")?.strip_suffix(';')?.split_once(": ")?;
            Some((name, value.split_once(" = ")?.1))
        };
        include_str!("bindings.rs").lines().filter_map(constant).collect()
    }

    #[test]
    fn constants_agree_with_the_installed_headers() {
        let constants = constants();
        assert!(constants.len() > 30);
        let mut program = String::from(
            "#include <gnutls/gnutls.h>\n#include <gnutls/x509.h>\n#include <gnutls/crypto.h>\n",
        );
        for (name, value) in constants {
            let condition = match value.strip_prefix("b\"").and_then(|it| it.strip_suffix("\\0\""))
            {
                Some(text) => format!("!__builtin_strcmp({name}, \"{text}\")"),
                None => format!("(long long){name} == {value}"),
            };
            writeln!(program, "_Static_assert({condition}, \"{name}\");").unwrap();
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("constants.c");
        std::fs::write(&path, program).unwrap();
        let flags = Command::new("pkg-config").args(["--cflags", "gnutls"]).output().unwrap();
        let flags = String::from_utf8(flags.stdout).unwrap();
        let compiler = Command::new("cc")
            .arg("-fsyntax-only")
            .args(flags.split_whitespace())
            .arg(&path)
            .status()
            .unwrap();
        assert!(compiler.success(), "run scripts/gnutls-bindings.sh");
    }
}
