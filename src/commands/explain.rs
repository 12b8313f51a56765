//! explain: the exercise by hand, what each step is for and what to type.

use super::first_inventory;
use super::language::LanguageArgs;
use super::output::{self, Color, Format, OutputArgs};
use crate::config::inventory::Setting;
use crate::planning::explain::{html, plain, styled};
use crate::session::error::{Error, ErrorKind};
use crate::session::handbook::Handbook;
use crate::session::open::open_or_example;
use crate::session::options::LabRequest;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A step, or web-server, reverse-proxy, load-balancing (without it, the list; as markdown or html, everything)
    about: Option<String>,
    /// The inventory file (an example)
    #[arg(short, long, env = "LABCTL_INVENTORY")]
    inventory: Option<PathBuf>,
    #[command(flatten)]
    language: LanguageArgs,
    /// The format: text for this terminal, or a handout
    #[arg(long = "as", value_enum, default_value = "text")]
    form: Form,
    /// Override a variable: `app.port=8080`
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<Setting>,
    /// The hosts file of this computer
    #[arg(long, value_name = "PATH", env = "LABCTL_HOSTS_FILE")]
    hosts_file: Option<PathBuf>,
}

/// The format of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Text for this terminal.
    Text,
    /// Markdown, one page after another.
    Markdown,
    /// One self-contained page for a browser.
    Html,
}

pub async fn run(args: ExplainArgs, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let ExplainArgs { about, inventory, language, form, settings, hosts_file } = args;
    let request = LabRequest { inventory, settings, ..LabRequest::default() };
    let (lab, _) = open_or_example(request, output::notices(), first_inventory::LAB)?;
    let (name, language) = (lab.inventory.lab.clone(), language.language());
    let book = Handbook::new(lab, hosts_file, language).await;
    let handed_out = |pages: &[String]| match form {
        Form::Text => show(&pages.join("\n\n"), output),
        Form::Markdown => output::out(&pages.join("\n")),
        Form::Html => output::out(&html(pages, name.as_str(), language)),
    };
    match (&about, output.format, form) {
        (None, Format::Json, _) => output::out(&book.commands(&book.order()?)?),
        (Some(about), Format::Json, _) => output::out(&book.commands(std::slice::from_ref(about))?),
        (None, _, Form::Text) => show(&book.list()?, output),
        (None, _, _) => handed_out(&book.everything()?),
        (Some(about), _, _) => handed_out(&[book.page(about)?]),
    }
    Ok(None)
}

fn show(markdown: &str, output: &OutputArgs) {
    match output.color {
        Color::Never => output::out(&plain(markdown)),
        Color::Always => output::out(&styled(markdown)),
        Color::Auto => output::styled(&styled(markdown)),
    }
}
