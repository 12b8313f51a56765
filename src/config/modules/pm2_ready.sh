# shellcheck shell=sh disable=SC2154,SC2015,SC2016
# Whether an application runs and answers, and the wait until it does.
# Defines pm2_answers (sets answer), pm2_waits. Uses pm2_list.sh, pm2_port.sh, pm2_fixed.sh; the words of pm2.sh.

# Sets answer to what is wrong, and pm2_lonely if only this machine can reach it; returns 0 if the page is right.
# Who listens on every address is reached at each of the loopback, and who listens on 127.0.0.1 at no other: so one question
# tells both, and nobody has to know the machine's own addresses.
pm2_answers() {
    pm2_lonely=''
    pm2_at=$url
    [ -z "${pm2_reach:-}" ] || pm2_at=http://127.0.0.2:${url#http://127.0.0.1:}
    # One that hangs is waited for once in a look.
    if [ "$mode" = check ] && grep -qsxF -e "$url" "$work/hangs"; then answer="$url: no answer in time"; return 1; fi
    pm2_curl=0
    pm2_body=$(curl -sS --noproxy '*' -m "$1" -H 'Accept: */*' -w '\n%{http_code}' "$pm2_at" 2>&1) || pm2_curl=$?
    [ "$mode.$pm2_curl" != check.28 ] || printf '%s\n' "$url" >>"$work/hangs"
    answer="$url: ${pm2_body##*
}"
    case ${pm2_body##*
} in
    000)
        # Asked again: it may have begun to listen between the two questions.
        if [ "$pm2_at" != "$url" ] && [ "$pm2_curl" = 7 ] && curl -q -s -o /dev/null --noproxy '*' -m "$1" "$url" &&
            ! curl -q -s -o /dev/null --noproxy '*' -m "$1" "$pm2_at"; then
            pm2_lonely=yes
            answer="it listens on 127.0.0.1:$port only, where the web server cannot reach it: look for HOST in its start script, in .env and in the environment"
            return 1
        fi
        ;;
    esac
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
    pm2_end=$((${pm2_begin%.*} + pm2_left)) pm2_asked=${pm2_begin%.*}
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
        # That does not pass by itself: it is a setting.
        if [ -n "${pm2_lonely:-}" ] && [ "$((${pm2_now%.*} - ${pm2_begin%.*}))" -ge 5 ]; then
            ! pm2_fixed || answer=$fixed
            return 1
        fi
        # Slow is no mistake; what its own files say will not change, however long it is waited for.
        if [ "$((${pm2_now%.*} - pm2_asked))" -ge 5 ] && [ "$((${pm2_now%.*} - ${pm2_begin%.*}))" -ge 10 ]; then
            pm2_asked=${pm2_now%.*}
            ! pm2_fixed || { answer=$fixed; return 1; }
        fi
        if [ -n "$live" ] && pm2_answers "$((pm2_end - ${pm2_now%.*}))" && pm2_owns_port; then return 0; fi
        sleep 0.3
    done
}
