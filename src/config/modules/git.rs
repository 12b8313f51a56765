//! A checkout of the application's repository. Local changes in it are kept.

use super::{Args, Call, Limits, ManualStep, Module, Operator, Piece, Purpose, Shell, Word, written};
use crate::config::payload::{Content, NoRepository, Payload};
use crate::config::shape::{Shape, field, required};
use crate::model::name::machine::BELOW;
use crate::model::problem::Problem;
use std::path::Path;

/// `git: { repo: https://…, version: master, dest: ~/x }`
pub const MODULE: Module = Module {
    name: "git",
    doc: "a repository is checked out at a version; files that a person changed in it stay",
    example: "  - git: { repo: \"{{ app.repo }}\", version: \"{{ app.version }}\", dest: \"{{ app.dir }}\" }\n",
    shape: Shape::Map(&[
        required("repo", Shape::Text, "a URL, or a folder or bare repository on the controller"),
        required("version", Shape::Text, "a branch, tag or commit"),
        required("dest", Shape::Text, "where it is checked out"),
        field("overlay", Shape::Text, "the variable that maps declared files of the checkout to templates"),
        field("user", Shape::Text, "whose checkout it is (the lab's user)"),
    ]),
    shell: Shell::new("git", include_str!("git.sh")).with(&[
        Piece::Shell(include_str!("git_look.sh")),
        Piece::Shell(include_str!("git_fetch.sh")),
        Piece::Shell(include_str!("git_refused.sh")),
        Piece::Shell(include_str!("git_move.sh")),
    ]),
    limits: Limits::LONG,
    label: |node| format!("check out {}", written(node, "repo")),
    call,
    by_hand,
};

fn call(args: &Args<'_>) -> Result<Call, Box<Problem>> {
    let (repo, version) = (args.text("repo")?, args.text("version")?);
    for (key, text) in [("repo", &repo), ("version", &version)] {
        if text.starts_with('-') || text.contains(char::is_control) {
            let what = format!("`{}` is not a valid {key}", text.escape_debug());
            return Err(args.problem(key, what, "it cannot start with `-`, and must be one line"));
        }
    }
    let mut payloads = Vec::new();
    let mut commit = String::new();
    if !is_url(&repo) {
        let found = args.stock.repository(Path::new(&repo), &version).map_err(|error| {
            let (key, hint) = match error {
                NoRepository::NoFolder(_) | NoRepository::NotInStock(_) => {
                    ("repo", "give a git URL, or a folder on this computer (relative to the inventory)")
                }
                NoRepository::NoVersion { .. } => ("version", "name one that it has"),
                NoRepository::Unusable(_) => {
                    ("repo", "labctl keeps a copy in .labctl beside the inventory: may you write there?")
                }
            };
            args.problem(key, error.to_string(), hint)
        })?;
        commit.clone_from(&found.commit);
        let content = Content::Repository { git_dir: found.git_dir, commit: found.commit };
        payloads.push(Payload { id: format!("repository-{}", &commit[..commit.len().min(12)]), content });
    }
    let payload = payloads.first().map_or("", |p| p.id.as_str());
    let mut words: Vec<Word> =
        vec![args.user()?, args.path("dest")?, repo.into(), version.into(), commit.into(), payload.into()];
    words.extend(overlay(args)?.into_iter().map(|(path, _)| path.into()));
    Ok(Call { payloads, ..Call::new(MODULE.shell, words) })
}

/// The declared files of a checkout: path, template.
pub(super) fn overlay(args: &Args<'_>) -> Result<Vec<(String, String)>, Box<Problem>> {
    let files = args.variable("overlay")?.as_object().cloned().unwrap_or_default();
    files
        .into_iter()
        .map(|(path, template)| match template.as_str() {
            Some(template) if (BELOW.holds)(&path) => Ok((path, template.to_owned())),
            _ => {
                let what = format!("`{}` is not a file inside the checkout", path.escape_debug());
                Err(args.problem("overlay", what, "write `src/config/api.js: name-of-a-template`"))
            }
        })
        .collect()
}

