# shellcheck shell=sh disable=SC2154
# The daemon of somebody's pm2. Its folder is `~/.pm2`, and it calls itself `PM2 v5.4.3: God Daemon (/home/student/.pm2)`.
# Defines pm2_daemon (sets daemon, title), pm2_of (sets title), pm2_habitable. Uses process.sh.

# pm2_daemon FOLDER: sets daemon to the process that FOLDER/pm2.pid names, and title to what it calls itself. Fails, and leaves
# daemon empty, if that is not pm2.
pm2_daemon() {
    daemon=''
    [ -f "$1/pm2.pid" ] || return 1
    read -r daemon <"$1/pm2.pid" || : # no newline at its end
    case $daemon in '' | *[!0-9]*) daemon=''; return 1 ;; esac
    process_title "$daemon"
    case $title in "PM2 "*) ;; *) daemon=''; return 1 ;; esac
}
# pm2_of FOLDER PID: whether this process is a pm2 of that folder, whatever its pid file says.
pm2_of() {
    process_title "$2"
    case $title in "PM2 "*"($1)"*) ;; *) return 1 ;; esac
}
# pm2_habitable USER HOME: fails with the reason where pm2 cannot work: it takes the path of its socket for a URL, so that of some
# characters it makes others, and then waits for ever.
pm2_habitable() {
    case $2 in
    *[[:space:]\#\?%\"\'\<\>\`\{\}\|\\^\;]*) fail "pm2 cannot work in a home with a space or another special character in its path: $2. Log in as a user with another home (ssh.user in the inventory), or move this one, as root and while $1 is not logged in: usermod -d /home/NEW -m $1" ;;
    esac
}
