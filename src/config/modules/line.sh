# shellcheck shell=sh
# line PATH LINE OWNER: the file holds the line. It is added at the end, in one write; what is there stays.
check_line() { grep -qxF -e "$2" -- "$1" 2>/dev/null; }
diff_line() { printf '%s: + %s\n' "$1" "$2"; }
apply_line() {
    new_file "$1" "$3"
    # A last line without its end would swallow ours.
    as "$writer" sh -ec '
        if [ -s "$1" ] && [ -n "$(tail -c 1 -- "$1")" ]; then begin="\n"; else begin=""; fi
        printf "$begin%s\n" "$2" >> "$1"' sh "$1" "$2"
}
