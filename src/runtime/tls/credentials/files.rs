//! The files of a credentials object.

use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::object::CredentialsObject;
use crate::error::Error;
use crate::runtime::gnutls::credentials::{Credentials, DhParameters};
use crate::runtime::text::shown;
use crate::sys::Errno;

const DH_PARAMETERS: &CStr = c"dh-params.pem";

impl CredentialsObject {
    /// Whether a file is there, and its path. It must be readable if it exists.
    pub(super) fn optional_file(&self, name: &CStr) -> Result<Option<CString>, Error> {
        let Some(directory) = self.directory() else { return Ok(None) };
        let path = path_of(&directory, name);
        match readable(&path) {
            Ok(()) => Ok(Some(path)),
            Err(errno) if errno.get() == libc::ENOENT => Ok(None),
            Err(errno) => Err(unreadable(&path, errno)),
        }
    }

    /// The path of a file that must be there.
    pub(super) fn required_file(&self, name: &CStr) -> Result<CString, Error> {
        let path = path_of(&self.required_directory()?, name);
        readable(&path).map_err(|errno| unreadable(&path, errno))?;
        Ok(path)
    }

    /// The directory, which must be set.
    pub(super) fn required_directory(&self) -> Result<CString, Error> {
        self.directory()
            .ok_or_else(|| Error::new("The 'dir' property of the credentials is not set"))
    }
}

/// Gives server credentials the Diffie-Hellman parameters of a file, if there is
/// one. Without it GnuTLS negotiates a well-known group (RFC 7919).
pub(super) fn load_dh_parameters(
    credentials: &mut Credentials,
    path: Option<&CStr>,
) -> Result<(), Error> {
    if let Some(path) = path {
        let pem = read(path)?;
        let parameters = DhParameters::from_pem(&pem).map_err(|reason| {
            Error::new(format!("Unable to load DH parameters from {}: {reason}", shown(path)))
        })?;
        credentials.set_dh_parameters(parameters);
    }
    Ok(())
}

/// The optional file of Diffie-Hellman parameters.
pub(super) fn dh_parameters_file(object: &CredentialsObject) -> Result<Option<CString>, Error> {
    object.optional_file(DH_PARAMETERS)
}

/// The content of a file.
pub(super) fn read(path: &CStr) -> Result<Vec<u8>, Error> {
    std::fs::read(Path::new(OsStr::from_bytes(path.to_bytes())))
        .map_err(|error| unreadable(path, Errno::new(error.raw_os_error().unwrap_or(libc::EIO))))
}

fn path_of(directory: &CStr, name: &CStr) -> CString {
    let path = [directory.to_bytes(), b"/", name.to_bytes()].concat();
    // Neither part has a NUL inside.
    CString::new(path).unwrap_or_default()
}

fn readable(path: &CStr) -> Result<(), Errno> {
    // SAFETY: the path is a C string.
    match unsafe { libc::access(path.as_ptr(), libc::R_OK) } {
        0 => Ok(()),
        _ => Err(Errno::last()),
    }
}

fn unreadable(path: &CStr, errno: Errno) -> Error {
    Error::with_errno(errno, format!("Unable to access credentials {}", shown(path)))
}
