//! A channel that swallows everything and is always at end of file.

use std::ffi::CStr;

use glib_sys::GIOCondition;

use super::dispatch::Channel;
use super::request::{Read, Write};
use super::watch::{Watch, ready_watch};
use super::{ChannelImpl, Seek, Transfer};
use crate::abi::io::channel_null::QIOChannelNull;
use crate::error::Error;
use crate::host::aio::FdHandlers;
use crate::host::object::ObjectType;
use crate::sys::Errno;

// SAFETY: `repr(C)`, starts with a QIOChannel, registered with its size.
unsafe impl ObjectType for QIOChannelNull {
    const TYPE_NAME: &'static CStr = c"qio-channel-null";
}

impl QIOChannelNull {
    fn check_open(&self) -> Result<(), Error> {
        match self.closed.get() {
            false => Ok(()),
            true => Err(Error::with_errno(Errno::new(libc::EINVAL), "Channel is closed")),
        }
    }
}

impl ChannelImpl for QIOChannelNull {
    const INIT: Option<fn(&Self)> = Some(|channel| channel.closed.set(false));
    const SEEK: Option<Seek<Self>> = Some(|_, _, _| Ok(0));
    // Nothing will ever happen to wait for.
    const SET_AIO_FD_HANDLER: Option<fn(&Self, FdHandlers)> = Some(|_, _| {});

    fn writev(&self, request: Write<'_>) -> Transfer {
        self.check_open()?;
        request.buffers.total().ok_or_else(|| {
            Error::with_errno(Errno::new(libc::EINVAL), "Too many bytes in one write").into()
        })
    }

    fn readv(&self, _request: Read<'_>) -> Transfer {
        self.check_open()?;
        Ok(0)
    }

    fn close(&self) -> Result<(), Error> {
        self.closed.set(true);
        Ok(())
    }

    fn set_blocking(&self, _enabled: bool) -> Result<(), Error> {
        Ok(())
    }

    fn create_watch(&self, condition: GIOCondition) -> Watch {
        ready_watch(Channel::of(self), condition, true)
    }
}
