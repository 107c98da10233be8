//! The instance behind `QCryptoTLSCreds`, its properties and the types.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_int, c_uint, c_void};
use std::sync::{Arc, Mutex, PoisonError};

use super::{anon, psk, x509};
use crate::abi::crypto::tlscreds::{QCryptoTLSCreds, QCryptoTLSCredsClass};
use crate::abi::qemu::typedefs::Error as RawError;
use crate::abi::qom::object::{Object, ObjectClass};
use crate::error::Error;
use crate::host::error::Destination;
use crate::host::object::ObjectType;
use crate::runtime::class::{self, Complete, Definition, TextCell};
use crate::runtime::gnutls::credentials::Credentials;
use crate::runtime::gnutls::session::Role;
use crate::runtime::object::property::class::ClassProperties;
use crate::runtime::qapi::enums;

/// Type names.
mod names {
    use std::ffi::CStr;

    pub(crate) const BASE: &CStr = c"tls-creds";
    pub(crate) const ANON: &CStr = c"tls-creds-anon";
    pub(crate) const PSK: &CStr = c"tls-creds-psk";
    pub(crate) const X509: &CStr = c"tls-creds-x509";
}

/// An instance of `tls-creds` or a type derived from it. Settings that a kind has
/// no property for keep their defaults.
#[repr(C)]
pub(crate) struct CredentialsObject {
    parent: Object,
    directory: TextCell,
    priority: TextCell,
    user: TextCell,
    password_id: TextCell,
    endpoint: Cell<c_uint>,
    verify_peer: Cell<bool>,
    sanity_check: Cell<bool>,
    loaded: Mutex<Option<Arc<Credentials>>>,
}

// SAFETY: `repr(C)`, starts with an Object, registered with its size below.
unsafe impl ObjectType for CredentialsObject {
    const TYPE_NAME: &'static CStr = names::BASE;
}

/// How a session proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Not at all.
    Anonymous,
    /// With a key that both ends share.
    Psk,
    /// With certificates.
    X509,
}

impl CredentialsObject {
    /// The instance behind a C pointer.
    ///
    /// # Safety
    ///
    /// `credentials` is a live object of a type derived from `tls-creds`, for `'a`.
    pub(crate) unsafe fn from_raw<'a>(credentials: *mut QCryptoTLSCreds) -> &'a Self {
        // SAFETY: the private struct is what the opaque type stands for.
        unsafe { &*credentials.cast::<Self>() }
    }

    /// The pointer that C knows the object by.
    pub(crate) fn as_object(&self) -> *mut Object {
        std::ptr::from_ref(&self.parent).cast_mut()
    }

    /// Which kind of credentials this is, if it is one of the known ones.
    pub(crate) fn kind(&self) -> Option<Kind> {
        let object = self.as_object();
        let kinds =
            [(names::ANON, Kind::Anonymous), (names::PSK, Kind::Psk), (names::X509, Kind::X509)];
        // SAFETY: the object is alive.
        let is = |name| unsafe { class::is_a(object, name) };
        kinds.into_iter().find(|(name, _)| is(name)).map(|(_, kind)| kind)
    }

    /// Which end of a connection the credentials are for.
    pub(crate) fn role(&self) -> Role {
        Role::of_endpoint(self.endpoint.get())
    }

    /// Whether the peer must prove who it is.
    pub(crate) fn verifies_peer(&self) -> bool {
        self.verify_peer.get()
    }

    /// Whether our own certificates are examined when they are loaded.
    pub(super) fn checks_sanity(&self) -> bool {
        self.sanity_check.get()
    }

    /// The GnuTLS priority string, if one is set.
    pub(crate) fn priority(&self) -> Option<CString> {
        class::owned_text(&self.priority)
    }

    /// The directory of the files, if one is set.
    pub(super) fn directory(&self) -> Option<CString> {
        class::owned_text(&self.directory)
    }

    /// The name of a client that shares a key.
    pub(super) fn user(&self) -> Option<CString> {
        class::owned_text(&self.user)
    }

    /// The id of the secret that the private key is encrypted with.
    pub(super) fn password_id(&self) -> Option<CString> {
        class::owned_text(&self.password_id)
    }

    /// The credentials that were loaded last.
    pub(crate) fn loaded(&self) -> Option<Arc<Credentials>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Loads the files. On failure what was loaded before stays.
    fn load(&self) -> Result<(), Error> {
        let credentials = match self.kind() {
            Some(Kind::Anonymous) => anon::load(self)?,
            Some(Kind::Psk) => psk::load(self)?,
            Some(Kind::X509) => x509::load(self)?,
            None => return Ok(()),
        };
        let credentials = Some(Arc::new(credentials));
        // The old ones are dropped when the lock is free again.
        let _old = std::mem::replace(
            &mut *self.loaded.lock().unwrap_or_else(PoisonError::into_inner),
            credentials,
        );
        Ok(())
    }
}

impl Complete for CredentialsObject {
    fn complete(&self) -> Result<(), Error> {
        self.load()
    }
}

