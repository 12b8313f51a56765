# shellcheck shell=sh
# A run of the engine, from its first word to its last.
# Defines begin, workplace, forget_the_dead, end; begin sets home, known, payloads, stop, last, work.

begin() {
    . /etc/os-release
    say "begin ${ID:-unknown} ${VERSION_ID:-} $hardware"
    # At once: whoever hears it compares it with the clock there.
    [ -z "${facts:-}" ] || say "fact clock $(date +%s.%N)"
    find_home "$user"
    home=$found known=$user payloads=$state/payloads/$token
    # Whoever wants this run to end puts this file there: signals do not reach a script behind sudo.
    stop=$run/stop.$token
    # And this one there, who wants no other task to begin.
    last=$run/last.$token
    [ -n "$home" ] || { say "stop no-user $user"; end; }
    take_lock || end
    forget_the_dead
    work=$run/work.$$
    take_holder || { unwritable; end; }
    [ "$mode" = check ] || {
        # What is sent to this machine may be for nobody but root.
        [ -d "$state/payloads" ] || (mkdir -p "${state%/*}" && umask 077 && mkdir -p "$state/payloads")
        chmod 700 "$state"
    }
    [ -z "${facts:-}" ] || facts
}
# workplace: the folder of this engine is there. Where all is known without a program, there is none.
workplace() {
    [ ! -d "$work" ] || return 0
    mkdir -m 700 "$work" 2> /dev/null || { unwritable; end; }
    printf '%s\n' "$token" > "$work/token"
    : > "$work/looking"
}
# An engine that was killed, for want of memory or by hand, could not tidy up: what its task began must not work beside
# this run. Called with the lock: who still has a folder is dead.
forget_the_dead() {
    for old in "$run"/work.*; do
        [ -d "$old" ] || continue
        (read -r token < "$old/token" && id='' running=nobody && end_task) 2> /dev/null
        rm -rf "$old"
    done
    # A run that was cut off could not take away what it had sent, nor what asked it to stop. Where no engine has begun
    # yet, one may be about to.
    for old in "$run"/stop.* "$run"/last.* "$state"/payloads/* "$run"/engine.*; do
        [ -e "$old" ] || continue
        whose=${old##*/} whose=${whose#*.}
        if [ "$whose" = "$token" ]; then continue
        elif { read -r process < "$run/engine.$whose"; } 2> /dev/null; then ! kill -0 "$process" 2> /dev/null || continue
        # Older than the lock is older than this boot: marks are gone with the power, and so is whoever set them.
        elif [ ! "$old" -ot "$run/lock" ]; then [ -z "$(find "$old" -mmin -10 -print -quit)" ] || continue
        fi
        rm -rf "$old"
    done
}
end() {
    # Who ends a check is not done when its first process is gone.
    while [ -n "$guardian" ] && [ -e "$work/guarding" ] && kill -0 "$guardian" 2> /dev/null; do sleep 0.1; done
    [ -z "$guardian" ] || kill "$guardian" 2> /dev/null
    # What was begun for a task that was then skipped.
    for process in $aheads; do
        id=${process%%=*} running=${process#*=}
        end_task
    done
    # What was sent for these tasks has been used.
    set --
    [ "$mode" = check ] || [ ! -e "$payloads" ] || set -- "$payloads"
    for old in "$work" "$stop" "$last" "$run/engine.$token"; do [ ! -e "$old" ] || set -- "$@" "$old"; done
    # Only what an engine makes, whatever these variables say: run by hand with another `work`, it must not empty that.
    for old in "$@"; do
        shift
        case $old in
            */../* | */..) ;;
            "$state"/payloads/?* | "$run"/work.* | "$run"/stop.* | "$run"/last.* | "$run"/engine.*) set -- "$@" "$old" ;;
        esac
    done
    [ $# -eq 0 ] || rm -rf -- "$@"
    # Whoever hears the end may come again at once, and must not find this run still there.
    exec 9>&-
    say end
    exit 0
}
