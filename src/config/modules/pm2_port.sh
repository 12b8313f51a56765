# shellcheck shell=sh disable=SC2154,SC2015
# The port of an application: whether it has it, and who else does.
# Defines pm2_owns_port, pm2_clear_port, pm2_clear, pm2_clear_entry, pm2_of_another, pm2_who. Uses port.sh, process.sh, pm2_list.sh,
# pm2_by_terminal.sh; the words of pm2.sh, daemon, live.

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
    pm2_delete twin 'the same application as'
    port_holders "$port"
    if [ -z "$holders" ]; then
        [ -z "$inodes" ] || fail "port $port is taken by a process that cannot be seen from here (a container?)"
        return 0
    fi
    for pm2_holder in $holders; do pm2_clear "$pm2_holder"; done
}

# Decides about one process ($1) on the port, by the line of its parents.
pm2_clear() {
    if process_line "$1" "$daemon"; then pm2_clear_entry "$1"; return; fi
    pm2_below=''
    for pm2_pid in $ancestry; do
        process_title "$pm2_pid"
        case $title in 'PM2 '*': God Daemon ('*) pm2_of_another "$1" "$pm2_pid" "$pm2_below" ;; esac
        pm2_below=$pm2_pid
    done
    { read -r pm2_group <"/proc/$1/cgroup"; } 2>/dev/null || pm2_group=''
    case ${pm2_group##*/} in
    pm2-*.service | ssh.service | sshd.service | 'ssh@'*.service | 'user@'*.service | labctl*.service) ;;
    *.service) fail "port $port is taken by the service ${pm2_group##*/} ($(pm2_who "$1")): stop it with: sudo systemctl disable --now ${pm2_group##*/}" ;;
    esac
    pm2_by_terminal "$1" || fail "port $port is taken by $(pm2_who "$1"): $(pm2_how_to_end "$1"), or give the application another port"
}

# An entry of user's own pm2 ($1 is its process, or a child of that). One that runs in the folder of the application, or serves
# what is built there (`pm2 serve build 3000`), is the application in another form: it cannot have the same port beside it.
pm2_clear_entry() {
    pm2_found=$(pm2_list) || pm2_found=''
    pm2_other=''
    while IFS=$tab read -r pm2_id pm2_pid pm2_kind _ _ pm2_name; do
        [ "$pm2_pid" = "$top" ] || continue
        case $pm2_kind in
        same) return 0 ;;
        here | twin)
            note "pm2 of $user ran what is in $dir as \"$pm2_name\" on port $port: replaced by \"$name\""
            pm2_ask delete "$pm2_id" </dev/null || :
            return 0 ;;
        esac
        pm2_other=$pm2_name
    done <<EOT
$pm2_found
EOT
    [ -n "$pm2_other" ] || return 0 # it has ended meanwhile
    fail "port $port is taken by \"$pm2_other\" of the same pm2, which is another application ($(pm2_who "$1")): give one of them another port, or remove it with: pm2 delete '$pm2_other' && pm2 save --force"
}

# pm2_of_another PID DAEMON CHILD: PID has the port, and CHILD, its ancestor, is an application of another pm2.
pm2_of_another() {
    pm2_owner=$(stat -c %U "/proc/$2") pm2_folder=${title#*'God Daemon ('} pm2_folder=${pm2_folder%)*} pm2_other=''
    pm2_found=$(pm2_list "$pm2_owner" "$pm2_folder" "$2") || pm2_found=''
    while IFS=$tab read -r _ pm2_pid _ _ _ pm2_name; do
        [ "$pm2_pid" != "${3:-$1}" ] || pm2_other=$pm2_name
    done <<EOT
$pm2_found
EOT
    case $pm2_folder in
    "$(home "$pm2_owner")/.pm2") pm2_folder='' ;;
    *) pm2_folder="env PM2_HOME='$pm2_folder' " ;;
    esac
    case $pm2_owner in
    root) pm2_there="sudo ${pm2_folder}pm2" ;;
    "$user") pm2_there="${pm2_folder}pm2" ;;
    *) pm2_there="sudo -iu $pm2_owner ${pm2_folder}pm2" ;;
    esac
    fail "port $port is taken by \"${pm2_other:-all}\" of the pm2 of $pm2_owner ($(pm2_who "$1")): remove it there with: $pm2_there delete '${pm2_other:-all}' && $pm2_there save --force"
}

# "pid 123 of deploy (node src/index.js)"
pm2_who() {
    echo "pid $1 of $(stat -c %U "/proc/$1") ($(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | sed 's/ *$//' | cut -c 1-100))"
}
