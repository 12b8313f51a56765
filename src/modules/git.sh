# shellcheck shell=sh
check_git() { cannot_tell; }
apply_git() { fail "not there yet"; }
