//! What is said of a test that cannot be made here.

/// Says why a test is passed over. Where `CI` is set this is a failure: what tests need is installed there, and a test that is
/// passed over in silence proves nothing.
#[allow(clippy::print_stderr)] // where tests tell it
pub fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "in CI no test is passed over: {why}");
    eprintln!("SKIPPED: {why}");
}
