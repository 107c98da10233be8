//! Functions of `qapi/*.h`.
