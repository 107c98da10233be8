//! Functions of `crypto/*.h`.

pub mod init;
pub mod random;
pub mod secret_common;
pub mod tlscreds;
pub mod tlssession;
