//! Credentials with keys that both ends share.
//!
//! A key file has a line `user:key` for each client, the key in hexadecimal. A
//! server looks into it at every handshake, a client when it is loaded.

use std::ffi::{CStr, CString};

use super::files;
use super::object::CredentialsObject;
use crate::error::Error;
use crate::runtime::gnutls::credentials::Credentials;
use crate::runtime::gnutls::session::Role;
use crate::runtime::text::shown;

const KEYS: &CStr = c"keys.psk";

/// The user whose key a client takes unless it is told another.
const DEFAULT_USER: &CStr = c"qemu";

pub(super) fn load(object: &CredentialsObject) -> Result<Credentials, Error> {
    object.required_directory()?;
    match object.role() {
        Role::Client => load_client(object),
        Role::Server => load_server(object),
    }
}

fn load_server(object: &CredentialsObject) -> Result<Credentials, Error> {
    if object.user().is_some() {
        return Err(Error::new("The 'username' property is for clients only"));
    }
    let parameters = files::dh_parameters_file(object)?;
    let keys = object.required_file(KEYS)?;
    let mut credentials = Credentials::psk_server(&keys).map_err(|reason| {
        Error::new(format!("Cannot use the pre-shared keys in {}: {reason}", shown(&keys)))
    })?;
    files::load_dh_parameters(&mut credentials, parameters.as_deref())?;
    Ok(credentials)
}

fn load_client(object: &CredentialsObject) -> Result<Credentials, Error> {
    let keys = object.required_file(KEYS)?;
    let user = object.user().unwrap_or_else(|| CString::from(DEFAULT_USER));
    let content = files::read(&keys)?;
    let key = key_of(&content, &user).ok_or_else(|| {
        Error::new(format!("There is no key for user '{}' in {}", shown(&user), shown(&keys)))
    })?;
    Credentials::psk_client(&user, key).map_err(|reason| {
        Error::new(format!(
            "Cannot use the key of user '{}' in {}: {reason}",
            shown(&user),
            shown(&keys)
        ))
    })
}

/// The rest of the first line that starts with `user:`.
fn key_of<'a>(content: &'a [u8], user: &CStr) -> Option<&'a [u8]> {
    let key = |line: &'a [u8]| line.strip_prefix(user.to_bytes())?.strip_prefix(b":");
    content.split(|&byte| byte == b'\n').find_map(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_the_user_has_the_key() {
        let content = b"other:00\nqemu2:01\nqemu:02\nqemu:03";
        assert_eq!(key_of(content, c"qemu"), Some(&b"02"[..]));
        assert_eq!(key_of(content, c"qem"), None);
        assert_eq!(key_of(b"", c"qemu"), None);
    }

    #[test]
    fn a_carriage_return_stays_part_of_the_key() {
        assert_eq!(key_of(b"qemu:02\r\n", c"qemu"), Some(&b"02\r"[..]));
    }
}