/// Whether a repository is somewhere else: `https://…`, `git@host:path`.
fn is_url(repo: &str) -> bool {
    repo.contains("://") || repo.split_once(':').is_some_and(|(host, _)| host.contains('@') && !host.contains('/'))
}

fn by_hand(call: &Call, typist: &Operator) -> Vec<ManualStep> {
    let (dest, repo, version) = (call.typed(1), call.typed(2), call.typed(3));
    let hash = |text: &str| text.len() >= 7 && text.chars().all(|c| c.is_ascii_hexdigit());
    let Some(Content::Repository { git_dir, commit }) = call.payloads.first().map(|payload| &payload.content) else {
        return vec![ManualStep::there(
            Purpose::Clone,
            match call.word(3) {
                "" => format!("git clone {repo} {dest}"),
                word if hash(word) => format!("git clone {repo} {dest}\ngit -C {dest} checkout {version}"),
                _ => format!("git clone -b {version} {repo} {dest}"),
            },
        )];
    };
    // The repository is on the teacher's computer only: it travels as one file, a bundle.
    let name = call.word(1).trim_end_matches('/').rsplit('/').next().unwrap_or("app");
    let bundle = Word::Path(format!("{name}.bundle")).typed();
    let send = format!(
        "git --git-dir={} bundle create {bundle} --branches --tags\nscp {}{bundle} {}:/tmp/{bundle}",
        Word::Path(git_dir.display().to_string()).typed(),
        typist.options,
        typist.login,
    );
    let checkout = if version.is_empty() || commit.starts_with(call.word(3)) {
        format!("git -C {dest} checkout -q {commit}")
    } else {
        format!("git -C {dest} checkout -q -B {version} {commit}")
    };
    let clone = format!("git clone -q --no-checkout /tmp/{bundle} {dest}\n{checkout}");
    vec![ManualStep::here(Purpose::Bundle, send), ManualStep::there(Purpose::CloneBundle, clone)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_folders_are_told_apart() {
        for url in ["https://h/x", "git@github.com:a/b.git", "ssh://h/x", "file:///srv/x.git"] {
            assert!(is_url(url), "{url}");
        }
        for folder in ["../app", "/srv/app.git", "C:/x", "app"] {
            assert!(!is_url(folder), "{folder}");
        }
    }

    fn typed(repo: &str, version: &str, payloads: Vec<Payload>) -> Vec<String> {
        let words = [Word::User, Word::Path("~/app".into()), repo.into(), version.into(), "".into(), "".into()];
        let call = Call { payloads, ..Call::new(MODULE.shell, words) };
        let typist = Operator { login: "student@10.0.0.2".into(), options: "-P 22 ".into(), ..Operator::default() };
        by_hand(&call, &typist).into_iter().map(|by_hand| by_hand.command).collect()
    }

    #[test]
    fn a_person_clones_from_where_the_repository_is() {
        assert_eq!(typed("https://h/x", "main", vec![]), ["git clone -b main https://h/x ~/app"]);
        let commit = "0123456789abcdef";
        assert_eq!(
            typed("https://h/x", commit, vec![]),
            [format!("git clone https://h/x ~/app\ngit -C ~/app checkout {commit}")]
        );
        let content = Content::Repository { git_dir: "/srv/x.git".into(), commit: commit.into() };
        assert_eq!(
            typed("/srv/x.git", "main", vec![Payload { id: "repository".into(), content }]),
            [
                "git --git-dir=/srv/x.git bundle create app.bundle --branches --tags\nscp -P 22 app.bundle student@10.0.0.2:/tmp/app.bundle".to_owned(),
                format!("git clone -q --no-checkout /tmp/app.bundle ~/app\ngit -C ~/app checkout -q -B main {commit}"),
            ]
        );
    }
}
