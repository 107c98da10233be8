//! The masking of payloads. RFC 6455, 5.3.

/// Bytes combined per step: two vector registers of the smallest machine.
const WIDE: usize = 32;

/// A mask, and which of its bytes comes next.
///
/// The position counts from the start of the frame's payload and survives any
/// split of the payload into pieces. All zeros stand for "not masked".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask {
    // Rotated so that the next byte is the first one.
    bytes: [u8; 4],
}

impl Mask {
    /// The mask of a frame, as it stands in the frame's header.
    pub(super) const fn new(bytes: [u8; 4]) -> Self {
        Self { bytes }
    }

    /// Masks or unmasks the next bytes of the payload, in place.
    #[inline]
    pub(super) fn apply(&mut self, data: &mut [u8]) {
        if self.bytes == [0; 4] {
            return;
        }
        let wide = self.wide();
        let (chunks, rest) = data.as_chunks_mut::<WIDE>();
        for chunk in chunks {
            // Fixed lengths on both sides: this becomes vector instructions.
            for (byte, mask) in chunk.iter_mut().zip(&wide) {
                *byte ^= mask;
            }
        }
        for (byte, mask) in rest.iter_mut().zip(&wide) {
            *byte ^= mask;
        }
        self.advance(data.len());
    }

    /// The mask repeated over one step.
    #[inline]
    fn wide(self) -> [u8; WIDE] {
        let mut wide = [0; WIDE];
        for chunk in wide.as_chunks_mut::<4>().0 {
            *chunk = self.bytes;
        }
        wide
    }

    #[inline]
    fn advance(&mut self, count: usize) {
        self.bytes.rotate_left(count % 4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition in the RFC, byte by byte.
    fn masked(data: &[u8], mask: [u8; 4]) -> Vec<u8> {
        data.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect()
    }

    #[test]
    fn the_vector_of_the_rfc() {
        let mut data = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
        Mask::new([0x37, 0xfa, 0x21, 0x3d]).apply(&mut data);
        assert_eq!(&data, b"Hello");
    }

    #[test]
    fn a_zero_mask_changes_nothing() {
        let mut data = [1, 2, 3, 4, 5];
        Mask::default().apply(&mut data);
        assert_eq!(data, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn every_length_and_phase() {
        let mask = [0x12, 0x34, 0x56, 0x78];
        let data: Vec<u8> = (0..200u8).collect();
        let expected = masked(&data, mask);
        for phase in 0..4 {
            for end in phase..=data.len() {
                let mut piece = data[..end].to_vec();
                let mut state = Mask::new(mask);
                let (first, second) = piece.split_at_mut(phase);
                state.apply(first);
                state.apply(second);
                assert_eq!(piece, expected[..end]);
            }
        }
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_bytes(
            data in proptest::collection::vec(any::<u8>(), 0..2000),
            mask in any::<[u8; 4]>(),
            cuts in proptest::collection::vec(0usize..200, 0..40),
        ) {
            let expected = masked(&data, mask);
            let mut data = data;
            let mut state = Mask::new(mask);
            let mut rest = data.as_mut_slice();
            for cut in cuts {
                let (now, later) = rest.split_at_mut(cut.min(rest.len()));
                state.apply(now);
                rest = later;
            }
            state.apply(rest);
            prop_assert_eq!(data, expected);
        }
    }
}
