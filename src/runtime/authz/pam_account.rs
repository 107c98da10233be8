//! PAM's account management.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{NonNull, null_mut};

/// PAM's handle for one question.
#[repr(C)]
struct PamHandle {
    _opaque: [u8; 0],
}

type Converse = unsafe extern "C" fn(
    count: c_int,
    messages: *mut *const c_void,
    responses: *mut *mut c_void,
    data: *mut c_void,
) -> c_int;

/// How modules talk to the user.
#[repr(C)]
struct PamConversation {
    converse: Converse,
    data: *mut c_void,
}

const PAM_SUCCESS: c_int = 0;
const PAM_CONV_ERR: c_int = 19;
const PAM_SILENT: c_int = 0x8000;

// As security/pam_appl.h of Linux-PAM declares them; `build.rs` links the library.
unsafe extern "C" {
    fn pam_start(
        service: *const c_char,
        user: *const c_char,
        conversation: *const PamConversation,
        handle: *mut *mut PamHandle,
    ) -> c_int;
    fn pam_acct_mgmt(handle: *mut PamHandle, flags: c_int) -> c_int;
    fn pam_end(handle: *mut PamHandle, status: c_int) -> c_int;
    fn pam_strerror(handle: *mut PamHandle, status: c_int) -> *const c_char;
}

/// There is nobody to talk to.
unsafe extern "C" fn refuse_to_talk(
    _count: c_int,
    _messages: *mut *const c_void,
    _responses: *mut *mut c_void,
    _data: *mut c_void,
) -> c_int {
    PAM_CONV_ERR
}

/// Why PAM failed or refused.
pub(super) struct PamError(pub(super) String);

impl PamError {
    /// The result of a call. To be looked at before the handle is gone.
    fn check(handle: *mut PamHandle, status: c_int) -> Result<(), Self> {
        if status == PAM_SUCCESS {
            return Ok(());
        }
        // SAFETY: the handle is alive, or NULL where there is none, which PAM's
        // function allows; the text is static.
        let text = unsafe {
            let text = pam_strerror(handle, status);
            if text.is_null() { c"unknown reason" } else { CStr::from_ptr(text) }
        };
        Err(Self(text.to_string_lossy().into_owned()))
    }
}

/// One user's account with a service.
pub(super) struct Account {
    handle: NonNull<PamHandle>,
    /// The result of the last call, which the end of the transaction is told.
    status: c_int,
}

impl Account {
    /// Starts a transaction about `user`.
    pub(super) fn open(service: &CStr, user: &CStr) -> Result<Self, PamError> {
        let conversation = PamConversation { converse: refuse_to_talk, data: null_mut() };
        let mut handle = null_mut();
        // SAFETY: C strings; PAM copies them and the conversation.
        let status = unsafe {
            pam_start(service.as_ptr(), user.as_ptr(), &raw const conversation, &raw mut handle)
        };
        PamError::check(null_mut(), status)?;
        match NonNull::new(handle) {
            Some(handle) => Ok(Self { handle, status: PAM_SUCCESS }),
            None => Err(PamError("there is no handle".into())),
        }
    }

    /// Whether the account may be used now.
    pub(super) fn check(&mut self) -> Result<(), PamError> {
        // SAFETY: the transaction is open.
        self.status = unsafe { pam_acct_mgmt(self.handle.as_ptr(), PAM_SILENT) };
        PamError::check(self.handle.as_ptr(), self.status)
    }

    /// Ends the transaction.
    pub(super) fn close(self) -> Result<(), PamError> {
        let this = std::mem::ManuallyDrop::new(self);
        // SAFETY: the transaction is open, and not used again.
        let status = unsafe { pam_end(this.handle.as_ptr(), this.status) };
        PamError::check(null_mut(), status)
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        // What went wrong before is what counts.
        // SAFETY: the transaction is open, and not used again.
        let _: c_int = unsafe { pam_end(self.handle.as_ptr(), self.status) };
    }
}
