# shellcheck shell=sh disable=SC2154,SC2034,SC2015
# Who has the port of an application: what it is, and how it is ended.
# Defines pm2_judge (sets verdict, obstacle), pm2_entry (sets pm2_ids, pm2_kind, pm2_where, pm2_other), pm2_judge_own, pm2_judge_other
# (sets pm2_owner, pm2_folder), pm2_judge_unit (sets pm2_unit), pm2_checkout, pm2_who. Uses process.sh, pm2_list.sh, pm2_by_terminal.sh; the
# words of pm2.sh, daemon.

# pm2_judge PID: sets verdict to what has the port, and obstacle to a sentence about it:
#   ours      the application, or nobody any more
#   here      another entry of user's pm2, which runs or serves what is in the folder of the application
#   terminal  the application of that folder, started in a terminal
#   entry     another entry of user's pm2
#   other     an entry of another pm2
#   service   a unit of systemd that runs Node.js
#   session   an application of user's in a terminal, of another folder
#   stranger  anything else
# The first three are the application in some form; the next four can be ended by whoever is asked to; the last is a person's.
pm2_judge() {
    verdict='' obstacle="port $port is taken by"
    if process_line "$1" "$daemon"; then pm2_judge_own "$1"; return; fi
    pm2_below=$1
    for pm2_pid in $ancestry; do
        process_title "$pm2_pid"
        case $title in 'PM2 '*': God Daemon ('*) pm2_judge_other "$1" "$pm2_pid" "$pm2_below"; return ;; esac
        pm2_below=$pm2_pid
    done
    pm2_judge_unit "$1"
    [ -z "$verdict" ] || return 0
    verdict=terminal
    ! pm2_terminal "$1" "$dir" || return 0
    verdict=session
    pm2_where=$(readlink "/proc/$1/cwd") && pm2_terminal "$1" "$pm2_where" || verdict=stranger
    [ -e "/proc/$1/stat" ] || { verdict=ours; return; }
    obstacle="$obstacle $(pm2_who "$1"): $(pm2_how_to_end "$1"), or give the application another port"
    [ "$verdict" = stranger ] || pm2_checkout
}

# pm2_entry OWNER HOME DAEMON CHILD: the entry of that pm2 whose process CHILD is; in cluster mode, DAEMON itself listens. Fails if
# there is none, or nobody tells.
pm2_entry() {
    pm2_ids='' pm2_kind='' pm2_where='' pm2_other=''
    pm2_found=$(pm2_list "$1" "$2" "$3") || return 1
    while IFS=$tab read -r pm2_id pm2_at pm2_by pm2_is _ _ pm2_in pm2_called; do
        case $4,$pm2_by in
        "$pm2_at",*) ;;
        "$3",daemon)
            # Several processes are one application.
            case $pm2_kind in
            '' | other) [ "$pm2_called" = "$pm2_other" ] || pm2_ids='' ;;
            *) [ "$pm2_called" = "$pm2_other" ] || continue ;;
            esac ;;
        *) continue ;;
        esac
        pm2_ids="$pm2_ids $pm2_id" pm2_kind=$pm2_is pm2_where=$pm2_in pm2_other=$pm2_called
    done <<EOT
$pm2_found
EOT
    [ -n "$pm2_kind" ]
}

# An entry of user's own pm2. One that runs in the folder of the application, or serves what is built there (`pm2 serve build
# 3000`), is the application in another form: it cannot have the same port beside it.
pm2_judge_own() {
    verdict=ours
    pm2_entry "$user" "$pm2_home" "$daemon" "$top" || return 0 # it has ended meanwhile
    case $pm2_kind in
    same) ;;
    here | twin) verdict=here ;;
    *)
        verdict=entry
        obstacle="$obstacle \"$pm2_other\" of the same pm2, which runs $pm2_where ($(pm2_who "$1")): give one of them another port, or remove it with: pm2 delete '$pm2_other' && pm2 save --force"
        pm2_checkout ;;
    esac
}

