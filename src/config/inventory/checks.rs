//! Mistakes in variables that no shape shows: what is set in vain, and what nobody may write down.

use super::setting::Setting;
use super::shapes::VARS;
use crate::config::shape::Shape;
use crate::config::yaml::{Node, Value};
use crate::model::problem::{Problems, did_you_mean};
use crate::model::userinfo;

/// What `--set` sets is a variable of labctl's or of the inventory: any other would be set in vain.
pub fn settings(root: &Node, settings: &[Setting], problems: &mut Problems) {
    let below = ["groups", "hosts"].into_iter().filter_map(|key| root.get(key)).flat_map(Node::pairs);
    let own = below.map(|(_, node)| node).chain([root]).filter_map(|node| node.get("vars")).flat_map(Node::pairs);
    let own: Vec<&str> = own.filter_map(|(key, _)| key.text()).collect();
    let known: Vec<&str> = VARS.iter().map(|field| field.key).chain(own).collect();
    for setting in settings {
        let Some((key, _)) = setting.node().pairs().first() else { continue };
        let name = key.text().unwrap_or_default();
        if known.contains(&name) {
            continue;
        }
        let below = VARS.iter().flat_map(|field| match &field.shape {
            Shape::Map(inner) => {
                inner.iter().map(|inner| (inner.key, format!("{}.{}", field.key, inner.key))).collect()
            }
            _ => Vec::new(),
        });
        let below: Vec<(&str, String)> = below.collect();
        let inner = did_you_mean(name, below.iter().map(|(key, _)| *key));
        let inner = inner.and_then(|near| Some(below.iter().find(|(key, _)| *key == near)?.1.clone()));
        let near = below.iter().find(|(key, _)| *key == name).map(|(_, path)| path.clone());
        let near = near.or_else(|| did_you_mean(name, known.iter().copied()).map(str::to_owned)).or(inner);
        let hint = near.map_or_else(
            || format!("give it a value in `vars:` first; there are: {}", known.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        problems.add(&key.location, format!("there is no variable `{name}`"), Some(hint));
    }
}

/// Each secret comes from one place.
pub fn secrets(root: &Node, problems: &mut Problems) {
    let below = ["groups", "hosts"].into_iter().filter_map(|key| root.get(key)).flat_map(Node::pairs);
    let logins = below.map(|(_, node)| node).chain([root]).filter_map(|node| node.get("ssh"));
    let secrets = logins.flat_map(|ssh| ["passphrase", "password", "sudo_password"].map(|key| ssh.get(key)));
    for node in secrets.flatten() {
        if matches!(node.value, Value::Map(_)) && node.pairs().len() != 1 {
            let hint = "keep one of `{ env: NAME }`, `{ file: PATH }` and `{ command: LINE }`";
            problems.add(&node.location, "a secret has exactly one source", Some(hint.into()));
        }
    }
}

/// Every instance of an application has a port.
pub fn ports(vars: &[Node], problems: &mut Problems) {
    let mut reported = Vec::new();
    for app in vars.iter().filter_map(|vars| vars.get("app")) {
        let number = |key: &str| app.get(key).and_then(Node::text).and_then(|text| text.parse::<u32>().ok());
        let (Some(port), Some(instances), Some(node)) = (number("port"), number("instances"), app.get("instances"))
        else {
            continue;
        };
        if port + instances > 65536 && !reported.contains(&(port, instances)) {
            reported.push((port, instances));
            let hint = format!("the last port is 65535: begin at {} at the latest", 65536 - instances);
            problems.add(&node.location, format!("{instances} instances do not fit from port {port} on"), Some(hint));
        }
    }
}

/// Whoever has typed `pm2 serve build` has not thought of pm2 as what runs it: as a start, it hands on to pm2 and ends at once.
pub fn starts(vars: &[Node], problems: &mut Problems) {
    let mut reported: Vec<&str> = Vec::new();
    for node in vars.iter().filter_map(|vars| vars.get("app")?.get("start")) {
        let start = node.text().unwrap_or_default();
        let commands = start.split([';', '&', '|']).map(str::trim);
        let Some(own) = commands
            .map(|command| command.trim_start_matches("npx "))
            .find(|command| command.split_whitespace().next() == Some("pm2"))
        else {
            continue;
        };
        if !reported.contains(&start) {
            reported.push(start);
            let words: Vec<&str> = own.split_whitespace().collect();
            let instead = match words[..] {
                [_, "serve", folder, ..] if !folder.starts_with('-') => format!("npx serve -s {folder}"),
                [_, "serve", ..] => "npx serve -s build".to_owned(),
                _ => "npm start".to_owned(),
            };
            let hint = format!("write what pm2 is to run, such as `{instead}`; labctl sets PORT for it");
            problems.add(
                &node.location,
                format!("`{own}` only asks pm2 to start something else, and ends"),
                Some(hint),
            );
        }
    }
}

/// A password in an address would be on every machine, and in every recording.
pub fn passwords(vars: &[Node], problems: &mut Problems) {
    for vars in vars {
        let at =
            |of: &str, key: &str| vars.get(of)?.get(key).filter(|node| node.text().is_some_and(userinfo::has_password));
        if let Some(node) = at("app", "repo") {
            let hint = "clone it on this computer with your own login and write the folder, `repo: ./my-app`: labctl sends \
                        it over SSH; or give the machines a deploy key, and write `repo: git@HOST:PATH`";
            problems.add(&node.location, "a repository's address cannot hold a password", Some(hint.to_owned()));
        }
        if let Some(node) = at("node", "source") {
            let hint = "download the archives with your own login, and write the folder: `source: ./node`";
            problems.add(&node.location, "a mirror's address cannot hold a password", Some(hint.to_owned()));
        }
    }
}
