//! Students that stand in the class file itself: the keys are what a roster has as columns.

use super::roster::{self, Cell, KEYS, Roster};
use crate::config::yaml::{Node, Value};
use crate::model::name::HostName;
use crate::model::problem::{Location, Problems, did_you_mean};

/// Reads the list under `students:`.
pub fn read(list: &Node, hosts: &[HostName], problems: &mut Problems) -> Roster {
    let mut rows: Vec<(Vec<Cell>, Location)> = Vec::new();
    if list.items().is_empty() {
        let hint = "write one for each, such as `- { id: s01, name: Budi Santoso }`";
        problems.add(&list.location, "the class has no students", Some(hint.into()));
    }
    for item in list.items() {
        if matches!(item.value, Value::Map(_)) {
            let (mut cells, before) = (Vec::new(), problems.0.len());
            for (key, value) in item.pairs() {
                cell(key.text().unwrap_or_default(), key, value, hosts, &mut cells, problems);
            }
            // What a mistake leads to would only hide it.
            if !cells.is_empty() || problems.0.len() == before {
                rows.push((cells, item.location.clone()));
            }
        } else {
            let hint = "write each of them as `- { id: s01, name: Budi Santoso }`";
            problems.add(&item.location, format!("a student must be a map, not {}", item.what()), Some(hint.into()));
        }
    }
    roster::roster(&rows, problems)
}

/// What a key says. `path` is how it is called: maps of variables lie in each other.
fn cell(path: &str, key: &Node, value: &Node, hosts: &[HostName], cells: &mut Vec<Cell>, problems: &mut Problems) {
    let in_vars = path == "vars" || path.starts_with("vars.");
    if in_vars && matches!(value.value, Value::Map(_)) {
        for (inner, value) in value.pairs() {
            let path = format!("{path}.{}", inner.text().unwrap_or_default());
            cell(&path, inner, value, hosts, cells, problems);
        }
        return;
    }
    let Some(column) = roster::of_key(path, hosts) else {
        let known = || KEYS.iter().map(|(key, _)| *key).chain(hosts.iter().map(HostName::as_str)).chain(["vars"]);
        let all = || format!("known keys: {}", known().collect::<Vec<_>>().join(", "));
        let hint = did_you_mean(path, known()).map_or_else(all, |near| format!("did you mean `{near}`?"));
        problems.add(&key.location, format!("unknown key `{path}` of a student"), Some(hint));
        return;
    };
    match value.text().map(str::trim) {
        Some("") => {}
        Some(text) => {
            let location = value.location.clone();
            cells.push(Cell { column, text: text.to_owned(), location });
        }
        None if value.value == Value::Null => {}
        None => problems.add(&value.location, format!("`{path}` must be a text, not {}", value.what()), None),
    }
}
