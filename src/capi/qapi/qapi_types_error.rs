//! Tables of `qapi/qapi-types-error.h`.

use crate::abi::qapi::util::QEnumLookup;
use crate::runtime::qapi::enums;

/// The names of the values.
#[unsafe(no_mangle)]
static QapiErrorClass_lookup: QEnumLookup = enums::ERROR_CLASS;
