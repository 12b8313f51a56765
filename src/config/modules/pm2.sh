# shellcheck shell=sh disable=SC2154,SC2015,SC2016
# pm2 USER NAME CONFIG DIR SPEC PORT URL MARKER WITHIN [FILE…]
#
# The pm2 of USER keeps exactly one application NAME, the one that CONFIG (an
# ecosystem file) declares; it was started from what is on disk now; it is saved
# for the next boot; and http://127.0.0.1:PORT/ (or URL) answers 200 to 399, with
# MARKER in the page if that is set, at most WITHIN seconds after a start.
# SPEC stands for what was declared. What it was started from is one more hash in
# its environment, LABCTL_SPEC: SPEC, CONFIG, commit, installed packages, Node.js.
# FILEs are declared files of DIR: SPEC stands for their content.

pm2_words() {
    user=$1 name=$2 config=$3 dir=$4 spec=$5 port=$6 url=$7 marker=$8 within=${9:-120}
    case $url in
    '') url=http://127.0.0.1:$port/ ;;
    /*) url=http://127.0.0.1:$port$url ;;
    esac
    pm2_home=$(home "$user")/.pm2 || cannot_tell
    pm2_daemon=''
    if [ -r "$pm2_home/pm2.pid" ]; then read -r pm2_daemon <"$pm2_home/pm2.pid" || :; fi
    case $pm2_daemon in *[!0-9]*) pm2_daemon='' ;; esac
}

# Sets want (what LABCTL_SPEC has to be).
pm2_want() {
    pm2_stamp='' pm2_head=''
    if [ -r "$dir/.git/HEAD" ]; then
        read -r pm2_head <"$dir/.git/HEAD" || :
        case $pm2_head in 'ref: '*) pm2_ref "${pm2_head#ref: }" ;; esac
    fi
    if [ -r "$dir/node_modules/.labctl-stamp" ]; then
        while read -r pm2_line; do pm2_stamp="$pm2_stamp $pm2_line"; done <"$dir/node_modules/.labctl-stamp"
    fi
    want=$({
        printf '%s\n' "$name" "$spec" "$pm2_head" "$pm2_stamp"
        # What a person changed in the code is code, too. The lock file is not: the packages have their stamp.
        as "$user" GIT_OPTIONAL_LOCKS=0 git -C "$dir" diff HEAD -- . ':(exclude)package-lock.json' 2> /dev/null || :
        cat "$config"
        readlink /usr/local/bin/node || :
    } | sha256sum) && want=${want%% *}
}

# The commit that a branch stands at: from its own file, or from the packed list.
pm2_ref() {
    pm2_head=''
    if [ -r "$dir/.git/$1" ]; then
        read -r pm2_head <"$dir/.git/$1" || :
    elif [ -r "$dir/.git/packed-refs" ]; then
        while read -r pm2_hash pm2_name; do
            [ "$pm2_name" != "$1" ] || pm2_head=$pm2_hash
        done <"$dir/.git/packed-refs"
    fi
}

# Sets parent and since (seconds of life) of a process; returns 1 if there is none. Its number may come from a file of the
# user's, and lead to another of theirs instead of to the kernel's.
pm2_process() {
    case $1 in '' | *[!0-9]*) return 1 ;; esac
    pm2_stat='' parent=''
    { read -r pm2_stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    pm2_stat=${pm2_stat##*) }
    read -r pm2_up _ </proc/uptime
    # shellcheck disable=SC2086 # fields 3 and on: state, parent … start time
    set -- $pm2_stat
    parent=$2
    shift 19
    since=$((${pm2_up%.*} - $1 / 100))
}

# Sets live (the pids of NAME that are children of the daemon), how many, and elsewhere (another daemon that has one).
pm2_live() {
    live='' how_many=0 elsewhere=''
    for pm2_file in "$pm2_home/pids/$name"-*.pid; do
        pm2_id=${pm2_file##*"/$name-"} pm2_id=${pm2_id%.pid}
        case $pm2_id in '' | *[!0-9]*) continue ;; esac
        read -r pm2_pid <"$pm2_file" || : # no newline at its end
        pm2_process "$pm2_pid" || continue
        if [ "$parent" != "$pm2_daemon" ]; then
            pm2_title=''
            # shellcheck disable=SC2162
            { read -r pm2_title <"/proc/$parent/cmdline" || :; } 2>/dev/null
            case $pm2_title in "PM2 "*"($pm2_home)"*) elsewhere=$parent ;; esac
            continue
        fi
        live=$pm2_pid how_many=$((how_many + 1))
    done
}

# Sets answer to what is wrong; returns 0 if the page is right.
pm2_answers() {
    pm2_body=$(curl -sS --noproxy '*' -m "$1" -H 'Accept: */*' -w '\n%{http_code}' "$url" 2>&1)
    answer="$url: ${pm2_body##*
}"
    case ${pm2_body##*
} in
    [23]??) ;;
    000) answer="$url: ${pm2_body%%
