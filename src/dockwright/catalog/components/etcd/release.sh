# shellcheck shell=bash
# etcd's programs from the unpacked release in the working directory. PREFIX: the folder that holds them.
set -euo pipefail

install -D -m 0755 --target-directory "$PREFIX" etcd etcdctl etcdutl
"$PREFIX/etcd" --version
"$PREFIX/etcdctl" version
