//! Cuts a stream of bytes into lines, with a bound on what is kept.

/// A line longer than this is handed on in pieces: a host must not fill the controller's memory.
const LONGEST: usize = 1 << 20;

/// Bytes of which the line end has not come yet.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes bytes, and calls `on_line` with every full line (without `\n`) until it returns `false`.
    /// What follows that line is dropped. Returns whether `on_line` wanted more.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], on_line: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        loop {
            let room = LONGEST - self.rest.len();
            let end = bytes.iter().take(room).position(|b| *b == b'\n');
            let (piece, next) = match end {
                Some(at) => (&bytes[..at], &bytes[at + 1..]),
                None if bytes.len() >= room => bytes.split_at(room),
                None => {
                    self.rest.extend_from_slice(bytes);
                    return true;
                }
            };
            let more = if self.rest.is_empty() {
                on_line(piece)
            } else {
                self.rest.extend_from_slice(piece);
                let more = on_line(&self.rest);
                self.rest.clear();
                more
            };
            bytes = next;
            if !more {
                return false;
            }
        }
    }

    /// The last line, if the stream ended without a line end.
    pub(crate) fn finish(&mut self, on_line: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        let rest = std::mem::take(&mut self.rest);
        rest.is_empty() || on_line(&rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut lines = Lines::default();
        let mut received = Vec::new();
        let mut on_line = |line: &[u8]| {
            received.push(line.to_vec());
            true
        };
        for piece in pieces {
            lines.feed(piece, &mut on_line);
        }
        lines.finish(&mut on_line);
        received
    }

    #[test]
    fn lines_come_whole_however_the_bytes_were_cut() {
        assert_eq!(cut(&[b"a\nb", b"c\n\n", b"d"]), [b"a".to_vec(), b"bc".to_vec(), b"".to_vec(), b"d".to_vec()]);
        assert!(cut(&[b"", b""]).is_empty());
        assert_eq!(cut(&[b"x", b"\n"]), [b"x"]);
    }

    #[test]
    fn a_line_without_end_comes_in_pieces() {
        let long = vec![b'x'; LONGEST + 5];
        let received = cut(&[&long[..LONGEST - 3], &long[LONGEST - 3..], b"\nend"]);
        assert_eq!(received.iter().map(Vec::len).collect::<Vec<_>>(), [LONGEST, 5, 3]);
    }

    #[test]
    fn a_listener_that_has_enough_hears_no_more() {
        let mut lines = Lines::default();
        let mut received = 0;
        assert!(!lines.feed(b"1\n2\n3\n", &mut |_| {
            received += 1;
            received < 2
        }));
        assert_eq!(received, 2);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(pieces in proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..20), 0..20)) {
            let all = pieces.concat();
            let received = cut(&pieces.iter().map(Vec::as_slice).collect::<Vec<_>>());
            let mut want: Vec<Vec<u8>> = all.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            if want.last().is_some_and(Vec::is_empty) { want.pop(); }
            prop_assert_eq!(received, want);
        }
    }
}
