//! The grammar of nginx's files: directives, blocks, and includes put in their place.

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The file, as nginx names it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Words up to `;`, or up to `{` with what stands within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// As written, without quotes.
    pub words: Vec<String>,
    /// Where.
    pub at: At,
    /// What stands between the braces.
    pub within: Vec<Directive>,
}

/// Files, each with its numbered lines, in the order in which nginx read them.
pub type Texts = Vec<(String, Vec<(u32, String)>)>;

/// A file with everything that it includes in its place.
pub fn expanded(file: &str, texts: &[(String, Vec<(u32, String)>)], depth: usize) -> Vec<Directive> {
    let Some((_, lines)) = texts.iter().find(|(name, _)| name == file) else { return Vec::new() };
    let mut stack: Vec<Vec<Directive>> = vec![Vec::new()];
    let mut heads: Vec<(Vec<String>, At)> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut at = At { file: file.to_owned(), line: 0 };
    for (number, text) in lines {
        for token in tokens(text) {
            if words.is_empty() && !matches!(token, Token::Close) {
                at.line = *number;
            }
            match token {
                Token::Word(word) => words.push(word),
                Token::Open => {
                    heads.push((std::mem::take(&mut words), at.clone()));
                    stack.push(Vec::new());
                }
                Token::Close => {
                    if let (Some((head, at)), true) = (heads.pop(), stack.len() > 1) {
                        let within = stack.pop().unwrap_or_default();
                        if let Some(outer) = stack.last_mut() {
                            outer.push(Directive { words: head, at, within });
                        }
                    }
                }
                Token::End => {
                    let words = std::mem::take(&mut words);
                    let Some(outer) = stack.last_mut() else { continue };
                    match words.as_slice() {
                        [include, glob] if include == "include" && depth < 8 => {
                            let glob = if glob.starts_with('/') { glob.clone() } else { format!("/etc/nginx/{glob}") };
                            for (name, _) in texts.iter().filter(|(name, _)| fits(&glob, name)) {
                                outer.extend(expanded(name, texts, depth + 1));
                            }
                        }
                        _ => outer.push(Directive { words, at: at.clone(), within: Vec::new() }),
                    }
                }
            }
        }
    }
    stack.into_iter().next().unwrap_or_default()
}

enum Token {
    Word(String),
    Open,
    Close,
    End,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) => word.extend(chars.next()),
            (c, Some(open)) if c == open => {
                quote = None;
                found.push(Token::Word(std::mem::take(&mut word)));
            }
            (c, Some(_)) => word.push(c),
            ('"' | '\'', None) if word.is_empty() => quote = Some(c),
            ('#', None) if word.is_empty() => break,
            // `${name}` is part of a word.
            ('{', None) if word.ends_with('$') => {
                word.push('{');
                for inner in chars.by_ref() {
                    word.push(inner);
                    if inner == '}' {
                        break;
                    }
                }
            }
            (c, None) if c.is_whitespace() || matches!(c, '{' | '}' | ';') => {
                if !word.is_empty() {
                    found.push(Token::Word(std::mem::take(&mut word)));
                }
                match c {
                    '{' => found.push(Token::Open),
                    '}' => found.push(Token::Close),
                    ';' => found.push(Token::End),
                    _ => {}
                }
            }
            (c, None) => word.push(c),
        }
    }
    if !word.is_empty() {
        found.push(Token::Word(word));
    }
    found
}

/// Whether a path fits a glob of an include: `*` and `?` stand for anything but `/`.
fn fits(glob: &str, path: &str) -> bool {
    let (mut glob_chars, mut path_chars) = (glob.chars(), path.chars());
    match (glob_chars.next(), path_chars.next()) {
        (None, None) => true,
        (Some('*'), _) => {
            let rest = glob_chars.as_str();
            let end = path.find('/').unwrap_or(path.len());
            (0..=end).filter(|n| path.is_char_boundary(*n)).any(|n| fits(rest, &path[n..]))
        }
        (Some('?'), Some(c)) if c != '/' => fits(glob_chars.as_str(), path_chars.as_str()),
        (Some(g), Some(p)) if g == p => fits(glob_chars.as_str(), path_chars.as_str()),
        _ => false,
    }
}
