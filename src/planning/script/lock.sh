# shellcheck shell=sh disable=SC2154
# The lock of a machine: one run at a time works on it, and whoever waits learns for whom. Beside the lock lies the holder: a
# file with two lines, whose run it is and which process, dated when it began.
# Defines take_lock, mark, unwritable, take_holder, holder. Uses say; run, owner, token, mode, stop, last, lost.

# take_lock: waits until fd 9 holds the lock of this machine. Fails, having said why, if it cannot be had.
take_lock() {
    # A lock that somebody else can open, somebody else can hold.
    [ -d "$run" ] || {
        umask 077
        mkdir -p "$run" 2> /dev/null
        umask 022
    }
    # It is, unless somebody else made it; a look takes no time for that.
    [ "$mode" = check ] || chmod 700 "$run" 2> /dev/null
    { true >> "$run/lock"; } 2> /dev/null || { unwritable; return 1; }
    [ "$mode" = check ] || mark
    exec 9>> "$run/lock"
    if ! flock -n 9; then
        mark
        holder
        say "held $holder"
        until flock -w 2 9; do
            [ ! -e "$stop" ] && [ ! -e "$last" ] || { say "stop waiting"; return 1; }
            # Nobody listens any more if this cannot be written.
            holder
            say "held $holder"
            [ -z "$lost" ] || return 1
        done
    fi
}
# mark: says to others that what has this token in its name is still needed.
mark() { echo "$$" > "$run/engine.$token"; }
unwritable() { say "stop not-root $run"; }
take_holder() { printf '%s\n' "$owner" "$$" > "$run/holder"; }
# holder: sets holder to `budi on laptop since 10:04:12, process 815`, or to nothing if nobody has said it.
holder() {
    holder='' process=''
    { read -r holder && read -r process; } 2> /dev/null < "$run/holder" || :
    [ -z "$process" ] || holder="$holder since $(date -r "$run/holder" '+%H:%M:%S'), process $process"
}
