//! From the input of a secret to its bytes.

use crate::error::Error;
use crate::runtime::gnutls::cipher::{BLOCK_SIZE, KEY_SIZE, decrypt_aes_256_cbc};

/// How the input stands for the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// It is them.
    Raw,
    /// In base64.
    Base64,
}

/// What an encrypted secret is decrypted with.
pub(super) struct Key {
    /// The bytes of the key.
    pub(super) key: Vec<u8>,
    /// The initialisation vector, in base64.
    pub(super) iv: Vec<u8>,
}

/// The bytes that `input` stands for.
pub(super) fn decode(input: Vec<u8>, format: Format, key: Option<&Key>) -> Result<Vec<u8>, Error> {
    let bytes = match format {
        Format::Raw => input,
        Format::Base64 => from_base64(&input)?,
    };
    match key {
        Some(key) => decrypt(&bytes, key),
        None => Ok(bytes),
    }
}

fn decrypt(ciphertext: &[u8], key: &Key) -> Result<Vec<u8>, Error> {
    let iv = from_base64(&key.iv)?;
    let key: &[u8; KEY_SIZE] = key.key.as_slice().try_into().map_err(|_| {
        Error::new(format!("The key must have {KEY_SIZE} bytes, not {}", key.key.len()))
    })?;
    let iv: &[u8; BLOCK_SIZE] = iv.as_slice().try_into().map_err(|_| {
        Error::new(format!("The IV must have {BLOCK_SIZE} bytes, not {}", iv.len()))
    })?;
    if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(BLOCK_SIZE) {
        return Err(Error::new(format!(
            "An encrypted secret must have a multiple of {BLOCK_SIZE} bytes, not {}",
            ciphertext.len()
        )));
    }
    let mut text = decrypt_aes_256_cbc(key, iv, ciphertext)
        .map_err(|reason| Error::new(format!("Cannot decrypt the secret: {reason}")))?;
    strip_padding(&mut text)?;
    Ok(text)
}

/// Removes the padding that fills the last block; its last byte is its length.
fn strip_padding(text: &mut Vec<u8>) -> Result<(), Error> {
    let padding = text.last().copied().map_or(0, usize::from);
    if padding > BLOCK_SIZE || padding > text.len() {
        return Err(Error::new(format!(
            "The decrypted secret ends in {padding} bytes of padding: the key may be wrong"
        )));
    }
    text.truncate(text.len() - padding);
    Ok(())
}

/// Decodes base64, which may contain newlines.
fn from_base64(text: &[u8]) -> Result<Vec<u8>, Error> {
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\n".contains(byte);
    if !text.iter().all(is_allowed) {
        return Err(Error::new("Base64 data contains a character that is not base64"));
    }
    let mut text = text.to_vec();
    text.push(0);
    let mut length = 0;
    // SAFETY: GLib reads the text up to its NUL and returns `length` bytes of its
    // allocator, which are copied and freed.
    unsafe {
        let data = glib_sys::g_base64_decode(text.as_ptr().cast(), &raw mut length);
        let bytes = match data.is_null() {
            true => Vec::new(),
            false => std::slice::from_raw_parts(data, length).to_vec(),
        };
        glib_sys::g_free(data.cast());
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base64(text: &str) -> Result<Vec<u8>, Error> {
        decode(text.into(), Format::Base64, None)
    }

    #[test]
    fn raw_input_is_the_secret() {
        assert_eq!(decode(b"\x00 any\n".to_vec(), Format::Raw, None).unwrap(), b"\x00 any\n");
        assert_eq!(decode(Vec::new(), Format::Raw, None).unwrap(), b"");
    }

    #[test]
    fn base64_may_have_newlines_and_nothing_else() {
        assert_eq!(base64("MTIz\nNDU2\n").unwrap(), b"123456");
        assert_eq!(base64("").unwrap(), b"");
        assert!(base64("MTIz NDU2").is_err());
        assert!(base64("MTIz\0").is_err());
        assert!(base64("f0VMRg=*").is_err());
    }

    #[test]
    fn only_the_last_byte_of_the_padding_counts() {
        let strip = |bytes: &[u8]| {
            let mut text = bytes.to_vec();
            strip_padding(&mut text).map(|()| text)
        };
        assert_eq!(strip(b"123456789abcde\x09\x02").unwrap(), b"123456789abcde");
        assert_eq!(strip(b"123456789abcdef\x00").unwrap(), b"123456789abcdef\x00");
        assert!(strip(b"123456789abcdef\x11").is_err());
        assert_eq!(strip(&[16; 16]).unwrap(), b"");
    }

    #[test]
    fn keys_and_vectors_must_have_their_sizes() {
        let decrypt = |key: usize, iv: &str, length: usize| {
            let key = Key { key: vec![7; key], iv: iv.into() };
            decode(vec![0; length], Format::Raw, Some(&key))
        };
        let iv = "0I7Gw/TKuA+Old2W2apQ3g==";
        assert!(decrypt(31, iv, 16).is_err());
        assert!(decrypt(32, "0I7Gw/TKuA+Old2W2apQ", 16).is_err());
        assert!(decrypt(32, "0I7Gw/TK$", 16).is_err());
        assert!(decrypt(32, iv, 0).is_err());
        assert!(decrypt(32, iv, 15).is_err());
    }
}
