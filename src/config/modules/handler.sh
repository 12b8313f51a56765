# shellcheck shell=sh
# handler NAME USER LINE: runs while its mark is there. In a check it is due when a task before it would set the mark.
check_handler() {
    case $due in *" $1 "*) [ "$phase" = after ] || return 1 ;; esac
    [ ! -e "$state/pending/$1" ]
}
apply_handler() {
    as "$2" sh -ec "$3"
    rm -f "$state/pending/$1"
}
