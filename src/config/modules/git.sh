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
    [ -n "$payload" ] || online=yes
    home "$user" >/dev/null 2>&1 || cannot_tell
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
    git_foreseen "$@"
    return 1
}

# What follows from a move: packages and restarts cannot be known before it; and it may be refused.
git_foreseen() {
    [ "$phase" = before ] || return 0
    : >"$work/moves"
    [ -n "$head" ] && [ "$mode" = check ] || return 0
    for git_overlay; do
        shift
        set -- "$@" ":(exclude)$git_overlay"
    done
    git_edited=$(git_in -c core.quotePath=off diff --name-only HEAD -- . ':(exclude)package-lock.json' "$@" 2>/dev/null | tr '\n' ' ')
    [ -n "$git_edited" ] || return 0
    if [ -n "$want" ] && git_has "$want"; then
        # shellcheck disable=SC2086 # words
        git_clash=$(git_in -c core.quotePath=off diff --name-only "$head" "$want" -- $git_edited 2>/dev/null | tr '\n' ' ')
        [ -z "$git_clash" ] ||
            note "git will refuse: edited in $dest, and changed by the new version: ${git_clash% }. Commit the edits, or put them aside: cd $dest && git stash -u"
    else note "edited in $dest: ${git_edited% }. If the new version changes the same, git will refuse; commit the edits, or put them aside: cd $dest && git stash -u"; fi
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
    git_asked='' git_found=''
    if [ ! -e "$dest/.git" ]; then
        # Nothing is made for a repository that cannot be had.
        git_want || git_refused
        git_asked=yes
        [ -n "$want${git_hex:-}" ] || git_no_version
        git_begin
    fi
    git_owned
    git_back "$@"
    git_look "$@" || fail "git cannot read $dest: repair it, or move it away for a fresh clone"
    [ ! -e "$dest/.git/MERGE_HEAD" ] && [ ! -d "$dest/.git/rebase-merge" ] && [ ! -d "$dest/.git/rebase-apply" ] ||
        fail "$dest is in the middle of a merge or rebase: finish it (git status tells how), then run again"
    git_fetch
    if [ -n "$git_found" ]; then
        git_adopt
        git_look "$@" || fail "git cannot read $dest"
    fi
    # Written down before it is done: what labctl puts there must not look like somebody's own commits after a power cut.
    if [ -n "$head" ] && git_is_ours "$head"; then git_in update-ref refs/labctl/previous "$head"; fi
    git_in update-ref refs/labctl/deployed "$want"
    git_aside "$@"
    git_trouble=''
    git_move >"$work/git.log" 2>&1 || git_trouble=yes
    rm -f "$work/moves"
    : >"$work/moved" # for whoever runs what lies there
    git_back "$@"
    git_made=$dest dest=$git_place
    [ -z "$git_trouble" ] || git_explain
    [ "$git_made" = "$dest" ] || git_settle
}
