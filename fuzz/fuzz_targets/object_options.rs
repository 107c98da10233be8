//! Objects as command lines describe them, and what asks for them by id: one line of
//! input is one command.

#![no_main]

use std::ffi::CStr;

use glib_sys::g_free;
use libfuzzer_sys::fuzz_target;
use qiochannel::capi::authz::base::qauthz_is_allowed_by_id;
use qiochannel::capi::crypto::secret_common::{
    qcrypto_secret_lookup_as_base64, qcrypto_secret_lookup_as_utf8,
};
use qiochannel::capi::qom::object_interfaces::{
    user_creatable_add_from_str, user_creatable_cleanup, user_creatable_del,
};
use qiochannel_fuzz::census;
use qiochannel_fuzz::object::{call, text};

fuzz_target!(|data: &[u8]| {
    census::guard(|| {
        data.split(|byte| *byte == b'\n').for_each(run);
        user_creatable_cleanup();
    });
});

fn run(line: &[u8]) {
    match line {
        [b'-', id @ ..] => delete(&text(id)),
        [b'<', id @ ..] => read(&text(id)),
        [b'@', id @ ..] => ask(&text(id)),
        line => add(&text(line)),
    }
}

fn add(options: &CStr) {
    // SAFETY: a C string. False without an error is a request for help.
    let (done, message) =
        call(|errp| unsafe { user_creatable_add_from_str(options.as_ptr(), errp) });
    assert!(!done || message.is_none(), "{message:?}");
}

fn delete(id: &CStr) {
    // SAFETY: a C string.
    let (done, message) = call(|errp| unsafe { user_creatable_del(id.as_ptr(), errp) });
    assert_eq!(done, message.is_none(), "{message:?}");
}

fn read(id: &CStr) {
    for lookup in [qcrypto_secret_lookup_as_utf8, qcrypto_secret_lookup_as_base64] {
        // SAFETY: a C string.
        let (secret, message) = call(|errp| unsafe { lookup(id.as_ptr(), errp) });
        assert_eq!(secret.is_null(), message.is_some(), "{message:?}");
        // SAFETY: the caller's, of GLib's allocator, or NULL.
        unsafe { g_free(secret.cast()) };
    }
}

fn ask(id: &CStr) {
    // SAFETY: C strings.
    let (allowed, message) =
        call(|errp| unsafe { qauthz_is_allowed_by_id(id.as_ptr(), c"joe".as_ptr(), errp) });
    assert!(!allowed || message.is_none(), "{message:?}");
}
