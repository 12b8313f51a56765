# shellcheck shell=sh disable=SC2154
# An application that somebody started in a terminal, in tmux or in screen, and left there.
# Defines pm2_terminal (sets pm2_root), pm2_end_terminal, pm2_is_ours, pm2_place, pm2_tmux, pm2_how_to_end. Uses process.sh,
# pm2_holder.sh; the words of pm2.sh, ancestry.

# pm2_terminal PID FOLDER: whether PID is an application of user's in that folder. Sets pm2_root to the first of its programs (npm):
# what that was started from (a shell, a terminal, a session of tmux with all that runs there) is none of them.
pm2_terminal() {
    pm2_real=$(readlink -f "$2") pm2_root=''
    for pm2_pid in $ancestry; do
        pm2_is_ours "$pm2_pid" || break
        # A shell alone is no application: it counts between two programs of Node.js.
        [ -n "$pm2_is_shell" ] || pm2_root=$pm2_pid
    done
    [ -n "$pm2_root" ]
}

# pm2_end_terminal PID: ends PID, which has the port, with pm2_root and its children.
pm2_end_terminal() {
    pm2_place "$1"
    note "ended what ran in $pm2_real outside pm2, on port $port${pm2_in:+, in $pm2_in}: $(pm2_who "$pm2_root")"
    pm2_family=''
    for pm2_pid in /proc/[0-9]*; do
        pm2_pid=${pm2_pid#/proc/}
        ! process_line "$pm2_pid" "$pm2_root" || pm2_family="$pm2_family $pm2_pid"
    done
    # shellcheck disable=SC2086 # a list
    kill $pm2_family 2>/dev/null || :
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.3
    done
    # shellcheck disable=SC2086 # a list
    kill -9 $pm2_family 2>/dev/null || :
}

# pm2_is_ours PID: a program of Node.js, or a shell that npm has made, which user runs in the folder of the application. Sets
# pm2_is_shell to yes for a shell.
pm2_is_ours() {
    pm2_is_shell=''
    [ "$(stat -c %U "/proc/$1" 2>/dev/null)" = "$user" ] || return 1
    case $(readlink "/proc/$1/cwd")/ in "$pm2_real"/*) ;; *) return 1 ;; esac
    pm2_line=$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline")
    case $(readlink "/proc/$1/exe") in
    */node | */nodejs | */node\ * | */nodejs\ *) case $pm2_line in *vscode-server* | *code-server*) return 1 ;; esac ;;
    */dash | */bash | */busybox | */sh) pm2_is_shell=yes; case $pm2_line in *sh\ -c\ *) ;; *) return 1 ;; esac ;;
    *) return 1 ;;
    esac
}

# pm2_place PID: sets pm2_in to where it runs ("tmux session main"), and pm2_key to what leads there; to nothing if it has no
# terminal. Its session is an ancestor of it: what its environment says may be older.
pm2_place() {
    pm2_in='' pm2_key='' pm2_owner=$(stat -c %U "/proc/$1")
    case $pm2_owner in root) pm2_there='sudo ' ;; "$user") pm2_there='' ;; *) pm2_there="sudo -iu $pm2_owner " ;; esac
    process_line "$1" '' || :
    for pm2_pid in $ancestry; do
        case $(readlink "/proc/$pm2_pid/exe") in
        */tmux) pm2_tmux "$1" "$pm2_pid"; return ;;
        */screen | */screen-*)
            pm2_sty=$(tr '\0' '\n' <"/proc/$1/environ" | sed -n 's/^STY=//p')
            pm2_in="screen ${pm2_sty:-$pm2_pid}" pm2_key="${pm2_there}screen -d -r ${pm2_sty:-$pm2_pid}"
            return ;;
        esac
    done
    pm2_tty=$(readlink "/proc/$1/fd/0")
    case $pm2_tty in /dev/pts/* | /dev/tty*) pm2_in="the terminal ${pm2_tty#/dev/}" ;; esac
}

# pm2_tmux PID SERVER: the session that has one of PID's ancestors in a pane.
pm2_tmux() {
    pm2_in=tmux pm2_socket=$(tr '\0' '\n' <"/proc/$1/environ" | sed -n 's/^TMUX=\([^,]*\),.*/\1/p')
    case $pm2_socket in
    '' | */default) pm2_key="${pm2_there}tmux attach" ;;
    *) pm2_key="${pm2_there}tmux -S '$pm2_socket' attach" ;;
    esac
    # shellcheck disable=SC2086 # an option and its word, or nothing
    pm2_panes=$(as "$pm2_owner" timeout 5 tmux ${pm2_socket:+-S "$pm2_socket"} list-panes -a -F '#{pane_pid} #{session_name}' 2>/dev/null) || return 0
    while read -r pm2_pane pm2_session; do
        case " $ancestry " in *" $pm2_pane "*)
            pm2_in="tmux session $pm2_session" pm2_key="$pm2_key -t '$pm2_session'" ;;
        esac
    done <<EOT
$pm2_panes
EOT
}

# pm2_how_to_end PID: says how its owner ends what is not ours to end.
pm2_how_to_end() {
    pm2_place "$1"
    if [ -n "$pm2_key" ]; then echo "it runs in $pm2_in: open that with \`$pm2_key\` and press Ctrl-C"
    elif [ -n "$pm2_in" ]; then echo "it runs in $pm2_in: press Ctrl-C there, or end it with: sudo kill $1"
    else echo "end it with: sudo kill $1"; fi
}
