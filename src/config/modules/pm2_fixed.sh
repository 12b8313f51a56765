# shellcheck shell=sh disable=SC2154,SC2015
# An application that takes a port or an address of its own, whatever it is asked for.
# Defines pm2_fixed (sets fixed), pm2_elsewhere. Uses port.sh, process.sh, pm2_fixed.js; the words of pm2.sh, live.

# Whether the application listens, but not on its port; sets pm2_ports to where it does (`loopback`: on its port, for this
# machine alone).
pm2_elsewhere() {
    pm2_ports='' pm2_loopback=''
    while read -r pm2_pid pm2_number pm2_at; do
        [ -n "$live" ] && process_line "$pm2_pid" "$live" || continue
        case $pm2_number,$pm2_at in
        "$port",loopback) pm2_loopback=yes ;;
        "$port",*) return 1 ;;
        *) pm2_ports="$pm2_ports $pm2_number" ;;
        esac
    done <<EOT
$(port_listeners)
EOT
    [ -z "$pm2_loopback" ] || pm2_ports=loopback
    [ -n "$pm2_ports" ]
}

# Sets fixed to a sentence that names the place in the application's files that says so. Fails if there is none: then it may
# only take its time.
pm2_fixed() {
    fixed=''
    pm2_elsewhere || return 1
    pm2_found=$(as "$user" timeout -k 1 10 node -e "$pm2_fixed_js" "$dir" "$port" "$pm2_ports" 2>/dev/null) || return 1
    IFS=$tab read -r pm2_file pm2_line pm2_from pm2_to pm2_number pm2_text <<EOT || :
$pm2_found
EOT
    [ -n "$pm2_text" ] || return 1
    case $pm2_number in
    0) fixed="it listens for its own machine only" ;;
    *) fixed="it listens on port $pm2_number, not $port" ;;
    esac
    fixed="$fixed, because $pm2_file:$pm2_line says so ($pm2_text): write $pm2_to there instead of $pm2_from"
}
