//! The codec, for benchmarks of it alone (feature `bench-internals`).

use super::frame::{Decoder, Event, Header, Incoming, Opcode, Role};
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
