//! Credentials with X.509 certificates.

use std::ffi::{CStr, CString};

use super::object::CredentialsObject;
use super::{files, sanity};
use crate::error::Error;
use crate::runtime::gnutls::credentials::Credentials;
use crate::runtime::gnutls::session::Role;
use crate::runtime::secret;
use crate::runtime::text::shown;

const CA: &CStr = c"ca-cert.pem";
const CRL: &CStr = c"ca-crl.pem";
const SERVER_CERTIFICATE: &CStr = c"server-cert.pem";
const SERVER_KEY: &CStr = c"server-key.pem";
const CLIENT_CERTIFICATE: &CStr = c"client-cert.pem";
const CLIENT_KEY: &CStr = c"client-key.pem";

/// A chain of certificates and the key of the first one.
struct Identity {
    chain: CString,
    key: CString,
}

/// The files to load.
struct Files {
    authorities: CString,
    revocations: Option<CString>,
    identity: Option<Identity>,
    dh_parameters: Option<CString>,
}

impl Files {
    fn find(object: &CredentialsObject) -> Result<Self, Error> {
        let authorities = object.required_file(CA)?;
        match object.role() {
            Role::Server => Ok(Self {
                authorities,
                revocations: object.optional_file(CRL)?,
                identity: Some(Identity {
                    chain: object.required_file(SERVER_CERTIFICATE)?,
                    key: object.required_file(SERVER_KEY)?,
                }),
                dh_parameters: files::dh_parameters_file(object)?,
            }),
            Role::Client => Ok(Self {
                authorities,
                revocations: None,
                identity: client_identity(object)?,
                dh_parameters: None,
            }),
        }
    }
}

/// The identity of a client, if it has one. A key alone is none.
fn client_identity(object: &CredentialsObject) -> Result<Option<Identity>, Error> {
    let chain = object.optional_file(CLIENT_CERTIFICATE)?;
    let key = object.optional_file(CLIENT_KEY)?;
    match (chain, key) {
        (Some(chain), Some(key)) => Ok(Some(Identity { chain, key })),
        (Some(chain), None) => {
            Err(Error::new(format!("There is no key for the certificate {}", shown(&chain))))
        }
        (None, _) => Ok(None),
    }
}

pub(super) fn load(object: &CredentialsObject) -> Result<Credentials, Error> {
    let files = Files::find(object)?;
    if object.checks_sanity() {
        let identity = files.identity.as_ref().map(|identity| identity.chain.as_c_str());
        sanity::check(object.role(), &files.authorities, identity)?;
    }
    let mut credentials = Credentials::certificate()
        .map_err(|reason| Error::new(format!("Cannot allocate credentials: {reason}")))?;
    load_authorities(&mut credentials, &files.authorities)?;
    if let Some(identity) = &files.identity {
        load_identity(object, &mut credentials, identity)?;
    }
    if let Some(revocations) = &files.revocations {
        credentials.revocation_file(revocations).map_err(|reason| {
            Error::new(format!("Cannot load the CRL {}: {reason}", shown(revocations)))
        })?;
    }
    files::load_dh_parameters(&mut credentials, files.dh_parameters.as_deref())?;
    Ok(credentials)
}

fn load_authorities(credentials: &mut Credentials, path: &CStr) -> Result<(), Error> {
    match credentials.trust_file(path) {
        Ok(0) => Err(Error::new(format!("There is no certificate in {}", shown(path)))),
        Ok(_) => Ok(()),
        Err(reason) => {
            Err(Error::new(format!("Cannot load the CA certificate {}: {reason}", shown(path))))
        }
    }
}

fn load_identity(
    object: &CredentialsObject,
    credentials: &mut Credentials,
    identity: &Identity,
) -> Result<(), Error> {
    let Identity { chain, key } = identity;
    let password = match object.password_id() {
        Some(id) => Some(secret::lookup_text(&id)?),
        None => None,
    };
    credentials.identity_files(chain, key, password.as_deref()).map_err(|reason| {
        Error::new(format!(
            "Cannot load the certificate {} and key {}: {reason}",
            shown(chain),
            shown(key)
        ))
    })
}
