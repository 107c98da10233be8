//! Frames: bytes in, events out. RFC 6455, 5.
//!
//! Nothing here reads or writes, and only the payload of a control frame needs memory.
//! A [`Decoder`] takes received bytes in pieces of any size and gives the payload back
//! as it arrives, unmasked in place; headers and control frames are put together inside
//! it. [`Header`] is the other direction.

mod close;
#[cfg(test)]
mod tests;
mod violation;

pub(super) use close::{Close, close_payload, reply_to_close};
pub(super) use violation::Violation;

use super::mask::Mask;

/// Which end of the connection this is. RFC 6455, 5.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Receives masked frames, sends unmasked ones.
    Server,
    /// Receives unmasked frames, sends masked ones.
    #[cfg_attr(
        not(any(feature = "runtime", feature = "backports")),
        allow(dead_code, reason = "QEMU 7.2 has no client")
    )]
    Client,
}

// RFC 6455, 5.2.
const FIN: u8 = 0x80;
const RESERVED_BITS: u8 = 0x70;
const OPCODE_BITS: u8 = 0x0f;
const CONTROL: u8 = 0x08;
const MASKED: u8 = 0x80;
const LENGTH_BITS: u8 = 0x7f;
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;

/// The longest payload of a control frame. RFC 6455, 5.5.
pub(super) const CONTROL_MAX: usize = 125;

/// The longest header: two bytes, a 64-bit length, a mask.
pub(super) const HEADER_MAX: usize = 14;

/// What a frame is. RFC 6455, 11.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Opcode {
    /// More of the message that is open.
    Continuation = 0x0,
    /// Starts a message of text.
    Text = 0x1,
    /// Starts a message of bytes.
    Binary = 0x2,
    /// Ends the connection.
    Close = 0x8,
    /// Asks for a pong.
    Ping = 0x9,
    /// Answers a ping.
    Pong = 0xA,
}

impl Opcode {
    fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }
}

/// The payload of a control frame. An empty one, as most are, has no memory.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct ControlPayload(Option<Box<Content>>);

#[derive(Clone, PartialEq, Eq)]
struct Content {
    bytes: [u8; CONTROL_MAX],
    length: u8,
}

impl ControlPayload {
    /// A payload that starts like `data`, cut to what a control frame can carry.
    pub(super) fn new(data: &[u8]) -> Self {
        let mut payload = Self::default();
        payload.push(data);
        payload
    }

    /// The bytes.
    pub(super) fn as_slice(&self) -> &[u8] {
        let content = self.0.as_ref();
        content.and_then(|content| content.bytes.get(..content.length.into())).unwrap_or_default()
    }

    /// Appends as much of `data` as fits.
    fn push(&mut self, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        let empty = || Box::new(Content { bytes: [0; CONTROL_MAX], length: 0 });
        let content = self.0.get_or_insert_with(empty);
        let free = content.bytes.iter_mut().skip(content.length.into());
        for (to, from) in free.zip(data) {
            *to = *from;
            content.length += 1;
        }
    }
}

impl std::fmt::Debug for ControlPayload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_slice().fmt(formatter)
    }
}

/// Received bytes that were not looked at yet.
#[derive(Debug)]
pub(super) struct Incoming<'a>(&'a mut [u8]);

impl<'a> Incoming<'a> {
    /// All of `bytes`.
    pub(super) fn new(bytes: &'a mut [u8]) -> Self {
        Self(bytes)
    }

    /// How many are left.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none are left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the first `count` bytes, or all there are.
    #[inline]
    fn take(&mut self, count: usize) -> &'a mut [u8] {
        self.0.split_off_mut(..count.min(self.0.len())).unwrap_or_default()
    }
}

/// Something that was received.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// Bytes of the stream, unmasked.
    Payload(&'a mut [u8]),
    /// A ping to be answered with the same payload.
    Ping(ControlPayload),
    /// A close frame, with its payload.
    Close(ControlPayload),
}

/// What the decoder is in the middle of.
#[derive(Clone, Copy, Debug)]
enum Position {
    /// A header, of which `length` bytes are in `header`.
    Header,
    /// The payload of a data frame.
    Data,
    /// The payload of a control frame, which is in `control` so far.
    Control(Opcode),
}

/// Takes a stream of frames apart.
#[derive(Debug)]
pub(super) struct Decoder {
    role: Role,
    position: Position,
    header: [u8; HEADER_MAX],
    header_length: u8,
    remaining: u64,
    /// The payload of the last data frame, all of it.
    frame_length: u64,
    mask: Mask,
    /// A message has started and its last fragment was not seen yet.
    in_message: bool,
    control: ControlPayload,
}

