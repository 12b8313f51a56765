# shellcheck shell=sh disable=SC2154
# Who has the lock of a machine: a file with two lines, whose run it is and which process, dated when it began.

take_holder() { printf '%s\n' "$owner" "$$" > "$run/holder"; }
# holder: sets holder to `budi on laptop since 10:04:12, process 815`, or to nothing if nobody has said it.
holder() {
    holder='' process=''
    { read -r holder && read -r process; } 2> /dev/null < "$run/holder" || :
    [ -z "$process" ] || holder="$holder since $(date -r "$run/holder" '+%H:%M:%S'), process $process"
}
