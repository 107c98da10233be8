//! The bytes of a secret, by id.

use std::ffi::{CStr, CString};

use crate::abi::crypto::secret_common::QCryptoSecretCommon;
use crate::error::Error;
use crate::runtime::class;
use crate::runtime::text::shown;

/// The bytes of the secret `id`.
pub(crate) fn lookup(id: &CStr) -> Result<Vec<u8>, Error> {
    let object = class::find(id)
        .ok_or_else(|| Error::new(format!("There is no secret with id '{}'", shown(id))))?;
    // SAFETY: objects of the tree are alive while nobody deletes them, which must
    // not happen at the same time as a lookup.
    if !unsafe { class::is_a(object.as_ptr(), c"secret_common") } {
        return Err(Error::new(format!("The object '{}' is not a secret", shown(id))));
    }
    // SAFETY: it is one.
    let secret = unsafe { object.cast::<QCryptoSecretCommon>().as_ref() };
    if secret.rawdata.get().is_null() {
        return Err(Error::new(format!("The secret '{}' has no data", shown(id))));
    }
    // SAFETY: `rawlen` bytes at `rawdata` are the secret.
    let bytes = unsafe { std::slice::from_raw_parts(secret.rawdata.get(), secret.rawlen.get()) };
    Ok(bytes.to_vec())
}

/// The secret `id`, which must be text.
pub(crate) fn lookup_text(id: &CStr) -> Result<CString, Error> {
    let not_text = || Error::new(format!("The data of secret '{}' is not valid UTF-8", shown(id)));
    let text = String::from_utf8(lookup(id)?).map_err(|_| not_text())?;
    CString::new(text).map_err(|_| not_text())
}

/// The secret `id` in base64.
pub(crate) fn lookup_base64(id: &CStr) -> Result<CString, Error> {
    let bytes = lookup(id)?;
    // SAFETY: GLib reads the bytes and returns a string of its allocator, which is
    // copied and freed.
    unsafe {
        let text = glib_sys::g_base64_encode(bytes.as_ptr(), bytes.len());
        let copy = CStr::from_ptr(text).to_owned();
        glib_sys::g_free(text.cast());
        Ok(copy)
    }
}
