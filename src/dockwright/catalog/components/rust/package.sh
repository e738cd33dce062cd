# shellcheck shell=bash
# The distribution's rustc and cargo as a tool chain below RUSTUP_HOME that needs nothing of the stage it
# comes from, with CARGO_HOME/bin as rustup makes it. Needs: network, apt, patchelf.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
apt-get -o Acquire::Retries=3 update -qq
# Debian keeps a newer Rust beside its own, for browsers; Dynamo's sources want that one.
suffix=
[[ -z $(apt-cache search --names-only '^rustc-web$') ]] || suffix=-web
apt-get -o Acquire::Retries=3 -o APT::Keep-Downloaded-Packages=false install --yes -qq \
    --no-install-recommends "rustc$suffix" "cargo$suffix" >/dev/null

toolchain=$RUSTUP_HOME/toolchains/distribution
mkdir -p "$toolchain/bin" "$toolchain/lib" "$CARGO_HOME/bin"
cp -a /usr/bin/rustc /usr/bin/rustdoc /usr/bin/cargo "$toolchain/bin/"
# Some of its files are links to where the distribution keeps libraries.
cp -rL --preserve=mode,timestamps /usr/lib/rustlib "$toolchain/lib/"
# Every library but those of the C compiler's run time, which belong to the system.
ldd "$toolchain/bin/"* | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
    while read -r library; do
        case ${library##*/} in
            ld-linux* | libc.* | libdl.* | libgcc_s.* | libm.* | libpthread.* | libresolv.* | librt.* | libstdc++.*) ;;
            *) cp -L --preserve=mode,timestamps "$library" "$toolchain/lib/" ;;
        esac
    done
# Of an old kind, because it also holds for the libraries of libraries.
for program in "$toolchain/bin/"*; do
    patchelf --force-rpath --set-rpath "\$ORIGIN/../lib" "$program"
    ln -s "$program" "$CARGO_HOME/bin/${program##*/}"
done
# Dev images work as another user than root.
chmod -R a+w "$RUSTUP_HOME" "$CARGO_HOME"
"$CARGO_HOME/bin/rustc" --version
"$CARGO_HOME/bin/cargo" --version
