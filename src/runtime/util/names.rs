//! Names of values: enums, and the spellings of true and false.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::{CStr, c_int};

use crate::abi::qapi::util::QEnumLookup;
use crate::error::Error;
use crate::runtime::text::shown;

impl QEnumLookup {
    /// The name of `value`; `None` for a value that has none.
    ///
    /// # Safety
    ///
    /// The table is complete: `size` C strings that stay.
    pub(crate) unsafe fn name(&self, value: c_int) -> Option<&'static CStr> {
        let index = usize::try_from(value).ok().filter(|_| value < self.size)?;
        // SAFETY: passed on to the caller; the index is below the size.
        Some(unsafe { CStr::from_ptr(*self.array.add(index)) })
    }

    /// The value with the name `name`.
    ///
    /// # Safety
    ///
    /// As for [`name`](Self::name).
    pub(crate) unsafe fn value(&self, name: &CStr) -> Option<c_int> {
        // SAFETY: passed on to the caller.
        (0..self.size).find(|&value| unsafe { self.name(value) } == Some(name))
    }
}

/// The error for a text that is not the name of a value.
pub(crate) fn unknown_value(name: &CStr) -> Error {
    Error::new(format!("invalid parameter value: {}", shown(name)))
}

/// What `value` means for the parameter `name`, in one of the usual spellings.
pub(crate) fn parse_bool(name: &CStr, value: &CStr) -> Result<bool, Error> {
    match value.to_bytes() {
        b"on" | b"yes" | b"true" | b"y" => Ok(true),
        b"off" | b"no" | b"false" | b"n" => Ok(false),
        _ => {
            let name = shown(name);
            Err(Error::new(format!("Parameter '{name}' expects 'on' or 'off'")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_spellings_are_truth_values() {
        for text in [c"on", c"yes", c"true", c"y"] {
            assert!(parse_bool(c"x", text).unwrap());
        }
        for text in [c"off", c"no", c"false", c"n"] {
            assert!(!parse_bool(c"x", text).unwrap());
        }
        for text in [c"", c"On", c"1", c"yes "] {
            assert!(parse_bool(c"x", text).is_err());
        }
    }
}
