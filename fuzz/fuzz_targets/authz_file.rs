//! Files of rules about who may enter, and their replacement while they are watched.

#![no_main]

use std::ffi::CStr;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use qiochannel::abi::authz::base::QAuthZ;
use qiochannel::capi::authz::base::qauthz_is_allowed;
use qiochannel::capi::qom::object_interfaces::user_creatable_complete;
use qiochannel_fuzz::census;
use qiochannel_fuzz::input::Input;
use qiochannel_fuzz::object::{Owned, c_path, call, directory, text};

/// Stands between the content of the file and what replaces it. Not UTF-8, so not JSON.
const NEXT: u8 = 0xff;

static FILE: LazyLock<PathBuf> = LazyLock::new(|| directory().join("list.json"));

fuzz_target!(|data: &[u8]| census::guard(|| run(Input::new(data))));

fn run(mut input: Input<'_>) {
    let is_watched = input.flag();
    let identity = text(input.chunk());
    let mut contents = input.rest().splitn(2, |byte| *byte == NEXT);
    let first = contents.next().unwrap_or_default();
    write(first);

    let list = Owned::new(c"authz-list-file");
    assert!(list.set(c"filename", &c_path(&FILE)));
    assert!(list.set(c"refresh", if is_watched { c"on" } else { c"off" }));
    // SAFETY: the object is alive, and of a type that can be completed.
    let (done, message) = call(|errp| unsafe { user_creatable_complete(list.as_ptr(), errp) });
    assert_eq!(done, message.is_none(), "{message:?}");
    check_verdict(&list, &identity, first, done);
    if let Some(second) = contents.next().filter(|_| done && is_watched) {
        write(second);
        assert!(census::run(100), "the watch never rests");
        check_verdict(&list, &identity, second, true);
    }
}

fn write(rules: &[u8]) {
    std::fs::write(&*FILE, rules).expect("a file of rules");
}

/// Asks. Nobody is let in by a file that was not understood or allows nothing.
fn check_verdict(list: &Owned, identity: &CStr, content: &[u8], is_loaded: bool) {
    let authz = list.as_ptr::<QAuthZ>();
    // SAFETY: the object is alive; a C string.
    let (allowed, message) =
        call(|errp| unsafe { qauthz_is_allowed(authz, identity.as_ptr(), errp) });
    assert_eq!(message, None);
    let says_allow = content.contains(&b'\\') || content.windows(5).any(|part| part == b"allow");
    assert!(!allowed || is_loaded && says_allow, "{identity:?} was let in");
}
