//! Aliases: properties that stand for a property of another object.

use std::ffi::{CStr, CString, c_char};

use super::value::Value;
use super::{Kind, access, table};
use crate::abi::qom::object::Object;
use crate::error::Error;
use crate::runtime::object::path;

/// An alias. The target object outlives it, as whoever added it vouches.
pub(crate) struct Alias {
    pub(crate) target: *mut Object,
    pub(crate) name: CString,
}

impl Kind for Alias {
    fn can_set(&self) -> bool {
        true
    }

    fn leads_on(&self) -> bool {
        true
    }

    fn get(&self, _object: *mut Object, _name: &CStr) -> Result<Value, Error> {
        // SAFETY: the target is live.
        unsafe { access::get(self.target, &self.name) }
    }

    fn set(&self, _object: *mut Object, _name: &CStr, value: &Value) -> Result<(), Error> {
        // SAFETY: the target is live.
        unsafe { access::set(self.target, &self.name, value) }
    }

    fn resolve(&self, _object: *mut Object, _part: *const c_char) -> *mut Object {
        // SAFETY: the target is live.
        unsafe { path::component(self.target, &self.name) }
    }
}

/// The type of an alias: that of its target, which must exist, except that a child
/// is only linked to.
///
/// # Safety
///
/// `target` is live.
pub(crate) unsafe fn type_name(target: *mut Object, name: &CStr) -> Result<CString, Error> {
    // SAFETY: passed on to the caller.
    let property = unsafe { access::find(target, name) }?;
    let type_name = property.type_name().to_bytes();
    let linked = type_name.strip_prefix(b"child<").map(|rest| [b"link<", rest].concat());
    Ok(CString::new(linked.unwrap_or_else(|| type_name.to_vec())).unwrap_or_default())
}

/// The description of the aliased property, which may be NULL.
///
/// # Safety
///
/// `target` is live.
pub(crate) unsafe fn description(target: *mut Object, name: &CStr) -> *const c_char {
    // SAFETY: passed on to the caller.
    unsafe { table::find(target, name) }
        .map_or(std::ptr::null(), |property| property.public.description.get().cast_const())
}
