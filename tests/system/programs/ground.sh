# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Runs inside the image. Every step prints "ok NAME" or "not ok NAME" and, after "# ", what was seen.
step() {
  name=$1
  shift
  if "$@" >/tmp/out 2>&1 </dev/null; then echo "ok $name"; else echo "not ok $name"; sed 's/^/# /' /tmp/out | tail -n 20; fi
}

refused() {
  name=$1
  shift
  if "$@" >/tmp/out 2>&1 </dev/null; then echo "not ok $name"; else echo "ok $name"; fi
}

# until_done COMMAND…: tries for 10 s.
until_done() {
  tries=40
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.25
  done
}
