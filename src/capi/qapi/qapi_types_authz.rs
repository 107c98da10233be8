//! Tables of `qapi/qapi-types-authz.h`.

use super::tables::Names;
use crate::abi::qapi::util::QEnumLookup;

static POLICIES: Names<2> = Names([c"deny".as_ptr(), c"allow".as_ptr()]);
static FORMATS: Names<2> = Names([c"exact".as_ptr(), c"glob".as_ptr()]);

/// The names of the values.
#[unsafe(no_mangle)]
static QAuthZListPolicy_lookup: QEnumLookup = POLICIES.table();

/// The names of the values.
#[unsafe(no_mangle)]
static QAuthZListFormat_lookup: QEnumLookup = FORMATS.table();
