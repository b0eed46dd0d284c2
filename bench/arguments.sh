# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # who sources it uses them
# What the benchmarks are told. Sourced after `cd` to the top of the tree.
#   --against BUILD   another build of kif, such as ../before/build/release of an older checkout, in the place of the program without kif
#   ROUNDS
build=${KIF_BUILD:-build/release}
against=

# parse_arguments DEFAULT_ROUNDS ARGUMENT…: $rounds, and $against, absolute, or empty.
parse_arguments() {
  rounds=$1
  shift
  while [ $# -gt 0 ]; do
    if [ "$1" = --against ]; then
      against=$(cd "${2:?no build is named}" && pwd)
      shift
    else
      rounds=$1
    fi
    shift
  done
}

# print_head NAME OTHER: of the table; OTHER is what it is compared with, where that is no other build.
print_head() {
  local other=$2
  [ -z "$against" ] || other=before
  printf '%-44s %12s %12s %8s  %s\n' "" "$1" "$other" ratio "95 % interval"
}
