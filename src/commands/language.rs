//! The language of a page.

use crate::languages::{ALL, Language};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// The language of a page.
#[derive(Debug, Clone, Args)]
pub struct LanguageArgs {
    /// The language; by default, that of the system
    #[arg(long, value_name = "LANGUAGE", value_parser = code())]
    lang: Option<&'static Language>,
}

impl LanguageArgs {
    /// The requested language; by default, that of the system's locale.
    pub fn language(&self) -> &'static Language {
        let locales = || ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok());
        self.lang
            .unwrap_or_else(|| Language::of_locale(&locales().find(|locale| !locale.is_empty()).unwrap_or_default()))
    }
}

fn code() -> impl TypedValueParser<Value = &'static Language> {
    let codes = ALL.iter().map(|language| PossibleValue::new(language.code).help(language.name));
    PossibleValuesParser::new(codes).map(|code| Language::of_code(&code).unwrap_or(ALL[0]))
}
