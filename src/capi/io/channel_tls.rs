//! Functions of `io/channel-tls.h`.

use std::ffi::c_char;

use glib_sys::{GDestroyNotify, GMainContext, gpointer};

use super::new_or_null;
use crate::abi::crypto::tlscreds::QCryptoTLSCreds;
use crate::abi::crypto::tlssession::QCryptoTLSSession;
use crate::abi::io::channel::QIOChannel;
use crate::abi::io::channel_tls::QIOChannelTLS;
use crate::abi::io::task::QIOTaskFunc;
use crate::abi::qemu::typedefs::Error;
use crate::channel::tls;
#[cfg(all(feature = "runtime", feature = "backports"))]
use crate::host::error::Destination;
use crate::task::Owned;

/// Creates the server's end of a TLS connection over another channel. Nothing is
/// sent or received before the handshake.
///
/// @param master the channel that carries the encrypted bytes; the new one takes a
///     reference
/// @param creds the server's credentials
/// @param aclname id of the object that decides whether a client may enter, by the
///     name in its certificate; NULL lets in every client whose certificate is
///     valid
/// @param errp set if the credentials are of no use
/// @return the channel, with one reference that the caller owns; NULL with `errp`
///     set
///
/// # Safety
///
/// `master` is alive; `creds` is alive; `aclname` is NULL or a C string; `errp` is
/// NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_tls_new_server(
    master: *mut QIOChannel,
    creds: *mut QCryptoTLSCreds,
    aclname: *const c_char,
    errp: *mut *mut Error,
) -> *mut QIOChannelTLS {
    // SAFETY: passed on to the caller.
    unsafe {
        let result = tls::new_server(master, creds, aclname);
        new_or_null(result, errp, c"qio_channel_tls_new_server")
    }
}

/// Creates the client's end of a TLS connection over another channel. Nothing is
/// sent or received before the handshake.
///
/// @param master the channel that carries the encrypted bytes; the new one takes a
///     reference
/// @param creds the client's credentials
/// @param hostname the name or address that the server's certificate must be for;
///     NULL only if certificates are not used, or not verified
/// @param errp set if the credentials are of no use
/// @return the channel, with one reference that the caller owns; NULL with `errp`
///     set
///
/// # Safety
///
/// `master` is alive; `creds` is alive; `hostname` is NULL or a C string; `errp` is
/// NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_tls_new_client(
    master: *mut QIOChannel,
    creds: *mut QCryptoTLSCreds,
    hostname: *const c_char,
    errp: *mut *mut Error,
) -> *mut QIOChannelTLS {
    // SAFETY: passed on to the caller.
    unsafe {
        let result = tls::new_client(master, creds, hostname);
        new_or_null(result, errp, c"qio_channel_tls_new_client")
    }
}

/// Starts the handshake and checks the peer's credentials at its end. Must be
/// called once, before the first read or write.
///
/// If the master is non-blocking, the handshake goes on in `context`. If it is
/// blocking, or if the handshake fails at once, `func` is called before this
/// function returns. `qio_channel_close()` on the channel, in the thread that runs
/// the context, ends the handshake without calling `func`; so does the end of the
/// context. While it waits, the handshake holds a reference to the channel.
///
/// With TLS 1.3, a client whose certificate the server rejects sees the handshake
/// succeed, and its first read fail.
///
/// @param ioc the channel
/// @param func called when the handshake is over, with a task that carries an error
///     if it failed; may close or unreference the channel
/// @param opaque passed to `func`
/// @param destroy called with `opaque` at the end, whether `func` was called or
///     not; NULL if there is nothing to free
/// @param context where to wait; NULL for the global default context
///
/// # Safety
///
/// `ioc` is alive; `func` and `destroy` may be called with `opaque` in the thread
/// that runs the context; `context` is NULL or a live context.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_tls_handshake(
    ioc: *mut QIOChannelTLS,
    func: QIOTaskFunc,
    opaque: gpointer,
    destroy: GDestroyNotify,
    context: *mut GMainContext,
) {
    // SAFETY: passed on to the caller.
    unsafe { tls::start_handshake(ioc, func, Owned { data: opaque, destroy }, context) };
}

/// The session of a channel, to ask it about the connection. Reading or writing
/// with it is not allowed.
///
/// @param ioc the channel
/// @return the session, which the channel owns
///
/// # Safety
///
/// `ioc` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_tls_get_session(
    ioc: *mut QIOChannelTLS,
) -> *mut QCryptoTLSSession {
    // SAFETY: the caller passes a live channel.
    unsafe { (*ioc).session.get() }
}

/// Declared in the header's template, where it can be hidden.
///
/// cbindgen:ignore
///
/// # Safety
///
/// `ioc` is alive; `errp` is NULL or a place for an error.
#[cfg(all(feature = "runtime", feature = "backports"))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_tls_bye(ioc: *mut QIOChannelTLS, errp: *mut *mut Error) {
    // SAFETY: passed on to the caller.
    unsafe {
        if let Err(error) = tls::bye(&*ioc) {
            error.store(Destination::from_raw(errp), c"qio_channel_tls_bye");
        }
    }
}
