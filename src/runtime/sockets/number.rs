//! Decimal numbers in text, by the rules of C's `strtol()`.

use crate::sys::Errno;

/// The number that all of `text` is: leading blanks and a sign are allowed.
/// `EINVAL` if it is none, `ERANGE` if it is too large for any use.
pub(super) fn parse(text: &[u8]) -> Result<i64, Errno> {
    let start = text.iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len());
    let (negative, digits) = match text.get(start..).unwrap_or_default() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Errno::new(libc::EINVAL));
    }
    let value = digits
        .iter()
        .try_fold(0i64, |value, digit| value.checked_mul(10)?.checked_add(i64::from(digit - b'0')));
    match value {
        Some(value) if negative => Ok(-value),
        Some(value) => Ok(value),
        None => Err(Errno::new(libc::ERANGE)),
    }
}

/// As [`parse`], for an unsigned number of at most 32 bits.
pub(super) fn parse_unsigned(text: &[u8]) -> Result<u32, Errno> {
    if text.contains(&b'-') {
        return Err(Errno::new(libc::EINVAL));
    }
    u32::try_from(parse(text)?).map_err(|_| Errno::new(libc::ERANGE))
}

/// What C's `isspace()` says in the C locale.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_a_sign_may_come_first() {
        assert_eq!(parse(b" \t\x0b+12").ok(), Some(12));
        assert_eq!(parse(b"-3").ok(), Some(-3));
        assert_eq!(parse(b"007").ok(), Some(7));
    }

    #[test]
    fn anything_else_is_no_number() {
        for text in ["", " ", "+", "-", "1 ", "0x1", "1e3", "+-1", "five"] {
            assert_eq!(parse(text.as_bytes()).err(), Some(Errno::new(libc::EINVAL)), "{text}");
        }
    }

    #[test]
    fn too_large_is_a_range_error() {
        assert_eq!(parse(b"99999999999999999999").err(), Some(Errno::new(libc::ERANGE)));
        assert_eq!(parse_unsigned(b"4294967295").ok(), Some(u32::MAX));
        assert_eq!(parse_unsigned(b"4294967296").err(), Some(Errno::new(libc::ERANGE)));
        assert_eq!(parse_unsigned(b"-1").err(), Some(Errno::new(libc::EINVAL)));
        assert_eq!(parse_unsigned(b"-0").err(), Some(Errno::new(libc::EINVAL)));
    }
}
