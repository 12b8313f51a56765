# shellcheck shell=sh
# answers MARKER SECONDS (DOMAIN SEEN SERVERS TRIES)…: each domain answers 200 with MARKER in its page, and among TRIES
# answers SEEN of its SERVERS are found. Who answered stands in the X-Upstream header (the last one, after a failover).
answers_seen() {
    answers_marker=$1
    shift
    answers_code=0
    while [ $# -gt 0 ]; do
        if answers_said=$(answers_of "$1" "$2" "$3" "$4"); then
            fact "site.$1 ok $answers_said"
        else
            printf '%s\n' "$answers_said"
            answers_said=${answers_said#"$1"}
            answers_said=${answers_said#:}
            fact "site.$1 failed ${answers_said# }"
            answers_code=1
            # Whoever asks how everything is wants to hear of every site.
            [ -n "${facts:-}" ] || return 1
        fi
        shift 4
    done
    return $answers_code
}
# Says who answered, or what is wrong.
answers_of() {
    seen=
    count=0
    tries=$4
    while [ "$tries" -gt 0 ]; do
        tries=$((tries - 1))
        head=$(curl -sS --noproxy '*' -m 5 -o "$work/page" -D - -H 'Accept: */*' -H "Host: $1" http://127.0.0.1/ 2> "$work/why") ||
            { echo "$1: $(tail -n 1 "$work/why")"; return 1; }
        head=$(printf '%s\n' "$head" | tr -d '\r')
        case $head in
        HTTP/*" 200 "*) ;;
        *) echo "$1 answered: $(printf '%s\n' "$head" | head -n 1)"; return 1 ;;
        esac
        [ -z "$answers_marker" ] || grep -qF -e "$answers_marker" "$work/page" ||
            { echo "$1 answered 200, but with another page (without \`$answers_marker\`)"; return 1; }
        who=$(printf '%s\n' "$head" | sed -n 's/^[Xx]-[Uu]pstream: //p')
        who=${who##*, }
        case " $3 " in *" $who "*) ;; *) echo "$1 was answered by \`$who\`, which is none of: $3"; return 1 ;; esac
        case " $seen " in *" $who "*) ;; *) seen="$seen $who" count=$((count + 1)) ;; esac
        [ "$count" -lt "$2" ] || { echo "${seen# }"; return 0; }
    done
    echo "$1 was answered only by$seen of: $3"
    return 1
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
        [ "$(date +%s)" -lt "$until" ] || { cat "$work/said"; fail "not every site answers from every backend"; }
        sleep 1
    done
}
