# shellcheck shell=bash
# Adds REPOSITORY, NVIDIA's archive of CUDA packages, to apt, with its own key.
# Needs: network, apt.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
apt-get -o Acquire::Retries=3 update
apt-get -o Acquire::Retries=3 install --yes --no-install-recommends ca-certificates curl gnupg
rm -f /etc/apt/sources.list.d/cuda*.list /etc/apt/sources.list.d/cuda*.sources
keyring=/usr/share/keyrings/cuda-archive-keyring.gpg
curl --fail --silent --show-error --location --retry 3 --max-time 300 \
    "$REPOSITORY/3bf863cc.pub" | gpg --dearmor --yes --output "$keyring"
printf 'deb [signed-by=%s] %s /\n' "$keyring" "$REPOSITORY/" >/etc/apt/sources.list.d/cuda.list
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /root/.gnupg
