# shellcheck shell=sh disable=SC2154
# A repository that cannot be had: what is to be corrected in the inventory.
# Defines git_shown, git_refused, git_no_version. Uses git_look.sh, git_fetch.sh; repo, version, user, work.

# The repository's address, as far as it may be shown.
git_shown() { printf '%s\n' "$repo" | sed 's#^\([a-z+]*://\)[^/@]*:[^/@]*@#\1#'; }

# git_refused: ends the task; $work/git.said is what git said about the repository.
git_refused() {
    git_said=$(cat "$work/git.said") git_at=$(git_shown)
    git_host=$(git_plain "$repo") git_path=$git_host git_host=${git_host%%[:/]*}
    case $git_said in
    *'Permission denied (publickey'* | *'Host key verification failed'*)
        fail "$git_at is asked for over SSH, and $user has no key here that $git_host knows. In the inventory, write app.repo with https: https://$git_path" ;;
    *'Could not resolve host'* | *'Name or service not known'* | *'nodename nor servname'*)
        if as "$user" getent hosts example.com >/dev/null; then
            fail "there is no host $git_host: correct the spelling of app.repo in the inventory ($git_at)"
        fi ;;
    *'could not read Username'* | *'could not read Password'* | *'Authentication failed'* | *'returned error: 401'* | *'returned error: 403'*)
        fail "$git_host gives nobody $git_at without a password: it is private, or does not exist. Correct the spelling of app.repo in the inventory; or clone it on your own computer, and write that folder as app.repo" ;;
    *'returned error: 404'* | *"' not found"* | *'Repository not found'* | *'does not appear to be a git repository'* | *"' does not exist"*)
        fail "there is no repository at $git_at: correct the spelling of app.repo in the inventory" ;;
    esac
    fail "cannot reach $git_at (as $user): see git's words above"
}

# git_no_version: ends the task; the repository is there, and has no such branch or tag.
git_no_version() {
    git_has_branches=$(git_as timeout 20 git ls-remote --heads "$repo" 2>/dev/null | sed 's#.*refs/heads/##' | head -n 12 | tr '\n' ' ')
    fail "$(git_shown) has no branch, tag or commit $version: correct app.version in the inventory${git_has_branches:+; its branches are: ${git_has_branches% }}"
}
