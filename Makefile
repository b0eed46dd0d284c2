# SPDX-License-Identifier: Apache-2.0
# Thin fronts: what they run is in tools/ and in the CMake presets. On a machine without make, tools/bootstrap brings it.
.PHONY: all bootstrap build test demo bench fuzz kernels engines format clean
all: build

bootstrap:
	@tools/bootstrap

build:
	@tools/bootstrap build
	@tools/build release

test: bootstrap
	@tools/test

kernels: bootstrap
	@tools/kernel-matrix

demo:
	@tools/bootstrap build
	@tools/demo

bench: bootstrap
	@tools/build release
	@bench/run

fuzz:
	@tools/bootstrap fuzz
	@tools/fuzz $(SECONDS)

engines:
	@tools/bootstrap engines
	@tools/engines

format:
	@tools/bootstrap format
	@git ls-files '*.cpp' '*.h' '*.c' | xargs clang-format -i

clean:
	rm -rf build/release build/dev build/asan build/tsan build/fuzz build/kif
