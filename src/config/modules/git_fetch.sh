# shellcheck shell=sh disable=SC2154,SC2015,SC2016
# Brings a commit to the machine, and begins and ends a new checkout.
# Defines git_begin, git_tidy, git_settle, git_fetch, git_plain. Uses git_look.sh, git_refused.sh, files.sh; also payloads, git_place,
# git_asked.

# A new checkout is made beside its place, and put there when it is whole: half of one (a full disk, a power cut) could not be
# told from somebody's work.
git_begin() {
    if [ -e "$dest" ] && [ -n "$(ls -A "$dest")" ]; then
        fail "$dest exists, is not empty and is not a git checkout: move it away, or choose another folder"
    fi
    git_new=''
    [ -d "$dest" ] || git_new=yes
    as "$user" mkdir -p "$dest" 2>/dev/null || mkdir -p "$dest"
    [ "$(stat -c %U "$dest")" = "$user" ] || give "$user" "$dest"
    dest=$dest.labctl-new
    writer "$dest" "$user"
    as "$writer" rm -rf -- "$dest"
    trap git_tidy EXIT
    as "$writer" mkdir -- "$dest"
    [ "$writer" = "$user" ] || give "$user" "$dest"
    git_as git -c init.defaultBranch=main init -q "$dest"
    [ -n "$payload" ] || git_in remote add origin "$repo"
}

# Nothing is left of a checkout that could not be made.
git_tidy() {
    as "$writer" rm -rf -- "$git_place.labctl-new"
    [ -z "$git_new" ] || as "$writer" rmdir -- "$git_place" 2>/dev/null || :
}

git_settle() {
    as "$writer" chmod --reference="$dest" -- "$git_made"
    # A folder with a file system of its own cannot be replaced, only filled.
    as "$writer" mv -fT -- "$git_made" "$dest" 2>/dev/null ||
        git_as cp -a -- "$git_made/." "$dest"
}

# Makes $want a commit of this checkout.
git_fetch() {
    [ -n "$git_asked" ] || git_want || git_refused
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
        want=$(git_in rev-parse -q --verify "$version^{commit}") || git_no_version
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
