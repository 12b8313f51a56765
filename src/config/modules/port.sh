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
