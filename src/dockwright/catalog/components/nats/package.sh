# shellcheck shell=bash
# NATS server from the distribution's package nats-server, without its service, user and configuration.
# Needs: network, apt. PREFIX (/usr): the server becomes $PREFIX/bin/nats-server (Debian has it in sbin).
# VERSION: the exact package version, or empty for the newest in the archive.
set -euo pipefail

scratch=$(mktemp -d)
cd "$scratch"
apt-get update -qq
apt-get -o APT::Sandbox::User=root download -qq "nats-server${VERSION:+=$VERSION}"
dpkg -x nats-server_*.deb root

install -D -m 0755 root/usr/sbin/nats-server "$PREFIX/bin/nats-server"
install -D -m 0644 --target-directory "$PREFIX/share/doc/nats-server" \
    root/usr/share/doc/nats-server/copyright
"$PREFIX/bin/nats-server" --version
cd /
rm -rf "$scratch"
