//! Authorisation: whether an identity may enter.
//!
//! | file | idea |
//! |---|---|
//! | `base` | the abstract class, and asking an object by id |
//! | `simple` | one identity |
//! | `list` | rules in order, `rules` the C list of them |
//! | `list_file` | rules in a file, which `watch` observes |
//! | `pam` | the accounts of PAM, `pam_account` the library; optional |

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod base;
pub(crate) mod list;
pub(crate) mod list_file;
#[cfg(feature = "pam")]
mod pam;
#[cfg(feature = "pam")]
mod pam_account;
mod rules;
pub(crate) mod simple;
mod watch;

pub(crate) use base::{is_allowed, is_allowed_by_id};
pub(crate) use rules::{free_rule, free_rules};

use std::ffi::CStr;

use crate::abi::authz::pamacct::QAuthZPAM;
use crate::host::object::ObjectType;

// SAFETY: `repr(C)`, starts with a QAuthZ; registered with its size, or not at all.
unsafe impl ObjectType for QAuthZPAM {
    const TYPE_NAME: &'static CStr = c"authz-pam";
}

/// Registers the types.
pub(crate) fn register_types() {
    base::register_type();
    simple::register_type();
    list::register_type();
    list_file::register_type();
    #[cfg(feature = "pam")]
    pam::register_type();
}
