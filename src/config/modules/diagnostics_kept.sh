# shellcheck shell=sh disable=SC2154,SC2016
# What `labctl doctor` asks about what pm2 starts, now and after a reboot: whether it is there, and open to whoever starts it.
# Defines see_ways. Uses diagnostics.sh, diagnostics_saved.sh.

# For the user's own shell. Reads `d` (a project), `p` (the folder of a pm2), `f` (a file to read) or `x` (a program), and its path; prints the path, the first
# thing on the way to it or in it that is not there or refuses, `missing`, `dangling` or `shut`, its permissions and its owner.
see_ways_sh='
while read -r kind path; do
    case $path in /*) ;; *) continue ;; esac
    rest=${path#/}/ walk="" state=""
    while [ -n "$rest" ] && [ -z "$state" ]; do
        walk=$walk/${rest%%/*} rest=${rest#*/}
        if [ -d "$walk" ]; then [ -x "$walk" ] || state=shut
        elif [ ! -e "$walk" ]; then if [ -L "$walk" ]; then state=dangling; else state=missing; fi; fi
    done
    if [ -z "$state" ]; then
        inner=""
        case $kind in
        x) [ -x "$path" ] || state=shut ;;
        f) [ -r "$path" ] || state=shut ;;
        d) inner=$(find "$path" -xdev -maxdepth 3 -name .git -prune -o ! -type l \( ! -readable -o -type d ! -executable \) -print -quit 2> /dev/null) ;;
        p) inner=$(find "$path" -xdev -maxdepth 2 -name modules -prune -o \( -type f -o -type d \) \( ! -readable -o ! -writable -o -type d ! -executable \) -print -quit 2> /dev/null) ;;
        esac
        [ -z "$inner" ] || walk=$inner state=shut
    fi
    [ -z "$state" ] || printf "%s\t%s\t%s\t%s\n" "$path" "$walk" "$state" "$(stat -L -c "%A %U" "$walk" 2> /dev/null)"
done'

# see_ways FOLDER USER: of what that pm2 has, and what the lab is to have.
see_ways() {
    {
        printf 'p %s\n' "$1"
        [ "$2" != "$user" ] || [ ! -e "$dir" ] || printf 'd %s\n' "$dir"
        sed -n "s/^see\.pm2\.app\.$2\.[0-9]* .*\"cwd\":\"\([^\"]*\)\".*/d \1/p" "$work/facts"
        sed -n "s/^see\.pm2\.kept\.$2#[0-9]* //p" "$work/facts" | awk -F "\t" '
            { print "d " $2; print "f " $3; print "x " $4 }
            $3 ~ /npm|yarn/ { print "f " $2 "/package.json" }'
    } | awk '!seen[$0]++' | as "$2" sh -c "$see_ways_sh" 2> /dev/null | see_lines "pm2.way.$2"
}