# pm2_judge_other PID DAEMON CHILD: PID has the port, and CHILD, its ancestor, is an application of another pm2.
pm2_judge_other() {
    pm2_owner=$(stat -c %U "/proc/$2") && pm2_folder=${title#*'God Daemon ('} || { verdict=ours; return; }
    pm2_folder=${pm2_folder%)*}
    # Before the step that makes one of them, user's may have several.
    if [ -z "${acting:-}" ] && [ "$pm2_folder" = "$pm2_home" ]; then verdict=ours; return; fi
    verdict=other
    pm2_entry "$pm2_owner" "$pm2_folder" "$2" "$3" || verdict=stranger pm2_other=all
    pm2_typed=''
    [ "$pm2_folder" = "$(home "$pm2_owner")/.pm2" ] || pm2_typed="env PM2_HOME='$pm2_folder' "
    case $pm2_owner in
    root) pm2_there="sudo ${pm2_typed}pm2" ;;
    "$user") pm2_there="${pm2_typed}pm2" ;;
    *) pm2_there="sudo -iu $pm2_owner ${pm2_typed}pm2" ;;
    esac
    obstacle="$obstacle \"$pm2_other\" of the pm2 of $pm2_owner ($(pm2_who "$1")): remove it there with: $pm2_there delete '$pm2_other' && $pm2_there save --force"
}

# A unit of systemd that starts it: what it runs comes back by itself.
pm2_judge_unit() {
    { read -r pm2_group <"/proc/$1/cgroup"; } 2>/dev/null || pm2_group=''
    pm2_unit=${pm2_group##*/}
    { read -r pm2_comm <"/proc/$1/comm"; } 2>/dev/null || pm2_comm=''
    if [ "$pm2_comm" = docker-proxy ]; then
        verdict=stranger
        obstacle="$obstacle a container: sudo docker ps shows it; stop it with: sudo docker stop \$(sudo docker ps -q --filter publish=$port), or give the application another port"
        return
    fi
    case $pm2_group in */'user@'*.service/*.service)
        verdict=stranger
        obstacle="$obstacle the service $pm2_unit of $(stat -c %U "/proc/$1") ($(pm2_who "$1")): stop it, as that user, with: systemctl --user disable --now $pm2_unit"
        return ;;
    esac
    case $pm2_unit in
    pm2-*.service | ssh.service | sshd.service | 'ssh@'*.service | 'user@'*.service | labctl*.service) ;;
    *.service)
        verdict=stranger
        case $(readlink "/proc/$1/exe") in */node | */nodejs | */node\ * | */nodejs\ *) verdict=service ;; esac
        obstacle="$obstacle the service $pm2_unit ($(pm2_who "$1")): stop it with: sudo systemctl disable --now $pm2_unit" ;;
    esac
}

# Whether pm2_where is in a checkout of the same repository: then the inventory may say so.
pm2_checkout() {
    pm2_top=$(as "$user" git -C "$pm2_where" rev-parse --show-toplevel 2>/dev/null) &&
        pm2_origin=$(as "$user" git -C "$pm2_where" config remote.origin.url 2>/dev/null) || return 0
    pm2_origin=${pm2_origin%/}
    pm2_origin=${pm2_origin##*[/:]}
    [ "${pm2_origin%.git}" = "${dir##*/}" ] && [ "$pm2_top" != "$dir" ] || return 0
    pm2_in=$(home "$user")
    case $pm2_top in "$pm2_in"/*) pm2_top="~${pm2_top#"$pm2_in"}" ;; esac
    obstacle="$obstacle$newline$pm2_top is a checkout of the same repository: to go on with that one, write into the inventory, into \`app\`: dir: $pm2_top"
}

# "pid 123 of deploy (node src/index.js)"
pm2_who() {
    echo "pid $1 of $(stat -c %U "/proc/$1") ($(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | sed 's/ *$//' | cut -c 1-100))"
}
