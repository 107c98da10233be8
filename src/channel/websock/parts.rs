//! The codec and the handshake's text, for benchmarks and fuzzing of them alone
//! (feature `internals`).

use super::frame::{Close, Decoder, Event, Header, Incoming, Opcode, Role};
use super::handshake::{ClientRequest, Key, Scan, accept, judge_request, scan};
use super::mask::Mask;

/// Masks or unmasks, in place.
pub fn apply_mask(mask: [u8; 4], data: &mut [u8]) {
    Mask::new(mask).apply(data);
}

/// Decodes a client's frames in place; the bytes of payload that were in them, `None`
/// if they break the protocol.
pub fn decode(bytes: &mut [u8]) -> Option<usize> {
    let mut decoder = Decoder::new(Role::Server);
    let mut input = Incoming::new(bytes);
    let mut payload = 0;
    while let Some(event) = decoder.next(&mut input).ok()? {
        if let Event::Payload(data) = event {
            payload += data.len();
        }
    }
    Some(payload)
}

/// What a stream of frames says, up to its end or the first fault.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The stream that the frames carry.
    pub payload: Vec<u8>,
    /// The pings: how much payload came before them, and theirs.
    pub pings: Vec<(usize, Vec<u8>)>,
    /// The close frame, behind which nothing counts: its code and reason.
    pub close: Option<(Option<u16>, String)>,
    /// The code that answers what breaks the protocol.
    pub fault: Option<u16>,
    /// Whether the connection may end here without an error.
    pub is_complete: bool,
}

/// Decodes `pieces`, which are received by a client or by a server.
pub fn decode_pieces(pieces: &mut [&mut [u8]], by_client: bool) -> Decoded {
    let mut decoder = Decoder::new(if by_client { Role::Client } else { Role::Server });
    let mut decoded = Decoded::default();
    for piece in pieces {
        let mut input = Incoming::new(piece);
        while decoded.fault.is_none() && decoded.close.is_none() {
            let event = match decoder.next(&mut input) {
                Ok(None) => break,
                Ok(Some(event)) => event,
                Err(violation) => {
                    decoded.fault = Some(violation.close_code());
                    break;
                }
            };
            match event {
                Event::Payload(data) => decoded.payload.extend_from_slice(data),
                Event::Ping(data) => {
                    decoded.pings.push((decoded.payload.len(), data.as_slice().to_vec()));
                }
                Event::Close(data) => match Close::parse(data.as_slice()) {
                    Ok(close) => decoded.close = Some((close.code, close.reason.to_owned())),
                    Err(violation) => decoded.fault = Some(violation.close_code()),
                },
            }
        }
    }
    let goes_on = decoded.fault.is_none() && decoded.close.is_none();
    decoded.is_complete = goes_on && decoder.is_between_messages();
    decoded
}

/// The header of a frame with so much payload, and its length.
#[must_use]
pub fn header(payload: usize, mask: Option<[u8; 4]>) -> ([u8; 14], usize) {
    let header = Header::new(Opcode::Binary, payload, mask);
    let mut bytes = [0; 14];
    for (to, from) in bytes.iter_mut().zip(header.as_slice()) {
        *to = *from;
    }
    (bytes, header.as_slice().len())
}

/// The end of the head that `received` starts with; `None` if there is none yet.
///
/// # Errors
///
/// It is no head.
pub fn end_of_head(received: &[u8]) -> Result<Option<usize>, &'static str> {
    match scan(received) {
        Scan::Incomplete => Ok(None),
        Scan::Complete(end) => Ok(Some(end)),
        Scan::Malformed => Err("not HTTP"),
    }
}

/// A server's reply to a request.
///
/// # Errors
///
/// The request is not granted: the reply, and the message for the caller.
pub fn answer_request(head: &[u8]) -> Result<String, (String, String)> {
    match judge_request(head) {
        Ok(request) => Ok(accept(&request)),
        Err(refusal) => Err((refusal.reply(), refusal.message())),
    }
}

/// What a client does: its request, and judging the response to it.
#[derive(Debug)]
pub struct Client {
    request: ClientRequest,
    key: Key,
}

impl Client {
    /// A client that asks for `path` of `host` with this key; `None` if that cannot be
    /// asked for.
    #[must_use]
    pub fn new(
        host: &[u8],
        path: Option<&[u8]>,
        protocol: Option<&[u8]>,
        key: [u8; 16],
    ) -> Option<Self> {
        let request = ClientRequest::new(host, path, protocol).ok()?;
        Some(Self { request, key: Key::from_bytes(key)? })
    }

    /// The request.
    #[must_use]
    pub fn head(&self) -> String {
        self.request.head(&self.key)
    }

    /// Judges a complete response.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn judge(&self, head: &[u8]) -> Result<(), String> {
        self.request.judge_response(head, &self.key)
    }
}