unsafe extern "C" fn reload(creds: *mut QCryptoTLSCreds, errp: *mut *mut RawError) -> bool {
    // SAFETY: the class of x509 credentials calls this for its instances; `errp`
    // follows the API's contract.
    unsafe {
        match CredentialsObject::from_raw(creds).load() {
            Ok(()) => true,
            Err(error) => {
                error.store(Destination::from_raw(errp), c"qcrypto_tls_creds_reload");
                false
            }
        }
    }
}

unsafe extern "C" fn init(object: *mut Object) {
    let object = object.cast::<CredentialsObject>();
    // SAFETY: the host passes a zeroed instance, which nobody else sees yet. The
    // mutex is written before anything reads it.
    unsafe {
        (&raw mut (*object).loaded).write(Mutex::new(None));
        (*object).verify_peer.set(true);
        (*object).sanity_check.set(true);
    }
}

unsafe extern "C" fn finalize(object: *mut Object) {
    let object = object.cast::<CredentialsObject>();
    // SAFETY: nobody uses the instance any more; `init` wrote the mutex.
    unsafe {
        let object = &mut *object;
        let texts = [&object.directory, &object.priority, &object.user, &object.password_id];
        texts.into_iter().for_each(class::clear_text);
        (&raw mut object.loaded).drop_in_place();
    }
}

type Properties = ClassProperties<CredentialsObject>;

fn add_loaded(properties: &Properties) {
    properties.boolean(c"loaded", Some(|it| Ok(it.loaded().is_some())), None);
}

unsafe extern "C" fn base_class_init(class: *mut ObjectClass, _data: *mut c_void) {
    // SAFETY: the host calls this for `tls-creds`.
    let properties = unsafe { Properties::new(class) };
    properties.boolean(
        c"verify-peer",
        Some(|it| Ok(it.verify_peer.get())),
        Some(|it, enabled| {
            it.verify_peer.set(enabled);
            Ok(())
        }),
    );
    properties.string(
        c"dir",
        Some(|it| Ok(it.directory())),
        Some(|it, directory| class::set_text(&it.directory, directory)),
    );
    properties.choice(
        c"endpoint",
        c"QCryptoTLSCredsEndpoint",
        &enums::TLS_CREDS_ENDPOINT,
        Some(|it| Ok(it.endpoint.get() as c_int)),
        Some(|it, endpoint| {
            it.endpoint.set(endpoint as c_uint);
            Ok(())
        }),
    );
    properties.string(
        c"priority",
        Some(|it| Ok(it.priority())),
        Some(|it, priority| class::set_text(&it.priority, priority)),
    );
}

unsafe extern "C" fn anon_class_init(class: *mut ObjectClass, _data: *mut c_void) {
    // SAFETY: the host calls this for `tls-creds-anon`.
    let properties = unsafe {
        class::complete_with::<CredentialsObject>(class);
        Properties::new(class)
    };
    add_loaded(&properties);
}

unsafe extern "C" fn psk_class_init(class: *mut ObjectClass, _data: *mut c_void) {
    // SAFETY: the host calls this for `tls-creds-psk`.
    let properties = unsafe {
        class::complete_with::<CredentialsObject>(class);
        Properties::new(class)
    };
    add_loaded(&properties);
    properties.string(
        c"username",
        Some(|it| Ok(it.user())),
        Some(|it, user| class::set_text(&it.user, user)),
    );
}

unsafe extern "C" fn x509_class_init(class: *mut ObjectClass, _data: *mut c_void) {
    // SAFETY: the host calls this for `tls-creds-x509`, whose class struct starts
    // with a QCryptoTLSCredsClass.
    let properties = unsafe {
        class::complete_with::<CredentialsObject>(class);
        (*class.cast::<QCryptoTLSCredsClass>()).reload.set(Some(reload));
        Properties::new(class)
    };
    add_loaded(&properties);
    properties.boolean(
        c"sanity-check",
        Some(|it| Ok(it.sanity_check.get())),
        Some(|it, enabled| {
            it.sanity_check.set(enabled);
            Ok(())
        }),
    );
    properties.string(
        c"passwordid",
        Some(|it| Ok(it.password_id())),
        Some(|it, id| class::set_text(&it.password_id, id)),
    );
}

/// Registers the types.
pub(crate) fn register_types() {
    Definition {
        instance_size: size_of::<CredentialsObject>(),
        class_size: size_of::<QCryptoTLSCredsClass>(),
        is_abstract: true,
        init: Some(init),
        finalize: Some(finalize),
        class_init: Some(base_class_init),
        ..Definition::new(names::BASE, c"object")
    }
    .register();
    let kind = |name, class_init: unsafe extern "C" fn(*mut ObjectClass, *mut c_void)| {
        Definition {
            is_user_creatable: true,
            class_init: Some(class_init),
            ..Definition::new(name, names::BASE)
        }
        .register();
    };
    kind(names::ANON, anon_class_init);
    kind(names::PSK, psk_class_init);
    kind(names::X509, x509_class_init);
}
