# shellcheck shell=sh disable=SC2154
# Whether this machine gets to the servers of its sites at all.
# Defines nginx_out_of_reach, nginx_silent. Uses the words of nginx.sh, work, phase.

# Ends a look where a firewall keeps this machine away from a server. A port that nobody listens on refuses at once, and so says
# that there is a way to it; one that a firewall shuts says nothing, while the same machine answers on the port of ssh.
nginx_out_of_reach() {
    [ "$phase" = before ] || return 0
    : >"$work/silent"
    for server in $servers; do
        (
            at=${server#*=}
            ! nginx_silent "$at" || nginx_silent "${at%:*}:22" || printf '%s\n' "$server" >>"$work/silent"
        ) &
    done
    wait
    [ -s "$work/silent" ] || return 0
    # In the order of the inventory.
    for server in $servers; do
        grep -qxF "$server" "$work/silent" || continue
        name=${server%%[:=]*} port=${server##*:}
        echo "nothing comes back from port $port of $name (${server#*=}), not even a refusal, while the machine itself answers: a firewall of $name keeps this machine away"
        echo "open the port, on $name: sudo ufw allow $port/tcp (without ufw: labctl doctor shows the rule)"
    done >"$work/way"
    in_the_way "$(cat "$work/way")"
}

# nginx_silent ADDRESS:PORT: whether it neither takes nor refuses a connection within two seconds.
nginx_silent() {
    silent_code=0
    silent_time=$(curl -q -g -s -I -o /dev/null --noproxy '*' --connect-timeout 2 -m 3 -w '%{time_connect}' "http://$1/") || silent_code=$?
    # Time is up (28), and there has been no connection yet.
    case $silent_code,$silent_time in 28,0.000*) ;; *) return 1 ;; esac
}
