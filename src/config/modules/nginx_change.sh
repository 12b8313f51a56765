# shellcheck shell=sh disable=SC2154,SC2086
# The change of what is on disk and of what runs, and the way back.
# Defines nginx_ours, nginx_save, nginx_put, nginx_write, nginx_conflicts, nginx_reload, nginx_refused, nginx_restore.

# Whoever may write in these folders could put a link there, and root would follow it. `sudo chown -R $USER` and `sudo chmod
# -R 777` are usual in a class, so the folders are root's again and the run goes on; what a link leads to is not.
nginx_ours() {
    for place in /etc/nginx "$folder"; do
        if [ ! -d "$place" ] || [ -L "$place" ]; then continue; fi
        case $(stat -c '%u %A' "$place") in '0 '?????-??-?) continue ;; esac
        note "$(stat -c %U "$place") had $place ($(stat -c %A "$place")): only root writes there now"
        chown -h root: "$place"
        chmod go-w "$place"
    done
    place=$folder
    [ -d "$place" ] || place=/etc/nginx
    writer "$place/*.conf" root
}

# Keeps nginx.conf and our folder as they are. What an interrupted run left here is older and was accepted by nginx:
# it stays the way back as long as nginx does not accept what is on disk.
nginx_save() {
    mkdir -p "$state"
    [ ! -e "$state/saved" ] || nginx -t 2>/dev/null || return 0
    rm -rf "$state/saved" "$state/saved.new"
    mkdir "$state/saved.new"
    cp -p "$conf" "$state/saved.new/nginx.conf"
    [ ! -d "$folder" ] || cp -aH "$folder" "$state/saved.new/folder" # it may be a link
    mv "$state/saved.new" "$state/saved"
}

# Puts standard input in place of FILE at once, with the mode and owner of LIKE (or 644 root).
nginx_put() {
    new=${1%/*}/.labctl-new # hidden, so that no `include FOLDER/*` takes it in
    rm -rf "$new"
    if [ -n "${2:-}" ]; then cp -p "$2" "$new"; fi
    cat >"$new"
    if [ -z "${2:-}" ]; then chmod 644 "$new"; fi
    swap_in "$new" "$1"
}

nginx_write() {
    [ -d "$folder" ] || mkdir -p "$folder"
    nginx_read "$@"
    nginx_judge
    [ -z "${take_over:-}" ] || nginx_take_over
    while [ $# -gt 0 ]; do
        if ! printf %s "$4" | cmp -s - "$2" || [ "$(stat -c '%a %u %F' "$2")" != '644 0 regular file' ]; then
            printf %s "$4" | nginx_put "$2"
        fi
        shift 4
    done
    nginx_stale
    for file in $stale; do rm -f "$file"; done
    nginx_default_site || :
    case $where in
    loaded) ;;
    '') fail "/etc/nginx/nginx.conf has no http { } block to put the line \`include $folder/*.conf;\` in" ;;
    *)
        nginx_with_include "$where" >"$work/nginx.conf"
        writer "$conf" root
        nginx_put "$conf" "$conf" <"$work/nginx.conf"
        ;;
    esac
}

# The same server_name twice is only a warning to nginx, but then the first file answers and the other one never does.
nginx_conflicts() {
    [ -z "$remarks" ] || note "${remarks%"$newline"}"
    for domain in $domains; do
        case $rivals in *"later$tab$domain$tab"*) continue ;; esac
        case $out in
        *"conflicting server name \"$domain\""*)
            echo "$out" | grep -F "\"$domain\""
            grep -rnFw "$domain" /etc/nginx | grep server_name || :
            fail "$domain is configured twice: remove or rename one of these"
            ;;
        esac
    done
}

# Never `restart`: with a configuration that does not work, that leaves no nginx at all.
nginx_reload() {
    if ! nginx_alive; then
        systemctl reset-failed nginx 2>/dev/null || :
        systemctl start nginx
    elif systemctl is-active --quiet nginx; then
        systemctl reload-or-restart nginx
    else
        nginx -s reload # somebody started it by hand, outside of systemd
    fi
}

# Says why nginx did not take the configuration: its own words, and who has the port.
nginx_refused() {
    tail -c +$((log_size + 1)) "$log" 2>/dev/null | grep -E '\[(emerg|alert|crit)\]' | awk '!seen[substr($0, 21)]++' | tail -n 5 || :
    ss -ltnpH 2>/dev/null | awk '$4 ~ /:80$/ && !/"nginx"/ { print "port 80 is taken by " $NF }' || :
    fail "$1"
}

nginx_restore() {
    trap '' TERM INT
    set +e
    if ! cmp -s "$state/saved/nginx.conf" "$conf"; then nginx_put "$conf" "$conf" <"$state/saved/nginx.conf"; fi
    for file in "$folder"/* "$folder"/.labctl-new; do
        saved=$state/saved/folder/${file##*/}
        [ -e "$saved" ] || [ -L "$saved" ] || [ ! -f "$file" ] || rm -f "$file"
    done
    nginx_give_back
    for saved in "$state"/saved/folder/*; do
        file=$folder/${saved##*/}
        # A link says by itself what it is; where it leads to from the copy is nothing.
        if [ -L "$saved" ]; then [ ! -L "$file" ] || continue
        elif [ ! -f "$saved" ] || { [ ! -L "$file" ] && cmp -s "$saved" "$file"; }; then continue; fi
        rm -rf "$folder/.labctl-new"
        cp -a "$saved" "$folder/.labctl-new" && swap_in "$folder/.labctl-new" "$file"
    done
    [ -d "$state/saved/folder" ] || rmdir "$folder" 2>/dev/null
    if ! nginx -t 2>/dev/null; then note "the old configuration is back on disk; nginx does not accept that one either"
    elif [ $was_alive = no ]; then note "the old configuration is back on disk; nginx is stopped as before"
    elif sleep 0.2 && nginx_reload 2>/dev/null; then note "the old configuration is back and loaded"
    else note "the old configuration is back on disk"
    fi
    rm -rf "$state/saved"
}
