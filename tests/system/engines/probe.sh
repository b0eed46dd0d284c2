#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the test image runs: where it finds itself, and what random bytes it gets there. Nothing comes before the draws: the first program
# of a container is to be served as any later one.
echo "== dynamic"
/t/draws
echo "== static"
/t/draws-static
echo "== device"
head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n'
echo
echo "== context"
echo "uid $(id -u)"
read -r first </proc/1/comm && echo "first $first"
if [ -e /tmp ]; then echo "tmp there"; else echo "tmp absent"; fi
if (: >/written) 2>/dev/null; then echo "root writable"; else echo "root read-only"; fi
echo "== openssl"
rand=$(openssl rand -hex 16 2>/dev/null) && echo "rand $rand"
for provider in $(openssl list -providers 2>/dev/null | sed -n 's/^  \([a-z-]*\)$/\1/p'); do echo "provider-$provider there"; done
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 >/dev/null 2>&1 && echo "p-256 made"
openssl dgst -md5 /t/probe.sh >/dev/null 2>&1 && echo "md5 allowed"
echo "== status"
/usr/lib/kif/kif-init --status 2>/dev/null
echo "== end"
