# shellcheck shell=bash
# Goes to package steps behind the proxy's address while a build is recorded or replayed. Nothing of
# it stays in the image: /dev/shm belongs to the step. Downloads of an earlier step must not hide a
# request, a recorded index may be older than its date allows, and large files come late but whole.
export UV_NO_CACHE=1 PIP_NO_CACHE_DIR=1 UV_HTTP_TIMEOUT=900 PIP_DEFAULT_TIMEOUT=900 CARGO_HTTP_TIMEOUT=900
printf '%s\n' 'Acquire::Check-Valid-Until "false";' 'Acquire::http::Timeout "900";' \
    'Acquire::https::Timeout "900";' 'Acquire::https::CAInfo "/run/dockwright/ca.crt";' \
    'APT::Sandbox::User "root";' >/dev/shm/dockwright-apt.conf
export APT_CONFIG=/dev/shm/dockwright-apt.conf
