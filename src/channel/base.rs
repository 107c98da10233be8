//! The abstract base type of all channels.

use std::ffi::CStr;

use glib_sys::{g_free, g_strdup};

use crate::abi::io::channel::{QIOChannel, QIOChannelClass};
use crate::abi::qom::object::{Object, TypeInfo};
use crate::host::object::{ObjectType, register_type};

// SAFETY: `QIOChannel` is `repr(C)` and starts with an `Object`; `register` below
// registers the type with its size.
unsafe impl ObjectType for QIOChannel {
    const TYPE_NAME: &'static CStr = c"qio-channel";
}

/// Registers the type. It has no class function: the slots stay NULL for the
/// subclasses to fill.
pub(crate) fn register() {
    register_type(&TypeInfo {
        name: QIOChannel::TYPE_NAME.as_ptr(),
        parent: c"object".as_ptr(),
        instance_size: size_of::<QIOChannel>(),
        instance_align: 0,
        instance_init: None,
        instance_post_init: None,
        instance_finalize: Some(finalize),
        r#abstract: true,
        class_size: size_of::<QIOChannelClass>(),
        class_init: None,
        class_base_init: None,
        class_data: std::ptr::null_mut(),
        interfaces: std::ptr::null_mut(),
    });
}

unsafe extern "C" fn finalize(object: *mut Object) {
    // SAFETY: the host passes an instance of a subclass that is still initialised.
    let channel = unsafe { &*object.cast::<QIOChannel>() };
    if !channel.read_coroutine.get().is_null() || !channel.write_coroutine.get().is_null() {
        fatal!("object_unref: a channel was freed while a coroutine waits on it");
    }
    // SAFETY: the name is NULL or memory from `g_strdup`.
    unsafe { g_free(channel.name.replace(std::ptr::null_mut()).cast()) };
}

impl QIOChannel {
    /// Replaces the name; `None` removes it. The new one may point into the old.
    pub(crate) fn set_name(&self, name: Option<&CStr>) {
        // SAFETY: `name` is NULL or a C string; GLib copies it.
        let copy = unsafe { g_strdup(name.map_or(std::ptr::null(), CStr::as_ptr)) };
        // SAFETY: the old name is NULL or memory from `g_strdup`.
        unsafe { g_free(self.name.replace(copy).cast()) };
    }
}
