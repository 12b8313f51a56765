#!/bin/sh
# Tries src/config/modules/pm2*.sh with a real pm2, in namespaces of its own (arena.sh says what that needs).
#   npm install --prefix /tmp/pm2 pm2@5.4.3; PM2_ROOT=/tmp/pm2 sh tests/pm2/try.sh SHELL CASES…
# shellcheck disable=SC1090,SC1091,SC2154
. "$(dirname "$0")/arena.sh"
[ $# = 0 ] || shift
for each; do . "$here/tests/pm2/$each.sh"; done
exit $failed
