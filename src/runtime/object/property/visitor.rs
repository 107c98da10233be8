//! What accessors get as a `Visitor *`: a value to read, or a place for one.

use super::value::Value;
use crate::abi::qemu::typedefs::Visitor as RawVisitor;

/// Carries a value between a caller and an accessor.
pub(super) enum Visitor<'a> {
    /// The property is set to this value.
    Input(&'a Value),
    /// The property is read into this place.
    Output(Option<Value>),
}

impl Visitor<'_> {
    /// What C accessors are passed.
    pub(super) fn as_raw(&mut self) -> *mut RawVisitor {
        std::ptr::from_mut(self).cast()
    }

    /// The visitor behind what an accessor was passed.
    ///
    /// # Safety
    ///
    /// `raw` came from [`as_raw`](Self::as_raw), and the visitor still lives.
    pub(super) unsafe fn from_raw<'a>(raw: *mut RawVisitor) -> &'a mut Self {
        // SAFETY: passed on to the caller.
        unsafe { &mut *raw.cast() }
    }
}
