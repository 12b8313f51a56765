//! Packages from the npm registry: those of the application, and programs for everybody.

use super::git::overlay;
use super::{Call, Limits, ManualStep, Module, Piece, Purpose, Shell, Word, written};
use crate::config::shape::{Shape, field, required};
use crate::model::name::machine::{NPM, PLAIN};

/// `npm: { dir: ~/app }`
pub const MODULE: Module = Module {
    name: "npm",
    doc: "the packages of an application are those of its lock file",
    example: "  - npm: { dir: \"{{ app.dir }}\" }\n",
    shape: Shape::Map(&[
        required("dir", Shape::Text, "the folder of package.json"),
        field("overlay", Shape::Text, "the variable that maps declared files of the checkout to templates"),
        field("user", Shape::Text, "who installs them (the lab's user)"),
    ]),
    shell: Shell::new("npm", include_str!("npm.sh")).with(&[
        Piece::Node("npm_by_hand_js", include_str!("npm_by_hand.js")),
        Piece::Node("npm_files_js", include_str!("npm_files.js")),
        Piece::Shell(include_str!("npm_lock.sh")),
    ]),
    limits: Limits::LONG,
    label: |node| format!("install the packages of {}", written(node, "dir")),
    call: |args| {
        let mut words = vec![args.user()?, args.path("dir")?];
        words.extend(overlay(args)?.into_iter().map(|(path, _)| Word::from(path)));
        Ok(Call::new(MODULE.shell, words))
    },
    by_hand: |call, _| vec![ManualStep::there(Purpose::Packages, format!("cd {} && npm ci", call.typed(1)))],
};

/// `npm_global: { package: pm2, version: 5.4.3 }`
pub const GLOBAL: Module = Module {
    name: "npm_global",
    doc: "a program from the npm registry is installed for everybody, at exactly this version",
    example: "  - npm_global: { package: pm2, version: \"{{ pm2.version }}\" }\n",
    shape: Shape::Map(&[
        required("package", Shape::Text, "its name in the registry"),
        required("version", Shape::Text, "an exact version; never a range"),
    ]),
    shell: Shell::new("npm_global", include_str!("npm_global.sh")),
    limits: Limits::LONG,
    label: |node| format!("install {}", written(node, "package")),
    call: |args| {
        let (package, version) = (args.text("package")?, args.text("version")?);
        let package = args.named("package", package, &NPM)?;
        if !(PLAIN.holds)(&version) || !version.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(args.problem("version", format!("`{version}` is not an exact version"), "write it as 5.4.3"));
        }
        let prefix = format!("/opt/{}-{version}", package.replace(['@', '/'], "_"));
        Ok(Call::new(GLOBAL.shell, [package.into(), version.into(), prefix.into()]))
    },
    by_hand: |call, _| {
        let (package, version, prefix) = (call.word(0), call.word(1), call.word(2));
        let install = format!("sudo env \"PATH=$PATH\" npm install -g --prefix {prefix} {package}@{version}");
        vec![ManualStep::there(Purpose::Program, format!("{install}\nsudo ln -sf {prefix}/bin/* /usr/local/bin/"))]
    },
};
