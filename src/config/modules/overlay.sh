# shellcheck shell=sh disable=SC2154,SC2016
# overlay USER DEST (PATH CONTENT)…: these files of the checkout have this content.
# What labctl has written is on record (state/overlay: checksum, path), so that it can be told from what somebody wrote: that is
# kept aside first, and named. A file that is declared no more is the checkout's again.

overlay_words() {
    overlay_user=$1 overlay_dest=$2 overlay_record=$state/overlay
}

# overlay_written PATH: sets overlay_sum to the checksum of what labctl wrote there; to nothing if it did not.
overlay_written() {
    overlay_sum=''
    [ -r "$overlay_record" ] || return 0
    while read -r overlay_line overlay_path; do
        [ "$overlay_path" != "$overlay_dest/$1" ] || overlay_sum=$overlay_line
    done < "$overlay_record"
}

# Sets overlay_left to the files, one a line, that labctl wrote, nobody has changed since, and no word declares any more.
overlay_undeclared() {
    overlay_left=''
    [ -s "$overlay_record" ] || return 0
    overlay_words_now=$newline
    while [ $# -gt 0 ]; do
        overlay_words_now=$overlay_words_now$overlay_dest/$1$newline
        shift 2
    done
    while read -r overlay_line overlay_path; do
        case $overlay_path in "$overlay_dest"/*) ;; *) continue ;; esac
        case $overlay_words_now in *"$newline$overlay_path$newline"*) continue ;; esac
        overlay_now=$(as "$overlay_user" sha256sum -- "$overlay_path" 2> /dev/null) || continue
        [ "${overlay_now%% *}" != "$overlay_line" ] || overlay_left=$overlay_left$overlay_path$newline
    done < "$overlay_record"
}

check_overlay() {
    overlay_words "$@"
    shift 2
    [ $# -eq 0 ] || [ -d "$overlay_dest" ] || cannot_tell
    overlay_undeclared "$@"
    [ -z "$overlay_left" ] || return 1
    while [ $# -gt 0 ]; do
        [ -f "$overlay_dest/$1" ] && printf %s "$2" | cmp -s - "$overlay_dest/$1" || return 1
        shift 2
    done
}
diff_overlay() {
    overlay_words "$@"
    shift 2
    overlay_undeclared "$@"
    [ -z "$overlay_left" ] || printf 'no longer declared, the checkout has its own again: %s\n' "$overlay_left"
    while [ $# -gt 0 ]; do
        old=/dev/null
        [ ! -f "$overlay_dest/$1" ] || old=$overlay_dest/$1
        printf %s "$2" | diff -u -L "$1 (now)" -L "$1 (wanted)" "$old" - || :
        shift 2
    done
}
apply_overlay() {
    overlay_words "$@"
    shift 2
    overlay_undeclared "$@"
    while [ -n "$overlay_left" ]; do
        overlay_path=${overlay_left%%"$newline"*} overlay_left=${overlay_left#*"$newline"}
        overlay_moved
        as "$overlay_user" git -C "$overlay_dest" checkout -q HEAD -- "$overlay_path" 2> /dev/null ||
            as "$overlay_user" rm -f -- "$overlay_path" # not in this commit
        overlay_forget "$overlay_path"
        note "$overlay_path is no longer declared: the checkout has its own again"
    done
    while [ $# -gt 0 ]; do
        if ! printf %s "$2" | cmp -s - "$overlay_dest/$1" 2> /dev/null; then
            overlay_keep "$1"
            overlay_moved
            # Written by its owner, so that a link in the checkout cannot lead root elsewhere.
            printf %s "$2" > "$work/overlay"
            chmod 644 "$work/overlay"
            as "$overlay_user" sh -ec 'mkdir -p "$(dirname "$2")"; cat > "$2.labctl"; mv -fT "$2.labctl" "$2"' sh - "$overlay_dest/$1" < "$work/overlay"
        fi
        overlay_forget "$overlay_dest/$1"
        overlay_line=$(printf %s "$2" | sha256sum)
        printf '%s %s\n' "${overlay_line%% *}" "$overlay_dest/$1" >> "$overlay_record"
        shift 2
    done
}

overlay_moved() { : > "$work/moved"; } # for whoever runs what lies there

overlay_forget() {
    mkdir -p "$state"
    [ -e "$overlay_record" ] || : > "$overlay_record"
    while read -r overlay_line overlay_path; do
        [ "$overlay_path" = "$1" ] || printf '%s %s\n' "$overlay_line" "$overlay_path"
    done < "$overlay_record" > "$overlay_record.new"
    mv -f "$overlay_record.new" "$overlay_record"
}

# overlay_keep PATH: what stands there is kept if somebody wrote it: neither labctl nor the commit did.
overlay_keep() {
    [ -f "$overlay_dest/$1" ] || return 0
    overlay_written "$1"
    overlay_now=$(as "$overlay_user" sha256sum -- "$overlay_dest/$1" 2> /dev/null) || return 0
    [ "${overlay_now%% *}" != "$overlay_sum" ] || return 0
    ! as "$overlay_user" git -C "$overlay_dest" diff --quiet HEAD -- "$1" 2> /dev/null ||
        ! as "$overlay_user" git -C "$overlay_dest" ls-files --error-unmatch -- "$1" > /dev/null 2>&1 || return 0
    overlay_aside=$(home "$overlay_user")/.labctl/kept/$(date +%Y-%m-%d-%H%M%S)/$1
    as "$overlay_user" sh -ec 'mkdir -p "$(dirname "$2")"; cp -p -- "$1" "$2"' sh "$overlay_dest/$1" "$overlay_aside"
    note "$1 was edited in $overlay_dest, and the inventory declares it (app.files): the edit is kept in $overlay_aside"
}
