# shellcheck shell=sh
# file PATH MODE OWNER SHA256 CONTENT: the file has this content, mode and owner. A large one comes apart from the
# script: SHA256 names it then, and CONTENT is empty.
check_file() {
    if [ -n "$4" ]; then
        [ -f "$1" ] && [ "$(sha256sum < "$1")" = "$4  -" ] || { need "$4" ""; return 1; }
    else
        [ -f "$1" ] && printf %s "$5" | cmp -s - "$1" || return 1
    fi
    [ "$(stat -c '%a %U' "$1")" = "$2 $3" ]
}
diff_file() {
    if [ -n "$4" ]; then
        echo "$1: another content (too large to compare here)"
        return
    fi
    old=/dev/null
    [ ! -f "$1" ] || old=$1
    printf %s "$5" | diff -u -L "$1 (now)" -L "$1 (wanted)" "$old" - || :
    [ "$old" = /dev/null ] || [ "$(stat -c '%a %U' "$1")" = "$2 $3" ] ||
        printf '%s\n' "- mode and owner $(stat -c '%a %U' "$1")" "+ mode and owner $2 $3"
}
apply_file() {
    parents "$1" "$3"
    new=$(mktemp "$1.labctl.XXXXXX")
    trap 'rm -f "$new"' EXIT
    if [ -n "$4" ]; then cat "$payloads/$4" > "$new"; else printf %s "$5" > "$new"; fi
    chmod "$2" "$new"
    chown "$3:" "$new"
    swap_in "$new" "$1"
}
