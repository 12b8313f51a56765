# shellcheck shell=sh
check_node() { cannot_tell; }
apply_node() { fail "not there yet"; }
