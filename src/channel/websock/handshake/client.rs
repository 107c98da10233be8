//! The client's side: the request, and judging the response.

use std::fmt::Write;

use super::head::{Headers, is_token_byte, quoted, split_first_line};
use super::key::Key;

/// The longest response head, its end included.
pub(in super::super) const RESPONSE_MAX: usize = 8192;

/// More header lines than a response of that length can have: each takes four
/// bytes or more.
const HEADERS_MAX: usize = RESPONSE_MAX / 4;

/// What a client asks for.
#[derive(Clone, Debug)]
pub(in super::super) struct ClientRequest {
    host: String,
    path: String,
    protocol: Option<String>,
}

impl ClientRequest {
    /// Checks that the parts can stand in a request. `None` for the path is the root.
    #[cfg_attr(
        not(any(feature = "runtime", feature = "backports")),
        allow(dead_code, reason = "QEMU 7.2 has no client")
    )]
    pub(in super::super) fn new(
        host: &[u8],
        path: Option<&[u8]>,
        protocol: Option<&[u8]>,
    ) -> Result<Self, String> {
        let path = path.unwrap_or(b"/");
        let is_host_byte = |byte: &u8| byte.is_ascii_graphic() && !b"/?#@".contains(byte);
        if host.is_empty() || !host.iter().all(is_host_byte) {
            return Err(format!("Invalid host {} for a WebSocket", quoted(host)));
        }
        let is_path_byte = |byte: &u8| byte.is_ascii_graphic() && *byte != b'#';
        if !path.starts_with(b"/") || !path.iter().all(is_path_byte) {
            return Err(format!("Invalid path {} for a WebSocket", quoted(path)));
        }
        if let Some(protocol) = protocol
            && (protocol.is_empty() || !protocol.iter().all(|byte| is_token_byte(*byte)))
        {
            return Err(format!("Invalid subprotocol {} for a WebSocket", quoted(protocol)));
        }
        // All of it is ASCII.
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Self { host: text(host), path: text(path), protocol: protocol.map(text) })
    }

    /// The bytes of the request with this key.
    pub(in super::super) fn head(&self, key: &Key) -> String {
        let mut head = format!(
            "GET {} HTTP/1.1\r\n\
             Host: {}\r\n\
             Upgrade: websocket\r\n\
             Connection: Upgrade\r\n\
             Sec-WebSocket-Key: {}\r\n\
             Sec-WebSocket-Version: 13\r\n",
            self.path,
            self.host,
            String::from_utf8_lossy(key.as_bytes()),
        );
        if let Some(protocol) = &self.protocol {
            // Writing to a string cannot fail.
            let _ = write!(head, "Sec-WebSocket-Protocol: {protocol}\r\n");
        }
        head.push_str("\r\n");
        head
    }

    /// Judges a complete response head to the request with this key.
    pub(in super::super) fn judge_response(&self, head: &[u8], key: &Key) -> Result<(), String> {
        let (line, lines) = split_first_line(head);
        judge_status_line(line)?;
        let headers = Headers::parse(lines, HEADERS_MAX)
            .map_err(|_| "The response has a malformed header".to_owned())?;
        if !headers.lists("Upgrade", "websocket") {
            return Err("The response does not upgrade to WebSocket".into());
        }
        if !headers.lists("Connection", "upgrade") {
            return Err("The response does not upgrade the connection".into());
        }
        if headers.only("Sec-WebSocket-Accept") != Some(key.answer().as_bytes()) {
            return Err("The response does not accept the key of the request".into());
        }
        if headers.contains("Sec-WebSocket-Extensions") {
            return Err("The response uses an extension that was not offered".into());
        }
        self.judge_protocol(&headers)
    }

    fn judge_protocol(&self, headers: &Headers<'_>) -> Result<(), String> {
        const PROTOCOL: &str = "Sec-WebSocket-Protocol";
        match &self.protocol {
            None if headers.contains(PROTOCOL) => {
                Err("The response uses a subprotocol that was not offered".into())
            }
            Some(protocol) if headers.only(PROTOCOL) != Some(protocol.as_bytes()) => {
                Err(format!("The response does not use the subprotocol {protocol}"))
            }
            _ => Ok(()),
        }
    }
}

/// Accepts `HTTP/1.1 101` with any reason, and any later minor version.
fn judge_status_line(line: &[u8]) -> Result<(), String> {
    let [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1'..=b'9', b' ', status @ ..] = line else {
        return Err(format!("Not an HTTP/1.1 response: {}", quoted(line)));
    };
    let (code, reason) = match status {
        [a, b, c] => ([*a, *b, *c], &b""[..]),
        [a, b, c, b' ', reason @ ..] => ([*a, *b, *c], reason),
        _ => return Err(malformed_status(line)),
    };
    match &code {
        b"101" => Ok(()),
        code if code.iter().all(u8::is_ascii_digit) => Err(format!(
            "The server refused the WebSocket with status {} {}",
            String::from_utf8_lossy(code),
            quoted(reason)
        )),
        _ => Err(malformed_status(line)),
    }
}

