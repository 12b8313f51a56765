#!/bin/sh
# Puts labctl into ~/.local/bin, or where LABCTL_BIN says; with man pages, and completions for bash and fish, in ~/.local/share.
# For Linux and macOS, x86_64 and aarch64; Windows has install.ps1.
#   curl -fsSL https://github.com/labctl/labctl/releases/latest/download/install.sh | sh
# LABCTL_FROM names another place to download from: a folder that `.ci/dist` made, behind any web server. What was downloaded must
# have the checksum that SHA256SUMS there has for it; otherwise nothing is installed.
# Defines stop, fetch, checksum, target, main.
set -eu

stop() { echo "labctl was not installed: $*" >&2; exit 1; }

fetch() { # ADDRESS FILE
    if command -v curl > /dev/null; then
        curl -fsSL --retry 2 -o "$2" "$1"
    elif command -v wget > /dev/null; then
        wget -q -O "$2" "$1"
    else
        stop "there is neither curl nor wget here"
    fi || stop "cannot download $1"
}

checksum() { # FILE
    if command -v sha256sum > /dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

target() {
    none="there is no binary for $(uname -s) on $(uname -m); with Rust: cargo install --path . --locked, in a checkout"
    case $(uname -s) in
        Linux) system=unknown-linux-musl ;;
        Darwin) system=apple-darwin ;;
        *) stop "$none" ;;
    esac
    case $(uname -m) in
        x86_64 | amd64) echo "x86_64-$system" ;;
        aarch64 | arm64) echo "aarch64-$system" ;;
        *) stop "$none" ;;
    esac
}

main() {
    from=${LABCTL_FROM:-https://github.com/labctl/labctl/releases/latest/download}
    bin=${LABCTL_BIN:-${HOME:?}/.local/bin}
    share=${XDG_DATA_HOME:-$HOME/.local/share}
    # Alone, so that a failure in it ends this.
    target=$(target)
    archive=labctl-$target.tar.gz
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    fetch "$from/SHA256SUMS" "$work/SHA256SUMS"
    wanted=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$archive\$/\1/p" "$work/SHA256SUMS")
    [ -n "$wanted" ] || stop "SHA256SUMS has no checksum of $archive"
    fetch "$from/$archive" "$work/$archive"
    found=$(checksum "$work/$archive")
    [ "$found" = "$wanted" ] || stop "$archive is not what it should be: its checksum is $found, and SHA256SUMS says $wanted"
    tar -xzf "$work/$archive" -C "$work"
    new=$work/labctl-$target
    "$new/labctl" --version > "$work/version" || stop "the program does not run here"
    mkdir -p "$bin" "$share/man/man1" "$share/bash-completion/completions" "$share/fish/vendor_completions.d"
    # A labctl that runs keeps its file; the next one starts the new.
    cp "$new/labctl" "$bin/.labctl.new"
    chmod 755 "$bin/.labctl.new"
    mv -f "$bin/.labctl.new" "$bin/labctl"
    cp "$new"/man/*.1 "$share/man/man1/"
    cp "$new/completions/labctl.bash" "$share/bash-completion/completions/labctl"
    cp "$new/completions/labctl.fish" "$share/fish/vendor_completions.d/labctl.fish"
    echo "installed $(cat "$work/version") as $bin/labctl"
    case :$PATH: in
        *:"$bin":*) echo "next: labctl doctor" ;;
        *) echo "next: export PATH=\"$bin:\$PATH\" (and put that line into ~/.profile), then: labctl doctor" ;;
    esac
}

# The last line: a download of this very script that was cut off does nothing.
main
