//! AES for secrets.

use super::{Reason, bindings as ffi, datum};

/// Bytes of a key.
pub(crate) const KEY_SIZE: usize = 32;

/// Bytes of a block, and of an initialisation vector.
pub(crate) const BLOCK_SIZE: usize = 16;

/// Decrypts whole blocks of AES-256 in CBC mode.
pub(crate) fn decrypt_aes_256_cbc(
    key: &[u8; KEY_SIZE],
    iv: &[u8; BLOCK_SIZE],
    ciphertext: &[u8],
) -> Result<Vec<u8>, Reason> {
    let mut text = vec![0; ciphertext.len()];
    let mut handle = std::ptr::null_mut();
    let (Some(key), Some(iv)) = (datum(key), datum(iv)) else { return Ok(text) };
    // SAFETY: key and vector are readable and copied; `text` is as large as the
    // ciphertext; the handle is freed on every path once it exists.
    unsafe {
        Reason::check(ffi::gnutls_cipher_init(
            &raw mut handle,
            ffi::GNUTLS_CIPHER_AES_256_CBC,
            &raw const key,
            &raw const iv,
        ))?;
        let result = ffi::gnutls_cipher_decrypt2(
            handle,
            ciphertext.as_ptr().cast(),
            ciphertext.len(),
            text.as_mut_ptr().cast(),
            text.len(),
        );
        ffi::gnutls_cipher_deinit(handle);
        Reason::check(result)?;
    }
    Ok(text)
}
