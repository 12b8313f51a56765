# shellcheck shell=sh disable=SC2154
# What a pm2 has: pm2's own list, and the processes that it started.
# Defines pm2_list, pm2_live (sets live, how_many, elsewhere, since), pm2_delete. Uses process.sh, pm2_daemon.sh, pm2_ask.sh,
# pm2_monitor.js, pm2_list.js; the words of pm2.sh.
#
# The names of pm2's files are not the names of its applications: pm2 writes `-` for every character but letters, digits, dots
# and hyphens, and drops a number at the end. `demo-2` and `demo` both have files `demo-N.pid`.

# pm2_list [OWNER HOME DAEMON]: prints the entries of a pm2 (of user's, without words), as pm2_list.js says. Fails where nobody
# answers.
pm2_list() {
    [ $# = 3 ] || set -- "$user" "$pm2_home" "$daemon"
    kill -0 "${3:-x}" 2>/dev/null || return 1
    pm2_library=$(command -v pm2) || {
        # That of nvm is where its user finds it, and so did the daemon.
        pm2_library=$(PATH=$(tr '\0' '\n' <"/proc/$3/environ" | sed -n 's/^PATH=//p'); command -v pm2) || return 1
    }
    pm2_library=$(readlink -f "$pm2_library")
    # With the very program that the daemon runs: whatever `node` is now, the daemon's is right.
    as "$1" timeout -k 1 10 "/proc/$3/exe" -e "$pm2_monitor_js$pm2_list_js" "${pm2_library%/bin/*}" "$2" "$name" "$config" "$dir" 2>/dev/null
}

# Sets live (the last process of NAME that is a child of the daemon), how many there are, since (its age), and elsewhere
# (another daemon that has one). Asked at every look, so it starts one program: pm2 tells each process its name.
pm2_live() {
    live='' how_many=0 elsewhere='' since=0
    set --
    for pm2_file in "$pm2_home/pids"/*.pid; do
        [ -f "$pm2_file" ] || continue
        pm2_pid=''
        { read -r pm2_pid <"$pm2_file" || :; } 2>/dev/null # no newline at its end
        process "$pm2_pid" && { [ "$parent" = "$daemon" ] || pm2_of "$pm2_home" "$parent"; } || continue
        set -- "$@" "/proc/$pm2_pid/environ"
    done
    [ $# -gt 0 ] || return 0
    for pm2_file in $(grep -lzxF -e "name=$name" "$@" 2>/dev/null); do
        pm2_pid=${pm2_file#/proc/} pm2_pid=${pm2_pid%/environ}
        process "$pm2_pid" || continue
        if [ "$parent" = "$daemon" ]; then live=$pm2_pid how_many=$((how_many + 1)); else elsewhere=$parent; fi
    done
    [ -z "$live" ] || process "$live" || live='' how_many=0
}

# pm2_delete KIND SENTENCE: takes the entries of that kind out of user's pm2, by their numbers: a name may be a number, too.
pm2_delete() {
    if ! pm2_found=$(pm2_list); then
        [ "$1" != same ] || pm2_ask delete "$name" >/dev/null 2>&1 || : # it was not there
        return 0
    fi
    while IFS=$tab read -r pm2_id _ _ pm2_kind _ _ pm2_where pm2_other; do
        [ "$pm2_kind" = "$1" ] || continue
        case $pm2_kind,$pm2_where/ in
        same,"$dir"/* | same,-/ | twin,*) ;;
        *) note "pm2 of $user ran \"$pm2_other\" in $pm2_where: now it runs in $dir" ;;
        esac
        [ -z "$2" ] || note "pm2 of $user ran $2 \"$pm2_other\": replaced by \"$name\""
        pm2_ask delete "$pm2_id" </dev/null || : # it has ended meanwhile
    done <<EOT
$pm2_found
EOT
}
