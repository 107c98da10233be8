//! One call of one function, and the features that follow from them.

use std::ffi::{c_int, c_uint};

use libc::{iovec, off_t};

use super::{Class, Functions, functions_of};
use crate::abi::io::channel::{QIO_CHANNEL_READ_FLAG_MSG_PEEK, QIOChannelFeature};
use crate::abi::io::channel_file::QIOChannelFile;
use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::channel::dispatch::{Channel, ReceiveDescriptors, refuse};
use crate::channel::file;
use crate::error::Error;
use crate::host::error::Destination;

const PEEK: u32 = QIOChannelFeature::QIO_CHANNEL_FEATURE_READ_MSG_PEEK as u32;
const SEEKABLE: u32 = QIOChannelFeature::QIO_CHANNEL_FEATURE_SEEKABLE as u32;
const LISTEN: u32 = QIOChannelFeature::QIO_CHANNEL_FEATURE_LISTEN as u32;

const NOT_SEEKABLE: &str = "Channel does not support reads and writes at an offset";

impl Channel<'_> {
    fn functions(self) -> Functions {
        functions_of(self.parent.class.get().cast())
    }

    /// Whether the channel has a feature without a bit of its own: this library sets
    /// none but the first four.
    #[cold]
    pub(in crate::channel) fn has_derived_feature(self, feature: u32) -> bool {
        let functions = self.functions();
        match feature {
            PEEK => {
                let is_socket = |class: Class| class.is_of::<QIOChannelSocket>();
                functions.readv.is_some_and(|readv| is_socket(readv.by))
                    && !self.has_feature(LISTEN)
            }
            SEEKABLE => {
                let is_file = |class: Class| class.is_of::<QIOChannelFile>();
                functions.preadv.is_some_and(|preadv| is_file(preadv.by)) && file::is_seekable(self)
            }
            _ => false,
        }
    }

    /// Reads once, with flags.
    ///
    /// # Safety
    ///
    /// As for [`Channel::readv_full`].
    pub(crate) unsafe fn readv_full_flags(
        self,
        iov: *const iovec,
        niov: usize,
        descriptors: ReceiveDescriptors,
        flags: c_int,
        errp: Destination,
    ) -> isize {
        let peeks = flags & QIO_CHANNEL_READ_FLAG_MSG_PEEK != 0;
        if flags != 0 && (!descriptors.are_wanted() || self.passes_descriptors()) {
            if peeks && !self.has_feature(PEEK) {
                return refuse("Channel does not support peeking at data", errp);
            }
            if let Some(readv) = self.functions().readv {
                let ReceiveDescriptors { array, count } = descriptors;
                // SAFETY: the function gets an instance of its class, and what the
                // caller vouches for.
                return unsafe {
                    (readv.function)(self.as_ptr(), iov, niov, array, count, flags, errp.as_raw())
                };
            }
            if peeks {
                return refuse("Channel class does not support peeking at data", errp);
            }
            // The other flags are wishes.
        }
        // SAFETY: passed on to the caller.
        unsafe { self.readv_full(iov, niov, descriptors, errp) }
    }

    /// Reads once, at an offset.
    ///
    /// # Safety
    ///
    /// `iov` has `niov` writable elements.
    pub(crate) unsafe fn preadv(
        self,
        iov: *const iovec,
        niov: usize,
        offset: off_t,
        errp: Destination,
    ) -> isize {
        let Some(preadv) = self.functions().preadv else {
            return unsupported("Channel does not support reads at an offset", errp);
        };
        // A file finds out by trying.
        if !preadv.by.is_of::<QIOChannelFile>() && !self.has_feature(SEEKABLE) {
            return refuse(NOT_SEEKABLE, errp);
        }
        // SAFETY: the function gets an instance of its class, and what the caller
        // vouches for.
        unsafe { (preadv.function)(self.as_ptr(), iov, niov, offset, errp.as_raw()) }
    }

    /// Writes once, at an offset.
    ///
    /// # Safety
    ///
    /// `iov` has `niov` readable elements.
    pub(crate) unsafe fn pwritev(
        self,
        iov: *const iovec,
        niov: usize,
        offset: off_t,
        errp: Destination,
    ) -> isize {
        let Some(pwritev) = self.functions().pwritev else {
            return unsupported("Channel does not support writes at an offset", errp);
        };
        if !pwritev.by.is_of::<QIOChannelFile>() && !self.has_feature(SEEKABLE) {
            return refuse(NOT_SEEKABLE, errp);
        }
        // SAFETY: as above.
        unsafe { (pwritev.function)(self.as_ptr(), iov, niov, offset, errp.as_raw()) }
    }

    /// Stores the process id of the peer. Returns 0 or -1.
    ///
    /// # Safety
    ///
    /// `pid` is writable.
    pub(crate) unsafe fn peer_pid(self, pid: *mut c_uint, errp: Destination) -> c_int {
        match self.functions().peer_pid {
            // SAFETY: the function gets an instance of its class, and what the caller
            // vouches for.
            Some(peer_pid) => unsafe { (peer_pid.function)(self.as_ptr(), pid, errp.as_raw()) },
            None => {
                Error::new("Channel does not know the process of its peer")
                    .store(errp, c"qio_channel_get_peerpid");
                -1
            }
        }
    }

    fn passes_descriptors(self) -> bool {
        self.has_feature(QIOChannelFeature::QIO_CHANNEL_FEATURE_FD_PASS as u32)
    }
}

/// Fails what the class has no function for.
#[cold]
#[track_caller]
fn unsupported(reason: &'static str, errp: Destination) -> isize {
    Error::new(reason).store(errp, c"qio_channel");
    -1
}
