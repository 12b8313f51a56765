//! The keys of a class file: reading checks against this table, and editors get it as JSON Schema.

use crate::config::shape::{Field, Shape, field, required};
use crate::model::name::machine;

const LATE: &[Field] = &[
    required("within", Shape::Duration, "how long after it was due, such as 24h"),
    required("keep", Shape::Text, "what is left of points that are gained then, such as 90%"),
];

/// The top-level keys of a class file.
pub const CLASS: &[Field] = &[
    required("class", Shape::Text, "the class's name, such as `class: devops-3a`"),
    required("inventory", Shape::Name(&machine::LINE), "one student's lab, such as `inventory: lab.yaml`"),
    field("roster", Shape::Name(&machine::LINE), "the table of students: what Moodle or Canvas exports, or your own"),
    field("students", Shape::List(&Shape::Any), "the students, with the keys that a roster has as columns"),
    field("exercise", Shape::Name(&machine::LINE), "what they do: an exercise that ships with labctl, or a file"),
    field("start", Shape::Text, "the step that `up` brings every lab to (none: bare machines)"),
    field("due", Shape::Text, "when it is due, such as 2026-12-04T17:00+07:00"),
    field("late", Shape::List(&Shape::Map(LATE)), "what is left of points that are gained later (nothing)"),
    field("keep", Shape::Choice(&["best", "last"]), "which attempt counts (best)"),
];

/// The JSON Schema of a class file.
pub fn schema() -> serde_json::Value {
    let mut schema = Shape::Map(CLASS).schema();
    if let Some(map) = schema.as_object_mut() {
        map.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
        map.insert("title".into(), "labctl class".into());
    }
    schema
}
