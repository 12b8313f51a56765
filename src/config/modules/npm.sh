# shellcheck shell=sh disable=SC2154
# npm USER DIR [OVERLAY…]
#
# DIR/node_modules is what `npm ci` makes of DIR's package.json and lock file
# (without a lock file: what `npm install` makes of package.json).
# A stamp in node_modules says which files, Node.js and machine it was made for;
# `npm ci` begins by deleting node_modules, so it runs only when that changed; and what was there is kept until it is done.

# There while npm works: a folder that an interrupted npm left looks like one that somebody's npm filled.
npm_unfinished() {
    unfinished=$state/npm npm_rest=$dir
    while [ "$npm_rest" != "${npm_rest#*/}" ]; do
        unfinished=$unfinished${npm_rest%%/*}- npm_rest=${npm_rest#*/}
    done
    unfinished=$unfinished$npm_rest
}

# Sets stamp, or returns 1 as long as there is no package.json or no node.
# The version of Node.js is read from the link or the package, never by running it.
npm_stamp() {
    [ -r "$dir/package.json" ] || return 1
    npm_node=$(readlink /usr/local/bin/node) || npm_node='' # no link with the packages of the distribution
    case $npm_node in
    */v[0-9]*) npm_node=${npm_node##*/v} npm_node=${npm_node%%[!0-9]*} ;;
    *)
        command -v node >/dev/null || return 1
        package_version nodejs || found=unknown
        npm_node=${found%%.*} ;;
    esac
    npm_lock=''
    for npm_file in npm-shrinkwrap.json package-lock.json; do
        if [ -z "$npm_lock" ] && [ -e "$dir/$npm_file" ]; then npm_lock=$dir/$npm_file; fi
    done
    stamp="node $npm_node $hardware
$(sha256sum ${npm_lock:+"$npm_lock"} "$dir/package.json")"
}

check_npm() {
    user=$1 dir=$2
    npm_stamp || cannot_tell
    # Which packages the next version needs, or another Node.js, only they tell.
    [ ! -e "$work/moves" ] || cannot_tell
    npm_unfinished
    [ ! -e "$unfinished" ] || return 1
    [ -f "$dir/node_modules/.labctl-stamp" ] || { npm_by_hand; return; }
    npm_old=''
    while IFS= read -r npm_line; do npm_old=$npm_old${npm_old:+"
"}$npm_line; done <"$dir/node_modules/.labctl-stamp"
    [ "$npm_old" = "$stamp" ]
}

# Somebody may have typed `npm ci`, which leaves no stamp. Then every package of the lock file that this machine needs
# must be there at exactly its version, in folders younger than Node.js itself.
npm_by_hand() {
    [ -n "$npm_lock" ] && [ -d "$dir/node_modules" ] || return 1
    [ -n "$(find "$dir/node_modules" -maxdepth 0 -newermc "$(command -v node)")" ] || return 1
    as "$user" node -e "$npm_by_hand_js" "$dir" "$npm_lock" 2>/dev/null
}

apply_npm() {
    user=$1 dir=$2 online=yes
    shift 2
    npm_stamp || fail "$dir has no package.json, or node is missing"
    npm_memory
    # After `sudo npm …` files belong to root, and npm would stop at them.
    for npm_place in "$dir/node_modules" "$(home "$user")/.npm"; do
        [ -d "$npm_place" ] || continue
        [ -n "$(find "$npm_place" ! -user "$user" -print | head -n 1)" ] || continue
        note "$npm_place held files of somebody else (npm with sudo?): now they are $user's"
        give "$user" "$npm_place" -R
    done
    npm_unfinished
    # A run that was cut off could not put it back.
    npm_put_back
    npm_restore "$@"
    npm_stamp
    npm_readable
    : >"$unfinished"
    npm_keep
    set -- install --no-package-lock
    if [ -n "$npm_lock" ]; then set -- ci; fi
    npm_before=$(wc -c <"$work/out")
    as "$user" sh -c 'cd "$1" && shift && exec npm "$@"' sh "$dir" \
        "$@" --no-audit --no-fund --no-update-notifier --no-progress || npm_explain $?
    npm_stamp # the lock file may be newer than at the start
    as "$user" sh -c 'mkdir -p "$1" && printf "%s\n" "$2" >"$1/.labctl-stamp"' sh "$dir/node_modules" "$stamp"
    npm_forget
    rm -f "$unfinished"
}

# The packages that are there step aside: should npm fail, the application can go on with them. Where there is little space,
# or node_modules is a file system of its own, they cannot.
npm_keep() {
    [ -d "$dir/node_modules" ] || return 0
    npm_free=$(df -Pk "$dir" | awk 'NR == 2 { print $4 }')
    if [ "${npm_free:-0}" -lt 600000 ] || ! as "$user" mv -T "$dir/node_modules" "$dir/.labctl-node_modules" 2>/dev/null; then
        as "$user" rm -f "$dir/node_modules/.labctl-stamp"
        return 0
    fi
    trap npm_put_back EXIT
}
npm_put_back() {
    [ -d "$dir/.labctl-node_modules" ] || return 0
    as "$user" sh -c 'cd "$1" && rm -rf .labctl-half && { [ ! -e node_modules ] || mv -T node_modules .labctl-half; } &&
        mv -T .labctl-node_modules node_modules && rm -rf .labctl-half' sh "$dir"
    rm -f "$unfinished"
}
# In two moves: half of them must never be taken for all.
npm_forget() {
    as "$user" sh -c 'cd "$1" && rm -rf .labctl-half && { [ ! -e .labctl-node_modules ] || mv -T .labctl-node_modules .labctl-half; } &&
        rm -rf .labctl-half' sh "$dir"
}

npm_memory() {
    total=0 swap=0
    while read -r npm_key npm_kb _; do
        case $npm_key in MemTotal:) total=$npm_kb ;; SwapTotal:) swap=$npm_kb ;; esac
    done </proc/meminfo
    if [ "$total" -ge 900000 ] || [ "$swap" -gt 0 ]; then return 0; fi
    note "only $((total / 1024)) MB of memory and no swap: npm may be killed; add swap or use Node.js 14 with npm 6"
}
