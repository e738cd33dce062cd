# shellcheck shell=bash
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
