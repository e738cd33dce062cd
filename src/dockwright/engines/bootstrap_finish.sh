#!/bin/sh
# Run by mmdebstrap after the last package; $1 is the new root.
set -eu
cd "$1"

list=etc/apt/sources.list
if [ -e "$list.dockwright" ]; then
    mv -f "$list.dockwright" "$list"
fi
# Which key option mmdebstrap writes depends on the keys of the host; the image names its own.
keyring="usr/share/keyrings/${DOCKWRIGHT_KEYRING}"
if [ -e "$keyring" ]; then
    sed -i -e 's/^deb \[[^]]*\] /deb /' -e "s,^deb ,deb [signed-by=/$keyring] ," "$list"
fi

mv etc/apt/apt.conf.d/99mmdebstrap etc/apt/apt.conf.d/99dockwright
# What was unpacked before dpkg knew its excludes (bootstrap_extract.sh).
find usr/share/doc -type f ! -name copyright -delete
find usr/share/doc -mindepth 1 -type d -empty -delete
find usr/share/man usr/share/info usr/share/locale -mindepth 1 ! -name locale.alias -delete 2>/dev/null || true

# Of the host (mmdebstrap copies both; engines mount their own while a step runs).
rm -f etc/resolv.conf etc/hostname
# Of this run.
rm -f etc/apt/preferences.d/dockwright
rm -f var/lib/dpkg/status-old var/lib/dpkg/diversions-old var/lib/dpkg/statoverride-old
rm -f var/cache/debconf/*-old etc/passwd- etc/group- etc/shadow- etc/gshadow-
rm -f var/cache/ldconfig/aux-cache
find var/log -type f -exec truncate -s 0 {} +
