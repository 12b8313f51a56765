# shellcheck shell=sh disable=SC2154
# rotation STATE SOCKETS MARKER WITHIN FILE…
# The servers at SOCKETS, which run on one machine, have no turn in nginx's sites (FILEs) while that is changed (STATE out): whoever
# is under way there is answered, and nobody is sent there. They have their turns again (in) when this machine gets the page of each,
# with MARKER in it. Only the word `down` behind a server comes and goes; what else stands in the FILEs stays.

rotation_words() {
    turns=$1 sockets=$2 marker=$3 within=$4
    # As they stand in an extended regular expression.
    server="^[[:space:]]*server ($(printf %s "$sockets" | sed 's/[].[]/\\&/g; s/ /|/g'))[ ;]"
}

check_rotation() {
    rotation_words "$@"
    shift 4
    for file; do ! rotation_differs "$file" || return 1; done
    [ "$turns" = out ] || rotation_answers 5
}

apply_rotation() {
    umask 022
    rotation_words "$@"
    shift 4
    lost=''
    [ "$turns" = out ] || rotation_waits || lost=$answer
    set -- "$@" .
    while [ "$1" != . ]; do
        ! rotation_differs "$1" || set -- "$@" "$1"
        shift
    done
    shift
    [ $# -eq 0 ] || rotation_change "$@"
    # nginx looks after a server that does not answer by itself, so it has its turns in either case.
    [ -z "$lost" ] || fail "the web server does not get the page: $lost"
}

# Whether the file is to be changed. The only server of a site stays: without it nobody would answer.
rotation_differs() {
    [ -f "$1" ] && nginx_alive || return 1
    if [ "$turns" = in ]; then grep -E "$server" "$1" | grep -q ' down;'; return; fi
    grep -E "$server" "$1" | grep -qv ' down;' || return 1
    grep '^[[:space:]]*server [^{]*;' "$1" | grep -Ev "$server" | grep -qv ' down;'
}

rotation_change() {
    mkdir -p "$work/rotation"
    for file; do
        writer "$file" root
        cp -p "$file" "$work/rotation/${file##*/}"
        if [ "$turns" = out ]; then sed -E "/$server/{/ down;/!s/;/ down;/;}" "$file"
        else sed -E "/$server/s/ down;/;/" "$file"; fi >"$work/rotation.new"
        nginx_put "$file" "$file" <"$work/rotation.new"
    done
    if ! out=$(nginx -t 2>&1); then
        for file; do nginx_put "$file" "$file" <"$work/rotation/${file##*/}"; done
        fail "nginx does not accept its configuration: $out"
    fi
    sleep 0.2 # a new worker must be younger than every file
    seen=$(nginx_processes)
    before=${seen% *} tries=0
    nginx_reload
    until nginx_younger "$before"; do
        tries=$((tries + 1))
        [ $tries -lt 30 ] || fail "nginx was told to load the configuration, but does not"
        sleep 0.2
    done
    nginx_record
    # Whoever was sent there before gets the answer first.
    [ "$turns" = in ] || sleep 1
}

# Sets answer to what is wrong; returns 0 if this machine gets the page of each.
rotation_answers() {
    answer=''
    command -v curl >/dev/null || return 0
    for socket in $sockets; do rotation_answer "$1" || return 1; done
}

rotation_answer() {
    body=$(curl -q -g -sS --noproxy '*' -m "$1" -H 'Accept: */*' -w '\n%{http_code}' "http://$socket/" 2>&1)
    answer="http://$socket/: ${body##*"$newline"}"
    case ${body##*"$newline"} in
    [23]??) ;;
    000) answer="http://$socket/: ${body%%"$newline"*}"; return 1 ;;
    *) return 1 ;;
    esac
    case $body in *"$marker"*) return 0 ;; esac
    answer="$answer, but the page does not contain: $marker"
    return 1
}

rotation_waits() {
    read -r now _ </proc/uptime
    end=$((${now%.*} + within))
    until rotation_answers "$within"; do
        read -r now _ </proc/uptime
        [ "${now%.*}" -lt "$end" ] || return 1
        sleep 0.3
    done
}
