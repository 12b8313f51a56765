//! The files that a module adds to a host's script.

use crate::model::quote::quote;
use std::fmt::Write;

/// The shell of a module: its hooks end in `_<verb>`. Modules may share one (a template *is* a file).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shell {
    /// The last part of the hooks' names.
    pub verb: &'static str,
    /// The file that defines the hooks. Empty for what the controller does itself.
    pub text: &'static str,
    /// What that file uses beside the engine.
    pub needs: &'static [Piece],
}

impl Shell {
    /// The shell of a module that needs nothing but the engine.
    pub(crate) const fn new(verb: &'static str, text: &'static str) -> Self {
        Self { verb, text, needs: &[] }
    }

    /// The same shell, with other files that it uses.
    pub(crate) const fn with(self, needs: &'static [Piece]) -> Self {
        Self { needs, ..self }
    }
}

/// A file that scripts are put together from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// A file of POSIX shell functions.
    Shell(&'static str),
    /// A program for Node.js, and the shell variable that holds it for `node -e`.
    Node(&'static str, &'static str),
}

/// What several modules use, and the drill.
impl Piece {
    /// Finds where an application says itself which port or address it takes.
    pub const PM2_FIXED: Self = Self::Node("pm2_fixed_js", include_str!("pm2_fixed.js"));
    /// Asks somebody's pm2, and never for longer than two minutes.
    pub const PM2_ASK: Self = Self::Shell(include_str!("pm2_ask.sh"));
    /// Finds the daemon of somebody's pm2. It uses [`Self::PROCESS`].
    pub const PM2_DAEMON: Self = Self::Shell(include_str!("pm2_daemon.sh"));
    /// Asks the daemon of somebody's pm2 for its list, over its socket.
    pub const PM2_MONITOR: Self = Self::Node("pm2_monitor_js", include_str!("pm2_monitor.js"));
    /// Finds who listens on a port.
    pub const PORT: Self = Self::Shell(include_str!("port.sh"));
    /// Parents, ages and titles of processes.
    pub const PROCESS: Self = Self::Shell(include_str!("process.sh"));
}

