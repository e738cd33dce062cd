# shellcheck shell=bash
# A wheel of the Rust crate in CRATE: maturin. FEATURES: cargo features (comma-separated, or empty).
# FOLDER: where it goes. EXCLUDE: patterns of libraries (words) that must not be grafted into it; empty
# when it links nothing beside the system. TOOLS, CARGO_HOME, RUSTUP_HOME, PROTOC: tools.
# LIBRARIES: where the linker and auditwheel find what the features link. PLATFORM: the wheel's tag.
set -euo pipefail

export PATH="$TOOLS/bin:$CARGO_HOME/bin:$PATH" VIRTUAL_ENV="$TOOLS"
export LD_LIBRARY_PATH="${LIBRARIES:+$LIBRARIES:}${LD_LIBRARY_PATH-}"
export CARGO_NET_OFFLINE=true
cd "$CRATE"
maturin build --release --locked --offline --interpreter "$PYTHON" --auditwheel skip \
    --out raw ${FEATURES:+--features "$FEATURES"}
words=()
set -f
for pattern in $EXCLUDE; do words+=(--exclude "$pattern"); done
set +f
mkdir -p "$FOLDER"
auditwheel repair "${words[@]}" --plat "$PLATFORM" --wheel-dir "$FOLDER" raw/*.whl
