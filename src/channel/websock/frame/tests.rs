//! Frames as data: what they decode to, whatever pieces they arrive in.

use super::*;
use proptest::prelude::*;

/// An event without the borrow, payloads joined.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Data(Vec<u8>),
    Ping(Vec<u8>),
    Close(Vec<u8>),
    Broken(Violation),
}

/// Decodes pieces of a stream; neighbouring payloads count as one.
fn decode(role: Role, pieces: impl Iterator<Item = Vec<u8>>) -> (Vec<Seen>, Decoder) {
    let mut decoder = Decoder::new(role);
    let mut seen = Vec::new();
    for mut piece in pieces {
        let mut input = Incoming::new(&mut piece);
        loop {
            match decoder.next(&mut input) {
                Ok(None) => break,
                Ok(Some(Event::Payload(data))) => match seen.last_mut() {
                    Some(Seen::Data(before)) => before.extend_from_slice(data),
                    _ => seen.push(Seen::Data(data.to_vec())),
                },
                Ok(Some(Event::Ping(payload))) => {
                    seen.push(Seen::Ping(payload.as_slice().to_vec()));
                }
                Ok(Some(Event::Close(payload))) => {
                    seen.push(Seen::Close(payload.as_slice().to_vec()));
                }
                Err(violation) => {
                    seen.push(Seen::Broken(violation));
                    return (seen, decoder);
                }
            }
        }
        assert!(input.is_empty(), "bytes were left without an event");
    }
    (seen, decoder)
}

fn seen(role: Role, stream: &[u8]) -> Vec<Seen> {
    decode(role, std::iter::once(stream.to_vec())).0
}

fn server(stream: &[u8]) -> Vec<Seen> {
    seen(Role::Server, stream)
}

/// A client's frame with first byte `first`.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..65536 => {
            frame.push(0xfe);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0xff);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

// RFC 6455, 5.7, with the binary opcode where the RFC shows text.

