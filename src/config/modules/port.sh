# shellcheck shell=sh
# port_holders PORT: sets holders (the pids that listen on the port) and inodes (of the listening sockets: some without
# holders belong to processes that cannot be seen from here). No ss needed.
port_holders() {
    holders=''
    inodes=$(awk -v port=":$(printf %04X "$1")" \
        '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
    for inode in $inodes; do
        # shellcheck disable=SC2044 # no blanks in these names
        for fd in $(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null); do
            fd=${fd#/proc/}
            case " $holders " in *" ${fd%%/*} "*) ;; *) holders="$holders ${fd%%/*}" ;; esac
        done
    done
}
# port_listeners: prints `PID PORT AT` for each socket that listens and can be seen from here; AT is loopback, or all.
port_listeners() {
    {
        cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
        find /proc/[0-9]*/fd -lname 'socket:*' -printf 'fd %h %l\n' 2>/dev/null
    } | awk '
        $1 == "fd" { split($2, way, "/"); if ($3 in socket && !told[way[3] $3]++) print way[3], socket[$3]; next }
        $4 == "0A" {
            n = split($2, at, ":")
            loopback = at[1] ~ /^(......7F|00000000000000000000000001000000|0000000000000000FFFF0000......7F)$/
            socket["socket:[" $10 "]"] = at[n] " " (loopback ? "loopback" : "all")
        }
    ' | while read -r port_pid port_hex port_at; do echo "$port_pid $((0x$port_hex)) $port_at"; done
}
