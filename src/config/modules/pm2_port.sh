# shellcheck shell=sh disable=SC2154,SC2015
# The port of an application: whether it has it, and who else does.
# Defines pm2_owns_port, pm2_obstacles, pm2_clear_port, pm2_settles, pm2_young, pm2_clear. Uses port.sh, process.sh, pm2_list.sh,
# pm2_holder.sh, pm2_by_terminal.sh; the words of pm2.sh, daemon, live.

# The listener is the application itself or a child of it.
pm2_owns_port() {
    port_holders "$port"
    for pm2_pid in $holders; do
        process_line "$pm2_pid" "$live" && process "$live"
        return
    done
    return 1
}

# Ends a look where something has the port that this run may not or cannot end: before anything is built.
pm2_obstacles() {
    [ "$phase" = before ] || return 0
    port_holders "$port"
    pm2_way='' pm2_asks=''
    for pm2_holder in $holders; do
        pm2_judge "$pm2_holder"
        case $verdict in
        ours | here | terminal) continue ;;
        stranger) ;;
        *)
            [ -z "${take_over:-}" ] || continue
            pm2_asks=yes ;;
        esac
        case $newline$pm2_way in *"$newline$obstacle$newline"*) ;; *) pm2_way=$pm2_way$obstacle$newline ;; esac
    done
    [ -n "$holders" ] || [ -z "$inodes" ] || pm2_way="port $port is taken by a process that cannot be seen from here (a container?)$newline"
    [ -n "$pm2_way" ] || return 0
    [ -z "$pm2_asks" ] || {
        takes_over
        pm2_way="${pm2_way}or let labctl do that, with --take-over: what it ends keeps its files"
    }
    in_the_way "${pm2_way%"$newline"}"
}

# Before a start: whoever else has the port, or runs the same application by
# hand, is replaced if that is certainly meant or asked for, and named otherwise.
pm2_clear_port() {
    pm2_delete twin 'the same application as'
    pm2_settles
    for _ in 1 2 3 4 5 6 7 8; do
        port_holders "$port"
        pm2_left=''
        for pm2_holder in $holders; do
            pm2_judge "$pm2_holder"
            [ "$verdict" != ours ] || continue
            pm2_left=yes
            pm2_clear "$pm2_holder"
        done
        [ -n "$pm2_left" ] || break
    done
    [ -n "$holders" ] || [ -z "$inodes" ] || fail "port $port is taken by a process that cannot be seen from here (a container?)"
}

# What pm2 has brought back a moment ago (the step before, or a boot, has started it anew) has no port yet, but will: whoever
# starts before it fights with it.
pm2_settles() {
    read -r pm2_begin _ </proc/uptime
    while :; do
        port_holders "$port"
        [ -z "$inodes" ] && pm2_young || return 0
        read -r pm2_now _ </proc/uptime
        [ "$((${pm2_now%.*} - ${pm2_begin%.*}))" -lt 20 ] || return 0
        sleep 0.3
    done
}

# Whether an entry of user's pm2 was started less than 20 seconds ago, and listens nowhere.
pm2_young() {
    pm2_found=$(pm2_list) || return 1
    pm2_listening=$(port_listeners)
    while IFS=$tab read -r _ pm2_at pm2_by pm2_kind _; do
        [ "$pm2_kind" != same ] && process "$pm2_at" && [ "$since" -lt 20 ] || continue
        [ "$pm2_by" = process ] || pm2_at=$daemon
        while read -r pm2_pid _; do
            ! process_line "${pm2_pid:-0}" "$pm2_at" || continue 2
        done <<EOT
$pm2_listening
EOT
        return 0
    done <<EOT
$pm2_found
EOT
    return 1
}

# pm2_clear PID: ends what has the port, as pm2_judge has found it.
pm2_clear() {
    case $verdict in
    here)
        note "pm2 of $user ran what is in $dir as \"$pm2_other\" on port $port: replaced by \"$name\""
        # shellcheck disable=SC2086 # a list
        pm2_ask delete $pm2_ids </dev/null || : # it has ended meanwhile
        return ;;
    terminal) pm2_end_terminal "$1"; return ;;
    stranger) fail "$obstacle" ;;
    esac
    [ -n "${take_over:-}" ] || fail "$obstacle"
    case $verdict in
    entry)
        note "took \"$pm2_other\" out of the pm2 of $user, as it had port $port; its files are still in $pm2_where"
        # shellcheck disable=SC2086 # a list
        pm2_ask delete $pm2_ids </dev/null || : ;;
    other)
        note "took \"$pm2_other\" out of the pm2 of $pm2_owner, as it had port $port; its files are still in $pm2_where"
        # shellcheck disable=SC2086 # a list
        as "$pm2_owner" "PM2_HOME=$pm2_folder" timeout -k 5 60 pm2 -s delete $pm2_ids </dev/null || :
        as "$pm2_owner" "PM2_HOME=$pm2_folder" timeout -k 5 60 pm2 -s save --force </dev/null || : ;;
    service)
        note "stopped $pm2_unit, as it had port $port, and it does not start at boot any more; back: sudo systemctl enable --now $pm2_unit"
        systemctl -q disable --now "$pm2_unit" ;;
    session) pm2_end_terminal "$1" ;;
    esac
}
