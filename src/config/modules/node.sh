# shellcheck shell=sh disable=SC2154
# node SOURCE VERSION BASE PAYLOAD SHA256 NPM
#
# node, npm and npx for everybody on this machine.
# archive, mirror: BASE/vVERSION/node-vVERSION-linux-ARCH.tar.xz, which must match
#   BASE/vVERSION/SHASUMS256.txt; BASE is https://nodejs.org/dist or a copy of it.
# folder: the controller has the archive and sends it as PAYLOAD-ARCH; SHA256 is
#   its sum, or a list of them: "x64=… arm64=…".
# distribution: the packages nodejs and npm; VERSION, if set, is the major wanted.
# NPM is the version of npm wanted, or empty for the one that comes along.

node_words() {
    source=$1 version=${2#v} base=${3%/} payload=$4 sha256=$5 npm=$6
    node_dir=/opt/node/v$version
}

node_arch() {
    case $hardware in
    x86_64) arch=x64 ;; aarch64 | arm64) arch=arm64 ;; armv7l) arch=armv7l ;;
    ppc64le) arch=ppc64le ;; s390x) arch=s390x ;;
    *) fail "there is no Node.js archive for $hardware: use source distribution" ;;
    esac
}

ask_node() { [ "$1" != distribution ] || ask_packages nodejs; }
check_node() {
    node_holds "$@" && return 0
    # Another Node.js has packages of its own, and what runs is started anew with it.
    [ "$phase" != before ] || : >"$work/moves"
    return 1
}

node_holds() {
    node_words "$@"
    if [ "$source" = distribution ]; then
        if node_of_distribution; then return 0; fi
        # Said by a look, before anything is installed.
        if [ "$phase" = before ] && node_cannot; then note "$node_cannot"; fi
        return 1
    fi
    [ "$source" = folder ] || command -v curl >/dev/null || cannot_tell
    if ! node_whole; then
        if [ "$source" = folder ] && [ "$phase" = before ]; then node_arch; need "$payload-$arch" ''; fi
        return 1
    fi
    case $node_files in
    "$node_dir/bin/node
$node_dir/bin/npm
$node_dir/bin/npx
"*) ;;
    *) return 1 ;;
    esac
    [ -z "$npm" ] || { version_in "$node_dir/lib/node_modules/npm/package.json" && [ "$found" = "$npm" ]; }
}

# Whether the program is the one that was unpacked: an empty or another one does not run, and to try it would take longer than
# the whole look. Sets node_files: where the links lead, and the size of the program.
node_whole() {
    [ -x "$node_dir/bin/node" ] || return 1
    node_size=''
    { read -r node_size <"$node_dir/.labctl-size"; } 2>/dev/null || : # unpacked before sizes were written down
    node_files=$(find /usr/local/bin/node /usr/local/bin/npm /usr/local/bin/npx "$node_dir/bin/node" \
        -maxdepth 0 \( -type l -printf '%l\n' -o -printf '%s\n' \) 2>/dev/null) || :
    [ -z "$node_size" ] || [ "${node_files##*"$newline"}" = "$node_size" ]
}

apply_node() {
    node_words "$@"
    online=yes
    rm -f "$work/moves"
    if [ "$source" = distribution ]; then node_from_distribution; return; fi
    if ! node_whole; then
        [ ! -e "$node_dir" ] || note "$node_dir/bin/node is not what was unpacked there: unpacked again"
        node_unpack
    fi
    if [ -n "$npm" ]; then
        version_in "$node_dir/lib/node_modules/npm/package.json" || :
        [ "$found" = "$npm" ] ||
            as root "PATH=$node_dir/bin:/usr/bin:/bin" npm install -g --prefix "$node_dir" --no-audit --no-fund --no-update-notifier "npm@$npm"
    fi
    for node_name in node npm npx corepack; do
        [ -e "$node_dir/bin/$node_name" ] || continue
        node_link=/usr/local/bin/$node_name
        if [ -e "$node_link" ] && [ ! -L "$node_link" ]; then
            mv -f "$node_link" "$node_link.before-labctl"
            note "$node_link was a program of its own: it is now $node_name.before-labctl"
        fi
        ln -sf "$node_dir/bin/$node_name" "$node_link.labctl"
        swap_in "$node_link.labctl" "$node_link"
    done
}

