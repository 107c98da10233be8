//! Functions of `qom/*.h`.
