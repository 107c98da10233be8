//! Bytes that wait, in order.

/// Bytes appended at the end and taken from the front; taking moves an index. As long
/// as none wait there is no memory for them: an idle connection is to be small.
#[derive(Debug, Default)]
pub(super) struct Queue {
    bytes: Vec<u8>,
    start: usize,
}

impl Queue {
    /// Nothing.
    pub(super) const fn new() -> Self {
        Self { bytes: Vec::new(), start: 0 }
    }

    /// The bytes that wait.
    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Whether none wait.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes bytes from the front; more than there are takes all.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.bytes.len());
        if self.start == self.bytes.len() {
            self.clear();
        }
    }

    /// Appends bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.tail().extend_from_slice(bytes);
    }

    /// The vector behind, for appending. What was taken makes room first, if there
    /// is more of it than of what waits: so each byte is moved at most once.
    pub(super) fn tail(&mut self) -> &mut Vec<u8> {
        if self.start > self.len() {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        &mut self.bytes
    }

    /// Drops everything, the memory included.
    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_keep_their_order() {
        let mut queue = Queue::new();
        let mut expected = Vec::new();
        for round in 0..50u8 {
            queue.push(&[round; 7]);
            expected.extend([round; 7]);
            assert_eq!(queue.as_slice(), expected);
            queue.consume(usize::from(round) % 9);
            expected.drain(..(usize::from(round) % 9).min(expected.len()));
            assert_eq!(queue.as_slice(), expected);
            assert_eq!(queue.len(), expected.len());
        }
        queue.consume(usize::MAX);
        assert!(queue.is_empty());
    }

    #[test]
    fn memory_does_not_grow_with_what_was_taken() {
        let mut queue = Queue::new();
        for _ in 0..10_000 {
            queue.push(&[1; 100]);
            queue.push(&[2; 10]);
            queue.consume(109);
            queue.consume(1);
        }
        assert!(queue.tail().capacity() < 1000);
    }

    #[test]
    fn an_empty_queue_has_no_memory() {
        let mut queue = Queue::new();
        queue.push(&[1; 100]);
        queue.consume(99);
        assert!(queue.tail().capacity() >= 1);
        queue.consume(1);
        assert_eq!(queue.tail().capacity(), 0);
    }
}
