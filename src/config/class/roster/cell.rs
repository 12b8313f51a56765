//! What a file says of a student in one place.

use super::columns::Column;
use crate::model::problem::Location;

/// What a file says of a student in one place.
#[derive(Debug, Clone)]
pub struct Cell {
    /// What it is about.
    pub column: Column,
    /// What it says, without blanks around it, and never nothing.
    pub text: String,
    /// Where it stands.
    pub location: Location,
}
