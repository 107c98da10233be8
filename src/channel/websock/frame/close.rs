//! The payload of close frames. RFC 6455, 5.5.1 and 7.4.

use super::{ControlPayload, Violation};

/// The code of an ordinary end.
const NORMAL_CLOSURE: u16 = 1000;

/// The reason in every answer to a close frame; peers compare it.
const REQUESTED: &str = "peer requested close";

/// What a close frame of the peer says.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Close<'a> {
    /// The code, if there is one.
    pub(in super::super) code: Option<u16>,
    /// The reason, possibly empty.
    pub(in super::super) reason: &'a str,
}

impl<'a> Close<'a> {
    /// Reads the payload of a close frame.
    pub(in super::super) fn parse(payload: &'a [u8]) -> Result<Self, Violation> {
        let (code, reason) = match payload {
            [] => return Ok(Self { code: None, reason: "" }),
            [_] => return Err(Violation::ShortClose),
            [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        };
        if !is_valid(code) {
            return Err(Violation::CloseCode);
        }
        let reason = std::str::from_utf8(reason).map_err(|_| Violation::CloseReason)?;
        Ok(Self { code: Some(code), reason })
    }
}

/// Whether a peer may send this code.
fn is_valid(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// The payload of a close frame.
pub(in super::super) fn close_payload(code: u16, reason: &str) -> ControlPayload {
    let mut payload = ControlPayload::new(&code.to_be_bytes());
    payload.push(reason.as_bytes());
    payload
}

/// The payload of the answer to a close frame.
pub(in super::super) fn reply_to_close(close: &Close<'_>) -> ControlPayload {
    close_payload(close.code.unwrap_or(NORMAL_CLOSURE), REQUESTED)
}
