# none-cuda-amd64 for linux/amd64, written by dockwright; change the plan, not this.

# base: base-image with Python 3.12
FROM nvcr.io/nvidia/cuda-dl-base:25.01-cuda12.8-devel-ubuntu24.04 AS base
# … as in none-base.Dockerfile

# sccache: compiler cache, for the steps that compile (wheel)
FROM base AS sccache
# … as in none-wheel_builder.Dockerfile

# toolchain: GCC 14 on glibc 2.28, with the CUDA toolkit of the base
FROM quay.io/pypa/manylinux_2_28_x86_64 AS toolchain
# … as in none-wheel_builder.Dockerfile

# etcd: distributed key-value store (release)
FROM base AS etcd
# … as in none-base.Dockerfile

# gdrcopy: GPU memory mapping for the CPU (source)
FROM toolchain AS gdrcopy
# … as in none-wheel_builder.Dockerfile

# nats: NATS message server (wheel)
FROM base AS nats
# … as in none-base.Dockerfile

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

# dynamo_runtime: Dynamo's Rust core for Python (source)
FROM toolchain AS dynamo_runtime
# … as in none-wheel_builder.Dockerfile

# libfabric: OpenFabrics Interfaces (source)
FROM toolchain AS libfabric
# … as in none-wheel_builder.Dockerfile

# ucx: unified communication transports (source)
FROM toolchain AS ucx
# … as in none-wheel_builder.Dockerfile

# nixl: transfer library and its plugins (source)
FROM toolchain AS nixl
# … as in none-wheel_builder.Dockerfile

# nixl_wheel: Python bindings of NIXL (source)
FROM toolchain AS nixl_wheel
# … as in none-wheel_builder.Dockerfile

# dynamo: frontend, router, mocker and engine adapters (source)
FROM base AS dynamo
# … as in none-runtime.Dockerfile

# runtime: the image
FROM base AS runtime
# … as in none-runtime.Dockerfile

# workspace-dev: trees of Dynamo's sources, writable for group 0
FROM base AS workspace-dev
# … as in none-dev.Dockerfile

# dev: tools, tool chains and sources on the runtime
FROM runtime AS dev
# … as in none-dev.Dockerfile

# local-dev: dev, with the caller's user and group ids
FROM dev AS local-dev
USER root
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# the user gets the caller's ids
export NEW_GID=1000
export NEW_UID=1000
export RUSTUP_HOME=/usr/local/rustup
export USER_NAME=dynamo
# Gives USER_NAME the ids NEW_UID and NEW_GID of whoever calls, group 0 beside its own, and sudo without a
# password. RUSTUP_HOME: a tool chain that the user gets a copy of (empty: none). Needs: root, sudo.
set -euo pipefail

home=/home/$USER_NAME
# holder KIND ID: who has the id. 2 means that nobody has it; everything else is a failure.
holder() {
    local entry
    entry=$(getent "$1" "$2") || [[ $? -eq 2 ]] || return
    printf '%s' "${entry%%:*}"
}
# The system's own accounts give way (macOS counts people from 501 and has them in group 20): of two with
# one id, programs see the first.
other=$(holder passwd "$NEW_UID")
if [[ -n $other && $other != "$USER_NAME" ]]; then
    userdel "$other"
fi
other=$(holder group "$NEW_GID")
if [[ -n $other && $other != "$USER_NAME" && $NEW_GID != 0 ]]; then
    # The group that another account starts with (8) stays, under both names.
    groupdel "$other" || {
        status=$?
        [[ $status -eq 8 ]] || exit "$status"
        printf 'the id %s stays that of %s, too\n' "$NEW_GID" "$other"
    }
fi
if [[ $NEW_GID != 0 ]]; then
    groupadd --non-unique --gid "$NEW_GID" "$USER_NAME"
fi
usermod --uid "$NEW_UID" --gid "$NEW_GID" --append --groups 0 --shell /bin/bash "$USER_NAME"
printf '%s ALL=(ALL) NOPASSWD: ALL\n' "$USER_NAME" >/etc/sudoers.d/dynamo
chmod 0440 /etc/sudoers.d/dynamo

# Not recursive: what the image has there is little, and group 0 may write it.
chown "$NEW_UID:0" "$home"
chmod 0775 "$home"
site=$(python3 -c 'import sys; print("lib/python%d.%d/site-packages" % sys.version_info[:2])')
install -d -o "$NEW_UID" -g 0 -m 0775 "$home/.cache" "$home/.cache/pre-commit" "$home/.cargo" \
    "$home/.commandhistory" "$home/.local" "$home/.local/lib" "$home/.local/${site%/*}" "$home/.local/$site"
if [[ -n $RUSTUP_HOME ]]; then
    cp -a "$RUSTUP_HOME" "$home/.rustup"
    # The files are new in this layer, so that this doubles nothing.
    chown -R "$NEW_UID:0" "$home/.rustup"
    chmod -R g=u "$home/.rustup"
fi
history=$home/.commandhistory/.bash_history
: >"$history"
chown "$NEW_UID:0" "$history"
chmod 0664 "$history"
cat >>"$home/.bashrc" <<BASHRC

# The history stays when the directory is mounted.
export PROMPT_COMMAND='history -a' HISTFILE=$history
umask 002
BASHRC
chown "$NEW_UID:$NEW_GID" "$home/.bashrc"
EOF
ENV CARGO_HOME="/home/dynamo/.cargo" \
    CARGO_TARGET_DIR="/workspace/target" \
    DYNAMO_HOME="/workspace" \
    HOME="/home/dynamo" \
    RUSTUP_HOME="/home/dynamo/.rustup" \
    PATH="/home/dynamo/.cargo/bin:/usr/local/cargo/bin:/usr/local/bin:${PATH}"
COPY 8ec2658a1a856425/30-image-path.sh /etc/profile.d/30-image-path.sh
WORKDIR /home/dynamo
USER dynamo
ENTRYPOINT ["/opt/nvidia/nvidia_entrypoint.sh"]
CMD []

# verify: every declared check, inside the image, without network
FROM local-dev AS verify
USER root
COPY fcbce0019a192293/checks.json /dockwright/checks.json
COPY f067a62e019e4e8b/inside.py /dockwright/verifier/inside.py
COPY 673cd8f7bd192596/inside_elf.py /dockwright/verifier/inside_elf.py
COPY cefc57b18e4e31be/inside_serve.py /dockwright/verifier/inside_serve.py
COPY 00b73538683b06bb/inside_stack.py /dockwright/verifier/inside_stack.py
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# verify the image
export CHECKS=/dockwright/checks.json
export REPORT=/dockwright/report.json
export VERIFIER=/dockwright/verifier
# Runs the declared checks of the file CHECKS, prints one line for each, and writes REPORT.
python3 "$VERIFIER/inside.py" "$CHECKS"
EOF

# evidence: the report of the checks
FROM scratch AS evidence
# … as in none-base.Dockerfile
