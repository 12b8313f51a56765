//! The lab of one student: the class's inventory, with what the roster says of them.

use super::{Address, Class, Student};
use crate::config::inventory::{self, Inventory, Own, Setting};
use crate::config::yaml::{Node, ScalarKind, Value};
use crate::model::name::{HostName, StudentId};
use crate::model::problem::{Location, ReadError};
use std::path::{Path, PathBuf};

impl Class {
    /// The name of a student's lab: `devops-3a-s07`.
    pub fn lab_of(&self, student: &Student) -> String {
        format!("{}-{}", self.name, student.id)
    }

    /// How a person names it: `class.yaml:s07`.
    pub fn path_of(&self, student: &Student) -> PathBuf {
        format!("{}:{}", self.path.display(), student.id).into()
    }

    /// Reads a student's inventory. `settings` are laid over the student's own variables.
    ///
    /// # Errors
    /// The inventory cannot be read, or every mistake in it and in what the roster says.
    pub fn inventory_of(&self, student: &Student, settings: &[Setting]) -> Result<Inventory, ReadError> {
        let settings: Vec<Setting> = student.vars.iter().chain(settings).cloned().collect();
        let at = &student.location;
        let user = student.user.as_ref().map(|user| ("ssh", map(at, vec![("user", text(at, user))])));
        let own = Own {
            path: self.path_of(student),
            words: words(student).into(),
            over: self.over(student),
            over_hosts: map(at, user.into_iter().collect()),
        };
        inventory::read_own(&self.inventory, &settings, &own)
    }

    fn over(&self, student: &Student) -> Node {
        let at = &student.location;
        let lab = ("lab", text(at, &self.lab_of(student)));
        let hosts: Vec<(&str, Node)> = student.hosts.iter().map(|host| reached_at(at, host)).collect();
        let hosts = Some(("hosts", map(at, hosts.clone()))).filter(|_| !hosts.is_empty());
        map(at, [lab].into_iter().chain(hosts).collect())
    }
}

fn reached_at<'a>(at: &Location, (name, address): (&'a HostName, &Address)) -> (&'a str, Node) {
    let port = |port: u16| Node::made(at, Value::Scalar(port.to_string(), ScalarKind::Integer(port.into())));
    let port = address.port.map(|number| ("ssh", map(at, vec![("port", port(number))])));
    let own = [("address", text(at, &address.host))].into_iter().chain(port).collect();
    (name.as_str(), map(at, own))
}

/// What `{{ student.KEY }}` may stand for.
fn words(student: &Student) -> [(&'static str, Option<String>); 7] {
    [
        ("id", Some(student.id.to_string())),
        ("name", student.name.clone()),
        ("email", student.email.clone()),
        ("group", student.group.clone()),
        ("number", student.lms.number.clone()),
        ("login", student.lms.login.clone()),
        ("lms_id", student.lms.id.clone()),
    ]
}

fn text(at: &Location, text: &str) -> Node {
    Node::made(at, Value::Scalar(text.to_owned(), ScalarKind::Text))
}

fn map(at: &Location, pairs: Vec<(&str, Node)>) -> Node {
    Node::made(at, Value::Map(pairs.into_iter().map(|(key, value)| (text(at, key), value)).collect()))
}

/// The file and the student of a path such as `class.yaml:s07`; `None` for any other.
pub fn student_at(path: &Path) -> Option<(PathBuf, StudentId)> {
    let (file, id) = path.to_str()?.rsplit_once(':')?;
    let yaml = [".yaml", ".yml"].iter().any(|end| file.to_lowercase().ends_with(end));
    Some((file.into(), id.parse().ok().filter(|_| yaml)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_name_one_lab_of_a_class() {
        for (path, wanted) in [
            ("class.yaml:s07", Some(("class.yaml", "s07"))),
            (r"C:\kelas\class.yml:budi-2", Some((r"C:\kelas\class.yml", "budi-2"))),
            (r"C:\kelas\class.yaml", None),
            ("class.yaml", None),
            ("class.yaml:", None),
            ("10.0.0.1:s07", None),
        ] {
            let found = student_at(Path::new(path));
            let found = found.as_ref().map(|(file, id)| (file.to_str().unwrap(), id.as_str()));
            assert_eq!(found, wanted, "{path}");
        }
    }
}
