//! What a WebSocket client asks for, and what it makes of the response.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qiochannel::websock_parts::{Client, answer_request, end_of_head};
use qiochannel_fuzz::input::Input;

const KEY: [u8; 16] = *b"the sample nonce";

/// The answer to the key.
const ACCEPTED: &[u8] = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let with = input.byte();
    let host = if with & 1 != 0 { input.chunk() } else { b"localhost:80" };
    let path = (with & 2 != 0).then(|| input.chunk());
    let protocol = match with >> 2 & 3 {
        0 => None,
        1 => Some(input.chunk()),
        _ => Some(&b"binary"[..]),
    };
    let Some(client) = Client::new(host, path, protocol, KEY) else { return };
    check_request(&client, path, protocol);

    let response = input.rest();
    let head = match end_of_head(response) {
        Ok(Some(end)) => &response[..end],
        Ok(None) | Err(_) => response,
    };
    match client.judge(head) {
        Ok(()) => {
            assert!(head.starts_with(b"HTTP/1."), "no response");
            assert!(head.windows(ACCEPTED.len()).any(|part| part == ACCEPTED), "no key");
        }
        Err(message) => {
            assert!(!message.is_empty() && message.len() < 1024, "{message:?}");
            assert!(!message.chars().any(char::is_control), "{message:?}");
        }
    }
});

/// A request is one head with as many lines as it needs: nothing that it was made of
/// can add one.
fn check_request(client: &Client, path: Option<&[u8]>, protocol: Option<&[u8]>) {
    let request = client.head();
    assert_eq!(end_of_head(request.as_bytes()), Ok(Some(request.len())), "{request:?}");
    let lines = 7 + usize::from(protocol.is_some());
    assert_eq!(request.matches("\r\n").count(), lines, "{request:?}");
    // A server of our own grants what it can grant, and the client takes its word.
    let reply = answer_request(request.as_bytes());
    let grants = path.is_none_or(|path| path == b"/") && protocol.is_none_or(|it| it == b"binary");
    assert!(reply.is_ok() || !grants, "{request:?} was refused: {reply:?}");
    if let Ok(reply) = reply {
        assert_eq!(client.judge(reply.as_bytes()), Ok(()), "{reply:?}");
    }
}
