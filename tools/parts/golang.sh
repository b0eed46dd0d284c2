# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Go programs for the images of tools/runtime-image. Needs parts/ground.sh and parts/debian.sh.

# The first Go whose own FIPS module GOFIPS140 names, and which the OpenSSL bindings are built with.
KIF_GO_LEAST=1.24

# Prints the `go` to use: this machine's where it is new enough, else Debian's of trixie, unpacked under the cache.
go_command() {
  local version debs root
  version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || true
  if [ -n "$version" ] && printf 'go%s\n%s\n' "$KIF_GO_LEAST" "$version" | sort --version-sort --check=quiet; then
    command -v go
    return
  fi
  debs=$(cached_debs trixie golang-1.24-go) || exit 1
  root=$KIF_CACHE/go/$(recipe_digest "$(cat "$debs/SHA256SUMS")")
  if [ ! -e "$root/usr/lib/go-1.24/bin/go" ]; then
    hold_lock "$KIF_CACHE/go/.lock" # tests make several images at once
  fi
  if [ ! -e "$root/usr/lib/go-1.24/bin/go" ]; then
    unpack_debs "$debs" "$root.new" golang-1.24-go golang-1.24-src
    # Debian's tree is two halves that point to each other by relative links, so it works wherever it stands.
    put_in_place "$root.new" "$root"
  fi
  echo "$root/usr/lib/go-1.24/bin/go"
}

# go_recipe FOLDER: what a program is made from.
go_recipe() {
  local go
  go=$(go_command) || exit 1
  GOTOOLCHAIN=local "$go" version
  cat tools/parts/golang.sh "$1"/* "$1"/../record/*
}

# go_program ROOT: builds the program of $source_folder, with the variables of its file build.env, as ROOT/usr/local/bin/steps.
go_program() {
  local go
  go=$(go_command) || exit 1
  # shellcheck disable=SC2154
  cp -r "$source_folder/.." "$work/programs"
  # -mod=readonly: what go.sum does not name is not used.
  # shellcheck disable=SC2046
  logged env -C "$work/programs/${source_folder##*/}" -u GOROOT GOTOOLCHAIN=local GOFLAGS=-mod=readonly $(cat "$source_folder/build.env") \
    "$go" build -trimpath -o "$1/usr/local/bin/steps" . || fail "cannot build the Go program $source_folder" \
    "go must reach its module proxy once"
}
