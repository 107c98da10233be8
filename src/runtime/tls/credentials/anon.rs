//! Anonymous credentials: encryption without any proof of identity.

use super::files;
use super::object::CredentialsObject;
use crate::error::Error;
use crate::runtime::gnutls::Reason;
use crate::runtime::gnutls::credentials::Credentials;
use crate::runtime::gnutls::session::Role;

pub(super) fn load(object: &CredentialsObject) -> Result<Credentials, Error> {
    match object.role() {
        Role::Client => Credentials::anonymous_client().map_err(cannot_allocate),
        Role::Server => {
            let parameters = files::dh_parameters_file(object)?;
            let mut credentials = Credentials::anonymous_server().map_err(cannot_allocate)?;
            files::load_dh_parameters(&mut credentials, parameters.as_deref())?;
            Ok(credentials)
        }
    }
}

fn cannot_allocate(reason: Reason) -> Error {
    Error::new(format!("Cannot allocate anonymous credentials: {reason}"))
}
