#!/bin/sh
# A stand-in for multipass: answers as it does, of machines that are files. It notes what it was called with.
# Defines state, has, address, instance, ended, refused, sshd_for.
set -u
at=${0%/*}
here=$at/multipass.d
mkdir -p "$here/vm"
printf '%s\n' "$*" >> "$here/calls"

# An answer that somebody has recorded for this verb, once: the exit code, then what is said.
ended() {
    [ -f "$here/next/$1" ] || return 0
    code=$(head -n 1 "$here/next/$1")
    tail -n +2 "$here/next/$1" > "$here/said"
    rm "$here/next/$1"
    if [ "$code" = 0 ]; then cat "$here/said"; exit 0; fi
    cat "$here/said" >&2
    # A launch that is given up leaves its machine.
    [ "$1 $code" != "launch 5" ] || { instance "$2" Starting; }
    exit "$code"
}

refused() {
    printf '%s\n' "$1" >&2
    exit 2
}

state() { cat "$here/vm/$1/state"; }

has() { [ -d "$here/vm/$1" ] || refused "$verb failed: instance \"$1\" does not exist"; }

# The address that a machine gets: the first time from a list, later its own.
address() {
    if [ ! -f "$here/vm/$1/address" ]; then
        count=$(cat "$here/count" 2>/dev/null || echo 1)
        count=$((count + 1))
        echo "$count" > "$here/count"
        echo "127.0.0.$count" > "$here/vm/$1/address"
    fi
    cat "$here/vm/$1/address"
}

instance() {
    mkdir -p "$here/vm/$1/snapshots"
    echo "$2" > "$here/vm/$1/state"
}

# A real sshd with what cloud-init would have given the machine.
sshd_for() {
    [ -f "$here/port" ] || return 0
    vm=$here/vm/$1
    [ ! -f "$vm/pid" ] || kill "$(cat "$vm/pid")" 2>/dev/null || :
    printf '%b' "$(sed -n 's/^  ed25519_private: "\(.*\)"$/\1/p' "$vm/user-data")" > "$vm/host_key"
    sed -n 's/^  - "\(.*\)"$/\1/p' "$vm/user-data" > "$vm/authorized_keys"
    chmod 600 "$vm/host_key"
    cat > "$vm/sshd_config" <<END
Port $(cat "$here/port")
ListenAddress $(address "$1")
HostKey $vm/host_key
PidFile $vm/pid
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
AuthorizedKeysFile $vm/authorized_keys
END
    /usr/sbin/sshd -f "$vm/sshd_config" -E "$vm/log"
}

verb=$1
shift
case $verb in
version)
    ended version
    printf '{\n    "multipass": "1.16.1",\n    "multipassd": "1.16.1"\n}\n'
    ;;
list)
    case "$*" in
    *--snapshots*)
        ended snapshots
        printf '{\n    "errors": [\n    ],\n    "info": {'
        first=
        for vm in "$here"/vm/*; do
            set -- "$vm"/snapshots/*
            [ -e "$1" ] || continue
            printf '%s\n        "%s": {' "$first" "${vm##*/}"
            inner=
            for one; do
                printf '%s\n            "%s": { "comment": "", "parent": "" }' "$inner" "${one##*/}"
                inner=,
            done
            printf '\n        }'
            first=,
        done
        printf '\n    }\n}\n'
        exit 0
        ;;
    esac
    ended list
    printf '{\n    "list": ['
    first=
    for vm in "$here"/vm/*; do
        [ -d "$vm" ] || continue
        name=${vm##*/}
        where=
        if [ "$(state "$name")" = Running ]; then
            # A machine that has just started asks for its address for a while.
            waits=$(cat "$vm/waits" 2>/dev/null || echo 0)
            if [ "$waits" -gt 0 ]; then echo $((waits - 1)) > "$vm/waits"; else where="\"$(address "$name")\""; fi
        fi
        printf '%s\n        {\n            "ipv4": [ %s ],\n            "name": "%s",\n            "release": "%s",\n            "state": "%s"\n        }' \
            "$first" "$where" "$name" "$(cat "$vm/release" 2>/dev/null || echo 'Not Available')" "$(state "$name")"
        first=,
    done
    printf '\n    ]\n}\n'
    ;;
launch)
    image=$1
    name=
    for word; do [ "${before:-}" != --name ] || name=$word; before=$word; done
    cat > "$here/stdin"
    ended launch "$name"
    [ ! -d "$here/vm/$name" ] || refused "launch failed: instance \"$name\" already exists"
    instance "$name" Running
    echo "Ubuntu $image LTS" > "$here/vm/$name/release"
    cp "$here/stdin" "$here/vm/$name/user-data"
    address "$name" > "$here/said"
    [ ! -f "$here/waits" ] || cp "$here/waits" "$here/vm/$name/waits"
    sshd_for "$name"
    printf 'Launched: %s\n' "$name"
    ;;
start)
    for name; do :; done
    ended start
    has "$name"
    [ "$(state "$name")" != Deleted ] || refused "start failed: Instance '$name' is deleted."
    instance "$name" Running
    # Where its address comes from has forgotten it.
    if [ -f "$here/forgets" ]; then rm "$here/vm/$name/address"; fi
    address "$name" > "$here/said"
    sshd_for "$name"
    ;;
stop)
    ended stop
    has "$1"
    instance "$1" Stopped
    ;;
recover)
    has "$1"
    instance "$1" Stopped
    ;;
snapshot)
    ended snapshot
    has "$3"
    [ "$(state "$3")" = Stopped ] || refused "snapshot failed: Multipass can only take snapshots of stopped instances."
    [ ! -e "$here/vm/$3/snapshots/$2" ] || refused "snapshot failed: Snapshot already exists: $3.$2"
    date > "$here/vm/$3/snapshots/$2"
    ;;
restore)
    ended restore
    name=${2%.*}
    has "$name"
    [ "$(state "$name")" = Stopped ] || refused "restore failed: Multipass can only restore snapshots of stopped instances."
    [ -e "$here/vm/$name/snapshots/${2#*.}" ] || refused "restore failed: No such snapshot: $2"
    ;;
set)
    key=${1%%=*}
    key=${key#local.}
    key=${key%.name}
    mv "$here/vm/${key%.*}/snapshots/${key#*.}" "$here/vm/${key%.*}/snapshots/${1#*=}"
    ;;
delete)
    ended delete
    case $2 in
    *.*) rm "$here/vm/${2%.*}/snapshots/${2#*.}" ;;
    *)
        has "$2"
        [ ! -f "$here/vm/$2/pid" ] || kill "$(cat "$here/vm/$2/pid")" 2>/dev/null || :
        # Its server takes its pid file away meanwhile.
        rm -rf "$here/vm/$2"
        ;;
    esac
    ;;
*)
    printf "Error: Unknown command or alias '%s' (try \"multipass help\" or \"multipass aliases\")\n" "$verb"
    exit 1
    ;;
esac
