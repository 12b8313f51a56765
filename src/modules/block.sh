# shellcheck shell=sh
# block PATH NAME TEXT: the lines of TEXT stand between two marks in the file; what is outside of them stays.
block_wanted() { printf '# BEGIN labctl %s\n%s# END labctl %s\n' "$1" "${2:+$2
}" "$1"; }
block_now() { sed -n "/^# BEGIN labctl $1\$/,/^# END labctl $1\$/p" -- "$2" 2>/dev/null || :; }
check_block() { [ "$(block_now "$2" "$1")" = "$(block_wanted "$2" "${3%
}")" ]; }
diff_block() {
    block_now "$2" "$1" > "$work/now"
    block_wanted "$2" "${3%
}" | diff -u -L "$1 (now)" -L "$1 (wanted)" "$work/now" - || :
}
apply_block() {
    parents "$1" root
    [ -e "$1" ] || : > "$1"
    begun=$(grep -cx "# BEGIN labctl $2" "$1") || :
    ended=$(grep -cx "# END labctl $2" "$1") || :
    [ "$begun" = "$ended" ] && [ "$begun" -le 1 ] || fail "$1: the marks of block $2 are broken ($begun BEGIN, $ended END); repair them by hand"
    new=$(mktemp "$1.labctl.XXXXXX")
    trap 'rm -f "$new"' EXIT
    cp -p -- "$1" "$new"
    { sed "/^# BEGIN labctl $2\$/,/^# END labctl $2\$/d" -- "$1"; block_wanted "$2" "${3%
}"; } > "$new"
    swap_in "$new" "$1"
}
