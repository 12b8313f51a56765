# shellcheck shell=sh disable=SC2154,SC2015,SC2016
# Whether an application runs and answers, and the wait until it does.
# Defines pm2_live (sets live, how_many, elsewhere, since), pm2_answers (sets answer), pm2_waits, pm2_explain, pm2_size.
# Uses pm2_daemon.sh, pm2_port.sh; the words of pm2.sh.

# Sets live (the pids of NAME that are children of the daemon), how many, and elsewhere (another daemon that has one).
pm2_live() {
    live='' how_many=0 elsewhere=''
    for pm2_file in "$pm2_home/pids/$name"-*.pid; do
        pm2_id=${pm2_file##*"/$name-"} pm2_id=${pm2_id%.pid}
        case $pm2_id in '' | *[!0-9]*) continue ;; esac
        read -r pm2_pid <"$pm2_file" || : # no newline at its end
        process "$pm2_pid" || continue
        if [ "$parent" != "$daemon" ]; then
            ! pm2_of "$pm2_home" "$parent" || elsewhere=$parent
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
