# shellcheck shell=bash
# protoc and its own .proto files from the unpacked release in the working directory. PREFIX.
set -euo pipefail

install -D -m 0755 --target-directory "$PREFIX/bin" bin/protoc
cp -a include "$PREFIX/include"
"$PREFIX/bin/protoc" --version
