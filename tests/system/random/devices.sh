# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Runs inside the image: what people do with random devices in shells and in Python. One line for each, the same whoever gives the bytes.
say() { echo "$1: $(eval "$2" 2>&1)"; }

cd /tmp || exit 1
for device in urandom random; do
  say "head of $device" "head -c 100000 /dev/$device | wc -c"
  say "cat of $device" "cat /dev/$device | head -c 100000 | wc -c"
  say "cat of standard input" "cat </dev/$device | head -c 100000 | wc -c"
  say "dd of $device" "dd if=/dev/$device bs=1M count=2 2>/dev/null | wc -c"
  say "dd that skips" "dd if=/dev/$device bs=16 skip=3 count=5 2>&1 | tail -c +1 | grep -c records"
  say "dd to a file" "dd if=/dev/$device of=copy bs=700 count=3 2>/dev/null; wc -c <copy"
  say "dd of standard input" "dd bs=4096 count=10 2>/dev/null </dev/$device | wc -c"
  say "dd direct" "dd if=/dev/$device iflag=direct bs=16 count=1 2>&1 | head -n 1"
  say "dd directory" "dd if=/dev/$device iflag=directory bs=16 count=1 2>&1 | head -n 1"
  say "dd nonblock" "dd if=/dev/$device iflag=nonblock bs=100000 count=1 2>/dev/null | wc -c"
  say "dd into $device" "dd if=/bin/sh of=/dev/$device bs=100k count=1 2>&1 | head -n 1"
  say "cp, bounded" "cp /dev/$device /dev/stdout | head -c 100000 | wc -c"
  say "od" "od -An -N16 -tx1 /dev/$device | wc -w"
  say "od that skips" "od -An -j5 -N16 -tx1 /dev/$device | wc -w"
  say "od of standard input" "od -An -N16 -tx1 </dev/$device | wc -w"
  say "cmp of two" "cmp -s -n 100 /dev/$device /dev/$device; echo \$?"
  say "split" "head -c 3000 /dev/$device | split -b 1000 - part && cat part* | wc -c"
  say "one line's start" "tr -dc a-z </dev/$device | head -c 20 | wc -c"
  say "echo into $device" "echo some >/dev/$device && echo done"
  say "cat into $device" "head -c 500000 /bin/sh | cat >/dev/$device && echo done"
  say "both ways" "exec 5<>/dev/$device; echo some >&5; head -c 16 <&5 | wc -c"
  say "for writing alone" "exec 5>/dev/$device; echo some >&5 && echo done"
  say "in /dev" "cd /dev; head -c 4 $device | wc -c"
  say "with a dot" "cd /dev; head -c 4 ./$device | wc -c"
  say "from below" "cd /usr/bin; head -c 4 ../../dev/$device | wc -c"
  say "two slashes" "head -c 4 //dev/$device | wc -c"
  say "dots" "head -c 4 /dev/./$device /dev/../dev/$device | wc -l | grep -c ."
  ln -sf "/dev/$device" link
  say "a link" "head -c 4 link | wc -c"
  say "a link, by dd" "dd if=link bs=16 count=1 2>/dev/null | wc -c"
  say "/dev/stdin" "head -c 4 /dev/stdin </dev/$device | wc -c"
  say "/dev/fd" "head -c 4 /dev/fd/7 7</dev/$device | wc -c"
  say "/proc/self/fd" "cat /proc/self/fd/7 7</dev/$device | head -c 5000 | wc -c"
  say "exists" "test -e /dev/$device && test -r /dev/$device && test -w /dev/$device && echo yes"
  say "not a folder" "ls /dev/$device/ 2>&1 | grep -c 'Not a directory'"
  say "python" "python3 python.py /dev/$device"
done
