//! Whether the peer is who it should be, and may enter.

use std::ffi::{CStr, CString};
use std::sync::PoisonError;

use super::current_time;
use super::session::TlsSession;
use crate::error::Error;
use crate::runtime::authz;
use crate::runtime::gnutls::certificate::{Certificate, verification_failure};
use crate::runtime::gnutls::session::Role;
use crate::runtime::text::shown;

impl TlsSession {
    /// Verifies the peer's certificates, its name, and its permission to enter.
    /// Sessions without certificates, and those that do not verify, accept anybody
    /// who got through the handshake.
    pub(crate) fn check_credentials(&self) -> Result<(), Error> {
        if !self.verifies_peer() {
            return Ok(());
        }
        let now = current_time()?;
        let status = self
            .tls()
            .verify_peer()
            .map_err(|reason| Error::new(format!("Verify failed: {reason}")))?;
        if status != 0 {
            return Err(Error::new(verification_failure(status)));
        }
        let certificates = self
            .tls()
            .peer_certificates()
            .ok_or_else(|| Error::new("The peer has no certificate"))?;
        for (index, certificate) in certificates.enumerate() {
            let certificate = certificate.map_err(|reason| {
                Error::new(format!("Cannot import the peer's certificate: {reason}"))
            })?;
            check_times(&certificate, now)?;
            if index == 0 {
                self.check_identity(&certificate)?;
            }
        }
        Ok(())
    }

    /// Checks what the peer's own certificate says about it.
    fn check_identity(&self, certificate: &Certificate) -> Result<(), Error> {
        let name = certificate.subject();
        // A client needs no name of the server besides the one it asked for.
        let name_needed = self.role() == Role::Server || self.authz_id.is_some();
        let name = match name {
            Ok(name) => Some(name),
            Err(reason) if name_needed => {
                return Err(Error::new(format!("Cannot get the peer's name: {reason}")));
            }
            Err(_) => None,
        };
        self.peer_name.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&name);
        if let (Some(id), Some(name)) = (&self.authz_id, &name) {
            check_permission(id, name)?;
        }
        self.check_hostname(certificate)
    }

    fn check_hostname(&self, certificate: &Certificate) -> Result<(), Error> {
        match &self.hostname {
            Some(hostname) if certificate.matches_host(hostname) => Ok(()),
            Some(hostname) => Err(Error::new(format!(
                "Certificate does not match the hostname {}",
                shown(hostname)
            ))),
            None if self.role() == Role::Client => {
                Err(Error::new("No hostname for certificate validation"))
            }
            None => Ok(()),
        }
    }
}

/// Asks the authorisation object `id` about the peer.
fn check_permission(id: &CStr, name: &CString) -> Result<(), Error> {
    match authz::is_allowed_by_id(id, name)? {
        true => Ok(()),
        false => Err(Error::new(format!("TLS x509 authz check for {} is denied", shown(name)))),
    }
}

fn check_times(certificate: &Certificate, now: i64) -> Result<(), Error> {
    if certificate.expires() < now {
        return Err(Error::new("The peer's certificate has expired"));
    }
    if certificate.starts() > now {
        return Err(Error::new("The peer's certificate is not yet active"));
    }
    Ok(())
}
