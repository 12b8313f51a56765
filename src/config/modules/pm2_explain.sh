# shellcheck shell=sh disable=SC2154
# What an application said that did not become ready.
# Defines pm2_logs, pm2_said_in, pm2_mistake, pm2_explain. Uses pm2_list.sh, port.sh, pm2_holder.sh; the words of pm2.sh, answer.

# Before a start: notes how long each log is, so that nobody is told what an earlier start has said.
pm2_logs() {
    : >"$work/logs"
    # As the user: what stands there instead of a log is theirs to read, or nobody's.
    as "$user" find "$pm2_home/logs" -type f -printf '%s %p\n' >"$work/logs" 2>/dev/null || :
}

# pm2_said_in LOG: the end of what was written since.
pm2_said_in() {
    pm2_size=0
    while read -r pm2_old pm2_log; do
        [ "$pm2_log" != "$1" ] || pm2_size=$pm2_old
    done <"$work/logs"
    pm2_lines=$(as "$user" tail -c "+$((pm2_size + 1))" "$1" 2>/dev/null | tail -n 30)
    [ -n "$pm2_lines" ] || return 0
    printf '%s\n' "--- $1" "$pm2_lines"
    pm2_said="$pm2_said$pm2_lines
"
}

# A mistake in the writing of a file, as Node.js names it: `FILE:LINE` begins its report, `SyntaxError: …` ends it. In a package of
# somebody else's it is the language of a newer Node.js.
pm2_mistake() {
    case $pm2_said in *SyntaxError:*) ;; *) return 0 ;; esac
    pm2_at=$(printf '%s\n' "$pm2_said" | sed -n 's/^\(file:\/\/\)\{0,1\}\(\/.*:[0-9][0-9]*\)$/\2/p' | tail -n 1)
    pm2_words=$(printf '%s\n' "$pm2_said" | sed -n 's/.*\(SyntaxError: .*\)/\1/p' | tail -n 1)
    case $pm2_at in
    '') return 0 ;;
    */node_modules/*) pm2_hint=" ${pm2_at%:*} is written for a newer Node.js." ;;
    *) pm2_hint=" Somebody's mistake in $pm2_at ($pm2_words): labctl does not change the application; correct that line." ;;
    esac
}

# Prints what it said since this start, and fails with the reason.
pm2_explain() {
    pm2_said=''
    pm2_found=$(pm2_list) || pm2_found=''
    while IFS=$tab read -r _ _ _ pm2_kind pm2_out pm2_error _; do
        [ "$pm2_kind" = same ] || continue
        pm2_said_in "$pm2_out"
        pm2_said_in "$pm2_error"
    done <<EOT
$pm2_found
EOT
    pm2_hint=''
    pm2_mistake
    case $pm2_said in
    *ERR_OSSL_EVP_UNSUPPORTED*) pm2_hint=' This app is too old for this Node.js: use Node.js 14 or 16, or legacy_openssl.' ;;
    *'not allowed in NODE_OPTIONS'*) pm2_hint=' legacy_openssl is for Node.js 17 and later only.' ;;
    *EADDRINUSE* | *'already running on port'*)
        pm2_hint=" Something else has port $port."
        port_holders "$port"
        for pm2_holder in $holders; do
            pm2_judge "$pm2_holder"
            [ "$verdict" = ours ] || pm2_hint=" $obstacle"
        done ;;
    *': not found'* | *'Cannot find module'*) pm2_hint=' A package is missing: was npm ci run here?' ;;
    esac
    fail "$name is not ready: ${answer:-no process}.$pm2_hint"
}
