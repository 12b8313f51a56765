//! What should hold: playbooks of tasks. A step is a playbook, and its file name is its name everywhere.

mod read;

pub use read::{order, read, read_library, read_text};

use crate::config::modules::{self, Module};
use crate::config::yaml::{Node, ScalarKind, Value};
use crate::model::event::Component;
use crate::model::name::{HandlerName, StepName};
use crate::model::problem::{Location, Source};
use std::time::Duration;

/// A step: tasks for some hosts.
#[derive(Debug, Clone)]
pub struct Playbook {
    /// The file's name without `.yaml`.
    pub name: StepName,
    /// What it is for, in a sentence.
    pub about: String,
    /// The group or host it is for, `all`, or `controller`.
    pub hosts: String,
    /// Where `hosts` is written.
    pub location: Location,
    /// Steps that must be finished on *other* hosts first.
    pub needs: Vec<StepName>,
    /// Whether what it changes interrupts an application that serves: then hosts that serve are changed one after the other.
    pub rolling: bool,
    /// The tasks, in the order in which they run.
    pub tasks: Vec<Task>,
    /// What to do, at the end of the step, when a task that notifies it changed something.
    pub handlers: Vec<Handler>,
}

/// One piece of desired state.
#[derive(Debug, Clone)]
pub struct Task {
    /// What reports call it.
    pub name: String,
    /// Knows how to see and to make it.
    pub module: &'static Module,
    /// What exactly must hold.
    pub args: Node,
    /// Runs at the end of the step if this task changed something.
    pub notify: Option<HandlerName>,
    /// How long it may take, if not the module's own limit.
    pub timeout: Option<Duration>,
}

impl Task {
    /// What of the lab it makes or proves.
    pub fn component(&self) -> Option<Component> {
        modules::component(self.module, &self.args)
    }
}

impl Playbook {
    /// Lets the web server do what this computer would: for a question that both can ask.
    pub fn ask_on_web(&mut self) {
        if self.hosts == "controller" && self.tasks.iter().all(|task| task.module.is_for_machines()) {
            "web".clone_into(&mut self.hosts);
        }
    }

    /// Whether one of its tasks makes or proves this component of the lab.
    pub fn has(&self, component: Component) -> bool {
        self.tasks.iter().any(|task| task.component() == Some(component))
    }
}

/// A shell line that follows a change.
#[derive(Debug, Clone)]
pub struct Handler {
    /// The name that tasks notify.
    pub name: HandlerName,
    /// The line. Values in it are quoted.
    pub run: Node,
    /// Who runs it; root if nobody is named.
    pub user: Option<Node>,
}

/// A playbook of a single command for all hosts, as the lab's user: what `labctl exec` runs.
pub fn one_command(line: &str) -> Playbook {
    let source = Source::new("labctl exec", line);
    let location = Location { span: 0..line.len(), source };
    let scalar = |text: &str, kind| Node::made(&location, Value::Scalar(text.to_owned(), kind));
    let text = |text: &str| scalar(text, ScalarKind::Text);
    // The line is the user's own words to a shell, not a template.
    let args = Value::Map(vec![(text("run"), scalar(line, ScalarKind::Verbatim)), (text("user"), text(""))]);
    Playbook {
        name: StepName::exec(),
        about: "run one command".to_owned(),
        hosts: "all".to_owned(),
        location: location.clone(),
        needs: Vec::new(),
        rolling: false,
        tasks: vec![Task {
            name: line.to_owned(),
            module: &modules::COMMAND,
            args: Node::made(&location, args),
            notify: None,
            timeout: None,
        }],
        handlers: Vec::new(),
    }
}

/// A playbook that only looks around on all hosts: what `labctl doctor` puts behind the steps.
pub fn diagnostics() -> Playbook {
    let source = Source::new("labctl doctor", "");
    let location = Location { span: 0..0, source };
    let task = Task {
        name: modules::DIAGNOSTICS.doc.to_owned(),
        module: &modules::DIAGNOSTICS,
        args: Node::made(&location, Value::Map(Vec::new())),
        notify: None,
        timeout: None,
    };
    Playbook {
        name: StepName::doctor(),
        about: "look around".to_owned(),
        hosts: "all".to_owned(),
        location,
        needs: Vec::new(),
        rolling: false,
        tasks: vec![task],
        handlers: Vec::new(),
    }
}
