//! Reads playbooks, and gathers the user's own beside the shipped ones.

use super::{Handler, Playbook, Task};
use crate::config::library::Library;
use crate::config::modules::{self, MODULES};
use crate::config::scope::check_syntax;
use crate::config::shape::{Field, Shape, duration, field, required};
use crate::config::yaml::{self, Node};
use crate::model::name::{HandlerName, StepName};
use crate::model::problem::{Problems, ReadError, Source, did_you_mean};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PLAYBOOK: &[Field] = &[
    field("about", Shape::Text, "what it is for, in a sentence"),
    required("hosts", Shape::Text, "whom it is for: a group, a host, `all` or `controller`"),
    field("needs", Shape::List(&Shape::Text), "steps that must be finished on other hosts first"),
    field(
        "rolling",
        Shape::Bool,
        "whether it interrupts an application that serves: then hosts that serve are changed one after the other (false)",
    ),
    required("tasks", Shape::List(&Shape::Any), "what must hold, in order"),
    field(
        "handlers",
        Shape::Named(&Shape::Map(&[
            required("run", Shape::Text, "a line of shell"),
            field("user", Shape::Text, "who runs it (root)"),
        ])),
        "what to do once something has changed",
    ),
];

/// The playbook that is none: it lists the others.
const ORDER_FILE: &str = "site";

const ORDER: &[Field] = &[required("steps", Shape::List(&Shape::Text), "the steps, in order")];

const TASK_WORDS: &[Field] = &[
    field("name", Shape::Text, "what reports call it"),
    field("notify", Shape::Text, "a handler to run when it changed something"),
    field("timeout", Shape::Duration, "how long it may take"),
];

/// The shipped playbooks and templates, with those in `playbooks/` and `templates/` of `folders` in front of them.
///
/// # Errors
/// A file that cannot be read.
pub fn read_library(folders: &[PathBuf]) -> Result<Library, ReadError> {
    let mut library = Library::shipped();
    for folder in folders {
        for (file, source) in sources(&folder.join("playbooks"), "")? {
            if file.ends_with(".yaml") {
                library.add_playbook(file, source);
            } else if let Some(name) = file.strip_prefix("explain/").filter(|name| name.ends_with(".md")) {
                library.add_explanation(name.to_owned(), source);
            }
        }
        for (file, source) in sources(&folder.join("templates"), "")? {
            library.add_template_file(file, source);
        }
    }
    Ok(library)
}

