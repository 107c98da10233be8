//! Noticing that a file changed.
//!
//! The directory is watched and not the file, so that a new file of that name is
//! noticed as well. Events are served by a source in the global default context.

use std::ffi::{CStr, CString, c_int};
use std::mem::offset_of;
use std::ptr::{NonNull, null_mut};
use std::sync::{Arc, Mutex, PoisonError};

use glib_sys::{
    G_IO_IN, G_SOURCE_CONTINUE, G_SOURCE_REMOVE, GIOCondition, GSource, GSourceFunc, gboolean,
    gpointer,
};
use libc::inotify_event;

use crate::abi::authz::listfile::{QAuthZListFile, QFileMonitor};
use crate::error::Error;
use crate::host::error::Destination;
use crate::runtime::text::shown;
use crate::sys::{self, Errno};

unsafe extern "C" {
    // glib-sys leaves the Unix functions to a crate of their own.
    fn g_unix_fd_source_new(fd: c_int, condition: GIOCondition) -> *mut GSource;
}

/// What happens to the files of the directory that is worth waking up for.
const EVENTS: u32 = libc::IN_CREATE
    | libc::IN_MODIFY
    | libc::IN_DELETE
    | libc::IN_MOVED_FROM
    | libc::IN_MOVED_TO
    | libc::IN_ATTRIB;

/// Those after which there is something new to load.
const RELOAD: u32 = libc::IN_CREATE | libc::IN_MOVED_TO | libc::IN_MODIFY;

/// The object that loads its file again.
struct ObjectPointer(*const QAuthZListFile);

// SAFETY: the pointer is used under a lock, by the thread that runs the default
// main context; `load` guards what other threads look at.
unsafe impl Send for ObjectPointer {}

/// What the source's callback works on.
struct Target {
    /// The object; NULL once it is being finalised. Locked while it is used, so
    /// that it cannot be finalised meanwhile.
    object: Mutex<ObjectPointer>,
    /// The name of the file in the directory.
    name: CString,
    /// The inotify descriptor.
    descriptor: c_int,
}

impl Drop for Target {
    fn drop(&mut self) {
        // It was only read from; nobody could act on a failure.
        let _ = sys::fd::close(self.descriptor);
    }
}

/// Loads an object again whenever its file changes, until dropped.
pub(super) struct FileWatch {
    source: NonNull<GSource>,
    target: Arc<Target>,
}

/// The directory and the name of a file.
fn split(path: &CStr) -> Option<(CString, CString)> {
    let bytes = path.to_bytes();
    let slash = bytes.iter().rposition(|&byte| byte == b'/')?;
    let (directory, name) = (bytes.get(..slash.max(1))?, bytes.get(slash + 1..)?);
    Some((CString::new(directory).ok()?, CString::new(name).ok()?))
}

/// An inotify descriptor that watches `directory`.
fn watch_directory(directory: &CStr) -> Result<c_int, Errno> {
    // SAFETY: the path is a C string.
    unsafe {
        let descriptor = libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK);
        if descriptor == -1 {
            return Err(Errno::last());
        }
        if libc::inotify_add_watch(descriptor, directory.as_ptr(), EVENTS) == -1 {
            let errno = Errno::last();
            let _ = sys::fd::close(descriptor);
            return Err(errno);
        }
        Ok(descriptor)
    }
}

impl FileWatch {
    /// Watches the file at `path` for `object`, which drops the watch before it
    /// goes away.
    pub(super) fn new(object: &QAuthZListFile, path: &CStr) -> Result<Box<Self>, Error> {
        let (directory, name) =
            split(path).filter(|(directory, _)| directory.as_c_str() != c".").ok_or_else(|| {
                Error::new(format!("An absolute path is needed to watch '{}'", shown(path)))
            })?;
        let descriptor = watch_directory(&directory).map_err(|errno| {
            Error::with_errno(errno, format!("Unable to watch '{}'", shown(&directory)))
        })?;
        let object = Mutex::new(ObjectPointer(object));
        let target = Arc::new(Target { object, name, descriptor });
        // SAFETY: the source owns one count of the target, given back by `forget`,
        // and calls `changed` as the function type of such sources.
        let source = unsafe {
            let source = g_unix_fd_source_new(descriptor, G_IO_IN);
            let function: unsafe extern "C" fn(c_int, GIOCondition, gpointer) -> gboolean = changed;
            let callback = std::mem::transmute::<
                unsafe extern "C" fn(c_int, GIOCondition, gpointer) -> gboolean,
                unsafe extern "C" fn(gpointer) -> gboolean,
            >(function);
            let data = Arc::into_raw(Arc::clone(&target)).cast_mut().cast();
            let callback: GSourceFunc = Some(callback);
            glib_sys::g_source_set_callback(source, callback, data, Some(forget));
            glib_sys::g_source_attach(source, null_mut());
            NonNull::new_unchecked(source)
        };
        Ok(Box::new(Self { source, target }))
    }

