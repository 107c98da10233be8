//! One identity may enter.

use std::ffi::{CStr, c_void};

use super::base::{Authorise, authorise_with};
use crate::abi::authz::base::QAuthZ;
use crate::abi::authz::simple::QAuthZSimple;
use crate::abi::qom::object::{Object, ObjectClass};
use crate::error::Error;
use crate::host::object::ObjectType;
use crate::runtime::class::{self, Complete, Definition};
use crate::runtime::object::property::class::ClassProperties;

// SAFETY: `repr(C)`, starts with a QAuthZ, registered with its size.
unsafe impl ObjectType for QAuthZSimple {
    const TYPE_NAME: &'static CStr = c"authz-simple";
}

impl Authorise for QAuthZSimple {
    fn is_allowed(&self, identity: &CStr) -> Result<bool, Error> {
        // SAFETY: nobody changes the field meanwhile.
        Ok(unsafe { class::text(&self.identity) } == Some(identity))
    }
}

impl Complete for QAuthZSimple {
    fn complete(&self) -> Result<(), Error> {
        match self.identity.get().is_null() {
            true => Err(Error::new("The 'identity' property is not set")),
            false => Ok(()),
        }
    }
}

unsafe extern "C" fn finalize(object: *mut Object) {
    // SAFETY: the host passes an instance that nobody else uses any more.
    class::clear_text(unsafe { &(*object.cast::<QAuthZSimple>()).identity });
}

unsafe extern "C" fn class_init(class: *mut ObjectClass, _data: *mut c_void) {
    // SAFETY: the host calls this for `authz-simple`.
    let properties = unsafe {
        authorise_with::<QAuthZSimple>(class);
        class::complete_with::<QAuthZSimple>(class);
        ClassProperties::<QAuthZSimple>::new(class)
    };
    properties.string(
        c"identity",
        Some(|it| Ok(class::owned_text(&it.identity))),
        Some(|it, identity| class::set_text(&it.identity, identity)),
    );
}

pub(super) fn register_type() {
    Definition {
        instance_size: size_of::<QAuthZSimple>(),
        is_user_creatable: true,
        finalize: Some(finalize),
        class_init: Some(class_init),
        ..Definition::new(QAuthZSimple::TYPE_NAME, QAuthZ::TYPE_NAME)
    }
    .register();
}
