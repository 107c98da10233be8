//! The server's side: judging a request, and the replies.

use super::head::{
    HeaderError, Headers, is_token_byte, quoted, split_first_line, split_word, trim,
};
use super::key::Key;
use crate::sys::time;

/// The longest request head, its end included.
pub(in super::super) const REQUEST_MAX: usize = 4096;

/// The most header lines in a request.
const HEADERS_MAX: usize = 32;

/// The only subprotocol that is understood.
const PROTOCOL: &[u8] = b"binary";

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A request that is granted.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Request {
    key: Key,
    /// The client offered subprotocols, `binary` among them.
    with_protocol: bool,
}

/// Why a request is not granted.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Refusal {
    /// It is not a WebSocket request.
    BadRequest(String),
    /// It asks for something else than the root.
    NotFound(String),
    /// Its head is too long.
    TooLarge,
}

impl Refusal {
    /// A request that is malformed from the first byte on.
    pub(in super::super) fn malformed() -> Self {
        Self::bad("Unexpected control character in the request headers")
    }

    fn bad(reason: impl Into<String>) -> Self {
        Self::BadRequest(reason.into())
    }

    /// What is wrong, for the caller.
    pub(in super::super) fn message(&self) -> String {
        match self {
            Self::BadRequest(message) | Self::NotFound(message) => message.clone(),
            Self::TooLarge => "End of the request headers not found in the first 4096 bytes".into(),
        }
    }

    /// What the peer is told.
    pub(in super::super) fn reply(&self) -> String {
        let (status, more) = match self {
            Self::BadRequest(_) => ("400 Bad Request", "Sec-WebSocket-Version: 13\r\n"),
            Self::NotFound(_) => ("404 Not Found", ""),
            Self::TooLarge => ("431 Request Header Fields Too Large", ""),
        };
        let date = date(time::now());
        format!(
            "HTTP/1.1 {status}\r\nServer: QEMU VNC\r\nDate: {date}\r\nConnection: close\r\n{more}\r\n"
        )
    }
}

/// The reply to a request that is granted.
pub(in super::super) fn accept(request: &Request) -> String {
    let protocol = if request.with_protocol { "Sec-WebSocket-Protocol: binary\r\n" } else { "" };
    format!(
        "HTTP/1.1 101 Switching Protocols\r\n\
         Server: QEMU VNC\r\n\
         Date: {}\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n\
         {protocol}\r\n",
        date(time::now()),
        request.key.answer(),
    )
}

/// The date as HTTP writes it, whatever the locale. RFC 1123.
fn date(seconds: i64) -> String {
    let time = time::utc(seconds);
    let name = |names: &[&'static str], index: i32| {
        usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or("")
    };
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        name(&DAYS, time.tm_wday),
        time.tm_mday,
        name(&MONTHS, time.tm_mon),
        time.tm_year + 1900,
        time.tm_hour,
        time.tm_min,
        time.tm_sec,
    )
}

/// Judges a complete request head.
pub(in super::super) fn judge_request(head: &[u8]) -> Result<Request, Refusal> {
    let (line, lines) = split_first_line(head);
    judge_request_line(line)?;
    if lines == b"\r\n" {
        return Err(Refusal::bad("The request has no headers"));
    }
    let headers = Headers::parse(lines, HEADERS_MAX).map_err(|error| {
        Refusal::bad(match error {
            HeaderError::Malformed => "The request has a malformed header",
            HeaderError::TooMany => "The request has too many headers",
        })
    })?;
    judge_headers(&headers)
}

fn judge_request_line(line: &[u8]) -> Result<(), Refusal> {
    let Some((method, rest)) = split_word(line) else {
        return Err(Refusal::bad("The request has no method"));
    };
    if method != b"GET" {
        return Err(Refusal::bad(format!("Unsupported request method {}", quoted(method))));
    }
    let Some((target, version)) = split_word(rest) else {
        return Err(Refusal::bad("The request has no HTTP version"));
    };
    if !is_root(target) {
        return Err(Refusal::NotFound(format!("Unexpected request target {}", quoted(target))));
    }
    match version {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1'..=b'9'] => Ok(()),
        _ => Err(Refusal::bad(format!("Unsupported HTTP version {}", quoted(version)))),
    }
}

