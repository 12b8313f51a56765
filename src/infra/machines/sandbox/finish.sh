# Runs inside the base right after its packages are there: what makes it a fresh server as a class gets one.
set -eu
useradd --create-home --shell /bin/bash --uid 1000 student
echo 'student ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/student
chmod 0440 /etc/sudoers.d/student
install -d -m 0700 -o student -g student /home/student/.ssh

# Each machine gets the host key that labctl made for it, and only that one.
rm -f /etc/ssh/ssh_host_*
cat > /etc/ssh/sshd_config.d/labctl.conf <<'END'
HostKey /etc/ssh/ssh_host_ed25519_key
UseDNS no
END

# These machines are thrown away: packages need not survive a power cut, and install much faster without waiting for the disk.
echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/labctl
# Only how this base was made; each machine gets its own settings.
rm -f /etc/dpkg/dpkg.cfg.d/99mmdebstrap /etc/apt/apt.conf.d/99mmdebstrap

# Where a student expects it; mmdebstrap names it after the file that it was told.
mv /etc/apt/sources.list.d/0000*.list /etc/apt/sources.list

# The controller shares its certificate authorities (put here before).
update-ca-certificates > /dev/null

systemctl --quiet enable systemd-networkd.service ssh.service
# No timer of apt may hold its lock when the exercise wants it; nobody sits at the console.
for unit in apt-daily.timer apt-daily-upgrade.timer apt-daily.service apt-daily-upgrade.service \
    dpkg-db-backup.timer e2scrub_all.timer fstrim.timer systemd-networkd-wait-online.service \
    console-getty.service getty.target; do
    systemctl --quiet mask "$unit"
done

rm -f /var/lib/dbus/machine-id
: > /etc/machine-id
echo 'LANG=C.UTF-8' > /etc/default/locale
rm -f /etc/resolv.conf /etc/hostname
