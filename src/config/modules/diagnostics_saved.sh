# shellcheck shell=sh disable=SC2154
# What comes back after a reboot: the entries that somebody's pm2 has saved.
# Defines see_saved. Uses diagnostics.sh.

# see_saved FILE OWNER: the names in a dump.pm2, and what pm2 starts then: NAME, FOLDER, PROGRAM, and what runs it. `pm2 save` writes
# the file in lines; at a shutdown, pm2 writes it as one.
see_saved() {
    [ -s "$1" ] || return 0
    awk '
        BEGIN { RS = "\001"; OFS = "\t" }
        {
            all = $0 # once: a field would be built anew for each character
            n = length(all)
            for (i = 1; i <= n; i++) {
                c = substr(all, i, 1)
                if (text) {
                    if (c == "\\") { i++; word = word substr(all, i, 1) }
                    else if (c != "\"") word = word c
                    else {
                        text = 0
                        if (depth == 2 && !value) key = word
                        else if (depth == 2) { of[key] = word; value = 0 }
                    }
                }
                else if (c == "\"") { text = 1; word = "" }
                else if (c == "{" || c == "[") { if (++depth == 2) split("", of); value = 0 }
                else if (c == "}" || c == "]") { if (depth-- == 2) print of["status"], of["name"], of["pm_cwd"], of["pm_exec_path"], of["exec_interpreter"] }
                else if (c == ":") value = depth == 2
                else if (c == ",") value = 0
            }
        }
    ' "$1" > "$work/see.saved"
    cut -f 2-5 "$work/see.saved" | see_lines "pm2.kept.$2"
    cut -f 2 "$work/see.saved" | sort -u | see_lines "pm2.saved.$2"
    # What was stopped when it was saved comes back stopped; of several of one name, one that ran is enough.
    awk -F '\t' '$1 == "stopped" { idle[$2] = 1; next } { runs[$2] = 1 } END { for (name in idle) if (!(name in runs)) print name }' "$work/see.saved" | see_lines "pm2.saved-stopped.$2"
}