#[test]
fn a_single_unmasked_message() {
    let stream = [0x82, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    assert_eq!(seen(Role::Client, &stream), [Seen::Data(b"Hello".to_vec())]);
}

#[test]
fn a_single_masked_message() {
    let stream = [0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(server(&stream), [Seen::Data(b"Hello".to_vec())]);
}

#[test]
fn a_fragmented_unmasked_message() {
    let stream = [0x02, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f];
    let (seen, decoder) = decode(Role::Client, std::iter::once(stream.to_vec()));
    assert_eq!(seen, [Seen::Data(b"Hello".to_vec())]);
    // The payload of the last frame is complete, which the next call notices.
    assert_eq!(decoder.payload_remaining(), 0);
}

#[test]
fn an_unmasked_ping_and_a_masked_pong() {
    let ping = [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    assert_eq!(seen(Role::Client, &ping), [Seen::Ping(b"Hello".to_vec())]);
    let pong = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(server(&pong), []);
}

#[test]
fn long_messages_have_long_length_forms() {
    for (length, start) in
        [(256usize, &[0x82, 0x7e, 0x01, 0x00][..]), (65536, &[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0])]
    {
        let mut stream = start.to_vec();
        stream.resize(start.len() + length, 7);
        assert_eq!(seen(Role::Client, &stream), [Seen::Data(vec![7; length])]);
    }
}

#[test]
fn every_form_of_length() {
    for length in [0usize, 1, 125, 126, 127, 65535, 65536, 1 << 20] {
        let payload: Vec<u8> = (0..length).map(|index| (index * 7) as u8).collect();
        let expected = if length == 0 { vec![] } else { vec![Seen::Data(payload.clone())] };
        assert_eq!(server(&masked(0x82, &payload)), expected, "{length}");
    }
}

#[test]
fn control_frames_may_stand_between_fragments() {
    let mut stream = masked(0x02, b"Hel");
    stream.extend(masked(0x89, b"are you there"));
    stream.extend(masked(0x80, b"lo"));
    assert_eq!(
        server(&stream),
        [
            Seen::Data(b"Hel".to_vec()),
            Seen::Ping(b"are you there".to_vec()),
            Seen::Data(b"lo".to_vec()),
        ]
    );
}

#[test]
fn an_empty_message_is_nothing() {
    assert_eq!(server(&masked(0x82, b"")), []);
}

#[test]
fn the_stream_may_end_only_between_messages() {
    let mut stream = masked(0x02, b"Hel");
    stream.extend(masked(0x80, b"lo"));
    for end in 0..=stream.len() {
        let (_, mut decoder) = decode(Role::Server, std::iter::once(stream[..end].to_vec()));
        assert_eq!(decoder.next(&mut Incoming::new(&mut [])), Ok(None));
        assert_eq!(decoder.is_between_messages(), end == 0 || end == stream.len(), "{end}");
    }
}

#[test]
fn broken_rules_and_their_close_codes() {
    let mut open = masked(0x02, b"a");
    open.extend([0x82, 0x80]);
    let cases: &[(&[u8], Violation, u16)] = &[
        (&[0xc2, 0x80], Violation::ReservedBits, 1002),
        (&[0xa2, 0x80], Violation::ReservedBits, 1002),
        (&[0x92, 0x80], Violation::ReservedBits, 1002),
        (&[0xff, 0xff], Violation::ReservedBits, 1002),
        (&[0x83, 0x80], Violation::UnknownOpcode, 1002),
        (&[0x07, 0x00], Violation::UnknownOpcode, 1002),
        (&[0x8b, 0x80], Violation::UnknownOpcode, 1002),
        (&[0x0f, 0x7f], Violation::UnknownOpcode, 1002),
        (&[0x81, 0x80], Violation::Text, 1003),
        (&[0x01, 0x00], Violation::Text, 1003),
        (&[0x08, 0x80], Violation::FragmentedControl, 1002),
        (&[0x09, 0xfe], Violation::FragmentedControl, 1002),
        (&[0x89, 0xfe], Violation::LongControl, 1002),
        (&[0x8a, 0x7f], Violation::LongControl, 1002),
        (&[0x82, 0x00], Violation::NotMasked, 1002),
        (&[0x88, 0x00], Violation::NotMasked, 1002),
        (&[0x80, 0x80], Violation::NothingToContinue, 1002),
        (&[0x00, 0x00], Violation::NotMasked, 1002),
        (&open, Violation::Interleaved, 1002),
        (&[0x82, 0xfe, 0, 125], Violation::LongLengthForm, 1002),
        (&[0x82, 0xff, 0, 0, 0, 0, 0, 0, 255, 255], Violation::LongLengthForm, 1002),
        (&[0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], Violation::LengthOverflow, 1002),
    ];
    for (stream, violation, code) in cases {
        assert_eq!(server(stream).last(), Some(&Seen::Broken(*violation)), "{stream:x?}");
        assert_eq!(violation.close_code(), *code);
        assert!(violation.description().len() + 2 <= CONTROL_MAX);
        assert!(violation.description().is_ascii());
    }
    assert_eq!(seen(Role::Client, &[0x82, 0x80]), [Seen::Broken(Violation::Masked)]);
}

#[test]
fn the_largest_frame_costs_nothing() {
    let header = [0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4];
    let (_, decoder) = decode(Role::Server, std::iter::once(header.to_vec()));
    assert_eq!(decoder.payload_remaining(), i64::MAX as u64);
}

#[test]
fn close_payloads() {
    assert_eq!(Close::parse(&[]), Ok(Close { code: None, reason: "" }));
    assert_eq!(Close::parse(&[3, 232, b'x']), Ok(Close { code: Some(1000), reason: "x" }));
    assert_eq!(Close::parse(&[3]), Err(Violation::ShortClose));
    assert_eq!(Close::parse(&[3, 232, 0xff]), Err(Violation::CloseReason));
    for code in [0u16, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        assert_eq!(Close::parse(&code.to_be_bytes()), Err(Violation::CloseCode), "{code}");
    }
    for code in [1000u16, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999] {
        let bytes = code.to_be_bytes();
        let close = Close::parse(&bytes).expect("a valid code");
        assert_eq!(close.code, Some(code));
        assert_eq!(reply_to_close(&close).as_slice()[..2], bytes);
    }
    let reply = reply_to_close(&Close { code: None, reason: "" });
    assert_eq!(reply.as_slice(), b"\x03\xe8peer requested close");
    assert_eq!(reply.as_slice().len(), 0x16);
}

#[test]
fn headers_to_be_sent() {
    let cases: &[(usize, &[u8])] = &[
        (0, &[0x82, 0]),
        (125, &[0x82, 0x7d]),
        (126, &[0x82, 0x7e, 0, 0x7e]),
        (127, &[0x82, 0x7e, 0, 0x7f]),
        (65535, &[0x82, 0x7e, 255, 255]),
        (65536, &[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]),
    ];
    for (length, expected) in cases {
        assert_eq!(Header::new(Opcode::Binary, *length, None).as_slice(), *expected);
        let masked = Header::new(Opcode::Binary, *length, Some([1, 2, 3, 4]));
        assert_eq!(masked.as_slice().len(), expected.len() + 4);
        assert_eq!(masked.as_slice()[1], expected[1] | 0x80);
        assert_eq!(masked.as_slice()[expected.len()..], [1, 2, 3, 4]);
    }
    assert_eq!(Header::new(Opcode::Close, 22, None).as_slice(), [0x88, 0x16]);
}

/// A frame that follows the rules when it stands outside or inside a message.
fn frame() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let data = proptest::collection::vec(any::<u8>(), 0..300);
    let control = proptest::collection::vec(any::<u8>(), 0..=CONTROL_MAX);
    prop_oneof![
        (any::<bool>(), data).prop_map(|(fin, data)| (if fin { 0x80 } else { 0 }, data)),
        (prop_oneof![Just(0x89), Just(0x8a)], control),
    ]
}

proptest! {
    #[test]
    fn any_split_of_valid_frames_gives_the_same_events(
        frames in proptest::collection::vec(frame(), 0..12),
        cuts in proptest::collection::vec(0usize..64, 0..100),
    ) {
        let mut stream = Vec::new();
        let mut data = Vec::new();
        let mut in_message = false;
        for (first, payload) in &frames {
            let is_data = first & 0x08 == 0;
            let opcode = if is_data && !in_message { 0x02 } else { 0 };
            stream.extend(masked(first | opcode, payload));
            if is_data {
                in_message = first & 0x80 == 0;
                data.extend_from_slice(payload);
            }
        }
        let whole = server(&stream);
        let decoded: Vec<u8> = whole.iter().flat_map(|seen| match seen {
            Seen::Data(data) => data.clone(),
            _ => Vec::new(),
        }).collect();
        prop_assert_eq!(decoded, data);
        prop_assert_eq!(decode(Role::Server, pieces(&stream, &cuts)).0, whole);
    }

    #[test]
    fn any_split_of_any_bytes_gives_the_same_events(
        stream in proptest::collection::vec(any::<u8>(), 0..400),
        cuts in proptest::collection::vec(0usize..16, 0..100),
        role in prop_oneof![Just(Role::Server), Just(Role::Client)],
    ) {
        let whole = seen(role, &stream);
        prop_assert_eq!(decode(role, pieces(&stream, &cuts)).0, whole);
    }
}

/// `stream` cut into pieces of the given lengths; the last piece is the rest.
fn pieces(stream: &[u8], cuts: &[usize]) -> impl Iterator<Item = Vec<u8>> {
    let mut rest = stream;
    let mut cuts = cuts.iter();
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let count = cuts.next().map_or(rest.len(), |cut| (*cut).min(rest.len()));
        let (now, later) = rest.split_at(count);
        rest = later;
        done = rest.is_empty();
        Some(now.to_vec())
    })
}
