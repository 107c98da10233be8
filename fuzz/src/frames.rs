//! WebSocket frames, once more and as simply as possible: straight from RFC 6455, 5.2,
//! over bytes that are all there.

use qiochannel::websock_parts::Decoded;

/// A frame.
#[must_use]
pub fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..126 => frame.push(masked | short as u8),
        medium @ 126..=0xffff => {
            frame.push(masked | 126);
            frame.extend((medium as u16).to_be_bytes());
        }
        long => {
            frame.push(masked | 127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(mask.iter().flatten());
    frame.extend(masked_with(mask.unwrap_or_default(), payload));
    frame
}

fn masked_with(mask: [u8; 4], data: &[u8]) -> impl Iterator<Item = u8> {
    data.iter().zip(mask.into_iter().cycle()).map(|(byte, mask)| byte ^ mask)
}

/// What the stream says to a client or a server.
#[must_use]
pub fn decode(stream: &[u8], by_client: bool) -> Decoded {
    let mut reader = Reader { decoded: Decoded::default(), is_open: false, by_client };
    let mut rest = stream;
    while !rest.is_empty() {
        match reader.frame(rest) {
            Ok(Some(length)) => rest = &rest[length..],
            Ok(None) => return reader.decoded,
            Err(code) => {
                reader.decoded.fault = Some(code);
                return reader.decoded;
            }
        }
    }
    reader.decoded.is_complete = !reader.is_open;
    reader.decoded
}

struct Reader {
    decoded: Decoded,
    is_open: bool,
    by_client: bool,
}

const PROTOCOL_ERROR: u16 = 1002;

impl Reader {
    /// Takes in one frame. Its length; `None` if the stream ends in or with it; else the
    /// code that answers it.
    fn frame(&mut self, bytes: &[u8]) -> Result<Option<usize>, u16> {
        let &[first, second, ..] = bytes else { return Ok(None) };
        let (is_final, opcode) = (first & 0x80 != 0, first & 0x0f);
        let (is_masked, short) = (second & 0x80 != 0, second & 0x7f);
        let is_control = opcode >= 8;
        if first & 0x70 != 0 {
            return Err(PROTOCOL_ERROR);
        }
        match opcode {
            0x1 => return Err(1003),
            0x0 | 0x2 | 0x8..=0xa => {}
            _ => return Err(PROTOCOL_ERROR),
        }
        if is_control && (!is_final || short > 125)
            || is_masked == self.by_client
            || opcode == 0 && !self.is_open
            || opcode == 2 && self.is_open
        {
            return Err(PROTOCOL_ERROR);
        }
        let Some((length, payload)) = self.length(bytes, short)? else { return Ok(None) };
        let payload = if is_masked { payload + 4 } else { payload };
        if bytes.len() < payload {
            return Ok(None);
        }
        if !is_control {
            self.is_open = !is_final;
        }
        let mask = match bytes[..payload] {
            [.., a, b, c, d] if is_masked => [a, b, c, d],
            _ => [0; 4],
        };
        let there = (bytes.len() - payload).min(usize::try_from(length).unwrap_or(usize::MAX));
        let data: Vec<u8> = masked_with(mask, &bytes[payload..payload + there]).collect();
        let is_whole = there as u64 == length;
        if !is_control {
            self.decoded.payload.extend(data);
        } else if is_whole {
            match opcode {
                0x8 => return self.close(&data).map(|()| None),
                0x9 => self.decoded.pings.push((self.decoded.payload.len(), data)),
                _ => {}
            }
        }
        Ok(is_whole.then_some(payload + there))
    }

    /// The length of the payload, and where the mask or the payload starts.
    fn length(&self, bytes: &[u8], short: u8) -> Result<Option<(u64, usize)>, u16> {
        let (length, end, least) = match (short, bytes) {
            (126, &[_, _, a, b, ..]) => (u64::from(u16::from_be_bytes([a, b])), 4, 126),
            (127, &[_, _, a, b, c, d, e, f, g, h, ..]) => {
                (u64::from_be_bytes([a, b, c, d, e, f, g, h]), 10, 0x10000)
            }
            (126 | 127, _) => return Ok(None),
            _ => (u64::from(short), 2, 0),
        };
        if length < least || length > i64::MAX as u64 {
            return Err(PROTOCOL_ERROR);
        }
        Ok(Some((length, end)))
    }

    fn close(&mut self, data: &[u8]) -> Result<(), u16> {
        let (code, reason) = match data {
            [] => (None, &[][..]),
            [_] => return Err(PROTOCOL_ERROR),
            [high, low, reason @ ..] => (Some(u16::from_be_bytes([*high, *low])), reason),
        };
        if let Some(code) = code
            && !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
        {
            return Err(PROTOCOL_ERROR);
        }
        let reason = std::str::from_utf8(reason).map_err(|_| 1007u16)?;
        self.decoded.close = Some((code, reason.to_owned()));
        Ok(())
    }
}