*}"; return 1 ;;
    *) return 1 ;;
    esac
    [ -n "$marker" ] || return 0
    case $pm2_body in *"$marker"*) return 0 ;; esac
    answer="$answer, but the page does not contain: $marker"
    return 1
}

# One process, started from what is on disk now.
pm2_runs() {
    pm2_live
    [ "$how_many" = 1 ] && grep -qF "LABCTL_SPEC=$want" "/proc/$live/environ"
}

pm2_is_saved() { grep -qF "$want" "$pm2_home/dump.pm2" 2>/dev/null; }

# Somebody may have typed `pm2 start CONFIG && pm2 save`: then there is no LABCTL_SPEC at all. It counts when the one
# process is younger than everything that it is made of, and when its folder, its environment and its saved command are
# those of CONFIG.
pm2_by_hand() {
    [ "$how_many" = 1 ] && ! grep -q 'LABCTL_SPEC=' "/proc/$live/environ" || return 1
    for pm2_file; do
        shift
        set -- "$@" "$dir/$pm2_file"
    done
    [ -z "$(find "$config" "$dir/.git/HEAD" "$dir/.git/logs/HEAD" "$dir/node_modules" "$(command -v node)" "$@" \
        -maxdepth 0 -newerct "-$((since > 1 ? since - 1 : 0)) seconds" 2>/dev/null)" ] || return 1
    as "$user" node -e "$pm2_by_hand_js" "$config" "$name" "$live" "$pm2_home/dump.pm2" 2>/dev/null
}

check_pm2() {
    command -v pm2 >/dev/null && command -v curl >/dev/null && [ -r "$3" ] || cannot_tell
    pm2_words "$@"
    pm2_want
    answered=''
    [ -z "${facts:-}" ] || pm2_facts
    shift 9
    { pm2_runs && pm2_is_saved; } || pm2_by_hand "$@" || return 1
    # A young process may be one of a restart loop beside a stranger on the port.
    if [ "$since" -lt 15 ]; then pm2_owns_port || return 1; fi
    # One that hangs is waited for once.
    case $answered in yes) return 0 ;; no) return 1 ;; esac
    pm2_answers 5
}

pm2_facts() {
    pm2_live
    pm2_key=app.$(printf %s "$name" | tr -c 'A-Za-z0-9._-' _)
    if [ "$how_many" = 0 ]; then fact "$pm2_key" "failed no process under pm2"
    elif [ "$how_many" != 1 ]; then fact "$pm2_key" "failed $how_many processes under pm2"
    elif pm2_answers 5; then answered=yes; fact "$pm2_key" "ok process $live, $answer"
    else answered=no; fact "$pm2_key" "failed process $live, $answer"
    fi
}

apply_pm2() {
    pm2_words "$@"
    pm2_want
    # What was started just now only needs time, unless a stranger has its port.
    if ! pm2_runs || ! { { pm2_owns_port || [ -z "$holders" ]; } && pm2_waits "$((within - since))"; }; then
        pm2_clear_port
        pm2_ask delete "$name" >/dev/null 2>&1 || : # it was not there
        pm2_out=$(pm2_size "$pm2_home/logs/$name-out.log")
        pm2_error=$(pm2_size "$pm2_home/logs/$name-error.log")
        pm2_with="LABCTL_SPEC=$want LABCTL_TASK="
        pm2_ask start "$config" || fail "pm2 could not start $config"
        pm2_with=''
        pm2_waits "$within" || pm2_explain "$pm2_out" "$pm2_error"
    fi
    pm2_ask save
}

# Waits for the page; gives up early when the application dies again and again.
pm2_waits() {
    pm2_left=$1 pm2_deaths=0 pm2_last='' answer=''
    [ "$pm2_left" -ge 5 ] || pm2_left=5
    read -r pm2_begin _ </proc/uptime
    pm2_end=$((${pm2_begin%.*} + pm2_left))
    while :; do
        read -r pm2_now _ </proc/uptime
        [ "${pm2_now%.*}" -lt "$pm2_end" ] || return 1
        pm2_words "$user" "$name" "$config" "$dir" "$spec" "$port" "$url" "$marker" "$within"
        pm2_live
        if [ -n "$live" ] && [ "$live" != "$pm2_last" ]; then
            [ -z "$pm2_last" ] || pm2_deaths=$((pm2_deaths + 1))
            pm2_last=$live
        fi
        # Where the daemon died meanwhile, who asked pm2 has started one outside the service. The step before puts that right.
        if [ -z "$live" ] && [ -n "$elsewhere" ] && [ "$((${pm2_now%.*} - ${pm2_begin%.*}))" -ge 5 ]; then
            answer="it runs under a daemon of pm2 that is not the service's (process $elsewhere); run labctl again, which puts that right"
            return 1
        fi
        if [ "$pm2_deaths" -ge 3 ]; then answer='it ends again and again, and pm2 restarts it'; return 1; fi
        if [ -n "$live" ] && pm2_answers "$((pm2_end - ${pm2_now%.*}))" && pm2_owns_port; then return 0; fi
        sleep 0.3
    done
}

