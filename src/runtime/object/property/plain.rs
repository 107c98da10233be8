//! Properties with a value of their own: strings, booleans, enums, dates, and
//! variables.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

use glib_sys::g_free;

use super::value::{Value, expects};
use super::{Kind, call_c};
use crate::abi::qapi::util::QEnumLookup;
use crate::abi::qemu::typedefs::Error as RawError;
use crate::abi::qom::object::{Object, ObjectPropertyFlags};
use crate::abi::values::ObjectPropertyFlagsValue;
use crate::error::Error;
use crate::runtime::text::shown;

type Errp = *mut *mut RawError;

/// The error of an accessor that is not there.
pub(super) fn not_accessible(name: &CStr) -> Error {
    Error::new(format!("Property '{}' cannot be used that way", shown(name)))
}

/// A string with C accessors. The getter's result is freed.
pub(crate) struct StringProperty {
    pub(crate) get: Option<unsafe extern "C" fn(*mut Object, Errp) -> *mut c_char>,
    pub(crate) set: Option<unsafe extern "C" fn(*mut Object, *const c_char, Errp)>,
}

impl Kind for StringProperty {
    fn can_get(&self) -> bool {
        self.get.is_some()
    }

    fn can_set(&self) -> bool {
        self.set.is_some()
    }

    fn get(&self, object: *mut Object, name: &CStr) -> Result<Value, Error> {
        let get = self.get.ok_or_else(|| not_accessible(name))?;
        // SAFETY: given for objects that have the property.
        let text = call_c(|errp| unsafe { get(object, errp) })?;
        if text.is_null() {
            return Ok(Value::Str(None));
        }
        // SAFETY: the getter returned a string, which is ours to free.
        unsafe {
            let value = Value::string(CStr::from_ptr(text));
            g_free(text.cast());
            Ok(value)
        }
    }

    fn set(&self, object: *mut Object, name: &CStr, value: &Value) -> Result<(), Error> {
        let set = self.set.ok_or_else(|| not_accessible(name))?;
        let text = value.to_str(name)?;
        // SAFETY: given for objects that have the property.
        call_c(|errp| unsafe { set(object, text.as_ptr(), errp) })
    }
}

/// A boolean with C accessors.
pub(crate) struct BoolProperty {
    pub(crate) get: Option<unsafe extern "C" fn(*mut Object, Errp) -> bool>,
    pub(crate) set: Option<unsafe extern "C" fn(*mut Object, bool, Errp)>,
}

impl Kind for BoolProperty {
    fn can_get(&self) -> bool {
        self.get.is_some()
    }

    fn can_set(&self) -> bool {
        self.set.is_some()
    }

    fn get(&self, object: *mut Object, name: &CStr) -> Result<Value, Error> {
        let get = self.get.ok_or_else(|| not_accessible(name))?;
        // SAFETY: given for objects that have the property.
        call_c(|errp| unsafe { get(object, errp) }).map(Value::Bool)
    }

    fn set(&self, object: *mut Object, name: &CStr, value: &Value) -> Result<(), Error> {
        let set = self.set.ok_or_else(|| not_accessible(name))?;
        let value = value.to_bool(name)?;
        // SAFETY: given for objects that have the property.
        call_c(|errp| unsafe { set(object, value, errp) })
    }
}

/// The index of `text` among the names of an enum.
pub(crate) fn enum_index(names: &QEnumLookup, text: &CStr, name: &CStr) -> Result<c_int, Error> {
    (0..names.size).find(|&index| enum_name(names, index) == Some(text)).ok_or_else(|| {
        Error::new(format!("Parameter '{}' does not accept value '{}'", shown(name), shown(text)))
    })
}

/// The name of the enum's value `index`.
fn enum_name(names: &QEnumLookup, index: c_int) -> Option<&CStr> {
    let position = usize::try_from(index).ok().filter(|_| index < names.size)?;
    // SAFETY: a lookup table has `size` entries, each a string or NULL.
    unsafe {
        let text = *names.array.add(position);
        (!text.is_null()).then(|| CStr::from_ptr(text))
    }
}

/// The value of an enum property whose getter returned `index`.
pub(crate) fn enum_value(names: &QEnumLookup, index: c_int, name: &CStr) -> Result<Value, Error> {
    match enum_name(names, index) {
        Some(text) => Ok(Value::string(text)),
        None => fatal!(
            "object_property_get: the getter of '{}' returned {index}, which its enum does not have",
            shown(name)
        ),
    }
}

/// An enum with C accessors; its values are names of a table.
pub(crate) struct EnumProperty {
    pub(crate) names: &'static QEnumLookup,
    pub(crate) get: Option<unsafe extern "C" fn(*mut Object, Errp) -> c_int>,
    pub(crate) set: Option<unsafe extern "C" fn(*mut Object, c_int, Errp)>,
}

impl Kind for EnumProperty {
    fn can_get(&self) -> bool {
        self.get.is_some()
    }

    fn can_set(&self) -> bool {
        self.set.is_some()
    }

