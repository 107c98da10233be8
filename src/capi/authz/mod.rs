//! Functions of `authz/*.h`.

pub mod base;
pub mod list;
pub mod listfile;
pub mod pamacct;
pub mod simple;

use std::ffi::{CStr, CString};
use std::ptr::null_mut;

use crate::abi::qemu::typedefs::Error as RawError;
use crate::capi::qom::arguments::report;
use crate::host::object::ObjectType;
use crate::runtime::object::property::value::Value;
use crate::runtime::object::{creation, roots};

/// Creates an object under the root of user-created ones. Returns it, not as a
/// reference, or NULL with the error stored.
///
/// # Safety
///
/// `errp` follows the API's contract.
unsafe fn new_object<T: ObjectType>(
    id: Option<&CStr>,
    settings: &[(&CStr, Value)],
    errp: *mut *mut RawError,
    function: &'static CStr,
) -> *mut T {
    let settings =
        settings.iter().map(|(name, value)| (CString::from(*name), value.clone())).collect();
    // SAFETY: the root lives for ever; the rest is the caller's.
    unsafe {
        let object = creation::new_with_properties(T::TYPE_NAME, roots::objects(), id, &settings);
        report(object, errp, function).map_or(null_mut(), <*mut _>::cast)
    }
}
