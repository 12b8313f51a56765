//! An address that looks like a repository's and is none.

/// What is wrong with an address as `app.repo`, and how to write it; `None` where that cannot be told from here.
pub fn mistake(repo: &str) -> Option<(String, String)> {
    let (scheme, rest) = match repo.split_once("://") {
        Some((scheme @ ("http" | "https"), rest)) => (scheme, rest),
        Some(_) => return None,
        // `github.com/owner/name`, as it stands in a browser.
        None => {
            let (host, path) = repo.split_once('/')?;
            let hosted = host.ends_with(".com") || host.ends_with(".org") || host.ends_with(".id");
            return (hosted && !host.starts_with('.') && !host.contains('@') && path.contains('/'))
                .then(|| (format!("`{repo}` has no scheme"), format!("write `repo: https://{repo}`")));
        }
    };
    // What a browser keeps behind the path is never a part of a repository's address.
    let bare = rest.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = bare.split('/').filter(|part| !part.is_empty()).collect();
    let page = parts.iter().skip(3).position(|part| PAGES.contains(part)).map(|at| at + 3);
    if page.is_none() && bare == rest {
        return None;
    }
    // GitLab puts `/-/` in front of its pages, Gitea writes `/src/branch/NAME`.
    let end = page.unwrap_or(parts.len());
    let own = parts[..end].join("/");
    let own = own.trim_end_matches("/-");
    let word = page.map(|at| if parts[at] == "-" { at + 1 } else { at });
    let word = word.filter(|at| parts.get(*at).is_some_and(|part| BRANCHES.contains(part)));
    let branch = word.and_then(|at| match parts.get(at + 1) {
        Some(&"branch") => parts.get(at + 2),
        next => next,
    });
    let hint = match branch {
        Some(branch) => format!("write `repo: {scheme}://{own}` and `version: {branch}`"),
        None => format!("write `repo: {scheme}://{own}`"),
    };
    Some((format!("`{repo}` is the address of a page, not of a repository"), hint))
}

/// What pages of GitHub, GitLab, Bitbucket and Gitea have behind owner and name.
const PAGES: [&str; 14] = [
    "tree", "blob", "commit", "commits", "pull", "pulls", "issues", "wiki", "releases", "branches", "tags", "actions",
    "src", "-",
];
/// Of these, what a branch follows.
const BRANCHES: [&str; 4] = ["tree", "blob", "commits", "src"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_repository() {
        for (page, hint) in [
            ("https://github.com/a/b/tree/main", "write `repo: https://github.com/a/b` and `version: main`"),
            (
                "https://github.com/a/b/blob/master/package.json",
                "write `repo: https://github.com/a/b` and `version: master`",
            ),
            ("https://github.com/a/b/pull/12/files", "write `repo: https://github.com/a/b`"),
            ("https://github.com/a/b?tab=readme-ov-file", "write `repo: https://github.com/a/b`"),
            ("https://github.com/a/b#readme", "write `repo: https://github.com/a/b`"),
            ("https://gitlab.com/g/sub/b/-/tree/dev", "write `repo: https://gitlab.com/g/sub/b` and `version: dev`"),
            (
                "http://git.campus.ac.id/a/b/src/branch/main",
                "write `repo: http://git.campus.ac.id/a/b` and `version: main`",
            ),
            ("https://bitbucket.org/a/b/src/main/", "write `repo: https://bitbucket.org/a/b` and `version: main`"),
            ("github.com/a/b", "write `repo: https://github.com/a/b`"),
        ] {
            assert_eq!(mistake(page).unwrap_or_default().1, hint, "{page}");
        }
    }

    #[test]
    fn a_repository_is_no_page() {
        for repo in [
            "https://github.com/dumbwaysdev/dumbflix-frontend",
            "https://github.com/a/tree",
            "https://github.com/tree/b.git",
            "http://10.0.0.1:3000/a/b.git",
            "https://gitlab.com/group/sub/project.git",
            "git@github.com:a/b.git",
            "ssh://git@h/a/b/tree/x",
            "file:///srv/a/b/tree/x",
            "../demo",
            "demo",
            "./x.com/a/b",
            "/srv/app.git",
        ] {
            assert_eq!(mistake(repo), None, "{repo}");
        }
    }
}
