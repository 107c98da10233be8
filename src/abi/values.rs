//! Types that C spells in a way of its own; `cbindgen.toml` maps them.
//!
//! A C caller may pass a number that an enum does not name, so the exported
//! functions take the integers `…Value` and check them. Where a C typedef names
//! a function, and not a pointer to one, `…Pointer` is the pointer.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::sync::atomic::AtomicU32;

use crate::abi::qemu::typedefs::{Error, Visitor};
use crate::abi::qom::object::{Object, ObjectProperty};

/// A `QIOChannelFeature` as C passes it.
pub type QIOChannelFeatureValue = c_uint;

/// A `QIOChannelShutdown` as C passes it.
pub type QIOChannelShutdownValue = c_uint;

/// A `QIOChannelShutdown` in a struct, changed by several threads.
pub type AtomicShutdown = AtomicU32;

/// A `QCryptoTLSCredsEndpoint` as C passes it.
pub type QCryptoTLSCredsEndpointValue = c_uint;

/// A `QCryptoTLSSessionHandshakeStatus` as C gets it.
pub type QCryptoTLSSessionHandshakeStatusValue = c_uint;

/// A `QCryptoSecretFormat` as C passes it.
pub type QCryptoSecretFormatValue = c_uint;

/// A `QAuthZListPolicy` as C passes it.
pub type QAuthZListPolicyValue = c_uint;

/// A `QAuthZListFormat` as C passes it.
pub type QAuthZListFormatValue = c_uint;

/// The flags of the virtual write function. The header hides the parameter from
/// files that are written for an API without it.
pub type WritevFlagsValue = c_int;

/// A `SocketAddressType` as C passes it.
pub type SocketAddressTypeValue = c_uint;

/// A `NetworkAddressFamily` as C passes it.
pub type NetworkAddressFamilyValue = c_uint;

/// A `bool` that C code fills in: any byte but 0 is true.
pub type BoolValue = u8;

/// An `ErrorClass` as C passes it.
pub type ErrorClassValue = c_uint;

/// A `LocationKind` as C passes it.
pub type LocationKindValue = c_uint;

/// An `IOHandler *`: called when a descriptor is ready, with the data given at
/// registration; NULL for no interest.
pub type IOHandlerPointer = Option<unsafe extern "C" fn(opaque: *mut c_void)>;

/// An `AioPollFn *`: looks for work without a system call.
pub type AioPollFnPointer = Option<unsafe extern "C" fn(opaque: *mut c_void) -> bool>;

/// A `QEMUBHFunc *`: what a bottom half does.
pub type QEMUBHFuncPointer = Option<unsafe extern "C" fn(opaque: *mut c_void)>;

/// A `QEMUTimerCB *`: what a timer does.
pub type QEMUTimerCBPointer = Option<unsafe extern "C" fn(opaque: *mut c_void)>;

/// A `CoroutineEntry *`: what a coroutine does.
pub type CoroutineEntryPointer = Option<unsafe extern "C" fn(opaque: *mut c_void)>;

/// A `CleanupFunc *`: releases what a coroutine was given.
pub type CleanupFuncPointer = Option<unsafe extern "C" fn(opaque: *mut c_void)>;

/// An `EventNotifierHandler *`: called when the notifier is set.
pub type EventNotifierHandlerPointer =
    Option<unsafe extern "C" fn(notifier: *mut crate::abi::qemu::event_notifier::EventNotifier)>;

/// A `QEMUClockType` as C passes it.
pub type QEMUClockTypeValue = c_uint;

/// A `CoQueueWaitFlags` as C passes it.
pub type CoQueueWaitFlagsValue = c_uint;

/// A `module_init_type` as C passes it.
pub type ModuleInitTypeValue = c_uint;

/// An `ObjectPropertyLinkFlags` as C passes it.
pub type ObjectPropertyLinkFlagsValue = c_uint;

/// An `ObjectPropertyFlags` as C passes it.
pub type ObjectPropertyFlagsValue = c_uint;

/// An `ObjectPropertyAccessor *`.
pub type ObjectPropertyAccessorPointer = Option<
    unsafe extern "C" fn(
        obj: *mut Object,
        v: *mut Visitor,
        name: *const c_char,
        opaque: *mut c_void,
        errp: *mut *mut Error,
    ),
>;

/// An `ObjectPropertyResolve *`.
pub type ObjectPropertyResolvePointer = Option<
    unsafe extern "C" fn(obj: *mut Object, opaque: *mut c_void, part: *const c_char) -> *mut Object,
>;

/// An `ObjectPropertyRelease *`.
pub type ObjectPropertyReleasePointer =
    Option<unsafe extern "C" fn(obj: *mut Object, name: *const c_char, opaque: *mut c_void)>;

/// An `ObjectPropertyInit *`.
pub type ObjectPropertyInitPointer =
    Option<unsafe extern "C" fn(obj: *mut Object, prop: *mut ObjectProperty)>;
