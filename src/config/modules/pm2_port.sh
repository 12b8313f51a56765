# shellcheck shell=sh disable=SC2154,SC2015,SC2016
# The port of an application: whether it has it, and who else does.
# Defines pm2_owns_port, pm2_clear_port, pm2_twins, pm2_clear, pm2_who. Uses port.sh, process.sh, pm2_ask.sh, pm2_twins.js; the
# words of pm2.sh, daemon, live.

# The listener is the application itself or a child of it.
pm2_owns_port() {
    port_holders "$port"
    for pm2_pid in $holders; do
        process_line "$pm2_pid" "$live" && process "$live"
        return
    done
    return 1
}

# Before a start: whoever else has the port, or runs the same application by
# hand, is replaced if that is certainly meant, and named otherwise.
pm2_clear_port() {
    pm2_twins
    port_holders "$port"
    if [ -z "$holders" ]; then
        [ -z "$inodes" ] || fail "port $port is taken by a process that cannot be seen from here (a container?)"
        return 0
    fi
    for pm2_pid in $holders; do pm2_clear "$pm2_pid"; done
}

# Entries of the same pm2 that run the same command in the same folder under another name.
pm2_twins() {
    kill -0 "${daemon:-x}" 2>/dev/null || return 0
    pm2_found=$(pm2_ask jlist | as "$user" node -e "$pm2_twins_js" "$config" "$name") || return 0
    while read -r pm2_id pm2_twin; do
        [ -n "$pm2_id" ] || continue
        note "pm2 of $user ran the same application by hand as \"$pm2_twin\": replaced by \"$name\""
        pm2_ask delete "$pm2_id" </dev/null
    done <<EOT
$pm2_found
EOT
}

# Decides about one process ($1) on the port, by the line of its parents.
pm2_clear() {
    if process_line "$1" "$daemon"; then
        pm2_other=''
        for pm2_file in "$pm2_home/pids"/*.pid; do
            read -r pm2_pid <"$pm2_file" || :
            [ "$pm2_pid" != "$top" ] || pm2_other=${pm2_file##*/}
        done
        pm2_other=${pm2_other%-*.pid}
        [ "$pm2_other" != "$name" ] || return 0
        fail "port $port is taken by \"$pm2_other\" of the same pm2, which is another application ($(pm2_who "$1")): give one of them another port, or remove it with: pm2 delete $pm2_other"
    fi
    pm2_title=$(tr '\0' ' ' 2>/dev/null <"/proc/$top/cmdline")
    case $pm2_title in
    'PM2 '*) fail "port $port is taken by the pm2 of $(stat -c %U "/proc/$top") ($(pm2_who "$1")): remove it there with: sudo -u $(stat -c %U "/proc/$top") pm2 delete all" ;;
    esac
    read -r pm2_group <"/proc/$1/cgroup" || pm2_group=''
    case ${pm2_group##*/} in
    pm2-*.service | ssh.service | sshd.service | 'ssh@'*.service | 'user@'*.service | labctl*.service) ;;
    *.service) fail "port $port is taken by the service ${pm2_group##*/} ($(pm2_who "$1")): stop it with: sudo systemctl disable --now ${pm2_group##*/}" ;;
    esac
    if [ "$(readlink "/proc/$top/cwd")" != "$dir" ] || [ "$(stat -c %U "/proc/$top")" != "$user" ]; then
        fail "port $port is taken by $(pm2_who "$1"): end it, or give the application another port"
    fi
    case $pm2_title in
    *node* | *npm* | sh\ * | /bin/sh\ *) ;;
    *) fail "port $port is taken by $(pm2_who "$1"): end it, or give the application another port" ;;
    esac
    note "ended a lost process of $name that held port $port: $(pm2_who "$1")"
    # shellcheck disable=SC2086 # a list
    kill $ancestry 2>/dev/null || :
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.3
    done
    # shellcheck disable=SC2086 # a list
    kill -9 $ancestry 2>/dev/null || :
}

# "pid 123 of deploy (node src/index.js)"
pm2_who() {
    echo "pid $1 of $(stat -c %U "/proc/$1") ($(tr '\0' ' ' <"/proc/$1/cmdline" | sed 's/ *$//' | cut -c 1-100))"
}
