# shellcheck shell=bash
# The crates of CRATE as its lock file says, for a compile step without network.
# Needs: network, cargo. They stay in the layer: a cache mount could be empty when only this step is cached.
export PATH="$CARGO_HOME/bin:$PATH"
cargo fetch --locked --manifest-path "$CRATE/Cargo.toml"
