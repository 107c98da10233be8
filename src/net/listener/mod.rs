//! A set of listening sockets with one function for all their clients.
//!
//! | file | idea |
//! |---|---|
//! | `mod` | adding sockets, setting the function, disconnecting |
//! | `state` | what the public struct has no room for, and the lock |
//! | `calls` | whose data a client function uses |
//! | `watch` | one GSource for each socket, and what happens when it fires |
//! | `wait` | waiting for one client |
//!
//! The lock protects the fields of the public struct, which C code reads in the
//! owner's thread only. No function of a caller's runs with it held, and neither does
//! anything that blocks.

mod calls;
mod state;
mod wait;
mod watch;

use std::ffi::{CStr, CString, c_int};
use std::os::fd::RawFd;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use glib_sys::{GDestroyNotify, GMainContext, GSource, g_free, g_realloc, g_strdup, gpointer};

use super::resolver;
use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::abi::io::net_listener::{QIONetListener, QIONetListenerClientFunc};
use crate::abi::qapi::qapi_types_sockets::SocketAddress;
use crate::abi::qom::object::Object;
use crate::channel::dispatch::Channel;
use crate::channel::{private, socket};
use crate::error::Error;
#[cfg(feature = "backports")]
use crate::host::address::OwnedAddress;
use crate::host::error::Destination;
use crate::host::object::{self, ObjectRef, ObjectType};
use crate::sys;
use state::{Guarded, Notify, Shared};

pub(crate) use wait::wait_client;

// SAFETY: `repr(C)`, starts with an Object, registered with its size.
unsafe impl ObjectType for QIONetListener {
    const TYPE_NAME: &'static CStr = c"qio-net-listener";
}

/// Registers the type.
pub(crate) fn register() {
    super::register::<QIONetListener>(Some(finalize));
}

/// Keeps a listener alive while one of its functions runs: destroying a watch drops a
/// reference, which could be the last. Nothing is taken while the listener is being
/// finalised.
struct Hold(Option<NonNull<QIONetListener>>);

impl Hold {
    fn on(listener: &QIONetListener) -> Self {
        if listener.parent.r#ref.load(Ordering::Relaxed) == 0 {
            return Self(None);
        }
        let raw = NonNull::from(listener);
        // SAFETY: the listener is alive.
        unsafe { object::retain(raw.as_ptr().cast()) };
        Self(Some(raw))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(raw) = self.0 {
            // SAFETY: the reference that `on` took.
            unsafe { object::release(raw.as_ptr().cast()) };
        }
    }
}

/// The function for new clients, with its data.
#[derive(Clone, Copy)]
pub(crate) struct Registration {
    /// The function; `None` if clients have to wait.
    pub(crate) function: QIONetListenerClientFunc,
    /// Passed to the function.
    pub(crate) data: gpointer,
    /// Releases the data.
    pub(crate) notify: GDestroyNotify,
}

impl QIONetListener {
    /// The lock and what goes with it.
    /// The socket with the number `index`; not a reference.
    #[cfg(feature = "backports")]
    pub(crate) fn channel_at(&self, index: usize) -> Option<*mut QIOChannelSocket> {
        let shared = self.shared();
        let _guard = shared.lock();
        // SAFETY: the array has as many elements as the count says.
        (index < self.nsioc.get()).then(|| unsafe { self.sioc.get().add(index).read() })
    }

    /// The address that this socket listens at.
    #[cfg(feature = "backports")]
    pub(crate) fn local_address(&self, index: usize) -> Result<OwnedAddress, Error> {
        match self.channel_at(index) {
            // SAFETY: the listener has a reference to its sockets.
            Some(channel) => unsafe { &*channel }.local_address(),
            None => Err(Error::new(format!("The listener has no socket {index}"))),
        }
    }

    fn shared(&self) -> std::sync::Arc<Shared> {
        private::of::<Shared>(self)
    }

    /// The channel with a number below `nsioc`.
    ///
    /// # Safety
    ///
    /// The lock is held, or the caller is the listener's owner.
    unsafe fn channel(&self, index: usize) -> NonNull<QIOChannelSocket> {
        // SAFETY: the array has `nsioc` channels, none of them NULL.
        unsafe { NonNull::new_unchecked(self.sioc.get().add(index).read()) }
    }

    /// The place of the watch of a channel.
    ///
    /// # Safety
    ///
    /// As for [`Self::channel`].
    unsafe fn slot(&self, index: usize) -> *mut *mut GSource {
        // SAFETY: the array has `nsioc` places.
        unsafe { self.io_source.get().add(index) }
    }

    fn registration(&self) -> Registration {
        Registration {
            function: self.io_func.get(),
            data: self.io_data.get(),
            notify: self.io_notify.get(),
        }
    }

    /// Names the channels that are added from now on. The new name may be the old one.
    pub(crate) fn set_name(&self, name: Option<&CStr>) {
        let copy = name.map_or(std::ptr::null_mut(), |name| {
            // SAFETY: a C string.
            unsafe { g_strdup(name.as_ptr()) }
        });
        // SAFETY: the old name is NULL or memory from `g_strdup`.
        unsafe { g_free(self.name.replace(copy).cast()) };
    }

