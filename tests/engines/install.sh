#!/bin/bash
# Build the pinned BuildKit (buildkitd, buildctl, buildx) once and print the directory that holds it.
# `install.sh s3` does the same for the S3 server of the tests of the compiler cache.
#
# The versions are those of go.mod beside this file (or in s3/); go.sum holds the checksum of every
# module, so what is built is the same everywhere. The directory's name is the digest of both files: a
# new pin is a new directory, and an old checkout keeps finding its own. Only it is on stdout.
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

# build_engines DIRECTORY: the three binaries, static, with their true versions inside.
build_engines() {
  local target=$1 buildkit buildx
  buildkit=$(go list -m -f '{{.Version}}' github.com/moby/buildkit)
  buildx=$(go list -m -f '{{.Version}}' github.com/docker/buildx)
  say "building BuildKit $buildkit and buildx $buildx (once, a few minutes)"
  CGO_ENABLED=0 go build -trimpath -mod=readonly -buildvcs=false -o "$target/" -ldflags "-s -w \
    -X github.com/moby/buildkit/version.Version=$buildkit \
    -X github.com/docker/buildx/version.Version=$buildx" "${tools[@]}" >&2
}

# build_s3 DIRECTORY: versitygw, static.
build_s3() {
  say "building versitygw $(go list -m -f '{{.Version}}' github.com/versity/versitygw) (once, a minute)"
  CGO_ENABLED=0 go build -trimpath -mod=readonly -buildvcs=false -o "$1/" -ldflags "-s -w" tool >&2
}

main() {
  local digest directory partial module=$here build=build_engines
  case ${1:-} in
    '') ensure_runtime ;;
    s3) module=$here/s3 build=build_s3 ;;
    *)
      say "error: unknown argument: $1"
      say "hint: install.sh, or install.sh s3"
      exit 2
      ;;
  esac
  digest=$(cat -- "$module/go.mod" "$module/go.sum" | sha256sum | cut -c1-16)
  directory="${XDG_CACHE_HOME:-$HOME/.cache}/dockwright/engines/$digest"
  if [[ ! -d $directory ]]; then
    if ! command -v go >/dev/null; then
      say "error: Go is not installed, it cannot be built"
      say "hint: install Go $(sed -n 's/^go //p' "$module/go.mod") or newer"
      exit 1
    fi
    mkdir -p -- "${directory%/*}"
    partial=$(mktemp -d -- "$directory.XXXXXX")
    # shellcheck disable=SC2064  # the name is meant to be fixed now, not when the trap runs
    trap "rm -rf -- '$partial'" EXIT
    (cd -- "$module" && "$build" "$partial")
    chmod 0755 "$partial"
    # Two runs at once: the first rename wins, the second finds the same content in place.
    mv -T -- "$partial" "$directory" 2>/dev/null || [[ -d $directory ]]
  fi
  printf '%s\n' "$directory"
}

main "$@"
