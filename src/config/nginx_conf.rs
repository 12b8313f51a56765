//! The language of nginx's configuration files, read as nginx reads it (`ngx_conf_read_token`): words, ended by blanks, make
//! directives, which end with `;` or have a block in braces. Where nginx would refuse a text, the rest is still read.

/// A directive. `P` tells where it stands, as whoever gave the lines counts them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive<P> {
    /// Its name and what follows, as nginx sees them: without quotes around them.
    pub words: Vec<String>,
    /// Where its first word stands.
    pub at: P,
    /// What stands between its braces; `None` if it ends with `;`.
    pub block: Option<Vec<Self>>,
}

impl<P> Directive<P> {
    /// The first word, such as `server_name`.
    pub fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// What stands between its braces, if it has any.
    pub fn within(&self) -> &[Self] {
        self.block.as_deref().unwrap_or_default()
    }
}

/// Reads the lines of a file, each with its place.
pub fn parse<'a, P: Clone>(lines: impl IntoIterator<Item = (P, &'a str)>) -> Vec<Directive<P>> {
    let mut lexer = Lexer::default();
    let mut words = Vec::new();
    let mut begun = None;
    // The directives of each open block, and the head of the block that holds them; the file itself has none.
    let mut outer: Vec<(Vec<Directive<P>>, Vec<String>, P)> = Vec::new();
    let mut here = Vec::new();
    for (position, line) in lines {
        for c in line.chars().chain(['\n']) {
            for token in lexer.take(c) {
                let at = || begun.clone().unwrap_or_else(|| position.clone());
                match token {
                    Token::Word(word) => {
                        begun = Some(at());
                        words.push(word);
                        continue;
                    }
                    Token::End if !words.is_empty() => {
                        here.push(Directive { words: std::mem::take(&mut words), at: at(), block: None });
                    }
                    Token::Open => outer.push((std::mem::take(&mut here), std::mem::take(&mut words), at())),
                    Token::Close => {
                        if let Some((around, head, at)) = outer.pop() {
                            let block = std::mem::replace(&mut here, around);
                            here.push(Directive { words: head, at, block: Some(block) });
                        }
                    }
                    Token::End => {}
                }
                begun = None;
            }
            if begun.is_none() && lexer.in_word() {
                begun = Some(position.clone());
            }
        }
    }
    // What is cut off in the middle of a block still says what it says.
    while let Some((around, head, at)) = outer.pop() {
        let block = std::mem::replace(&mut here, around);
        here.push(Directive { words: head, at, block: Some(block) });
    }
    here
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Open,
    Close,
    End,
}

#[derive(Default)]
struct Lexer {
    word: String,
    within: Within,
    /// The last character was a backslash, which takes the meaning from the next one.
    escaped: bool,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Within {
    #[default]
    Nothing,
    Comment,
    Word,
    Quotes(char),
}

impl Lexer {
    fn in_word(&self) -> bool {
        matches!(self.within, Within::Word | Within::Quotes(_))
    }