    fn get(&self, object: *mut Object, name: &CStr) -> Result<Value, Error> {
        let get = self.get.ok_or_else(|| not_accessible(name))?;
        // SAFETY: given for objects that have the property.
        let index = call_c(|errp| unsafe { get(object, errp) })?;
        enum_value(self.names, index, name)
    }

    fn set(&self, object: *mut Object, name: &CStr, value: &Value) -> Result<(), Error> {
        let set = self.set.ok_or_else(|| not_accessible(name))?;
        let index = enum_index(self.names, value.to_str(name)?, name)?;
        // SAFETY: given for objects that have the property.
        call_c(|errp| unsafe { set(object, index, errp) })
    }

    fn names(&self) -> Option<&QEnumLookup> {
        Some(self.names)
    }
}

/// A date with a C getter; its value has the members of `struct tm`.
pub(crate) struct TimeProperty {
    pub(crate) get: unsafe extern "C" fn(*mut Object, *mut libc::tm, Errp),
}

impl Kind for TimeProperty {
    fn get(&self, object: *mut Object, _name: &CStr) -> Result<Value, Error> {
        // SAFETY: all zeros is a valid `struct tm`.
        let mut time: libc::tm = unsafe { std::mem::zeroed() };
        // SAFETY: given for objects that have the property.
        call_c(|errp| unsafe { (self.get)(object, &raw mut time, errp) })?;
        let members = [
            (c"tm_year", time.tm_year),
            (c"tm_mon", time.tm_mon),
            (c"tm_mday", time.tm_mday),
            (c"tm_hour", time.tm_hour),
            (c"tm_min", time.tm_min),
            (c"tm_sec", time.tm_sec),
        ];
        let member = |(name, value): (&CStr, c_int)| (name.to_owned(), Value::Int(value.into()));
        Ok(Value::Dict(members.map(member).into()))
    }
}

/// The width of a variable.
#[derive(Clone, Copy)]
pub(crate) enum Width {
    /// `uint8_t`
    Bits8,
    /// `uint16_t`
    Bits16,
    /// `uint32_t`
    Bits32,
    /// `uint64_t`
    Bits64,
}

impl Width {
    /// The name of the property's type.
    pub(crate) fn type_name(self) -> &'static CStr {
        match self {
            Self::Bits8 => c"uint8",
            Self::Bits16 => c"uint16",
            Self::Bits32 => c"uint32",
            Self::Bits64 => c"uint64",
        }
    }
}

/// An unsigned variable somewhere in memory.
pub(crate) struct VariableProperty {
    pub(crate) width: Width,
    pub(crate) address: *mut c_void,
    pub(crate) flags: ObjectPropertyFlagsValue,
}

impl Kind for VariableProperty {
    fn can_get(&self) -> bool {
        self.flags & ObjectPropertyFlags::OBJ_PROP_FLAG_READ as ObjectPropertyFlagsValue != 0
    }

    fn can_set(&self) -> bool {
        self.flags & ObjectPropertyFlags::OBJ_PROP_FLAG_WRITE as ObjectPropertyFlagsValue != 0
    }

    fn get(&self, _object: *mut Object, _name: &CStr) -> Result<Value, Error> {
        let at = self.address;
        // SAFETY: whoever added the property gave the address of such a variable.
        // Atomic, as any thread may read or write the property.
        let value = unsafe {
            match self.width {
                Width::Bits8 => AtomicU8::from_ptr(at.cast()).load(Ordering::Relaxed).into(),
                Width::Bits16 => AtomicU16::from_ptr(at.cast()).load(Ordering::Relaxed).into(),
                Width::Bits32 => AtomicU32::from_ptr(at.cast()).load(Ordering::Relaxed).into(),
                Width::Bits64 => AtomicU64::from_ptr(at.cast()).load(Ordering::Relaxed),
            }
        };
        Ok(Value::Uint(value))
    }

    fn set(&self, _object: *mut Object, name: &CStr, value: &Value) -> Result<(), Error> {
        let at = self.address;
        let value = value.to_uint(name)?;
        // SAFETY: as in `get`.
        unsafe {
            match self.width {
                Width::Bits8 => {
                    AtomicU8::from_ptr(at.cast())
                        .store(fit(value, name, "uint8_t")?, Ordering::Relaxed);
                }
                Width::Bits16 => {
                    AtomicU16::from_ptr(at.cast())
                        .store(fit(value, name, "uint16_t")?, Ordering::Relaxed);
                }
                Width::Bits32 => {
                    AtomicU32::from_ptr(at.cast())
                        .store(fit(value, name, "uint32_t")?, Ordering::Relaxed);
                }
                Width::Bits64 => AtomicU64::from_ptr(at.cast()).store(value, Ordering::Relaxed),
            }
        }
        Ok(())
    }
}

/// `value` as the narrower type that C calls `type_name`.
fn fit<T: TryFrom<u64>>(value: u64, name: &CStr, type_name: &str) -> Result<T, Error> {
    T::try_from(value).map_err(|_| expects(name, &format!("a {type_name} value")))
}
