# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Debian packages of any suite through apt, with sources, state and cache of our own: the system's are read, never written.
# Needs parts/ground.sh.

# This machine's; `for_architecture ARCHITECTURE COMMAND…` runs a command with another one's packages.
KIF_ARCHITECTURE=$(dpkg --print-architecture)
# Where unpacked packages keep their libraries.
# shellcheck disable=SC2034
KIF_MULTIARCH=$(uname -m)-linux-gnu

# shellcheck disable=SC2034
for_architecture() {
  local KIF_ARCHITECTURE=$1 KIF_MULTIARCH
  case $1 in
    amd64) KIF_MULTIARCH=x86_64-linux-gnu ;;
    arm64) KIF_MULTIARCH=aarch64-linux-gnu ;;
    *) fail "cannot fetch packages for $1: kif knows amd64 and arm64" ;;
  esac
  shift
  "$@"
}

KIF_SUITES='bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable'

# The mirror that the system itself uses for Debian, or what KIF_DEBIAN_MIRROR says.
debian_mirror() {
  if [ -n "${KIF_DEBIAN_MIRROR:-}" ]; then
    echo "$KIF_DEBIAN_MIRROR"
    return
  fi
  local mirror
  # shellcheck disable=SC2016
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' 2>>"$KIF_LOG" |
    awk -v suites="^($KIF_SUITES)\$" '$2 ~ suites && $3 == "main" && !found++ { print $1 }') || true
  # Where no index was ever fetched, or where it was deleted to save space, apt still tells what it would fetch.
  [ -n "$mirror" ] || mirror=$(apt-get update --print-uris 2>>"$KIF_LOG" |
    sed -nE "s#^'(.*)/dists/($KIF_SUITES)/InRelease'.*#\1#p" | sed -n 1p) || true
  [ -n "$mirror" ] || fail "cannot find a Debian mirror in this system's apt configuration" \
    "set KIF_DEBIAN_MIRROR to the address of one (what stands before a suite's name in a line of sources.list)"
  echo "$mirror"
}

# The keyrings a suite's signature is checked with: the system's, and those that already trusted suites carry. A release may know only
# its own keys and those before; the package of a later one, fetched through it, knows the next.
debian_keyrings() {
  local keyring found=()
  for keyring in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp} "$KIF_CACHE"/debian/keyrings/*.gpg; do
    [ -e "$keyring" ] && [ ! -L "$keyring" ] && found+=("$keyring")
  done
  [ ${#found[@]} -gt 0 ] || fail "cannot check signatures of Debian: no keyring under /usr/share/keyrings" \
    "install the package debian-archive-keyring"
  (IFS=,; echo "${found[*]}")
}

# private_apt SUITE COMMAND ARGUMENT…: apt as if SUITE were all there is, on a machine with nothing installed.
private_apt() {
  local suite=$1 folder=$KIF_CACHE/debian/apt-$1-$KIF_ARCHITECTURE
  shift
  APT_CONFIG=$folder/apt.conf "$@"
}

# Lays out the private apt of a suite and fetches its index.
private_apt_update() {
  local suite=$1 folder=$KIF_CACHE/debian/apt-$1-$KIF_ARCHITECTURE mirror keyrings
  mirror=$(debian_mirror) || exit 1
  keyrings=$(debian_keyrings) || exit 1
  mkdir -p "$folder"/etc/apt/{apt.conf.d,preferences.d,sources.list.d} "$folder"/var/lib/{apt/lists/partial,dpkg} \
    "$folder"/var/cache/apt/archives/partial "$folder"/var/log/apt
  : >"$folder/var/lib/dpkg/status"
  echo "deb [signed-by=$keyrings] $mirror $suite main" >"$folder/etc/apt/sources.list"
  {
    # How this machine reaches its mirror (proxies, certificates, logins) holds for the private sources as well.
    apt-config dump Acquire::http Acquire::https Acquire::ftp 2>/dev/null | grep -v '""' || true
    cat <<CONF
Dir "$folder";
Dir::Etc::netrc "/etc/apt/auth.conf";
Dir::Etc::netrcparts "/etc/apt/auth.conf.d";
APT::Architecture "$KIF_ARCHITECTURE";
APT::Architectures { "$KIF_ARCHITECTURE"; };
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Acquire::Retries "3";
// Testing's index is valid for a week and mirrors lag behind; the signature is checked all the same.
Acquire::Check-Valid-Until "false";
CONF
  } >"$folder/apt.conf"
  logged private_apt "$suite" apt-get --error-on=any update || return 1
}

# fetch_debs SUITE FOLDER PACKAGE…: the packages and all they depend on, into FOLDER, with SHA256SUMS as its last file.
fetch_debs() {
  local suite=$1 target=$2 made
  shift 2
  private_apt_update "$suite" || fail "cannot fetch the index of Debian $suite" \
    "is the mirror complete? KIF_DEBIAN_MIRROR names another one"
  made=$(mktemp -d -p "$KIF_CACHE")
  mkdir "$made/partial"
  logged private_apt "$suite" apt-get -y --download-only -o Dir::Cache::archives="$made" -o Debug::NoLocking=1 install "$@" ||
    fail "cannot fetch $* of Debian $suite" "KIF_DEBIAN_MIRROR names another mirror"
  rm -rf "$made/partial" "$made/lock"
  (cd "$made" && sha256sum -- *.deb >SHA256SUMS)
  put_in_place "$made" "$target"
}

# cached_debs SUITE PACKAGE…: prints the folder that holds them, fetched at the first time and checked at every later one.
cached_debs() {
  local suite=$1 folder
  shift
  folder=$KIF_CACHE/debian/debs/$suite-$(recipe_digest "$KIF_ARCHITECTURE" "$suite" "$@")
  if [ ! -e "$folder/SHA256SUMS" ] || ! (cd "$folder" && sha256sum --check --quiet --strict SHA256SUMS >/dev/null 2>&1); then
    fetch_debs "$suite" "$folder" "$@"
    say "fetched $(wc -l <"$folder/SHA256SUMS") packages of Debian $suite"
  fi
  keep_keyring "$suite" "$folder"
  echo "$folder"
}

# Keeps the keyring that a fetched folder carries, for the suites that come after it.
keep_keyring() {
  local suite=$1 deb unpacked
  deb=$(find "$2" -name 'debian-archive-keyring_*.deb' | head -n 1)
  if [ -z "$deb" ] || [ -e "$KIF_CACHE/debian/keyrings/$suite.gpg" ]; then
    return 0
  fi
  unpacked=$(mktemp -d -p "$KIF_CACHE")
  dpkg-deb -x "$deb" "$unpacked"
  mkdir -p "$KIF_CACHE/debian/keyrings"
  cp -L "$unpacked/usr/share/keyrings/debian-archive-keyring.gpg" "$KIF_CACHE/debian/keyrings/$suite.gpg"
  rm -rf "$unpacked"
}

# unpack_debs FOLDER TARGET PACKAGE…: the files of these packages, or of all with none named.
unpack_debs() {
  local folder=$1 target=$2 package deb
  shift 2
  mkdir -p "$target"
  for deb in "$folder"/*.deb; do
    package=${deb##*/}
    package=${package%%_*}
    if [ $# -eq 0 ] || [[ " $* " == *" $package "* ]]; then
      logged dpkg-deb -x "$deb" "$target" || fail "cannot unpack $deb"
    fi
  done
}
