//! Handlers run after a change. A handler is state, not an event: a mark is set before the change that needs it, and goes
//! only when the handler has run, so that neither a crash nor a later failure can lose it.

use super::{Call, Limits, ManualStep, Module, Purpose, Shell, Word};
use crate::config::playbook::Handler;
use crate::config::scope::Scope;
use crate::config::shape::Shape;
use crate::model::name::{HandlerName, StepName};
use crate::model::problem::Problem;

/// Not for playbooks: the planner puts handlers at the end of their step.
pub const MODULE: Module = Module {
    name: "handler",
    doc: "what was notified has been done",
    example: "",
    shape: Shape::Any,
    shell: Shell::new("handler", include_str!("handler.sh")),
    limits: Limits::seconds(300, 300),
    label: |_| "handler".into(),
    call: |args| Err(args.problem("", "a handler cannot be a task", "write it under `handlers:`")),
    by_hand: |call, _| {
        vec![ManualStep::there(
            Purpose::Run,
            match &call.words[1] {
                Word::User => call.word(2).to_owned(),
                user => format!("sudo -u {} sh -c {}", user.typed(), call.typed(2)),
            },
        )]
    },
};

/// What the mark of a handler is called. Two steps may have a handler of one name: neither does the other's work.
pub fn mark(step: &StepName, handler: &HandlerName) -> String {
    format!("{step}.{handler}")
}

/// The call of a handler.
///
/// # Errors
/// An undefined name in its line.
pub fn call(handler: &Handler, step: &StepName, scope: &Scope<'_>) -> Result<Call, Box<Problem>> {
    let user = handler.user.as_ref().map_or_else(|| Ok("root".to_owned()), |node| scope.text(node))?;
    let user = if user.is_empty() { Word::User } else { user.into() };
    Ok(Call::new(MODULE.shell, [mark(step, &handler.name).into(), user, scope.shell(&handler.run)?.into()]))
}
