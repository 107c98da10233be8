//! The masks of a client. RFC 6455, 5.3 and 10.3.

use crate::sys::{Errno, random};

/// How many bytes are drawn at a time.
const SIZE: usize = 256;

/// Unpredictable masks, each given out once. Drawn from the kernel many at a time.
/// There is no memory for them before the first: only clients need any.
#[derive(Default)]
pub(super) struct Masks(Option<Box<Pool>>);

struct Pool {
    bytes: [u8; SIZE],
    left: usize,
}

impl Masks {
    /// The next mask.
    pub(super) fn next(&mut self) -> Result<[u8; 4], Errno> {
        let pool = self.0.get_or_insert_with(|| Box::new(Pool { bytes: [0; SIZE], left: 0 }));
        if pool.left == 0 {
            random::fill(&mut pool.bytes)?;
            pool.left = SIZE / 4;
        }
        pool.left -= 1;
        let mask = pool.bytes.as_chunks_mut::<4>().0.get_mut(pool.left).map(std::mem::take);
        Ok(mask.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn masks_differ_and_are_forgotten() {
        let mut masks = Masks::default();
        let seen: HashSet<[u8; 4]> =
            (0..200).map(|_| masks.next().expect("random bytes")).collect();
        // Two of 200 being equal is possible, but not many.
        assert!(seen.len() > 190);
        let pool = masks.0.expect("a pool");
        let used = &pool.bytes[pool.left * 4..];
        assert!(used.iter().all(|byte| *byte == 0));
    }
}
