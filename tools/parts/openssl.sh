# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# FIPS modules, libraries and the openssl command, built from source. The sources come with the crate openssl-src, which carries OpenSSL's whole tree: cargo fetches it,
# and its digest is checked against tools/openssl-sources.txt. Needs parts/ground.sh, and a function install_cargo.

# openssl_crate CRATE_VERSION SHA256: prints the path of the crate in the cache. One dummy project per version: cargo holds them to be
# compatible with each other and puts only one into a project.
openssl_crate() {
  local version=$1 sha256=$2 crate=$KIF_CACHE/crates/$2.crate project found
  if [ ! -e "$crate" ]; then
    project=$(mktemp -d -p "$KIF_CACHE")
    cat >"$project/Cargo.toml" <<TOML
[package]
name = "fetch"
version = "0.0.0"
edition = "2018"
[lib]
path = "nothing.rs"
[dependencies]
openssl-src = "=$version"
TOML
    command -v cargo >/dev/null || install_cargo
    logged env -C "$project" cargo fetch || fail "cannot fetch the crate openssl-src $version" \
      "cargo must reach its registry once; later runs take the crate from $KIF_CACHE/crates"
    found=$(find "${CARGO_HOME:-$HOME/.cargo}/registry/cache" -name "openssl-src-$version*.crate" | head -n 1)
    mkdir -p "$KIF_CACHE/crates"
    [ -z "$found" ] || cp "$found" "$project/crate"
    [ "$(sha256sum <"$project/crate" | cut -d ' ' -f 1)" = "$sha256" ] ||
      fail "cannot use the crate openssl-src $version: its digest is not the one of tools/openssl-sources.txt"
    mv "$project/crate" "$crate"
    rm -rf "$project"
  fi
  echo "$crate"
}

# build_openssl RELEASE EPOCH CRATE BUILD TARGET [CRATE-WITH-MKDEF]: with BUILD = module TARGET/fips.so, with command libcrypto, libssl
# and openssl, with module+command both. For a module the tree is configured as the security policies of the modules demand it:
# `enable-fips` and nothing else; for a command alone as a distribution does, with Debian's folders.
build_openssl() {
  local release=$1 epoch=$2 crate=$3 build=$4 target=$5 mkdef=${6:-} folder tree made configuration=(enable-fips)
  folder=$(mktemp -d -p "$KIF_CACHE")
  tar -xzf "$crate" -C "$folder" --strip-components=1
  tree=$folder/openssl
  if [ -n "$mkdef" ]; then
    tar -xzf "$mkdef" -C "$folder" --strip-components=1 --wildcards '*/openssl/util/mkdef.pl' '*/openssl/util/providers.num'
    configuration=(no-tests no-docs --prefix=/usr --openssldir=/usr/lib/ssl "--libdir=lib/$(uname -m)-linux-gnu")
  fi
  local make=(env -C "$tree" "SOURCE_DATE_EPOCH=$epoch" make "-j$(nproc)")
  logged env -C "$tree" "SOURCE_DATE_EPOCH=$epoch" ./Configure "${configuration[@]}" || fail "cannot configure OpenSSL $release"
  logged "${make[@]}" build_generated || fail "cannot build OpenSSL $release"
  made=$folder/made
  install -D -m 644 "$tree/LICENSE.txt" "$made/LICENSE.txt"
  if [ "$build" != command ]; then
    logged "${make[@]}" providers/fips.so || fail "cannot build the FIPS module of OpenSSL $release"
    install -D -m 644 "$tree/providers/fips.so" "$made/fips.so"
  fi
  if [ "$build" != module ]; then
    logged "${make[@]}" libcrypto.so libssl.so apps/openssl || fail "cannot build the openssl command of $release"
    install -D -m 644 -t "$made/lib" "$tree/libcrypto.so.${release%%.*}" "$tree/libssl.so.${release%%.*}"
    install -D -m 755 "$tree/apps/openssl" "$made/bin/openssl"
    # Into test images as a distribution's: the functions that a trace names are then the exported ones.
    [ "$build" != command ] || strip --strip-unneeded "$made"/lib/* "$made/bin/openssl"
  fi
  put_in_place "$made" "$target"
  rm -rf "$folder"
}

# cached_openssl RELEASE: prints the folder of build_openssl's results, built at the first time.
cached_openssl() {
  local release=$1 crate_version sha256 epoch build crate folder mkdef=
  read -r _ crate_version sha256 epoch build < <(grep "^$release " tools/openssl-sources.txt)
  folder=$KIF_CACHE/openssl/$release-$(recipe_digest "$sha256" "$epoch" "$build" "$(cc -v 2>&1)" "$(uname -m)")
  if [ ! -e "$folder/LICENSE.txt" ]; then
    crate=$(openssl_crate "$crate_version" "$sha256") || exit 1
    if [ "$build" = command ]; then
      read -r _ crate_version sha256 _ < <(grep '^3\.4\.0 ' tools/openssl-sources.txt)
      mkdef=$(openssl_crate "$crate_version" "$sha256") || exit 1
    fi
    build_openssl "$release" "$epoch" "$crate" "$build" "$folder" "$mkdef"
    say "built OpenSSL $release ($build)"
  fi
  echo "$folder"
}