/// Every text file under `folder`, named by its path from there. A folder that is not there holds none.
fn sources(folder: &Path, prefix: &str) -> Result<Vec<(String, Arc<Source>)>, ReadError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |cause| ReadError::File { path, cause }
    };
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path, &format!("{prefix}{name}/"))?);
        } else {
            let bytes = std::fs::read(&path).map_err(failed(&path))?;
            // A picture that lies beside the templates is no template; whoever names it is told that there is none.
            if let Ok(text) = String::from_utf8(bytes) {
                found.push((format!("{prefix}{name}"), Source::new(path.display().to_string(), text)));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

/// The order of the steps, as `site.yaml` lists it.
///
/// # Errors
/// Mistakes in that file.
pub fn order(library: &Library) -> Result<Vec<StepName>, ReadError> {
    let unknown = || ReadError::NoStep { name: ORDER_FILE.into(), hint: "playbooks/site.yaml lists the order".into() };
    let source = library.playbook(ORDER_FILE).ok_or_else(unknown)?;
    let root = yaml::parse(source)?;
    let mut problems = Problems::default();
    Shape::Map(ORDER).check(&root, "site.yaml", &mut problems);
    let mut steps = Vec::new();
    for node in root.get("steps").map(Node::items).unwrap_or_default() {
        match node.text().unwrap_or_default().parse::<StepName>() {
            Ok(step) => steps.push(step),
            Err(error) => problems.add(&node.location, error.to_string(), None),
        }
    }
    Ok(problems.or(Some(steps))?)
}

/// Reads the playbook of a step.
///
/// # Errors
/// There is none of that name, or every mistake in it.
pub fn read(name: &StepName, library: &Library) -> Result<Playbook, ReadError> {
    // The file of the order is no step.
    let Some(source) = library.playbook(name.as_str()).filter(|_| name.as_str() != ORDER_FILE) else {
        let steps = || library.playbooks().filter(|step| *step != ORDER_FILE);
        let all = || format!("there are: {}", steps().collect::<Vec<_>>().join(", "));
        let hint = match did_you_mean(name.as_str(), steps()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if name.as_str() == ORDER_FILE => {
                format!("{}; `labctl up` runs them in the order of site.yaml", all())
            }
            None => all(),
        };
        return Err(ReadError::NoStep { name: name.to_string(), hint });
    };
    Ok(parse(name, source, library)?)
}

/// Reads a playbook from its text, with the shipped ones around it.
///
/// # Errors
/// Every mistake in it.
pub fn read_text(name: &StepName, source: &Arc<Source>) -> Result<Playbook, Problems> {
    parse(name, source, &Library::shipped())
}

fn parse(name: &StepName, source: &Arc<Source>, library: &Library) -> Result<Playbook, Problems> {
    let root = yaml::parse(source)?;
    let mut problems = Problems::default();
    Shape::Map(PLAYBOOK).check(&root, "the playbook", &mut problems);
    let playbook = playbook(name, &root, library, &mut problems);
    problems.or(playbook)
}

fn playbook(name: &StepName, root: &Node, library: &Library, problems: &mut Problems) -> Option<Playbook> {
    let mut handlers = Vec::new();
    for (key, node) in root.get("handlers").map(Node::pairs).unwrap_or_default() {
        match key.text().unwrap_or_default().parse::<HandlerName>() {
            Ok(name) => {
                check_syntax(node, problems);
                let run = node.get("run").cloned();
                handlers.extend(run.map(|run| Handler { name, run, user: node.get("user").cloned() }));
            }
            Err(error) => problems.add(&key.location, error.to_string(), None),
        }
    }
    let mut needs = Vec::new();
    let listed = root
        .get("needs")
        .into_iter()
        .flat_map(|n| if n.items().is_empty() { std::slice::from_ref(n) } else { n.items() });
    for node in listed.filter(|n| n.text().is_some()) {
        let text = node.text().unwrap_or_default();
        match text.parse() {
            Ok(step) if library.playbook(text).is_some() => needs.push(step),
            _ => {
                let hint = did_you_mean(text, library.playbooks()).map(|n| format!("did you mean `{n}`?"));
                problems.add(&node.location, format!("there is no step `{text}`"), hint);
            }
        }
    }
    let tasks: Vec<Task> = root
        .get("tasks")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|node| task(node, &handlers, problems))
        .collect();
    let hosts = root.get("hosts")?;
    Some(Playbook {
        name: name.clone(),
        about: root.get("about").and_then(Node::text).unwrap_or_default().to_owned(),
        hosts: hosts.text()?.to_owned(),
        location: hosts.location.clone(),
        needs,
        rolling: root.get("rolling").and_then(Node::text) == Some("true"),
        tasks,
        handlers,
    })
}

fn task(node: &Node, handlers: &[Handler], problems: &mut Problems) -> Option<Task> {
    let mut found = Vec::new();
    for (key, value) in node.pairs() {
        let text = key.text().unwrap_or_default();
        if let Some(word) = TASK_WORDS.iter().find(|word| word.key == text) {
            word.shape.check(value, text, problems);
        } else if let Some(module) = modules::named(text) {
            module.shape.check(value, text, problems);
            check_syntax(value, problems);
            found.push((module, value));
        } else {
            let known = MODULES.iter().map(|m| m.name).chain(TASK_WORDS.iter().map(|w| w.key));
            let hint = did_you_mean(text, known).map_or_else(
                || format!("modules: {}", MODULES.iter().map(|m| m.name).collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            problems.add(&key.location, format!("there is no module `{text}`"), Some(hint));
        }
    }
    let [(module, args)] = found[..] else {
        if found.is_empty() && node.pairs().iter().all(|(k, _)| TASK_WORDS.iter().any(|w| k.text() == Some(w.key))) {
            problems.add(&node.location, "a task needs a module", Some("such as `apt: [git]`".into()));
        } else if found.len() > 1 {
            let names: Vec<_> = found.iter().map(|(m, _)| format!("`{}`", m.name)).collect();
            let hint = "make it two tasks".to_owned();
            problems.add(&node.location, format!("a task has one module, not {}", names.join(" and ")), Some(hint));
        }
        return None;
    };
    let notify = node.get("notify").and_then(|written| {
        let text = written.text()?;
        let handler = handlers.iter().find(|h| h.name.as_str() == text);
        if handler.is_none() {
            let hint = did_you_mean(text, handlers.iter().map(|h| h.name.as_str()));
            let hint = hint.map_or("write it under `handlers:`".to_owned(), |n| format!("did you mean `{n}`?"));
            problems.add(&written.location, format!("there is no handler `{text}` in this playbook"), Some(hint));
        }
        handler.map(|h| h.name.clone())
    });
    Some(Task {
        name: node.get("name").and_then(Node::text).map_or_else(|| (module.label)(args), str::to_owned),
        module,
        args: args.clone(),
        notify,
        timeout: node.get("timeout").and_then(Node::text).and_then(duration),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(text: &str) -> Library {
        let mut library = Library::shipped();
        library.add_playbook("mine.yaml".into(), Source::new("mine.yaml", text));
        library
    }

    #[test]
    fn every_shipped_playbook_reads() {
        let library = Library::shipped();
        for step in order(&library).unwrap() {
            let playbook = read(&step, &library).unwrap_or_else(|e| panic!("{step}:\n{e}"));
            assert!(!playbook.tasks.is_empty() && !playbook.about.is_empty(), "{step}");
        }
    }

    #[test]
    fn every_example_of_a_module_reads() {
        for module in MODULES {
            let text = format!("hosts: all\ntasks:\n{}", module.example);
            let playbook =
                read(&"mine".parse().unwrap(), &library(&text)).unwrap_or_else(|e| panic!("{}:\n{e}", module.name));
            assert_eq!(playbook.tasks[0].module.name, module.name);
        }
    }

    #[test]
    fn mistakes_in_a_playbook_are_shown_together() {
        let text = "hosts: app
needs: [updte]
tasks:
  - aptt: [git]
  - apt: [git]
    file: { path: /x, content: y }
  - name: nothing
  - command: { run: 'echo {{ app.name' }
    notify: relod
handlers:
  reload: { run: 'true' }
";
        let shown = read(&"mine".parse().unwrap(), &library(text)).unwrap_err().to_string();
        for expected in [
            "there is no step `updte`",
            "did you mean `update`?",
            "there is no module `aptt`",
            "did you mean `apt`?",
            "not `apt` and `file`",
            "a task has one module, not",
            "mine.yaml:8:",
            "there is no handler `relod`",
            "did you mean `reload`?",
        ] {
            assert!(shown.contains(expected), "{expected} is not in:\n{shown}");
        }
    }

    #[test]
    fn an_unknown_step_says_what_there_is() {
        let error = read(&"ngnix".parse().unwrap(), &Library::shipped()).unwrap_err().to_string();
        assert!(error.contains("did you mean `nginx`?"), "{error}");
        let error = read(&"cook".parse().unwrap(), &Library::shipped()).unwrap_err().to_string();
        assert!(error.contains("there are: dumbflix, hosts, nginx, node, pm2, proxy, update, verify"), "{error}");
        // The file beside them that lists their order is none of them.
        let error = read(&"site".parse().unwrap(), &Library::shipped()).unwrap_err().to_string();
        assert!(error.starts_with("there is no step `site`; there are: dumbflix, "), "{error}");
        assert!(error.ends_with("`labctl up` runs them in the order of site.yaml"), "{error}");
    }
}
