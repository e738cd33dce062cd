# shellcheck shell=bash
# The distribution's protoc with its libraries and .proto files below PREFIX, as the release has it.
set -euo pipefail

install -D -m 0755 /usr/bin/protoc "$PREFIX/libexec/protoc"
mkdir -p "$PREFIX/bin" "$PREFIX/lib" "$PREFIX/include/google"
cp -a /usr/lib/*-linux-gnu/libproto*.so.* "$PREFIX/lib/"
cp -a /usr/include/google/protobuf "$PREFIX/include/google/"
find "$PREFIX/include" -type f ! -name '*.proto' -delete
cat >"$PREFIX/bin/protoc" <<SCRIPT
#!/bin/sh
LD_LIBRARY_PATH=$PREFIX/lib exec $PREFIX/libexec/protoc "\$@"
SCRIPT
chmod 0755 "$PREFIX/bin/protoc"
"$PREFIX/bin/protoc" --version
