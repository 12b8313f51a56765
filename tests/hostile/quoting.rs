//! Every text that a user or a template can put into a script arrives on the host as that exact text, whatever shell runs there.

use crate::skip::skip;
use labctl::internals::event::Mode;
use labctl::internals::inventory;
use labctl::internals::library::Library;
use labctl::internals::payload::Nothing;
use labctl::internals::plan::Plan;
use labctl::internals::playbook::read_text;
use labctl::internals::problem::Source;
use labctl::internals::script::{Header, script};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const SHELLS: &[&[&str]] = &[&["dash"], &["bash"], &["busybox", "ash"]];

/// What shells and people stumble over, and as many texts again that nobody thought of.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "'",
        "''",
        "'\\''",
        "\"",
        "\\",
        "\\\\",
        "\\'",
        "$HOME",
        "$(touch evil)",
        "`touch evil`",
        "; touch evil",
        "\n",
        "\n\n",
        "a\n",
        "\na",
        " a ",
        "-n",
        "-e",
        "--",
        "\\n",
        "\\c",
        "\\0",
        "%s",
        "%%",
        "!",
        "!!",
        "*",
        "?",
        "[a]",
        "~",
        "~root",
        "#",
        "# x",
        "a # b",
        "&",
        "|",
        "<<E\nE",
        ">evil",
        "{",
        "}",
        "{a,b}",
        "(",
        ")",
        "\t",
        "\r",
        "\r\n",
        "\u{1b}[2J",
        "\u{7f}",
        "\u{1}",
        "\u{1e}k end",
        "ä€😀",
        "\u{202e}",
        "{{ x }}",
        "{% raw %}",
        "END_OF_PACKAGES",
        "EOT",
        "'; exit 0; '",
        "x\\\ny",
        "=",
        "a=b",
        "if",
        "done",
        "\u{feff}",
    ]
    .map(str::to_owned)
    .to_vec();
    let number = fastrand::u64(..);
    eprintln!("random texts of {number}");
    let mut random = fastrand::Rng::with_seed(number);
    let alphabet: Vec<char> = "'\"\\$`!*?~#;&|<>(){}[]= \n\t\r-%aé\u{1}\u{1e}".chars().collect();
    for _ in 0..60 {
        texts.push((0..random.usize(1..30)).map(|_| alphabet[random.usize(..alphabet.len())]).collect());
    }
    texts
}

/// As a list in YAML, which takes fewer characters as they are than JSON does.
fn written(texts: &[String]) -> String {
    let bare = |c: char| c.is_control() || c == '\u{feff}';
    let json = serde_json::to_string(texts).unwrap();
    json.chars().map(|c| if bare(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect()
}

#[test]
fn every_text_arrives_as_it_is() {
    if !Command::new("id").arg("-u").output().is_ok_and(|said| said.stdout == b"0\n") {
        skip("the engine needs root, as on a machine");
        return;
    }
    let texts = texts();
    for shell in SHELLS {
        if Command::new(shell[0]).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            skip(&format!("there is no {shell:?} here"));
            continue;
        }
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name).display().to_string();
        let mut tasks = String::new();
        for n in 0..texts.len() {
            // As content, as a value in a line of shell, and as the environment of what that line starts.
            tasks.push_str(&format!(
                "  - file: {{ path: {}, content: \"{{{{ texts[{n}] }}}}\" }}\n",
                at(&format!("file{n}"))
            ));
            let line = format!("printf %s {{{{ texts[{n}] }}}} > {}", at(&format!("word{n}")));
            tasks.push_str(&format!("  - command: {{ run: {line:?}, creates: {} }}\n", at(&format!("word{n}"))));
        }
        let lab = format!(
            "lab: t\nhosts: {{h: {{address: 10.0.0.1, groups: [app]}}}}\nvars: {{texts: {}}}\n",
            written(&texts)
        );
        let inventory = inventory::parse(&Source::new("t", lab), Path::new("t"), &[]).unwrap();
        let book = format!("hosts: all\ntasks:\n{tasks}");
        let book = read_text(&"t".parse().unwrap(), &Source::new("t", book)).unwrap_or_else(|p| panic!("{p}"));
        let plan =
            Plan::new(&inventory, |_| true, &[book], &Library::shipped(), &Nothing).unwrap_or_else(|p| panic!("{p}"));
        let mut header = Header::new(&plan.lab, None, Mode::Apply, "k", "a test");
        header.state = at("state");
        header.run = at("run");
        let steps: Vec<_> = plan.jobs.iter().flat_map(|job| &job.steps).collect();
        let mut child = Command::new(shell[0])
            .args(&shell[1..])
            .current_dir(root.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(script(&header, &steps).as_bytes()).unwrap();
        let said = child.wait_with_output().unwrap().stdout;
        let said = String::from_utf8_lossy(&said);
        assert!(said.ends_with("\u{1e}k end\n"), "{shell:?}: {said}");
        for (n, text) in texts.iter().enumerate() {
            for kind in ["file", "word"] {
                let arrived =
                    fs::read(at(&format!("{kind}{n}"))).unwrap_or_else(|e| panic!("{shell:?}, {text:?}: {e}: {said}"));
                assert_eq!(String::from_utf8_lossy(&arrived), *text, "{shell:?}, as {kind}");
            }
        }
        for evil in ["evil", "state/evil", "/evil", "/root/evil"] {
            assert!(!root.path().join(evil).exists(), "{shell:?}: a text was run");
        }
    }
}
