//! What requests and responses have in common.

use httparse::Header;

const LINE_END: &[u8] = b"\r\n";
const HEAD_END: &[u8] = b"\r\n\r\n";

/// How much of the peer's text an error message repeats.
const QUOTED_MAX: usize = 64;

/// What the bytes received so far are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Scan {
    /// The start of a head.
    Incomplete,
    /// A head of this length, its end included; the rest is not looked at.
    Complete(usize),
    /// Not HTTP: a control character, or a line that does not end in CR LF.
    Malformed,
}

/// Looks for the end of a head, and for bytes that cannot be in one.
pub(in super::super) fn scan(received: &[u8]) -> Scan {
    let end = find(received, HEAD_END).map(|start| start + HEAD_END.len());
    let head = received.get(..end.unwrap_or(received.len())).unwrap_or_default();
    let mut bytes = head.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            // What follows the last byte so far is not known yet.
            b'\r' if matches!(bytes.peek(), Some(b'\n') | None) => _ = bytes.next(),
            b'\t' => {}
            byte if byte.is_ascii_control() => return Scan::Malformed,
            _ => {}
        }
    }
    end.map_or(Scan::Incomplete, Scan::Complete)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// The first line of a head, and its header lines.
pub(super) fn split_first_line(head: &[u8]) -> (&[u8], &[u8]) {
    match find(head, LINE_END) {
        Some(end) => {
            let (line, rest) = head.split_at(end);
            (line, rest.get(LINE_END.len()..).unwrap_or_default())
        }
        None => (head, &[]),
    }
}

/// The part of `text` before the first space and the part behind it.
pub(super) fn split_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = text.iter().position(|byte| *byte == b' ')?;
    let (word, rest) = text.split_at(space);
    Some((word, rest.get(1..).unwrap_or_default()))
}

/// The peer's text as an error message may repeat it.
pub(super) fn quoted(text: &[u8]) -> String {
    let shown = text.get(..QUOTED_MAX).unwrap_or(text);
    let dots = if shown.len() < text.len() { "..." } else { "" };
    format!("'{}{dots}'", shown.escape_ascii())
}

/// The header lines of a head.
pub(super) struct Headers<'a> {
    lines: Vec<Header<'a>>,
}

/// Why header lines were not understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum HeaderError {
    /// A line is not `name: value`.
    Malformed,
    /// There are more than the limit.
    TooMany,
}

impl<'a> Headers<'a> {
    /// Reads the lines, at most `limit`, up to and including the empty one.
    pub(super) fn parse(text: &'a [u8], limit: usize) -> Result<Self, HeaderError> {
        let mut lines = vec![httparse::EMPTY_HEADER; limit];
        match httparse::parse_headers(text, &mut lines) {
            Ok(httparse::Status::Complete((_, found))) => {
                let count = found.len();
                lines.truncate(count);
                Ok(Self { lines })
            }
            Err(httparse::Error::TooManyHeaders) => Err(HeaderError::TooMany),
            Ok(httparse::Status::Partial) | Err(_) => Err(HeaderError::Malformed),
        }
    }

    /// The values of every line with this name, without surrounding blanks.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.lines
            .iter()
            .filter(move |line| line.name.eq_ignore_ascii_case(name))
            .map(|line| trim(line.value))
    }

    /// Whether there is a line with this name.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// The value of the only line with this name.
    pub(super) fn only(&self, name: &str) -> Option<&'a [u8]> {
        let mut values = self.values(name);
        let first = values.next()?;
        values.next().is_none().then_some(first)
    }

    /// The elements of all lines with this name, which are comma lists.
    pub(super) fn elements(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.values(name)
            .flat_map(|value| value.split(|byte| *byte == b','))
            .map(trim)
            .filter(|element| !element.is_empty())
    }

    /// Whether one of the elements is `token`, whatever its case.
    pub(super) fn lists(&self, name: &str, token: &str) -> bool {
        self.elements(name).any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
    }
}

/// `text` without blanks (SP and HTAB) at its ends.
pub(super) fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Whether a byte may be part of a token. RFC 2616, 2.2.
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_wherever_the_head_is_cut() {
        let head = b"GET / HTTP/1.1\r\nA: b\r\n\r\n";
        for end in 0..head.len() {
            assert_eq!(scan(&head[..end]), Scan::Incomplete, "{end}");
        }
        assert_eq!(scan(head), Scan::Complete(head.len()));
        let mut more = head.to_vec();
        more.extend([0x82, 0x80, 0, 0]);
        assert_eq!(scan(&more), Scan::Complete(head.len()));
    }

    #[test]
    fn control_characters_are_refused_at_once() {
        for text in ["GET\0", "GET / HTTP/1.1\n", "a\rb", "\x7f", "a\x0bb", "\n"] {
            assert_eq!(scan(text.as_bytes()), Scan::Malformed, "{text:?}");
        }
        assert_eq!(scan(b"a:\tb\r"), Scan::Incomplete);
        assert_eq!(scan(b"a\xffb"), Scan::Incomplete);
    }

    #[test]
    fn quoted_text_is_printable_and_short() {
        assert_eq!(quoted(b"a\x01\xff"), "'a\\x01\\xff'");
        assert!(quoted(&[b'x'; 500]).len() < 80);
    }

    #[test]
    fn header_lines() {
        let headers = Headers::parse(b"A: 1\r\nB:  x ,\tY,, \r\nb:z\r\n\r\n", 3).ok();
        let headers = headers.expect("well-formed lines");
        assert_eq!(headers.only("a"), Some(&b"1"[..]));
        assert_eq!(headers.only("b"), None);
        let elements: Vec<_> = headers.elements("B").collect();
        assert_eq!(elements, [&b"x"[..], b"Y", b"z"]);
        assert!(headers.lists("b", "y") && !headers.lists("b", "w"));
    }

    #[test]
    fn malformed_header_lines() {
        for text in
            ["A b\r\n\r\n", ": b\r\n\r\n", "A : b\r\n\r\n", " A: b\r\n\r\n", "A(: b\r\n\r\n"]
        {
            assert!(
                matches!(Headers::parse(text.as_bytes(), 8), Err(HeaderError::Malformed)),
                "{text:?}"
            );
        }
        assert!(matches!(
            Headers::parse(b"A: b\r\n folded\r\n\r\n", 8),
            Err(HeaderError::Malformed)
        ));
        assert!(matches!(Headers::parse(b"A: b\r\nC: d\r\n\r\n", 1), Err(HeaderError::TooMany)));
    }
}
