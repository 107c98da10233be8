//! Functions of `qemu/*.h`.
