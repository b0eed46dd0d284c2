# SPDX-License-Identifier: Apache-2.0
# What goes into images of the other architecture, as a build of its own with Debian's cross compiler: the same sources, the same rules.
# tools/bootstrap brings the compiler, and under KIF_DEPS_DIR/<architecture> what its build rests on. Where they are missing it is left out,
# and `kif harden` says that it has no layer for such images.
include(ExternalProject)
set(cross_deps "${KIF_DEPS_DIR}/${KIF_OTHER_ARCHITECTURE}")
find_program(KIF_CROSS_COMPILER "${KIF_OTHER_PROCESSOR}-linux-gnu-g++")
if(NOT KIF_CROSS_COMPILER OR NOT EXISTS "${cross_deps}/jitterentropy")
  message(STATUS "no layer for ${KIF_OTHER_ARCHITECTURE}: no ${KIF_OTHER_PROCESSOR}-linux-gnu-g++ or no ${cross_deps}; tools/bootstrap brings them")
  return()
endif()

ExternalProject_Add(kif_cross
  SOURCE_DIR "${CMAKE_SOURCE_DIR}"
  BINARY_DIR "${CMAKE_BINARY_DIR}/${KIF_OTHER_ARCHITECTURE}"
  CMAKE_ARGS
    "-DCMAKE_TOOLCHAIN_FILE=${CMAKE_SOURCE_DIR}/cmake/toolchains/${KIF_OTHER_PROCESSOR}-linux-gnu.cmake"
    "-DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}"
    "-DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER}" "-DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}"
    "-DKIF_PAYLOAD_ONLY=ON" "-DKIF_TESTS=OFF" "-DKIF_WERROR=${KIF_WERROR}"
    "-DKIF_DEPS_DIR=${cross_deps}" "-DKIF_PAYLOAD_ROOT=${KIF_PAYLOAD_ROOT}"
  BUILD_ALWAYS ON
  INSTALL_COMMAND "")
