//! The key of a handshake and the answer to it. RFC 6455, 4.2.2.

use std::ffi::CStr;

use glib_sys::{
    G_CHECKSUM_SHA1, g_base64_encode, g_checksum_free, g_checksum_get_digest, g_checksum_new,
    g_checksum_update, g_free,
};

const KEY_LENGTH: usize = 24;
const SHA1_LENGTH: usize = 20;

/// What the standard appends to a key before hashing it.
const SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// 16 bytes in base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Key([u8; KEY_LENGTH]);

impl Key {
    /// A key received: the base64 of exactly 16 bytes, in its canonical form.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let key: [u8; KEY_LENGTH] = text.try_into().ok()?;
        let (digits, padding) = key.split_last_chunk::<2>()?;
        let (last, _) = digits.split_last()?;
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        // The last digit stands for two bits: the other four are zero.
        let is_canonical = matches!(last, b'A' | b'Q' | b'g' | b'w');
        (digits.iter().all(is_digit) && is_canonical && padding == b"==").then_some(Self(key))
    }

    /// The key for 16 random bytes.
    pub(in super::super) fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        Self::parse(base64(&bytes).as_bytes())
    }

    /// The text.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What a server answers to it: 28 characters.
    pub(super) fn answer(&self) -> String {
        base64(&sha1(&[&self.0, SUFFIX]))
    }
}

fn sha1(parts: &[&[u8]]) -> [u8; SHA1_LENGTH] {
    let mut digest = [0; SHA1_LENGTH];
    let mut length = digest.len();
    // SAFETY: GLib knows SHA-1, so the checksum is not NULL; the lengths are those
    // of the memory; the checksum is freed once.
    unsafe {
        let checksum = g_checksum_new(G_CHECKSUM_SHA1);
        for part in parts {
            g_checksum_update(checksum, part.as_ptr(), part.len() as isize);
        }
        g_checksum_get_digest(checksum, digest.as_mut_ptr(), &raw mut length);
        g_checksum_free(checksum);
    }
    digest
}

fn base64(bytes: &[u8]) -> String {
    // SAFETY: GLib reads `bytes` and returns a new string, freed after the copy.
    unsafe {
        let text = g_base64_encode(bytes.as_ptr(), bytes.len());
        let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
        g_free(text.cast());
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        for (key, answer) in [
            ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ("o9JHNiS3/0/0zYE1wa3yIw==", "b3DnPh7O8hyYE5sIjQxl/c1J+S8="),
        ] {
            let key = Key::parse(key.as_bytes()).expect("a valid key");
            assert_eq!(key.answer(), answer);
        }
    }

    #[test]
    fn only_canonical_base64_of_16_bytes_is_a_key() {
        for text in [
            "",
            "!!!!!!!!!!!!!!!!!!!!!!!!",
            "dGhlIHNhbXBsZSBub25jZQ=",
            "dGhlIHNhbXBsZSBub25jZQ==x",
            "dGhlIHNhbXBsZSBub25jZR==",
            "dGhlIHNhbXBsZSBub25jZQ=a",
            "dGhlIHNhbXBsZSBub25jZQQQ",
            "dGhlIHNhbXBsZSBub25jZQ=\u{e9}",
        ] {
            assert_eq!(Key::parse(text.as_bytes()), None, "{text}");
        }
        assert!(Key::from_bytes([0xff; 16]).is_some());
        assert!(Key::from_bytes([0; 16]).is_some());
    }
}
