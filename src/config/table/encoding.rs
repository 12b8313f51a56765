//! How the text of a table is stored: told by its mark, else by what its bytes can be.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How a text is stored. Whatever was read as one of these is stored as the same bytes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, which most systems write.
    Utf8 {
        /// Whether its mark is in front, as Excel wants it.
        mark: bool,
    },
    /// UTF-16, least byte first, with its mark: Excel's "Unicode text".
    Utf16Le,
    /// UTF-16, least byte last, with its mark.
    Utf16Be,
    /// The old one of Windows in western Europe. Any bytes are a text in it, so nobody knows that it was meant.
    Windows1252,
}

/// Why bytes are no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotText {
    /// They are a whole workbook.
    Spreadsheet,
    /// The mark in front says what they are not.
    Broken {
        /// What the mark says.
        said: &'static str,
        /// What can be read of it.
        readable: String,
        /// Where in that the first mistake is.
        at: usize,
    },
    /// They hold bytes that no text has.
    Binary {
        /// What can be read of it.
        readable: String,
        /// Where in that the first such byte is.
        at: usize,
    },
}

const MARK: char = '\u{feff}';

impl Encoding {
    /// The text that bytes hold, without its mark.
    ///
    /// # Errors
    /// They hold none.
    pub fn read(bytes: &[u8]) -> Result<(String, Self), NotText> {
        // A zip archive, which .xlsx and .ods are, and what .xls is.
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(NotText::Spreadsheet);
        }
        let (text, encoding) = match bytes {
            [0xef, 0xbb, 0xbf, rest @ ..] => (strict(UTF_8, "UTF-8", rest)?, Self::Utf8 { mark: true }),
            [0xff, 0xfe, rest @ ..] => (strict(UTF_16LE, "UTF-16", rest)?, Self::Utf16Le),
            [0xfe, 0xff, rest @ ..] => (strict(UTF_16BE, "UTF-16", rest)?, Self::Utf16Be),
            _ => match std::str::from_utf8(bytes) {
                Ok(text) => (text.to_owned(), Self::Utf8 { mark: false }),
                Err(_) => (WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(), Self::Windows1252),
            },
        };
        match text.find('\0') {
            Some(at) => Err(NotText::Binary { readable: text.replace('\0', " "), at }),
            None => Ok((text, encoding)),
        }
    }

    /// The bytes of a text, with the mark that belongs to them. What it cannot store becomes a question mark.
    pub fn write(self, text: &str) -> Vec<u8> {
        let marked = || [MARK].into_iter().chain(text.chars());
        let mut units = [0; 2];
        let mut bytes = Vec::with_capacity(text.len() + 3);
        match self {
            Self::Utf8 { mark: false } => bytes.extend(text.as_bytes()),
            Self::Utf8 { mark: true } => bytes.extend(marked().collect::<String>().into_bytes()),
            Self::Utf16Le => {
                marked().for_each(|c| c.encode_utf16(&mut units).iter().for_each(|u| bytes.extend(u.to_le_bytes())));
            }
            Self::Utf16Be => {
                marked().for_each(|c| c.encode_utf16(&mut units).iter().for_each(|u| bytes.extend(u.to_be_bytes())));
            }
            Self::Windows1252 => {
                let storable: String = text.chars().map(|c| if self.stores(c) { c } else { '?' }).collect();
                bytes.extend(&*WINDOWS_1252.encode(&storable).0);
            }
        }
        bytes
    }

    /// Whether it has a character.
    pub fn stores(self, c: char) -> bool {
        self != Self::Windows1252 || c.is_ascii() || !WINDOWS_1252.encode(c.encode_utf8(&mut [0; 4])).2
    }
}

fn strict(encoding: &'static encoding_rs::Encoding, said: &'static str, bytes: &[u8]) -> Result<String, NotText> {
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok(text.into_owned());
    }
    let readable = encoding.decode_without_bom_handling(bytes).0.replace('\0', " ");
    let at = readable.find(char::REPLACEMENT_CHARACTER).unwrap_or(0);
    Err(NotText::Broken { said, readable, at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_says_what_it_is() {
        for encoding in
            [Encoding::Utf8 { mark: false }, Encoding::Utf8 { mark: true }, Encoding::Utf16Le, Encoding::Utf16Be]
        {
            let text = "id,name\ns01,Zoë 李 🙂 عمر\r\n";
            assert_eq!(Encoding::read(&encoding.write(text)).unwrap(), (text.to_owned(), encoding));
        }
    }

    #[test]
    fn what_is_not_utf8_is_windows_1252() {
        let (text, encoding) = Encoding::read(b"id,name\ns01,Zo\xeb \x80\x81\n").unwrap();
        assert_eq!((text.as_str(), encoding), ("id,name\ns01,Zoë €\u{81}\n", Encoding::Windows1252));
        assert_eq!(encoding.write("Zoë €\u{81} 李"), b"Zo\xeb \x80\x81 ?");
        assert!(encoding.stores('€') && !encoding.stores('李') && Encoding::Utf16Le.stores('李'));
    }

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (1..=255).collect();
        let (text, encoding) = Encoding::read(&all).unwrap();
        assert_eq!((encoding, encoding.write(&text)), (Encoding::Windows1252, all));
    }

    #[test]
    fn what_is_no_text_is_said() {
        assert_eq!(Encoding::read(b"PK\x03\x04..."), Err(NotText::Spreadsheet));
        assert!(matches!(Encoding::read(b"i\0d\0,\0"), Err(NotText::Binary { at: 1, .. })));
        assert!(matches!(Encoding::read(b"\xef\xbb\xbfab\xff"), Err(NotText::Broken { said: "UTF-8", at: 2, .. })));
        // An odd number of bytes; half of a pair.
        for bytes in [&b"\xff\xfea\0b"[..], b"\xff\xfe\x3d\xd8a\0", b"\xfe\xff\xd8\x3d\0a"] {
            assert!(matches!(Encoding::read(bytes), Err(NotText::Broken { said: "UTF-16", .. })), "{bytes:?}");
        }
    }
}
