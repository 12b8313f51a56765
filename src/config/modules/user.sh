# shellcheck shell=sh
# user NAME GROUP…: the user is there, has a home, and is in these groups.
check_user() {
    user_name=$1
    shift
    getent passwd "$user_name" > /dev/null || return 1
    user_groups=" $(id -nG "$user_name") "
    for group; do case $user_groups in *" $group "*) ;; *) return 1 ;; esac; done
}
apply_user() {
    user_name=$1
    shift
    getent passwd "$user_name" > /dev/null || useradd -m -s /bin/bash "$user_name"
    for group; do usermod -aG "$group" "$user_name"; done
}
