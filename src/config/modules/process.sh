# shellcheck shell=sh disable=SC2154
# Processes, looked at without starting a program. A number may come from a file of a user's, and what is no number could
# lead to another file of theirs instead of to the kernel's: it is not a process.
# Defines process (sets parent, since), process_title (sets title), process_line (sets ancestry, top).

# process PID: sets parent, and since (its age in seconds). Fails if there is no such process.
process() {
    case $1 in '' | *[!0-9]*) return 1 ;; esac
    process_stat='' parent=''
    { read -r process_stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -r process_up _ </proc/uptime
    # shellcheck disable=SC2086 # fields 3 and on: state, parent … start time
    set -- ${process_stat##*) }
    # A name may hold the end of a line.
    [ $# -ge 20 ] || return 1
    parent=$2
    shift 19
    since=$((${process_up%.*} - $1 / 100))
}
# process_title PID: sets title to its command, as far as its first line end; to nothing if it has none.
process_title() {
    title=''
    # shellcheck disable=SC2162
    { read -r title <"/proc/$1/cmdline" || :; } 2>/dev/null
}
# process_line PID ANCESTOR: sets ancestry to PID and its ancestors below ANCESTOR, and top to the last of them. Fails if
# ANCESTOR (which may be empty) is none of its ancestors: then they are all below init.
process_line() {
    ancestry='' top=$1 process_at=$1
    while [ "$process_at" != "$2" ]; do
        process "$process_at" || return 1
        ancestry="$ancestry $process_at" top=$process_at
        [ "$parent" -gt 1 ] || return 1
        process_at=$parent
    done
}
