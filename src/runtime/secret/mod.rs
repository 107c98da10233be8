//! Secrets: bytes that are given in the clear, in a file, or encrypted with
//! another secret.
//!
//! | file | idea |
//! |---|---|
//! | `object` | the classes `secret_common` and `secret` |
//! | `decode` | from the input to the bytes |
//! | `lookup` | the bytes of a secret, by id |

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod decode;
mod lookup;
mod object;

pub(crate) use lookup::{lookup, lookup_base64, lookup_text};
pub(crate) use object::register_types;
