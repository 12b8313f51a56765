//! Work on several machines at once, and all errors of it as one.

use super::process::trouble;
use crate::infra::machines::MachinesError;
use tokio::task::JoinSet;

/// Waits for all tasks; one that fails does not stop the others.
///
/// # Errors
/// At least one task failed; the error names all that did.
pub async fn joined(mut tasks: JoinSet<Result<(), MachinesError>>) -> Result<(), MachinesError> {
    let mut seen = Vec::new();
    while let Some(result) = tasks.join_next().await {
        match result {
            Ok(Ok(())) => {}
            Ok(Err(error)) => seen.push(error),
            Err(error) => seen.push(trouble(format!("a task ended unexpectedly: {error}"))),
        }
    }
    all_of(seen)
}

/// Several errors as one that names them all.
///
/// # Errors
/// There is at least one error.
pub fn all_of(errors: Vec<MachinesError>) -> Result<(), MachinesError> {
    if errors.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = errors.iter().map(|error| error.reason.clone()).collect();
    Err(MachinesError { reason: reasons.join("\n"), hints: errors.into_iter().flat_map(|error| error.hints).collect() })
}
