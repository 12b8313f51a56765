#!/bin/sh
# bursts.sh NGINX FOLDER SITES ROUNDS: nginx with FOLDER/nginx.conf, applications and visitors, in a network of their own on a
# computer that is busy. Prints what became of the visitors.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
ip link set lo up
all=''
# shellcheck disable=SC2086 # a list
trap 'kill $all 2> /dev/null || :; [ ! -e "$2/nginx.pid" ] || kill "$(cat "$2/nginx.pid")"' EXIT
for _ in 1 2; do
    sh -c 'while :; do :; done' &
    all="$all $!"
done
node "$here/bursts.js" servers $(($3 * 2)) &
all="$all $!"
"$1" -c "$2/nginx.conf" -p "$2" -e "$2/start.log"
sleep 1
node "$here/bursts.js" visitors "$3" "$4"
