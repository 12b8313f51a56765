//! Texts that may contain `{{ … }}`, and the names they may use. An undefined name is found before any connection.

use crate::config::library::Library;
use crate::config::yaml::Node;
use crate::model::problem::{Location, Problem, Source};
use crate::model::quote::{quote, taken_apart};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value};
use serde_json::Map;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

/// Names and values for templates. Hosts with the same values share one.
#[derive(Debug)]
pub struct TemplateNames {
    json: Map<String, serde_json::Value>,
    value: Value,
    asked: AtomicBool,
}

impl TemplateNames {
    /// Converts the values once, for every template that will use them.
    pub fn new(json: Map<String, serde_json::Value>) -> Arc<Self> {
        let value = Value::from(minijinja::value::Serde(&json));
        Arc::new(Self { json, value, asked: AtomicBool::new(false) })
    }

    /// Whether any template has used one of them.
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    fn holds(&self, name: &str) -> bool {
        let holds = self.json.contains_key(name);
        if holds {
            self.asked.store(true, Ordering::Relaxed);
        }
        holds
    }
}

/// The names that templates may use for one host, in layers: later ones hide earlier ones.
pub struct Scope<'a> {
    layers: Layers,
    library: &'a Library,
}

#[derive(Debug, Clone)]
struct Layers(Vec<Arc<TemplateNames>>);

impl Layers {
    fn of(&self, name: &str) -> Option<&Arc<TemplateNames>> {
        self.0.iter().rev().find(|names| names.holds(name))
    }
}

impl minijinja::value::Object for Layers {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.of(key.as_str()?)?.value.get_item(key).ok()
    }
}

impl<'a> Scope<'a> {
    /// A scope of these names, with the templates of `library`.
    pub fn new(names: Map<String, serde_json::Value>, library: &'a Library) -> Self {
        Self::layered([TemplateNames::new(names)], library)
    }

    /// A scope of several layers: later ones hide earlier ones.
    pub fn layered(layers: impl IntoIterator<Item = Arc<TemplateNames>>, library: &'a Library) -> Self {
        Self { layers: Layers(layers.into_iter().collect()), library }
    }

    /// This scope with one more name.
    pub fn with(&self, name: &str, value: serde_json::Value) -> Scope<'a> {
        let more = TemplateNames::new(Map::from_iter([(name.to_owned(), value)]));
        Scope { layers: Layers(self.layers.0.iter().cloned().chain([more]).collect()), library: self.library }
    }

    /// A value by its dotted name, such as `app.files`.
    pub fn value(&self, path: &str) -> Option<&serde_json::Value> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let value = self.layers.of(first)?.json.get(first)?;
        rest.map_or(Some(value), |rest| rest.split('.').try_fold(value, |value, key| value.get(key)))
    }

    fn names(&self) -> Value {
        Value::from_object(self.layers.clone())
    }

    /// Renders a text of a playbook.
    ///
    /// # Errors
    /// An undefined name, at the place of the text.
    pub fn text(&self, node: &Node) -> Result<String, Box<Problem>> {
        self.rendered(node, &ENVIRONMENT)
    }

    /// A rendered name for reports; as written where it does not render.
    pub fn label(&self, name: &str) -> String {
        let rendered = ENVIRONMENT.render_str(name, self.names());
        rendered.unwrap_or_else(|_| name.to_owned())
    }

    /// Renders a line of shell: every value in it becomes one quoted word, whatever it holds.
    ///
    /// # Errors
    /// A value that would not stay one word, such as inside quotes; an undefined name. Both at the place of the text.
    pub fn shell(&self, node: &Node) -> Result<String, Box<Problem>> {
        if let Some(own) = node.verbatim() {
            return Ok(own.to_owned());
        }
        let text = node.text().unwrap_or_default();
        let holes: Vec<Range<usize>> = text
            .match_indices("{{")
            .map(|(at, _)| at..text[at..].find("}}").map_or(text.len(), |end| at + end + 2))
            .collect();
        if let Some((hole, why)) = taken_apart(text, &holes) {
            // Places are those of the file, where the text may be written otherwise.
            let value = &text[hole];
            let what = format!("`{value}` stands {why}: it would not stay one word there");
            let hint = format!("write {value} by itself, without quotes: labctl quotes it");
            return Err(Box::new(Problem { location: node.location.clone(), what, hint: Some(hint) }));
        }
        self.rendered(node, &SHELL)
    }

    fn rendered(&self, node: &Node, environment: &Environment<'_>) -> Result<String, Box<Problem>> {
        let text = node.text().unwrap_or_default();
        if !text.contains("{{") && !text.contains("{%") && !text.contains("{#") {
            return Ok(text.to_owned());
        }
        environment.render_str(text, self.names()).map_err(|error| Box::new(problem(&error, &node.location)))
    }

    /// Renders a file of `templates/`, and says from which line of it each line came.
    ///
    /// # Errors
    /// No such template (at the place that named it), or a mistake in it (at its place in the template).
    pub fn template(&self, name: &str, location: &Location) -> Result<Rendered, Box<Problem>> {
        let Some(source) = self.library.template(name) else {
            let near = crate::model::problem::did_you_mean(name, self.library.templates());
            let known: Vec<&str> = self.library.templates().collect();
            let hint =
                near.map_or_else(|| format!("there are: {}", known.join(", ")), |n| format!("did you mean `{n}`?"));
            let what = format!("there is no template `{name}`");
            return Err(Box::new(Problem { location: location.clone(), what, hint: Some(hint) }));
        };
        self.file(source)
    }

    /// Renders a whole file.
    ///
    /// # Errors
    /// A mistake in it, at its place.
    pub fn file(&self, source: &Arc<Source>) -> Result<Rendered, Box<Problem>> {
        let render = |text: &str| environment().render_str(text, self.names());
        let whole = Location { source: source.clone(), span: 0..0 };
        let content = render(&source.text).map_err(|error| Box::new(problem(&error, &whole)))?;
        // The same once more with a mark at the end of every line shows where each line comes from. Should the
        // marked text not render, the lines are simply unknown: nothing depends on them but a message.
        let lines = render(&marked(&source.text)).map(|text| origins(&text)).unwrap_or_default();
        Ok(Rendered { template: source.clone(), content, lines })
    }
}

