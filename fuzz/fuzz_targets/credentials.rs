//! The files in a directory of TLS credentials, each there or not, good, damaged or
//! made up; and sessions with what could be loaded.

#![no_main]

use std::ffi::CStr;
use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use qiochannel::capi::crypto::tlssession::{qcrypto_tls_session_free, qcrypto_tls_session_new};
use qiochannel::capi::qom::object_interfaces::user_creatable_complete;
use qiochannel_fuzz::census;
use qiochannel_fuzz::input::Input;
use qiochannel_fuzz::object::{Owned, c_path, call, directory, text};

/// The files that are looked for, and good ones.
const FILES: [(&str, &[u8]); 8] = [
    ("ca-cert.pem", include_bytes!("../credentials/ca-cert.pem")),
    ("ca-crl.pem", include_bytes!("../credentials/ca-crl.pem")),
    ("client-cert.pem", include_bytes!("../credentials/client-cert.pem")),
    ("client-key.pem", include_bytes!("../credentials/client-key.pem")),
    ("dh-params.pem", include_bytes!("../credentials/dh-params.pem")),
    ("keys.psk", include_bytes!("../credentials/keys.psk")),
    ("server-cert.pem", include_bytes!("../credentials/server-cert.pem")),
    ("server-key.pem", include_bytes!("../credentials/server-key.pem")),
];

const KINDS: [&CStr; 3] = [c"tls-creds-x509", c"tls-creds-psk", c"tls-creds-anon"];

fuzz_target!(|data: &[u8]| census::guard(|| run(Input::new(data))));

fn run(mut input: Input<'_>) {
    let kind = KINDS[input.below(KINDS.len())];
    let is_server = input.flag();
    let verify_peer = input.flag();
    let priority = text(input.chunk());
    let user = text(input.chunk());
    for file in FILES {
        write(file, &mut input);
    }

    let credentials = Owned::new(kind);
    assert!(credentials.set(c"dir", &c_path(directory())));
    assert!(credentials.set(c"endpoint", if is_server { c"server" } else { c"client" }));
    assert!(credentials.set(c"verify-peer", if verify_peer { c"on" } else { c"off" }));
    if !priority.is_empty() {
        assert!(credentials.set(c"priority", &priority));
    }
    if !user.is_empty() && kind == c"tls-creds-psk" {
        assert!(credentials.set(c"username", &user));
    }
    // Again, too: what was loaded first gives way or stays.
    for _ in 0..2 {
        // SAFETY: the object is alive, and of a type that can be completed.
        let (done, message) =
            call(|errp| unsafe { user_creatable_complete(credentials.as_ptr(), errp) });
        assert_eq!(done, message.is_none(), "{message:?}");
    }
    start_session(&credentials, is_server);
}

/// Puts a file there, or takes it away.
fn write((name, good): (&str, &[u8]), input: &mut Input<'_>) {
    let path: PathBuf = directory().join(name);
    let content = match input.below(4) {
        0 => good.to_vec(),
        1 => {
            let mut damaged = good.to_vec();
            for _ in 0..input.below(4) {
                let place = input.below(256) * 256 + input.below(256);
                let count = damaged.len().max(1);
                if let Some(byte) = damaged.get_mut(place % count) {
                    *byte = input.byte();
                }
            }
            damaged
        }
        2 => {
            let count = input.below(256) * 4;
            input.take(count).to_vec()
        }
        _ => {
            // It may not have been there before.
            let _ = std::fs::remove_file(path);
            return;
        }
    };
    std::fs::write(path, content).expect("a file of credentials");
}

fn start_session(credentials: &Owned, is_server: bool) {
    let name = if is_server { std::ptr::null() } else { c"localhost".as_ptr() };
    // SAFETY: the credentials are alive; a session that was made is freed once.
    unsafe {
        let (session, message) = call(|errp| {
            let acl = std::ptr::null();
            qcrypto_tls_session_new(credentials.as_ptr(), name, acl, is_server.into(), errp)
        });
        assert_eq!(session.is_null(), message.is_some(), "{message:?}");
        if !session.is_null() {
            qcrypto_tls_session_free(session);
        }
    }
}
