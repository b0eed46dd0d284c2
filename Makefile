# SPDX-License-Identifier: Apache-2.0
# Thin fronts: what they run is in tools/ and in the CMake presets.
JOBS ?= $(shell nproc)

.PHONY: all bootstrap build test demo bench format clean
all: build

bootstrap:
	@tools/bootstrap

build: bootstrap
	@tools/build release

test: bootstrap
	@tools/test

demo: build
	@tools/demo

bench: build
	@bench/run

format:
	@git ls-files '*.cpp' '*.h' '*.c' | xargs clang-format -i

clean:
	rm -rf build/release build/dev build/asan build/tsan build/kif
