# shellcheck shell=sh disable=SC2154,SC2015,SC2016
# Moves a checkout to another commit, and keeps what somebody edited in it.
# Defines git_unfinished, git_move, git_explain, git_aside, git_back. Uses git_look.sh, files.sh; also work, want, kind, head.

# An update that was cut off (a full disk) has left files of the new version, and perhaps the first blocks of one; git takes
# them for edits. All that is in them is in the new version: they go back, so that git can begin again.
git_unfinished() {
    {
        git_in -c core.quotePath=off diff --name-only "$head"
        git_in -c core.quotePath=off diff --name-only --diff-filter=A "$head" "$want"
    } >"$work/git.files" || return 0
    while IFS= read -r git_file; do
        [ -f "$dest/$git_file" ] || continue
        git_as sh -c '
            cd "$1" && [ ! -L "$4" ] && git cat-file -e "$3:$4" || exit 1
            ! git diff --quiet "$2" "$3" -- "$4" || exit 1
            [ "$(git hash-object -- "$4")" != "$(git rev-parse "$3:$4")" ] || exit 0
            size=$(wc -c < "$4")
            [ $((size % 4096)) -eq 0 ] && git show "$3:$4" | head -c "$size" | cmp -s - "$4"
        ' sh "$dest" "$head" "$want" "$git_file" 2>/dev/null || continue
        if git_in cat-file -e "$head:$git_file" 2>/dev/null; then git_in checkout -q "$head" -- "$git_file"
        else git_as rm -f -- "$dest/$git_file"; fi
    done <"$work/git.files"
}

# From here to there without losing an edit: git refuses where one is in the way.
git_move() {
    if [ -n "$head" ] && [ "$head" != "$want" ]; then git_unfinished; fi
    if [ -n "$missing" ]; then
        git_as sh -c 'cd "$1" && git ls-files -dz | xargs -0r git checkout -q --' sh "$dest" || return 1
    fi
    # npm 7 and later rewrite package-lock.json; alone, that is nobody's work.
    if [ -n "$head" ] && ! git_in diff --quiet "$head" "$want" -- package-lock.json &&
        git_in diff --quiet HEAD -- package.json; then
        git_in checkout -q HEAD -- package-lock.json || : # not in this commit
    fi
    if [ "$kind" != branch ]; then
        if [ -n "$head" ] && [ -z "$branch" ] && [ "$head" != "$want" ] &&
            [ -z "$(git_in for-each-ref --count=1 --contains "$head")" ]; then
            git_own="no branch ($head)"
            return 1
        fi
        git_in checkout -q --detach "$want"
        return
    fi
    if [ "$branch" != "$version" ] || [ -z "$head" ]; then
        if git_in show-ref -q --verify "refs/heads/$version"; then
            git_in checkout -q "$version" -- || return 1
        else
            git_in checkout -q --no-track -b "$version" "$want" -- || return 1
            [ -n "$payload" ] || git_in branch -q --set-upstream-to="origin/$version" || :
        fi
    fi
    git_now=$(git_in rev-parse HEAD)
    if git_is_ancestor "$git_now" "$want"; then git_in merge -q --ff-only "$want"
    elif git_is_ours "$git_now"; then git_in reset -q --keep "$want"
    elif git_is_ancestor "$want" "$git_now"; then : # commits of its own on top
    else git_own="branch $version"; return 1
    fi
}

git_explain() {
    cat "$work/git.log"
    git_files=$(grep "^$(printf '\t')" "$work/git.log" | tr -s '\t\n' ' ') || :
    [ -z "${git_own:-}" ] ||
        fail "$dest has commits on $git_own that $repo does not have, and the new version does not contain them. Nothing was changed. Keep them with: git branch mine; then: git reset --keep $want"
    [ -z "$git_files" ] || fail "these files were edited in $dest and the new version changes them too:${git_files}- nothing was changed. Commit them, or put them aside with: git stash -u; then run again"
    fail "git could not move $dest to $version"
}

# Overlay files step aside while git works, and come back as they were.
git_aside() {
    for git_file; do
        git_file=${git_file#"$dest/"}
        [ -n "$head" ] && [ -f "$dest/$git_file" ] && [ -n "$(git_in status --porcelain -- "$git_file")" ] || continue
        as "$user" mkdir -p "$dest/.git/labctl-aside/$(dirname "$git_file")"
        as "$user" mv -f "$dest/$git_file" "$dest/.git/labctl-aside/$git_file"
        git_in checkout -q HEAD -- "$git_file" 2>/dev/null || : # not in this commit
    done
}

git_back() {
    for git_file; do
        git_file=${git_file#"$dest/"}
        [ -e "$dest/.git/labctl-aside/$git_file" ] || continue
        as "$user" mkdir -p "$dest/$(dirname "$git_file")"
        as "$user" mv -f "$dest/.git/labctl-aside/$git_file" "$dest/$git_file"
    done
}
