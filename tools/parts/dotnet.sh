# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # $name and $work are tools/runtime-image's
# Programs for .NET in the images of tools/runtime-image. Needs parts/ground.sh and parts/debian.sh.
#
# Debian has no .NET. Its runtimes come out of packages that have one inside; its compiler comes from nowhere, so that the program is
# compiled by Debian's mono-mcs against Mono's assemblies, whose names .NET still answers to.

KIF_MONO_PACKAGES=(mono-mcs libmono-system4.0-cil libmono-system-core4.0-cil)

# mono_root: prints the folder that has Mono's compiler, unpacked under the cache.
mono_root() {
  local debs root
  debs=$(cached_debs bookworm "${KIF_MONO_PACKAGES[@]}") || exit 1
  root=$KIF_CACHE/mono/$(recipe_digest "$(cat "$debs/SHA256SUMS")")
  if [ ! -e "$root/usr/lib/mono/4.5/mcs.exe" ]; then
    hold_lock "$KIF_CACHE/mono/.lock" # tests make several images at once
  fi
  if [ ! -e "$root/usr/lib/mono/4.5/mcs.exe" ]; then
    unpack_debs "$debs" "$root.new" mono-mcs mono-runtime-common mono-runtime-sgen libmono-{corlib4.5-cil,corlib4.5-dll} \
      libmono-{system4.0,system-core4.0,system-configuration4.0,system-security4.0,system-xml4.0,security4.0}-cil
    put_in_place "$root.new" "$root"
  fi
  echo "$root"
}

# dotnet_recipe: what a program is made from.
dotnet_recipe() {
  cat tools/parts/dotnet.sh tools/parts/dotnet_bundle.py tests/system/runtimes/programs/dotnet/*
  grep " $name " tools/runtime-sources.txt
}

# dotnet_assembly FILE: compiles the program into FILE.
dotnet_assembly() {
  local mono library
  mono=$(mono_root) || exit 1
  library=$mono/usr/lib/mono/4.5
  logged env "MONO_PATH=$library" "MONO_CFG_DIR=$mono/etc" "LD_LIBRARY_PATH=$mono/usr/lib" "$mono/usr/bin/mono-sgen" "$library/mcs.exe" \
    -nologo -warnaserror -target:exe "-out:$1" "-r:$library/System.dll" "-r:$library/System.Core.dll" \
    tests/system/runtimes/programs/dotnet/*.cs || fail "cannot compile the .NET program"
}

# dotnet_settings FRAMEWORK: a program's runtimeconfig.json. Invariant: the images have no ICU.
dotnet_settings() {
  echo "{\"runtimeOptions\": {$1, \"configProperties\": {\"System.Globalization.Invariant\": true}}}"
}

# The shared runtime with its command `dotnet`, which is given the program's assembly.
dotnet_shared() {
  local place=$1/usr/local/lib/dotnet
  fetch_wheel "$work/wheel"
  mkdir -p "$1/usr/local/bin" "$1/usr/local/lib/steps"
  mv "$work/wheel/dnv/net/runtime/.net" "$place"
  chmod 755 "$place/dotnet"
  dotnet_assembly "$1/usr/local/lib/steps/steps.dll"
  dotnet_settings '"framework": {"name": "Microsoft.NETCore.App", "version": "8.0.0"}' >"$1/usr/local/lib/steps/steps.runtimeconfig.json"
  printf '#!/bin/sh\nexec /usr/local/lib/dotnet/dotnet /usr/local/lib/steps/steps.dll "$@"\n' >"$1/usr/local/bin/steps"
  chmod 755 "$1/usr/local/bin/steps"
}

# A program with its runtime beside it: the package's host and framework, and the test's assembly under the name that the host looks for.
# Without a list of dependencies the host takes the assemblies that it finds.
dotnet_self_contained() {
  local place=$1/usr/local/lib/steps version
  mkdir -p "$work/package" "$place" "$1/usr/local/bin"
  fetch_npm "$work/package"
  version=$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["runtimeOptions"]["includedFrameworks"][0]["version"])' "$work/package/dist/azmcp.runtimeconfig.json")
  cp "$work/package/LICENSE" "$work/package/NOTICE.txt" "$place/"
  cp "$work"/package/dist/{azmcp,createdump,lib*.so,mscorlib.dll,netstandard.dll,System.dll,System.*.dll,Microsoft.Win32.*.dll} "$place/"
  rm -f "$place/libmsalruntime.so"
  chmod 755 "$place/azmcp"
  dotnet_assembly "$place/azmcp.dll"
  dotnet_settings "\"includedFrameworks\": [{\"name\": \"Microsoft.NETCore.App\", \"version\": \"$version\"}]" >"$place/azmcp.runtimeconfig.json"
  ln -s ../lib/steps/azmcp "$1/usr/local/bin/steps"
}

# A single-file program, with the runtime linked into its host: the package's, whose own assembly is the test's.
dotnet_single_file() {
  local place=$1/usr/local/lib/steps
  mkdir -p "$work/package" "$place" "$1/usr/local/bin"
  fetch_npm "$work/package"
  # The assembly's name, which must be the one that the host starts, is the file's.
  dotnet_assembly "$work/Sarif.Multitool.dll"
  logged python3 -B tools/parts/dotnet_bundle.py "$work/package/Sarif.Multitool" "$place/steps" Sarif.Multitool.dll "$work/Sarif.Multitool.dll" ||
    fail "cannot put the program into a .NET single-file program"
  # Its settings are in the bundle.
  printf '#!/bin/sh\nDOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 exec /usr/local/lib/steps/steps "$@"\n' >"$1/usr/local/bin/steps"
  chmod 755 "$1/usr/local/bin/steps"
}