/// Adds pieces to a script. A piece that is already `written` there is not written again.
pub(crate) fn add(script: &mut String, written: &mut Vec<Piece>, pieces: &[Piece]) {
    for piece in pieces {
        if written.contains(piece) {
            continue;
        }
        written.push(*piece);
        match piece {
            // What only the linter reads stays here.
            Piece::Shell(text) => {
                script
                    .extend(text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("# shellcheck ")));
            }
            Piece::Node(variable, text) => drop(writeln!(script, "{variable}={}", quote(text))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::modules::{DIAGNOSTICS, MODULES};
    use std::collections::BTreeMap;
    use std::process::Command;

    /// The programs for Node.js that modules hand to hosts, by the name of their variable.
    fn programs() -> BTreeMap<&'static str, &'static str> {
        let modules = MODULES.iter().copied().chain([&DIAGNOSTICS]);
        let programs = modules.flat_map(|module| module.shell.needs).filter_map(|piece| match piece {
            Piece::Node(variable, text) => Some((*variable, *text)),
            Piece::Shell(_) => None,
        });
        programs.collect()
    }

    /// A shell with all of these programs runs `line`.
    fn run(folder: &std::path::Path, line: &str) -> (Option<i32>, String) {
        let mut script = String::new();
        let pieces: Vec<Piece> = programs().into_iter().map(|(name, text)| Piece::Node(name, text)).collect();
        add(&mut script, &mut Vec::new(), &pieces);
        let output = Command::new("sh").arg("-c").arg(script + line).current_dir(folder).output().unwrap();
        let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (output.status.code(), printed.concat())
    }

    #[test]
    fn a_piece_is_written_once() {
        let (one, two) = (Piece::Shell("# shellcheck shell=sh\n# a\na() { :; }\n"), Piece::Node("b_js", "'it\\'s'"));
        let mut script = String::new();
        let mut written = Vec::new();
        add(&mut script, &mut written, &[one, two]);
        add(&mut script, &mut written, &[two, one]);
        assert_eq!(script, "# a\na() { :; }\nb_js=''\\''it\\'\\''s'\\'''\n");
    }

    #[test]
    fn node_reads_every_program_and_the_shell_hands_it_over_unchanged() {
        if Command::new("node").arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "CI has node");
            return;
        }
        assert_eq!(programs().len(), 7);
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in programs() {
            let file = folder.path().join(format!("{name}.js"));
            std::fs::write(&file, text).unwrap();
            let checked = Command::new("node").arg("--check").arg(&file).output().unwrap();
            assert!(checked.status.success(), "{name}: {}", String::from_utf8_lossy(&checked.stderr));
            // Node.js 10 has neither of these.
            assert!(!text.contains("?.") && !text.contains("??"), "{name}");
            assert_eq!(
                run(folder.path(), &format!("printf %s \"${name}\" | cmp - {name}.js")),
                (Some(0), String::new())
            );
        }
    }

    #[test]
    fn packages_that_somebody_installed_count_only_at_the_versions_of_the_lock_file() {
        if Command::new("node").arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "CI has node");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let put = |file: &str, text: &str| {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("it's/node_modules/a/package.json", r#"{"version": "1.0.0"}"#);
        put("it's/node_modules/a/node_modules/b/package.json", r#"{"version": "2.0.0"}"#);
        let old =
            |b: &str| format!(r#"{{"dependencies": {{"a": {{"version": "1.0.0", "dependencies": {{"b": {b}}}}}}}}}"#);
        let new = |b: &str| format!(r#"{{"packages": {{"": {{}}, "node_modules/a": {{"version": "1.0.0"}}, {b}}}}}"#);
        for (lock, code) in [
            (old(r#"{"version": "2.0.0"}"#), 0),
            (old(r#"{"version": "2.0.1"}"#), 1),
            (new(r#""node_modules/a/node_modules/b": {"version": "2.0.0"}"#), 0),
            (new(r#""node_modules/a/node_modules/b": {"version": "2.0.1"}"#), 1),
            (new(r#""node_modules/c": {"version": "1.0.0", "optional": true}"#), 0),
            (new(r#""node_modules/c": {"version": "1.0.0"}"#), 1),
        ] {
            put("lock", &lock);
            assert_eq!(
                run(folder.path(), "node -e \"$npm_by_hand_js\" \"it's\" lock"),
                (Some(code), String::new()),
                "{lock}"
            );
        }
    }

    #[test]
    fn what_an_entry_of_pm2_is_to_an_application_is_told_by_its_folder_and_command() {
        if Command::new("node").arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "CI has node");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let put = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).unwrap();
        put(
            "app.config.js",
            r#"module.exports = { apps: [{ name: "shop", cwd: "/srv", script: "npm", args: "start" }] };"#,
        );
        let entry = |id: u8, name: &str, cwd: &str, args: &str, more: &str| {
            format!(
                r#"{{"pm_id": {id}, "name": "{name}", "pid": 7, "pm2_env": {{"pm_cwd": "{cwd}", "pm_exec_path": "/bin/npm", "args": {args}, "pm_out_log_path": "/o"{more}}}}}"#
            )
        };
        let list = [
            entry(0, "shop", "/srv", r#"["start"]"#, ""),
            entry(1, "its twin", "/srv", r#"["start"]"#, ""),
            entry(2, "elsewhere", "/srv2", r#"["start"]"#, ""),
            entry(3, "a\\tb", "/srv", r#"["run", "test"]"#, ""),
            entry(4, "page-3000", "/home", "[]", r#", "env": {"PM2_SERVE_PATH": "/srv/build"}"#),
            entry(5, "page-3001", "/srv", "[]", r#", "PM2_SERVE_PATH": "../build", "exec_mode": "cluster_mode""#),
        ];
        put("list", &format!("[{}]", list.join(",")));
        let ask = r#"const ask = (library, home, then) => then(JSON.parse(require("fs").readFileSync(0)));"#;
        let line = format!("node -e '{ask}'\"$pm2_list_js\" library home shop \"$PWD/app.config.js\" < list");
        let wanted = [
            "0\t7\tprocess\tsame\t/o\t-\t/srv\tshop\n",
            "1\t7\tprocess\ttwin\t/o\t-\t/srv\tits twin\n",
            "2\t7\tprocess\tother\t/o\t-\t/srv2\telsewhere\n",
            "3\t7\tprocess\there\t/o\t-\t/srv\ta?b\n",
            "4\t7\tprocess\there\t/o\t-\t/srv/build\tpage-3000\n",
            "5\t7\tdaemon\tother\t/o\t-\t/build\tpage-3001\n",
        ];
        assert_eq!(run(folder.path(), &line), (Some(0), wanted.concat()));
        // Before anything is described to pm2, the folder tells.
        let line = format!(
            "node -e '{ask}'\"$pm2_list_js\" library home shop \"$PWD/none.js\" /srv < list | cut -f4 | tr '\\n' ' '"
        );
        assert_eq!(run(folder.path(), &line), (Some(0), "same here other here here other ".to_owned()));
    }
}
