//! nginx's files put together as nginx does it: with every file in the place where it is included.

use crate::config::nginx_conf::{self, parse};
use crate::model::glob;

/// A position in a file.
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

/// A directive in its file.
pub type PlacedDirective = nginx_conf::Directive<At>;

/// Files, each with its numbered lines, in the order in which nginx read them.
pub type Texts = Vec<(String, Vec<(u32, String)>)>;

/// How deep files may include each other; a file that includes itself never ends.
const DEEPEST: usize = 8;

/// A file with everything that it includes in its place.
pub fn expanded(file: &str, texts: &[(String, Vec<(u32, String)>)]) -> Vec<PlacedDirective> {
    read(file, texts, 0)
}

fn read(file: &str, texts: &[(String, Vec<(u32, String)>)], depth: usize) -> Vec<PlacedDirective> {
    let Some((_, lines)) = texts.iter().find(|(name, _)| name == file) else { return Vec::new() };
    let at = |line: &u32| At { file: file.to_owned(), line: *line };
    let lines: Vec<(At, &str)> = lines.iter().map(|(line, text)| (at(line), text.as_str())).collect();
    included(parse(lines), texts, depth)
}

fn included(tree: Vec<PlacedDirective>, texts: &[(String, Vec<(u32, String)>)], depth: usize) -> Vec<PlacedDirective> {
    let put = |mut each: PlacedDirective| match each.words.as_slice() {
        [include, pattern] if include == "include" && each.block.is_none() && depth < DEEPEST => {
            let pattern = if pattern.starts_with('/') { pattern.clone() } else { format!("/etc/nginx/{pattern}") };
            let files = texts.iter().map(|(name, _)| name).filter(|name| glob::path(&pattern, name));
            files.flat_map(|name| read(name, texts, depth + 1)).collect()
        }
        _ => {
            each.block = each.block.map(|block| included(block, texts, depth));
            vec![each]
        }
    };
    tree.into_iter().flat_map(put).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stand_where_they_are_included() {
        let file = |name: &str, text: &str| (name.to_owned(), (1..).zip(text.lines().map(str::to_owned)).collect());
        let texts: Texts = vec![
            file("/etc/nginx/nginx.conf", "a;\nhttp {\n include lab/*.conf; c;\n}\ninclude nowhere;"),
            file("/etc/nginx/lab/b.conf", "# b\nb;"),
            file("/etc/nginx/lab/.b.conf", "hidden;"),
            file("/etc/nginx/lab/deep/b.conf", "deep;"),
            file("/etc/nginx/itself.conf", "d; include itself.conf;"),
        ];
        let tree = expanded("/etc/nginx/nginx.conf", &texts);
        assert_eq!(tree.iter().map(PlacedDirective::name).collect::<Vec<_>>(), ["a", "http"]);
        let within: Vec<String> = tree[1].within().iter().map(|each| format!("{} {}", each.name(), each.at)).collect();
        assert_eq!(within, ["b /etc/nginx/lab/b.conf:2", "c /etc/nginx/nginx.conf:3"]);
        assert_eq!(expanded("/etc/nginx/itself.conf", &texts).len(), DEEPEST + 2);
    }
}
