# shellcheck shell=sh disable=SC2154,SC2034
# Holds the lock of a machine, as a run of the engine does (planning/script/lock.sh), until it is asked to stop, or nobody listens
# any more: a dropped link must not hold a machine for ever.
# Uses prelude.sh and lock.sh; run, owner, token.
mode=apply stop=$run/stop.$token last=$run/last.$token
if take_lock; then
    if take_holder; then
        while say locked && [ -z "$lost" ] && [ ! -e "$stop" ]; do sleep 0.5 9>&-; done
    else unwritable; fi
fi
rm -f "$run/engine.$token" "$stop"
