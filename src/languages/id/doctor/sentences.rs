//! The sentences of the doctor's causes in Indonesian, by their English templates. `{}` is the next part, `{1}` the second one.

pub const SENTENCES: &[(&str, &str)] = &[];
