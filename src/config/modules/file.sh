# shellcheck shell=sh
# file PATH MODE OWNER SHA256 [CONTENT]: the file has this content, mode and owner. A large content comes apart from the
# script, and only if it is needed.
ask_file() { ask "$1" "$2" "$3"; }
# A link has mode 777, and belongs to whoever put it there.
known_file() { [ ! -L "$1" ] && known_stat "$1" "$2" "$3" && known_sum "$1" "$4"; }
check_file() {
    [ -f "$1" ] && [ "$(sha256sum < "$1")" = "$4  -" ] || { [ "$#" -eq 5 ] || need "$4" ""; return 1; }
    [ ! -L "$1" ] && [ "$(stat -c '%a %U' "$1")" = "$2 $3" ]
}
diff_file() {
    if [ "$#" -eq 4 ]; then
        echo "$1: another content (too large to compare here)"
        return
    fi
    old=/dev/null
    [ ! -f "$1" ] || { old=$work/old; contents "$1" "$3" > "$old"; }
    printf %s "$5" | diff -u -L "$1 (now)" -L "$1 (wanted)" "$old" - || :
    [ "$old" = /dev/null ] || [ "$(stat -c '%a %U' "$1")" = "$2 $3" ] ||
        printf '%s\n' "- mode and owner $(stat -c '%a %U' "$1")" "+ mode and owner $2 $3"
}
apply_file() {
    if [ "$#" -eq 4 ]; then put "$1" "$2" "$3" < "$payloads/$4"; else printf %s "$5" | put "$1" "$2" "$3"; fi
}
