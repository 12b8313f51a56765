//! The commands of the documentation that need machines, typed as they stand there, on a lab that is up.

use super::class::Class;
use super::pages::{self, Mark, Page};
use std::path::Path;
use std::process::Command;

/// Types every block that the pages mark as run by this function.
pub fn the_commands_of_the_docs(class: &Class) {
    let pages = pages::all();
    let mine = Mark::By { file: "tests/lab/docs.rs".into(), name: "the_commands_of_the_docs".into() };
    own_steps(class, &pages);
    std::fs::create_dir(class.path("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_labctl"), class.path("bin/labctl")).unwrap();
    let mut typed = 0;
    for page in &pages {
        for block in page.blocks().iter().filter(|block| block.language == "sh" && block.mark == mine) {
            for line in block.text.lines() {
                type_line(class, &page.path, line);
                typed += 1;
            }
        }
    }
    assert!(typed >= 10, "{typed} lines were typed");
    // The steps of one's own were there for the pages only.
    class.remove("playbooks");
}

fn type_line(class: &Class, page: &Path, line: &str) {
    let inventory = class.read("inventory.yaml");
    let writes_it = line.starts_with("labctl init");
    if writes_it {
        std::fs::remove_file(class.inventory()).unwrap();
    }
    let settings: Vec<_> =
        class.command(&[]).get_envs().map(|(key, value)| (key.to_owned(), value.map(ToOwned::to_owned))).collect();
    let mut shell = Command::new("sh");
    shell.args(["-euc", line]).current_dir(class.path("."));
    for (key, value) in settings {
        match value {
            Some(value) => shell.env(key, value),
            None => shell.env_remove(key),
        };
    }
    let path = format!("{}:{}", class.path("bin").display(), std::env::var("PATH").unwrap());
    let seen = shell.env("PATH", path).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&seen.stdout), String::from_utf8_lossy(&seen.stderr));
    assert!(seen.status.success(), "{}: `{line}`: {}\n--- out\n{out}\n--- err\n{err}", page.display(), seen.status);
    if writes_it {
        // As the page says: whoever types this puts their own addresses in.
        assert!(class.read("inventory.yaml").contains("lab: "), "{line}");
        class.write("inventory.yaml", &inventory);
    }
}

/// The playbook that docs/steps.md shows.
fn own_steps(class: &Class, pages: &[Page]) {
    let blocks = pages.iter().flat_map(Page::blocks).filter(|block| block.language == "yaml");
    let mut written = 0;
    for block in blocks {
        let named = block.text.lines().next().and_then(|line| line.strip_prefix("# playbooks/"));
        if let Some(name) = named {
            class.write(&format!("playbooks/{name}"), &block.text);
            written += 1;
        }
    }
    assert!(written > 0, "no page shows a playbook");
}
