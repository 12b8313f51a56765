# shellcheck shell=sh disable=SC2154
# What was written to the small file system of `place`, in whole or in part, is put back to where it belongs.
set -e
[ "$place" != /home/student ] || { systemctl stop pm2-student 2> /dev/null || true; pkill -KILL -u student || true; }
aside=$(mktemp -d)
cp -a "$place/." "$aside"
umount -l "$place"
find "$place" -mindepth 1 -delete
cp -a "$aside/." "$place"
rm -rf "$aside"
