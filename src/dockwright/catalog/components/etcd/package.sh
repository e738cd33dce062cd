# shellcheck shell=bash
# etcd and etcdctl from the distribution's packages, without service, user and documentation.
# Needs: network, apt. PREFIX (/usr/local/bin/etcd): the folder that holds the programs.
# VERSION: the exact version of both packages, or empty for the newest in the archive.
set -euo pipefail

scratch=$(mktemp -d)
cd "$scratch"
apt-get update -qq
apt-get -o APT::Sandbox::User=root download -qq \
    "etcd-server${VERSION:+=$VERSION}" "etcd-client${VERSION:+=$VERSION}"
for package in ./*.deb; do dpkg -x "$package" root; done

install -D -m 0755 --target-directory "$PREFIX" root/usr/bin/etcd root/usr/bin/etcdctl
install -m 0644 root/usr/share/doc/etcd-server/copyright "$PREFIX/copyright"
"$PREFIX/etcd" --version
"$PREFIX/etcdctl" version
cd /
rm -rf "$scratch"
