//! Colours that programs print for terminals (ECMA-48, "SGR"): no part of what they say.

/// How many bytes behind an escape character belong to it, if it only sets a colour or ends a coloured line; else 0. What
/// moves or clears is something else, and is for the reader to see.
pub fn code(behind: &str) -> usize {
    let Some(numbers) = behind.strip_prefix('[') else { return 0 };
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':').unwrap_or(numbers.len());
    if end <= 32 && numbers[end..].starts_with(['m', 'K']) { end + 2 } else { 0 }
}
