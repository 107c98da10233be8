//! The names of enum values, in tables as C code reads them.

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

use crate::abi::qapi::util::QEnumLookup;

/// `QAuthZListPolicy`.
pub(crate) const AUTHZ_LIST_POLICY: QEnumLookup = POLICIES.table();
/// `QAuthZListFormat`.
pub(crate) const AUTHZ_LIST_FORMAT: QEnumLookup = RULE_FORMATS.table();
/// `QCryptoTLSCredsEndpoint`.
pub(crate) const TLS_CREDS_ENDPOINT: QEnumLookup = ENDPOINTS.table();
/// `QCryptoSecretFormat`.
pub(crate) const SECRET_FORMAT: QEnumLookup = SECRET_FORMATS.table();
/// `QapiErrorClass`.
pub(crate) const ERROR_CLASS: QEnumLookup = ERROR_CLASSES.table();
/// `SocketAddressType`.
pub(crate) const SOCKET_ADDRESS_TYPE: QEnumLookup = ADDRESS_TYPES.table();
/// `NetworkAddressFamily`.
pub(crate) const NETWORK_ADDRESS_FAMILY: QEnumLookup = FAMILIES.table();

static POLICIES: Names<2> = Names::new([c"deny", c"allow"]);
static RULE_FORMATS: Names<2> = Names::new([c"exact", c"glob"]);
static ENDPOINTS: Names<2> = Names::new([c"client", c"server"]);
static SECRET_FORMATS: Names<2> = Names::new([c"raw", c"base64"]);
static ERROR_CLASSES: Names<5> = Names::new([
    c"GenericError",
    c"CommandNotFound",
    c"DeviceNotActive",
    c"DeviceNotFound",
    c"KVMMissingCap",
]);
static ADDRESS_TYPES: Names<4> = Names::new([c"inet", c"unix", c"vsock", c"fd"]);
static FAMILIES: Names<5> = Names::new([c"ipv4", c"ipv6", c"unix", c"vsock", c"unknown"]);

/// The names, in the order of the values.
struct Names<const COUNT: usize>([*const c_char; COUNT]);

// SAFETY: the pointers are to constant strings.
unsafe impl<const COUNT: usize> Sync for Names<COUNT> {}

impl<const COUNT: usize> Names<COUNT> {
    const fn new(names: [&'static CStr; COUNT]) -> Self {
        let mut pointers = [ptr::null(); COUNT];
        let mut value = 0;
        while value < COUNT {
            pointers[value] = names[value].as_ptr();
            value += 1;
        }
        Self(pointers)
    }

    /// The table for C.
    const fn table(&'static self) -> QEnumLookup {
        QEnumLookup { array: self.0.as_ptr(), special_features: ptr::null(), size: COUNT as c_int }
    }
}
