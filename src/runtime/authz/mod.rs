//! Authorisation: whether an identity may enter.
//!
//! | file | idea |
//! |---|---|
//! | `base` | the abstract class, and asking an object by id |
//! | `simple` | one identity |
//! | `list` | rules in order, `rules` the C list of them |
//! | `list_file` | rules in a file, which `watch` observes |

mod base;
pub(crate) mod list;
pub(crate) mod list_file;
mod rules;
pub(crate) mod simple;
mod watch;

pub(crate) use base::{is_allowed, is_allowed_by_id};
pub(crate) use rules::{free_rule, free_rules};

/// Registers the types.
pub(crate) fn register_types() {
    base::register_type();
    simple::register_type();
    list::register_type();
    list_file::register_type();
}