# What the application said since this start ($1 and $2: where its logs ended before).
pm2_explain() {
    pm2_said=''
    for pm2_log in "$pm2_home/logs/$name-out.log" "$pm2_home/logs/$name-error.log"; do
        # As the user: what stands there instead of a log is theirs to read, or nobody's.
        pm2_lines=$(as "$user" tail -c "+$(($1 + 1))" "$pm2_log" 2>/dev/null | tail -n 30)
        shift
        [ -n "$pm2_lines" ] || continue
        printf '%s\n' "--- $pm2_log" "$pm2_lines"
        pm2_said=$pm2_said$pm2_lines
    done
    pm2_hint=''
    case $pm2_said in
    *ERR_OSSL_EVP_UNSUPPORTED*) pm2_hint=' This app is too old for this Node.js: use Node.js 14 or 16, or legacy_openssl.' ;;
    *'not allowed in NODE_OPTIONS'*) pm2_hint=' legacy_openssl is for Node.js 17 and later only.' ;;
    *EADDRINUSE* | *'already running on port'*) pm2_hint=" Something else has port $port." ;;
    *': not found'* | *'Cannot find module'*) pm2_hint=' A package is missing: was npm ci run here?' ;;
    esac
    fail "$name is not ready: ${answer:-no process}.$pm2_hint"
}

pm2_size() { if [ -f "$1" ]; then stat -L -c %s "$1"; else echo 0; fi; }

# The listener is the application itself or a child of it.
pm2_owns_port() {
    port_holders "$port"
    for pm2_pid in $holders; do
        while [ "$pm2_pid" != "$live" ]; do
            pm2_process "$pm2_pid" && [ "$parent" -gt 1 ] || return 1
            pm2_pid=$parent
        done
        pm2_process "$live"
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
    kill -0 "${pm2_daemon:-x}" 2>/dev/null || return 0
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
    pm2_chain='' pm2_top=$1
    pm2_at=$1
    while pm2_process "$pm2_at"; do
        [ "$pm2_at" != "$pm2_daemon" ] || break
        pm2_chain="$pm2_chain $pm2_at" pm2_top=$pm2_at
        [ "$parent" -gt 1 ] || break
        pm2_at=$parent
    done
    if [ "$pm2_at" = "$pm2_daemon" ]; then
        pm2_other=''
        for pm2_file in "$pm2_home/pids"/*.pid; do
            read -r pm2_pid <"$pm2_file" || :
            [ "$pm2_pid" != "$pm2_top" ] || pm2_other=${pm2_file##*/}
        done
        pm2_other=${pm2_other%-*.pid}
        [ "$pm2_other" != "$name" ] || return 0
        fail "port $port is taken by \"$pm2_other\" of the same pm2, which is another application ($(pm2_who "$1")): give one of them another port, or remove it with: pm2 delete $pm2_other"
    fi
    pm2_title=$(tr '\0' ' ' 2>/dev/null <"/proc/$pm2_top/cmdline")
    case $pm2_title in
    'PM2 '*) fail "port $port is taken by the pm2 of $(stat -c %U "/proc/$pm2_top") ($(pm2_who "$1")): remove it there with: sudo -u $(stat -c %U "/proc/$pm2_top") pm2 delete all" ;;
    esac
    read -r pm2_group <"/proc/$1/cgroup" || pm2_group=''
    case ${pm2_group##*/} in
    pm2-*.service | ssh.service | sshd.service | 'ssh@'*.service | 'user@'*.service | labctl*.service) ;;
    *.service) fail "port $port is taken by the service ${pm2_group##*/} ($(pm2_who "$1")): stop it with: sudo systemctl disable --now ${pm2_group##*/}" ;;
    esac
    if [ "$(readlink "/proc/$pm2_top/cwd")" != "$dir" ] || [ "$(stat -c %U "/proc/$pm2_top")" != "$user" ]; then
        fail "port $port is taken by $(pm2_who "$1"): end it, or give the application another port"
    fi
    case $pm2_title in
    *node* | *npm* | sh\ * | /bin/sh\ *) ;;
    *) fail "port $port is taken by $(pm2_who "$1"): end it, or give the application another port" ;;
    esac
    note "ended a lost process of $name that held port $port: $(pm2_who "$1")"
    # shellcheck disable=SC2086 # a list
    kill $pm2_chain 2>/dev/null || :
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.3
    done
    # shellcheck disable=SC2086 # a list
    kill -9 $pm2_chain 2>/dev/null || :
}

# "pid 123 of deploy (node src/index.js)"
pm2_who() {
    echo "pid $1 of $(stat -c %U "/proc/$1") ($(tr '\0' ' ' <"/proc/$1/cmdline" | sed 's/ *$//' | cut -c 1-100))"
}
