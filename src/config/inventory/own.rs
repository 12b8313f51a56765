//! What one of many labs has of its own: an inventory that a whole class shares is read once for each student, with the student's
//! words filled in, and the student's own values laid over it.

use crate::config::yaml::{Node, ScalarKind, Value};
use crate::model::problem::{Problems, did_you_mean};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What one of many labs has of its own.
#[derive(Debug, Clone)]
pub struct Own {
    /// How a person names this lab: `class.yaml:s07`.
    pub path: PathBuf,
    /// What `{{ student.KEY }}` stands for, by its key. A key without a text is known, and nothing is written for it.
    pub words: BTreeMap<&'static str, Option<String>>,
    /// What is laid over the inventory, with the places where it is written.
    pub over: Node,
    /// What is laid over each of its hosts.
    pub over_hosts: Node,
}

/// An inventory as it is for one lab; without any `own`, as it is written.
pub(super) fn applied(root: &Node, own: Option<&Own>, problems: &mut Problems) -> Node {
    let words = own.map(|own| &own.words);
    let filled = filled(root, words, problems);
    let Some(own) = own else { return filled };
    let every = |host: &(Node, Node)| (host.0.clone(), own.over_hosts.clone());
    let hosts = filled.get("hosts").map(Node::pairs).unwrap_or_default().iter().map(every).collect();
    let at = &own.over.location;
    let key = Node::made(at, Value::Scalar("hosts".to_owned(), ScalarKind::Text));
    let everywhere = Node::made(at, Value::Map(vec![(key, Node::made(at, Value::Map(hosts)))]));
    let has_hosts = filled.get("hosts").is_some() && !own.over_hosts.pairs().is_empty();
    let filled = if has_hosts { filled.overlaid(&everywhere) } else { filled };
    filled.overlaid(&own.over)
}

type Words = BTreeMap<&'static str, Option<String>>;

fn filled(node: &Node, words: Option<&Words>, problems: &mut Problems) -> Node {
    let value = match &node.value {
        Value::Scalar(text, ScalarKind::Text) if text.contains("{{") => scalar(node, text, words, problems),
        Value::List(items) => Value::List(items.iter().map(|item| filled(item, words, problems)).collect()),
        Value::Map(pairs) => {
            Value::Map(pairs.iter().map(|(key, value)| (key.clone(), filled(value, words, problems))).collect())
        }
        other => other.clone(),
    };
    Node::made(&node.location, value)
}

/// A text with its words filled in. Other templates in it are none of ours.
fn scalar(node: &Node, text: &str, words: Option<&Words>, problems: &mut Problems) -> Value {
    let (mut written, mut rest, mut found) = (String::new(), text, false);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, behind)) = after.split_once("}}") else { break };
        written.push_str(before);
        match inside.trim().strip_prefix("student.") {
            Some(key) => {
                found = true;
                written.push_str(word(node, key.trim(), words, problems).unwrap_or("x"));
            }
            None => written.extend(["{{", inside, "}}"]),
        }
        rest = behind;
    }
    written.push_str(rest);
    // A port of one's own is a number, though braces have to be quoted.
    let whole =
        found && text.trim().starts_with("{{") && text.matches("{{").count() == 1 && text.trim().ends_with("}}");
    let number = whole.then(|| written.parse().ok()).flatten().map(ScalarKind::Integer);
    Value::Scalar(written, number.unwrap_or(ScalarKind::Text))
}

fn word<'a>(node: &Node, key: &str, words: Option<&'a Words>, problems: &mut Problems) -> Option<&'a str> {
    let Some(words) = words else {
        let hint = "this inventory is for a class: name the class's file instead, such as `labctl up class.yaml`";
        problems.add(&node.location, format!("`{{{{ student.{key} }}}}` stands for nobody here"), Some(hint.into()));
        return None;
    };
    match words.get(key) {
        Some(Some(word)) => Some(word),
        Some(None) => {
            let who = words.get("id").and_then(Option::as_deref).unwrap_or("a student");
            let hint = format!("the roster does not say it of {who}; `student.id` is always known");
            problems.add(&node.location, format!("{who} has no `{key}`"), Some(hint));
            None
        }
        None => {
            let known: Vec<&str> = words.keys().copied().collect();
            let hint = did_you_mean(key, known.iter().copied())
                .map_or_else(|| format!("there are: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
            problems.add(&node.location, format!("a student has no `{key}`"), Some(hint));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::yaml;
    use crate::model::problem::Source;

    fn node(text: &str) -> Node {
        yaml::parse(&Source::new("lab.yaml", text)).unwrap()
    }

    fn own(over: &str) -> Own {
        let words = [("id", Some("s07".to_owned())), ("port", Some("8107".to_owned())), ("email", None)];
        Own {
            path: "class.yaml:s07".into(),
            words: words.into(),
            over: node(over),
            over_hosts: node("ssh: { user: budi }"),
        }
    }

    #[test]
    fn words_are_filled_in_and_own_values_laid_over() {
        let root = node(
            "lab: x\nhosts: { web: { groups: [web], ssh: { user: any, port: 22 } } }\nvars:\n  app: { port: '{{ student.port }}', name: 'a-{{student.id}}-{{ app.name }}' }\n  sites:\n    - domain: '{{ student.id }}.{{ student.id }}.id'\n",
        );
        let mut problems = Problems::default();
        let own = own("lab: class-s07\nhosts: { web: { address: 10.0.0.7 } }");
        let root = applied(&root, Some(&own), &mut problems);
        assert_eq!(problems, Problems::default());
        assert_eq!(root.get("lab").unwrap().text(), Some("class-s07"));
        let vars = root.get("vars").unwrap();
        assert_eq!(
            vars.get("app").unwrap().get("port").unwrap().value,
            Value::Scalar("8107".into(), ScalarKind::Integer(8107))
        );
        assert_eq!(vars.get("app").unwrap().get("name").unwrap().text(), Some("a-s07-{{ app.name }}"));
        assert_eq!(vars.get("sites").unwrap().items()[0].get("domain").unwrap().text(), Some("s07.s07.id"));
        let web = root.get("hosts").unwrap().get("web").unwrap();
        assert_eq!(web.get("address").unwrap().text(), Some("10.0.0.7"));
        let ssh = web.get("ssh").unwrap();
        assert_eq!((ssh.get("user").unwrap().text(), ssh.get("port").unwrap().text()), (Some("budi"), Some("22")));
    }

    #[test]
    fn every_word_that_stands_for_nothing_is_named_where_it_stands() {
        let root = node("lab: x\na: '{{ student.emial }}'\nb: ['{{ student.email }}', '{{ student.', '{{ host }}']\n");
        let mut problems = Problems::default();
        applied(&root, Some(&own("{}")), &mut problems);
        let told = problems.to_string();
        assert!(told.contains("a student has no `emial`") && told.contains("did you mean `email`?"), "{told}");
        assert!(told.contains("s07 has no `email`") && told.contains("lab.yaml:3:5"), "{told}");
        assert_eq!(problems.0.len(), 2, "{told}");

        let mut problems = Problems::default();
        applied(&root, None, &mut problems);
        assert_eq!(problems.0.len(), 2);
        assert!(problems.to_string().contains("labctl up class.yaml"), "{problems}");
    }
}
