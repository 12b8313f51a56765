# shellcheck shell=sh
# http URL HOST STATUS CONTAINS SECONDS: the address answers so. There is nothing to make, only to wait for.
http_ask() {
    curl -sS --noproxy localhost,127.0.0.1,::1 -m "$1" -o "$work/body" -w '%{http_code}' -H 'Accept: */*' ${3:+-H "Host: $3"} -- "$2"
}
http_seen() {
    [ "$status" = "$3" ] || { echo "$1${2:+ (Host: $2)} answered $status, not $3"; return 1; }
    [ -z "$4" ] || grep -qF -e "$4" "$work/body" || { echo "$1 answered $status, but without \`$4\` in its page"; return 1; }
}
check_http() {
    command -v curl > /dev/null || cannot_tell
    status=$(http_ask 5 "$1" "$2") 2> "$work/why" || { tail -n 1 "$work/why"; cannot_tell; }
    http_seen "$@" || cannot_tell
}
apply_http() {
    only_waited
    until=$(($(date +%s) + $5))
    while :; do
        status=$(http_ask "$5" "$1" "$2") 2> "$work/why" || status=none
        http_seen "$@" > "$work/said" && return
        [ "$(date +%s)" -lt "$until" ] || { cat "$work/said"; tail -n 1 "$work/why"; fail "no good answer within $5 s"; }
        sleep 1
    done
}
