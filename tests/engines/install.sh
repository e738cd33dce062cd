#!/bin/bash
# Build the pinned BuildKit (buildkitd, buildctl, buildx) once and print the directory that holds it.
#
# The versions are those of go.mod beside this file; go.sum holds the checksum of every module, so
# what is built is the same everywhere. The directory's name is the digest of both files: a new pin
# is a new directory, and an old checkout keeps finding its own. Only the directory is on stdout.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly -a tools=(
  github.com/moby/buildkit/cmd/buildkitd
  github.com/moby/buildkit/cmd/buildctl
  github.com/docker/buildx/cmd/buildx
)

say() { printf '%s\n' "$*" >&2; }

# buildkitd starts containers with runc (or crun), which comes from the distribution.
ensure_runtime() {
  if PATH="$PATH:/usr/sbin:/sbin" command -v runc crun >/dev/null; then
    return
  fi
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    say "error: neither runc nor crun is installed"
    say "hint: install one of them with the package manager of the distribution"
    exit 1
  fi
  say "installing runc from the distribution"
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends runc >&2
}

# build DIRECTORY: the three binaries, static, with their true versions inside.
build() {
  local target=$1 buildkit buildx
  buildkit=$(go list -m -f '{{.Version}}' github.com/moby/buildkit)
  buildx=$(go list -m -f '{{.Version}}' github.com/docker/buildx)
  say "building BuildKit $buildkit and buildx $buildx (once, a few minutes)"
  CGO_ENABLED=0 go build -trimpath -mod=readonly -buildvcs=false -o "$target/" -ldflags "-s -w \
    -X github.com/moby/buildkit/version.Version=$buildkit \
    -X github.com/docker/buildx/version.Version=$buildx" "${tools[@]}" >&2
}

main() {
  local digest directory partial
  digest=$(cat -- "$here/go.mod" "$here/go.sum" | sha256sum | cut -c1-16)
  directory="${XDG_CACHE_HOME:-$HOME/.cache}/dockwright/engines/$digest"
  ensure_runtime
  if [[ ! -d $directory ]]; then
    if ! command -v go >/dev/null; then
      say "error: Go is not installed, BuildKit cannot be built"
      say "hint: install Go $(sed -n 's/^go //p' "$here/go.mod") or newer"
      exit 1
    fi
    mkdir -p -- "${directory%/*}"
    partial=$(mktemp -d -- "$directory.XXXXXX")
    # shellcheck disable=SC2064  # the name is meant to be fixed now, not when the trap runs
    trap "rm -rf -- '$partial'" EXIT
    (cd -- "$here" && build "$partial")
    chmod 0755 "$partial"
    # Two runs at once: the first rename wins, the second finds the same content in place.
    mv -T -- "$partial" "$directory" 2>/dev/null || [[ -x $directory/buildx ]]
  fi
  printf '%s\n' "$directory"
}

main "$@"