# Fetch, verify, unpack beside the place, try it, and only then rename.
node_unpack() {
    node_arch
    if [ "$source" = folder ]; then
        node_file=$payloads/$payload-$arch
        case " $sha256 " in
        *" $arch="*) node_sum=${sha256#*"$arch="} node_sum=${node_sum%% *} ;;
        *) node_sum=$sha256 ;;
        esac
    else
        node_get "SHASUMS256.txt" "$work/SHASUMS256.txt"
        node_sum='' node_name=''
        if command -v xz >/dev/null; then node_listed tar.xz; fi
        [ -n "$node_sum" ] || node_listed tar.gz # a mirror may hold only one of the two
        node_file=$work/$node_name
        [ -n "$node_sum" ] || fail "$base/v$version/SHASUMS256.txt has no $node_name"
        node_get "$node_name" "$node_file"
    fi
    [ -r "$node_file" ] || fail "the archive of Node.js $version for $arch did not arrive"
    node_is=$(sha256sum "$node_file")
    [ "${node_is%% *}" = "$node_sum" ] ||
        fail "the archive of Node.js $version is damaged or not the real one: sha256 is ${node_is%% *}, must be $node_sum"
    rm -rf "$node_dir.tmp" "$node_dir"
    mkdir -p "${node_dir%/*}"
    # Nobody else comes in before it was looked at.
    mkdir -m 700 "$node_dir.tmp"
    # tar itself writes nothing behind a link that leads out, and refuses names with `..`.
    tar -xf "$node_file" -C "$node_dir.tmp" --strip-components=1 --no-same-owner --no-same-permissions &&
        node_harmless || { rm -rf "$node_dir.tmp"; fail "the archive of Node.js $version is not as such an archive should be"; }
    chmod 755 "$node_dir.tmp"
    "$node_dir.tmp/bin/node" -v || fail "Node.js $version does not run on this system (too old a C library?)"
    stat -c %s "$node_dir.tmp/bin/node" >"$node_dir.tmp/.labctl-size"
    mv "$node_dir.tmp" "$node_dir"
}

# The checksum says only that the archive is the one of its place: what programs of everybody are made of gives no rights
# away, and its links stay in it.
node_harmless() {
    node_odd=$(find "$node_dir.tmp" ! -type f ! -type d ! -type l -o -type f -perm /6000)
    [ -z "$node_odd" ] || { echo "it holds $node_odd"; return 1; }
    # shellcheck disable=SC2016 # for the shell that find starts: a name may hold anything
    find "$node_dir.tmp" -type l -exec sh -c '
        for link; do
            case $(readlink -f -- "$link") in "$0"/*) ;; *) echo "$link leads out of it"; exit 1 ;; esac
        done' "$(readlink -f "$node_dir.tmp")" {} +
}

# Sets node_name and node_sum of the archive with this ending, as SHASUMS256.txt lists it.
node_listed() {
    node_name=node-v$version-linux-$arch.$1
    node_sum=$(awk -v name="$node_name" '$2 == name || $2 == "*" name { print $1; exit }' "$work/SHASUMS256.txt")
}

node_get() {
    as root curl -fsSL --retry 3 --connect-timeout 20 -o "$2" "$base/v$version/$1" ||
        fail "cannot download $base/v$version/$1"
}

node_of_distribution() {
    [ -x /usr/bin/node ] && [ -s /usr/bin/node ] && [ -x /usr/bin/npm ] || return 1
    case $(readlink /usr/local/bin/node) in /opt/node/*) return 1 ;; esac
    ! node_hidden || return 1
    [ -n "$version" ] || return 0
    package_version nodejs && [ "${found%%.*}" = "${version%%.*}" ]
}

# Whether somebody has put a program in front of the packages' one that does not run, or is of another version than is wanted.
node_hidden() {
    [ -x /usr/local/bin/node ] || return 1
    # A shell takes an empty program for a script that succeeds.
    node_own=$(/usr/local/bin/node -v 2>/dev/null) || node_own=''
    case $node_own in
    v"${version%%.*}".*) return 1 ;;
    v[0-9]*) [ -n "$version" ] ;;
    *) node_own='' ;;
    esac
}

# Whether apt would install another version than the one that is wanted. Sets node_cannot to words about it.
node_cannot() {
    [ -n "$version" ] || return 1
    found=$(apt-cache policy nodejs 2>/dev/null | sed -n 's/^  Candidate: *//p')
    case $found in '' | '(none)' | "${version%%.*}".*) return 1 ;; esac
    node_cannot="the packages of this machine have Node.js $found, not $version: in the inventory, leave node.version out for theirs, or node.source out for nodejs.org"
}

node_from_distribution() {
    apt_lists 24 || note "not all of apt's lists could be fetched"
    # Some 400 packages come along: what would be of no use is not installed.
    ! node_cannot || fail "$node_cannot"
    apt_restore nodejs npm
    apt_get install --no-install-recommends nodejs npm
    for node_name in node npm npx corepack; do
        case $(readlink "/usr/local/bin/$node_name") in /opt/node/*) rm -f "/usr/local/bin/$node_name" ;; esac
    done
    ! node_cannot || fail "$node_cannot"
    if node_hidden; then
        mv -f /usr/local/bin/node /usr/local/bin/node.before-labctl
        note "/usr/local/bin/node ${node_own:-does not run}${node_own:+ is not what is wanted}: it is now node.before-labctl, and the packages' program is used"
    fi
}
