# shellcheck shell=sh disable=SC2154,SC2015,SC2016
# git USER DEST REPO VERSION COMMIT PAYLOAD [OVERLAY…]
#
# DEST is USER's checkout of REPO at VERSION (a branch, a tag or a commit).
# PAYLOAD is set when REPO lives on the controller: COMMIT is what VERSION means
# there, and what this machine lacks arrives as a git bundle.
# OVERLAY files belong to other tasks: their edits are expected and survive.
# Any other edit is somebody's work: it is kept, or the task fails and says why.

git_words() {
    user=$1 dest=$2 repo=$3 version=$4 commit=$5 payload=$6
    home "$user" >/dev/null 2>&1 || cannot_tell
}

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
    git_refs=$(git_as timeout 20 git ls-remote --symref "$repo" "${version:-HEAD}" "refs/tags/$version^{}") || return 1
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

check_git() {
    # A machine without git has nothing of the repository.
    command -v git >/dev/null || { [ -z "$6" ] || need "$6" ''; cannot_tell; }
    git_words "$@"
    shift 6
    { [ -e "$dest/.git" ] && git_look "$@"; } || head='' branch=''
    if ! git_want; then
        [ -n "$head" ] && [ -z "$missing" ] && git_here || return 1
        note "$repo cannot be reached: kept ${branch:-$version} at $head"
        return 0
    fi
    if [ -n "$head" ] && [ -z "$missing" ]; then
        [ "$head" != "$want" ] || return 0
        if [ -z "$want" ]; then case $head in "$version"*) return 0 ;; esac; fi
        if [ $kind = branch ] && [ "$branch" = "$version" ] && git_is_ancestor "$want" "$head" && ! git_is_ours "$head"; then
            note "$dest has commits of its own on top of $want: kept"
            return 0
        fi
    fi
    if [ -n "$payload" ] && [ "$phase" = before ]; then
        if [ -z "$head" ]; then need "$payload" ''
        elif ! git_has "$want"; then
            git_tips=$(git_in for-each-ref --count=60 --format='%(objectname)' refs/heads refs/remotes refs/labctl | tr '\n' ' ')
            need "$payload" "$head ${git_tips% }"
        fi
    fi
    return 1
}

# The commits that would come, as far as this machine knows them already.
diff_git() {
    git_words "$@"
    [ -e "$dest/.git" ] && git_look && git_want && [ -n "$head" ] || return 0
    [ -z "$missing" ] || echo "deleted here, would come back: $missing"
    [ "$head" != "$want" ] || return 0
    echo "-$head ${branch:-(no branch)}"
    echo "+${want:-$version} $version"
    if [ -n "$want" ] && git_has "$want"; then
        git_in --no-pager log --oneline --no-decorate -20 "$head..$want"
        git_in --no-pager diff --stat=100 "$head" "$want"
    fi
}

apply_git() {
    git_words "$@"
    shift 6
    git_place=$dest
    [ -e "$dest/.git" ] || git_begin
    if [ "$(stat -c %U "$dest/.git")" != "$user" ]; then
        note "$dest belonged to $(stat -c %U "$dest/.git") (a clone with sudo?): now to $user"
        give "$user" "$dest" -R
    fi
    git_back "$@"
    git_look "$@" || fail "git cannot read $dest: repair it, or move it away for a fresh clone"
    [ ! -e "$dest/.git/MERGE_HEAD" ] && [ ! -d "$dest/.git/rebase-merge" ] && [ ! -d "$dest/.git/rebase-apply" ] ||
        fail "$dest is in the middle of a merge or rebase: finish it (git status tells how), then run again"
    git_fetch
    # Written down before it is done: what labctl puts there must not look like somebody's own commits after a power cut.
    if [ -n "$head" ] && git_is_ours "$head"; then git_in update-ref refs/labctl/previous "$head"; fi
    git_in update-ref refs/labctl/deployed "$want"
    git_aside "$@"
    git_trouble=''
    git_move >"$work/git.log" 2>&1 || git_trouble=yes
    git_back "$@"
    git_made=$dest dest=$git_place
    [ -z "$git_trouble" ] || git_explain
    [ "$git_made" = "$dest" ] || git_settle
}

# A new checkout is made beside its place, and put there when it is whole: half of one (a full disk, a power cut) could not be
# told from somebody's work.
git_begin() {
    if [ -e "$dest" ] && [ -n "$(ls -A "$dest")" ]; then
        fail "$dest exists, is not empty and is no git checkout: move it away, or choose another folder"
    fi
    as "$user" mkdir -p "$dest" 2>/dev/null || mkdir -p "$dest"
    [ "$(stat -c %U "$dest")" = "$user" ] || give "$user" "$dest"
    dest=$dest.labctl-new
    writer "$dest" "$user"
    as "$writer" rm -rf -- "$dest"
    trap 'as "$writer" rm -rf -- "$git_place.labctl-new"' EXIT
    as "$writer" mkdir -- "$dest"
    [ "$writer" = "$user" ] || give "$user" "$dest"
    git_as git -c init.defaultBranch=main init -q "$dest"
    [ -n "$payload" ] || git_in remote add origin "$repo"
}

git_settle() {
    as "$writer" chmod --reference="$dest" -- "$git_made"
    # A folder with a file system of its own cannot be replaced, only filled.
    as "$writer" mv -fT -- "$git_made" "$dest" 2>/dev/null ||
        git_as cp -a -- "$git_made/." "$dest"
}

# Makes $want a commit of this checkout.
git_fetch() {
    git_want || fail "cannot reach $repo (as $user): see git's words above"
    if [ -n "$payload" ]; then
        if ! git_has "$want"; then
            git_bundle=$dest/.git/labctl.bundle
            as "$user" sh -c 'cat > "$1"' sh "$git_bundle" <"$payloads/$payload"
            git_in fetch -q "$git_bundle" '+refs/*:refs/labctl/bundle/*'
            as "$user" rm -f "$git_bundle"
            git_has "$want" || fail "the bundle from the controller does not hold $want"
        fi
        if git_in show-ref -q --verify "refs/labctl/bundle/tags/$version"; then kind=tag; fi
        git_in update-ref "refs/labctl/$version" "$want"
        return 0
    fi
    git_origin=$(git_in config --get remote.origin.url) || git_origin=''
    git_from=origin git_heads=refs/remotes/origin
    [ "$(git_plain "$git_origin")" = "$(git_plain "$repo")" ] || git_from=$repo git_heads=refs/labctl/heads
    git_in fetch -q "$git_from" "+refs/heads/*:$git_heads/*" '+refs/tags/*:refs/labctl/tags/*'
    if [ -z "$want" ]; then
        want=$(git_in rev-parse -q --verify "$version^{commit}") || fail "$repo has no branch, tag or commit $version"
    fi
    git_has "$want" || git_in fetch -q "$git_from" "$want"
    if [ "$git_from" != origin ] && [ -n "$head" ]; then
        git_in merge-base "$head" "$want" >/dev/null ||
            fail "$dest is a checkout of ${git_origin:-something else}, which shares no history with $repo: move it away, or correct the lab"
        note "origin of $dest is ${git_origin:-not set}; same history as $repo, so its commits are used"
    fi
}

# https://host/a/b.git, git@host:a/b and ssh://git@host/a/b are one repository.
git_plain() {
    git_url=${1%/} git_url=${git_url%.git} git_url=${git_url#*://} git_url=${git_url#*@}
    case $git_url in /* | *:[0-9]*) ;; *:*) git_url=${git_url%%:*}/${git_url#*:} ;; esac
    printf %s "$git_url"
}

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
