//! What the documentation says: its links lead somewhere, its commands are run, its reference is what the code knows.
#![cfg(unix)] // pages tell people what to type into sh
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

#[path = "docs/links.rs"]
mod links;
#[path = "docs/pages.rs"]
mod pages;
#[path = "support/skip.rs"]
mod skip;

use clap::CommandFactory;
use pages::{Mark, Page};
use skip::skip;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

fn labctl(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_labctl"));
    command.args(words).current_dir(folder).env("NO_COLOR", "1");
    command.env_remove("LABCTL_INVENTORY").env("LABCTL_HOSTS_FILE", folder.join("hosts")).output().unwrap()
}

/// One test at a time writes docs/inventory.md anew.
static PAGE: Mutex<()> = Mutex::new(());

/// The reference between the two comments of docs/inventory.md.
#[test]
fn the_inventory_reference_is_what_the_shapes_say() {
    const BEGIN: &str = "do not edit -->\n";
    const END: &str = "<!-- end of the generated part -->";
    let _alone = PAGE.lock().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/inventory.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the comment before the reference");
    let (_, after) = rest.split_once(END).expect("the comment behind the reference");
    let wanted = format!("{before}{BEGIN}{}\n{END}{after}", labctl::internals::inventory::reference());
    if std::env::var_os("LABCTL_WRITE_DOCS").is_some() {
        fs::write(&path, &wanted).unwrap();
        return;
    }
    assert!(
        text == wanted,
        "docs/inventory.md is not what src/config/inventory/shapes.rs says; write it anew with:\n\
         LABCTL_WRITE_DOCS=1 cargo test --test docs"
    );
}

/// The table of verbs in README.md has every verb of the program and no other, `report merge` included.
#[test]
fn the_table_of_the_readme_has_every_verb() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, table) = text.split_once("| command | does |\n").expect("the table of verbs");
    let cells = table.lines().take_while(|line| line.starts_with('|')).filter_map(|line| line.split('|').nth(1));
    let typed =
        cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).filter_map(|code| code.strip_prefix("labctl ")));
    let verb = |line: &str| {
        let words = line.split(' ').take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()));
        words.collect::<Vec<_>>().join(" ")
    };
    let told: BTreeSet<String> = typed.map(verb).collect();
    let program = labctl::commands::Cli::command();
    let taken = program.get_subcommands().flat_map(|verb| {
        let below = verb.get_subcommands().map(|below| format!("{} {}", verb.get_name(), below.get_name()));
        below.chain([verb.get_name().to_owned()]).collect::<Vec<_>>()
    });
    assert_eq!(told, taken.collect());
}

/// The commands in a text: what is typed behind `$ `, the lines of a block of shell, and `labctl …` in a sentence.
fn commands(page: &Page) -> Vec<String> {
    let mut found = Vec::new();
    for block in page.blocks() {
        let typed = block.text.lines().filter_map(|line| match block.language.as_str() {
            "sh" => Some(line),
            "text" => line.strip_prefix("$ "),
            _ => None,
        });
        found.extend(typed.map(str::to_owned));
    }
    found.extend(page.prose().split('`').skip(1).step_by(2).map(|code| code.replace('\n', " ")));
    found.retain(|line| line.starts_with("labctl ") && !line.contains('…'));
    found
}

/// The words of a command as labctl gets them, with something to stand for `HOST` and the like.
fn words(line: &str) -> Vec<String> {
    let line = line.split(" #").next().unwrap().split(" > ").next().unwrap();
    let mut words = Vec::new();
    for word in line.split_whitespace().skip(1) {
        let word = word.trim_matches(['[', ']', '\'', '.', ',']).replace("...", "");
        // What follows is for a machine.
        if word == "--" {
            break;
        }
        let placeholder = word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase());
        words.push(match word.as_str() {
            "SHELL" => "bash".to_owned(),
            "NAME" | "STEP" => "nginx".to_owned(),
            _ if placeholder => word.to_lowercase(),
            _ => word,
        });
    }
    words
}

#[test]
fn every_command_is_one_that_labctl_takes() {
    let folder = tempfile::tempdir().unwrap();
    let mut tried = 0;
    for page in pages::all() {
        for line in commands(&page) {
            // Everything before it is read, and refused, as if it were not there.
            let mut words = words(&line);
            words.push("--help".into());
            let seen = labctl(folder.path(), &words.iter().map(String::as_str).collect::<Vec<_>>());
            let err = String::from_utf8_lossy(&seen.stderr);
            assert!(seen.status.success(), "{}: `{line}`: {err}", page.path.display());
            tried += 1;
        }
    }
    assert!(tried > 80, "{tried} commands were found");
}

