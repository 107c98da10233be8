//! What a peer can do wrong, and the close codes for it.

use super::{ControlPayload, close_payload};

/// A broken rule of RFC 6455.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Violation {
    /// A reserved bit without an extension that gives it a meaning.
    ReservedBits,
    /// An opcode without a meaning.
    UnknownOpcode,
    /// Text on a connection that carries bytes.
    Text,
    /// A control frame in fragments.
    FragmentedControl,
    /// A control frame with more than 125 bytes.
    LongControl,
    /// A client's frame without a mask.
    NotMasked,
    /// A server's frame with a mask.
    Masked,
    /// A continuation when no message is open.
    NothingToContinue,
    /// A new message before the last one ended.
    Interleaved,
    /// A length that has a shorter form.
    LongLengthForm,
    /// A length with the top bit set.
    LengthOverflow,
    /// A close frame with half a code.
    ShortClose,
    /// A close frame with a code that must not be sent.
    CloseCode,
    /// A close frame whose reason is not UTF-8.
    CloseReason,
}

// RFC 6455, 7.4.1.
const PROTOCOL_ERROR: u16 = 1002;
const UNSUPPORTED_DATA: u16 = 1003;
const INVALID_PAYLOAD: u16 = 1007;

impl Violation {
    /// The code of the close frame that answers it.
    pub(in super::super) fn close_code(self) -> u16 {
        match self {
            Self::Text => UNSUPPORTED_DATA,
            Self::CloseReason => INVALID_PAYLOAD,
            _ => PROTOCOL_ERROR,
        }
    }

    /// The payload of the close frame that answers it.
    pub(in super::super) fn close_payload(self) -> ControlPayload {
        close_payload(self.close_code(), self.description())
    }

    /// What is wrong, for the peer and for the caller.
    pub(in super::super) fn description(self) -> &'static str {
        match self {
            Self::ReservedBits => "reserved bits are set in a frame header",
            Self::UnknownOpcode => "a frame has an unknown opcode",
            Self::Text => "text messages are not supported",
            Self::FragmentedControl => "a control frame is fragmented",
            Self::LongControl => "a control frame is too long",
            Self::NotMasked => "a frame of a client is not masked",
            Self::Masked => "a frame of a server is masked",
            Self::NothingToContinue => "a continuation has no message to continue",
            Self::Interleaved => "a message starts inside another one",
            Self::LongLengthForm => "a length is not in its shortest form",
            Self::LengthOverflow => "a length is out of range",
            Self::ShortClose => "a close frame has an incomplete code",
            Self::CloseCode => "a close frame has an invalid code",
            Self::CloseReason => "the reason of a close frame is not UTF-8",
        }
    }
}
