//! GLib's log messages as reports.

use std::ffi::{CStr, CString, c_char};
use std::ptr;
use std::sync::OnceLock;

use glib_sys::{
    G_LOG_LEVEL_DEBUG, G_LOG_LEVEL_INFO, G_LOG_LEVEL_MASK, G_LOG_LEVEL_MESSAGE,
    G_LOG_LEVEL_WARNING, GLogLevelFlags, g_getenv, g_log_set_default_handler, g_set_prgname,
    gpointer,
};

use crate::runtime::error::report::{Level, report};
use crate::runtime::text::Text;

/// Names the program after `argv0` and reports what GLib logs.
pub(crate) fn init(argv0: &CStr) {
    let path = argv0.to_bytes_with_nul();
    let start = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    let name = CStr::from_bytes_with_nul(&path[start..]).unwrap_or(argv0);
    // SAFETY: GLib copies the name; the handler is a function that stays.
    unsafe {
        g_set_prgname(name.as_ptr());
        g_log_set_default_handler(Some(handle), ptr::null_mut());
    }
}

unsafe extern "C" fn handle(
    domain: *const c_char,
    level: GLogLevelFlags,
    message: *const c_char,
    _data: gpointer,
) {
    // SAFETY: GLib passes strings; the domain may be NULL.
    let (domain, message) = unsafe {
        let domain = (!domain.is_null()).then(|| CStr::from_ptr(domain));
        let message = if message.is_null() { c"(NULL) message" } else { CStr::from_ptr(message) };
        (domain, message)
    };
    let Some(level) = report_level(level & G_LOG_LEVEL_MASK, domain) else {
        return;
    };
    match domain {
        Some(domain) => report(level, &Text::join(&[domain, c": ", message])),
        None => report(level, message),
    }
}

/// The level to report a message with; `None` if nobody asked for it.
fn report_level(level: GLogLevelFlags, domain: Option<&CStr>) -> Option<Level> {
    match level {
        G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO => {
            debug_domains().include(domain).then_some(Level::Info)
        }
        G_LOG_LEVEL_MESSAGE => Some(Level::Info),
        G_LOG_LEVEL_WARNING => Some(Level::Warning),
        _ => Some(Level::Error),
    }
}

/// The domains whose debug messages are wanted.
struct DebugDomains(CString);

fn debug_domains() -> &'static DebugDomains {
    static DOMAINS: OnceLock<DebugDomains> = OnceLock::new();
    DOMAINS.get_or_init(|| {
        // SAFETY: the name is a C string; the value is copied at once.
        let value = unsafe {
            let value = g_getenv(c"G_MESSAGES_DEBUG".as_ptr());
            if value.is_null() { CString::default() } else { CStr::from_ptr(value).to_owned() }
        };
        DebugDomains(value)
    })
}

impl DebugDomains {
    fn include(&self, domain: Option<&CStr>) -> bool {
        let wanted = self.0.to_bytes();
        let named = domain.map(CStr::to_bytes).filter(|name| !name.is_empty());
        wanted == b"all"
            || named.is_some_and(|name| wanted.windows(name.len()).any(|part| part == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_messages_are_for_named_domains() {
        let domains = DebugDomains(c"GLib foo".to_owned());
        assert!(domains.include(Some(c"GLib")));
        assert!(domains.include(Some(c"foo")));
        assert!(!domains.include(Some(c"bar")));
        assert!(!domains.include(None));
        assert!(DebugDomains(c"all".to_owned()).include(None));
        assert!(!DebugDomains(CString::default()).include(Some(c"GLib")));
    }
}
