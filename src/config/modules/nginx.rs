//! The sites of nginx as one transaction: files, the include that loads them, and the proof that the running nginx has.

use super::apt::NGINX_DEFAULT;
use super::{Args, Call, Limits, ManualStep, Module, Operator, Piece, Purpose, Shell, Word, checksum};
use crate::config::shape::{Shape, field, required};
use crate::model::name::machine::PLAIN;
use crate::model::problem::Problem;
use crate::model::quote::quote;
use crate::model::site::Site;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const SHELL: Shell = Shell::new("nginx", include_str!("nginx.sh")).with(&[
    NGINX_DEFAULT,
    Piece::Shell(include_str!("nginx_read.sh")),
    Piece::Shell(include_str!("nginx_rivals.sh")),
    Piece::Shell(include_str!("nginx_reach.sh")),
    Piece::Shell(include_str!("nginx_include.sh")),
    Piece::Shell(include_str!("nginx_loaded.sh")),
    Piece::Shell(include_str!("nginx_change.sh")),
]);

/// How many words come before the sites: folder, lab, the machine's address, the servers.
const BEFORE: usize = 4;
/// How many words describe a site: domain, file, hash, content.
const SITE: usize = 4;

/// `nginx: { folder: dumbways, template: nginx/site.conf.j2, sites: sites }`
pub const MODULE: Module = Module {
    name: "nginx",
    doc: "nginx serves these sites: its files are right, and what runs is what the files say",
    example: "  - nginx: { folder: dumbways, template: nginx/site.conf.j2, sites: sites }\n",
    shape: Shape::Map(&[
        required("folder", Shape::Text, "the folder under /etc/nginx"),
        field("template", Shape::Text, "the template of one site (nginx/site.conf.j2)"),
        required("sites", Shape::Text, "the variable that lists the sites"),
    ]),
    shell: SHELL,
    limits: Limits::seconds(120, 120),
    label: |_| "configure the sites".into(),
    call,
    by_hand,
};

fn call(args: &Args<'_>) -> Result<Call, Box<Problem>> {
    let folder = format!("/etc/nginx/{}", args.name("folder", &PLAIN)?.text());
    let template = args.text_or("template", "nginx/site.conf.j2")?;
    let lab = args.scope.value("lab").and_then(Value::as_str).unwrap_or_default().to_owned();
    let host = args.scope.value("host").and_then(|host| host.get("address"));
    let address = host.and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut servers: Vec<String> = Vec::new();
    let mut call = Call::new(MODULE.shell, [folder.clone().into(), lab.into(), address.into(), String::new().into()]);
    for item in args.listed("sites")? {
        let domain = item.get("domain").and_then(Value::as_str).unwrap_or_default();
        let path = format!("{folder}/{domain}.conf");
        let render = |hash: &str| {
            let mut site = item.clone();
            if let Some(site) = site.as_object_mut() {
                site.insert("config_hash".into(), json!(hash));
            }
            args.scope.with("site", site).template(&template, args.location("template"))
        };
        // The site announces the hash of its own configuration, so the hash is that of everything but itself.
        let hash = checksum(Sha256::new().chain_update(render("")?.content))[..16].to_owned();
        let rendered = render(&hash)?;
        // Of a site of the user's own making, only the domain may be known: the rest is between them and their template.
        let bare = |_| Site { domain: domain.to_owned(), ..Site::default() };
        let site = Site::deserialize(item).unwrap_or_else(bare);
        servers.extend(
            site.servers
                .iter()
                .filter(|server| server.address.is_some())
                .map(|server| format!("{}={}", server.name, server.socket())),
        );
        call.sites.push(Site { config_hash: Some(hash.clone()), ..site });
        call.words.extend([domain.into(), path.as_str().into(), hash.into(), rendered.content.clone().into()]);
        call.rendered.push((path, rendered));
    }
    servers.sort();
    servers.dedup();
    call.words[BEFORE - 1] = servers.join(" ").into();
    Ok(call)
}

fn by_hand(call: &Call, _: &Operator) -> Vec<ManualStep> {
    let folder = call.word(0);
    let mut hands =
        vec![ManualStep::there(Purpose::Folder(folder.to_owned()), format!("sudo mkdir -p {}", call.typed(0)))];
    for site in call.words[BEFORE..].chunks_exact(SITE) {
        hands.push(ManualStep::file(&Word::Path(site[1].text().to_owned()), site[3].text()));
    }
    let include = format!("include {folder}/*.conf;");
    let add = quote(&format!("/include .*sites-enabled/a\\    {include}"));
    let line =
        format!("grep -qF {} /etc/nginx/nginx.conf ||\n    sudo sed -i {add} /etc/nginx/nginx.conf", quote(&include));
    hands.push(ManualStep::there(Purpose::Include, line));
    hands.push(ManualStep::there(Purpose::Reload, "sudo nginx -t && sudo systemctl reload nginx"));
    hands
}
