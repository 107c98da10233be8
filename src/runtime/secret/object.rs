//! The classes `secret_common` and `secret`.

use std::ffi::{CStr, CString, OsStr, c_int, c_uint, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::null_mut;

use glib_sys::{g_free, g_malloc};

use super::decode::{Format, Key, decode};
use super::lookup::lookup;
use crate::abi::crypto::secret::{QCryptoSecret, QCryptoSecretClass};
use crate::abi::crypto::secret_common::{QCryptoSecretCommon, QCryptoSecretCommonClass};
use crate::abi::qapi::qapi_types_crypto::QCryptoSecretFormat;
use crate::abi::qemu::typedefs::Error as RawError;
use crate::abi::qom::object::{Object, ObjectClass};
use crate::error::Error;
use crate::host::error::{Destination, OwnedError};
use crate::host::object::ObjectType;
use crate::runtime::class::{self, Complete, Definition};
use crate::runtime::object::property::class::ClassProperties;
use crate::runtime::qapi::enums;
use crate::runtime::text::shown;
use crate::sys::Errno;

const COMMON: &CStr = c"secret_common";
const SECRET: &CStr = c"secret";

// SAFETY: `repr(C)`, starts with an Object, registered with its size.
unsafe impl ObjectType for QCryptoSecretCommon {
    const TYPE_NAME: &'static CStr = COMMON;
}

// SAFETY: as above.
unsafe impl ObjectType for QCryptoSecret {
    const TYPE_NAME: &'static CStr = SECRET;
}

impl QCryptoSecretCommon {
    /// The input, from the class of the secret.
    fn input(&self) -> Result<Vec<u8>, Error> {
        // SAFETY: the class of a secret is a QCryptoSecretCommonClass.
        let class = unsafe { &*self.parent_obj.class.get().cast::<QCryptoSecretCommonClass>() };
        let load_data = class
            .load_data
            .get()
            .ok_or_else(|| Error::new("The class of the secret does not provide data"))?;
        let (mut data, mut length, mut error) = (null_mut(), 0, null_mut());
        // SAFETY: the slot's contract: it stores an error, or memory of GLib's
        // allocator, which is copied and freed.
        unsafe {
            let secret = std::ptr::from_ref(self).cast_mut();
            load_data(secret, &raw mut data, &raw mut length, &raw mut error);
            let input = match data.is_null() {
                true => Vec::new(),
                false => std::slice::from_raw_parts(data, length).to_vec(),
            };
            g_free(data.cast());
            OwnedError::from_raw(error).map_or(Ok(input), |error| Err(error.into()))
        }
    }

    fn input_format(&self) -> Format {
        const BASE64: c_uint = QCryptoSecretFormat::QCRYPTO_SECRET_FORMAT_BASE64 as c_uint;
        match self.format.get() {
            BASE64 => Format::Base64,
            _ => Format::Raw,
        }
    }

    /// What the secret is encrypted with, if it is.
    fn key(&self) -> Result<Option<Key>, Error> {
        let Some(id) = class::owned_text(&self.keyid) else { return Ok(None) };
        let key = lookup(&id)?;
        let iv = class::owned_text(&self.iv)
            .ok_or_else(|| Error::new("A secret that is encrypted needs the property 'iv'"))?;
        Ok(Some(Key { key, iv: iv.into_bytes() }))
    }

    /// Replaces the bytes.
    fn set_bytes(&self, bytes: &[u8]) {
        // SAFETY: the new memory has room for the bytes and a NUL; the old is NULL
        // or of the same allocator.
        unsafe {
            let data = g_malloc(bytes.len() + 1).cast::<u8>();
            data.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            data.add(bytes.len()).write(0);
            g_free(self.rawdata.replace(data).cast());
        }
        self.rawlen.set(bytes.len());
    }
}

impl Complete for QCryptoSecretCommon {
    fn complete(&self) -> Result<(), Error> {
        let input = self.input()?;
        let key = self.key()?;
        self.set_bytes(&decode(input, self.input_format(), key.as_ref())?);
        Ok(())
    }
}

impl QCryptoSecret {
    fn load(&self) -> Result<Vec<u8>, Error> {
        match (class::owned_text(&self.data), class::owned_text(&self.file)) {
            (Some(data), None) => Ok(data.into_bytes()),
            (None, Some(file)) => read(&file),
            (Some(_), Some(_)) => {
                Err(Error::new("The properties 'data' and 'file' exclude each other"))
            }
            (None, None) => Err(Error::new("One of the properties 'data' and 'file' is needed")),
        }
    }
}

fn read(file: &CString) -> Result<Vec<u8>, Error> {
    std::fs::read(Path::new(OsStr::from_bytes(file.to_bytes()))).map_err(|error| {
        let errno = Errno::new(error.raw_os_error().unwrap_or(libc::EIO));
        Error::with_errno(errno, format!("Unable to read {}", shown(file)))
    })
}

unsafe extern "C" fn load_data(
    secret: *mut QCryptoSecretCommon,
    output: *mut *mut u8,
    outputlen: *mut usize,
    errp: *mut *mut RawError,
) {
    // SAFETY: the slot's contract: an instance of `secret`, and room for the
    // results; `errp` follows the API's contract.
    unsafe {
        match (*secret.cast::<QCryptoSecret>()).load() {
            Ok(bytes) => {
                let data = g_malloc(bytes.len() + 1).cast::<u8>();
                data.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
                data.add(bytes.len()).write(0);
                output.write(data);
                outputlen.write(bytes.len());
            }
            Err(error) => error.store(Destination::from_raw(errp), c"qcrypto_secret_load_data"),
        }
    }
}

unsafe extern "C" fn finalize_common(object: *mut Object) {
    // SAFETY: the host passes an instance that nobody else uses any more.
    unsafe {
        let secret = &*object.cast::<QCryptoSecretCommon>();
        g_free(secret.rawdata.replace(null_mut()).cast());
        class::clear_text(&secret.keyid);
        class::clear_text(&secret.iv);
    }
}

unsafe extern "C" fn finalize(object: *mut Object) {
    // SAFETY: the host passes an instance that nobody else uses any more.
    let secret = unsafe { &*object.cast::<QCryptoSecret>() };
    class::clear_text(&secret.data);
    class::clear_text(&secret.file);
}

unsafe extern "C" fn common_class_init(class: *mut ObjectClass, _data: *mut c_void) {
    // SAFETY: the host calls this for `secret_common`.
    let properties = unsafe {
        class::complete_with::<QCryptoSecretCommon>(class);
        ClassProperties::<QCryptoSecretCommon>::new(class)
    };
    properties.boolean(c"loaded", Some(|it| Ok(!it.rawdata.get().is_null())), None);
    properties.choice(
        c"format",
        c"QCryptoSecretFormat",
        &enums::SECRET_FORMAT,
        Some(|it| Ok(it.format.get() as c_int)),
        Some(|it, format| {
            it.format.set(format as c_uint);
            Ok(())
        }),
    );
    properties.string(
        c"keyid",
        Some(|it| Ok(class::owned_text(&it.keyid))),
        Some(|it, id| class::set_text(&it.keyid, id)),
    );
    properties.string(
        c"iv",
        Some(|it| Ok(class::owned_text(&it.iv))),
        Some(|it, iv| class::set_text(&it.iv, iv)),
    );
}

unsafe extern "C" fn class_init(class: *mut ObjectClass, _data: *mut c_void) {
    // SAFETY: the host calls this for `secret`.
    let properties = unsafe {
        (*class.cast::<QCryptoSecretCommonClass>()).load_data.set(Some(load_data));
        ClassProperties::<QCryptoSecret>::new(class)
    };
    properties.string(
        c"data",
        Some(|it| Ok(class::owned_text(&it.data))),
        Some(|it, data| class::set_text(&it.data, data)),
    );
    properties.string(
        c"file",
        Some(|it| Ok(class::owned_text(&it.file))),
        Some(|it, file| class::set_text(&it.file, file)),
    );
}

/// Registers the types.
pub(crate) fn register_types() {
    Definition {
        instance_size: size_of::<QCryptoSecretCommon>(),
        class_size: size_of::<QCryptoSecretCommonClass>(),
        is_abstract: true,
        is_user_creatable: true,
        finalize: Some(finalize_common),
        class_init: Some(common_class_init),
        ..Definition::new(COMMON, c"object")
    }
    .register();
    Definition {
        instance_size: size_of::<QCryptoSecret>(),
        class_size: size_of::<QCryptoSecretClass>(),
        finalize: Some(finalize),
        class_init: Some(class_init),
        ..Definition::new(SECRET, COMMON)
    }
    .register();
}
