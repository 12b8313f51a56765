# shellcheck shell=sh
# What a machine says of itself when it is asked while it is looked at. Nothing is changed, and nothing waits.
facts() {
    # A container has no memory and no load of its own: what it reads there is the computer's that it runs on. What it uses
    # itself, its control group says.
    [ ! -s /run/systemd/container ] || { facts_of_container; return; }
    facts_of_memory
    read -r load _ < /proc/loadavg && say "fact load $load"
    facts_of_the_rest
}
facts_of_container() {
    used=$(cat /sys/fs/cgroup/memory.current 2> /dev/null) || used=''
    most=$(cat /sys/fs/cgroup/memory.max 2> /dev/null) || most=''
    total=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
    case $most in '' | *[!0-9]*) ;; *) [ $((most / 1024)) -ge "$total" ] || total=$((most / 1024)) ;; esac
    case $used in
    '' | *[!0-9]*) ;;
    *)
        # Files that are only kept at hand are free memory.
        kept=$(awk '$1 == "inactive_file" { print $2 }' /sys/fs/cgroup/memory.stat 2> /dev/null)
        say "fact memory_total_kb $total"
        say "fact memory_used_kb $(((used - ${kept:-0}) / 1024))" ;;
    esac
    # It is as old as its first process.
    born=$(awk '{ sub(/.*\) /, ""); print int($20 / 100) }' /proc/1/stat)
    facts_of_the_rest
}
facts_of_memory() {
    awk '/^MemTotal:/ { total = $2 } /^MemAvailable:/ { free = $2 } END { print total, total - free }' /proc/meminfo |
        while read -r total used; do
            say "fact memory_total_kb $total"
            say "fact memory_used_kb $used"
        done
}
facts_of_the_rest() {
    df -P -k / 2> /dev/null | awk 'END { print $3 + $4, $3 }' | while read -r total used; do
        say "fact disk_total_kb $total"
        say "fact disk_used_kb $used"
    done
    read -r uptime _ < /proc/uptime && say "fact uptime_s $((${uptime%%.*} - ${born:-0}))"
}
