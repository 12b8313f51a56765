# shellcheck shell=sh
# overlay USER DEST (PATH CONTENT)…: these files of the checkout have this content.
check_overlay() {
    overlay_dest=$2
    shift 2
    [ $# -eq 0 ] || [ -d "$overlay_dest" ] || cannot_tell
    while [ $# -gt 0 ]; do
        [ -f "$overlay_dest/$1" ] && printf %s "$2" | cmp -s - "$overlay_dest/$1" || return 1
        shift 2
    done
}
diff_overlay() {
    overlay_dest=$2
    shift 2
    while [ $# -gt 0 ]; do
        old=/dev/null
        [ ! -f "$overlay_dest/$1" ] || old=$overlay_dest/$1
        printf %s "$2" | diff -u -L "$1 (now)" -L "$1 (wanted)" "$old" - || :
        shift 2
    done
}
apply_overlay() {
    overlay_user=$1 overlay_dest=$2
    shift 2
    while [ $# -gt 0 ]; do
        if ! printf %s "$2" | cmp -s - "$overlay_dest/$1" 2> /dev/null; then
            # Written by its owner, so that a link in the checkout cannot lead root elsewhere.
            printf %s "$2" > "$work/overlay"
            chmod 644 "$work/overlay"
            as "$overlay_user" sh -ec 'mkdir -p "$(dirname "$2")"; cat > "$2.labctl"; mv -fT "$2.labctl" "$2"' sh - "$overlay_dest/$1" < "$work/overlay"
        fi
        shift 2
    done
}
