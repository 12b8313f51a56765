# shellcheck shell=sh
# command CREATES UNLESS USER LINE: with neither CREATES nor UNLESS it runs every time, and its exit status is believed.
check_command() {
    if [ -n "$1" ]; then [ -e "$1" ]
    elif [ -n "$2" ]; then as "$3" sh -ec "$2" > /dev/null 2>&1
    else [ "$phase" = after ]; fi
}
apply_command() { as "$3" sh -ec "cd
$4"; }
