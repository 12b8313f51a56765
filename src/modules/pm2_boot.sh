# shellcheck shell=sh
check_pm2_boot() { cannot_tell; }
apply_pm2_boot() { fail "not there yet"; }
