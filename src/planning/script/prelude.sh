# shellcheck shell=sh
# The engine on the host: look, act only if needed, look again. It runs under any POSIX sh. What it reports is one line
# that begins with RS (\036) and the token of this run; every other line is what a program printed.
# Defines say, cannot_tell, takes_over, in_the_way, fail, note, need, only_waited, fact, proof. Uses token, PATH and, where they are set, user, facts.
set -u
umask 022
cd /
export LC_ALL=C.UTF-8 PATH
trap '' HUP PIPE
# Limits: seconds of a check, megabytes of what is printed, seconds that somebody else may hold apt's lock.
patience=${patience:-60} loudness=${loudness:-32} lock_patience=${lock_patience:-300}
broken='' due=' ' lost='' phase=before payloads='' work='' guardian='' acting='' surveyed='' aheads=' '
# Every program that is started costs a millisecond, and forty machines may wait for it: what the shell itself can find
# out, it does.
me=root known='' newline='
'
# Never as itself: a script may be pasted, and a tab asks an interactive shell to complete.
tab=$(printf '\t')
[ -O / ] || me=$(id -un)
{ read -r hardware < /proc/sys/kernel/arch; } 2> /dev/null || hardware=$(uname -m)
login=${SUDO_USER:-$me}
user=${user:-$login}

# A line that cannot be written means that nobody listens any more: the running task ends, no other begins.
say() { printf '\036%s %s\n' "$token" "$*" || lost=yes; }

# For modules:
cannot_tell() { exit 9; }
# What a look finds that a run may not or cannot change: the task fails before anything is done for it.
# takes_over: said before that, where `--take-over` would let this run put it aside or end it.
takes_over() { : > "$work/takes-over"; }
in_the_way() { printf '%s\n' "$*"; exit 8; }
fail() { printf '%s\n' "$*"; exit 1; }
note() { printf '%s\n' "$*" >> "$work/notes"; }
need() { printf '%s\n' "$*" >> "$work/needs"; }
# What only waited has changed nothing.
only_waited() { : > "$work/waited"; }
# fact KEY VALUE: for whoever asks how the machine is; said only then. One line, whatever is in it.
fact() { [ -z "${facts:-}" ] || proof "$(printf %s "$*" | tr '\n' ' ')"; }
# proof KEY VALUE: for everybody, whenever it was looked at. One line already.
proof() { printf '%s\n' "$*" >> "$work/facts"; }
