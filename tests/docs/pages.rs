//! The Markdown pages of the repository, and what they tell people to type.

use std::fs;
use std::path::{Path, PathBuf};

/// A page, with its path from the root of the repository.
pub struct Page {
    pub path: PathBuf,
    pub text: String,
}

/// A fenced block of a page.
pub struct Block {
    /// What stands behind the fence, such as `sh`.
    pub language: String,
    pub text: String,
    /// What a comment in the line above the fence says of it.
    pub mark: Mark,
}

/// Who runs the commands of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Without a comment: `tests/docs.rs` does.
    Here,
    /// `<!-- run by: tests/x.rs: a_test -->`; or a file that holds the very line, as `.ci/run` does.
    By { file: String, name: String },
    /// `<!-- not run: why -->`
    NotRun(String),
}

impl Page {
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let (mut open, mut above) = (false, "");
        for line in self.text.lines() {
            match line.strip_prefix("```") {
                Some(_) if open => open = false,
                Some(language) => {
                    open = true;
                    blocks.push(Block { language: language.into(), text: String::new(), mark: mark(above) });
                }
                None if open => {
                    let block = blocks.last_mut().expect("it is open");
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                None => {}
            }
            above = line;
        }
        assert!(!open, "{}: a fence is not closed", self.path.display());
        blocks
    }

    /// What stands outside of blocks.
    #[allow(dead_code)] // not every test reads it
    pub fn prose(&self) -> String {
        self.text.split("```").step_by(2).collect::<Vec<_>>().join("\n")
    }
}

fn mark(above: &str) -> Mark {
    let said = above.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")).unwrap_or_default();
    if let Some(by) = said.strip_prefix("run by: ") {
        let (file, name) = by.split_once(": ").unwrap_or_else(|| panic!("FILE: TEST is missing in `{above}`"));
        return Mark::By { file: file.into(), name: name.into() };
    }
    match said.strip_prefix("not run: ") {
        Some(why) => Mark::NotRun(why.into()),
        None => Mark::Here,
    }
}

/// All pages, but for what others have put into folders of their own.
pub fn all() -> Vec<Page> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut folders, mut pages) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // The explanations are templates of pages; tests/lab/explain.rs types what they say.
            let foreign = name.starts_with('.') || ["target", "node_modules", "explain"].contains(&name.as_str());
            if path.is_dir() && !foreign {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).unwrap();
                pages.push(Page { path: path.strip_prefix(root).unwrap().to_owned(), text });
            }
        }
    }
    pages.sort_by(|a, b| a.path.cmp(&b.path));
    pages
}
