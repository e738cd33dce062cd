# shellcheck shell=bash
# AWS EFA from its installer, which is checked against the key FINGERPRINT. Needs: root, network, apt.
# ADDRESS, VERSION. The kernel module is the host's job, limits are the container runtime's.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
apt-get -o Acquire::Retries=3 update
apt-get -o Acquire::Retries=3 install --yes --no-install-recommends ca-certificates curl gnupg

scratch=$(mktemp -d)
cd "$scratch"
archive=aws-efa-installer-$VERSION.tar.gz
for file in "$archive" "$archive.sig" aws-efa-installer.key; do
    curl --fail --silent --show-error --location --retry 3 --retry-delay 2 --max-time 600 \
        --output "$file" "$(mirrored "$ADDRESS/$file")"
done
export GNUPGHOME=$scratch/gnupg
mkdir -m 0700 "$GNUPGHOME"
gpg --quiet --batch --import aws-efa-installer.key
gpg --batch --status-fd 3 --verify "$archive.sig" "$archive" 3>status
# "VALIDSIG <signing key> … <primary key>": the signature must be by the key that we know.
if ! grep -qE "^\[GNUPG:\] VALIDSIG (.* )?$FINGERPRINT( |$)" status; then
    printf 'error: %s is not signed by %s\n' "$archive" "$FINGERPRINT" >&2
    exit 1
fi
tar -xzf "$archive"
cd aws-efa-installer
./efa_installer.sh -y --skip-kmod --skip-limit-conf --no-verify
cd /

# The NCCL plugin stays on the loader path under either name and crashes TensorRT-LLM.
rm -rf /opt/amazon/ofi-nccl /opt/amazon/aws-ofi-nccl "$scratch"
rm -f /etc/ld.so.conf.d/*ofi*nccl*
ldconfig
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/cache/ldconfig/aux-cache /root/.cache
