//! Ending a session properly.
//!
//! The caller does not wait: what the master does not take at once is sent from the
//! default main context. A failure there has nobody to go to.

use std::ptr::NonNull;

use glib_sys::{G_IO_IN, G_IO_OUT, GFALSE, GIOCondition, gboolean, gpointer};

use super::cold::{self, Operation};
use super::{QIOChannelTLS, host_error};
use crate::abi::io::channel::QIOChannel;
use crate::channel::watch::widen;
use crate::error::Error;
use crate::host::object::ObjectRef;
use crate::host::tls::Progress;

/// Tells the peer that no more data will be sent.
pub(crate) fn bye(channel: &QIOChannelTLS) -> Result<(), Error> {
    let session = channel.session()?;
    let progress = {
        let _guard = channel.state().lock();
        session.bye()
    };
    match progress.map_err(host_error)? {
        Progress::Complete => Ok(()),
        Progress::Sending => wait(channel, G_IO_OUT),
        Progress::Receiving => wait(channel, G_IO_IN),
    }
}

/// Goes on when the master is ready. The source keeps the channel alive.
fn wait(channel: &QIOChannelTLS, condition: GIOCondition) -> Result<(), Error> {
    let watch = channel.master()?.create_watch(condition);
    widen(&watch);
    // SAFETY: the channel is alive, and knows the source before another thread can
    // dispatch it; the callback owns the reference until `forget`.
    unsafe {
        let reference = ObjectRef::to(NonNull::from(channel));
        cold::set_waiting(channel, Operation::Bye, watch.as_ptr());
        let data = reference.into_raw().cast();
        watch.attach(Some(resume), data, Some(forget), std::ptr::null_mut());
    }
    Ok(())
}

unsafe extern "C" fn resume(
    _master: *mut QIOChannel,
    _condition: GIOCondition,
    channel: gpointer,
) -> gboolean {
    // SAFETY: the source has a reference until this function has returned.
    let channel = unsafe { &*channel.cast_const().cast::<QIOChannelTLS>() };
    cold::clear_waiting(channel, Operation::Bye);
    // Whoever asked has gone on long ago.
    drop(bye(channel));
    GFALSE
}

unsafe extern "C" fn forget(channel: gpointer) {
    // SAFETY: the source gives up its reference.
    unsafe { crate::host::object::release(channel) };
}
