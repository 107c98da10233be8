//! Reading and writing properties by name.

use std::ffi::CStr;
use std::sync::Arc;

use super::value::{Value, expects};
use super::visitor::Visitor;
use super::{Property, call_c, table};
use crate::abi::qemu::typedefs::{Error as RawError, Visitor as RawVisitor};
use crate::abi::qom::object::{Object, ObjectClass};
use crate::error::Error;
use crate::runtime::object::class::type_of;
use crate::runtime::text::shown;

/// `TYPE.NAME`, for messages.
fn full_name(object: *mut Object, name: &CStr) -> String {
    // SAFETY: callers pass live objects.
    let node = unsafe { type_of((*object).class.get()) };
    format!("{}.{}", node.display(), shown(name))
}

/// The property called `name`, or an error that says there is none.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn find(object: *mut Object, name: &CStr) -> Result<Arc<Property>, Error> {
    // SAFETY: passed on to the caller.
    unsafe { table::find(object, name) }
        .ok_or_else(|| Error::new(format!("Property '{}' does not exist", full_name(object, name))))
}

/// The property called `name` of a class, or an error that says there is none.
///
/// # Safety
///
/// `class` is live.
pub(crate) unsafe fn find_in_class(
    class: *mut ObjectClass,
    name: &CStr,
) -> Result<Arc<Property>, Error> {
    // SAFETY: passed on to the caller.
    unsafe { table::find_in_class(class, name) }.ok_or_else(|| {
        // SAFETY: the class is live.
        let node = unsafe { type_of(class) };
        Error::new(format!("Property '{}.{}' does not exist", node.display(), shown(name)))
    })
}

/// Passes a visitor to the property's getter.
///
/// # Safety
///
/// `object` is live; `visitor` is one of the library's.
pub(crate) unsafe fn get_with(
    object: *mut Object,
    name: &CStr,
    visitor: *mut RawVisitor,
) -> Result<(), Error> {
    // SAFETY: passed on to the caller.
    let property = unsafe { find(object, name) }?;
    let Some(get) = property.public.get.get() else {
        return Err(Error::new(format!("Property '{}' is not readable", full_name(object, name))));
    };
    let opaque = property.public.opaque.get();
    // SAFETY: the accessor was given for objects that have the property.
    call_c(|errp: *mut *mut RawError| unsafe { get(object, visitor, name.as_ptr(), opaque, errp) })
}

/// Passes a visitor to the property's setter.
///
/// # Safety
///
/// `object` is live; `visitor` is one of the library's.
pub(crate) unsafe fn set_with(
    object: *mut Object,
    name: &CStr,
    visitor: *mut RawVisitor,
) -> Result<(), Error> {
    // SAFETY: passed on to the caller.
    let property = unsafe { find(object, name) }?;
    let Some(set) = property.public.set.get() else {
        return Err(Error::new(format!("Property '{}' is not writable", full_name(object, name))));
    };
    let opaque = property.public.opaque.get();
    // SAFETY: the accessor was given for objects that have the property.
    call_c(|errp: *mut *mut RawError| unsafe { set(object, visitor, name.as_ptr(), opaque, errp) })
}

/// The value of a property.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn get(object: *mut Object, name: &CStr) -> Result<Value, Error> {
    let mut visitor = Visitor::Output(None);
    // SAFETY: passed on to the caller.
    unsafe { get_with(object, name, visitor.as_raw()) }?;
    match visitor {
        Visitor::Output(Some(value)) => Ok(value),
        _ => Err(Error::new(format!("Property '{}' gave no value", full_name(object, name)))),
    }
}

/// Changes the value of a property.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn set(object: *mut Object, name: &CStr, value: &Value) -> Result<(), Error> {
    // SAFETY: passed on to the caller.
    unsafe { set_with(object, name, Visitor::Input(value).as_raw()) }
}

/// Sets a property from what a user typed.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn parse(object: *mut Object, name: &CStr, text: &CStr) -> Result<(), Error> {
    // SAFETY: passed on to the caller.
    unsafe { set(object, name, &Value::Text(text.to_owned())) }
}

/// The unsigned value of a property: unlike when writing, a negative number is an
/// error.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn get_uint(object: *mut Object, name: &CStr) -> Result<u64, Error> {
    // SAFETY: passed on to the caller.
    match unsafe { get(object, name) }? {
        Value::Int(value) if value < 0 => Err(expects(name, "a uint (unsigned integer) value")),
        value => value.to_uint(name),
    }
}

/// The index of an enum property's value. Its type must be called `type_name`.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn get_enum(
    object: *mut Object,
    name: &CStr,
    type_name: &CStr,
) -> Result<i32, Error> {
    // SAFETY: passed on to the caller.
    let property = unsafe { find(object, name) }?;
    let wrong_type = || {
        Error::new(format!("Property '{}' is not of the type '{}'", shown(name), shown(type_name)))
    };
    if property.type_name() != type_name {
        return Err(wrong_type());
    }
    let Some(names) = property.names() else { return Err(wrong_type()) };
    // SAFETY: passed on to the caller.
    let value = unsafe { get(object, name) }?;
    super::plain::enum_index(names, value.to_str(name)?, name)
}