    /// What is complete with this character.
    fn take(&mut self, c: char) -> impl Iterator<Item = Token> + use<> {
        if std::mem::take(&mut self.escaped) {
            // Before anything else the backslash stays: patterns are full of them.
            match c {
                '"' | '\'' | '\\' => self.word.push(c),
                't' => self.word.push('\t'),
                'r' => self.word.push('\r'),
                'n' => self.word.push('\n'),
                c => self.word.extend(['\\', c]),
            }
            return [None, None].into_iter().flatten();
        }
        let blank = matches!(c, ' ' | '\t' | '\r' | '\n');
        let found = match (self.within, c) {
            (Within::Comment, '\n') => {
                self.within = Within::Nothing;
                [None, None]
            }
            (Within::Comment, _) => [None, None],
            (Within::Quotes(quote), c) if c == quote => [Some(self.end_word()), None],
            (Within::Word | Within::Quotes(_) | Within::Nothing, '\\') => {
                self.escaped = true;
                if self.within == Within::Nothing {
                    self.within = Within::Word;
                }
                [None, None]
            }
            (Within::Quotes(_), c) => {
                self.word.push(c);
                [None, None]
            }
            (Within::Nothing, '#') => {
                self.within = Within::Comment;
                [None, None]
            }
            (Within::Nothing, '"' | '\'') => {
                self.within = Within::Quotes(c);
                [None, None]
            }
            (Within::Nothing, ';') => [Some(Token::End), None],
            (Within::Nothing, '{') => [Some(Token::Open), None],
            (Within::Nothing, '}') => [Some(Token::Close), None],
            (Within::Nothing, _) if blank => [None, None],
            (Within::Word, _) if blank => [Some(self.end_word()), None],
            (Within::Word, ';') => [Some(self.end_word()), Some(Token::End)],
            // `${name}` is part of a word.
            (Within::Word, '{') if !self.word.ends_with('$') => [Some(self.end_word()), Some(Token::Open)],
            (Within::Word | Within::Nothing, c) => {
                self.within = Within::Word;
                self.word.push(c);
                [None, None]
            }
        };
        found.into_iter().flatten()
    }

    fn end_word(&mut self) -> Token {
        self.within = Within::Nothing;
        Token::Word(std::mem::take(&mut self.word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In one line: words between `<` and `>` with the number of the line, blocks in braces.
    fn shown(tree: &[Directive<u32>]) -> String {
        let one = |each: &Directive<u32>| {
            let block = each.block.as_ref().map_or(String::new(), |block| format!("{{{}}}", shown(block)));
            format!("{}<{}>{block}", each.at, each.words.join("|"))
        };
        tree.iter().map(one).collect()
    }

    fn read(text: &str) -> String {
        shown(&parse((1..).zip(text.split('\n'))))
    }

    #[test]
    fn words_are_those_that_nginx_sees() {
        for (text, wanted) in [
            ("a b;c  d ;", "1<a|b>1<c|d>"),
            ("a { b; } c;", "1<a>{1<b>}1<c>"),
            ("# a { b;\nc; # d;\ne;", "2<c>3<e>"),
            ("a b#c;", "1<a|b#c>"),
            ("a \"b; c\" 'd\"e' \"\";", "1<a|b; c|d\"e|>"),
            ("a b\"c d\";", "1<a|b\"c|d\">"),
            (r#"a "b\"c" \.php$ 'd\'e' f\;g \\ x\ty;"#, "1<a|b\"c|\\.php$|d'e|f\\;g|\\|x\ty>"),
            ("set $x ${y}z; b;", "1<set|$x|${y}z>1<b>"),
            ("a\n  b\n  c; d {\n e; }", "1<a|b|c>3<d>{4<e>}"),
            ("a \"b\nc\";\nd;", "1<a|b\nc>3<d>"),
            ("\"a\n\n\" b;", "1<a\n\n|b>"),
            ("location / {}", "1<location|/>{}"),
            ("a {\r\n b;\r\n}\r\n", "1<a>{2<b>}"),
            // Nothing that nginx would take.
            ("a { b;", "1<a>{1<b>}"),
            ("} } a; }", "1<a>"),
            ("a", ""),
            ("a \"b", ""),
            ("{ a; }", "1<>{1<a>}"),
            (";;", ""),
            ("a \\", ""),
        ] {
            assert_eq!(read(text), wanted, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "[a-z ;{}#'\"\\\\$\n]{0,80}") {
            let _ = read(&text);
        }

        /// Whatever a word holds, in quotes it is one word.
        #[test]
        fn a_quoted_word_comes_back(word in "[^\\\\\"]{0,40}") {
            let tree = parse((1..).zip(format!("a \"{word}\"; b;").split('\n')));
            proptest::prop_assert_eq!(&tree[0].words, &["a".to_owned(), word]);
            proptest::prop_assert_eq!(tree.len(), 2);
        }
    }
}