/// A file made from a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The template it was made from.
    pub template: Arc<Source>,
    /// The content after every `{{ … }}` is filled in.
    pub content: String,
    /// For each line of the content the line of the template it came from, counted from 1.
    pub lines: Vec<usize>,
}

/// Adds a problem if `node` has a mistake in its `{{ … }}`. Called while reading, before any value is known.
pub fn check_syntax(node: &Node, problems: &mut crate::model::problem::Problems) {
    if let Some(text) = node.text()
        && let Err(error) = ENVIRONMENT.template_from_str(text)
    {
        problems.0.push(problem(&error, &node.location));
    }
    for item in node.items() {
        check_syntax(item, problems);
    }
    for (_, value) in node.pairs() {
        check_syntax(value, problems);
    }
}

/// The engine for texts and files.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// The engine for lines of shell.
static SHELL: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = environment();
    environment.set_formatter(|out, _, value| out.write_str(&quote(&value.to_string())).map_err(Error::from));
    environment
});

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // A loop over loops ends; a class of 300 hosts with a page each needs less than a hundredth of this.
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    if let Ok(syntax) = syntax.build() {
        environment.set_syntax(syntax);
    }
    environment.add_filter("word", |text: String| -> Result<String, Error> {
        match text.chars().find(|c| c.is_control() || c.is_whitespace() || ";{}\"'\\$#".contains(*c)) {
            None if !text.is_empty() => Ok(text),
            found => {
                let what = found.map_or("it is empty".to_owned(), |c| format!("it contains {c:?}"));
                let detail = format!("`{text}` cannot be used as one word here: {what}");
                Err(Error::new(minijinja::ErrorKind::InvalidOperation, detail))
            }
        }
    });
    environment
}

/// A mistake of the template engine at its place. Never its debug form: that prints every variable in scope.
fn problem(error: &Error, location: &Location) -> Problem {
    let written = location.source.text.get(location.span.clone()).unwrap_or_default();
    let whole = location.span.is_empty();
    let (written, offset) = if whole { (location.source.text.as_str(), 0) } else { (written, location.span.start) };
    // The engine saw the text without its quotes, or without the indentation of its block.
    let quote = usize::from(!whole && written.starts_with(['"', '\'']));
    let seen = error.template_source().unwrap_or(written);
    let range = error.range().unwrap_or_default();
    let named = seen.get(range.clone()).unwrap_or_default();
    let at = match written.get(range.start + quote..range.end + quote) {
        Some(same) if same == named => Some(range.start + quote),
        _ => written.find(named),
    };
    let span = match at {
        Some(at) if !named.is_empty() => offset + at..offset + at + named.len(),
        _ => location.span.clone(),
    };
    let (what, hint) = match error.kind() {
        minijinja::ErrorKind::UndefinedError => (
            format!("`{}` is not defined", named.trim()),
            Some("define it under `vars:` in the inventory, or correct its name".to_owned()),
        ),
        kind => (error.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}")), None),
    };
    Problem { location: Location { source: location.source.clone(), span }, what, hint }
}

/// How many instructions one text or template may take: some seconds at most.
const FUEL: u64 = 20_000_000;

const MARK: char = '\u{1}';

/// A template with the number of each line at its end, where that changes nothing else: not inside of a tag, and not
/// behind a block tag, whose line end is trimmed.
fn marked(template: &str) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut inside: Option<&str> = None;
    for (n, line) in template.split('\n').enumerate() {
        let mut rest = line;
        while let Some(at) = inside
            .map_or_else(|| ["{{", "{%", "{#"].iter().filter_map(|tag| rest.find(tag)).min(), |end| rest.find(end))
        {
            inside = match inside {
                Some(_) => None,
                None if rest[at..].starts_with("{{") => Some("}}"),
                None if rest[at..].starts_with("{%") => Some("%}"),
                None => Some("#}"),
            };
            rest = &rest[at + 2..];
        }
        if n > 0 {
            out.push('\n');
        }
        out.push_str(line);
        if inside.is_none() && !line.ends_with("%}") && !line.ends_with("#}") {
            out.push_str(&format!("{MARK}{}{MARK}", n + 1));
        }
    }
    out
}

/// The numbers that [`marked`] put in, one for each line of the rendered text.
fn origins(rendered: &str) -> Vec<usize> {
    let mut last = 1;
    rendered
        .lines()
        .map(|line| {
            if let Some(n) = line.split(MARK).nth(1).and_then(|n| n.parse().ok()) {
                last = n;
            }
            last
        })
        .collect()
}

#[cfg(test)]
#[path = "scope_tests.rs"]
mod tests;
