//! The values of properties, on their way in or out.
//!
//! Values that come from a program are typed and are not converted. Values that a
//! user typed are [`Value::Text`] and become what the property asks for.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::{CStr, CString};

use crate::error::Error;
use crate::runtime::text::shown;

/// A value of a property.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// True or false.
    Bool(bool),
    /// A signed number.
    Int(i64),
    /// An unsigned number.
    Uint(u64),
    /// A string; `None` is NULL.
    Str(Option<CString>),
    /// What a user typed, to be converted to whatever is asked for.
    Text(CString),
    /// Values in order.
    List(Vec<Value>),
    /// Values with names, in order.
    Dict(Vec<(CString, Value)>),
}

impl Value {
    /// A copy of a string.
    pub(crate) fn string(text: &CStr) -> Self {
        Self::Str(Some(text.to_owned()))
    }

    /// As a boolean, for the parameter `name`.
    pub(crate) fn to_bool(&self, name: &CStr) -> Result<bool, Error> {
        match self {
            Self::Bool(value) => Ok(*value),
            Self::Text(text) => match text.to_bytes() {
                b"on" | b"yes" | b"true" | b"y" => Ok(true),
                b"off" | b"no" | b"false" | b"n" => Ok(false),
                _ => Err(expects(name, "'on' or 'off'")),
            },
            _ => Err(expects(name, "a boolean")),
        }
    }

    /// As a signed number.
    pub(crate) fn to_int(&self, name: &CStr) -> Result<i64, Error> {
        match self {
            Self::Int(value) => Ok(*value),
            Self::Uint(value) => i64::try_from(*value).map_err(|_| expects(name, "an int64 value")),
            Self::Text(text) => {
                number(text, libc::strtoll).ok_or_else(|| expects(name, "an int64 value"))
            }
            _ => Err(expects(name, "an int (integer) value")),
        }
    }

    /// As an unsigned number. A negative one wraps round.
    pub(crate) fn to_uint(&self, name: &CStr) -> Result<u64, Error> {
        match self {
            Self::Uint(value) => Ok(*value),
            Self::Int(value) => Ok(value.cast_unsigned()),
            Self::Text(text) => {
                number(text, libc::strtoull).ok_or_else(|| expects(name, "a uint64 value"))
            }
            _ => Err(expects(name, "a uint (unsigned integer) value")),
        }
    }

    /// As a string.
    pub(crate) fn to_str(&self, name: &CStr) -> Result<&CStr, Error> {
        match self {
            Self::Str(Some(text)) | Self::Text(text) => Ok(text),
            Self::Str(None) => Ok(c""),
            _ => Err(expects(name, "a string")),
        }
    }

    /// How a user sees the value: bare, or explained for `human`s.
    pub(crate) fn print(&self, human: bool) -> CString {
        let text = match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(value) if human => format!("{value} ({value:#x})"),
            Self::Uint(value) if human => format!("{value} ({value:#x})"),
            Self::Int(value) => value.to_string(),
            Self::Uint(value) => value.to_string(),
            Self::Str(None) if human => "<null>".to_owned(),
            Self::Str(None) => String::new(),
            Self::Str(Some(text)) | Self::Text(text) if human => return quoted(b'"', text, b'"'),
            Self::Str(Some(text)) | Self::Text(text) => return text.clone(),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(|item| lossy(&item.print(human))).collect();
                format!("[{}]", items.join(","))
            }
            Self::Dict(items) => {
                let item = |(name, value): &(CString, Self)| {
                    format!("{}={}", lossy(name), lossy(&value.print(human)))
                };
                format!("{{{}}}", items.iter().map(item).collect::<Vec<_>>().join(","))
            }
        };
        // Only strings, returned above, could hold a NUL; and they cannot either.
        CString::new(text).unwrap_or_default()
    }
}

fn lossy(text: &CStr) -> String {
    text.to_string_lossy().into_owned()
}

fn quoted(before: u8, text: &CStr, after: u8) -> CString {
    let bytes = [&[before], text.to_bytes(), &[after]].concat();
    CString::new(bytes).unwrap_or_default()
}

/// A number as C writes it: decimal, octal or hexadecimal; `None` if something is
/// left over or it does not fit.
fn number<T>(
    text: &CStr,
    convert: unsafe extern "C" fn(*const libc::c_char, *mut *mut libc::c_char, libc::c_int) -> T,
) -> Option<T> {
    let mut end = std::ptr::null_mut();
    crate::sys::Errno::new(0).store();
    // SAFETY: `text` is NUL-terminated; `end` receives a pointer into it.
    let value = unsafe { convert(text.as_ptr(), &raw mut end, 0) };
    let in_range = crate::sys::Errno::last().get() != libc::ERANGE;
    // SAFETY: `end` points into `text`, at its NUL at the latest.
    let complete = unsafe { *end } == 0 && !text.is_empty();
    (in_range && complete).then_some(value)
}

/// The error of a value of the wrong kind.
pub(crate) fn expects(name: &CStr, kind: &str) -> Error {
    Error::new(format!("Parameter '{}' expects {kind}", shown(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &CStr) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn typed_text_becomes_a_number_only_as_a_whole() {
        assert_eq!(text(c"0x1f").to_int(c"n").ok(), Some(31));
        assert_eq!(text(c"-5").to_int(c"n").ok(), Some(-5));
        assert_eq!(text(c"-1").to_uint(c"n").ok(), Some(u64::MAX));
        assert_eq!(text(c"18446744073709551615").to_uint(c"n").ok(), Some(u64::MAX));
        for bad in [c"", c"x", c"1x", c"99999999999999999999"] {
            assert!(text(bad).to_int(c"n").is_err(), "{bad:?}");
            assert!(text(bad).to_uint(c"n").is_err(), "{bad:?}");
        }
    }

    #[test]
    fn typed_values_are_not_converted() {
        assert!(Value::string(c"true").to_bool(c"b").is_err());
        assert!(Value::string(c"1").to_int(c"i").is_err());
        assert!(Value::Bool(true).to_str(c"s").is_err());
        assert!(Value::Uint(u64::MAX).to_int(c"i").is_err());
    }

    #[test]
    fn large_unsigned_numbers_print_unsigned() {
        assert_eq!(Value::Uint(u64::MAX).print(false).as_c_str(), c"18446744073709551615");
        assert_eq!(Value::Int(31).print(true).as_c_str(), c"31 (0x1f)");
    }
}
