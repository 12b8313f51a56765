# shellcheck shell=sh
# answers MARKER SECONDS (DOMAIN METHOD REQUESTS PAGES AT_ONCE AT_MOST SERVERS)…
# Each domain answers all REQUESTS with 200, the first PAGES of them with MARKER in the page, and AT_MOST so many of its SERVERS
# (SOCKET=HOST=WEIGHT=LEAST=MOST, each after a blank) share them: LEAST to MOST for each. Who answered stands in the
# X-Upstream header (the last one, after a failover). Nothing is judged here: numbers are compared with those that were given,
# and what was counted is told. The controller says what it means.
answers_seen() {
    answers_marker=$1
    shift
    answers_code=0
    while [ $# -gt 0 ]; do
        # Whoever else asks at the same time takes turns, too: counts may be off once, but not three times in a row.
        for _ in 1 2 3; do
            answers_ask "$@"
            [ "$answers_kept" = uneven ] || break
        done
        [ -z "$answers_counted" ] || proof "balance.$1 $answers_counted"
        if [ "$answers_kept" != yes ]; then
            answers_code=1
            # Whoever asks how everything is wants to hear of every site.
            [ -n "${facts:-}" ] || return 1
        fi
        shift 7
    done
    return $answers_code
}
# Asks one site, unless it was asked ahead. Sets answers_counted (what was counted) and answers_kept: `yes`, `uneven` (only
# shares are off) or `no`.
answers_ask() {
    [ -s "$work/exit.$id.$1" ] || answers_request "$@"
    read -r answers_exit < "$work/exit.$id.$1"
    : > "$work/exit.$id.$1"
    answers_end=
    case $answers_exit in
    0 | 22) ;;
    *)
        answers_said=
        [ ! -s "$work/curl.$id.$1" ] || read -r answers_said < "$work/curl.$id.$1" || :
        answers_end=exit,$answers_exit,$answers_said
        ;;
    esac
    answers_counted='' answers_kept=no
    awk -v method="$2" -v sent="$3" -v at_most="$6" -v servers="$7" -v ending="$answers_end" "$answers_count" \
        "$work/heads.$id.$1" > "$work/counted" || return 0
    { read -r answers_counted && read -r answers_kept; } < "$work/counted" || return 0
    [ "$answers_kept" = yes ] && [ -n "$answers_marker" ] || return 0
    answers_other=$(grep -LF -e "$answers_marker" "$work/page.$id.$1="* | wc -l)
    [ "$answers_other" -eq 0 ] || answers_counted="$answers_counted page:=$((answers_other))" answers_kept=no
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
    # Whoever asks later in the same look need not wait as long for what hangs.
    [ "$answers_exit" != 28 ] || echo "$1" >> "$work/hangs"
    echo "$answers_exit" > "$work/exit.$id.$1"
}
answers_curl() {
    # shellcheck disable=SC2086 # options
    timeout 40 curl -q -sS $answers_parallel -f --fail-early --noproxy '*' -m 4 -D - -H 'Accept: */*' -H "Host: $1" \
        -o "$work/page.$id.$1=#1" "http://127.0.0.1/#[1-$4]" -o /dev/null "http://127.0.0.1/#[1-$(($3 - $4))]" \
        > "$work/heads.$id.$1" 2> "$work/curl.$id.$1"
}
# shellcheck disable=SC2016 # awk's
answers_count='
BEGIN {
    n = split(servers, words, " ")
    for (i = 1; i <= n; i++) {
        split(words[i], part, "=")
        socket[i] = part[1]; least[i] = part[4]; most[i] = part[5]
        own[part[1]] = 1
    }
}
{ sub(/\r$/, "") }
# Several transfers may write their heads at a time: what is counted must not depend on whose line comes first.
/^HTTP\// { status = $2; all++; if (status == 200) good++; else bad[status]++ }
tolower($1) == "x-upstream:" { if (status == 200) { answered[$NF]++; named++ } else { asked[status "," $NF]++; bad[status]-- } }
END {
    for (error in asked) lost = lost " lost:" error "=" asked[error]
    for (status in bad) if (bad[status] > 0) lost = lost " lost:" status ",=" bad[status]
    # Not one answer, and not a word about it.
    if (all == 0 && ending == "") ending = "exit,0,"
    if (ending != "") { gsub(/[ \t]/, "+", ending); lost = lost " lost:" ending "=1"; all++ }
    counted = method " " (all < sent ? all : sent)
    missing = wrong = seers = 0
    for (i = 1; i <= n; i++) {
        got = answered[socket[i]] + 0
        counted = counted " " words[i] "=" got
        if (got > 0) seers++
        if (got == 0 && least[i] > 0) missing = 1
        if (got < least[i] || got > most[i]) wrong = 1
    }
    for (by in answered) if (!(by in own)) { counted = counted " other:" by "=" answered[by]; others = 1 }
    if (named < good) { counted = counted " other:=" good - named; others = 1 }
    print counted lost
    if (lost != "" || others || missing || seers > at_most) print "no"
    else print (wrong ? "uneven" : "yes")
}
'
# Two thirds of a look would be spent on waiting for answers: they come in while everything else is looked at. Only in a look:
# a server that is asked while it is being started would be ejected by nginx for ten seconds.
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
        shift 7
        [ $# -eq 0 ] || { answers_request "$@"; shift 7; }
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
    until answers_seen "$shift_marker" "$@"; do
        # The last count is told: by it, the controller says what is wrong.
        [ "$(date +%s)" -lt "$until" ] || fail "not every site answers as it should"
        : > "$work/facts"
        sleep 1
    done
    # What was counted is told once, by the check that follows.
    : > "$work/facts"
}
