//! What a task says, seen from one host.

use super::Word;
use crate::config::payload::Stock;
use crate::config::scope::Scope;
use crate::config::yaml::Node;
use crate::model::name::machine::{self, Rule};
use crate::model::problem::{Location, Problem};

/// What a task says, seen from one host.
pub struct Args<'a> {
    /// The value in the playbook, as written.
    pub node: &'a Node,
    /// The names that its texts may use.
    pub scope: &'a Scope<'a>,
    /// What the controller has.
    pub stock: &'a dyn Stock,
}

impl Args<'_> {
    /// A field's text, rendered; `default` if it is left out.
    ///
    /// # Errors
    /// A template in it is wrong.
    pub fn text_or(&self, key: &str, default: &str) -> Result<String, Box<Problem>> {
        self.node.get(key).map_or_else(|| Ok(default.to_owned()), |node| self.scope.text(node))
    }

    /// A field's text, rendered; empty if it is left out.
    ///
    /// # Errors
    /// A template in it is wrong.
    pub fn text(&self, key: &str) -> Result<String, Box<Problem>> {
        self.text_or(key, "")
    }

    /// A boolean field, rendered; `true` if it is left out.
    ///
    /// # Errors
    /// A template in it is wrong, or it is neither true nor false.
    pub fn truth(&self, key: &str) -> Result<bool, Box<Problem>> {
        // A template writes truth as Python does: `True`.
        match self.text_or(key, "true")?.to_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            text => Err(self.problem(key, format!("`{text}` is not a boolean"), "write true or false")),
        }
    }

    /// The texts of a list, rendered.
    ///
    /// # Errors
    /// A template in one of them is wrong.
    pub fn texts(&self, node: &Node) -> Result<Vec<String>, Box<Problem>> {
        match node.text() {
            Some(_) => Ok(vec![self.scope.text(node)?]),
            None => node.items().iter().map(|item| self.scope.text(item)).collect(),
        }
    }

    /// The value of the variable that a field names, such as `files: app.files`.
    ///
    /// # Errors
    /// There is no such variable.
    pub fn variable(&self, key: &str) -> Result<&serde_json::Value, Box<Problem>> {
        let Some(node) = self.node.get(key) else { return Ok(&serde_json::Value::Null) };
        let name = node.text().unwrap_or_default();
        self.scope
            .value(name)
            .ok_or_else(|| self.problem(key, format!("`{name}` is not defined"), "name a variable of the inventory"))
    }

    /// The items of the list of sites that a field names. A user's own list may hold more than sites have.
    ///
    /// # Errors
    /// There is no such variable.
    pub fn listed(&self, key: &str) -> Result<&[serde_json::Value], Box<Problem>> {
        Ok(self.variable(key)?.as_array().map(Vec::as_slice).unwrap_or_default())
    }

    /// A field's text, rendered, if it is a name of that kind.
    ///
    /// # Errors
    /// It is not a name of that kind, or a template in it is wrong.
    pub fn name(&self, key: &str, rule: &Rule) -> Result<Word, Box<Problem>> {
        self.named(key, self.text(key)?, rule).map(Word::Text)
    }

    /// A text of a field, if it is a name of that kind.
    ///
    /// # Errors
    /// It is not a name of that kind.
    pub fn named(&self, key: &str, text: String, rule: &Rule) -> Result<String, Box<Problem>> {
        if (rule.holds)(&text) {
            return Ok(text);
        }
        Err(self.problem(
            key,
            format!("`{}` is not allowed here", text.escape_debug()),
            &format!("write {}", rule.what),
        ))
    }

    /// A field's path on the host, rendered.
    ///
    /// # Errors
    /// It is not a path that says where it leads, or a template in it is wrong.
    pub fn path(&self, key: &str) -> Result<Word, Box<Problem>> {
        self.named(key, self.text(key)?, &machine::PATH).map(Word::Path)
    }

    /// Who owns the file at a path: whom the field `owner` names, else the lab's user in their home, else root.
    ///
    /// # Errors
    /// The field `owner` does not hold a user name.
    pub fn owner(&self) -> Result<Word, Box<Problem>> {
        let in_home = self.text("path")?.starts_with("~/");
        Ok(match self.text("owner")? {
            owner if !owner.is_empty() => Word::Text(self.named("owner", owner, &machine::USER)?),
            _ if in_home => Word::User,
            _ => "root".into(),
        })
    }

    /// The user of a task as a word: the lab's user if none is written.
    ///
    /// # Errors
    /// The field does not hold a user name.
    pub fn user(&self) -> Result<Word, Box<Problem>> {
        let user = self.text("user")?;
        if user.is_empty() { Ok(Word::User) } else { self.named("user", user, &machine::USER).map(Word::Text) }
    }

    /// The place of a field in the playbook, or of the whole task if the field is left out.
    pub fn location(&self, key: &str) -> &Location {
        self.node.get(key).map_or(&self.node.location, |node| &node.location)
    }

    /// A mistake in a field.
    pub fn problem(&self, key: &str, what: impl Into<String>, hint: &str) -> Box<Problem> {
        Box::new(Problem { location: self.location(key).clone(), what: what.into(), hint: Some(hint.to_owned()) })
    }
}
