//! Types of `crypto/*.h`.

pub mod secret;
pub mod secret_common;
pub mod tlscreds;
pub mod tlscredsanon;
pub mod tlscredspsk;
pub mod tlscredsx509;
pub mod tlssession;
