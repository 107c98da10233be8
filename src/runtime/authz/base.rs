//! The abstract class, and asking an object.

use std::ffi::{CStr, c_char};
use std::ptr::null_mut;

use crate::abi::authz::base::{QAuthZ, QAuthZClass};
use crate::abi::qemu::typedefs::Error as RawError;
use crate::abi::qom::object::ObjectClass;
use crate::error::Error;
use crate::host::error::{Destination, OwnedError};
use crate::host::object::ObjectType;
use crate::runtime::class::{self, Definition};
use crate::runtime::text::shown;

const NAME: &CStr = c"authz";

/// A class of this library that decides.
pub(super) trait Authorise: ObjectType {
    /// Whether `identity` may enter.
    fn is_allowed(&self, identity: &CStr) -> Result<bool, Error>;
}

unsafe extern "C" fn is_allowed_slot<T: Authorise>(
    authz: *mut QAuthZ,
    identity: *const c_char,
    errp: *mut *mut RawError,
) -> bool {
    // SAFETY: the slot's contract: an instance of `T`, a C string, a destination.
    unsafe {
        match (*authz.cast::<T>()).is_allowed(CStr::from_ptr(identity)) {
            Ok(verdict) => verdict,
            Err(error) => {
                error.store(Destination::from_raw(errp), c"qauthz_is_allowed");
                false
            }
        }
    }
}

/// Makes the objects of a class decide as `T` does.
///
/// # Safety
///
/// `class` is the class of `T`, and its `class_init` runs.
pub(super) unsafe fn authorise_with<T: Authorise>(class: *mut ObjectClass) {
    // SAFETY: the class struct of such a class starts with a QAuthZClass.
    unsafe { (*class.cast::<QAuthZClass>()).is_allowed.set(Some(is_allowed_slot::<T>)) };
}

/// Asks `authz` about `identity`.
///
/// # Safety
///
/// `authz` is a live object of a class derived from `authz`.
pub(crate) unsafe fn is_allowed(authz: *mut QAuthZ, identity: &CStr) -> Result<bool, Error> {
    // SAFETY: the caller vouches for the object, whose class is a QAuthZClass.
    let slot = unsafe {
        let class = (*authz).parent_obj.class.get().cast::<QAuthZClass>();
        (*class).is_allowed.get()
    };
    let slot = slot.ok_or_else(|| Error::new("The authorisation class decides nothing"))?;
    let mut error = null_mut();
    // SAFETY: the slot's contract; the error, if any, is owned here.
    unsafe {
        let verdict = slot(authz, identity.as_ptr(), &raw mut error);
        OwnedError::from_raw(error).map_or(Ok(verdict), |error| Err(error.into()))
    }
}

/// Asks the object `id` about `identity`.
pub(crate) fn is_allowed_by_id(id: &CStr, identity: &CStr) -> Result<bool, Error> {
    let object = class::find(id).ok_or_else(|| {
        Error::new(format!("There is no authorisation object with id '{}'", shown(id)))
    })?;
    // SAFETY: objects of the tree are alive while nobody deletes them, which must
    // not happen at the same time as a lookup.
    unsafe {
        if !class::is_a(object.as_ptr(), NAME) {
            return Err(Error::new(format!(
                "The object '{}' does not decide about authorisation",
                shown(id)
            )));
        }
        is_allowed(object.as_ptr().cast(), identity)
    }
}

// SAFETY: `repr(C)`, starts with an Object, registered with its size.
unsafe impl ObjectType for QAuthZ {
    const TYPE_NAME: &'static CStr = NAME;
}

pub(super) fn register_type() {
    Definition {
        instance_size: size_of::<QAuthZ>(),
        class_size: size_of::<QAuthZClass>(),
        is_abstract: true,
        ..Definition::new(NAME, c"object")
    }
    .register();
}
