//! Functions of `io/*.h`.