    /// The name of a channel that is added now.
    fn channel_name(&self) -> Option<CString> {
        let name = self.name.get();
        // SAFETY: the name is NULL or a C string.
        let name = (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) })?;
        CString::new([name.to_bytes(), b"-listen"].concat()).ok()
    }

    /// Adds a channel, of which the listener takes a reference, and watches it if there
    /// is a function for clients.
    pub(crate) fn add(&self, channel: &QIOChannelSocket) {
        let _hold = Hold::on(self);
        let shared = self.shared();
        if let Some(name) = self.channel_name() {
            Channel::of(channel).set_name(Some(&name));
        }
        let raw = std::ptr::from_ref(channel).cast_mut();
        // SAFETY: the channel is alive; the listener keeps the reference.
        unsafe { object::retain(raw.cast()) };
        let guard = shared.lock();
        let count = self.nsioc.get();
        // SAFETY: the arrays are NULL or from GLib's allocator, which ends the process
        // rather than fail; each gets room for one element more, which is set.
        unsafe {
            self.sioc.set(grown(self.sioc.get(), count, raw));
            self.io_source.set(grown(self.io_source.get(), count, std::ptr::null_mut()));
        }
        self.connected.set(true);
        self.nsioc.set(count + 1);
        self.watch_all(&guard);
    }

    /// Listens at all addresses that `address` stands for. One success is enough.
    ///
    /// # Safety
    ///
    /// `address` is a valid address.
    pub(crate) unsafe fn open(
        &self,
        address: *mut SocketAddress,
        backlog: c_int,
    ) -> Result<(), Error> {
        let _hold = Hold::on(self);
        // SAFETY: passed on to the caller.
        let results = unsafe { resolver::lookup(address) }?;
        let mut first_error = None;
        let mut success = false;
        for mut result in results {
            let keep_alive = result.take_keep_alive();
            let channel = socket::new();
            // SAFETY: an owned address is valid.
            let opened = unsafe { channel.listen(result.as_ptr(), backlog) }
                .and_then(|()| set_keep_alive(channel.fd.get(), keep_alive));
            match opened {
                Ok(()) => {
                    self.add(&channel);
                    success = true;
                }
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        match first_error {
            _ if success => Ok(()),
            Some(error) => Err(error),
            None => Err(Error::new("The address stands for no address to listen at")),
        }
    }

    /// Sets the function for new clients; its watches run in `context` (NULL: the global
    /// default one). The data of the previous one is released.
    ///
    /// # Safety
    ///
    /// The function may be called with its data in the thread that runs `context`,
    /// until the data is released. `context` is NULL or alive, unless there is no
    /// function.
    pub(crate) unsafe fn set_client_function(&self, new: Registration, context: *mut GMainContext) {
        let _hold = Hold::on(self);
        let shared = self.shared();
        let context = if new.function.is_some() { context } else { std::ptr::null_mut() };
        // SAFETY: NULL, or alive as the caller says.
        let context = unsafe { state::Context::new(context) };

        let mut guard = shared.lock();
        self.unwatch_all(&guard);
        let old = self.registration();
        self.io_func.set(new.function);
        self.io_data.set(new.data);
        self.io_notify.set(new.notify);
        let old_context = std::mem::replace(&mut guard.context, context);
        let due = guard.calls.replace(Notify { function: old.notify, data: old.data });
        self.watch_all(&guard);
        drop(guard);

        drop(old_context);
        if let Some(notify) = due {
            notify.call();
        }
    }

    /// Stops watching and closes all channels. They stay in the listener.
    pub(crate) fn disconnect(&self) {
        let _hold = Hold::on(self);
        let shared = self.shared();
        let guard = shared.lock();
        if !self.connected.get() {
            return;
        }
        self.unwatch_all(&guard);
        self.connected.set(false);
        let channels = self.snapshot(&guard);
        drop(guard);
        for channel in channels {
            // Closing is all that can be done, and nobody asked whether it worked.
            Channel::of(&*channel).close(Destination::IGNORED);
        }
    }

    /// References to all channels: the array may move when the lock is released.
    fn snapshot(&self, _lock: &Guarded) -> Vec<ObjectRef<QIOChannelSocket>> {
        (0..self.nsioc.get())
            // SAFETY: the lock is held, and the listener's references keep them alive.
            .map(|index| unsafe { ObjectRef::to(self.channel(index)) })
            .collect()
    }
}

/// An array with one element more.
///
/// # Safety
///
/// `array` is NULL or from GLib's allocator, with `count` elements.
unsafe fn grown<T>(array: *mut *mut T, count: usize, element: *mut T) -> *mut *mut T {
    // SAFETY: passed on to the caller; the last element is inside.
    unsafe {
        let array = g_realloc(array.cast(), (count + 1) * size_of::<*mut T>()).cast::<*mut T>();
        array.add(count).write(element);
        array
    }
}

/// Has idle connections of a listening socket's clients probed.
fn set_keep_alive(fd: RawFd, wanted: bool) -> Result<(), Error> {
    if !wanted {
        return Ok(());
    }
    sys::socket::set_option(fd, libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1)
        .map_err(|errno| Error::with_errno(errno, "Unable to enable keep-alive"))
}

unsafe extern "C" fn finalize(object: *mut Object) {
    // SAFETY: the host passes an instance that is still initialised.
    let listener = unsafe { &*object.cast::<QIONetListener>() };
    listener.disconnect();
    let shared = listener.shared();
    listener.unwatch_all(&shared.lock());
    let Registration { notify, data, .. } = listener.registration();
    Notify { function: notify, data }.call();
    for index in 0..listener.nsioc.get() {
        // SAFETY: nobody else has the listener; each channel is released once.
        unsafe { object::release(listener.channel(index).as_ptr().cast()) };
    }
    // SAFETY: the arrays and the name are NULL or from GLib's allocator.
    unsafe {
        g_free(listener.sioc.get().cast());
        g_free(listener.io_source.get().cast());
        g_free(listener.name.get().cast());
    }
    drop(shared);
    private::remove::<Shared>(listener);
}
