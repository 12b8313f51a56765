//! No value of an inventory or a playbook can be taken for an option, leave its folder or begin a command.

use labctl::internals::inventory;
use labctl::internals::library::Library;
use labctl::internals::payload::Nothing;
use labctl::internals::plan::Plan;
use labctl::internals::playbook::read_text;
use labctl::internals::problem::Source;
use std::path::Path;

/// What a name could be taken for, were it not looked at.
const HOSTILE: &[&str] = &[
    "-x",
    "--help",
    "-oProxyCommand=touch /tmp/x",
    "a;touch x",
    "a\ntouch x",
    "$(touch x)",
    "`touch x`",
    "a|b",
    "a&&b",
    "../../etc/passwd",
    "a/../../b",
    "a\u{0}b",
    "\u{1b}[2J",
    "a'b",
    "a\"b",
    "a\u{202e}b",
    "a b;",
    ">x",
    "~root/../x\n",
];

fn refused(lab: &str, book: &str) -> Option<String> {
    let inventory = match inventory::parse(&Source::new("lab.yaml", lab), Path::new("lab.yaml"), &[]) {
        Ok(inventory) => inventory,
        Err(problems) => return Some(problems.to_string()),
    };
    let book = match read_text(&"step".parse().unwrap(), &Source::new("step.yaml", book)) {
        Ok(book) => book,
        Err(problems) => return Some(problems.to_string()),
    };
    let plan = Plan::new(&inventory, |_| true, &[book], &Library::shipped(), &Nothing);
    plan.err().map(|problems| problems.to_string())
}

const LAB: &str = "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app]}}\n";
const BOOK: &str = "hosts: all\ntasks:\n  - command: { run: 'true' }\n";

#[test]
fn an_inventory_with_such_a_name_is_refused_at_its_place() {
    assert_eq!(refused(LAB, BOOK), None, "the test can tell");
    for written in [
        "lab: @\nhosts: {h: {address: 10.0.0.1, groups: [app]}}\n",
        "lab: t\nhosts: {@: {address: 10.0.0.1, groups: [app]}}\n",
        "lab: t\nhosts: {h: {address: @, groups: [app]}}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [@]}}\n",
        "lab: t\nssh: {user: @}\nhosts: {h: {address: 10.0.0.1, groups: [app]}}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app], ssh: {user: @}}}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app], ssh: {jump: @}}}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app], ssh: {password: {env: @}}}}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app], vars: {user: @}}}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app], vars: {app: {name: @}}}}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app], vars: {app: {port: @}}}}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app]}}\ngroups: {app: {vars: {pm2: {version: @}}}}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app]}}\nvars: {nginx: {folder: @}}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app]}}\nvars: {node: {npm: @}}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app]}}\nvars: {app: {dir: @}}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app]}}\nvars: {sites: [{domain: @, upstream: h}]}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app]}}\nvars: {sites: [{domain: a.b, upstream: @}]}\n",
        "lab: t\nhosts: {h: {address: 10.0.0.1, groups: [app]}}\nvars: {sites: [{domain: a.b, upstream: h, balance: @}]}\n",
    ] {
        for name in HOSTILE {
            let lab = written.replace('@', &serde_json::to_string(name).unwrap());
            let Some(problem) = refused(&lab, BOOK) else { panic!("taken: {lab}") };
            assert!(problem.contains("lab.yaml:"), "no place: {problem}");
            assert!(!problem.contains('\u{1b}'), "{problem:?}");
        }
    }
}

#[test]
fn a_playbook_with_such_a_name_is_refused_also_when_it_comes_from_a_variable() {
    for task in [
        "apt: [git, @]",
        "service: { name: @ }",
        "user: { name: @ }",
        "user: { name: deploy, groups: [@] }",
        "file: { path: @, content: x }",
        "file: { path: /x, content: x, owner: @ }",
        "file: { path: /x, content: x, mode: @ }",
        "folder: { path: @ }",
        "line: { path: @, line: x }",
        "block: { path: /x, name: b, text: x, owner: @ }",
        "command: { run: 'true', user: @ }",
        "command: { run: 'true', creates: @ }",
        "git: { repo: 'https://a/b', version: @, dest: ~/x }",
        "git: { repo: 'https://a/b', version: main, dest: @ }",
        "git: { repo: 'https://a/b', version: main, dest: ~/x, user: @ }",
        "node: { version: @, source: nodejs.org }",
        "node: { version: 14.21.3, source: nodejs.org, npm: @ }",
        "npm: { dir: @ }",
        "npm_global: { package: @, version: 1.2.3 }",
        "npm_global: { package: pm2, version: @ }",
        "pm2: { name: @, config: ~/x, dir: ~/x, port: 1 }",
        "pm2: { name: x, config: @, dir: ~/x, port: 1 }",
        "pm2: { name: x, config: ~/x, dir: ~/x, port: @ }",
        "pm2_boot: { user: @ }",
        "nginx: { folder: @, sites: sites }",
    ] {
        for name in HOSTILE {
            // A branch may be called almost anything; it is one word of a command, and no option.
            let branch =
                task.contains("version: @, dest") && !name.starts_with('-') && !name.contains(char::is_control);
            let lab = format!("{LAB}vars: {{evil: {}}}\n", serde_json::to_string(name).unwrap());
            let book = format!("hosts: all\ntasks:\n  - {}\n", task.replace('@', "\"{{ evil }}\""));
            let problem = refused(&lab, &book);
            assert!(branch || problem.is_some(), "taken: {task} with {name:?}");
            // Where it was written: in the variable, or in the task where only a part of the text is the variable's.
            let placed = |problem: String| problem.contains("lab.yaml:") || problem.contains("step.yaml:3:");
            assert!(branch || problem.is_some_and(placed), "{task} with {name:?}");
        }
    }
}

#[test]
fn a_file_of_the_checkout_stays_in_it() {
    for name in ["../x", "/etc/passwd", "a/../../x", "-x", "a\nb", "a//b", ""] {
        let lab = format!(
            "{LAB}vars: {{app: {{files: {{{}: nginx/site.conf.j2}}}}}}\n",
            serde_json::to_string(name).unwrap()
        );
        let book = "hosts: all\ntasks:\n  - overlay: { dest: ~/x, overlay: app.files }\n";
        assert!(
            refused(&lab, book).is_some_and(|problem| problem.contains("is not a file inside the checkout")),
            "{name:?}"
        );
    }
}

#[test]
fn a_value_inside_of_quotes_of_a_line_of_shell_is_refused() {
    for (line, why) in [
        ("echo '{{ lab }}'", "inside of single quotes"),
        ("echo \"{{ lab }}\"", "inside of double quotes"),
        ("echo `echo {{ lab }}`", "inside of backticks"),
        ("true # {{ lab }}", "in a comment"),
        ("cat <<E\n{{ lab }}\nE", "behind `<<`"),
    ] {
        let book = format!("hosts: all\ntasks:\n  - command: {{ run: {} }}\n", serde_json::to_string(line).unwrap());
        let problem = refused(LAB, &book).unwrap_or_default();
        assert!(problem.contains(why) && problem.contains("by itself, without quotes"), "{line}: {problem}");
    }
}
