# shellcheck shell=bash
# Rust VERSION for HOST by ./rustup-init, whose checksum was checked. CARGO_HOME, RUSTUP_HOME: the places.
set -euo pipefail

chmod +x rustup-init
./rustup-init -y --no-modify-path --profile minimal --default-toolchain "$VERSION" --default-host "$HOST"
# Dev images work as another user than root.
chmod -R a+w "$RUSTUP_HOME" "$CARGO_HOME"
"$CARGO_HOME/bin/cargo" --version
