//! Objects, errors and files of the C API.

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use qiochannel::abi::qemu::typedefs::Error;
use qiochannel::abi::qom::object::Object;
use qiochannel::capi::qapi::error::{error_free, error_get_pretty};
use qiochannel::capi::qom::object::access::object_property_parse;
use qiochannel::capi::qom::object::{object_new, object_unref};

/// The longest message that is still one: it may repeat the input once or twice.
const MESSAGE_MAX: usize = 16384;

/// The C string that `bytes` start with.
#[must_use]
pub fn text(bytes: &[u8]) -> CString {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    CString::new(&bytes[..end]).expect("cut at the first NUL")
}

/// Calls a function with a place for an error. What it returned, and the message if it
/// failed.
///
/// # Panics
///
/// The error has no message, or an endless one.
pub fn call<T>(function: impl FnOnce(*mut *mut Error) -> T) -> (T, Option<String>) {
    let mut error = null_mut();
    let result = function(&raw mut error);
    if error.is_null() {
        return (result, None);
    }
    // SAFETY: an error that the function made, freed once.
    let message = unsafe {
        let message = CStr::from_ptr(error_get_pretty(error)).to_string_lossy().into_owned();
        error_free(error);
        message
    };
    assert!((1..MESSAGE_MAX).contains(&message.len()), "a message of {} bytes", message.len());
    (result, Some(message))
}

/// How often an object is referenced.
///
/// # Safety
///
/// `object` is alive.
#[must_use]
pub unsafe fn references(object: *mut c_void) -> u32 {
    // SAFETY: passed on to the caller.
    unsafe { &*object.cast::<Object>() }.r#ref.load(Ordering::Relaxed)
}

/// An object of its own, which nobody else refers to in the end.
pub struct Owned(*mut Object);

impl Owned {
    /// A new object of a type that exists.
    #[must_use]
    pub fn new(type_name: &CStr) -> Self {
        // SAFETY: the type is known, and not abstract.
        Self(unsafe { object_new(type_name.as_ptr()) })
    }

    /// Sets a property to what a text stands for. Whether it took the value.
    pub fn set(&self, name: &CStr, value: &CStr) -> bool {
        let set = |errp| {
            // SAFETY: the object is alive; both are C strings.
            unsafe { object_property_parse(self.0, name.as_ptr(), value.as_ptr(), errp) }
        };
        let (done, message) = call(set);
        assert_eq!(done, message.is_none(), "{message:?}");
        done
    }

    /// The object.
    #[must_use]
    pub fn as_ptr<T>(&self) -> *mut T {
        self.0.cast()
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: this value has the last reference.
        unsafe {
            assert_eq!(references(self.0.cast()), 1, "somebody refers to the object");
            object_unref(self.0.cast());
        }
    }
}

/// A directory of this process for files. It stays when the fuzzer ends the process:
/// `scripts/fuzz.sh` removes it.
///
/// # Panics
///
/// It cannot be created.
#[must_use]
pub fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("qiochannel-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory for temporary files");
        path
    })
}

/// A path as C knows it.
///
/// # Panics
///
/// There is a NUL in it.
#[must_use]
pub fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_encoded_bytes()).expect("a path has no NUL")
}

/// A C string of the API as bytes; NULL is `None`.
///
/// # Safety
///
/// `raw` is NULL or a C string that lives as long as the result.
#[must_use]
pub unsafe fn bytes<'a>(raw: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: passed on to the caller.
    (!raw.is_null()).then(|| unsafe { CStr::from_ptr(raw) }.to_bytes())
}
