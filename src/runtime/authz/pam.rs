//! Users whose account is in order, as PAM sees it.

use std::ffi::{CStr, c_void};

use super::base::{Authorise, authorise_with};
use super::pam_account::{Account, PamError};
use crate::abi::authz::base::QAuthZ;
use crate::abi::authz::pamacct::QAuthZPAM;
use crate::abi::qom::object::{Object, ObjectClass};
use crate::error::Error;
use crate::host::object::ObjectType;
use crate::runtime::class::{self, Complete, Definition};
use crate::runtime::object::property::class::ClassProperties;
use crate::runtime::text::shown;

/// What is wrong without a service.
fn no_service() -> Error {
    Error::new("The 'service' property is not set")
}

impl Authorise for QAuthZPAM {
    fn is_allowed(&self, identity: &CStr) -> Result<bool, Error> {
        let service = class::owned_text(&self.service).ok_or_else(no_service)?;
        let mut account = Account::open(&service, identity).map_err(|PamError(reason)| {
            Error::new(format!("Cannot ask PAM's service '{}': {reason}", shown(&service)))
        })?;
        // A refusal is an error as well: it has a reason.
        account.check().map_err(|PamError(reason)| {
            Error::new(format!("PAM denies '{}': {reason}", shown(identity)))
        })?;
        account.close().map_err(|PamError(reason)| {
            Error::new(format!("PAM's service '{}' failed: {reason}", shown(&service)))
        })?;
        Ok(true)
    }
}

impl Complete for QAuthZPAM {
    fn complete(&self) -> Result<(), Error> {
        match self.service.get().is_null() {
            true => Err(no_service()),
            false => Ok(()),
        }
    }
}

unsafe extern "C" fn finalize(object: *mut Object) {
    // SAFETY: the host passes an instance that nobody else uses any more.
    class::clear_text(unsafe { &(*object.cast::<QAuthZPAM>()).service });
}

unsafe extern "C" fn class_init(class: *mut ObjectClass, _data: *mut c_void) {
    // SAFETY: the host calls this for `authz-pam`.
    let properties = unsafe {
        authorise_with::<QAuthZPAM>(class);
        class::complete_with::<QAuthZPAM>(class);
        ClassProperties::<QAuthZPAM>::new(class)
    };
    properties.string(
        c"service",
        Some(|it| Ok(class::owned_text(&it.service))),
        Some(|it, service| class::set_text(&it.service, service)),
    );
}

pub(super) fn register_type() {
    Definition {
        instance_size: size_of::<QAuthZPAM>(),
        is_user_creatable: true,
        finalize: Some(finalize),
        class_init: Some(class_init),
        ..Definition::new(QAuthZPAM::TYPE_NAME, QAuthZ::TYPE_NAME)
    }
    .register();
}
