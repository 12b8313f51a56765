# shellcheck shell=sh disable=SC2154,SC2015,SC2016
# Brings a commit to the machine, and begins and ends a new checkout.
# Defines git_begin, git_tidy, git_adopt, git_owned, git_is_kin, git_over, git_base (sets base), git_settle, git_fetch, git_plain.
# Uses git_look.sh, git_refused.sh, files.sh; also payloads, git_place, git_asked.

# A new checkout is made beside its place, and put there when it is whole: half of one (a full disk, a power cut) could not be
# told from somebody's work.
git_begin() {
    git_new='' git_found=''
    [ -d "$dest" ] || git_new=yes
    [ -n "$git_new" ] || [ -z "$(ls -A "$dest")" ] || git_found=yes
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

# A folder with files that are not under git, once its commits are here: an archive that somebody downloaded and unpacked, or a
# checkout whose .git somebody removed. It becomes a checkout, and what was edited in it stays.
git_adopt() {
    git_is_kin || fail "$dest is not a git checkout, and its files are not those of $repo: move it away, or choose another folder"
    git_base
    if [ "$kind" = branch ]; then
        git_in update-ref "refs/heads/$version" "$base"
        git_in symbolic-ref HEAD "refs/heads/$version"
    else git_in update-ref --no-deref HEAD "$base"; fi
    git_in update-ref refs/labctl/deployed "$base"
    # All that git has to know stands in its folder before that is put there.
    git_over reset -q "$base"
    as "$writer" mv -T -- "$dest/.git" "$git_place/.git"
    as "$writer" rm -rf -- "$dest"
    dest=$git_place
    git_owned
    note "$dest was not a git checkout (downloaded as an archive, or .git was removed): it is one now, and what was edited in it is kept"
}

# A clone, a pull or an editor with sudo leaves files that git, as their user, could not replace.
git_owned() {
    git_odd=$(find "$dest" ! -user "$user" -printf '%u %p' -quit)
    [ -n "$git_odd" ] || return 0
    note "${git_odd#* } belonged to ${git_odd%% *} (something done with sudo?): all of $dest belongs to $user now"
    give "$user" "$dest" -R
}

# Whether the files there are of this repository: as they are, it has had most of them at some time.
git_is_kin() {
    git_known=$(cd "$git_place" && git_as find . \( -name node_modules -o -name build \) -prune -o -type f -size -1024k -print |
        head -n 200 | git_as git --git-dir "$dest/.git" hash-object --stdin-paths |
        git_as git --git-dir "$dest/.git" cat-file --batch-check='%(objecttype)' |
        awk '{ all++ } $NF == "blob" { known++ } END { print (all > 0 && 2 * known >= all) ? "yes" : "" }')
    [ -n "$git_known" ]
}

# Git as if its folder stood among the files already.
git_over() { git_as git --git-dir "$dest/.git" --work-tree "$git_place" "$@"; }

# Sets base to the commit that the files there are nearest to, of the last fifty.
git_base() {
    base=$want git_least=''
    for git_commit in "$want" $(git_in rev-list -n 50 "$want"); do
        git_over read-tree "$git_commit"
        git_count=$(git_over diff --name-only | wc -l)
        [ -z "$git_least" ] || [ "$git_count" -lt "$git_least" ] || continue
        base=$git_commit git_least=$git_count
        [ "$git_count" -gt 0 ] || break
    done
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