    /// As the field of the C struct holds it.
    pub(super) fn into_raw(self: Box<Self>) -> *mut QFileMonitor {
        Box::into_raw(self).cast()
    }

    /// From the field of the C struct.
    ///
    /// # Safety
    ///
    /// `raw` is NULL or came from [`into_raw`](Self::into_raw), and is not used
    /// again.
    pub(super) unsafe fn from_raw(raw: *mut QFileMonitor) -> Option<Box<Self>> {
        // SAFETY: passed on to the caller.
        (!raw.is_null()).then(|| unsafe { Box::from_raw(raw.cast()) })
    }
}

impl Drop for FileWatch {
    fn drop(&mut self) {
        // From here on a callback in another thread leaves the object alone.
        self.target.object.lock().unwrap_or_else(PoisonError::into_inner).0 = std::ptr::null();
        // SAFETY: this value owns one reference to the source.
        unsafe {
            glib_sys::g_source_destroy(self.source.as_ptr());
            glib_sys::g_source_unref(self.source.as_ptr());
        }
    }
}

unsafe extern "C" fn forget(target: gpointer) {
    // SAFETY: the source's count of the target, not used again.
    drop(unsafe { Arc::from_raw(target.cast_const().cast::<Target>()) });
}

unsafe extern "C" fn changed(
    descriptor: c_int,
    _condition: GIOCondition,
    target: gpointer,
) -> gboolean {
    // SAFETY: the source owns a count of the target.
    let target = unsafe { &*target.cast_const().cast::<Target>() };
    let object = target.object.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: not NULL means that the object is alive, and stays so while the
    // lock is held.
    let Some(object) = (unsafe { object.0.as_ref() }) else { return G_SOURCE_REMOVE };
    if is_changed(descriptor, &target.name)
        && let Err(error) = object.load()
    {
        report(error);
    }
    G_SOURCE_CONTINUE
}

/// Takes all events off the queue. Returns whether one says that there may be a
/// new content for the file `name`.
fn is_changed(descriptor: c_int, name: &CStr) -> bool {
    let mut buffer = [0u8; 4096];
    let mut changed = false;
    loop {
        // SAFETY: the buffer is writable for its length.
        let count = unsafe { libc::read(descriptor, buffer.as_mut_ptr().cast(), buffer.len()) };
        let Some(count) = usize::try_from(count).ok().filter(|&count| count > 0) else {
            return changed;
        };
        changed |= events(buffer.get(..count).unwrap_or_default())
            .any(|(mask, file)| mask & RELOAD != 0 && file == name.to_bytes());
    }
}

/// The masks and names of the events in `bytes`.
fn events(mut bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    std::iter::from_fn(move || {
        let field =
            |offset| Some(u32::from_ne_bytes(bytes.get(offset..offset + 4)?.try_into().ok()?));
        let mask = field(offset_of!(inotify_event, mask))?;
        let length = field(offset_of!(inotify_event, len))? as usize;
        let (event, rest) = bytes.split_at_checked(size_of::<inotify_event>() + length)?;
        bytes = rest;
        // The name is filled up with NULs.
        let name = event.get(size_of::<inotify_event>()..)?;
        Some((mask, name.split(|&byte| byte == 0).next()?))
    })
}

/// Tells the user about an error that nobody is there to return to.
fn report(error: Error) {
    unsafe extern "C" {
        fn error_report_err(error: *mut crate::abi::qemu::typedefs::Error);
    }
    let mut raw = null_mut();
    // SAFETY: the destination is a variable that holds NULL, and then an error,
    // which the report frees.
    unsafe {
        error.store(Destination::from_raw(&raw mut raw), c"qauthz_list_file_reload");
        error_report_err(raw);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_split_into_directory_and_name() {
        let split =
            |path| split(path).map(|(a, b)| (a.into_string().unwrap(), b.into_string().unwrap()));
        assert_eq!(split(c"/a/b"), Some(("/a".into(), "b".into())));
        assert_eq!(split(c"/b"), Some(("/".into(), "b".into())));
        assert_eq!(split(c"b"), None);
    }

    #[test]
    fn events_end_at_the_first_incomplete_one() {
        let mut bytes = vec![0; size_of::<inotify_event>()];
        bytes[4..8].copy_from_slice(&libc::IN_MODIFY.to_ne_bytes());
        bytes[12..16].copy_from_slice(&4u32.to_ne_bytes());
        bytes.extend_from_slice(b"ab\0\0");
        bytes.extend_from_slice(&[0; 5]);
        let found: Vec<_> = events(&bytes).collect();
        assert_eq!(found, [(libc::IN_MODIFY, &b"ab"[..])]);
    }
}
