//! What an `Error *` points to.

use std::ffi::{CStr, c_char, c_int};

use crate::abi::qemu::typedefs::Error as RawError;
use crate::abi::values::ErrorClassValue;
use crate::runtime::text::Text;

/// Where in the caller's source an error was made. The strings live forever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// Name of the source file.
    pub(crate) file: *const c_char,
    /// Line in it.
    pub(crate) line: c_int,
    /// Name of the function.
    pub(crate) function: *const c_char,
}

impl Origin {
    /// The file, for a message.
    pub(crate) fn file(&self) -> &CStr {
        // SAFETY: set functions are given static strings.
        unsafe { CStr::from_ptr(self.file) }
    }

    /// The function, for a message.
    pub(crate) fn function(&self) -> &CStr {
        // SAFETY: as above.
        unsafe { CStr::from_ptr(self.function) }
    }
}

/// An error.
#[derive(Debug)]
pub(crate) struct ErrorObject {
    /// What went wrong.
    pub(crate) message: Text,
    /// Its class, unchecked: any number a C caller gave.
    pub(crate) class: ErrorClassValue,
    /// Where it was made.
    pub(crate) origin: Origin,
    /// What the user might do about it; printed after the message.
    pub(crate) hint: Option<Text>,
}

impl ErrorObject {
    /// An error without a hint.
    pub(crate) fn new(message: Text, class: ErrorClassValue, origin: Origin) -> Box<Self> {
        Box::new(Self { message, class, origin, hint: None })
    }

    /// A copy that shares nothing with the original.
    pub(crate) fn duplicate(&self) -> Box<Self> {
        Box::new(Self {
            message: Text::copy(&self.message),
            class: self.class,
            origin: self.origin,
            hint: self.hint.as_deref().map(Text::copy),
        })
    }

    /// Puts `prefix` in front of the message.
    pub(crate) fn prepend(&mut self, prefix: &CStr) {
        self.message = Text::join(&[prefix, &self.message]);
    }

    /// Adds to the end of the hint.
    pub(crate) fn append_hint(&mut self, more: &CStr) {
        let before = self.hint.as_deref().unwrap_or(c"");
        self.hint = Some(Text::join(&[before, more]));
    }

    /// Gives the error to C.
    pub(crate) fn into_raw(self: Box<Self>) -> *mut RawError {
        Box::into_raw(self).cast()
    }

    /// Takes an error over from C.
    ///
    /// # Safety
    ///
    /// `raw` came from [`into_raw`](Self::into_raw) and is not used again.
    pub(crate) unsafe fn from_raw(raw: *mut RawError) -> Box<Self> {
        // SAFETY: passed on to the caller.
        unsafe { Box::from_raw(raw.cast()) }
    }

    /// Looks at an error that C owns.
    ///
    /// # Safety
    ///
    /// `raw` came from [`into_raw`](Self::into_raw) and lives unchanged for `'a`.
    pub(crate) unsafe fn from_ptr<'a>(raw: *const RawError) -> &'a Self {
        // SAFETY: passed on to the caller.
        unsafe { &*raw.cast() }
    }

    /// Looks at an error that C owns, to change it.
    ///
    /// # Safety
    ///
    /// `raw` came from [`into_raw`](Self::into_raw), and nobody else uses it for `'a`.
    pub(crate) unsafe fn from_mut_ptr<'a>(raw: *mut RawError) -> &'a mut Self {
        // SAFETY: passed on to the caller.
        unsafe { &mut *raw.cast() }
    }
}

/// `message` with the text of `errno` after it, unless that is 0.
pub(crate) fn explained(message: Text, errno: c_int) -> Text {
    if errno == 0 {
        return message;
    }
    let mut text: [c_char; 256] = [0; 256];
    // SAFETY: the array is writable for its length; libc terminates the text
    // inside it, and has written one also for a number that it does not know.
    let text = unsafe {
        libc::strerror_r(errno, text.as_mut_ptr(), text.len());
        CStr::from_ptr(text.as_ptr())
    };
    Text::join(&[&message, c": ", text])
}
