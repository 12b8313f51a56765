//! What may stand in a cell: what no spreadsheet computes, and every importer reads as it was meant.

/// A text as it can stand in a cell. Feedback may repeat what a student's machine said, and that must neither be a formula of the
/// teacher's spreadsheet nor drive a terminal.
pub fn harmless(text: &str) -> String {
    let ends = text.replace("\r\n", "\n").replace('\r', "\n");
    let plain: String = ends.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    let plain = plain.trim();
    // PHP takes what follows a backslash for no end of a cell.
    let plain = plain.replace("\\\"", "\\ \"");
    let guard = if computes(&plain) { "'" } else { "" };
    let end = if plain.ends_with('\\') { " " } else { "" };
    format!("{guard}{plain}{end}")
}

/// Whether a spreadsheet would compute a text.
fn computes(text: &str) -> bool {
    let number = || {
        let digits = text.bytes().all(|b| b.is_ascii_digit() || b"+-.".contains(&b));
        digits && text.parse::<f64>().is_ok()
    };
    text.starts_with(['=', '+', '-', '@']) && text != "-" && !number()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::table::written;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, wanted) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("  @SUM(A1)", "'@SUM(A1)"),
            ("\t+1+1", "'+1+1"),
            ("-x", "'-x"),
            ("-inf", "'-inf"),
            ("-", "-"),
            ("-5.5", "-5.5"),
            ("+5", "+5"),
            ("fine = good", "fine = good"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn what_importers_trip_over_is_not_written() {
        assert_eq!(harmless("a\r\nb\rc\u{1b}[2Jd\0e\tf"), "a\nb\nc [2Jd e f");
        assert_eq!(harmless("say \\\"x\\\" at C:\\"), "say \\ \"x\\ \" at C:\\ ");
        assert_eq!(written(&harmless("say \\\"x\\\" at C:\\"), false, b','), "\"say \\ \"\"x\\ \"\" at C:\\ \"");
    }
}
