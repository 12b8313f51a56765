//! A plan, for people and for programs: what goes where, after what.

use crate::planning::plan::Plan;
use serde_json::json;

/// Each script with what it waits for and its tasks; in detail, with what is called.
pub fn plan_text(plan: &Plan, verbose: bool) -> String {
    let mut out = format!("{}: {} scripts\n", plan.lab, plan.jobs.len());
    for (n, job) in plan.jobs.iter().enumerate() {
        let steps: Vec<&str> = job.steps.iter().map(|step| step.name.as_str()).collect();
        let needs: Vec<String> = job
            .needs
            .iter()
            .map(|id| &plan.jobs[id.0])
            .filter(|needed| needed.host != job.host)
            .map(|needed| format!("{} on {}", needed.steps.last().map_or("", |s| s.name.as_str()), needed.host))
            .collect();
        let after = if needs.is_empty() { String::new() } else { format!("   after {}", needs.join(", ")) };
        out.push_str(&format!("\n  {}. {}: {}{after}\n", n + 1, job.host, steps.join(", ")));
        for task in job.tasks() {
            out.push_str(&format!("       {:<10} {}\n", task.task.step, task.task.task));
            if verbose {
                out.push_str(&format!("                  {} {:?}\n", task.call.shell.verb, task.call.words));
            }
        }
    }
    out
}

/// One line of JSON.
pub fn plan_json(plan: &Plan) -> String {
    let jobs: Vec<_> = plan
        .jobs
        .iter()
        .map(|job| {
            let tasks: Vec<_> = job.tasks().map(|t| json!({"step": t.task.step, "task": t.task.task})).collect();
            json!({"host": job.host, "needs": job.needs.iter().map(|id| id.0).collect::<Vec<_>>(), "tasks": tasks})
        })
        .collect();
    format!("{}\n", json!({"lab": plan.lab, "steps": plan.steps, "jobs": jobs}))
}
