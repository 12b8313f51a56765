# shellcheck shell=sh disable=SC2154,SC2015,SC2016
# A checkout as it is, and the commit that VERSION means. Nothing is changed here.
# Defines git_as, git_in, git_is_ancestor, git_is_ours, git_has, git_look (sets head, branch, missing), git_want (sets want, kind),
# git_here. Uses files.sh; user, dest, repo, version, commit, payload, work.

# Git as the owner of the files, never asking anybody anything.
git_as() { as "$user" GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -oBatchMode=yes' "$@"; }
git_in() { git_as git -C "$dest" "$@"; }
git_is_ancestor() { git_in merge-base --is-ancestor "$1" "$2" 2>/dev/null; }
# Whether labctl has brought the checkout to this commit, or was about to.
git_is_ours() {
    case "$(git_in for-each-ref --format='%(objectname)' refs/labctl/deployed refs/labctl/previous)" in *"$1"*) ;; *) return 1 ;; esac
}
git_has() { git_in cat-file -e "$1^{commit}" 2>/dev/null; }

# One git process tells: head (empty: no commit yet), branch (empty: detached)
# and missing (tracked files that were deleted; the words are overlays, not counted).
git_look() {
    head='' branch='' missing=''
    git_status=$(git_in -c core.quotePath=off status --porcelain=v2 --branch --untracked-files=no) || return 1
    # For whoever would ask git the same while nothing is changed.
    case "$mode$newline$git_status" in "check$newline"*"$newline"[!#]*) ;; "check$newline#"*) printf '%s\n' "$dest" >"$work/clean" ;; esac
    while read -r git_a git_b git_c _ _ _ _ _ git_path; do
        case "$git_a $git_b" in
        '# branch.oid') head=$git_c; [ "$head" != '(initial)' ] || head='' ;;
        '# branch.head') branch=$git_c; [ "$branch" != '(detached)' ] || branch='' ;;
        '1 .D')
            for git_overlay; do [ "$dest/$git_path" != "$dest/${git_overlay#"$dest/"}" ] || continue 2; done
            missing=$git_path ;;
        esac
    done <<EOT
$git_status
EOT
}

# Sets want (a full commit; empty: not known yet) and kind (branch, tag, commit).
git_want() {
    want='' kind=branch
    if [ -n "$payload" ]; then
        : "${version:=main}"
        want=$commit
        case $commit in "$version"*) kind=commit ;; esac
        return 0
    fi
    case $version in
    *[!0-9a-f]* | ?????? | ????? | ???? | ??? | ?? | ?) git_hex='' ;;
    *) git_hex=$version ;;
    esac
    if [ ${#git_hex} -eq 40 ]; then want=$git_hex kind=commit; return 0; fi
    # What git said is for whoever has to explain it.
    git_code=0
    git_refs=$(git_as timeout 20 git ls-remote --symref "$repo" "${version:-HEAD}" "refs/tags/$version^{}" 2>"$work/git.said") || git_code=$?
    cat "$work/git.said"
    [ "$git_code" -eq 0 ] || return 1
    while read -r git_a git_b _; do
        case "$git_a $git_b" in
        'ref: refs/heads/'*) : "${version:=${git_b#refs/heads/}}" ;;
        *' HEAD' | *" refs/heads/$version") want=$git_a ;;
        *" refs/tags/$version") [ -n "$want" ] || want=$git_a kind=tag ;;
        *" refs/tags/$version^{}") [ $kind != tag ] || want=$git_a ;;
        esac
    done <<EOT
$git_refs
EOT
    [ -n "$want" ] || [ -z "$git_hex" ] || kind=commit
}

# Whether the checkout is at VERSION as far as this machine knows.
git_here() {
    [ "$branch" != "${version:-$branch}" ] || return 0
    case $head in "${git_hex:-none}"*) return 0 ;; esac
    for git_tag in "refs/labctl/tags/$version" "refs/tags/$version"; do
        [ "$(git_in rev-parse -q --verify "$git_tag^{commit}")" != "$head" ] || return 0
    done
    return 1
}
