//! Tables of `qapi/qapi-types-error.h`.

use super::tables::Names;
use crate::abi::qapi::util::QEnumLookup;

static CLASSES: Names<5> = Names([
    c"GenericError".as_ptr(),
    c"CommandNotFound".as_ptr(),
    c"DeviceNotActive".as_ptr(),
    c"DeviceNotFound".as_ptr(),
    c"KVMMissingCap".as_ptr(),
]);

/// The names of the values.
#[unsafe(no_mangle)]
static QapiErrorClass_lookup: QEnumLookup = CLASSES.table();