/// Whether a request target is the root: `/`, or an absolute form of it.
fn is_root(target: &[u8]) -> bool {
    target == b"/"
        || [&b"http://"[..], b"https://"].iter().any(|scheme| {
            target.split_at_checked(scheme.len()).is_some_and(|(start, rest)| {
                let authority = rest.strip_suffix(b"/").unwrap_or(rest);
                start.eq_ignore_ascii_case(scheme)
                    && !authority.is_empty()
                    && !authority.iter().any(|byte| b"/?#".contains(byte))
            })
        })
}

const VERSION: &str = "Sec-WebSocket-Version";
const KEY: &str = "Sec-WebSocket-Key";
const HOST: &str = "Host";
const CONNECTION: &str = "Connection";
const UPGRADE: &str = "Upgrade";
const PROTOCOLS: &str = "Sec-WebSocket-Protocol";
const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

fn judge_headers(headers: &Headers<'_>) -> Result<Request, Refusal> {
    for name in [VERSION, KEY, HOST, CONNECTION, UPGRADE] {
        if !headers.contains(name) {
            return Err(Refusal::bad(format!("The request has no header {name}")));
        }
    }
    let only = |name: &str| {
        headers.only(name).ok_or_else(|| Refusal::bad(format!("The request repeats {name}")))
    };
    let version = only(VERSION)?;
    let key = only(KEY)?;
    only(HOST)?;

    let with_protocol = headers.contains(PROTOCOLS);
    if with_protocol && !headers.elements(PROTOCOLS).any(|element| element == PROTOCOL) {
        return Err(Refusal::bad("The request offers no supported subprotocol"));
    }
    if version != b"13" {
        return Err(Refusal::bad(format!("Unsupported WebSocket version {}", quoted(version))));
    }
    let Some(key) = Key::parse(key) else {
        return Err(Refusal::bad(format!("Invalid WebSocket key {}", quoted(key))));
    };
    if !headers.lists(CONNECTION, "upgrade") {
        return Err(Refusal::bad("The request does not ask for an upgrade of the connection"));
    }
    if !headers.lists(UPGRADE, "websocket") {
        return Err(Refusal::bad("The request does not ask for an upgrade to WebSocket"));
    }
    if headers.contains(EXTENSIONS) && !are_extensions(headers) {
        return Err(Refusal::bad("The request has a malformed list of extensions"));
    }
    Ok(Request { key, with_protocol })
}

/// Whether the header's values together are a list of extensions. RFC 6455, 9.1.
fn are_extensions(headers: &Headers<'_>) -> bool {
    let mut found = false;
    for value in headers.values(EXTENSIONS) {
        for extension in split_unquoted(value, b',').filter(|text| !text.is_empty()) {
            let mut parts = split_unquoted(extension, b';');
            if !parts.next().is_some_and(is_token) || !parts.all(is_parameter) {
                return false;
            }
            found = true;
        }
    }
    found
}

/// `text` cut at each `separator` outside double quotes, without blanks.
fn split_unquoted(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    let mut escaped = false;
    text.split(move |byte| {
        let is_separator = *byte == separator && !quoted;
        match *byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        is_separator
    })
    .map(trim)
}

fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| is_token_byte(*byte))
}

/// `name`, `name=token` or `name="token"`.
fn is_parameter(text: &[u8]) -> bool {
    let mut parts = text.splitn(2, |byte| *byte == b'=').map(trim);
    if !parts.next().is_some_and(is_token) {
        return false;
    }
    match parts.next() {
        None => true,
        Some([b'"', quoted @ .., b'"']) => {
            let unescaped: Vec<u8> = unescape(quoted).collect();
            is_token(&unescaped)
        }
        Some(value) => is_token(value),
    }
}

/// A quoted string's content without the backslashes that quote single bytes.
fn unescape(text: &[u8]) -> impl Iterator<Item = u8> {
    let mut bytes = text.iter().copied();
    std::iter::from_fn(move || match bytes.next()? {
        // Nothing behind it: not a token either way.
        b'\\' => Some(bytes.next().unwrap_or(b'\\')),
        byte => Some(byte),
    })
}

#[cfg(test)]
mod tests;
