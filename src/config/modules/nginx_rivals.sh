# shellcheck shell=sh disable=SC2154,SC2086
# What other files of nginx keep ours from being served, and the way out of it.
# Defines nginx_judge (sets obstacles, movable, remarks), nginx_obstacles, nginx_take_over, nginx_give_back. Uses rivals.

# Of the rivals: what keeps our files from being served, in a line for each; the files that can be put aside for it, as
# they hold nothing else; and what only deserves a remark.
nginx_judge() {
    obstacles='' movable='' stuck='' remarks=''
    while IFS=$tab read -r kind name file line ours others; do
        case $kind in
        '') continue ;;
        later)
            remarks="$remarks$name stands in two files: nginx reads $ours first, so $file:$line is never asked$newline"
            continue
            ;;
        first) obstacle="$name stands in two files: nginx reads $file:$line first, so that one answers, and $ours never does" ;;
        address) obstacle="$file:$line listens on $name, and $ours on port 80 of every address: nginx prefers the exact one, so $file answers every visitor who comes by it" ;;
        upstream) obstacle="the upstream $name stands in two files, $file:$line and $ours: nginx accepts neither" ;;
        esac
        obstacles=$obstacles$obstacle$newline
        if [ -z "$others" ]; then
            case $newline$movable in *"$newline$file$newline"*) ;; *) movable=$movable$file$newline ;; esac
        else
            case $file in *[!A-Za-z0-9_./+-]*) typed="'$file'" ;; *) typed=$file ;; esac
            stuck="$stuck$file holds more than that (${others# }): take out what begins at line $line: sudo nano +$line $typed$newline"
        fi
    done <<RIVALS
$rivals
RIVALS
    # What runs has not been told so by systemd.
    if [ -n "$daemon_at" ] && ! nginx_alive; then
        obstacles="${obstacles}$daemon_at says \`daemon off;\`, and the service starts nginx with \`daemon on;\`: nginx refuses to be told twice$newline"
        stuck="${stuck}take it out: sudo sed -i --follow-symlinks '${daemon_at##*:}s/daemon[[:space:]]*off;//' ${daemon_at%:*}$newline"
    fi
    if [ -n "$bucket_at" ] && [ "$bucket_size" -lt "$needed" ]; then
        obstacles="${obstacles}a domain of $longest letters needs server_names_hash_bucket_size $needed, and $bucket_at says $bucket_size: nginx refuses its files$newline"
        stuck="${stuck}write that number there: sudo sed -i --follow-symlinks ${bucket_at##*:}s/$bucket_size/$needed/ ${bucket_at%:*}$newline"
    fi
}

# Ends the look where something stands in the way that this run may not or cannot put aside.
nginx_obstacles() {
    nginx_read "$@"
    nginx_judge
    [ -n "$obstacles" ] || return 0
    [ -n "$stuck" ] || [ -z "${take_over:-}" ] || return 0
    way=$obstacles$stuck
    if [ -n "$movable" ] && [ -z "${take_over:-}" ]; then
        takes_over
        way="${way}take the name out of that file; or let labctl put the file aside, where it is kept, with --take-over"
    fi
    in_the_way "${way%"$newline"}"
}

# Puts aside what can be, as it is: a link stays a link.
nginx_take_over() {
    [ -n "$movable" ] || return 0
    while IFS= read -r file; do
        [ -n "$file" ] || continue
        inner=${file#/etc/nginx/}
        kept=$state/aside/${inner#/} number=1
        while [ -e "$kept" ] || [ -L "$kept" ]; do number=$((number + 1)) kept=$state/aside/${inner#/}.$number; done
        mkdir -p "${kept%/*}"
        printf '%s\t%s\n' "$file" "$kept" >>"$state/saved/aside"
        mv -- "$file" "$kept"
        if [ -L "$kept" ]; then
            aim=$(readlink "$kept")
            case $aim in /*) ;; *) aim=$(readlink -m "${file%/*}/$aim") ;; esac
            note "put the link $file aside; what it leads to stays: $aim"
        else note "put $file aside: it is kept as $kept"
        fi
    done <<MOVABLE
$movable
MOVABLE
}

nginx_give_back() {
    [ -s "$state/saved/aside" ] || return 0
    while IFS=$tab read -r file kept; do
        [ -e "$file" ] || [ -L "$file" ] || mv -- "$kept" "$file"
    done <"$state/saved/aside"
}
