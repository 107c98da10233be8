//! Requests, good and bad, and the bytes of the replies.

use super::*;

const GOOD: [&str; 5] = [
    "Host: a",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
];

fn judge(line: &str, headers: &[&str]) -> Result<Request, Refusal> {
    judge_request(format!("{line}\r\n{}\r\n\r\n", headers.join("\r\n")).as_bytes())
}

/// The good headers with `line` in place of the one of the same name.
fn with(line: &str) -> Result<Request, Refusal> {
    let name = line.split(':').next().unwrap_or_default();
    let mut headers: Vec<&str> =
        GOOD.into_iter().filter(|good| good.split(':').next() != Some(name)).collect();
    headers.push(line);
    judge("GET / HTTP/1.1", &headers)
}

/// The good headers and more of them.
fn and(lines: &[&str]) -> Result<Request, Refusal> {
    judge("GET / HTTP/1.1", &[&GOOD[..], lines].concat())
}

fn is_bad(result: &Result<Request, Refusal>) -> bool {
    matches!(result, Err(Refusal::BadRequest(_)))
}

#[test]
fn good_requests() {
    assert!(and(&[]).is_ok_and(|request| !request.with_protocol));
    for line in ["GET / HTTP/1.2", "GET http://a.b:1/ HTTP/1.1", "GET HTTPS://[::1] HTTP/1.9"] {
        assert!(judge(line, &GOOD).is_ok(), "{line}");
    }
    for line in [
        "Host:",
        "Upgrade: h2c, WebSocket",
        "Connection: keep-alive,\tUPGRADE ",
        "Sec-WebSocket-Version:\t13 ",
    ] {
        assert!(with(line).is_ok(), "{line}");
    }
    for line in ["binary", "base64, binary", "binary,chat"] {
        let result = and(&[&format!("Sec-WebSocket-Protocol: {line}")]);
        assert!(result.is_ok_and(|request| request.with_protocol), "{line}");
    }
    assert!(and(&["Sec-WebSocket-Protocol: chat", "sec-websocket-protocol: binary"]).is_ok());
}

#[test]
fn bad_request_lines() {
    for line in [
        "GET",
        "",
        "get / HTTP/1.1",
        "POST / HTTP/1.1",
        "GET /",
        "GET / HTTP/1.0",
        "GET / HTTP/2.0",
        "GET / HTTP/1.10",
        "GET /  HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET / http/1.1",
        " GET / HTTP/1.1",
        "GET\t/ HTTP/1.1",
    ] {
        assert!(is_bad(&judge(line, &GOOD)), "{line:?}");
    }
    for line in [
        "GET /x HTTP/1.1",
        "GET /?q HTTP/1.1",
        "GET  / HTTP/1.1",
        "GET * HTTP/1.0",
        "GET http:/// HTTP/1.1",
        "GET http://a/b HTTP/1.1",
        "GET ftp://a/ HTTP/1.1",
        "GET http://a?b HTTP/1.1",
    ] {
        assert!(matches!(judge(line, &GOOD), Err(Refusal::NotFound(_))), "{line:?}");
    }
}

#[test]
fn bad_headers() {
    assert!(is_bad(&judge_request(b"GET / HTTP/1.1\r\n\r\n")));
    for missing in 0..GOOD.len() {
        let mut headers = GOOD.to_vec();
        headers.remove(missing);
        assert!(is_bad(&judge("GET / HTTP/1.1", &headers)), "{missing}");
    }
    for line in [
        "Upgrade: websockets",
        "Upgrade: ",
        "Connection: close",
        "Connection: Upgraded",
        "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!!!",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=",
        "Sec-WebSocket-Version: 8",
        "Sec-WebSocket-Version: 13, 8",
        "Sec-WebSocket-Version: 013",
    ] {
        assert!(is_bad(&with(line)), "{line}");
    }
    for line in [
        "Host: b",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: chat",
        "Sec-WebSocket-Protocol: Binary",
        "Sec-WebSocket-Protocol: binaryx",
        "Sec-WebSocket-Protocol:",
        "no colon",
        ": empty name",
        "blank : in name",
        " folded",
        "\tfolded",
    ] {
        assert!(is_bad(&and(&[line])), "{line}");
    }
}

#[test]
fn at_most_32_headers() {
    let more = vec!["X: y"; 28];
    assert!(and(&more[..27]).is_ok());
    assert!(is_bad(&and(&more)));
}

#[test]
fn extensions_are_checked_and_ignored() {
    for value in [
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; a=10; b=\"x\"; c , x-other",
        ",,a,",
        "a;b=\"c\\d\"",
    ] {
        let line = format!("Sec-WebSocket-Extensions: {value}");
        assert!(and(&[&line]).is_ok(), "{value}");
    }
    for value in [
        "",
        ",",
        "a;",
        "a;=b",
        "a b",
        "a;b=",
        "a;b=\"",
        "a;b=\"\"",
        "a;b=\"c d\"",
        "a;b=\"c\"d",
        "\"a\"",
        "a;b=c=d",
        "a;b=\"c,d\"",
        "a;b=\"c\\\"",
    ] {
        let line = format!("Sec-WebSocket-Extensions: {value}");
        assert!(is_bad(&and(&[&line])), "{value}");
    }
}

#[test]
fn dates_are_english_and_in_gmt() {
    assert_eq!(date(1_795_207_321), "Fri, 20 Nov 2026 20:42:01 GMT");
    assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

/// A reply with its date blanked.
fn undated(reply: &str) -> String {
    let date = reply.find("Date: ").expect("a date") + "Date: ".len();
    let mut undated = reply.to_owned();
    undated.replace_range(date..date + 29, "D");
    undated
}

#[test]
fn replies() {
    let reply = accept(&and(&[]).expect("granted"));
    assert_eq!(reply.len(), 184);
    assert_eq!(
        undated(&reply),
        "HTTP/1.1 101 Switching Protocols\r\nServer: QEMU VNC\r\nDate: D\r\n\
         Upgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    );
    let reply = accept(&and(&["Sec-WebSocket-Protocol: binary"]).expect("granted"));
    assert_eq!(reply.len(), 216);
    assert!(reply.ends_with("xOo=\r\nSec-WebSocket-Protocol: binary\r\n\r\n"));
    assert_eq!(
        undated(&Refusal::malformed().reply()),
        "HTTP/1.1 400 Bad Request\r\nServer: QEMU VNC\r\nDate: D\r\nConnection: close\r\n\
         Sec-WebSocket-Version: 13\r\n\r\n"
    );
    let reply = Refusal::NotFound(String::new()).reply();
    assert_eq!(reply.len(), 100);
    assert_eq!(
        undated(&reply),
        "HTTP/1.1 404 Not Found\r\nServer: QEMU VNC\r\nDate: D\r\nConnection: close\r\n\r\n"
    );
    assert!(
        Refusal::TooLarge
            .reply()
            .starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\nServer: QEMU VNC\r\n")
    );
}
