# shellcheck shell=sh disable=SC2154
# `place` gets a file system of its own with all that is in it, and with `room` KB and `inodes` more.
set -e
mkdir -p "$place"
# What was fetched already would need no room.
[ "$place" != /var/cache/apt/archives ] || apt-get clean
small=$(mktemp -d)
mount -t tmpfs -o mode=755 tmpfs "$small"
cp -a "$place/." "$small"
has() { df --output="$1" -k "$small" | tail -n 1; }
mount -o "remount,size=$(($(has used) + room))k,nr_inodes=$(($(has iused) + inodes))" "$small"
mount --bind "$small" "$place"
umount "$small"
rmdir "$small"