fn malformed_status(line: &[u8]) -> String {
    format!("Malformed status line: {}", quoted(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(protocol: Option<&[u8]>) -> ClientRequest {
        ClientRequest::new(b"example.org:80", Some(b"/chat?x=1"), protocol).expect("valid parts")
    }

    fn key() -> Key {
        Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==").expect("a valid key")
    }

    #[test]
    fn the_lines_of_a_request() {
        let lines = "GET /chat?x=1 HTTP/1.1\r\nHost: example.org:80\r\nUpgrade: websocket\r\n\
                     Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                     Sec-WebSocket-Version: 13\r\n";
        assert_eq!(request(None).head(&key()), format!("{lines}\r\n"));
        assert_eq!(
            request(Some(b"binary")).head(&key()),
            format!("{lines}Sec-WebSocket-Protocol: binary\r\n\r\n")
        );
    }

    #[test]
    fn what_cannot_stand_in_a_request() {
        for host in ["", "a b", "a/b", "a?", "a#", "u@a", "a\r\nX: y", "\u{e9}", "a\x7f"] {
            assert!(ClientRequest::new(host.as_bytes(), None, None).is_err(), "{host:?}");
        }
        for path in ["", "a", "/a b", "/#", "/\r\n", "/\u{e9}"] {
            assert!(ClientRequest::new(b"a", Some(path.as_bytes()), None).is_err(), "{path:?}");
        }
        for protocol in ["", "a b", "a,b", "a;b", "\"a\"", "\u{e9}"] {
            let protocol = Some(protocol.as_bytes());
            assert!(ClientRequest::new(b"a", None, protocol).is_err(), "{protocol:?}");
        }
        assert!(ClientRequest::new(b"[::1]:80", None, Some(b"binary")).is_ok());
    }

    const GOOD: [&str; 4] = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: WebSocket",
        "Connection: keep-alive, upgrade",
        "Sec-WebSocket-Accept:  s3pPLMBiTxaQ9kYGzzhZRbK+xOo= ",
    ];

    fn judge(protocol: Option<&[u8]>, lines: &[&str]) -> Result<(), String> {
        let head = format!("{}\r\n\r\n", lines.join("\r\n"));
        request(protocol).judge_response(head.as_bytes(), &key())
    }

    #[test]
    fn good_responses() {
        assert_eq!(judge(None, &GOOD), Ok(()));
        for line in ["HTTP/1.1 101", "HTTP/1.1 101 ", "HTTP/1.9 101 x"] {
            assert_eq!(judge(None, &[&[line], &GOOD[1..]].concat()), Ok(()), "{line}");
        }
        let with_protocol = [&GOOD[..], &["Sec-WebSocket-Protocol: binary"]].concat();
        assert_eq!(judge(Some(b"binary"), &with_protocol), Ok(()));
        assert_eq!(judge(None, &[&GOOD[..], &["X: y"; 100]].concat()), Ok(()));
    }

    #[test]
    fn bad_responses() {
        for line in [
            "HTTP/1.0 101 x",
            "HTTP/2 101",
            "HTTP/1.1 200 OK",
            "HTTP/1.1 1010",
            "HTTP/1.1 10",
            "HTTP/1.1  101",
            "HTTP/1.1 abc",
            "",
            "HTTP/1.1 101\tx",
            "HTTP/1.1 ",
        ] {
            assert!(judge(None, &[&[line], &GOOD[1..]].concat()).is_err(), "{line}");
        }
        for missing in 1..GOOD.len() {
            let mut lines = GOOD.to_vec();
            lines.remove(missing);
            assert!(judge(None, &lines).is_err(), "{missing}");
        }
        for line in [
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            "Sec-WebSocket-Extensions:",
            "Sec-WebSocket-Protocol: binary",
            "bad header",
        ] {
            assert!(judge(None, &[&GOOD[..], &[line]].concat()).is_err(), "{line}");
        }
        assert!(judge(Some(b"binary"), &GOOD).is_err());
        for line in ["Sec-WebSocket-Protocol: Binary", "Sec-WebSocket-Protocol: binary, x"] {
            assert!(judge(Some(b"binary"), &[&GOOD[..], &[line]].concat()).is_err(), "{line}");
        }
        let refused = judge(None, &["HTTP/1.1 403 \u{1}No"]).expect_err("refused");
        assert!(refused.contains("403") && refused.contains("\\x01No"));
    }
}
