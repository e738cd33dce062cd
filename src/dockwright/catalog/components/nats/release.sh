# shellcheck shell=bash
# NATS server from the unpacked release in the working directory. PREFIX (/usr): $PREFIX/bin/nats-server.
set -euo pipefail

install -D -m 0755 --target-directory "$PREFIX/bin" nats-server
install -D -m 0644 --target-directory "$PREFIX/share/doc/nats-server" LICENSE
"$PREFIX/bin/nats-server" --version
