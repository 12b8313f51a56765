# shellcheck shell=sh
check_npm_global() { cannot_tell; }
apply_npm_global() { fail "not there yet"; }
