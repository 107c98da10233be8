//! The masks of a client. RFC 6455, 5.3 and 10.3.

use crate::sys::{Errno, random};

const POOL: usize = 256;

/// Unpredictable masks, each given out once. Drawn from the kernel many at a time.
pub(super) struct Masks {
    pool: [u8; POOL],
    left: usize,
}

impl Default for Masks {
    fn default() -> Self {
        Self { pool: [0; POOL], left: 0 }
    }
}

impl Masks {
    /// The next mask.
    pub(super) fn next(&mut self) -> Result<[u8; 4], Errno> {
        if self.left == 0 {
            random::fill(&mut self.pool)?;
            self.left = POOL / 4;
        }
        self.left -= 1;
        let mask = self.pool.as_chunks_mut::<4>().0.get_mut(self.left).map(std::mem::take);
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
        let used = &masks.pool[masks.left * 4..];
        assert!(used.iter().all(|byte| *byte == 0));
    }
}
