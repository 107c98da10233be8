//! Links: properties that lead to an object elsewhere.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char};
use std::ptr::null_mut;

use super::value::Value;
use super::{Kind, call_c};
use crate::abi::qemu::typedefs::Error as RawError;
use crate::abi::qom::object::{Object, ObjectPropertyLinkFlags};
use crate::abi::values::ObjectPropertyLinkFlagsValue;
use crate::error::Error;
use crate::runtime::object::{failure, path, reference};
use crate::runtime::text::shown;

/// May refuse a new target.
pub(crate) type Check =
    unsafe extern "C" fn(*const Object, *const c_char, *mut Object, *mut *mut RawError);

/// Where a link's target is stored.
pub(crate) enum Target {
    /// At this address.
    Variable(*mut *mut Object),
    /// At this offset in the object.
    Offset(isize),
    /// Nowhere: it never changes.
    Fixed(*mut Object),
}

/// A link property.
pub(crate) struct Link {
    pub(crate) target: Target,
    /// The name of the target's type.
    pub(crate) target_type: CString,
    /// Without one the link cannot be changed.
    pub(crate) check: Option<Check>,
    pub(crate) flags: ObjectPropertyLinkFlagsValue,
}

/// `link<TYPE>`: the type of a link property.
pub(crate) fn type_name(target_type: &CStr) -> CString {
    let name = [b"link<", target_type.to_bytes(), b">"].concat();
    CString::new(name).unwrap_or_default()
}

impl Link {
    fn is_strong(&self) -> bool {
        let strong = ObjectPropertyLinkFlags::OBJ_PROP_LINK_STRONG as ObjectPropertyLinkFlagsValue;
        self.flags & strong != 0
    }

    /// The variable with the target; `None` for a fixed one.
    fn variable(&self, object: *mut Object) -> Option<*const Cell<*mut Object>> {
        match self.target {
            Target::Variable(address) => Some(address.cast_const().cast()),
            Target::Offset(offset) => Some(object.wrapping_byte_offset(offset).cast_const().cast()),
            Target::Fixed(_) => None,
        }
    }

    fn target(&self, object: *mut Object) -> *mut Object {
        match (self.variable(object), &self.target) {
            // SAFETY: whoever added the property said where the pointer is.
            (Some(variable), _) => unsafe { (*variable).get() },
            (None, Target::Fixed(target)) => *target,
            (None, _) => null_mut(),
        }
    }

    /// The object that `text` names.
    fn find(&self, name: &CStr, text: &CStr) -> Result<*mut Object, Error> {
        if text.is_empty() {
            return Ok(null_mut());
        }
        let (found, ambiguous) = path::resolve(text, Some(&self.target_type));
        if ambiguous {
            return Err(Error::new(format!(
                "Path '{}' leads to more than one object of type '{}'",
                shown(text),
                shown(&self.target_type)
            )));
        }
        if !found.is_null() {
            return Ok(found);
        }
        let (any, any_ambiguous) = path::resolve(text, None);
        if any.is_null() && !any_ambiguous {
            return Err(failure::not_found(
                c"object_property_set_link",
                &format!("Object '{}' not found", shown(text)),
            ));
        }
        Err(Error::new(format!(
            "Parameter '{}' expects an object of type '{}'",
            shown(name),
            shown(&self.target_type)
        )))
    }
}

impl Kind for Link {
    fn can_set(&self) -> bool {
        self.check.is_some()
    }

    fn leads_on(&self) -> bool {
        true
    }

    fn has_release(&self) -> bool {
        self.is_strong()
    }

    fn get(&self, object: *mut Object, _name: &CStr) -> Result<Value, Error> {
        let target = self.target(object);
        if target.is_null() {
            return Ok(Value::string(c""));
        }
        // SAFETY: a link leads to a live object, as its owner vouches.
        Ok(Value::string(&unsafe { path::canonical(target) }.unwrap_or_default()))
    }

    fn set(&self, object: *mut Object, name: &CStr, value: &Value) -> Result<(), Error> {
        let (Some(check), Some(variable)) = (self.check, self.variable(object)) else {
            return Err(Error::new(format!("Property '{}' is not writable", shown(name))));
        };
        let target = self.find(name, value.to_str(name)?)?;
        // SAFETY: given for objects that have the property.
        call_c(|errp| unsafe { check(object, name.as_ptr(), target, errp) })?;
        let strong = self.is_strong();
        // SAFETY: both targets are live or NULL; the old one's reference is the
        // link's.
        unsafe {
            if strong && !target.is_null() {
                reference::take(target);
            }
            let old = (*variable).replace(target);
            if strong && !old.is_null() {
                reference::drop(old);
            }
        }
        Ok(())
    }

    fn resolve(&self, object: *mut Object, _part: *const c_char) -> *mut Object {
        self.target(object)
    }

    fn release(&self, object: *mut Object) {
        let target = self.target(object);
        if target.is_null() || !self.is_strong() {
            return;
        }
        // SAFETY: the reference is the link's.
        unsafe {
            if let Some(variable) = self.variable(object) {
                (*variable).set(null_mut());
            }
            reference::drop(target);
        }
    }
}
