//! What a WebSocket server makes of a request, and whether a client takes its answer.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qiochannel::websock_parts::{answer_request, end_of_head};

fuzz_target!(|data: &[u8]| {
    let (cut, data) = data.split_first().unwrap_or((&0, data));
    check_cut(data, usize::from(*cut) % (data.len() + 1));
    // A head that does not end is judged as well: that must not hurt.
    let head = match end_of_head(data) {
        Ok(Some(end)) => &data[..end],
        Ok(None) | Err(_) => data,
    };
    match answer_request(head) {
        Ok(reply) => {
            check_reply(&reply);
            assert!(reply.starts_with("HTTP/1.1 101 "), "{reply:?}");
            let text = head.to_ascii_lowercase();
            let has = |part: &str| text.windows(part.len()).any(|it| it == part.as_bytes());
            assert!(has("upgrade") && has("websocket"), "upgraded unasked");
            assert!(has("sec-websocket-key"), "there was no key");
            let chose = reply.contains("Sec-WebSocket-Protocol: binary\r\n");
            let offered = has("sec-websocket-protocol") && has("binary");
            assert!(offered || !chose, "a subprotocol that was not offered");
        }
        Err((reply, message)) => {
            check_reply(&reply);
            assert!(reply.starts_with("HTTP/1.1 4"), "{reply:?}");
            assert!(!message.is_empty() && message.len() < 512, "{message:?}");
            assert!(!message.chars().any(char::is_control), "{message:?}");
        }
    }
});

/// What is known after the first bytes stays true.
fn check_cut(data: &[u8], cut: usize) {
    let whole = end_of_head(data);
    match end_of_head(&data[..cut]) {
        Ok(None) => {}
        known => assert_eq!(known, whole, "cut at {cut}"),
    }
}

/// A reply is one head, whatever the request said.
fn check_reply(reply: &str) {
    assert_eq!(end_of_head(reply.as_bytes()), Ok(Some(reply.len())), "{reply:?}");
    assert!(reply.len() < 512, "{reply:?}");
}
