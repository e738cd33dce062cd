# shellcheck shell=bash
# Installs PACKAGES (words) and cleans the caches.
dnf() {
    # libcurl has a bundle of its own, so SSL_CERT_FILE (network.sh) has to be said again.
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf install --assumeyes $PACKAGES
dnf clean all
