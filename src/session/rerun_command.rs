//! What to type to go on, or to have the same again.

use super::lab::Lab;
use super::options::RunOptions;
use crate::model::quote::quote;

/// The command line that does the same again.
pub fn command(lab: &Lab, verb: &str, options: &RunOptions) -> String {
    let plain = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "./_-=,*".contains(c));
    let word = |word: &str| if plain(word) { word.to_owned() } else { quote(word) };
    let mut line = format!("labctl {verb} {}", word(&lab.inventory.path.display().to_string()));
    if let Some(limit) = &options.limit {
        line.push_str(&format!(" --limit {}", quote(limit)));
    }
    for setting in &options.settings {
        line.push_str(&format!(" --set {}", word(setting.written())));
    }
    if let Some(shard) = options.shard {
        line.push_str(&format!(" --shard {shard}"));
    }
    if let Some(path) = &options.hosts_file {
        line.push_str(&format!(" --hosts-file {}", word(&path.display().to_string())));
    }
    line
}
