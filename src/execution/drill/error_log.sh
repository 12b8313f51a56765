# shellcheck shell=sh disable=SC2154
# Prints what nginx has written behind the first FROM bytes of its error log, and says how long it is. Nothing yet if FROM is empty.
# Uses prelude.sh; from.
log=/var/log/nginx/error.log
size=$(stat -L -c %s "$log" 2>/dev/null) || size=0
# A log that has become shorter has been rotated.
[ -z "$from" ] || [ "$from" -le "$size" ] || from=0
[ -z "$from" ] || tail -c "+$((from + 1))" "$log" 2>/dev/null | grep -F ' [error] ' | tail -n 5000 | cut -c 1-600 | tr -d '\036'
say "fact size $size"
say end
