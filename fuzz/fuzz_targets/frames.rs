//! A stream of WebSocket frames, received in any pieces, says what the standard says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qiochannel::websock_parts::{Decoded, decode_pieces, header};
use qiochannel_fuzz::frames;
use qiochannel_fuzz::input::Input;

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let by_client = input.flag();
    let cuts = input.chunk();
    let stream = input.rest();

    let expected = frames::decode(stream, by_client);
    let whole = stream.len().max(1);
    assert_eq!(in_pieces(stream, &[whole], by_client), expected, "whole");
    assert_eq!(in_pieces(stream, &[1], by_client), expected, "byte by byte");
    let cuts: Vec<usize> = cuts.iter().map(|cut| usize::from(*cut)).collect();
    assert_eq!(in_pieces(stream, &cuts, by_client), expected, "cut at {cuts:?}");
    check_encoding(stream, by_client);
});

/// Decodes pieces of these lengths, over and over.
fn in_pieces(stream: &[u8], lengths: &[usize], by_client: bool) -> Decoded {
    let mut copy = stream.to_vec();
    let mut rest = copy.as_mut_slice();
    let mut pieces = Vec::new();
    for length in lengths.iter().copied().filter(|length| *length > 0).cycle() {
        if rest.is_empty() {
            break;
        }
        pieces.push(rest.split_off_mut(..length.min(rest.len())).unwrap_or_default());
    }
    pieces.push(rest);
    decode_pieces(&mut pieces, by_client)
}

/// What is sent as one frame arrives as it was.
fn check_encoding(payload: &[u8], by_client: bool) {
    let mask = (!by_client).then_some([0x80, 0, 0xff, 7]);
    let (header, length) = header(payload.len(), mask);
    let frame = frames::frame(0x82, mask, payload);
    assert_eq!(frame[..length], header[..length]);
    let decoded = frames::decode(&frame, by_client);
    assert!(decoded.is_complete && decoded.payload == payload);
}
