//! What `labctl doctor` asks a machine beside the checks of the steps.

use super::{Args, Call, Limits, Module, Piece, Shell, Word};
use crate::config::shape::Shape;
use crate::model::problem::Problem;
use serde_json::Value;

/// Not for playbooks: `labctl doctor` puts it behind the steps. It always holds, and changes nothing.
pub const MODULE: Module = Module {
    name: "diagnostics",
    doc: "the machine was looked at",
    example: "",
    shape: Shape::Any,
    shell: Shell::new("diagnostics", include_str!("diagnostics.sh")).with(&[
        Piece::PROCESS,
        Piece::PM2_DAEMON,
        Piece::PM2_MONITOR,
        Piece::Shell(include_str!("diagnostics_app.sh")),
        Piece::Shell(include_str!("diagnostics_web.sh")),
        Piece::Shell(include_str!("diagnostics_changed.sh")),
        Piece::Shell(include_str!("diagnostics_kept.sh")),
        Piece::Shell(include_str!("diagnostics_saved.sh")),
        Piece::Node("pm2_entries_js", include_str!("pm2_entries.js")),
    ]),
    limits: Limits::SHORT,
    label: |_| "look around".into(),
    call,
    by_hand: |_, _| Vec::new(),
};

fn call(args: &Args<'_>) -> Result<Call, Box<Problem>> {
    let text = |path: &str| match args.scope.value(path) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let own = text("host.name");
    let named = |list: Option<&Value>| {
        let named = |each: &Value| each.get("name").and_then(Value::as_str) == Some(own.as_str());
        list.and_then(Value::as_array).is_some_and(|list| list.iter().any(named))
    };
    let sites = args.scope.value("sites").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let web = named(args.scope.value("groups.web"));
    let app = named(args.scope.value("groups.app")) || sites.iter().any(|site| named(site.get("servers")));
    let yes = |holds: bool| Word::from(if holds { "yes" } else { "" });
    let mut words = vec![yes(web), yes(app), text("app.name").into()];
    words.push(Word::Path(text("app.dir")));
    words.extend([text("app.port").into(), text("app.marker").into(), text("host.address").into()]);
    words.extend([text("nginx.folder").into(), Word::User]);
    for site in sites {
        let of = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let servers = site.get("servers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let sockets: Vec<String> = servers.iter().map(|server| of(server, "socket")).collect();
        words.extend([Word::from(of(site, "domain")), Word::from(sockets.join(" "))]);
    }
    Ok(Call::new(MODULE.shell, words))
}
