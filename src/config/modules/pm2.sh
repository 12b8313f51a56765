# shellcheck shell=sh disable=SC2154,SC2015,SC2016
# pm2 USER NAME CONFIG DIR SPEC PORT URL MARKER WITHIN [FILE…]
#
# NAME and PORT are lists where several instances of the application run: all this holds for each.
# The pm2 of USER keeps exactly one application NAME, the one that CONFIG (an
# ecosystem file) declares; it was started from what is on disk now; it is saved
# for the next boot; and http://127.0.0.1:PORT/ (or URL) answers 200 to 399, with
# MARKER in the page if that is set, at most WITHIN seconds after a start. Without
# URL, the web server is another machine, and must be able to reach it, too.
# SPEC stands for what was declared. What it was started from is one more hash in
# its environment, LABCTL_SPEC: SPEC, CONFIG, commit, installed packages, Node.js.
# FILEs are declared files of DIR: SPEC stands for their content.

pm2_words() {
    user=$1 name=$2 config=$3 dir=$4 spec=$5 port=$6 url=$7 marker=$8 within=${9:-120}
    [ $# -lt 10 ] || { shift 9; declared=$*; }
    case $url in
    '') url=http://127.0.0.1:$port/ pm2_reach=yes ;;
    /*) url=http://127.0.0.1:$port$url ;;
    esac
    pm2_home=$(home "$user")/.pm2 || cannot_tell
    pm2_daemon "$pm2_home" || :
}

# pm2_each FUNCTION WORD…: calls FUNCTION with the words of each instance, in a shell of its own where there are several. Ends
# with the worst of what they end with; where a failure ends the shell, with the first.
pm2_each() {
    pm2_do=$1
    shift
    case $6 in *' '*) ;; *) "$pm2_do" "$@"; return ;; esac
    pm2_names=$2 pm2_ports=$6 pm2_worst=0 pm2_one=$1 pm2_three=$3 pm2_four=$4 pm2_five=$5 pm2_seven=$7 pm2_eight=$8 pm2_nine=$9
    shift 9
    for pm2_port in $pm2_ports; do
        pm2_name=${pm2_names%% *} pm2_names=${pm2_names#* } pm2_only=$pm2_name
        set -- "$pm2_one" "$pm2_name" "$pm2_three" "$pm2_four" "$pm2_five" "$pm2_port" "$pm2_seven" "$pm2_eight" "$pm2_nine" "$@"
        ("$pm2_do" "$@")
        pm2_code=$? # of a change that failed, nothing more is done here
        # What stands in the way weighs more than what is certainly not so, and that more than what cannot be told.
        case $pm2_worst.$pm2_code in *.0 | 8.*) ;; 0.* | 9.* | *.8) pm2_worst=$pm2_code ;; esac
        shift 9
    done
    return "$pm2_worst"
}

check_pm2() { pm2_each pm2_check "$@"; }

pm2_check() {
    pm2_words "$@"
    command -v pm2 >/dev/null && command -v curl >/dev/null && [ -r "$3" ] || { pm2_obstacles; cannot_tell; }
    pm2_want
    # Whether it is to be started anew, the files and programs that come first will tell.
    [ ! -e "$work/moves" ] || { pm2_runs || pm2_obstacles; pm2_serves; cannot_tell; }
    # Whoever reads its files while it runs is ready again when it has taken the new ones in.
    [ -z "$reloads" ] || [ ! -e "$work/moved" ] || return 1
    answered=''
    [ -z "${facts:-}" ] || pm2_facts
    shift 9
    { pm2_runs && pm2_is_saved; } || pm2_by_hand "$@" || { pm2_obstacles; pm2_serves; return 1; }
    # A young process may be one of a restart loop beside a stranger on the port.
    if [ "$since" -lt 15 ]; then pm2_owns_port || return 1; fi
    # One that hangs is waited for once.
    case $answered in yes) ;; no) return 1 ;; *) pm2_answers 5 || return 1 ;; esac
    proof serves "$name"
}

# Whoever serves is changed when others serve in its place.
pm2_serves() {
    [ "$phase" = before ] && [ "$how_many" != 0 ] && pm2_answers 5 || return 0
    proof serves "$name"
}

pm2_facts() {
    pm2_live
    pm2_key=app.$(printf %s "$name" | tr -c 'A-Za-z0-9._-' _)
    if [ "$how_many" = 0 ]; then fact "$pm2_key" "failed no process under pm2"
    elif [ "$how_many" != 1 ]; then fact "$pm2_key" "failed $how_many processes under pm2"
    elif pm2_answers 4; then answered=yes; fact "$pm2_key" "ok process $live, $answer"
    else answered=no; fact "$pm2_key" "failed process $live, $answer"
    fi
}

# One after the other: those that serve go on meanwhile.
apply_pm2() {
    rm -f "$work/restarted"
    pm2_each pm2_apply "$@"
}

pm2_apply() {
    pm2_words "$@"
    pm2_habitable "$user" "${pm2_home%/.pm2}"
    pm2_want
    pm2_time=0
    if [ -e "$work/moved" ]; then
        rm -f "$work/moved"
        pm2_time=$within
    fi
    if pm2_runs; then
        # What was started just now only needs time, and so does a development server that compiles new files.
        if [ "$pm2_time" != 0 ] && [ -n "$reloads" ]; then
            note "the development server takes the changed files in by itself: not restarted"
            sleep 2 # until it has seen them, it answers with the old ones
            [ -e "$work/restarted" ] || only_waited
        else pm2_time=$((within - since)); fi
    fi
    # Unless a stranger has its port, or it has taken another one.
    if ! pm2_runs || pm2_elsewhere || ! { { pm2_owns_port || [ -z "$holders" ]; } && pm2_waits "$pm2_time"; }; then
        rm -f "$work/waited"
        : >"$work/restarted"
        pm2_clear_port
        pm2_delete same ''
        pm2_files
        pm2_logs
        pm2_with="LABCTL_SPEC=$want LABCTL_TASK="
        pm2_ask start "$config" ${pm2_only:+--only "$pm2_only"} || fail "pm2 could not start $config"
        pm2_with=''
        pm2_waits "$within" || pm2_explain
    fi
    pm2_ask save
}

# What root has left in the folder (`sudo npm start`, an editor with sudo), the application may not write.
pm2_files() {
    pm2_odd=$(find "$dir" ! -user "$user" -printf '%u %p' -quit 2>/dev/null)
    [ -n "$pm2_odd" ] || return 0
    note "${pm2_odd#* } belonged to ${pm2_odd%% *} (something done with sudo?): all of $dir belongs to $user now"
    give "$user" "$dir" -R
}
