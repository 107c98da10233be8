//! Whether our own certificates can work at all.
//!
//! Mistakes in certificates show up as puzzling failures of the peer, so they are
//! looked for when the files are loaded: wrong times, purposes and constraints,
//! chains with gaps, and whatever GnuTLS's own verification finds.

use std::ffi::CStr;
use std::fmt;

use super::files;
use crate::error::Error;
use crate::runtime::gnutls::Reason;
use crate::runtime::gnutls::bindings as ffi;
use crate::runtime::gnutls::certificate::{Certificate, Extension, verification_failure, verify};
use crate::runtime::gnutls::session::Role;
use crate::runtime::text::shown;
use crate::runtime::tls::current_time;

/// What a certificate is to be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Authority,
    Server,
    Client,
}

impl fmt::Display for Use {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Authority => "CA",
            Self::Server => "server",
            Self::Client => "client",
        })
    }
}

/// A certificate in a file, for messages.
struct Subject<'a> {
    certificate: &'a Certificate,
    file: &'a CStr,
    usage: Use,
}

/// Checks the identity chain of one end, if it has one, against the file of CA
/// certificates.
pub(super) fn check(role: Role, authorities: &CStr, identity: Option<&CStr>) -> Result<(), Error> {
    let authorities_file = authorities;
    let authorities = load(authorities_file)?;
    let Some(chain_file) = identity else { return Ok(()) };
    let chain = load(chain_file)?;
    let usage = match role {
        Role::Server => Use::Server,
        Role::Client => Use::Client,
    };
    for (index, certificate) in chain.iter().enumerate() {
        let usage = if index == 0 { usage } else { Use::Authority };
        Subject { certificate, file: chain_file, usage }.check()?;
    }
    check_order(&chain, chain_file)?;
    check_ancestors(&chain, &authorities, authorities_file)?;
    check_trust(&chain, &authorities, chain_file, authorities_file)
}

/// All certificates of a file; none is an error.
fn load(file: &CStr) -> Result<Vec<Certificate>, Error> {
    let cannot = |reason: &dyn fmt::Display| {
        Error::new(format!("Unable to import certificates from {}: {reason}", shown(file)))
    };
    let certificates =
        Certificate::list_from_pem(&files::read(file)?).map_err(|reason| cannot(&reason))?;
    if certificates.is_empty() {
        return Err(cannot(&"there is none"));
    }
    Ok(certificates)
}

/// Each certificate of the chain must be issued by the next.
fn check_order(chain: &[Certificate], file: &CStr) -> Result<(), Error> {
    for pair in chain.windows(2) {
        if let [certificate, next] = pair
            && !certificate.is_issued_by(next)
        {
            return Err(Error::new(format!(
                "The certificate {} in {} is not issued by the next one, {}",
                name(certificate),
                shown(file),
                name(next)
            )));
        }
    }
    Ok(())
}

/// Walks from the end of the chain to a certificate that issued itself.
fn check_ancestors(
    chain: &[Certificate],
    authorities: &[Certificate],
    file: &CStr,
) -> Result<(), Error> {
    let Some(mut current) = chain.last() else { return Ok(()) };
    // Two CAs that signed each other would make the walk go on for ever.
    for _ in 0..=authorities.len() {
        if current.is_issued_by(current) {
            return Subject { certificate: current, file, usage: Use::Authority }.check();
        }
        let Some(issuer) = authorities.iter().find(|issuer| current.is_issued_by(issuer)) else {
            return Err(Error::new(format!(
                "The certificate {} has no issuer in the CA chain of {}",
                name(current),
                shown(file)
            )));
        };
        Subject { certificate: issuer, file, usage: Use::Authority }.check()?;
        current = issuer;
    }
    Err(Error::new(format!("The CA chain of {} does not end", shown(file))))
}

/// Lets GnuTLS verify the chain.
fn check_trust(
    chain: &[Certificate],
    authorities: &[Certificate],
    chain_file: &CStr,
    authorities_file: &CStr,
) -> Result<(), Error> {
    let (file, against) = (shown(chain_file), shown(authorities_file));
    match verify(chain, authorities) {
        Ok(0) => Ok(()),
        Ok(status) => Err(Error::new(format!(
            "Our own certificate {file} failed validation against {against}: {}",
            verification_failure(status)
        ))),
        Err(reason) => {
            Err(Error::new(format!("Unable to verify {file} against {against}: {reason}")))
        }
    }
}

/// The subject of a certificate, for messages.
fn name(certificate: &Certificate) -> String {
    match certificate.subject() {
        Ok(name) => format!("'{}'", name.to_string_lossy()),
        Err(_) => "without a name".to_owned(),
    }
}

impl Subject<'_> {
    fn check(&self) -> Result<(), Error> {
        self.check_times()?;
        self.check_constraints()?;
        self.check_key_usage()?;
        self.check_purposes()
    }

    fn error(&self, problem: impl fmt::Display) -> Error {
        Error::new(format!("The {} certificate {} {problem}", self.usage, shown(self.file)))
    }

    fn unreadable(&self, what: &str, reason: Reason) -> Error {
        self.error(format_args!("has an unreadable {what}: {reason}"))
    }

    fn check_times(&self) -> Result<(), Error> {
        let now = current_time()?;
        if self.certificate.expires() < now {
            return Err(self.error("has expired"));
        }
        if self.certificate.starts() > now {
            return Err(self.error("is not yet active"));
        }
        Ok(())
    }

    fn check_constraints(&self) -> Result<(), Error> {
        let is_ca = self
            .certificate
            .is_ca()
            .map_err(|reason| self.unreadable("basic constraints extension", reason))?;
        match (self.usage, is_ca) {
            (Use::Authority, Some(false)) => {
                Err(self.error("says in its basic constraints that it is not a CA"))
            }
            (Use::Authority, None) => Err(self.error("lacks the basic constraints of a CA")),
            (Use::Server | Use::Client, Some(true)) => Err(self.error(format_args!(
                "says in its basic constraints that it is a CA, but a {} certificate is needed",
                self.usage
            ))),
            _ => Ok(()),
        }
    }

    fn check_key_usage(&self) -> Result<(), Error> {
        let usage = self
            .certificate
            .key_usage()
            .map_err(|reason| self.unreadable("key usage extension", reason))?;
        // Absent, it forbids nothing; if it is not critical, it is advice.
        let Some(Extension { value, is_critical: true }) = usage else { return Ok(()) };
        let (needed, what) = match self.usage {
            Use::Authority => (ffi::GNUTLS_KEY_KEY_CERT_SIGN, "certificate signing"),
            Use::Server | Use::Client => (ffi::GNUTLS_KEY_DIGITAL_SIGNATURE, "digital signatures"),
        };
        match value & needed {
            0 => Err(self.error(format_args!("does not allow its key to be used for {what}"))),
            _ => Ok(()),
        }
    }

    fn check_purposes(&self) -> Result<(), Error> {
        if self.usage == Use::Authority {
            return Ok(());
        }
        let purposes = self
            .certificate
            .purposes()
            .map_err(|reason| self.unreadable("extended key usage extension", reason))?;
        let Some(Extension { value, is_critical: true }) = purposes else { return Ok(()) };
        let fits = if self.usage == Use::Server { value.server } else { value.client };
        match fits {
            true => Ok(()),
            false => Err(self.error(format_args!("is not meant for use by a TLS {}", self.usage))),
        }
    }
}
