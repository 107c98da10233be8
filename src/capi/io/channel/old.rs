//! Functions of `io/channel.h` for files that are written for an older API.

use std::ffi::c_int;

use libc::iovec;

use crate::abi::io::channel::{QIOChannel, QIOChannelClass, QIOChannelWritev6Func};
use crate::abi::qemu::typedefs::Error;
use crate::abi::qom::object::{Type, TypeInfo};
use crate::channel::old_class;

/// qio_channel_writev_full() under the name that a proposal for zero-copy writes gave
/// it.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param fds (nullable): descriptors to send along
/// @param nfds the number of descriptors
/// @param flags 0 or QIO_CHANNEL_WRITE_FLAG_ZERO_COPY
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_writev_full().
///
/// # Safety
///
/// As for qio_channel_writev_full().
///
/// `if` QIO_API_ZERO_COPY_V7
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_writev_full_flags(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut c_int,
    nfds: usize,
    flags: c_int,
    errp: *mut *mut Error,
) -> isize {
    // SAFETY: passed on to the caller.
    unsafe { super::qio_channel_writev_full(ioc, iov, niov, fds, nfds, flags, errp) }
}

/// qio_channel_writev_full_all() under the name that a proposal for zero-copy writes
/// gave it.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param fds (nullable): descriptors to send along
/// @param nfds the number of descriptors
/// @param flags 0 or QIO_CHANNEL_WRITE_FLAG_ZERO_COPY
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_writev_full_all().
///
/// # Safety
///
/// As for qio_channel_writev_full().
///
/// `if` QIO_API_ZERO_COPY_V7
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_writev_full_all_flags(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut c_int,
    nfds: usize,
    flags: c_int,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { super::qio_channel_writev_full_all(ioc, iov, niov, fds, nfds, flags, errp) }
}

/// Registers a type whose class function stores a virtual write function without
/// flags. Files that are written for an API before 7.1 get here by the usual names.
///
/// While the class function runs, the write function that its class has inherited
/// takes no flags either, so that it can be kept and called. There can be 64 such
/// classes; one more ends the program.
///
/// @param info as for type_register()
/// @param api_version the QIO_CHANNEL_API_VERSION of the file
///
/// @return the type.
///
/// # Safety
///
/// As for type_register().
///
/// `if` defined(QIO_API_OLD_WRITEV)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_api_type_register(info: *const TypeInfo, api_version: u32) -> Type {
    // All versions that get here have the same write function.
    let _ = api_version;
    // SAFETY: passed on to the caller.
    unsafe { old_class::register(&*info) }
}

/// Registers types, in order; see qio_api_type_register().
///
/// @param infos as for type_register_static_array()
/// @param nr_infos how many there are
/// @param api_version the QIO_CHANNEL_API_VERSION of the file
///
/// # Safety
///
/// As for type_register_static_array().
///
/// `if` defined(QIO_API_OLD_WRITEV)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_api_type_register_array(
    infos: *const TypeInfo,
    nr_infos: c_int,
    api_version: u32,
) {
    for index in 0..usize::try_from(nr_infos).unwrap_or(0) {
        // SAFETY: passed on to the caller.
        unsafe { qio_api_type_register(infos.add(index), api_version) };
    }
}

/// Makes a function without flags the virtual write function of a class: for code
/// that cannot do so in a class function, or in a file of the current API.
///
/// @param klass the class
/// @param fn (nullable): the function
///
/// @return false, and nothing has changed, if there are 64 such classes already.
///
/// # Safety
///
/// `klass` is a channel class that no other thread uses.
///
/// `if` !defined(QIO_CHANNEL_HOSTED)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_api_class_set_writev6(
    klass: *mut QIOChannelClass,
    r#fn: QIOChannelWritev6Func,
) -> bool {
    // SAFETY: passed on to the caller.
    let class = unsafe { &mut *klass };
    match r#fn {
        Some(function) => old_class::set_write_function(class, function),
        None => {
            class.io_writev = None;
            true
        }
    }
}
