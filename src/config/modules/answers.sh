# shellcheck shell=sh
# answers MARKER SECONDS (DOMAIN METHOD REQUESTS PAGES AT_ONCE SERVERS)…
# Each domain answers all REQUESTS with 200, the first PAGES of them with MARKER in the page, and its SERVERS
# (SOCKET=HOST=WEIGHT=LEAST=MOST, each after a blank) share them: LEAST to MOST for each. Who answered stands in the
# X-Upstream header (the last one, after a failover).
answers_seen() {
    answers_marker=$1
    shift
    answers_code=0
    while [ $# -gt 0 ]; do
        # Whoever else asks at the same time takes turns, too: counts may be off once, but not three times in a row.
        for _ in 1 2 3; do
            answers_ask "$@"
            case $answers_said in *' promises '*) ;; *) break ;; esac
        done
        case $answers_counted in *' '*' '*) proof "balance.$1 $answers_counted" ;; esac
        case $answers_said in
        'ok '*) fact "site.$1 $answers_said" ;;
        *)
            printf '%s %s\n' "$1" "$answers_said"
            fact "site.$1 failed $answers_said"
            answers_code=1
            # Whoever asks how everything is wants to hear of every site.
            [ -n "${facts:-}" ] || return 1
            ;;
        esac
        shift 6
    done
    return $answers_code
}
# Asks one site, unless it was asked ahead. Sets answers_counted (what was counted, for whoever keeps it) and answers_said:
# `ok` and who answered, or what is wrong.
answers_ask() {
    [ -s "$work/exit.$id.$1" ] || answers_request "$@"
    read -r answers_exit < "$work/exit.$id.$1"
    : > "$work/exit.$id.$1"
    answers_why=
    case $answers_exit in
    0 | 22) ;;
    7) answers_why='refused the connection' ;;
    28) answers_why='gave no answer in time' ;;
    124) answers_why='took more than 40 s for its requests' ;;
    *) read -r answers_why < "$work/curl.$id.$1" || [ -n "$answers_why" ] || answers_why="broke off (exit $answers_exit)" ;;
    esac
    awk -v method="$2" -v sent="$3" -v servers="$6" -v why="$answers_why" "$answers_count" "$work/heads.$id.$1" > "$work/counted"
    { read -r answers_counted && read -r answers_said; } < "$work/counted" || answers_said="could not be counted"
    case $answers_said in 'ok '*) ;; *) return 0 ;; esac
    # shellcheck disable=SC2143 # the question is whether any file is without it
    [ -z "$answers_marker" ] || [ -z "$(grep -LF -e "$answers_marker" "$work/page.$id.$1="*)" ] ||
        answers_said="answered 200, but with another page (without \`$answers_marker\`)"
}
# Sends the requests; what came of them is kept under the names of task and site, the exit code last. One process asks everything:
# what follows `#` in an address is never sent, it only counts.
answers_request() {
    answers_parallel=
    [ "$5" = 1 ] || answers_parallel="-Z --no-progress-meter --parallel-max $5"
    answers_exit=0
    answers_curl "$@" || answers_exit=$?
    # Before 7.66, curl knows no -Z: then one after the other.
    if [ "$answers_exit" = 2 ] && [ -n "$answers_parallel" ]; then
        answers_parallel='' answers_exit=0
        answers_curl "$@" || answers_exit=$?
    fi
    echo "$answers_exit" > "$work/exit.$id.$1"
}
answers_curl() {
    # shellcheck disable=SC2086 # options
    timeout 40 curl -q -sS $answers_parallel -f --fail-early --noproxy '*' -m 5 -D - -H 'Accept: */*' -H "Host: $1" \
        -o "$work/page.$id.$1=#1" "http://127.0.0.1/#[1-$4]" -o /dev/null "http://127.0.0.1/#[1-$(($3 - $4))]" \
        > "$work/heads.$id.$1" 2> "$work/curl.$id.$1"
}
# shellcheck disable=SC2016 # awk's
answers_count='
BEGIN {
    n = split(servers, words, " ")
    for (i = 1; i <= n; i++) {
        split(words[i], part, "=")
        socket[i] = part[1]; name[i] = part[2]; least[i] = part[4]; most[i] = part[5]
        own[part[1]] = i; names = names " " part[2]
    }
}
{ sub(/\r$/, "") }
/^HTTP\// { status = $2; all++; if (status == 200) good++; else bad[status]++ }
tolower($1) == "x-upstream:" { if (status == 200) { answered[$NF]++; named++ } else asked[status] = $NF }
END {
    for (status in bad) {
        by = asked[status]
        text = "answered " status
        if (by in own) { port = by; sub(/.*:/, ":", port); text = text " (asked: " name[own[by]] port ")" }
        # Instead of an address, the name of the upstream: none of its servers counts as alive.
        else if (by != "" && by !~ /:/) text = text " (asked nobody)"
        lost = lost " lost:" spaced(text) "=" bad[status]
        if (bad[status] > worst) { worst = bad[status]; wrong = text ": " worst " of " all " requests" }
    }
    if (why != "") { lost = lost " lost:" spaced(why) "=1"; all++; if (wrong == "") wrong = why }
    counted = method " " (all < sent ? all : sent)
    for (i = 1; i <= n; i++) {
        got = answered[socket[i]] + 0
        counted = counted " " words[i] "=" got
        if (got > 0) { seen = seen " " name[i]; seers++ } else if (least[i] > 0) missing = 1
        if ((got < least[i] || got > most[i]) && off == "")
            off = name[i] " answered " got " of " sent ", but " method " promises " least[i] " to " most[i]
    }
    for (by in answered) if (!(by in own)) {
        counted = counted " other:" by "=" answered[by]
        stranger = "was answered by " by ", which is none of:" names
    }
    if (named < good) {
        counted = counted " other:=" good - named
        stranger = "answered 200 without X-Upstream"
    }
    print counted lost
    if (wrong != "") print wrong
    else if (stranger != "") print stranger
    else if (method == "ip_hash" && seers > 1) print "sent one client to several servers (" substr(seen, 2) "), which ip_hash does not"
    else if (missing) print "was answered only by" seen " of:" names
    else if (method != "ip_hash" && off != "") print off
    else print "ok" seen
}
function spaced(text) { gsub(/ /, "+", text); return text }
'
# Two thirds of a look would be spent on waiting for answers: they come in while everything else is looked at. Only in a look:
# a server that is asked while it is being started would be left out by nginx for ten seconds.
ask_answers() {
    [ "$mode" = check ] && command -v curl > /dev/null || return 0
    shift 2
    ahead answers_all "$@"
}
# Two sites at a time: each has servers and counts of its own, and small machines have two processors.
answers_all() {
    while [ $# -gt 0 ]; do
        answers_request "$@" &
        answers_first=$!
        shift 6
        [ $# -eq 0 ] || { answers_request "$@"; shift 6; }
        wait "$answers_first"
    done
}
check_answers() {
    command -v curl > /dev/null || cannot_tell
    shift_marker=$1
    shift 2
    answers_seen "$shift_marker" "$@" || cannot_tell
}
apply_answers() {
    only_waited
    shift_marker=$1
    until=$(($(date +%s) + $2))
    shift 2
    until answers_seen "$shift_marker" "$@" > "$work/said"; do
        [ "$(date +%s)" -lt "$until" ] || { cat "$work/said"; fail "not every site answers as it should"; }
        : > "$work/facts"
        sleep 1
    done
    # What was counted is told once, by the check that follows.
    : > "$work/facts"
}
