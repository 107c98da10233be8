//! Types of `authz/*.h`.

pub mod base;
pub mod list;
pub mod listfile;
pub mod pamacct;
pub mod simple;