/// A block without a word about who runs it is run here; what others run, they must have.
#[test]
fn every_block_of_commands_is_run_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in pages::all() {
        for block in page.blocks() {
            let typed = block.language == "text" && block.text.starts_with("$ ");
            if block.language != "sh" && !typed {
                continue;
            }
            let place = format!("{}: the block `{}`", page.path.display(), block.text.lines().next().unwrap());
            match &block.mark {
                Mark::Here => assert!(!typed, "{place} shows output: say who runs it, `<!-- run by: FILE: TEST -->`"),
                Mark::NotRun(why) => assert!(why.len() > 20, "{place}: why is it not run?"),
                Mark::By { file, name } => {
                    let code = fs::read_to_string(root.join(file)).unwrap_or_else(|e| panic!("{place}: {file}: {e}"));
                    let test = code.contains(&format!("fn {name}("));
                    let line = code.lines().any(|line| line.trim_start_matches("as_root ") == name.as_str());
                    assert!(test || line, "{place}: {file} has no {name}");
                }
            }
        }
    }
}

/// Runs the unmarked blocks of every page, page by page, where nothing of this computer can be touched: hosts are this
/// computer, in folders that are new, with steps that only print.
#[test]
fn commands_without_machines_are_run() {
    const NEW: &str = "mount -t tmpfs new /run && mount -t tmpfs new /var/lib && mount --bind /dev/null /etc/hosts";
    if !Command::new("unshare").args(["--mount", "true"]).output().is_ok_and(|output| output.status.success()) {
        skip("a mount namespace needs Linux and root");
        return;
    }
    let mut run = 0;
    for page in pages::all() {
        let blocks = page.blocks().into_iter().filter(|block| block.language == "sh" && block.mark == Mark::Here);
        let script: String = blocks.map(|block| block.text).collect();
        if script.is_empty() {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        prepare(folder);
        let output = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c"])
            .arg(format!("{NEW} && exec sh -eux \"$0\""))
            .arg(write(folder, "script", &script))
            .current_dir(folder)
            .env("PATH", format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap()))
            .env("LABCTL_HOSTS_FILE", write(folder, "hosts", "127.0.0.1 localhost\n"))
            .env_remove("LABCTL_INVENTORY")
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}:\n{script}\n--- out\n{out}\n--- err\n{err}", page.path.display());
        run += 1;
    }
    assert!(run >= 3, "{run} pages have commands to run here");
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// What the pages take for granted: labctl, the usual inventory, one of many hosts.
fn prepare(folder: &Path) {
    fs::create_dir(folder.join("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_labctl"), folder.join("bin/labctl")).unwrap();
    write(folder, "inventory.yaml", include_str!("../inventory/lab.yaml"));
    let hosts: String = (1..=120).map(|n| format!("  app{n}: {{ connection: local, groups: [app] }}\n")).collect();
    let few = hosts.lines().take(10).map(|line| format!("{line}\n")).collect::<String>();
    write(folder, "hosts.yaml", &format!("lab: many\nhosts:\n{few}"));
    write(folder, "fleet.yaml", &format!("lab: many\nhosts:\n{hosts}"));
    write(folder, "playbooks/site.yaml", "steps: [update, node]\n");
    for step in ["update", "node"] {
        let text =
            "hosts: all\ntasks:\n  - name: a file\n    file: { path: \"/run/STEP-{{ host.name }}\", content: x }\n";
        write(folder, &format!("playbooks/{step}.yaml"), &text.replace("STEP", step));
    }
}

/// The inventory of the README, as whoever copies it gets it; and the mistake that docs/inventory.md makes in it.
#[test]
fn the_inventory_of_the_readme_is_one() {
    let _alone = PAGE.lock().unwrap();
    let pages = pages::all();
    let page = |path: &str| pages.iter().find(|page| page.path == Path::new(path)).unwrap();
    let block = |path: &str, begin: &str| {
        let found = page(path).blocks().into_iter().find(|block| block.text.starts_with(begin));
        found.unwrap_or_else(|| panic!("{path} has no block that begins with `{begin}`")).text
    };
    let inventory = block("README.md", "lab: ");
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "inventory.yaml", &inventory);
    let plan = labctl(folder.path(), &["plan", "--script", "web"]);
    assert!(plan.status.success(), "{}", String::from_utf8_lossy(&plan.stderr));
    write(folder.path(), "inventory.yaml", &inventory.replacen("ssh: { user", "ssh: { usre", 1));
    let wrong = labctl(folder.path(), &["check"]);
    assert_eq!(wrong.status.code(), Some(2));
    let told = String::from_utf8(wrong.stderr).unwrap();
    let shown = block("docs/inventory.md", "error: ");
    if std::env::var_os("LABCTL_WRITE_DOCS").is_some() {
        let text = page("docs/inventory.md").text.replace(shown.trim_end(), told.trim_end());
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/inventory.md"), text).unwrap();
        return;
    }
    assert!(
        shown.trim_end() == told.trim_end(),
        "docs/inventory.md shows:\n{shown}\nlabctl says:\n{told}\nwrite it anew with: LABCTL_WRITE_DOCS=1 cargo test --test docs"
    );
}
