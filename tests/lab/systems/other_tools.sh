# Puts uutils and sudo-rs where coreutils and sudo are, as Ubuntu does since 25.10. /usr/bin/coreutils and /usr/bin/sudo-rs may be
# there already.
export DEBIAN_FRONTEND=noninteractive
wanted=
[ -x /usr/bin/coreutils ] || wanted=rust-coreutils
[ -x /usr/bin/sudo-rs ] || wanted="$wanted sudo-rs"
if [ -n "$wanted" ]; then
    apt-get update -q > /dev/null
    # shellcheck disable=SC2086 # words
    apt-get install -q -y --no-install-recommends $wanted > /dev/null
fi
mkdir /usr/lib/gnu
names=$(/usr/bin/coreutils --list)
for file in $(dpkg -L coreutils sudo | grep -E '/s?bin/.'); do
    name=${file##*/}
    case $name in
    sudo) tool=/usr/bin/sudo-rs ;;
    *)
        printf '%s\n' "$names" | grep -qxF -- "$name" || continue
        tool=/usr/bin/coreutils
        ;;
    esac
    dpkg-divert --quiet --local --rename --divert "/usr/lib/gnu/$name" --add "$file"
    /usr/bin/coreutils ln -s "$tool" "$file"
done
# What is not a link to a package's own file has to be root's with the right to become root.
[ -L /usr/bin/sudo-rs ] || chmod 4755 /usr/bin/sudo-rs
# The next update is the first one.
rm -rf /var/lib/labctl /var/lib/apt/lists/*
