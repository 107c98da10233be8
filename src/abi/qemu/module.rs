//! Types of `qemu/module.h`.

/// What an initialiser sets up; each kind is a list of its own.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum module_init_type {
    /// Migration state.
    MODULE_INIT_MIGRATION = 0,
    /// Block drivers.
    MODULE_INIT_BLOCK = 1,
    /// Options.
    MODULE_INIT_OPTS = 2,
    /// Types.
    MODULE_INIT_QOM = 3,
    /// Trace events.
    MODULE_INIT_TRACE = 4,
    /// Xen backends.
    MODULE_INIT_XEN_BACKEND = 5,
    /// Test drivers.
    MODULE_INIT_LIBQOS = 6,
    /// Fuzz targets.
    MODULE_INIT_FUZZ_TARGET = 7,
    /// How many kinds there are.
    MODULE_INIT_MAX = 8,
}
