# shellcheck shell=sh
# folder PATH MODE OWNER: the folder is there, with this mode and owner.
ask_folder() { ask "$1" "$2" "$3"; }
# A link has mode 777, and belongs to whoever put it there.
known_folder() { [ -d "$1" ] && [ ! -L "$1" ] && known_stat "$1" "$2" "$3"; }
check_folder() { [ -d "$1" ] && [ ! -L "$1" ] && [ "$(stat -c '%a %U' "$1")" = "$2 $3" ]; }
apply_folder() {
    parents "$1" "$3"
    steady "$1" "$3"
    as "$writer" mkdir -p -- "$1"
    [ "$(stat -c %U -- "$1")" = "$3" ] || give "$3" "$1"
    steady "$1" "$3"
    # With two zeros in front, chmod also takes away a bit that a folder has from its parent.
    as "$writer" chmod "00$2" "$1"
}
