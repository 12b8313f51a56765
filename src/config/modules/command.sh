# shellcheck shell=sh
# command CREATES UNLESS USER LINE: with neither CREATES nor UNLESS it runs every time, and its exit status is believed.
# Both lines run in the user's home: in / if there is none, as for www-data.
check_command() {
    if [ -n "$1" ]; then [ -e "$1" ]
    elif [ -n "$2" ]; then command_line "$3" "$2" > /dev/null 2>&1 || return 1
    else [ "$phase" = after ]; fi
}
apply_command() { command_line "$3" "$4"; }
command_line() { as "$1" sh -ec "cd 2> /dev/null || cd /
$2"; }
