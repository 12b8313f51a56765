//! The application under pm2: one process of its name (or of each instance's), which is what it should be, answers, and comes back
//! at boot.

use super::git::overlay;
use super::{Args, Call, Limits, ManualStep, Module, Piece, Purpose, Shell, checksum, written};
use crate::config::shape::{Shape, duration, field, required};
use crate::model::application::entries;
use crate::model::name::machine::PLAIN;
use crate::model::problem::Problem;
use sha2::{Digest, Sha256};

/// Starts pm2 and its applications at boot: `pm2_boot: {}`.
pub const BOOT: Module = Module {
    name: "pm2_boot",
    doc: "systemd starts pm2 at boot, and the pm2 that runs is systemd's",
    example: "  - pm2_boot: {}\n",
    shape: Shape::Map(&[field("user", Shape::Text, "whose pm2 it is (the lab's user)")]),
    shell: Shell::new("pm2_boot", include_str!("pm2_boot.sh")).with(&[
        Piece::PROCESS,
        Piece::PM2_DAEMON,
        Piece::PM2_ASK,
    ]),
    limits: Limits::seconds(300, 120),
    label: |_| "let pm2 start at boot".into(),
    call: |args| Ok(Call::new(BOOT.shell, [args.user()?])),
    by_hand: |_, _| {
        let lines = [
            "sudo env \"PATH=$PATH\" pm2 startup systemd -u \"$USER\" --hp \"$HOME\"",
            "pm2 save --force",
            "pm2 kill",
            "sudo systemctl start \"pm2-$USER\"",
        ];
        vec![ManualStep::there(Purpose::Boot, lines.join("\n"))]
    },
};

/// `pm2: { name: dumbflix, config: ~/x.config.js, dir: ~/app, port: 3000 }`
pub const MODULE: Module = Module {
    name: "pm2",
    doc: "an application runs under pm2 exactly once (or once for each instance), as its file describes it, and answers on its port",
    example: "  - pm2: { name: \"{{ app.name }}\", config: ~/app.config.js, dir: \"{{ app.dir }}\", port: \"{{ app.port }}\" }\n",
    shape: Shape::Map(&[
        required("name", Shape::Text, "its name in pm2"),
        required("config", Shape::Text, "its ecosystem file on the host"),
        required("dir", Shape::Text, "its folder"),
        required("port", Shape::Text, "the port it listens on; of several instances, the first"),
        field("instances", Shape::Text, "how many of it run (1): NAME-PORT on this port, and on those after it"),
        field(
            "overlay",
            Shape::Text,
            "the variable that maps declared files to templates: a change in them restarts it",
        ),
        field("marker", Shape::Text, "a text in its page that no other page has"),
        field("within", Shape::Text, "how long its first answer may take (150s)"),
        field("user", Shape::Text, "whose pm2 it is (the lab's user)"),
    ]),
    shell: Shell::new("pm2", include_str!("pm2.sh")).with(&[
        Piece::PORT,
        Piece::PROCESS,
        Piece::PM2_DAEMON,
        Piece::PM2_ASK,
        Piece::Shell(include_str!("pm2_list.sh")),
        Piece::Shell(include_str!("pm2_spec.sh")),
        Piece::Shell(include_str!("pm2_ready.sh")),
        Piece::Shell(include_str!("pm2_fixed.sh")),
        Piece::Shell(include_str!("pm2_explain.sh")),
        Piece::Shell(include_str!("pm2_by_terminal.sh")),
        Piece::Shell(include_str!("pm2_holder.sh")),
        Piece::Shell(include_str!("pm2_port.sh")),
        Piece::Node("pm2_by_hand_js", include_str!("pm2_by_hand.js")),
        Piece::PM2_FIXED,
        Piece::PM2_MONITOR,
        Piece::Node("pm2_list_js", include_str!("pm2_list.js")),
    ]),
    limits: Limits::seconds(900, 600),
    label: |node| format!("run {} under pm2", written(node, "name")),
    call,
    by_hand: |call, _| vec![ManualStep::there(Purpose::Start, format!("pm2 start {}\npm2 save", call.typed(2)))],
};

/// Where the application is asked: at nothing in particular, which means that the web server must reach it, too. Where nginx asks
/// an address of the loopback, it is on the same machine, and the application need not listen anywhere else: a path will do.
fn asked_at(args: &Args<'_>) -> &'static str {
    let sites = args.scope.value("sites").and_then(|sites| sites.as_array()).map(Vec::as_slice).unwrap_or_default();
    let servers = sites.iter().filter_map(|site| site.get("servers")?.as_array()).flatten();
    let mut addresses = servers.filter_map(|server| server.get("address")?.as_str());
    let loopback = |address: &str| {
        address == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    };
    if addresses.any(loopback) { "/" } else { "" }
}

fn call(args: &Args<'_>) -> Result<Call, Box<Problem>> {
    let within = args.text_or("within", "150s")?;
    let Some(seconds) = duration(&within).map(|d| d.as_secs().max(1)) else {
        return Err(args.problem("within", format!("`{within}` is not a duration"), "write it as 150s or 3m"));
    };
    let port = args.text("port")?;
    let Some(first) = port.parse::<u16>().ok().filter(|port| *port > 0) else {
        return Err(args.problem("port", format!("`{port}` is not a port"), "write a number from 1 to 65535"));
    };
    let instances = args.text_or("instances", "1")?;
    let Some(instances) = instances.parse::<u16>().ok().filter(|n| *n > 0) else {
        return Err(args.problem(
            "instances",
            format!("`{instances}` is not a number of instances"),
            "write 1 or more",
        ));
    };
    let name = args.named("name", args.text("name")?, &PLAIN)?;
    let entries = entries(&name, first, instances);
    let words = |of: fn(&(String, u16)) -> String| entries.iter().map(of).collect::<Vec<_>>().join(" ");
    // An application reads its files when it starts, so what they say is part of what it should be.
    let mut declared = Sha256::new();
    for (path, template) in overlay(args)? {
        declared.update(path);
        declared.update(args.scope.template(&template, args.location("overlay"))?.content);
    }
    let spec = checksum(declared);
    let mut call = Call::new(
        MODULE.shell,
        [
            args.user()?,
            words(|(name, _)| name.clone()).into(),
            args.path("config")?,
            args.path("dir")?,
            spec.into(),
            words(|(_, port)| port.to_string()).into(),
            asked_at(args).into(),
            args.text("marker")?.into(),
            seconds.to_string().into(),
        ],
    );
    call.words.extend(overlay(args)?.into_iter().map(|(path, _)| path.into()));
    Ok(call)
}
