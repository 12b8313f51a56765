# shellcheck shell=sh disable=SC2154
# npm_global PACKAGE VERSION PREFIX
#
# The commands of PACKAGE, exactly VERSION, for everybody: installed under
# PREFIX and linked into /usr/local/bin.

# Whether all of the package is there. npm unpacks first and links the commands last, and what was broken off has a mark.
npm_global_whole() {
    [ ! -e "$prefix/unfinished" ] && version_in "$prefix/lib/node_modules/$package/package.json" && [ "$found" = "$version" ] || return 1
    for npm_global_bin in "$prefix"/bin/*; do [ ! -x "$npm_global_bin" ] || return 0; done
    return 1
}

# Compares the version and the links; starts nothing.
check_npm_global() {
    package=$1 version=$2 prefix=$3
    command -v npm >/dev/null || cannot_tell
    npm_global_whole || return 1
    wanted=''
    set --
    for npm_global_bin in "$prefix"/bin/*; do
        set -- "$@" "/usr/local/bin/${npm_global_bin##*/}"
        wanted=$wanted${wanted:+"
"}$npm_global_bin
    done
    [ "$(readlink "$@")" = "$wanted" ]
}

apply_npm_global() {
    package=$1 version=$2 prefix=$3 online=yes
    if ! npm_global_whole; then
        rm -rf "$prefix"
        mkdir -p "$prefix"
        : >"$prefix/unfinished"
        as root npm install -g --prefix "$prefix" --no-audit --no-fund --no-update-notifier --no-progress "$package@$version"
        rm -f "$prefix/unfinished"
    fi
    for npm_global_bin in "$prefix"/bin/*; do
        npm_global_link=/usr/local/bin/${npm_global_bin##*/}
        if [ -e "$npm_global_link" ] && [ ! -L "$npm_global_link" ]; then
            mv -f "$npm_global_link" "$npm_global_link.before-labctl"
            note "$npm_global_link was a program of its own: it is now ${npm_global_link##*/}.before-labctl"
        fi
        ln -sf "$npm_global_bin" "$npm_global_link.labctl"
        swap_in "$npm_global_link.labctl" "$npm_global_link"
    done
}
