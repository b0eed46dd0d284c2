# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What every script of tools/ stands on: where things lie, how they speak, and things that are made once. Sourced after `cd` to the
# top of the tree, with $KIF_LOG naming the file that takes the detail.

# What is made is the same whoever makes it.
umask 022
KIF_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/kif
: "${KIF_LOG:=build/tools.log}"
mkdir -p "$KIF_CACHE" "$(dirname "$KIF_LOG")"
: >"$KIF_LOG"

# One line per thing done. On stderr, so that scripts whose stdout is data may use it as well.
say() { echo "$*" | tee -a "$KIF_LOG" >&2; }

# fail OBJECT-SENTENCE [HINT]: the error, what led to it, and the way on.
fail() {
  if [ -s "$KIF_LOG" ]; then
    echo "--- the end of $KIF_LOG:" >&2
    tail -n 30 "$KIF_LOG" | sed 's/^/    /' >&2
    echo "---" >&2
  fi
  echo "kif: error: $1" >&2
  [ -z "${2:-}" ] || echo "  hint: $2" >&2
  exit 1
}

# Runs a command with all it prints in the log.
logged() { echo "+ $*" >>"$KIF_LOG" && "$@" >>"$KIF_LOG" 2>&1 </dev/null; }

# The digest of what a thing is made from: the name of its place in the cache.
recipe_digest() { printf '%s\n' "$@" | sha256sum | cut -c1-24; }

# Holds a lock until the script ends, so that two runs at once do not make the same thing twice.
hold_lock() {
  mkdir -p "$(dirname "$1")"
  exec {KIF_LOCK_FD}>"$1"
  flock "$KIF_LOCK_FD"
}

# put_in_place SOURCE TARGET: a folder that was made aside takes the place of the old one.
put_in_place() {
  mkdir -p "$(dirname "$2")"
  rm -rf "$2.old"
  [ ! -e "$2" ] || mv -T "$2" "$2.old"
  mv -T "$1" "$2"
  rm -rf "$2.old"
}
