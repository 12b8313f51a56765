# shellcheck shell=sh disable=SC2154,SC2015,SC2016
# Whether an application is what was declared: what it was started from, and what comes back at boot.
# Defines pm2_want (sets want, reloads), pm2_reloads (sets reloads), pm2_code, pm2_ref, pm2_runs, pm2_is_saved, pm2_by_hand. Uses pm2_ready.sh, pm2_by_hand.js; the words of pm2.sh.

# Sets want (what LABCTL_SPEC has to be).
pm2_want() {
    pm2_stamp='' pm2_head=''
    if [ -r "$dir/.git/HEAD" ]; then
        read -r pm2_head <"$dir/.git/HEAD" || :
        case $pm2_head in 'ref: '*) pm2_ref "${pm2_head#ref: }" ;; esac
    fi
    if [ -r "$dir/node_modules/.labctl-stamp" ]; then
        while read -r pm2_line; do pm2_stamp="$pm2_stamp $pm2_line"; done <"$dir/node_modules/.labctl-stamp"
    fi
    pm2_reloads
    pm2_spec=$spec
    if [ -n "$reloads" ]; then
        pm2_head='' pm2_spec=''
        # shellcheck disable=SC2086 # words
        for pm2_file in ${declared:-}; do
            case $pm2_file in src/* | public/*) ;; *) pm2_spec=$spec ;; esac
        done
    fi
    want=$({
        printf '%s\n' "$name" "$pm2_spec" "$pm2_head" "$pm2_stamp"
        pm2_code
        while IFS= read -r pm2_line; do printf '%s\n' "$pm2_line"; done <"$config"
        readlink /usr/local/bin/node || :
    } | sha256sum) && want=${want%% *}
}

# Sets reloads if the application is a development server that watches its source and takes changes in by itself: `npm start`
# of react-scripts (also below craco or react-app-rewired), which watches src and public.
pm2_reloads() {
    reloads=''
    [ -r "$dir/package.json" ] && [ -r "$config" ] || return 0
    pm2_start=''
    while IFS= read -r pm2_line; do
        case $pm2_line in *' args: ["start"],' | *' args: ["run","start"],') pm2_start=yes ;; esac
    done <"$config"
    [ -n "$pm2_start" ] || return 0
    while IFS= read -r pm2_line; do
        case $pm2_line in
        *'"start"'*:*'"'*'react-scripts start'* | *'"start"'*:*'"'*'craco start'* | *'"start"'*:*'"'*'react-app-rewired start'*)
            reloads=yes
            return ;;
        esac
    done <"$dir/package.json"
}

# What of the checkout is read at a start only: all of it, as it lies there; of a server that reloads, all but what it watches.
# What a person changed in the code is code, too. The lock file is not: the packages have their stamp.
pm2_code() {
    set -- HEAD -- . ':(exclude)package-lock.json'
    # The look at the checkout has told that nobody changed anything in it.
    pm2_clean=''
    [ -n "$reloads" ] || { read -r pm2_clean <"$work/clean"; } 2>/dev/null || :
    [ "$pm2_clean" != "$dir" ] || return 0
    # Against the empty tree, which every repository knows: one program tells the commit's files and the edits in them.
    [ -z "$reloads" ] || set -- 4b825dc642cb6eb9a060e54bf8d69288fbee4904 -- . ':(exclude)package-lock.json' \
        ':(exclude)src' ':(exclude)public' ':(exclude)*.md' ':(exclude).git*'
    as "$user" GIT_OPTIONAL_LOCKS=0 git -C "$dir" diff "$@" 2>/dev/null || :
}

# The commit that a branch stands at: from its own file, or from the packed list.
pm2_ref() {
    pm2_head=''
    if [ -r "$dir/.git/$1" ]; then
        read -r pm2_head <"$dir/.git/$1" || :
    elif [ -r "$dir/.git/packed-refs" ]; then
        while read -r pm2_hash pm2_name; do
            [ "$pm2_name" != "$1" ] || pm2_head=$pm2_hash
        done <"$dir/.git/packed-refs"
    fi
}

# One process, started from what is on disk now.
pm2_runs() {
    pm2_live
    [ "$how_many" = 1 ] && grep -qF "LABCTL_SPEC=$want" "/proc/$live/environ"
}

pm2_is_saved() { grep -qF "$want" "$pm2_home/dump.pm2" 2>/dev/null; }

# Somebody may have typed `pm2 start CONFIG && pm2 save`: then there is no LABCTL_SPEC at all. It counts when the one
# process is younger than everything that it is made of, and when its folder, its environment and its saved command are
# those of CONFIG.
pm2_by_hand() {
    [ "$how_many" = 1 ] && ! grep -q 'LABCTL_SPEC=' "/proc/$live/environ" || return 1
    for pm2_file; do
        shift
        set -- "$@" "$dir/$pm2_file"
    done
    [ -z "$(find "$config" "$dir/.git/HEAD" "$dir/.git/logs/HEAD" "$dir/node_modules" "$(command -v node)" "$@" \
        -maxdepth 0 -newerct "-$((since > 1 ? since - 1 : 0)) seconds" 2>/dev/null)" ] || return 1
    as "$user" node -e "$pm2_by_hand_js" "$config" "$name" "$live" "$pm2_home/dump.pm2" 2>/dev/null
}
