//! Files with exactly this content: written in the playbook, or rendered from a template.

use super::{Args, Call, Limits, ManualStep, Module, Operator, Shell, Word, checksum, written};
use crate::config::payload::{Content, Payload};
use crate::config::shape::{Field, Shape, field, required};
use crate::model::problem::Problem;
use sha2::{Digest, Sha256};

/// Content above this many bytes travels on a channel of its own, and only to a host that lacks it.
const LARGE: usize = 256 * 1024;

const SHELL: Shell = Shell::new("file", include_str!("file.sh"));
const PATH: Field = required("path", Shape::Text, "where it is on the host; ~/ is the home of the lab's user");
const MODE: Field = field("mode", Shape::Text, "permissions in octal (644)");
const OWNER: Field = field("owner", Shape::Text, "the owner (root, or the lab's user under ~/)");

/// `file: { path: /etc/motd, content: hello }`
pub const FILE: Module = Module {
    name: "file",
    doc: "a file has exactly this content",
    example: "  - file: { path: /etc/motd, content: \"welcome to {{ lab }}\\n\" }\n",
    shape: Shape::Map(&[PATH, required("content", Shape::Text, "all of its text"), MODE, OWNER]),
    shell: SHELL,
    limits: Limits::SHORT,
    label: |node| format!("write {}", written(node, "path")),
    call: |args| call(args, args.text("content")?),
    by_hand,
};

/// `template: { src: pm2/ecosystem.config.js.j2, path: ~/x.js }`
pub const TEMPLATE: Module = Module {
    name: "template",
    doc: "a file is what this template says",
    example: "  - template: { src: nginx/site.conf.j2, path: /etc/nginx/x.conf }\n",
    shape: Shape::Map(&[required("src", Shape::Text, "a file under templates/"), PATH, MODE, OWNER]),
    shell: SHELL,
    limits: Limits::SHORT,
    label: |node| format!("write {}", written(node, "path")),
    call: |args| {
        let rendered = args.scope.template(&args.text("src")?, args.location("src"))?;
        let mut call = call(args, rendered.content.clone())?;
        call.rendered.push((args.text("path")?, rendered));
        Ok(call)
    },
    by_hand,
};

/// A mode as `stat` prints it: octal, without zeros in front.
///
/// # Errors
/// It is not an octal number of three or four digits.
pub fn mode(args: &Args<'_>, default: &str) -> Result<String, Box<Problem>> {
    let written = args.text_or("mode", default)?;
    match u32::from_str_radix(&written, 8) {
        Ok(mode) if (3..=4).contains(&written.len()) && !written.starts_with('+') => Ok(format!("{mode:o}")),
        _ => Err(args.problem(
            "mode",
            format!("`{written}` is not a file mode"),
            "write it in octal, such as 644, 755 or 600",
        )),
    }
}

fn call(args: &Args<'_>, content: String) -> Result<Call, Box<Problem>> {
    let (path, owner) = (args.path("path")?, args.owner()?);
    let mode = mode(args, "644")?;
    if content.contains('\0') {
        return Err(args.problem("content", "a text with a NUL cannot be sent in a script", "write a text file"));
    }
    let id = checksum(Sha256::new().chain_update(&content));
    let mut call = Call::new(SHELL, [path, mode.into(), owner, id.as_str().into()]);
    if content.len() <= LARGE {
        call.words.push(content.into());
        return Ok(call);
    }
    call.payloads.push(Payload { id, content: Content::Text(content.into()) });
    Ok(call)
}

fn by_hand(call: &Call, _: &Operator) -> Vec<ManualStep> {
    let [path, mode, owner, ..] = &call.words[..] else { return Vec::new() };
    let large = call.payloads.iter().find_map(|payload| match &payload.content {
        Content::Text(text) => Some(text.as_ref()),
        _ => None,
    });
    let mut by_hand = ManualStep::file(path, large.unwrap_or_else(|| call.word(4)));
    let (own, typed) = (path.text().starts_with("~/"), path.typed());
    // sudo writes with mode 644; the user's own umask may differ.
    if own {
        by_hand.command.push_str(&format!("\nchmod {} {typed}", mode.text()));
    } else if mode.text() != "644" {
        by_hand.command.push_str(&format!("\nsudo chmod {} {typed}", mode.text()));
    }
    if own != (*owner == Word::User) || !own && owner.text() != "root" {
        by_hand.command.push_str(&format!("\nsudo chown {} {typed}", owner.typed()));
    }
    vec![by_hand]
}
