# shellcheck shell=bash
# Nsight Systems VERSION from NVIDIA's archive of developer tools, REPOSITORY, with its own key.
# Needs: root, network, apt, curl, gpg.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
keyring=/usr/share/keyrings/nvidia-devtools.gpg
curl --fail --silent --show-error --location --retry 3 --max-time 300 "$REPOSITORY/nvidia.pub" |
    gpg --dearmor --yes --output "$keyring"
printf 'deb [signed-by=%s] %s/ /\n' "$keyring" "$REPOSITORY" >/etc/apt/sources.list.d/nvidia-devtools.list
apt-get -o Acquire::Retries=3 update
apt-get -o Acquire::Retries=3 -o APT::Keep-Downloaded-Packages=false \
    install --yes --no-install-recommends "nsight-systems-$VERSION"
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /root/.gnupg
