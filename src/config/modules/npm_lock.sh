# shellcheck shell=sh disable=SC2154,SC2086
# The lock file of an application, and what npm has to say of it.
# Defines npm_git, npm_restore, npm_readable, npm_explain. Uses files.sh; user, dir, npm_lock, npm_files_js, npm_before, work.

npm_git() { as "$user" GIT_OPTIONAL_LOCKS=0 git -C "$dir" "$@"; }

# npm_restore [OVERLAY…]: a lock file that differs from the commit though package.json does not was written by a program: another
# npm than the one here, or a merge. It is put back; a declared file is not.
npm_restore() {
    [ -n "$npm_lock" ] && command -v git >/dev/null || return 0
    npm_name=${npm_lock##*/}
    for npm_overlay; do [ "$dir/${npm_overlay#"$dir/"}" != "$npm_lock" ] || return 0; done
    npm_git cat-file -e "HEAD:./$npm_name" 2>/dev/null || return 0
    ! npm_git diff --quiet HEAD -- "$npm_name" && npm_git diff --quiet HEAD -- package.json || return 0
    npm_git checkout -q HEAD -- "$npm_name" || return 0
    note "$npm_lock was rewritten (by another npm, or by a merge), while package.json is as committed: it is as committed again"
}

# Fails where npm cannot read its files, before anything is taken away.
npm_readable() {
    npm_said=$(as "$user" node -e "$npm_files_js" "$dir" "$npm_lock" 2>/dev/null) || return 0
    while read -r npm_what npm_file npm_rest; do
        case $npm_what in
        markers)
            npm_cure="edit it (nano +$npm_rest $npm_file)"
            [ "$npm_file" != "$npm_lock" ] || npm_cure="cd $dir && npm install --package-lock-only"
            fail "$npm_file has merge markers in line $npm_rest (<<<<<<<): a merge was not finished. As $user: $npm_cure; then run again" ;;
        broken) fail "$npm_file is not JSON ($npm_rest): correct it, or put it back as committed: git -C $dir checkout HEAD -- ${npm_file##*/}" ;;
        format)
            npm_major=$(as "$user" npm -v 2>/dev/null) || npm_major=''
            npm_major=${npm_major%%.*}
            case $npm_rest,$npm_major in
            [3-9],[1-6]) fail "$npm_file was written by npm 7 or later (lockfileVersion $npm_rest), and npm $npm_major cannot read it. Either a newer npm, in the inventory: node: { npm: 8.19.4 }; or, as $user: cd $dir && rm ${npm_file##*/} && npm install" ;;
            esac ;;
        esac
    done <<EOT
$npm_said
EOT
}

# npm_explain CODE: what npm has printed begins at npm_before.
npm_explain() {
    tail -c "+$((npm_before + 1))" "$work/out" >"$work/npm"
    npm_missing=$(sed -n 's/^npm \(ERR!\|error\) Missing: \([^ ]*\).*/\2/p; s/^npm \(ERR!\|error\) Invalid: lock file.s \([^ ]*\) does not satisfy \([^ ]*\).*/\3/p' "$work/npm" | sort -u | head -n 5 | tr '\n' ' ')
    case $1 in
    137 | 9) fail "npm was killed: out of memory? (see: dmesg | tail) Add swap, or use Node.js 14 with npm 6" ;;
    esac
    if grep -q 'npm ci.* can only install\|cipm can only install' "$work/npm"; then
        fail "package.json and ${npm_lock##*/} in $dir are out of step: ${npm_missing:+package.json asks for ${npm_missing% }, which the lock file does not have. }As $user: cd $dir && npm install; then run again"
    fi
    fail "npm ended with code $1"
}
