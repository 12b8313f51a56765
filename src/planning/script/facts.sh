# shellcheck shell=sh
# What a machine says of itself when it is asked while it is looked at. Nothing is changed, and nothing waits.
facts() {
    awk '/^MemTotal:/ { total = $2 } /^MemAvailable:/ { free = $2 } END { print total, total - free }' /proc/meminfo |
        while read -r total used; do
            say "fact memory_total_kb $total"
            say "fact memory_used_kb $used"
        done
    df -P -k / 2> /dev/null | awk 'END { print $3 + $4, $3 }' | while read -r total used; do
        say "fact disk_total_kb $total"
        say "fact disk_used_kb $used"
    done
    read -r load _ < /proc/loadavg && say "fact load $load"
    read -r uptime _ < /proc/uptime && say "fact uptime_s ${uptime%%.*}"
}
