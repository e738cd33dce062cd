# shellcheck shell=bash
# Takes away what the PyTorch image says about versions (the file CONSTRAINTS is emptied) and its archives
# of CUDA packages, whose keys contradict those that are added later.
set -euo pipefail

if [[ -e $CONSTRAINTS ]]; then
    : >"$CONSTRAINTS"
fi
rm -f /etc/apt/sources.list.d/cuda*.list /etc/apt/sources.list.d/cuda*.sources \
    /usr/share/keyrings/cuda-archive-keyring.gpg /etc/apt/trusted.gpg.d/cuda*.gpg
