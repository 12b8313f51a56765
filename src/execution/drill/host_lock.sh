# shellcheck shell=sh disable=SC2154
# The lock of the engine on a host (planning/script/lock.sh): the same files in the same way. It is held until nobody listens any
# more: a dropped link must not hold a machine for ever.
(
umask 077; mkdir -p "$run" && exec 9>>"$run/lock" || exit 1
trap '' HUP PIPE
until flock -w 2 9; do
    holder
    printf 'hold:waits %s\n' "$holder" || exit 1
done
take_holder
while printf 'hold:ours\n'; do sleep 0.5 9>&-; done
) 2>/dev/null </dev/null