impl Decoder {
    /// A decoder at the start of a connection.
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            position: Position::Header,
            header: [0; HEADER_MAX],
            header_length: 0,
            remaining: 0,
            frame_length: 0,
            mask: Mask::default(),
            in_message: false,
            control: ControlPayload::default(),
        }
    }

    /// The bytes that are certain to be payload of the stream, whatever they are.
    pub(super) fn payload_remaining(&self) -> u64 {
        match self.position {
            Position::Data => self.remaining,
            Position::Header | Position::Control(_) => 0,
        }
    }

    /// How long the last data frame is or was.
    pub(super) fn frame_length(&self) -> u64 {
        self.frame_length
    }

    /// Whether the stream may end here: between messages.
    pub(super) fn is_between_messages(&self) -> bool {
        matches!(self.position, Position::Header) && self.header_length == 0 && !self.in_message
    }

    /// Takes bytes from the front of `input` up to the next event, and removes them
    /// from it. Without an event, all of `input` was taken.
    ///
    /// After an error the decoder must not be used again.
    #[inline]
    pub(super) fn next<'a>(
        &mut self,
        input: &mut Incoming<'a>,
    ) -> Result<Option<Event<'a>>, Violation> {
        loop {
            match self.position {
                Position::Header => {
                    if !self.take_header(input)? {
                        return Ok(None);
                    }
                }
                Position::Data if self.remaining == 0 => self.position = Position::Header,
                Position::Data if input.is_empty() => return Ok(None),
                Position::Data => {
                    let payload = self.take_payload(input);
                    if self.remaining == 0 {
                        self.position = Position::Header;
                    }
                    return Ok(Some(Event::Payload(payload)));
                }
                Position::Control(opcode) => {
                    let payload = self.take_payload(input);
                    self.control.push(payload);
                    if self.remaining > 0 {
                        return Ok(None);
                    }
                    self.position = Position::Header;
                    let payload = std::mem::take(&mut self.control);
                    match opcode {
                        Opcode::Ping => return Ok(Some(Event::Ping(payload))),
                        Opcode::Close => return Ok(Some(Event::Close(payload))),
                        // An unasked pong is a sign of life and needs no answer.
                        _ => {}
                    }
                }
            }
        }
    }

    /// Takes the rest of the payload as far as it is there, unmasked.
    #[inline]
    fn take_payload<'a>(&mut self, input: &mut Incoming<'a>) -> &'a mut [u8] {
        let count = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(input.len());
        let payload = input.take(count);
        self.mask.apply(payload);
        self.remaining -= count as u64;
        payload
    }

    /// Collects the header. True once it is complete.
    #[inline]
    fn take_header(&mut self, input: &mut Incoming<'_>) -> Result<bool, Violation> {
        // Copied before it is judged: another thread may write the caller's memory.
        if self.header_length == 0
            && let Some(header) = input.0.first_chunk::<HEADER_MAX>()
        {
            self.header = *header;
            let opcode = self.judge()?;
            let length = self.length()?;
            input.take(self.header_size());
            self.begin(opcode, length);
            return Ok(true);
        }
        self.take_header_in_pieces(input)
    }

    /// As `take_header`, when not all of the longest header is there.
    fn take_header_in_pieces(&mut self, input: &mut Incoming<'_>) -> Result<bool, Violation> {
        // The first two bytes say how long the header is, and are judged at once:
        // a peer that breaks the rules may never send the others.
        if !self.collect(input, 2) {
            return Ok(false);
        }
        let opcode = self.judge()?;
        if !self.collect(input, 2 + self.length_size()) {
            return Ok(false);
        }
        let length = self.length()?;
        if !self.collect(input, self.header_size()) {
            return Ok(false);
        }
        self.begin(opcode, length);
        Ok(true)
    }

    /// The header is complete: the payload follows.
    #[inline]
    fn begin(&mut self, opcode: Opcode, length: u64) {
        let [first, second, ..] = self.header;
        self.mask = if second & MASKED != 0 { self.mask_of_header() } else { Mask::default() };
        self.remaining = length;
        self.header_length = 0;
        if first & CONTROL != 0 {
            self.position = Position::Control(opcode);
        } else {
            self.in_message = first & FIN == 0;
            self.frame_length = length;
            self.position = Position::Data;
        }
    }

    /// The bytes of the length behind the first two.
    #[inline]
    fn length_size(&self) -> usize {
        let [_, second, ..] = self.header;
        match second & LENGTH_BITS {
            LENGTH_16 => 2,
            LENGTH_64 => 8,
            _ => 0,
        }
    }

    /// The bytes of the whole header.
    #[inline]
    fn header_size(&self) -> usize {
        let [_, second, ..] = self.header;
        2 + self.length_size() + if second & MASKED != 0 { 4 } else { 0 }
    }

    /// Moves header bytes from `input` until there are `wanted`.
    #[inline]
    fn collect(&mut self, input: &mut Incoming<'_>, wanted: usize) -> bool {
        let have = usize::from(self.header_length);
        if have >= wanted {
            return true;
        }
        let count = (wanted - have).min(input.len());
        let bytes = input.take(count);
        for (to, from) in self.header.iter_mut().skip(have).zip(bytes) {
            *to = *from;
        }
        self.header_length += count as u8;
        have + count >= wanted
    }

    /// Checks everything that the first two bytes tell. The order decides which of
    /// several faults is reported.
    #[inline]
    fn judge(&self) -> Result<Opcode, Violation> {
        let [first, second, ..] = self.header;
        if first & RESERVED_BITS != 0 {
            return Err(Violation::ReservedBits);
        }
        let opcode = match Opcode::from_bits(first & OPCODE_BITS) {
            None => return Err(Violation::UnknownOpcode),
            // The stream is bytes: RFC 6455, 7.4.1 allows to refuse text.
            Some(Opcode::Text) => return Err(Violation::Text),
            Some(opcode) => opcode,
        };
        let is_control = first & CONTROL != 0;
        if is_control && first & FIN == 0 {
            return Err(Violation::FragmentedControl);
        }
        if is_control && usize::from(second & LENGTH_BITS) > CONTROL_MAX {
            return Err(Violation::LongControl);
        }
        match (self.role, second & MASKED != 0) {
            (Role::Server, false) => return Err(Violation::NotMasked),
            (Role::Client, true) => return Err(Violation::Masked),
            _ => {}
        }
        match (opcode, self.in_message) {
            (Opcode::Continuation, false) => Err(Violation::NothingToContinue),
            (Opcode::Binary, true) => Err(Violation::Interleaved),
            _ => Ok(opcode),
        }
    }

    /// The payload length, which must be in its shortest form.
    #[inline]
    fn length(&self) -> Result<u64, Violation> {
        let [_, second, a, b, c, d, e, f, g, h, ..] = self.header;
        match second & LENGTH_BITS {
            LENGTH_16 => match u16::from_be_bytes([a, b]) {
                length if length < u16::from(LENGTH_16) => Err(Violation::LongLengthForm),
                length => Ok(u64::from(length)),
            },
            LENGTH_64 => match u64::from_be_bytes([a, b, c, d, e, f, g, h]) {
                length if length >> 63 != 0 => Err(Violation::LengthOverflow),
                length if length <= u64::from(u16::MAX) => Err(Violation::LongLengthForm),
                length => Ok(length),
            },
            short => Ok(u64::from(short)),
        }
    }

    /// The mask at the end of the header.
    #[inline]
    fn mask_of_header(&self) -> Mask {
        let [_, _, a, b, c, d, e, f, _, _, g, h, i, j] = self.header;
        Mask::new(match self.length_size() {
            0 => [a, b, c, d],
            2 => [c, d, e, f],
            _ => [g, h, i, j],
        })
    }
}

/// The header of a frame to be sent: always final, never reserved bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    bytes: [u8; HEADER_MAX],
    length: u8,
}

impl Header {
    /// The header for `payload` bytes; with a mask in the client's role.
    #[inline]
    pub(super) fn new(opcode: Opcode, payload: usize, mask: Option<[u8; 4]>) -> Self {
        let mut header = Self { bytes: [0; HEADER_MAX], length: 0 };
        let masked = if mask.is_some() { MASKED } else { 0 };
        header.push(&[FIN | opcode as u8]);
        match payload {
            0..=CONTROL_MAX => header.push(&[masked | payload as u8]),
            126..=0xffff => {
                header.push(&[masked | LENGTH_16]);
                header.push(&(payload as u16).to_be_bytes());
            }
            _ => {
                header.push(&[masked | LENGTH_64]);
                header.push(&(payload as u64).to_be_bytes());
            }
        }
        if let Some(mask) = mask {
            header.push(&mask);
        }
        header
    }

    /// The bytes on the wire.
    #[inline]
    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        for (to, from) in self.bytes.iter_mut().skip(usize::from(self.length)).zip(bytes) {
            *to = *from;
        }
        self.length += bytes.len() as u8;
    }
}
