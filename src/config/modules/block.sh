# shellcheck shell=sh
# block PATH NAME TEXT OWNER: the lines of TEXT stand between two marks in the file; what is outside of them stays.
block_wanted() { printf '# BEGIN labctl %s\n%s# END labctl %s\n' "$1" "${2:+$2
}" "$1"; }
# A name as sed and grep take it to the letter.
block_name() { printf %s "$1" | sed 's:[][\\.*^$/]:\\&:g'; }
block_now() {
    block_of=$(block_name "$1")
    sed -n "/^# BEGIN labctl $block_of\$/,/^# END labctl $block_of\$/p" -- "$2" 2>/dev/null || :
}
check_block() { [ "$(block_now "$2" "$1")" = "$(block_wanted "$2" "${3%
}")" ]; }
diff_block() {
    : > "$work/old"
    [ ! -f "$1" ] || contents "$1" "$4" > "$work/old"
    block_now "$2" "$work/old" > "$work/now"
    block_wanted "$2" "${3%
}" | diff -u -L "$1 (now)" -L "$1 (wanted)" "$work/now" - || :
}
apply_block() {
    new_file "$1" "$4"
    old=$work/old
    contents "$1" "$4" > "$old"
    begun=$(grep -cxF -e "# BEGIN labctl $2" -- "$old") || :
    ended=$(grep -cxF -e "# END labctl $2" -- "$old") || :
    last=$(block_now "$2" "$old" | tail -n 1)
    [ "$begun" = "$ended" ] && [ "$begun" -le 1 ] && [ "${last:-# END labctl $2}" = "# END labctl $2" ] ||
        fail "$1: the marks of block $2 are broken ($begun BEGIN, $ended END); repair them by hand"
    name=$(block_name "$2")
    {
        sed "/^# BEGIN labctl $name\$/,/^# END labctl $name\$/d" -- "$old"
        # A last line without its end would swallow the mark.
        [ -z "$(tail -c 1 -- "$old")" ] || [ "$(tail -n 1 -- "$old")" = "# END labctl $2" ] || echo
        block_wanted "$2" "${3%
}"
    } > "$work/block"
    put "$1" '' "$4" < "$work/block"
}
