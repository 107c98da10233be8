//! The credentials objects.
//!
//! All kinds have the same instance struct, which is private; a kind is a type
//! name, a set of properties and a way to load.
//!
//! | file | idea |
//! |---|---|
//! | `object` | the instance, its properties and the types |
//! | `files` | paths below the object's directory |
//! | `anon`, `psk`, `x509` | loading each kind |
//! | `sanity` | whether our own certificates can work at all |

mod anon;
mod files;
mod object;
mod psk;
mod sanity;
mod x509;

pub(crate) use object::{CredentialsObject, Kind, register_types};
