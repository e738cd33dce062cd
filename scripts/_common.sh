# shellcheck shell=bash
# What several scripts share; sourced, never run. The caller has set `set -euo pipefail`.

say() { printf '%s\n' "$*" >&2; }

# fail MESSAGE HINT [STATUS]: one line says what is wrong, one what to do.
fail() {
  say "error: $1"
  say "hint: $2"
  exit "${3:-1}"
}

# The root of the checkout; every script works from there.
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034  # used by those who source this file
readonly root

# as_root COMMAND…: run as root, through sudo only if it asks for no password. sudo forgets the
# environment, so what a package manager behind a proxy needs is handed over by name.
as_root() {
  local name
  local -a settings=(DEBIAN_FRONTEND=noninteractive)
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [[ -z ${!name:-} ]] || settings+=("$name=${!name}")
  done
  if [[ $(id -u) -eq 0 ]]; then
    env "${settings[@]}" "$@"
  else
    sudo -n env "${settings[@]}" "$@"
  fi
}

can_be_root() { [[ $(id -u) -eq 0 ]] || sudo -n true 2>/dev/null; }

# install_packages REASON PACKAGE…: install those that are missing, or say how.
install_packages() {
  local reason=$1 package
  local -a missing=()
  shift
  command -v apt-get dpkg-query >/dev/null ||
    fail "missing: $* ($reason)" "install them with the package manager of this system"
  for package; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  can_be_root ||
    fail "missing: ${missing[*]} ($reason)" "sudo apt-get install ${missing[*]}"
  say "installing ${missing[*]} ($reason)"
  # A source list of somebody else's may be unreachable; whether that matters, install will say.
  quietly as_root apt-get update || say "warning: apt-get update failed, going on with what is known"
  quietly as_root apt-get install --yes --no-install-recommends "${missing[@]}" ||
    fail "apt-get could not install ${missing[*]}" "see its messages above"
}

# quietly COMMAND…: what it prints is shown only when it fails.
quietly() {
  local output
  output=$("$@" 2>&1) || {
    local status=$?
    say "$output"
    return "$status"
  }
}

# The programs of /usr/sbin (runc) are not on an ordinary user's PATH.
PATH=$PATH:/usr/sbin:/sbin
